// SPDX-License-Identifier: GPL-2.0
/* The sentences about a storm, KVM's above all; text stays 80 columns wide. */
#include "storm_text.h"
#include "view/json/json.h"
#include "view/words/words.h"

static const char *advice(const struct storm *storm, const struct storm_evidence *facts)
{
	static char buf[1024];

	storm_words__advice(storm, facts, buf, sizeof(buf));
	return buf;
}

TEST(each_source_of_a_line_has_its_share)
{
	struct feed feed = tsc_storm();
	struct storm storm = *feed_first(&feed);
	struct storm_line line = {};

	storm.csds = 200;
	storm.nr_sources = 2;
	storm.sources[0].csds = 150;
	storm.sources[1].csds = 50;
	storm_line__make(&line, &storm, &kvm_facts);
	assert_true(line.storm.sources[0].share == 0.75);
	assert_true(line.storm.sources[1].share == 0.25);
}

/* The figures beside the note's row are those of the last window. */
TEST(a_note_that_has_grown)
{
	struct feed feed = tsc_storm();
	struct storm storm = *feed_first(&feed);

	storm.note = true;
	storm.cost.share = 0.5 * STORM_NOTE;
	assert_has(printed(show, &(struct shown){ &storm, &kvm_facts }),
		   "costs less than 1 % of CPU time: a note, which");
	storm.cost.share = 1.4 * STORM_NOTE;
	assert_has(printed(show, &(struct shown){ &storm, &kvm_facts }),
		   "cost less than 1 % of CPU time when it began: a note, which");
}

TEST(advice_fits_what_is_there)
{
	struct feed feed = tsc_storm();
	const struct storm *storm = feed_first(&feed);
	struct storm_evidence facts = kvm_facts;

	assert_has(advice(storm, &facts), "modprobe -r kvm_amd kvm");
	assert_has(advice(storm, &facts), "cpupower frequency-set -g performance");
	assert_has(advice(storm, &facts), "invtsc");
	/* The advice has no modprobe -r while guests run, and no governor that is set already. */
	facts.guests.users = 2;
	assert_lacks(advice(storm, &facts), "modprobe -r");
	facts.guests.users = 0;
	facts.guests.vcpus = 1;
	assert_lacks(advice(storm, &facts), "modprobe -r");
	snprintf(facts.cpufreq.policies[0].governor, EVIDENCE_LEN, "performance");
	assert_lacks(advice(storm, &facts), "frequency-set");
	assert_has(advice(storm, &facts), "ipifreq");
}

/* The first two lines name the sender. */
TEST(the_culprit_comes_first)
{
	struct feed feed = tsc_storm();
	struct storm storm = *feed_first(&feed);
	char *text;

	storm.samples = storm.csds = 40;
	storm.nr_sources = 1;
	storm.sources[0] = (struct storm_source){ .samples = 30,
						  .csds = 30,
						  .tgid = 4460,
						  .comm = "ipiload",
						  .reason = "munmap",
						  .has_user = true,
						  .user_func = "sender_main" };
	text = printed(show, &(struct shown){ &storm, &kvm_facts });
	/* The sender comes first. */
	assert_ptr_equal(strstr(text, "\nCULPRIT:  ipiload[4460], munmap in sender_main\n"
				      "STORM tsc_khz_changed\n"),
			 text);
	storm.sources[0].samples = storm.sources[0].csds = 10;
	assert_has(printed(show, &(struct shown){ &storm, &kvm_facts }),
		   ", munmap in sender_main, and others\n");
	storm.sources[0].kworker = true;
	strcpy(storm.sources[0].comm, "kworker/0:1");
	assert_has(printed(show, &(struct shown){ &storm, &kvm_facts }),
		   "CULPRIT:  kworker; who queued its work is not known, munmap");
	storm.sources[0].queued_by = (struct task_id){ true, false, 7, 7, "chronyd" };
	assert_has(printed(show, &(struct shown){ &storm, &kvm_facts }),
		   "CULPRIT:  kworker for chronyd[7], munmap");
	strcpy(storm.sources[0].comm, "rcu_exp_gp_kthr");
	assert_has(printed(show, &(struct shown){ &storm, &kvm_facts }),
		   "CULPRIT:  rcu_exp_gp_kthr for chronyd[7], munmap");
	storm.sources[0].interrupt = true;
	assert_has(printed(show, &(struct shown){ &storm, &kvm_facts }),
		   "CULPRIT:  an interrupt, munmap");
	storm.nr_sources = 0;
	assert_lacks(printed(show, &(struct shown){ &storm, &kvm_facts }), "CULPRIT");
}

