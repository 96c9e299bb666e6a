// SPDX-License-Identifier: GPL-2.0
/* The lines above the brief page's tables: IPIs, cost, what was lost, the verdict. */
#include "brief_window.h"
#include "printed.h"

TEST(calls_without_csds)
{
	struct snapshot snap = window_of_calls(2, 1, 1000);

	assert_page(&snap, "csds queued 1.00k/s in 1.00k/s sync calls, none lost\n", "NO STORM");
	assert_page(&snap, "interrupts 0.05%, sender wait", "handlers");
	assert_page(&snap, "NOT KNOWN (-): delays and runs: no csd tracepoints before Linux 6.5\n",
		    "UPPER BOUND");
	assert_page(&snap, " flush_tlb_func         1.00k  0.03%        -       -       -",
		    "DELAYED");
	/* Twice as many interrupts, their time, the longest of them. */
	assert_page(&snap, "    0       2.00k           500     0.05%          -    7.00us",
		    "CSDS/S IN");
	snap.fns[0].at_most = true;
	assert_page(&snap, "UPPER BOUND (the caller may skip some CPUs): flush_tlb_func\n", NULL);
	snap.known.irqs = false;
	memset(snap.cpus[0].irqs, 0, sizeof(snap.cpus[0].irqs));
	assert_page(&snap, "    0           -           500         -          -         -",
		    "interrupts");
	snap.call_ledger.lost_by[HOOK_NO_ROOM] = 7;
	assert_page(&snap, "DOES NOT CLOSE", "none lost");
	snap.call_ledger.begun += 8;
	snap.call_ledger.under_way = 1;
	assert_page(&snap, "LOST 7 calls, 1 under way\n", "DOES NOT CLOSE");
}

/* The page answers: what does it cost, who sends what, is it a storm, what was worst, where to go on. */
TEST(the_page_answers)
{
	struct snapshot snap = window(2, 3, 1000);
	char *text = page(&snap);

	assert_has(text, "2 CPUs", "+1.00 s", "IPIs 1.50k/s (1.00k call, 500 reschedule)",
		   "csds queued 3.00k/s, none lost");
	/* Handlers took 1 ms of 2 CPUs' second, and senders waited 1.4 ms. */
	assert_has(
		text,
		"COST 0.1% of CPU time: handlers 0.05%, sender wait 0.07%, reschedules not timed\n",
		"NO STORM: nearest to a limit is ipi_mb (membarrier), 978 csds/s to CPU 1\n"
		"   (limit 8.00k/s)\n",
		"[4194304]", "sched_ttwu_pending", "RESCHED/S IN", "max delay 3.00us:",
		"max run 1.50us:", "\ncallers: ipitrace --stacks -f sched_ttwu_pending -d 5\n",
		"\npercentiles: ipitrace --full -d 5\n");
	assert_lacks(text, "victims: ");
	assert_has(text, "Ctrl-C ends");
	assert_lacks(text, "partial");
	free(text);
	/* Neither a pipe nor a second page has commands. */
	brief.hints = false;
	assert_page(&snap, "max run 1.50us:", "callers:");
	assert_page(&snap, "Ctrl-C ends", " -d 5");
	brief.hints = true;
	brief.quiet = true;
	assert_page(&snap, "COST", "ipitrace:");
	snap.waits_unseen = 2;
	assert_page(&snap, "csds queued 3.00k/s, none lost\n   2 waits unseen\n", NULL);
}

/* Under -p rows of interrupts are no mistake where programs cannot tell them: a line says so. */
TEST(a_filter_that_sees_no_interrupts_says_so)
{
	struct snapshot snap = window(2, 3, 1000);

	/* Other filters than -p. */
	snap.how.filtered = snap.how.by_task = true;
	assert_page(&snap, "COST", "(interrupt):");
	snap.how.by_pid = snap.how.sees_interrupts = true;
	assert_page(&snap, "COST", "(interrupt):");
	snap.how.sees_interrupts = false;
	assert_page(&snap,
		    "\n(interrupt): -p has them, too: this kernel does not tell them apart\n",
		    NULL);
	snap.how.by_key = BY_SENDER;
	assert_page(&snap, "COST", "(interrupt):");
}

static void show_cost(const void *snap)
{
	assert_int_equal(view__brief_cost(stdout, 80, snap, NULL), 0);
}

