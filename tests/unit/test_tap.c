// SPDX-License-Identifier: GPL-2.0
/* Gates as TAP: each verdict is a test, and nothing that a user named can end a line or add a test. */
#include <math.h>
#include "model/isolation.h"
#include "printed.h"
#include "view/text/views.h"

#define SECOND 1000000000ULL

static struct sight sight;

/* @text of @print, which the caller's sight is judged by. */
static void check(void (*print)(const void *), const void *of, const char *want)
{
	char *got = printed(print, of);

	assert_string_equal(got, want);
}

static void print_test(const void *of)
{
	view__tap_test(7, &sight, "%s", (const char *)of);
}

TEST(a_verdict_is_a_test)
{
	sight = (struct sight){ .shortest = SECOND };
	check(print_test, "CPU 3 is quiet", "ok 7 - CPU 3 is quiet\n");
	sight__miss(&sight, 1, SECOND / 2, "1 csd, too short");
	check(print_test, "no storm", "ok 7 - no storm\n");
	sight__miss(&sight, 2, 0, "2 events found no room");
	sight__miss_time(&sight, 0, "CPU 1 was offline");
	check(print_test, "no storm",
	      "not ok 7 - no storm\n"
	      "# not certain: 2 events found no room; CPU 1 was offline\n");
	sight.found = true;
	check(print_test, "no storm", "not ok 7 - no storm\n");
	/* A "#" would begin a directive, with which the test passes. */
	sight = (struct sight){ .found = true };
	check(print_test, "no rise: f # SKIP", "not ok 7 - no rise: f \\# SKIP\n");
	check(print_test, "no rise: f \\# SKIP", "not ok 7 - no rise: f \\\\\\# SKIP\n");
}

TEST(each_line_of_a_text_is_a_note)
{
	static const char text[] = "\nSTORM x\n  ok 1 - y\n\nend";
	char notes[TAP_NOTES(sizeof(text))], small[8];
	size_t len = view__tap_notes(notes, sizeof(notes), text, sizeof(text) - 1);

	assert_string_equal(notes, "#\n# STORM x\n#   ok 1 - y\n#\n# end\n");
	assert_int_equal(len, strlen(notes));
	assert_int_equal(view__tap_notes(notes, sizeof(notes), text, 0), 0);
	/* By how much a text may grow, at most. */
	len = view__tap_notes(notes, TAP_NOTES(5), "\n\n\n\na", 5);
	assert_string_equal(notes, "#\n#\n#\n#\n# a\n");
	assert_true(len < TAP_NOTES(5));
	assert_true(view__tap_notes(small, sizeof(small), "longer", 6) < sizeof(small));
}

static void print_stalls(const void *of)
{
	view__tap_stalls(of, &sight);
}

TEST(each_phase_is_a_test)
{
	const struct stall_family families[] = {
		{ .phase = PHASE_HANDLER,
		  .func = "ipi_mb",
		  .sender = "a\nok 9",
		  .stalls = 2,
		  .longest = 3000000 },
		{ .phase = PHASE_WAIT,
		  .func = "f",
		  .interrupt = true,
		  .stalls = 1,
		  .longest = 2000000 },
	};
	struct stall_totals totals = { .threshold = 1000000,
				       .found = { [PHASE_HANDLER] = 2 },
				       .families = families,
				       .nr_families = 1 };

	sight = (struct sight){};
	check(print_stalls, &totals,
	      "1..3\nok 1 - no delivery over 1 ms\n"
	      "not ok 2 - no handler over 1 ms\n# 2 stalls\n"
	      "# ipi_mb, sent by a?ok 9: 2 stalls, the longest 3 ms\n"
	      "ok 3 - no wait over 1 ms\n");
	/* The test of a phase that the kernel does not show is skipped. */
	totals.scope = (struct stall_scope){ .calls = true, .interrupts_known = true };
	totals.found[PHASE_HANDLER] = 0;
	totals.found[PHASE_WAIT] = 1;
	totals.families = &families[1];
	check(print_stalls, &totals,
	      "1..4\nok 1 - no delivery over 1 ms # SKIP this kernel does not show them\n"
	      "ok 2 - no handler over 1 ms # SKIP this kernel does not show them\n"
	      "not ok 3 - no wait over 1 ms\n# 1 stall\n"
	      "# f, sent by an interrupt: 1 stall, the longest 2 ms\n"
	      "ok 4 - no interrupt over 1 ms\n");
	/* A CPU was stuck before anything was attached: the phase is not known. */
	totals = (struct stall_totals){ .threshold = 1000000, .scope.asked = 1U << PHASE_WAIT };
	sight.found = true;
	check(print_stalls, &totals, "1..1\nnot ok 1 - no wait over 1 ms\n");
}

static struct culprit culprit = { .cause = "tick", .count = 3, .advice = "use nohz_full=3" };
static struct isolated_cpu cpu = { .cpu = 3, .count = 3, .culprits = &culprit, .nr_culprits = 1 };
static const struct isolation isolation = { .window = { .mono_end = 2 * SECOND } };

static void print_isolated(const void *gate)
{
	view__tap_isolated(1, &isolation, &cpu, gate, &sight);
}

TEST(a_cpu_is_a_test)
{
	const struct gate gate = { .total_given = true, .total = 2 };

	sight = (struct sight){};
	cpu.silence = SECOND;
	check(print_isolated, &gate,
	      "ok 1 - CPU 3 is quiet\n# 3 interruptions in 2.00 s, longest silence 1.00s\n");
	sight.found = true;
	cpu.breaches[0] = (struct breach){ .limit = LIMIT_NUMBER, .most = 2, .found = 3, .nr = 1 };
	cpu.nr_breaches = 1;
	check(print_isolated, &gate,
	      "not ok 1 - CPU 3 is quiet\n# 3 interruptions (--allow total=2)\n"
	      "# tick, 3 times, time not known\n# advice: use nohz_full=3\n");
}