/* A stopper thread moves tasks, or stops CPUs, for a task that its stack does not show. */
TEST(a_stopper_is_no_culprit)
{
	struct feed feed = tsc_storm();
	struct storm storm = *feed_first(&feed);
	char *text;

	storm.samples = storm.csds = 50;
	storm.nr_sources = 1;
	storm.sources[0] =
		(struct storm_source){ .samples = 49,
				       .csds = 49,
				       .tgid = 18,
				       .comm = "migration/0",
				       .reason = "migration_cpu_stop",
				       .nr_chain = 2,
				       .chain = { "migration_cpu_stop", "cpu_stopper_thread" } };
	text = printed(show, &(struct shown){ &storm, &kvm_facts });
	assert_has(text, "CULPRIT:  not known: stopper threads (migration/N) send",
		   "49 of 50 samples: stopper thread migration/0; who queued its work is\n");
	storm.nr_sources = 2;
	storm.sources[1] = (struct storm_source){
		.samples = 1, .csds = 1, .tgid = 77, .comm = "mover", .reason = "sched_setaffinity"
	};
	/* Neither is another task that sends a few. */
	text = printed(show, &(struct shown){ &storm, &kvm_facts });
	assert_has(text, "CULPRIT:  not known: stopper");
	storm.sources[1].samples = storm.sources[1].csds = 10;
	text = printed(show, &(struct shown){ &storm, &kvm_facts });
	assert_has(text, "CULPRIT:  mover[77], sched_setaffinity (10 of 50 samples; most");
	/* A task may have such a name. */
	storm.sources[0].nr_chain = 1;
	text = printed(show, &(struct shown){ &storm, &kvm_facts });
	assert_has(text, "CULPRIT:  migration/0[18], migration_cpu_stop\n");
}

/* Half of the samples: a governor asks; the others have the driver's own thread. */
TEST(advice_says_how_much_goes)
{
	struct feed feed = tsc_storm();
	struct storm storm = *feed_first(&feed);
	struct storm_evidence facts = kvm_facts;

	storm.nr_sources = 2;
	storm.samples = storm.csds = 40;
	storm.sources[0] = (struct storm_source){ .samples = 30,
						  .csds = 30,
						  .nr_chain = 2,
						  .chain = { "sugov_work", "kthread_worker_fn" } };
	storm.sources[1] = (struct storm_source){
		.samples = 10, .csds = 10, .nr_chain = 1, .chain = { "ipifreq_thread [ipifreq]" }
	};
	assert_has(advice(&storm, &facts), "modprobe -r kvm_amd kvm (ends the whole storm)");
	assert_has(advice(&storm, &facts), "-g performance (ends the 75 % of the sampled "
					   "transitions that the governor asks for)");
	storm.nr_sources = 0;
	assert_has(advice(&storm, &facts),
		   "-g performance (it is not known how much of the storm this ends");
	storm.sources[0] = storm.sources[1];
	storm.nr_sources = 1;
	snprintf(facts.cpufreq.policies[0].governor, EVIDENCE_LEN, "performance");
	assert_has(advice(&storm, &facts),
		   "ipifreq_thread [ipifreq] asks for 25 % of the sampled transitions");
}

TEST(updates_are_compared_with_transitions)
{
	struct storm_evidence facts = kvm_facts;

	assert_true(storm_evidence__updates_each(&facts) < 0);
	facts.clock = (struct clock_evidence){ true, 1300, SECOND };
	assert_true(storm_evidence__updates_each(&facts) == 2);
	facts.cpufreq.transitions = 0;
	assert_true(storm_evidence__updates_each(&facts) < 0);
}

static const struct guest_ipi_evidence guests_ask = {
	.known = true,
	.all = 30000,
	.ns = SECOND,
	.nr_vms = 2,
	.vms = { { 77, "qemu", 20000 }, { 78, "crosvm", 4000 } },
};