static void show_report_cost(const void *snap)
{
	static const char *const names[] = { "membarrier", "membarrier", "tlb_munmap" };

	assert_int_equal(view__report_cost(snap, NULL, 5, names, 3), 0);
}

/* The storms of a whole run, with how often one came again. */
TEST(the_cost_of_a_run_names_its_storms)
{
	struct snapshot snap = window(2, 1, 1000);

	assert_has(printed(show_report_cost, &snap),
		   "STORM membarrier (2), tlb_munmap and 2 more: see below\n");
}

static void show_trigger(const void *of)
{
	view__report_trigger(of, 5190000000, &(struct wall_clock){});
}

/* The line is no wider than the others of the page. */
TEST(why_a_file_was_written)
{
	const struct trigger stall = { .kind = TRIGGER_STALL,
				       .time = 73158685751000,
				       .src = 0,
				       .dst = 1,
				       .phase = PHASE_DELIVERY,
				       .duration = 7110000 };
	const struct trigger asked = { .kind = TRIGGER_SIGNAL, .time = 1000 };

	assert_string_equal(
		printed(show_trigger, &stall),
		"TRIGGER a stall: delivery, CPU 0 to 1, after 7.11ms; 20:19:18.685751, 5.19s\n"
		"        after the beginning\n");
	assert_string_equal(printed(show_trigger, &asked),
			    "TRIGGER a signal; 00:00:00.000001, 5.19s after the beginning\n");
}

/* COST leaves reschedules out: the page says so, and where to find them if they are most. */
TEST(the_cost_of_reschedules)
{
	struct snapshot snap = window(2, 1, 1000);
	struct kind_stats row = { .kind = "reschedule", .timed = true, .time.sum = 20000000 };

	snap.kinds[KIND_RESCHEDULE] = 1500;
	assert_page(&snap, "reschedules, most of the IPIs, not timed (--kinds times them)\n", NULL);
	/* The options of a run that is over cannot be changed. */
	assert_has(printed(show_cost, &snap), "not timed (record --kinds times them)\n");
	brief.columns = 60;
	assert_page(&snap, "not timed\n   (--kinds times them)\n", NULL);
	brief.columns = 80;
	snap.all_kinds = &row;
	snap.nr_all_kinds = 1;
	assert_page(&snap, "COST 1.1% of CPU time:", "without");
	assert_page(&snap, "wait 0.07%, reschedules 1.0%\n", NULL);
	snap.nr_all_kinds = 0;
	snap.kinds[KIND_RESCHEDULE] = 0;
	assert_page(&snap, "sender wait 0.07%\n", "without");
}

/* One sample of row @fn: @comm[@tgid] was in the function @frame. */
static struct stack_sample sample_of(uint32_t fn, uint32_t tgid, const char *comm,
				     const char *frame)
{
	struct stack_sample sample = { .fn = fn, .tgid = tgid, .nr = 1, .stack[0].name = frame };

	snprintf(sample.comm, sizeof(sample.comm), "%s", comm);
	return sample;
}

/* Where reschedules are most of the IPIs the page names who sends them, by all call sites together. */
TEST(the_first_sender_of_reschedules)
{
	struct send_stats sends[] = { { .kind = KIND_IRQ_WORK, .count = 5000 },
				      { .kind = KIND_RESCHEDULE, .count = 600 },
				      { .kind = KIND_RESCHEDULE, .count = 900 } };
	struct stack_sample calls[] = {
		sample_of(0, 1, "perf", "a"),
		sample_of(1, 7, "make", "futex_wake"),
		sample_of(2, 7, "make", "futex_wake"),
		sample_of(2, 8, "cc", "pipe_write"),
	};
	struct snapshot snap = window(2, 1, 1000);

	snap.kinds[KIND_RESCHEDULE] = 1500;
	assert_page(&snap, "reschedules, most of the IPIs", "RESCHEDULES");
	snap.sends = sends;
	snap.nr_sends = ARRAY_SIZE(sends);
	snap.send_samples = calls;
	snap.nr_send_samples = ARRAY_SIZE(calls);
	snap.known.sends = true;
	/* 600 and half of 900, of 1,500. */
	assert_page(&snap, "\nRESCHEDULES 70% by make[7], via futex_wake\n", "perf");
	calls[1].interrupt = calls[2].interrupt = true;
	assert_page(&snap, "\nRESCHEDULES 70% by interrupts, via futex_wake\n", "make");
	/* A stopper thread does what another task asked for. */
	for (int i = 1; i <= 2; i++) {
		calls[i] = sample_of(i, 7, "migration/0", "migration_cpu_stop");
		calls[i].stack[calls[i].nr++].name = "cpu_stopper_thread";
	}
	assert_page(&snap, "by stopper thread migration/0; who queued its work is not known,",
		    "migration/0[7]");
	snap.kinds[KIND_RESCHEDULE] = 900;
	assert_page(&snap, "COST", "RESCHEDULES");
}

