// SPDX-License-Identifier: GPL-2.0
/* The brief page over made-up windows: it fits each screen, and says what there was. */
#include "abi/limits.h"
#include "base/cpuset.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "printed.h"
#include "unit.h"
#include "view/text/views.h"

#define CPUS_MAX 256
#define FNS_MAX	 40

static struct host host = {
	.name.nodename = "a-host-with-a-long-name.example",
	.name.release = "6.12.117+deb13-cloud-amd64-unsigned",
};
static struct storm_nearest nearest;
static struct brief brief;

static const char *const names[] = { "flush_tlb_func", "ipi_mb", "sched_ttwu_pending",
				     "a_function_whose_name_is_longer_than_any_column_of_a_page" };
static struct stack_sample samples[FNS_MAX];
static struct cpu_stats cpus[CPUS_MAX];
static struct fn_stats fns[FNS_MAX];
static struct edge edges[CPUS_MAX];

static struct hist hist_of(uint64_t count, uint64_t ns)
{
	return (struct hist){ .count = count, .sum = count * ns, .max = 3 * ns };
}

/* @nr_cpus that each send @n csds to the next. */
static void cpus_fill(uint32_t nr_cpus, uint64_t n)
{
	host.online = (struct cpuset){};
	for (uint32_t i = 0; i < nr_cpus; i++) {
		cpuset__add(&host.online, i);
		cpus[i] = (struct cpu_stats){ .cpu = i,
					      .sent = n,
					      .received = n,
					      .reschedules_known = true,
					      .reschedules = n / 2,
					      .delay = hist_of(n, 1000 + i),
					      .handler = hist_of(n, 500 + i),
					      .wait = hist_of(n, 700) };
		edges[i] = (struct edge){ (i + 1) % nr_cpus, i, n };
	}
}

/* @nr_fns functions with @n csds each. */
static void fns_fill(size_t nr_fns, uint64_t n)
{
	for (size_t i = 0; i < nr_fns; i++) {
		fns[i] = (struct fn_stats){ .func = { .addr = i + 1, .name = names[i % 4] },
					    .count = n,
					    .delay = hist_of(n, 10 * (i + 1)),
					    .handler = hist_of(n, 100 * (i + 1)),
					    .wait = { n, 700 * n, 2100 } };
		samples[i] = (struct stack_sample){
			.fn = i, .tgid = 4194304, .comm = "fifteen_letters", .nr = 1
		};
		samples[i].stack[0].name = "membarrier_private_expedited";
	}
}

/* @nr_cpus that each send to the next, @nr_fns functions with @n csds each. */
static struct snapshot window(uint32_t nr_cpus, size_t nr_fns, uint64_t n)
{
	cpus_fill(nr_cpus, n);
	fns_fill(nr_fns, n);
	brief = (struct brief){ .columns = 80,
				.rows = 24,
				.hints = true,
				.asked = 1,
				.ends = "Ctrl-C ends",
				.program = "ipitrace",
				.again = "",
				.ran = "",
				.filters = "",
				.nearest = &nearest };
	nearest = (struct storm_nearest){ .known = true,
					  .judged = true,
					  .cause = "membarrier",
					  .usual = "routine",
					  .func.name = "ipi_mb",
					  .rate = 978,
					  .rate_limit = 8000,
					  .cost.share = 0.001,
					  .cost.limit = 0.05,
					  .cpu_known = true,
					  .cpu = 1 };
	return (struct snapshot){
		.host = &host,
		.window.mono_end = 1000000000,
		.known.kinds = true,
		.kinds = { [KIND_CALL_FUNCTION] = n, [KIND_RESCHEDULE] = n / 2 },
		.ledger = { .queued = n * nr_fns, .function = n * nr_fns },
		.cpus = cpus,
		.nr_cpus = nr_cpus,
		.fns = fns,
		.nr_fns = nr_fns,
		.edges = edges,
		.nr_edges = nr_cpus,
		.samples = samples,
		.nr_samples = nr_fns,
	};
}