/* The advice about wake-ups names guests if these can be half of the wake-ups. */
TEST(guests_that_ipi_each_other)
{
	struct feed feed = feed_new(4, 0.4);
	struct storm_evidence facts = { .nr_online = 4, .guest_ipis = guests_ask };
	const struct storm *storm;

	feed_windows(&feed, 3, FLOWS(F("sched_ttwu_pending", 100000)));
	storm = feed_first(&feed);
	assert_string_equal(storm_words__name(storm), "wakeups");
	assert_int_equal(guest_ipis__other(&facts.guest_ipis), 6000);
	assert_lacks(advice(storm, &facts), "guests ask");
	facts.guest_ipis.all = 50000;
	assert_has(advice(storm, &facts), "guests ask for 50000 IPIs a second, up to "
					  "50 % of this");
	assert_has(printed(show, &(struct shown){ storm, &facts }),
		   "guests    vCPUs ask for 50.0k IPIs a second by exits: 20.0k of "
		   "qemu[77]");
	facts.guest_ipis.all = 0;
	assert_lacks(printed(show, &(struct shown){ storm, &facts }), "vCPUs");
}

/* The general advice on moves has the words of the advice on affinity, and a part of its own. */
TEST(advice_is_given_once)
{
	struct storm_evidence facts = {};
	struct storm storm = migration_storm();

	storm.nr_sources = 2;
	storm.sources[0] = (struct storm_source){ .samples = 30, .csds = 30, .why = "affinity" };
	storm.sources[1] = (struct storm_source){ .samples = 10, .csds = 10 };
	assert_string_equal(advice(&storm, &facts),
			    "set affinity once, not in a loop; pin what keeps moving: "
			    "taskset -cp LIST PID");
}

/* Two sources with the same reason have more csds together than the one before them. */
TEST(reasons_are_ordered_by_their_csds)
{
	struct storm_evidence facts = {};
	char why[1024], *numa, *exec, *affinity;
	struct storm storm = migration_storm();

	storm.nr_whys = 0;
	storm.nr_sources = 4;
	storm.sources[0] = (struct storm_source){ .samples = 14, .csds = 14, .why = "exec" };
	storm.sources[1] = (struct storm_source){ .samples = 8, .csds = 8, .why = "affinity" };
	storm.sources[2] = (struct storm_source){ .samples = 9, .csds = 9, .why = "numa" };
	storm.sources[3] = (struct storm_source){ .samples = 9, .csds = 9, .why = "numa" };
	storm_words__why(&storm, &facts, why, sizeof(why));
	numa = strstr(why, "NUMA balancing moves tasks");
	exec = strstr(why, "tasks that start a program");
	affinity = strstr(why, "the affinity of tasks is set");
	assert_true(numa && exec && affinity);
	assert_true(numa < exec && exec < affinity);
	assert_null(strstr(numa + 1, "NUMA balancing moves tasks"));
}

TEST(why_says_the_figures)
{
	struct feed feed = tsc_storm();
	struct storm_evidence facts = kvm_facts;
	char why[1024];

	storm_words__why(feed_first(&feed), &facts, why, sizeof(why));
	assert_has(why, "1950 a second of tsc_khz_changed [kvm], 100 % of all IPIs: ",
		   "650 frequency transitions a second");
	assert_lacks(why, "but this CPU");
	facts.tsc.constant = true;
	storm_words__why(feed_first(&feed), &facts, why, sizeof(why));
	assert_has(why, "but this CPU says that its TSC is constant");
	/* Buffers of any size. */
	for (size_t size = 1; size < 200; size++) {
		storm_words__why(feed_first(&feed), &facts, why, size);
		assert_true(strlen(why) < size);
	}
}

/* The rate is that of all functions of the storm, and so must not be said of the first alone. */
TEST(why_names_the_functions_of_the_rate)
{
	struct feed feed = feed_new(4, 0.4);
	struct storm_evidence facts = {};
	char why[1024];

	feed_windows(&feed, 3, FLOWS(F("ipi_mb", 20000), F("ipi_rseq", 5000)));
	storm_words__why(feed_first(&feed), &facts, why, sizeof(why));
	assert_has(why, "25000 a second of ipi_mb and ipi_rseq, 100 % of all IPIs");
	feed = feed_new(4, 0.4);
	feed_windows(&feed, 3,
		     FLOWS(F("ipi_mb", 20000), F("ipi_rseq", 5000), F("ipi_sync_core", 2000)));
	storm_words__why(feed_first(&feed), &facts, why, sizeof(why));
	assert_has(why, "27000 a second of ipi_mb and 2 others, 100 % of all IPIs");
}