/* ipitrace's own work has a line, and is in no headline. */
TEST(the_own_work_is_in_no_headline)
{
	struct send_stats sends[] = { { .kind = KIND_RESCHEDULE, .count = 1500 } };
	struct stack_sample sent[] = {
		sample_of(0, 7, "ipitrace-names", "a"),
		sample_of(0, 7, "ipitrace-names", "a"),
		sample_of(0, 8, "make", "futex_wake"),
	};
	struct stack_sample calls[] = {
		sample_of(0, 7, "ipitrace", "a"),
		sample_of(0, 7, "ipitrace", "a"),
		sample_of(0, 9, "cc", "munmap"),
	};
	struct snapshot snap = window(2, 1, 1000);

	for (size_t i = 0; i < 2; i++)
		calls[i].own = sent[i].own = true;
	snap.kinds[KIND_RESCHEDULE] = 1500;
	snap.samples = calls;
	snap.nr_samples = ARRAY_SIZE(calls);
	assert_page(&snap, "\nOWN 67% of the IPIs: this ipitrace or another sends them\n",
		    "ipitrace[7]");
	assert_page(&snap, "\ncc[9] ", "[9] +");
	snap.sends = sends;
	snap.nr_sends = ARRAY_SIZE(sends);
	snap.send_samples = sent;
	snap.nr_send_samples = ARRAY_SIZE(sent);
	snap.known.sends = true;
	assert_page(&snap, "\nRESCHEDULES 33% by make[8], via futex_wake\n", "ipitrace-names");
	snap.nr_send_samples = 2;
	snap.nr_samples = 2;
	assert_page(&snap, "\n(ipitrace) ", "RESCHEDULES");
	assert_page(&snap, "\nOWN 100% of the IPIs", "cc[9]");
	for (size_t i = 0; i < 2; i++)
		calls[i].own = sent[i].own = false;
	assert_page(&snap, "\nipitrace[7] ", "OWN");
}

/* In colours: what begins ends, and plain clauses have neither. */
TEST(styles_end_with_their_clause)
{
	struct snapshot snap = window(2, 1, 100);
	bool styled = false;
	size_t nr = 0;
	char *text;

	snap.ledger.lost_by[LOST_MAILBOX_FULL] = 12;
	style__set(true);
	text = page(&snap);
	for (const char *at = text; (at = strchr(at, '\033')); at++) {
		bool off = !strncmp(at, style__off(), strlen(style__off()));

		assert_int_equal(off, styled);
		styled = !off;
		nr++;
	}
	style__set(false);
	assert_false(styled);
	assert_in_range(nr, 4, strlen(text));
	free(text);
}

TEST(nothing_was_sent)
{
	struct snapshot snap = window(2, 0, 0);

	for (int i = 0; i < 2; i++)
		snap.cpus[i] = (struct cpu_stats){ .cpu = i };
	nearest.known = false;
	assert_page(&snap, "no IPI in 1.00 s", "WHO");
	assert_page(&snap, "NO STORM: no csd was sent", "worst");
	assert_page(&snap, "COST 0% of CPU time", "CPU   CSDS");
	/* Other csds may have been sent, which the filter left out. */
	snap.how.filtered = true;
	assert_page(&snap, "no IPI in 1.00 s and no csd queued matches the filter", "csds queued");
	assert_page(&snap, "NO STORM: no csd matches the filter", "no csd was sent");
	snap.how.filtered = false;
	/* The run was ended before it saw anything. */
	snap.window.mono_end = snap.window.mono_start + STORM_INTERVAL_NS - 1;
	assert_page(&snap, "NO VERDICT: at least 0.2 s needed\n", "NO STORM");
}

