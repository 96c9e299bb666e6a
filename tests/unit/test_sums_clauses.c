// SPDX-License-Identifier: GPL-2.0
/* The clauses of the lines above and below the brief page's tables: each there and not there, and at its limit. */
#include "brief_window.h"

/* Returns the width of the line of @text that begins with @words; 0: there is none. */
static int width_of(const char *text, const char *words)
{
	const char *at = strstr(text, words);

	return at ? (int)strcspn(at, "\n") : 0;
}

/* A clause is in the line if it fits to the last column; a line that follows is indented by 3. */
TEST(lines_end_with_the_page)
{
	struct snapshot snap = window(2, 1, 1000);
	int whole;
	char *text;

	snap.kinds[KIND_RESCHEDULE] = 500;
	snap.cpus[0].handler.sum = 10000000;
	brief.columns = 200;
	text = page(&snap);
	whole = width_of(text, "COST ");
	assert_in_range(whole, BRIEF_COLUMNS_MIN + 1, 199);
	free(text);
	brief.columns = whole;
	assert_page(&snap, "%, reschedules not timed\n", NULL);
	brief.columns = whole - 1;
	assert_page(&snap, "%,\n   reschedules not timed\n", NULL);
	/* A clause that is longer than a line ends in "~". */
	snprintf(nearest.func.name, sizeof(nearest.func.name), "%.*s", 47,
		 "a_function_whose_name_is_longer_than_any_column_of_a_page");
	nearest.cause = "a_cause_that_is_long";
	nearest.rate = 16000;
	brief.columns = 60;
	text = page(&snap);
	assert_int_equal(width_of(text, "   a_function_whose"), 60);
	assert_has(text, "~\n   16.0k csds/s to CPU 1 (limit 8.00k/s)");
	free(text);
}

/* Each reason for a loss has its words; a file of another tracer lacks events. */
TEST(why_csds_were_lost)
{
	struct snapshot snap = window(2, 1, 100);

	for (int i = 0; i < NR_LOST; i++)
		snap.ledger.lost_by[i] = i + 2;
	snap.ledger.queued += 9;
	assert_page(&snap,
		    "LOST 9 of 109\n   2 queued hidden from BPF (queue_unseen), 3 found no room "
		    "(mailbox_full)\n   4 ran hidden from BPF (run_unseen)\n",
		    "unseen\n   ");
	/* The second line is full, and has a column too few. */
	brief.columns = 74;
	assert_page(&snap, "(queue_unseen), 3 found no room (mailbox_full)\n", NULL);
	brief.columns = 73;
	assert_page(&snap, "(queue_unseen)\n   3 found no room (mailbox_full)", NULL);
	brief.columns = 80;
	snap.ledger.carried_in = snap.ledger.in_flight = 5;
	assert_page(&snap, "LOST 9 of 114\n", "DOES NOT CLOSE");
	snap.sends_unseen = 4;
	snap.waits_unseen = 1;
	assert_page(&snap, "(run_unseen), 4 sends unseen, 1 wait unseen\n", NULL);
	snap.how.filtered = true;
	assert_page(&snap, "(run_unseen)\n   1 wait unseen\n", "sends unseen");
	snap.how.wait_source = WAITS_UNKNOWN;
	assert_page(&snap, "3 not in the file (mailbox_full)", "found no room");
	assert_page(&snap, "sender wait not known", "sender wait 0");
	/* A file with the ends of csds only. */
	snap = window(2, 1, 0);
	snap.how.wait_source = WAITS_UNKNOWN;
	snap.ledger.orphans = 3;
	assert_page(&snap, "\nIPIs and csds queued not known; 3 csds ran whose queueing was",
		    "IPIs not known");
	assert_page(&snap, "\nCOST not known: handlers not timed, sender wait not known\n",
		    "of CPU time");
	snap.ledger.queued = 1;
	assert_page(&snap, "csds queued 1.0/s", "csds queued not known");
	snap.ledger.queued = snap.ledger.orphans = 0;
	assert_page(&snap, "no IPI in 1.00 s", "not known, ");
}