/* Others are said from a tenth of the csds without a reason on, wherever they are in the list. */
TEST(other_callers_are_said_if_they_are_many)
{
	static const struct {
		double caller, other, last;
		bool said;
	} rows[] = {
		{ 30, 10, 0, true }, { 36, 3, 1, true },  { 36, 1, 3, true },  { 36, 4, 0, true },
		{ 37, 3, 0, false }, { 40, 0, 0, false }, { 37, 2, 1, false },
	};
	struct storm_evidence facts = {};
	struct storm storm = migration_storm();
	struct signature open = *storm.sig;
	char why[1024];

	open.open = true;
	storm.sig = &open;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		storm.nr_whys = 0;
		storm.nr_sources = 3;
		storm.sources[0] = (struct storm_source){ .csds = rows[i].caller, .reason = "a" };
		storm.sources[1] = (struct storm_source){ .csds = rows[i].other, .reason = "b" };
		storm.sources[2] = (struct storm_source){ .csds = rows[i].last, .reason = "c" };
		storm_words__why(&storm, &facts, why, sizeof(why));
		assert_has(why, ", by a");
		assert_int_equal(!strstr(why, " and others"), !rows[i].said);
		/* Sources that show a reason do not count. */
		strcpy(storm.sources[1].why, "numa");
		storm_words__why(&storm, &facts, why, sizeof(why));
		assert_int_equal(!strstr(why, " and others"),
				 !(rows[i].last >= 0.1 * (rows[i].caller + rows[i].last)));
	}
}

TEST(the_unknown_is_described)
{
	struct feed feed = feed_new(4, 0.4);
	struct storm_evidence facts = {};
	char why[1024];

	feed_windows(&feed, 3, FLOWS(F("ipigen_x", 30000, .module = "ipigen")));
	assert_string_equal(storm_words__name(feed_first(&feed)), "unknown");
	storm_words__why(feed_first(&feed), &facts, why, sizeof(why));
	assert_has(why, "30000 a second of ipigen_x [ipigen], 100 % of all IPIs",
		   "no signature knows this function");
	assert_has(advice(feed_first(&feed), &facts), "-f 'ipigen_x'");
}

static void check_width(char *text)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strlen(line) > 80)
			print_error("too wide: %s\n", line);
		assert_true(strlen(line) <= 80);
	}
}

/* A storm on four CPUs: 200 ms a second in handlers, 400 ms in waits. */
static struct storm storm_of_membarriers(void)
{
	struct feed feed = feed_new(4, 0.4);

	feed_windows(&feed, 3, FLOWS(F("ipi_mb", 20000, .handler = 10000, .wait = 20000)));
	return *feed_first(&feed);
}

/* A share of all CPUs' time. */
TEST(cost_is_a_part_of_all_cpus_time)
{
	struct storm_evidence facts = { .nr_online = 4 };
	struct storm storm = storm_of_membarriers();
	char *text = printed(show, &(struct shown){ &storm, &facts });

	assert_has(text, "handlers 200ms a second, 5.00 % of all CPU time",
		   "senders wait 400ms a\n          second, 10.0 %");
}

/* A storm of --storm-rate may cost little, but not nothing. */
TEST(a_small_cost_is_not_shown_as_none)
{
	struct storm_evidence facts = { .nr_online = 4 };
	struct storm storm = storm_of_membarriers();
	char *text;

	storm.last.handler_ns = storm.last.cpu_ns / 100000;
	storm.last.wait_ns = storm.last.cpu_ns / 2500;
	storm.cost.share = storm.cost.limit / 1000;
	text = printed(show, &(struct shown){ &storm, &facts });
	assert_has(text, " <0.01 % of all CPU time", " a second, 0.04 %",
		   "0.001 times its\n          limit");
}

/* What the kernel does not show is in no row. */
TEST(a_cost_says_what_is_not_known)
{
	struct storm_evidence facts = { .nr_online = 4 };
	struct storm storm = storm_of_membarriers();
	char *text;

	storm.last.waits_unknown = true;
	text = printed(show, &(struct shown){ &storm, &facts });
	assert_has(text, "handlers 200ms a second, 5.00 % of all CPU time; how long senders",
		   "entry and exit of the interrupts are not");
	assert_lacks(text, "senders wait 400ms");
	storm.last.runs_unseen = true;
	text = printed(show, &(struct shown){ &storm, &facts });
	assert_has(text, "senders wait 400ms a second, 10.0 % of all CPU time; the functions'");
	assert_lacks(text, "handlers 200ms");
	storm.last.handler_ns = 0;
	assert_has(printed(show, &(struct shown){ &storm, &facts }), "senders wait 400ms");
	storm.last.wait_ns = 0;
	assert_has(printed(show, &(struct shown){ &storm, &facts }),
		   "not known: the kernel has no event at the end");
	storm.last.handler_ns = 1;
	storm.last.runs_unseen = false;
	assert_lacks(printed(show, &(struct shown){ &storm, &facts }), "no event at the end");
}

