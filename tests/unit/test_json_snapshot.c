// SPDX-License-Identifier: GPL-2.0
/* What a window's line has beside its figures: sums, ledgers that close or not, callers, worst calls. */
#include "abi/call.h"
#include "base/cpuset.h"
#include "json_has.h"
#include "model/host.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "view/json/json.h"
#include "view/view.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct host host = { .online.words = { 3 } };
static struct fn_stats fns[3];
static struct stack_sample samples[10];
static struct snapshot snap;
static char *line;

static int setup(void **state)
{
	memset(fns, 0, sizeof(fns));
	memset(samples, 0, sizeof(samples));
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		samples[i] = (struct stack_sample){ .tgid = 10 + i, .nr = 1, .csds = 20 - i };
		snprintf(samples[i].comm, sizeof(samples[i].comm), "task_%zu", i);
		samples[i].stack[0].name = "do_it";
	}
	for (size_t i = 0; i < ARRAY_SIZE(fns); i++)
		fns[i].func = (struct symbol){ .addr = 1 + i, .name = "f" };
	snap = (struct snapshot){ .host = &host,
				  .window = { .mono_start = 1000000000, .mono_end = 3500000000 },
				  .fns = fns,
				  .nr_fns = 2 };
	return 0;
}

static int teardown(void **state)
{
	free(line);
	line = NULL;
	return 0;
}

/* The line of the window, valid until the next call. */
static const char *shown(const struct view_options *opts)
{
	free(line);
	line = json__snapshot_line(&snap, opts);
	assert_non_null(line);
	return line;
}

static const struct view_options no_options;

TEST_F(a_window_has_its_duration_and_its_ledger)
{
	snap.ledger.queued = 5;
	snap.ledger.function = 5;
	assert_json(shown(&no_options), "{'window':{'duration_s':2.5},'ledger':{'closed':true},"
					"'sources':{'figures':'csds','task':null}}");
	snap.ledger.queued++;
	assert_json(shown(&no_options), "{'ledger':{'closed':false}}");
	snap.ledger.lost_by[0] = 1;
	assert_json(shown(&no_options), "{'ledger':{'closed':true,'lost':1}}");
}

TEST_F(calls_have_a_ledger_of_their_own)
{
	snap.how.source = SOURCE_CALLS;
	snap.call_ledger = (struct call_ledger){ .begun = 7, .returned = 4, .under_way = 3 };
	assert_json(shown(&no_options), "{'sources':{'figures':'calls'}}");
	assert_has(line, "\"closed\":true");
	snap.call_ledger.begun++;
	assert_has(shown(&no_options), "\"closed\":false");
	assert_lacks(line, "\"closed\":true");
	assert_json(line, "{'ledger':null,'cost':null}");
}

TEST_F(a_line_says_how_tasks_are_known)
{
	snap.how.by_task = true;
	assert_json(shown(&no_options), "{'sources':{'task':'current'}}");
	snap.how.sees_interrupts = true;
	assert_json(shown(&no_options), "{'sources':{'task':'preempt_count'}}");
}

/* The callers with most csds are listed, and all samples are counted. */
TEST_F(a_function_has_its_callers)
{
	snap.samples = samples;
	snap.nr_samples = ARRAY_SIZE(samples);
	fns[1].func.module = "mod";
	fns[2].other = true;
	snap.nr_fns = 3;
	assert_json(shown(&no_options),
		    "{'functions':[{'func':'f','samples':10},"
		    "{'func':'f','module':'mod','samples':0,'callers':[]},{'func':'other'}]}");
	assert_int_equal(count_words(line, "\"reason\":\"do_it\""), 8);
	assert_has(line, "\"task_0\"", "\"task_7\"");
	assert_lacks(line, "\"task_8\"", "\"task_9\"");
}

TEST_F(a_place_has_its_callers)
{
	struct send_stats sends[] = { { .kind = KIND_RESCHEDULE, .count = 3 },
				      { .kind = KIND_IRQ_WORK, .count = 2 } };

	samples[0].fn = samples[1].fn = samples[2].fn = 1;
	snap.known.sends = true;
	snap.sends = sends;
	snap.nr_sends = 2;
	snap.send_samples = samples;
	snap.nr_send_samples = 4;
	assert_json(shown(&no_options), "{'sends':[{'kind':'reschedule','count':3,'samples':1},"
					"{'kind':'irq_work','count':2,'samples':3}]}");
}