/* Each kind that was sent is in the sum, and in the brackets. */
TEST(irq_work_is_a_kind_of_its_own)
{
	struct snapshot snap = window(2, 1, 100);

	snap.kinds[KIND_IRQ_WORK] = 7;
	assert_page(&snap, "\nIPIs 157/s (100 call, 50.0 reschedule, 7.0 irq_work)   csds queued",
		    "reschedule)");
	snap.known.kinds = false;
	assert_page(&snap, "\ncsds queued 100/s, none lost\n", "IPIs");
	snap.how.callsites_hidden = true;
	assert_page(&snap, "\ncall sites:\n   not known", NULL);
}

/* A filter is said to be one; a call that was never seen to begin is no loss. */
TEST(filtered_calls)
{
	struct snapshot snap = window_of_calls(2, 4, 1000);

	snap.how.filtered = true;
	for (int i = 0; i < 4; i++)
		snap.fns[i].at_most = true;
	assert_page(
		&snap,
		"\ncsds queued 4.00k/s in 1.00k/s sync calls that match the filter, none lost\n",
		NULL);
	assert_page(&snap,
		    "UPPER BOUND (the caller may skip some CPUs): flush_tlb_func ipi_mb\n"
		    "   sched_ttwu_pending\n",
		    NULL);
	snap.fns[1].count = 0;
	snap.fns[2].func.name = NULL;
	assert_page(&snap, "skip some CPUs): flush_tlb_func\n   a_function_whose", NULL);
	snap.call_ledger = (struct call_ledger){};
	assert_page(&snap, "in 0/s sync calls that match the filter\n", "none lost");
}

/* The cost is told if it is at least a tenth of its limit, and nearer to it than the rate. */
TEST(the_nearest_limit)
{
	static const struct {
		double rate, share;
		bool costs;
	} rows[] = {
		{ 0, 0.05, true },
		{ 0, 0.0499, false },
		{ 4000, 0.25, false },
		{ 4000, 0.251, true },
	};
	static struct storm storm = { .reason = STORM_BY_RISE };
	struct snapshot snap = window(2, 1, 100);

	nearest.cost.limit = 0.5;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		nearest.rate = rows[i].rate;
		nearest.cost.share = rows[i].share;
		assert_page(&snap, rows[i].costs ? "; cost " : "(limit 8.00k/s)\n",
			    rows[i].costs ? "(limit 8.00k/s)\n" : "; cost ");
	}
	/* A storm exactly at its limits; one that rose only; others beside it. */
	nearest.storm = &storm;
	nearest.nr_storms = 2;
	nearest.rate = 8000;
	nearest.cost.share = 0.5;
	assert_page(
		&snap,
		"rate 1.0 times its limit, cost 50 % of CPU time, 1.0 times its limit\n   and 1",
		"far above");
	nearest.rate = 978;
	assert_page(&snap, "cost 50 % of CPU time, 1.0 times its limit and 1 more storm\n",
		    "far above");
	nearest.cost.share = 0.49;
	nearest.nr_storms = 1;
	assert_page(&snap, "far above the rate before\n", "more storm");
	storm.reason = STORM_BY_RATE;
	assert_page(&snap, "not over yet: 1.0 times its limit\n", "far above");
	nearest.rate = 4000;
	nearest.cost.share = 0.05;
	assert_page(&snap, "not over yet: 0.5 times its limit\n", "far above");
	storm.reason = STORM_BY_RISE;
}

/* What was longest: what is not known is left out. */
TEST(the_longest_of_each)
{
	struct snapshot snap = window(2, 1, 100);

	snap.fns[0].handler.max = snap.cpus[1].handler.max = 2000;
	assert_page(&snap, "\nmax run 2.00us: flush_tlb_func on CPU 1, sent by CPU 0\n", "stole");
	snap.cpus[1].stolen.known = true;
	snap.cpus[1].stolen.handler = 1000;
	assert_page(&snap, "sent by CPU 0\n   (the host stole 1.00us of CPU 1's runs)\n", NULL);
	snap.cpus[1].stolen.handler = 999;
	snap.fns[0].handler.max = 1999;
	snap.edges_other = 1;
	snap.nr_cpus = 1;
	snap.cpus[0].handler.max = 2000;
	assert_page(&snap, "\nmax run 2.00us: on CPU 0\n", "stole");
	snap.cpus[0].delay = snap.cpus[0].handler = (struct hist){};
	assert_page(&snap, "COST", "max ");
}

TEST_MAIN(NULL, NULL)