/* What ipitrace itself sends, and what the host took, have rows if there is any. */
TEST(a_storm_has_rows_of_what_is_not_its_own)
{
	struct storm_evidence facts = { .nr_online = 4 };
	struct storm storm = storm_of_membarriers();
	uint64_t ns = storm.last.ns;
	char *text = printed(show, &(struct shown){ &storm, &facts });

	assert_lacks(text, "ipitrace's own", "the host took");
	storm.life.own = storm.life.ns / 100000000;
	storm.last.stolen.delay = ns / 4;
	text = printed(show, &(struct shown){ &storm, &facts });
	assert_has(text, "10.0/s of these functions are ipitrace's own, and not in the",
		   "the host took 250ms a second of delays, 0ns a second of handlers'");
	storm.last.stolen.delay = 0;
	storm.last.stolen.handler = ns / 2;
	assert_has(printed(show, &(struct shown){ &storm, &facts }),
		   "the host took 0ns a second of delays, 500ms a second of handlers'");
}

/* Costs that no event measures are in no figure; shares by samples are not given as counts. */
TEST(a_cost_that_is_estimated_says_so)
{
	struct storm_evidence facts = { .nr_online = 4 };
	struct storm storm = storm_of_membarriers();
	char *text;

	assert_lacks(printed(show, &(struct shown){ &storm, &facts }), "estimate");
	storm.cost.of = COST_OF_ONE;
	assert_has(printed(show, &(struct shown){ &storm, &facts }), "(an estimate:");
	storm.cost.of = COST_OF_ALL;
	storm.sig = signature__named("tlb_munmap");
	storm.nr_sources = 1;
	text = printed(show, &(struct shown){ &storm, &facts });
	assert_has(text, "cost and rate are estimates, by sampled stacks");
	assert_lacks(text, "the cost of csds only");
	storm.funcs[1] =
		(struct storm_func){ .kind = KIND_RESCHEDULE, .count = storm.funcs[0].count };
	storm.nr_funcs = 2;
	assert_has(printed(show, &(struct shown){ &storm, &facts }),
		   "the cost of csds only: no event times the other 50 % of the IPIs");
}

/* A name that @glob matches: of "@(a|b)" the first, of '*' and '?' an x each. */
static const char *example(const char *glob, char *buf, size_t size)
{
	if (!glob)
		return NULL;
	if (*glob == '@')
		glob += 2;
	snprintf(buf, size, "%.*s", (int)strcspn(glob, "|)"), glob);
	for (char *c = buf; *c; c++)
		if (*c == '*' || *c == '?')
			*c = 'x';
	return buf;
}

/* Each signature, with all evidence that there may be. */
TEST(text_is_80_columns_wide)
{
	struct storm_evidence facts = kvm_facts;

	facts.guests = (struct guest_evidence){ .known = true,
						.module = "kvm_intel",
						.users = 12,
						.vcpus = 4000,
						.owner = "qemu-system-x86_64[4194304]" };
	facts.stops_known = facts.moves_known = true;
	facts.clock = (struct clock_evidence){ true, 1234567, SECOND };
	facts.guest_ipis = guests_ask;
	facts.guest_ipis.virtualized = true;
	facts.nr_changes = CHANGES_MAX;
	for (int i = 0; i < CHANGES_MAX; i++)
		snprintf(facts.changes[i].text, sizeof(facts.changes[i].text),
			 "governor of policy0: conservative -> performance, and more of it, %d", i);
	facts.cpufreq.nr_policies = 128;
	for (size_t i = 0; i < signatures__nr(); i++) {
		const struct signature *sig = signature__at(i);
		char func[64], module[64], frame[64];
		struct feed feed;
		struct flow flow = F(example(sig->funcs[0], func, sizeof(func)), 5e8,
				     .module = example(sig->module, module, sizeof(module)),
				     .frame = sig->via[0] ? frame : "a_caller_of_some_length");
		const struct storm *storm;
		char *text;

		if (!flow.func)
			continue;
		/* "a<b": a frame and its caller. */
		snprintf(frame, sizeof(frame), "%.*s", (int)strcspn(sig->via[0] ?: "", "<"),
			 sig->via[0] ?: "");
		if (sig->via[0] && strchr(sig->via[0], '<'))
			flow.behind = strchr(sig->via[0], '<') + 1;
		feed = feed_new(256, 0.2);
		feed.moves = (struct task_moves){ .stops_known = sig->stops, .stops = 1000000000 };
		feed_windows(&feed, 3, (const struct flow[]){ flow, { .rate = 0 } });
		storm = feed_find(&feed, sig->name);
		text = printed(show, &(struct shown){ storm, &facts });
		assert_has(text, sig->name);
		check_width(text);
	}
}