/* The longest call of a function, and that of all. */
TEST_F(a_function_has_its_worst_call)
{
	snap.samples = samples;
	snap.nr_samples = ARRAY_SIZE(samples);
	fns[0].calls = (struct call_sum){
		.count = 4,
		.csds = 6,
		.csds_max = 3,
		.worst_ns = 700,
		.worst = { .begun = 2000000000, .csds = 3, .src = 2, .last = 1, .tgid = 12 }
	};
	fns[0].wait = (struct wait_sum){ .count = 4, .sum = 1000, .max = 700, .away = 100 };
	fns[1].calls = (struct call_sum){
		.count = 1,
		.csds = 1,
		.csds_max = 1,
		.worst_ns = 600,
		.worst = { .begun = 2100000000, .csds = 1, .src = 3, .last = LAST_UNKNOWN }
	};
	fns[1].wait = (struct wait_sum){ .count = 1, .sum = 600, .max = 600, .away = 0 };
	shown(&no_options);
	assert_has(
		line,
		"\"targets_mean\":1.5,\"targets_max\":3,\"worst\":{\"wait\":700,\"begun\":2000000000,\"src\":2,"
		"\"targets\":3,\"last\":1,\"tgid\":12,\"comm\":\"task_2\"}",
		"\"worst\":{\"wait\":600,\"begun\":2100000000,\"src\":3,\"targets\":1,"
		"\"last\":null,\"tgid\":null,\"comm\":null}");
	/* All calls: 5 calls of 7 csds. */
	assert_has(line, "\"targets_mean\":1.4");
	assert_int_equal(count_words(line, "\"comm\":\"task_2\""), 3);
	assert_has(line, "\"wait_spun\":1500");
	/* Without a call there is neither a mean nor a worst one. */
	fns[0].calls = fns[1].calls = (struct call_sum){};
	assert_lacks(shown(&no_options), "\"targets_mean\":1", "\"worst\":{");
}

TEST_F(a_cgroup_has_its_container)
{
	struct by_stats by[] = { { .tgid = 1, .count = 1, .cgroup_path = "/docker/" ID },
				 { .tgid = 2, .count = 1, .cgroup_path = "/user.slice" } };

	snap.how.by_key = BY_SENDER;
	snap.by = by;
	snap.nr_by = 2;
	assert_has(shown(&no_options), "\"container\":\"docker 0123456789ab\"");
	assert_int_equal(count_words(line, "\"container\":null"), 1);
}

/* What handlers and waits took of the time of all CPUs: two CPUs for 2.5 s. */
TEST_F(a_window_has_its_cost)
{
	struct cpu_stats cpus[2] = { { .cpu = 0 }, { .cpu = 1 } };

	cpus[0].handler.sum = 500000000;
	cpus[1].handler.sum = 750000000;
	cpus[0].wait.sum = 3000000000;
	cpus[0].wait_away = 500000000;
	snap.cpus = cpus;
	snap.nr_cpus = 2;
	assert_json(shown(&no_options), "{'cost':{'share':0.75,'handler_share':0.25,"
					"'wait_share':0.5,'reschedule_share':null}}");
	snap.host = NULL;
	assert_json(shown(&no_options), "{'cost':null}");
}

/* These keys are there only if they were asked for. */
TEST_F(stacks_and_names_are_asked_for)
{
	struct view_options opts = { .stacks = true };

	snap.samples = samples;
	snap.nr_samples = 2;
	assert_lacks(shown(&no_options), "\"stacks\"", "\"storm\"");
	assert_has(line, "\"task_0\"");
	shown(&opts);
	assert_json(line, "{'stacks':[{'comm':'task_0'},{'comm':'task_1'}]}");
	opts.anonymous = true;
	assert_lacks(shown(&opts), "task_0", "task_1");
	assert_has(line, "\"reason\":\"do_it\"");
}

TEST_MAIN(NULL, NULL)
