// SPDX-License-Identifier: GPL-2.0
/* What a window does not know is null in its line, or has no key: each such figure known, and not known. */
#include "json_has.h"
#include "model/snapshot.h"
#include "view/json/json.h"

static struct cpu_stats cpu;
static struct fn_stats fn;
static struct send_stats sends[3];
static struct by_stats by[4], other;
static struct wake_stats wakes[3];
static struct kind_stats kind;

static void fill_cpu(struct hist hist)
{
	cpu = (struct cpu_stats){ .cpu = 1,
				  .sent = 3,
				  .received = 4,
				  .reschedules = 5,
				  .reschedules_known = true,
				  .reschedules_sent = 6,
				  .irq_works = 7,
				  .delay = hist,
				  .handler = hist,
				  .wait = hist,
				  .wait_away = 10,
				  .stolen = { .known = true, .delay = 8, .handler = 9 } };
	cpu.irqs[KIND_RESCHEDULE] = (struct irq_sum){ .count = 2, .sum = 30, .max = 20 };
}

static void fill_senders(struct hist hist)
{
	fn = (struct fn_stats){ .func.name = "f",
				.count = 2,
				.delay = hist,
				.handler = hist,
				.calls = { .count = 1, .csds = 2 },
				.wait = { .count = 2, .sum = 30, .max = 20, .away = 10 } };
	sends[0] = (struct send_stats){ .kind = KIND_IRQ_WORK, .func.name = "named", .count = 1 };
	sends[1] = (struct send_stats){ .kind = KIND_IRQ_WORK, .func.addr = 16, .count = 2 };
	sends[2] = (struct send_stats){ .kind = KIND_RESCHEDULE, .count = 3 };
	for (int i = 0; i < 4; i++)
		by[i] = (struct by_stats){ .tgid = 7,
					   .cgroup = i == 3 ? 0 : 9,
					   .comm = "task",
					   .count = 2,
					   .reschedules = 3,
					   .irq_works = 4,
					   .delay = hist,
					   .handler = hist,
					   .wait = { .count = 2, .sum = 30, .max = 20 } };
	by[1].interrupt = by[2].other = true;
	other = (struct by_stats){};
}

static void fill_kinds(struct hist hist)
{
	wakes[0] = (struct wake_stats){
		.waker_comm = "a", .waker = 1, .woken_comm = "b", .woken = 2, .count = 3
	};
	wakes[1] = wakes[2] = wakes[0];
	wakes[1].interrupt = wakes[2].other = true;
	kind = (struct kind_stats){ .kind = "reschedule",
				    .sent = 5,
				    .received = 6,
				    .sent_known = true,
				    .received_known = true,
				    .timed = true,
				    .coalesced = 1,
				    .unseen = 2,
				    .delay = hist,
				    .time = hist };
}

/* A window of a second in which all is known, with a row of each kind. */
static struct snapshot whole_window(void)
{
	struct hist hist = { .count = 2, .sum = 30, .max = 20 };

	fill_cpu(hist);
	fill_senders(hist);
	fill_kinds(hist);
	return (struct snapshot){
		.window = { .mono_start = 1000000000, .mono_end = 2000000000 },
		.known = { .kinds = true,
			   .sends = true,
			   .irqs = true,
			   .irq_delay = true,
			   .entry_unseen = true },
		.how = { .timed = true, .by_key = BY_SENDER },
		.ledger = { .queued = 2,
			    .function = 2,
			    .orphans = 1,
			    .filter_unseen = 3,
			    .lost_by = { 1, 2, 3 } },
		.call_ledger = { .begun = 1, .returned = 1, .lost_by = { 4, 5, 6 } },
		.cpus = &cpu,
		.nr_cpus = 1,
		.fns = &fn,
		.nr_fns = 1,
		.sends = sends,
		.nr_sends = 3,
		.by = by,
		.nr_by = 4,
		.others = &other,
		.nr_others = 1,
		.wakes = wakes,
		.nr_wakes = 3,
		.all_kinds = &kind,
		.nr_all_kinds = 1,
		.sends_unseen = 4,
	};
}

/* Fails unless the line of @snap has all of @want. */
#define assert_line(snap, want)                                                   \
	do {                                                                      \
		char *line = json__snapshot_line(snap, &(struct view_options){}); \
                                                                                  \
		assert_non_null(line);                                            \
		assert_json(line, want);                                          \
		free(line);                                                       \
	} while (0)

/* Whether the line of @snap has @words. */
static bool line_has(const struct snapshot *snap, const char *words)
{
	char *line = json__snapshot_line(snap, &(struct view_options){});
	bool has;

	assert_non_null(line);
	has = strstr(line, words);
	free(line);
	return has;
}

TEST(rows_of_tasks_and_cgroups)
{
	struct snapshot snap = whole_window();

	assert_line(&snap, "{'by':{'key':'sender','rows':["
			   "{'tgid':7,'comm':'task','cgroup_id':9,'interrupt':false,'other':false},"
			   "{'tgid':null,'comm':null,'cgroup_id':null,'interrupt':true},"
			   "{'tgid':null,'comm':null,'cgroup_id':null,'other':true},"
			   "{'tgid':7,'cgroup_id':null}],'others':[{'uid':null}]}}");
	snap.how.by_key = BY_CGROUP;
	assert_line(&snap, "{'by':{'key':'cgroup','rows':[{'tgid':null,'comm':null,'cgroup_id':9},"
			   "{},{},{'tgid':null}]}}");
	other.uid_known = true;
	other.uid = 12;
	assert_line(&snap, "{'by':{'others':[{'uid':12}]}}");
	snap.how.by_key = BY_NONE;
	assert_line(&snap, "{'by':null}");
	/* Who woke whom. */
	assert_line(&snap, "{'wakes':[{'waker':'a','waker_tgid':1,'woken':'b','woken_tgid':2},"
			   "{'waker':null,'waker_tgid':null,'woken':'b','woken_tgid':2},"
			   "{'waker':null,'waker_tgid':null,'woken':null,'woken_tgid':null}]}");
	snap.how.timed = false;
	assert_false(line_has(&snap, "\"wakes\""));
}