TEST(a_list_of_cpus_that_is_cut_says_so)
{
	struct storm storm = { .nr_funcs = 1, .funcs = { { .name = "f" } }, .nr_cpus = 400 };
	struct storm_evidence facts = { .nr_online = 400 };
	uint64_t src[400] = { 0 }, dst[400];
	char *text;

	for (int cpu = 0; cpu < 400; cpu++) {
		src[cpu] = cpu % 2 ? 0 : 1000;
		dst[cpu] = 1000;
	}
	storm.src = src;
	storm.dst = dst;
	text = printed(show, &(struct shown){ &storm, &facts });
	assert_has(text, "0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,38,40,...\n",
		   "CPU 0-399");
}

static void show_calm(const void *of)
{
	view__no_storm(of);
}

static void assert_calm(const struct calm *calm, const char *want)
{
	char *text = printed(show_calm, calm);

	if (strcmp(text, want))
		fail_msg("got %swant %s", text, want);
}

/* Two seconds of a load that is no storm. */
static struct calm calm_of_two_seconds(void)
{
	return (struct calm){
		.seconds = 2,
		.csds = 1594,
		.handler_ns = 4000000,
		.wait_ns = 36000000,
		.cpu_ns = 4000000000,
		.nearest = { .known = true,
			     .func = { .name = "ipi_mb" },
			     .cause = "membarrier",
			     .usual = "routine",
			     .rate = 797,
			     .rate_limit = 8000,
			     .cost.share = 0.0125,
			     .cost.limit = 0.05,
			     .cpu_known = true },
	};
}