/* As in an import of csd:* alone: no event says which interrupts were sent. */
TEST(interrupts_that_no_event_shows_are_not_known)
{
	struct snapshot snap = window(2, 1, 100);
	struct kind_stats kinds[] = { { .kind = "call_function" }, { .kind = "reschedule" } };

	memset(snap.kinds, 0, sizeof(snap.kinds));
	snap.all_kinds = kinds;
	snap.nr_all_kinds = 2;
	assert_page(&snap, "IPIs not known   csds queued ", "IPIs 0/s");
	kinds[1].sent_known = true;
	snap.kinds[KIND_RESCHEDULE] = 5;
	assert_page(&snap, "IPIs not known (- call, 5.0 reschedule)   csds", "IPIs 5.0/s");
	kinds[0].sent_known = true;
	assert_page(&snap, "IPIs 5.0/s (0 call, 5.0 reschedule)   csds", "not known");
	/* Without csds, too, nothing says that no interrupt was sent. */
	snap = window(2, 0, 0);
	kinds[0].sent_known = kinds[1].sent_known = false;
	snap.all_kinds = kinds;
	snap.nr_all_kinds = 2;
	assert_page(&snap, "IPIs not known   csds queued 0/s", "no IPI");
}

TEST(lost_and_early_csds_are_told)
{
	struct snapshot snap = window(2, 1, 100);

	snap.ledger.lost_by[LOST_MAILBOX_FULL] = 12;
	snap.ledger.queued += 12;
	assert_page(&snap, "LOST 12 of 112\n   12 found no room (mailbox_full)\n", "none lost");
	snap.ledger.function++;
	assert_page(&snap, "THE LEDGER DOES NOT CLOSE", NULL);
	snap = window(2, 1, 100);
	snap.ledger.orphans = 3;
	assert_page(&snap, "none lost\n   3 csds ran whose queueing was not seen\n", "LOST");
	/* Under a filter these are not known. */
	snap.how.filtered = true;
	assert_page(&snap, "that match the filter", "before it began");
	snap = window(2, 1, 100);
	snap.cpus[0].reschedules_known = snap.cpus[1].reschedules_known = false;
	assert_page(&snap, " 100             -   ", NULL);
}

TEST(a_partial_window_says_so)
{
	struct snapshot snap = window(2, 1, 100);

	snap.window.mono_end = 340000000;
	/* The first window is shown before it is whole. */
	assert_page(&snap, "partial: 0.34 s   Ctrl-C ends", NULL);
	brief.asked = 0.34;
	assert_page(&snap, "+0.34 s", "partial");
	/* Ctrl-C ended it. */
	snap.window.last = true;
	assert_page(&snap, "partial: 0.34 s", "Ctrl-C ends");
}

/* What a page in place leaves at the end of the run. */
TEST(the_page_of_the_run_says_so)
{
	struct snapshot snap = window(2, 1, 100);
	struct storm storm = { .reason = STORM_BY_RATE };

	snap.window.last = true;
	snap.window.mono_end = 5340000000;
	brief.total = true;
	nearest.worst = true;
	assert_page(&snap, "whole run: 5.34 s", "partial");
	assert_page(&snap, ", peak 978 csds/s to CPU 1\n", "Ctrl-C ends");
	nearest.storm = &storm;
	nearest.nr_storms = 1;
	nearest.rate = 16000;
	assert_page(&snap,
		    "peak 16.0k csds/s to CPU 1 (limit 8.00k/s):\n   rate 2.0 times its limit",
		    "NO STORM");
}

/* A figure above its limit and NO STORM: a clause says why. */
TEST(over_a_limit_in_one_window)
{
	struct snapshot snap = window(2, 1, 100);

	nearest.rate = 16000;
	nearest.cost = (struct storm_cost){ 0.02, 0.05, COST_OF_ONE };
	assert_page(&snap,
		    "NO STORM: nearest to a limit is ipi_mb (membarrier), 16.0k csds/s to CPU 1\n"
		    "   (limit 8.00k/s); over a limit in one window, and a storm needs two\n",
		    NULL);
	nearest.rate = 978;
	assert_page(&snap, "NO STORM:", "a storm needs two");
	nearest.cost.share = 0.06;
	assert_page(&snap, "(limit 5 %);\n   over a limit in one window, and a storm needs two\n",
		    NULL);
}