static char *page(const struct snapshot *snap)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(view__brief(out, snap, &brief), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* A page with and without these words. */
static void assert_page(const struct snapshot *snap, const char *words, const char *not_these)
{
	char *text = page(snap);

	assert_has(text, words);
	if (not_these)
		assert_lacks(text, not_these);
	free(text);
}

static int columns_of(const char *line)
{
	int columns = 0;

	for (; *line && *line != '\n'; line++)
		columns += (*line & 0xc0) != 0x80;
	return columns;
}

/* Returns how many lines the text has; none is wider than @columns. */
static int assert_fits(const char *text, int columns)
{
	int lines = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		if (columns_of(line) > columns)
			fail_msg("%d columns, not %d: %.*s", columns_of(line), columns,
				 (int)strcspn(line, "\n"), line);
		lines++;
	}
	return lines;
}

/* The same window as calls: who called, and the interrupts that arrived. */
static struct snapshot window_of_calls(uint32_t nr_cpus, size_t nr_fns, uint64_t n)
{
	struct snapshot snap = window(nr_cpus, nr_fns, n);

	for (uint32_t i = 0; i < nr_cpus; i++) {
		struct cpu_stats *cpu = &snap.cpus[i];

		cpu->received = 0;
		cpu->delay = cpu->handler = (struct hist){};
		cpu->irqs[KIND_CALL_FUNCTION] = (struct irq_sum){ 2 * n, n * 400, 7000 };
		cpu->irqs[KIND_RESCHEDULE] = (struct irq_sum){ n, n * 100, 300 };
	}
	for (size_t i = 0; i < nr_fns; i++)
		snap.fns[i].delay = snap.fns[i].handler = (struct hist){};
	snap.ledger = (struct ledger){ .queued = n * nr_fns };
	snap.call_ledger = (struct call_ledger){ .begun = n, .returned = n };
	snap.how.source = SOURCE_CALLS;
	snap.known.kinds = false;
	snap.known.irqs = true;
	brief.nearest = NULL;
	return snap;
}

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

TEST(it_fits_each_screen)
{
	static const int columns[] = { 60, 61, 79, 80, 109, 110, 132, 200, 400 };
	static const int rows[] = { 16, 24, 25, 50, 100 };
	static const uint32_t cpus[] = { 1, 2, 8, 64, 256 };
	static const size_t fns[] = { 0, 1, 4, 40 };
	static const uint64_t counts[] = { 1, 999, 99999, 9999999 };

	for (size_t c = 0; c < ARRAY_SIZE(columns) * ARRAY_SIZE(rows); c++) {
		for (size_t i = 0; i < ARRAY_SIZE(cpus) * ARRAY_SIZE(fns) * ARRAY_SIZE(counts);
		     i++) {
			struct snapshot snap = (i & 1 ? window_of_calls : window)(
				cpus[i % 5], fns[i / 5 % 4], counts[i / 20]);
			char *text;

			brief.columns = columns[c % ARRAY_SIZE(columns)];
			brief.rows = rows[c / ARRAY_SIZE(columns)];
			brief.by_cpu = i % 3 == 0;
			snap.ledger.lost_by[LOST_MAILBOX_FULL] = i % 2 ? counts[i / 20] : 0;
			text = page(&snap);
			assert_in_range(assert_fits(text, brief.columns), 3,
					brief.rows < 24 ? 23 : brief.rows - 1);
			free(text);
		}
	}
}

/* Each clause that a page may have, at its longest. */
static struct snapshot window_of_words(uint32_t nr_cpus)
{
	static struct storm storm = { .reason = STORM_BY_RATE };
	struct snapshot snap = window(nr_cpus, FNS_MAX, 99999999);

	snap.kinds[KIND_IRQ_WORK] = 99999999;
	snap.kinds[KIND_RESCHEDULE] = 1999999999;
	for (int i = 0; i < NR_LOST; i++)
		snap.ledger.lost_by[i] = 99999999;
	snap.ledger.orphans = snap.sends_unseen = snap.waits_unseen = 99999999;
	for (uint32_t i = 0; i < nr_cpus; i++)
		snap.cpus[i].stolen = (struct steal_sum){ true, 99999999, 99999999 };
	snap.cpus[nr_cpus - 1].handler.max = snap.fns[3].handler.max = 99999999999;
	snap.cpus[nr_cpus - 1].delay.max = snap.fns[3].delay.max = 99999999999;
	snprintf(nearest.func.name, sizeof(nearest.func.name), "%s", names[3]);
	nearest.second = nearest.func;
	nearest.second.count = 7;
	nearest.cost = (struct storm_cost){ 0.9, 0.05, COST_OF_ONE };
	nearest.rate = 99999999;
	nearest.worst = true;
	nearest.nr_storms = nearest.nr_notes = 99;
	nearest.storm = &storm;
	snprintf(nearest.note.func.name, sizeof(nearest.note.func.name), "%s", names[3]);
	nearest.note.rate = 99999999;
	snap.samples[0].own = true;
	brief.ran = "fifteen_letters[4194304]";
	brief.again = " -- fifteen_letters";
	brief.filters = " --src 0-127,129-255 --dst 0-127";
	return snap;
}