/* A machine that flushes TLBs without IPIs, on which a program unmaps memory in a loop. */
TEST(flushes_that_send_no_ipi_are_said)
{
	static const struct {
		struct flushes flushes;
		const char *says;
	} cases[] = {
		{ { FLUSH_BY_HOST, true, 46200, 46000, 0 },
		  "the host was asked 23.1k/s to flush other CPUs' TLBs, which sends no IPI" },
		{ { FLUSH_BY_HOST, true, 0, 100, 0 }, "" },
		{ { FLUSH_BY_HOST, false, 0, 46200, 0 },
		  "the host flushes other CPUs' TLBs without IPIs, uncounted; 23.1k/s flushed "
		  "locally" },
		{ { FLUSH_BY_INVLPGB, false, 0, 46200, 100 },
		  "this CPU (INVLPGB) flushes other CPUs' TLBs without IPIs, uncounted; 23.1k/s "
		  "flushed locally" },
		/* They do send IPIs: of processes that run on few CPUs. */
		{ { FLUSH_BY_INVLPGB, false, 0, 46200, 46200 }, "" },
		/* A program of one thread flushes its own CPU's TLB. */
		{ { FLUSH_BY_IPI, false, 0, 46200, 0 }, "" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct words words = storm_words__flushes(&cases[i].flushes, 2);
		struct calm calm = calm_of_two_seconds();
		char *text;

		assert_string_equal(words.s, cases[i].says);
		calm.flushes = cases[i].flushes;
		text = printed(show_calm, &calm);
		assert_int_equal(!strstr(text, "flushes "), !*words.s);
	}
}

/* Without a time there is no rate. */
TEST(flushes_of_no_time_have_no_rate)
{
	const struct flushes hosted = { FLUSH_BY_HOST, true, 5, 6, 7 };

	assert_string_equal(
		storm_words__flushes(&hosted, 0).s,
		"the host flushes other CPUs' TLBs without IPIs, uncounted; 0/s flushed locally");
}

/* Add up windows, as a run does. */
TEST(flushes_are_those_of_all_windows)
{
	struct fn_stats fns[] = {
		{ .func = { .addr = 1, .name = "flush_tlb_func" }, .count = 2, .local = 30 },
		{ .func = { .addr = 2, .name = "flush_tlb_func", .module = "mod" }, .local = 500 },
		{ .func = { .addr = 3, .name = "ipi_mb" }, .local = 700 },
		{ .func = { .addr = 4 }, .local = 900 },
	};
	struct snapshot snap = { .fns = fns, .nr_fns = ARRAY_SIZE(fns) };
	struct flushes flushes = {};

	snap.how.flush_way = FLUSH_BY_HOST;
	snap.events.known[EVENT_HOST_FLUSH] = true;
	snap.events.hits[EVENT_HOST_FLUSH] = 20;
	flushes__add(&flushes, &snap);
	flushes__add(&flushes, &snap);
	assert_members(flushes, hosted_known, true, hosted, 40, local, 60, csds, 4);
	/* In one window these were not counted, so the sum is not known. */
	snap.events.known[EVENT_HOST_FLUSH] = false;
	flushes__add(&flushes, &snap);
	snap.events.known[EVENT_HOST_FLUSH] = true;
	flushes__add(&flushes, &snap);
	assert_false(flushes.hosted_known);
}

TEST(no_storm_says_what_there_is)
{
	struct calm calm = calm_of_two_seconds();

	assert_calm(&calm,
		    "\nno storm in 2.00 s\n"
		    "nearest   ipi_mb (membarrier), peak: 797 csds/s to CPU 0, limit 8.00k/s\n"
		    "          (routine); cost 1.2 % of CPU time (limit 5 %)\n"
		    "average   handlers 0.10 % of CPU time, sender wait 0.90 %\n"
		    "IPIs take 1.0 % of CPU time: a slow host has another cause\n");
	/* Many causes together cost more than the limit, but none of them alone. */
	calm.wait_ns *= 10;
	assert_calm(&calm,
		    "\nno storm in 2.00 s\n"
		    "nearest   ipi_mb (membarrier), peak: 797 csds/s to CPU 0, limit 8.00k/s\n"
		    "          (routine); cost 1.2 % of CPU time (limit 5 %)\n"
		    "average   handlers 0.10 % of CPU time, sender wait 9.00 %\n"
		    "IPIs take 9.1 % of CPU time, but no cause storms: see ipitrace --by sender\n");
	/* One cause costs nearly what a storm does. */
	calm.nearest.cost.share = 0.04;
	assert_calm(&calm,
		    "\nno storm in 2.00 s\n"
		    "nearest   ipi_mb (membarrier), peak: 797 csds/s to CPU 0, limit 8.00k/s\n"
		    "          (routine); cost 4 % of CPU time (limit 5 %)\n"
		    "average   handlers 0.10 % of CPU time, sender wait 9.00 %\n"
		    "IPIs take 9.1 % of CPU time, near a storm: see ipitrace --by sender\n");
}

TEST(a_small_average_is_not_zero)
{
	struct calm calm = calm_of_two_seconds();

	calm.handler_ns = 100000;
	calm.wait_ns = 0;
	assert_has(printed(show_calm, &calm),
		   "average   handlers <0.01 % of CPU time, sender wait 0.00 %\n");
}

/* The unit names what was counted, and a limit below 10 keeps its decimals. */
TEST(no_storm_has_the_right_unit)
{
	static const struct {
		struct storm_func func, second;
		const char *unit;
	} cases[] = {
		{ { .name = "ipi_mb", .count = 9 }, {}, "csds" },
		{ { .name = "ipi_mb", .count = 9 }, { .name = "ipi_rseq", .count = 5 }, "csds" },
		{ { .kind = KIND_RESCHEDULE, .count = 9 }, {}, "reschedules" },
		{ { .kind = KIND_IRQ_WORK, .count = 9 }, {}, "irq_works" },
		{ { .kind = KIND_RESCHEDULE, .count = 9 },
		  { .name = "sched_ttwu_pending", .count = 5 },
		  "IPIs" },
		{ { .name = "sched_ttwu_pending", .count = 9 },
		  { .kind = KIND_RESCHEDULE, .count = 5 },
		  "IPIs" },
	};
	struct calm calm = calm_of_two_seconds();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		calm.nearest.func = cases[i].func;
		calm.nearest.second = cases[i].second;
		assert_string_equal(storm_words__unit(&calm.nearest), cases[i].unit);
	}
	calm.nearest.func = cases[2].func;
	calm.nearest.second = cases[2].second;
	calm.nearest.rate = 1;
	calm.nearest.rate_limit = 1.25;
	assert_has(printed(show_calm, &calm), "peak: 1.0 reschedules/s to CPU 0, limit 1.2/s");
}