static void print_storm(const void *of)
{
	view__tap_storm(of, &sight);
}

/* Figures come after the test, where converters look for them. */
TEST(a_storm_has_figures)
{
	struct calm calm = { .seconds = 2 };

	sight = (struct sight){};
	check(print_storm, &calm, "1..1\nok 1 - no IPI storm\n# no storm in 2.00 s\n");
	calm.nearest = (struct storm_nearest){
		.known = true,
		.func = { .name = "it's", .kind = NR_KINDS, .count = 1 },
		.rate = 480,
		.rate_limit = 40,
		.cost = { .share = 0.012, .limit = 0.05 },
	};
	check(print_storm, &calm,
	      "1..1\nok 1 - no IPI storm\n  ---\n  nearest: 'it''s'\n  rate_per_s: 480.0\n"
	      "  limit_per_s: 40.0\n  cost_percent: 1.2\n  cost_limit_percent: 5\n  ...\n"
	      "# no storm in 2.00 s\n# nearest to a limit: it's\n");
	sight.found = true;
	calm.nearest.cost.limit = 0;
	check(print_storm, &calm,
	      "1..1\nnot ok 1 - no IPI storm\n  ---\n  nearest: 'it''s'\n  rate_per_s: 480.0\n"
	      "  limit_per_s: 40.0\n  ...\n");
}

static void print_diff(const void *of)
{
	view__tap_diff(of, &sight);
}

static struct diff_row judged_rows[] = {
	{ .name = "csds",
	  .series = { { .nr = 1 }, { .nr = 1 } },
	  .factor = 2,
	  .limits = { 0.9, 1.1 },
	  .change = DIFF_ROSE,
	  .value = { 10, 20 },
	  .noise = 0.01 },
	{ .group = DIFF_FUNCTIONS,
	  .name = "f",
	  .series = { { .nr = 1 }, { .nr = 1 } },
	  .factor = 0.5,
	  .limits = { 0.9, 1.1 },
	  .change = DIFF_FELL,
	  .value = { 10, 5 },
	  .noise = -1 },
	{ .group = DIFF_HANDLERS, .name = "g" },
	{ .group = DIFF_SENDERS,
	  .name = "CPU 1",
	  .series = { { .nr = 1 }, { .nr = 1 } },
	  .limits = { 0.9, 1.1 },
	  .change = DIFF_ROSE,
	  .value = { 0, 5 },
	  .noise = -1 },
	{ .group = DIFF_STORMS,
	  .name = "membarrier",
	  .series = { { .nr = 1 }, { .nr = 1 } },
	  .change = DIFF_ROSE,
	  .value = { 0, 7 },
	  .noise = -1 },
	{ .group = DIFF_STORMS,
	  .name = "ptrace",
	  .series = { { .nr = 1 }, { .nr = 1 } },
	  .change = DIFF_FELL,
	  .value = { 7, 0 },
	  .noise = -1 },
	{ .group = DIFF_FUNCTIONS,
	  .name = "h",
	  .series = { { .nr = 1 }, { .nr = 1 } },
	  .change = DIFF_UNSURE,
	  .factor = 9,
	  .value = { 1, 9 },
	  .limits = { 0, INFINITY },
	  .noise = 0.5 },
};

TEST(each_figure_with_a_limit_is_a_test)
{
	const struct diff diff = { .rows = judged_rows, .nr = 7 },
			  none = { .rows = &judged_rows[2], .nr = 1 };
	struct diff_row steady = judged_rows[1];

	sight = (struct sight){};
	check(print_diff, &diff,
	      "1..6\nnot ok 1 - no rise: csds\n# A 10.0/s, B 20.0/s, factor 2.00 > 1.10, noise 1.0 %\n"
	      "ok 2 - no rise: f csds\n# A 10.0/s, B 5.0/s, factor 0.50 < 0.90\n"
	      "not ok 3 - no rise: CPU 1 sends\n# A 0.0/s, B 5.0/s, new in B\n"
	      "not ok 4 - no rise: membarrier storm\n# A -, B 7.0/s, new in B\n"
	      "ok 5 - no rise: ptrace storm\n# A 7.0/s, B -, gone in B\n"
	      "not ok 6 - no rise: h csds\n# not certain: a run of one window has no spread\n"
	      "# A 1.0/s, B 9.0/s, factor 9.00 no limit, noise 50.0 %\n");
	/* All windows have the same figure. */
	steady.noise = 0;
	check(print_diff, &(const struct diff){ .rows = &steady, .nr = 1 },
	      "1..1\nok 1 - no rise: f csds\n# A 10.0/s, B 5.0/s, factor 0.50 < 0.90, noise 0.0 %\n");
	/* A figure that fell might have risen if no csds had been lost. */
	sight__miss(&sight, 3, 0, "3 csds could not be followed");
	check(print_diff, &(const struct diff){ .rows = &judged_rows[1], .nr = 1 },
	      "1..1\nnot ok 1 - no rise: f csds\n# not certain: 3 csds could not be followed\n"
	      "# A 10.0/s, B 5.0/s, factor 0.50 < 0.90\n");
	check(print_diff, &none, "1..0 # SKIP no figure is in both files\n");
}

TEST_MAIN(NULL, NULL)