/* The page of a run stays on the screen, and below it are the status and the prompt. */
TEST(the_page_of_a_run_leaves_room_for_the_prompt)
{
	static const int columns[] = { 60, 80, 110, 200 };
	static const uint32_t cpus[] = { 2, 8, 256 };

	for (size_t i = 0; i < ARRAY_SIZE(columns) * ARRAY_SIZE(cpus) * 4; i++) {
		struct snapshot snap = window_of_words(cpus[i / 4 % 3]);
		char *text;

		brief.columns = columns[i / 12];
		brief.total = snap.window.last = i & 1;
		if (i & 2)
			nearest.storm = NULL;
		text = page(&snap);
		if (assert_fits(text, brief.columns) > (brief.total ? 22 : 23))
			fail_msg("more than %d lines:\n%s", brief.total ? 22 : 23, text);
		free(text);
	}
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

	snap.how.filtered = snap.how.by_task = snap.how.sees_interrupts = true;
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

/* COST leaves reschedules out: the page says so, and where to find them if they are most. */
TEST(the_cost_of_reschedules)
{
	struct snapshot snap = window(2, 1, 1000);
	struct kind_stats row = { .kind = "reschedule", .timed = true, .time.sum = 20000000 };

	snap.kinds[KIND_RESCHEDULE] = 1500;
	assert_page(&snap, "reschedules, most of the IPIs, not timed (--kinds times them)\n", NULL);
	/* The options of a run that is over cannot be changed. */
	assert_has(printed(show_cost, &snap), "not timed (record --kinds times them)\n");
	snap.all_kinds = &row;
	snap.nr_all_kinds = 1;
	assert_page(&snap, "COST 1.1% of CPU time:", "without");
	assert_page(&snap, "wait 0.07%, reschedules 1.0%\n", NULL);
	snap.nr_all_kinds = 0;
	snap.kinds[KIND_RESCHEDULE] = 0;
	assert_page(&snap, "sender wait 0.07%\n", "without");
}

/* Where reschedules are most of the IPIs the page names who sends them, by all call sites together. */
TEST(the_first_sender_of_reschedules)
{
	struct send_stats sends[] = { { .kind = KIND_IRQ_WORK, .count = 5000 },
				      { .kind = KIND_RESCHEDULE, .count = 600 },
				      { .kind = KIND_RESCHEDULE, .count = 900 } };
	struct stack_sample calls[] = {
		{ .fn = 0, .tgid = 1, .comm = "perf", .nr = 1, .stack = { { .name = "a" } } },
		{ .fn = 1,
		  .tgid = 7,
		  .comm = "make",
		  .nr = 1,
		  .stack = { { .name = "futex_wake" } } },
		{ .fn = 2,
		  .tgid = 7,
		  .comm = "make",
		  .nr = 1,
		  .stack = { { .name = "futex_wake" } } },
		{ .fn = 2, .tgid = 8, .comm = "cc", .nr = 1, .stack = { { .name = "pipe_write" } } },
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
	snap.kinds[KIND_RESCHEDULE] = 900;
	assert_page(&snap, "COST", "RESCHEDULES");
}

/* ipitrace's own work has a line, and is in no headline. */
TEST(the_own_work_is_in_no_headline)
{
	struct send_stats sends[] = { { .kind = KIND_RESCHEDULE, .count = 1500 } };
	struct stack_sample sent[] = {
		{ .tgid = 7,
		  .comm = "ipitrace-names",
		  .own = true,
		  .nr = 1,
		  .stack = { { .name = "a" } } },
		{ .tgid = 7,
		  .comm = "ipitrace-names",
		  .own = true,
		  .nr = 1,
		  .stack = { { .name = "a" } } },
		{ .tgid = 8, .comm = "make", .nr = 1, .stack = { { .name = "futex_wake" } } },
	};
	struct stack_sample calls[] = {
		{ .tgid = 7,
		  .comm = "ipitrace",
		  .own = true,
		  .nr = 1,
		  .stack = { { .name = "a" } } },
		{ .tgid = 7,
		  .comm = "ipitrace",
		  .own = true,
		  .nr = 1,
		  .stack = { { .name = "a" } } },
		{ .tgid = 9, .comm = "cc", .nr = 1, .stack = { { .name = "munmap" } } },
	};
	struct snapshot snap = window(2, 1, 1000);

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

/* A kworker sends for who queued its work; the sender of most samples is named. */
TEST(a_kworker_is_for_somebody)
{
	struct stack_sample calls[6];
	struct snapshot snap = window(2, 1, 100);

	for (uint32_t i = 0; i < ARRAY_SIZE(calls); i++) {
		calls[i] = (struct stack_sample){ .tgid = 50 + i,
						  .comm = "kworker/0:1",
						  .nr = 1,
						  .stack = { { .name = "netstamp_clear" } } };
		calls[i].kworker = i < 5;
	}
	snap.samples = calls;
	snap.nr_samples = ARRAY_SIZE(calls);
	brief.columns = 132;
	/* Five kworkers and a process that is none. */
	assert_page(&snap, "\nkworker for (unknown) +1 ", "[5");
	for (int i = 0; i < 3; i++)
		calls[i].queued_by = (struct task_id){ true, false, 123, 123, "chronyd" };
	assert_page(&snap, "\nfor chronyd[123] +2 ", NULL);
	snap.nr_samples = 3;
	assert_page(&snap, "\nkworker for chronyd[123] ", NULL);
	brief.columns = 60;
	assert_page(&snap, "\nfor chro~[123] ", NULL);
	for (int i = 0; i < 3; i++)
		calls[i].queued_by = (struct task_id){};
	assert_page(&snap, "\nkworker  ", NULL);
}

/* The worst run is of f on CPU 1; no number says whose the worst delay was. */
TEST(the_worst_is_marked_where_it_is_known)
{
	struct snapshot snap = window(2, 2, 100);
	char *text;

	snap.cpus[1].handler.max = snap.fns[1].handler.max = 193000;
	text = page(&snap);
	assert_has(text, "193us!\n", "max run 193us: ipi_mb on CPU 1, sent by CPU 0\n",
		   "max delay 3.00us: on CPU 1, sent by CPU 0\n");
	free(text);
	/* Three CPUs, and something was in flight: any of two may have sent it. */
	snap = window(3, 2, 100);
	snap.cpus[1].handler.max = snap.fns[1].handler.max = 193000;
	snap.ledger.carried_in = 1;
	assert_page(&snap, "max run 193us: ipi_mb on CPU 1\n", "sent by");
}

/* What the host took explains the longest delay of CPU 1, which is 3 us, or does not. */
TEST(the_host_that_may_be_behind_the_worst_is_named)
{
	struct snapshot snap = window(2, 2, 100);

	snap.cpus[1].stolen = (struct steal_sum){ .known = true, .delay = 2000 };
	assert_page(&snap,
		    "max delay 3.00us: on CPU 1, sent by CPU 0\n"
		    "   (the host stole 2.00us of all delays there)\n",
		    "of all runs");
	snap.cpus[1].stolen = (struct steal_sum){ .known = true, .delay = 1000 };
	assert_page(&snap, "max delay 3.00us:", "the host stole");
	snap.cpus[1].stolen = (struct steal_sum){ .known = true, .handler = 1000 };
	assert_page(&snap, "(the host stole 1.00us of all runs there)", "of all delays");
}

TEST(what_is_not_shown_is_counted)
{
	struct snapshot snap = window(256, 40, 10);
	char *text = page(&snap);
	unsigned int cpus;
	int rows = 0;

	assert_has(text, "(all others, which cost less)");
	assert_int_equal(sscanf(strstr(text, "\nand "), "\nand %u more CPUs", &cpus), 1);
	for (const char *p = strstr(text, "CSDS/S IN"); (p = strchr(p, '\n')) && p[1] == ' '; p++)
		rows++;
	assert_int_equal(cpus + rows, 256);
	/* The most hit first. */
	assert_has(text, "\n  255 ");
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
	assert_page(&snap, "3 more ran, queued before ipitrace began", "LOST");
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
		    "   (limit 8.00k/s); over its limit in one window, and a storm needs two\n",
		    NULL);
	nearest.rate = 978;
	assert_page(&snap, "NO STORM:", "a storm needs two");
	nearest.cost.share = 0.06;
	assert_page(&snap, "(limit 5 %);\n   over its limit in one window, and a storm needs two\n",
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

/* The answer to --by is the last table. */
TEST(the_rows_of_by_come_last)
{
	static struct by_stats by[30];
	struct snapshot snap = window(2, 4, 100);
	char *text;

	for (int i = 0; i < 30; i++)
		by[i] = (struct by_stats){ .tgid = i,
					   .comm = "worker",
					   .count = 100 - i,
					   .wait = { .count = i, .sum = i * 2000000ULL },
					   .handler = hist_of(10, 100),
					   .delay = hist_of(10, 10) };
	snap.by = by;
	snap.nr_by = 30;
	snap.how.by_key = BY_SENDER;
	text = page(&snap);
	assert_true(strstr(text, "SENT BY") > strstr(text, "max run"));
	assert_has(text,
		   "\nSENT BY             CGROUP               PER S   WAIT HANDLERS  MAX DEL",
		   "\n(idle)              -                      100      -   <0.01%",
		   "\nworker[1]           -                     99.0   0.1%   <0.01%");
	assert_has(strstr(text, "\nand "), " more, with less\n");
	assert_string_equal(strstr(text, "with less\n"), "with less\n");
	free(text);
	by[0].cgroup_path =
		"/kubepods.slice/a-pod-of-a-long-name/and-its-container-with-an-id.scope";
	by[1].cgroup = 77;
	snap.how.by_key = BY_CGROUP;
	assert_page(&snap, "container-with-an-id.scope", "kubepods");
	assert_page(&snap, "cgroup 77 ", NULL);
	/* A wide page has room for what was sent without a csd, where that is known. */
	by[1].reschedules = 12345;
	snap.how.by_key = BY_SENDER;
	brief.columns = 120;
	assert_page(&snap, " MAX DELAY, RUN  RESCHED OUT/S\n", " 12.3k\n");
	snap.known.sends = true;
	assert_page(&snap, " 12.3k\n", NULL);
	snap.how.by_key = BY_VICTIM;
	assert_page(&snap, "INTERRUPTED", "RESCHED OUT");
	snap.how.by_key = BY_CGROUP;
	brief.columns = 60;
	assert_page(&snap, "\nSENT FROM CGROUP              PER S   WAIT HANDLERS     MAX\n", NULL);
	brief.columns = 80;
	/* A victim of interrupts waits for nothing. */
	snap.how.by_key = BY_VICTIM;
	assert_page(&snap,
		    "\nINTERRUPTED             CGROUP                  PER S HANDLERS  MAX DEL",
		    NULL);
	brief.by_cpu = true;
	snap.how.by_key = BY_NONE;
	text = page(&snap);
	assert_true(strstr(text, "CSDS/S IN") > strstr(text, "max run"));
	free(text);
}

TEST(who_sends)
{
	struct snapshot snap = window(2, 2, 100);
	char *text;

	/* Two tasks send the first function, and nobody knows who sends the second. */
	snap.samples[1].fn = 0;
	snap.samples[1].tgid = 7;
	snap.samples[0].tgid = 0;
	text = page(&snap);
	assert_has(text, "(idle) +1 ", "\n-    ");
	free(text);
	/* A wide page has the callers, too. */
	brief.columns = 160;
	text = page(&snap);
	assert_has(text, "membarrier_private_expedited 2/2", "CSDS/S OUT");
	/* A CPU's longest delay and run name their function, if a number says so. */
	assert_has(text, "MAX DELAY OF");
	free(text);
	snap.cpus[0].handler.max = snap.fns[1].handler.max = 77000;
	text = page(&snap);
	assert_has(strstr(text, "\n    0 "), "  ipi_mb ");
	free(text);
}

TEST(hostile_names_stay_harmless)
{
	struct snapshot snap = window(2, 2, 100);
	char *text;

	snap.fns[0].func.name = snap.fns[1].func.name = "\033[2J\nx'; reboot; '";
	memcpy(snap.samples[0].comm, "\033]0;\a\n\t\xff", 9);
	snprintf(host.name.nodename, sizeof(host.name.nodename), "\033[31m\nhost");
	text = page(&snap);
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= ' ');
	assert_fits(text, 80);
	/* A name that a shell would not take as it is is not offered to be pasted. */
	assert_lacks(text, "-f ");
	free(text);
}

TEST_MAIN(NULL, NULL)