/* The last page is read longest, and no window follows it. */
TEST(a_last_page_promises_nothing)
{
	static const struct signature sig = { .name = "membarrier" };
	static struct storm storm = { .sig = &sig, .reason = STORM_BY_RATE };
	struct snapshot snap = window(2, 1, 100);

	nearest.undecided = true;
	assert_page(&snap, "a storm if the next window is over a limit, too", "last window");
	snap.window.last = true;
	assert_page(&snap, "over a limit in the last window, and a storm needs two", "next window");
	snap.window.mono_end = 110000000;
	nearest.judged = false;
	assert_page(&snap,
		    "NO VERDICT: window of 0.11 s, at least 0.2 s needed; "
		    "previous: perhaps a storm\n",
		    "978 csds/s");
	nearest.undecided = false;
	assert_page(&snap, "at least 0.2 s needed; previous: no storm\n", "NO STORM");
	nearest.storm = &storm;
	assert_page(&snap, "previous: STORM membarrier\n", "978 csds/s");
}

/* The figures of a run of PROGRAM are not its own alone: where those are, and PROGRAM once more. */
TEST(the_page_of_a_program)
{
	struct snapshot snap = window(2, 1, 100);

	brief.ran = "make[77]";
	brief.again = " -- make all";
	assert_page(&snap, "\nwhile make[77] ran: the IPIs of all senders; its own: --by sender\n",
		    "-d 5");
	assert_page(&snap, "advice: ipitrace storm -- make all\n", NULL);
	snap.how.by_key = BY_SENDER;
	assert_page(&snap, "ran: the IPIs of all senders\n", "its own");
	brief.quiet = true;
	assert_page(&snap, "COST", "while");
}

TEST(the_verdict_is_the_detectors)
{
	static const struct signature sig = { .name = "membarrier" };
	static struct storm storm = { .sig = &sig, .reason = STORM_BY_SHARE };
	struct snapshot snap = window(2, 1, 100);

	nearest.cost.share = 0.04;
	assert_page(&snap, "cost 4 % of CPU time (limit 5 %)\n", "A STORM");
	nearest.undecided = true;
	assert_page(&snap, "A STORM? ipi_mb (membarrier), 978 csds/s to CPU 1 (limit 8.00k/s):\n",
		    "NO STORM");
	nearest.undecided = false;
	nearest.storm = &storm;
	nearest.nr_storms = 3;
	assert_page(&snap,
		    "STORM membarrier: ipi_mb 978 csds/s to CPU 1 (limit 8.00k/s):", "NO STORM");
	assert_page(&snap, "not over yet: 0.8 times its limit", NULL);
	nearest.cost = (struct storm_cost){ 0.1, 0.05, COST_OF_ONE };
	assert_page(&snap, "cost 10 % of one CPU's time, 2.0 times its limit", "rate");
	nearest.rate = 23000;
	assert_page(&snap, "rate 2.9 times its limit, cost 10 %", NULL);
	nearest.cost.share = 0.01;
	assert_page(&snap, "rate 2.9 times its limit", "cost ");
	nearest.rate = 978;
	assert_page(&snap, "and 2 more", NULL);
	assert_page(&snap, "the storm: ipitrace storm -d 5", NULL);
	/* Interrupts that have no function. */
	nearest.storm = NULL;
	nearest.usual = NULL;
	assert_page(&snap, "nearest to a limit is ipi_mb (membarrier), 978 csds/s to CPU 1",
		    "routine");
	nearest.cause = NULL;
	assert_page(&snap,
		    "nearest to a limit is ipi_mb, 978 csds/s to CPU 1\n"
		    "   (unknown cause, limit 8.00k/s);",
		    "routine");
	nearest.func = (struct storm_func){ .kind = KIND_RESCHEDULE };
	nearest.cpu_known = false;
	assert_page(&snap, "nearest to a limit is reschedule, 978 reschedules/s to one CPU\n",
		    NULL);
	/* The rate is of both. */
	nearest.second = (struct storm_func){ .name = "sched_ttwu_pending", .count = 7 };
	assert_page(&snap,
		    "nearest to a limit is reschedule and sched_ttwu_pending,\n   978 IPIs/s to",
		    NULL);
	nearest.known = false;
	assert_page(&snap, "NO VERDICT: at least 0.2 s needed\n", NULL);
	brief.nearest = NULL;
	assert_page(&snap, "COST", "STORM");
}

TEST_MAIN(NULL, NULL)