/* One interval of several was over the limit: that is no storm, and no contradiction. */
TEST(no_storm_says_that_one_interval_was_over)
{
	struct calm calm = calm_of_two_seconds();

	calm.nearest.cost.share = 0.13;
	assert_calm(
		&calm,
		"\nno storm in 2.00 s\n"
		"nearest   ipi_mb (membarrier), peak: 797 csds/s to CPU 0, limit 8.00k/s\n"
		"          (routine); cost 13 % of CPU time (limit 5 %); over a limit once\n"
		"average   handlers 0.10 % of CPU time, sender wait 0.90 %\n"
		"IPIs take 1.0 % of CPU time; the nearest was over a limit in one window, and a\n"
		"storm needs two: watch for longer\n");
	/* The nearest one exceeded the limit of its rate, but costs so little that it is a note. */
	calm.nearest.cost.share = 0.02;
	calm.nearest.rate = 9000;
	assert_calm(
		&calm,
		"\nno storm in 2.00 s\n"
		"nearest   ipi_mb (membarrier), peak: 9.00k csds/s to CPU 0, limit 8.00k/s\n"
		"          (routine); cost 2 % of CPU time (limit 5 %); over a limit once\n"
		"average   handlers 0.10 % of CPU time, sender wait 0.90 %\n"
		"IPIs take 1.0 % of CPU time; the nearest was over a limit in one window, and a\n"
		"storm needs two: watch for longer\n");
}

/* A rate over its limit counts from the cost of a note on, which is a hundredth. */
TEST(a_rate_over_its_limit_counts_from_the_cost_of_a_note_on)
{
	struct calm calm = calm_of_two_seconds();

	calm.nearest.rate = 9000;
	calm.nearest.cost.share = STORM_NOTE;
	assert_has(printed(show_calm, &calm), "the nearest was over a limit in one window");
	calm.nearest.cost.share = STORM_NOTE - 0.001;
	assert_lacks(printed(show_calm, &calm), "over a limit in one window");
}

TEST(no_storm_says_what_was_not_measured)
{
	struct calm calm = calm_of_two_seconds();

	calm.wait_ns *= 10;
	calm.nearest.cost.share = 0.04;
	calm.reschedules = 3;
	assert_calm(
		&calm,
		"\nno storm in 2.00 s\n"
		"nearest   ipi_mb (membarrier), peak: 797 csds/s to CPU 0, limit 8.00k/s\n"
		"          (routine); cost 4 % of CPU time (limit 5 %)\n"
		"average   handlers 0.10 % of CPU time, sender wait 9.00 %; reschedules not timed\n"
		"          (summary --kinds times them)\n"
		"IPIs take 9.1 % of CPU time, near a storm: see ipitrace --by sender\n");
	/* No runs are seen, but the interrupts are; or not even those. */
	calm.runs_unseen = true;
	assert_calm(&calm,
		    "\nno storm in 2.00 s\n"
		    "nearest   ipi_mb (membarrier), peak: 797 csds/s to CPU 0, limit 8.00k/s\n"
		    "          (routine); cost 4 % of CPU time (limit 5 %)\n"
		    "average   interrupts 0.10 % of CPU time, sender wait 9.00 %\n"
		    "IPIs take 9.1 % of CPU time, near a storm: see ipitrace --by sender\n");
	calm.irqs_unseen = true;
	assert_calm(&calm,
		    "\nno storm in 2.00 s\n"
		    "nearest   ipi_mb (membarrier), peak: 797 csds/s to CPU 0, limit 8.00k/s\n"
		    "          (routine); cost 4 % of CPU time (limit 5 %)\n");
}

TEST(no_storm_where_nothing_was_sent)
{
	struct calm calm = { .seconds = 1, .cpu_ns = 1 };

	assert_calm(&calm,
		    "\nno storm in 1.00 s\nno IPI was sent: a slow host has another cause\n");
	calm.seconds = 0.1;
	assert_calm(&calm, "\nno storm in 0.10 s\nno verdict: at least 0.2 s needed\n");
	/* A capture that lacks these members. */
	calm = (struct calm){ .seconds = 1, .csds = 1 };
	assert_calm(&calm, "\nno storm in 1.00 s\n");
}

TEST_MAIN(NULL, NULL)