/* Victims send nothing, and what was sent is known of senders only with the events of sending. */
TEST(rows_with_sends_and_waits)
{
	struct snapshot snap = whole_window();

	assert_line(&snap, "{'by':{'rows':[{'reschedules':3,'irq_works':4,'wait':{'sum':30},"
			   "'wait_spun':30,'delay':{'count':2},'stolen':null},{},{},{}]},"
			   "'sends':[{'kind':'irq_work','func':'named'},"
			   "{'kind':'irq_work','func':'0x10'},{'kind':'reschedule','func':null}],"
			   "'cpus':[{'reschedules_sent':6,'irq_works':7,'reschedules':5}],"
			   "'sends_unseen':4}");
	snap.known.sends = false;
	cpu.reschedules_known = false;
	assert_line(&snap,
		    "{'by':{'rows':[{'reschedules':null,'irq_works':null,'wait':{}},{},{},{}]},"
		    "'cpus':[{'reschedules_sent':null,'irq_works':null,'reschedules':null}]}");
	assert_false(line_has(&snap, "\"sends\""));
	snap = whole_window();
	snap.how.by_key = BY_VICTIM;
	assert_line(&snap, "{'by':{'rows':[{'reschedules':null,'wait':null,'wait_spun':null},"
			   "{},{},{}]}}");
}

/* Calls: nothing is known of runs, but of the interrupts that arrived. */
TEST(windows_of_calls)
{
	struct snapshot snap = whole_window();

	assert_line(&snap, "{'ledger':{'queued':2},'cpus':[{'received':4,'delay':{},'handler':{},"
			   "'wait':{'sum':30},'wait_spun':20,'stolen':{'delay':8}}],"
			   "'functions':[{'delay':{},'handler':{},'calls':{'csds':2},'wait':{},"
			   "'wait_spun':20,'stolen':null}]}");
	assert_false(line_has(&snap, "\"irqs\""));
	assert_false(line_has(&snap, "\"irq_delay\""));
	assert_false(line_has(&snap, "\"at_most\""));
	assert_false(line_has(&snap, "\"call_ledger\""));
	snap.how.source = SOURCE_CALLS;
	assert_line(&snap,
		    "{'ledger':null,'call_ledger':{'begun':1,'lost':15,'filter_unseen':null},"
		    "'cpus':[{'received':null,'delay':null,'handler':null,'irq_delay':{},"
		    "'irqs':{'reschedule':{'count':2,'max':20},'call_function':{'max':null}}}],"
		    "'functions':[{'delay':null,'handler':null,'at_most':false}],"
		    "'by':{'rows':[{'delay':null,'handler':null},{},{},{}]}}");
	snap.known.irqs = snap.known.irq_delay = snap.known.entry_unseen = false;
	assert_line(&snap, "{'cpus':[{'irqs':null,'irq_delay':null}],"
			   "'call_ledger':{'lost_by':{'entry_unseen':null}}}");
	/* An irq_work's run has no event. */
	snap = whole_window();
	fn.delay = fn.handler = (struct hist){};
	assert_line(&snap, "{'functions':[{'delay':null,'handler':null}]}");
	fn.handler.count = 1;
	assert_line(&snap, "{'functions':[{'delay':{},'handler':{}}]}");
	fn.handler.count = fn.count = 0;
	assert_line(&snap, "{'functions':[{'delay':{},'handler':{}}]}");
}

TEST(filters_hide_what_was_not_seen)
{
	struct snapshot snap = whole_window();

	assert_line(&snap, "{'ledger':{'orphans':1,'filter_unseen':null,'lost':6,"
			   "'lost_by':{'queue_unseen':1,'mailbox_full':2,'run_unseen':3}},"
			   "'sends_unseen':4}");
	snap.how.filtered = true;
	assert_line(&snap, "{'ledger':{'orphans':null,'filter_unseen':3,"
			   "'lost_by':{'queue_unseen':null,'mailbox_full':2,'run_unseen':3}},"
			   "'sends_unseen':null}");
	/* The file of another tracer has no waits. */
	snap.how.wait_source = WAITS_UNKNOWN;
	assert_line(&snap, "{'cpus':[{'wait':null,'wait_spun':null}],'calls':null,"
			   "'functions':[{'calls':null,'wait':null,'wait_spun':null}]}");
}

TEST(kinds_are_timed_or_not)
{
	struct snapshot snap = whole_window();

	assert_line(&snap, "{'kinds':[{'sent':5,'received':6,'coalesced':1,'unseen':2,"
			   "'delay':{'count':2},'interrupt':{'count':2}}]}");
	kind.sent_known = kind.received_known = false;
	assert_line(&snap, "{'kinds':[{'sent':null,'received':null,'coalesced':null,"
			   "'unseen':null,'delay':null}]}");
	kind.timed = false;
	assert_false(line_has(&snap, "\"coalesced\""));
	assert_false(line_has(&snap, "\"interrupt\":{"));
	snap.known.kinds = false;
	assert_line(&snap, "{'kinds':null}");
}

TEST_MAIN(NULL, NULL)
