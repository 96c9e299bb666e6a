// SPDX-License-Identifier: GPL-2.0
/* What stalls says at the end: how many stalls there were, of which phases and families. */
#include "model/incident.h"
#include "printed.h"
#include "stalls.h"
#include "view/json/json.h"
#include "view/text/views.h"

static void end(const void *totals)
{
	view__stalls_end(totals);
}

/* The last line: of how many csds, of which phases. */
TEST(the_end_says_of_how_many)
{
	const struct stall_totals all = { .threshold = 500 * US,
					  .csds_known = true,
					  .csds = 1842,
					  .found = { 0, 2, 1 },
					  .folded = 1 };
	const struct stall_totals handlers = { .threshold = 50 * US,
					       .scope = { .asked = 1U << PHASE_HANDLER },
					       .found = { 0, 2, 0 } };
	char *text = printed(end, &all), *one = printed(end, &handlers), line[512];

	assert_string_equal(
		text, "3 stalls over 500 us in 1842 csds: delivery 0, handler 2, wait 1; "
		      "1 of them the\n                                 result of another stall\n");
	assert_string_equal(one, "2 stalls over 50 us: handler 2\n");
	json__stalls_end(line, sizeof(line), &all);
	assert_has(line, "\"folded\":1,\"csds\":1842,");
	json__stalls_end(line, sizeof(line), &handlers);
	assert_has(line, "\"found\":{\"delivery\":null,\"handler\":2,\"wait\":null},"
			 "\"folded\":0,\"csds\":null,");
}

TEST(the_end_says_how_many_lasted)
{
	const struct stall_totals totals = { .threshold = MS,
					     .scope = { .asked = 1U << PHASE_HANDLER },
					     .found = { 0, 3, 0 },
					     .lasting_known = true,
					     .lasting = 1 };
	char line[512];

	assert_string_equal(printed(end, &totals),
			    "3 stalls over 1 ms: handler 3; 1 still lasted when ipitrace ended\n");
	json__stalls_end(line, sizeof(line), &totals);
	assert_has(line, "\"folded\":0,\"lasting\":1,");
}

TEST(totals_of_calls_have_no_deliveries)
{
	const struct stall_totals totals = {
		.threshold = MS,
		.found = { [PHASE_WAIT] = 3, [PHASE_INTERRUPT] = 2 },
		.scope = { .calls = true, .interrupts_known = true },
	};
	struct stall_totals filtered = totals, csds = { .found = { [PHASE_HANDLER] = 1 } };
	char line[512];

	line[json__stalls_end(line, sizeof(line), &totals)] = '\0';
	assert_has(line, "\"sources\":{\"figures\":\"calls\"}",
		   "{\"delivery\":null,\"handler\":null,\"wait\":3,\"interrupt\":2}");
	filtered.scope.interrupts_known = false;
	line[json__stalls_end(line, sizeof(line), &filtered)] = '\0';
	assert_has(line, "\"interrupt\":null");
	line[json__stalls_end(line, sizeof(line), &csds)] = '\0';
	assert_has(line, "{\"delivery\":0,\"handler\":1,\"wait\":0}", "\"figures\":\"csds\"");
}

/* Twenty kinds have a line each; the others have one together. */
TEST(the_end_counts_the_kinds_that_have_no_line)
{
	struct stall_family families[23];
	struct stall_totals totals = {
		.threshold = MS,
		.csds_known = true,
		.families = families,
		.nr_families = ARRAY_SIZE(families),
	};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		families[i] = (struct stall_family){ .phase = PHASE_HANDLER,
						     .func = "slow",
						     .stalls = 5,
						     .reported = 1,
						     .longest = MS };
	assert_has(printed(end, &totals),
		   "and 15 stalls of 3 more kinds, none of them longer\n\n"
		   "23 stalls shown above (a wait with its cause), 92 only counted; -j has each\n");
}

TEST(what_was_only_counted_is_said_by_phase)
{
	struct stalls_unreported unreported = { .stalls = { [PHASE_WAIT] = 3 }, .longest = MS };
	char line[256];

	line[view__stalls_unreported(line, sizeof(line) - 1, &unreported, 1000 * MS)] = '\0';
	assert_has(line, "3 more stalls in 1 s: delivery 0, handler 0, wait 3;");
	unreported.scope.calls = true;
	line[view__stalls_unreported(line, sizeof(line) - 1, &unreported, 1000 * MS)] = '\0';
	assert_has(line, "delivery -, handler -, wait 3, interrupt -;");
}

TEST(stalls_that_were_too_many_are_counted)
{
	const struct stall_totals dropped = { .threshold = MS, .dropped = 2 };
	const struct stall_totals lost = { .threshold = MS, .lost = 1 };
	const struct stall_totals none = { .threshold = MS };

	assert_has(printed(end, &dropped),
		   "lost 0 events (no room), 2 stalls (too many at once)\n");
	assert_has(printed(end, &lost), "lost 1 event (no room), 0 stalls (too many at once)\n");
	assert_lacks(printed(end, &none), "no room");
}

TEST(runs_that_were_not_seen_are_counted)
{
	struct stall_totals totals = { .threshold = MS, .run_unseen = 1 };

	assert_has(printed(end, &totals),
		   "1 csd ran where BPF could not see it, and is not judged\n");
	totals.run_unseen = 2;
	assert_has(printed(end, &totals),
		   "2 csds ran where BPF could not see it, and are not judged\n");
}

TEST(sleeps_that_are_doubted_are_left_out)
{
	struct stall_totals totals = { .threshold = MS, .doubted = 1 };

	assert_has(printed(end, &totals),
		   "left out: 1 stall that seemed to sleep, but whose exit was not seen\n");
	totals.doubted = 2;
	assert_has(printed(end, &totals), "left out: 2 stalls that seemed to sleep");
	totals.doubted = 0;
	assert_lacks(printed(end, &totals), "left out");
}

static void no_wait(const void *totals)
{
	view__no_wait(totals, 7);
}

/* A report of waits that has none says what else there is. */
TEST(no_wait_is_not_no_stall)
{
	struct stall_totals totals = { .threshold = MS, .found = { 3, 2, 0 } };

	assert_string_equal(printed(no_wait, NULL), "no wait; other stalls: 7\n");
	assert_string_equal(
		printed(no_wait, &totals),
		"no wait; stalls over 1 ms in the whole capture: delivery 3, handler 2, wait 0\n");
	totals.scope.asked = 1U << PHASE_DELIVERY;
	assert_string_equal(
		printed(no_wait, &totals),
		"waits are not known; stalls over 1 ms in the whole capture: delivery 3\n");
}

/* The worst families have a row; the others are counted. */
TEST(families_beyond_the_table_are_counted)
{
	struct stall_family families[64] = {};
	struct stall_totals totals = { .threshold = MS, .families = families };
	size_t rows;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		families[i] = (struct stall_family){
			.phase = PHASE_WAIT, .func = "f", .sender = "s", .stalls = 10 + i
		};
	totals.nr_families = 2;
	assert_lacks(printed(end, &totals), "more kind");
	totals.nr_families = ARRAY_SIZE(families);
	rows = count_words(printed(end, &totals), "\nwait      f ");
	assert_in_range(rows, 5, 40);
	totals.nr_families = rows;
	assert_lacks(printed(end, &totals), "more kind");
	totals.nr_families = rows + 1;
	families[rows].stalls = 1;
	assert_has(printed(end, &totals), "\nand 1 stall of 1 more kind, none of them longer\n");
	totals.nr_families = rows + 2;
	families[rows + 1].stalls = 4;
	assert_has(printed(end, &totals), "\nand 5 stalls of 2 more kinds, none of them longer\n");
}

/* Stalls by family, where some were only counted: how many, by whom, the longest. */
TEST(families_of_stalls_are_a_table)
{
	static const struct stall_family families[] = {
		{ .phase = PHASE_WAIT,
		  .func = "flush_tlb_func",
		  .sender = "make",
		  .stalls = 9,
		  .reported = 3,
		  .longest = 5 * MS },
		{ .phase = PHASE_DELIVERY,
		  .func = "ipi_mb",
		  .interrupt = true,
		  .stalls = 1,
		  .reported = 1 },
		{ .phase = PHASE_INTERRUPT, .func = "call_function", .stalls = 2 },
		{ .phase = PHASE_HANDLER, .func = "spin", .stalls = 1 },
		{ .phase = PHASE_WAIT, .func = "ipi_mb", .several = true, .stalls = 8 },
		{ .other = true, .stalls = 4, .longest = MS },
	};
	struct stall_totals totals = { .threshold = MS,
				       .families = families,
				       .nr_families = ARRAY_SIZE(families) };

	assert_has(
		printed(end, &totals), "\nwait      flush_tlb_func ",
		" make                  9    5.00ms\n", "\ndelivery  ipi_mb ",
		" (interrupt)           1 ", "\ninterrupt call_function ",
		" -                     2 ", "\nhandler   spin ", " ?                     1 ",
		"\nwait      ipi_mb ", " (others)              8 ", " (others) ",
		"                       4    1.00ms\n",
		"\n4 stalls shown above (a wait with its cause), 21 only counted; -j has each\n");
	/* Each was reported. */
	totals.families++;
	totals.nr_families = 1;
	assert_lacks(printed(end, &totals), "ipi_mb");
}

TEST_MAIN(NULL, NULL)
