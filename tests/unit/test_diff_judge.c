// SPDX-License-Identifier: GPL-2.0
/* The verdict on a row: its limits, its noise, and where each of the rules begins. */
#include <math.h>
#include "abi/hist_slots.h"
#include "model/diff.h"
#include "unit.h"

static struct diff diff;

/* Two runs of 4 windows in 4 s, in which all is known and each stack was sampled. */
static int setup(void **state)
{
	for (int i = 0; i < 2; i++)
		diff.side[i] =
			(struct diff_side){ .windows = 4, .seconds = 4, .csds = 400, .samples = 1 };
	return 0;
}

static int teardown(void **state)
{
	diff__free(&diff);
	memset(&diff, 0, sizeof(diff));
	return 0;
}

static void put(const struct diff_row *row)
{
	diff.rows = realloc(diff.rows, (diff.nr + 1) * sizeof(*row));
	assert_non_null(diff.rows);
	diff.rows[diff.nr++] = *row;
}

/* The values of 4 s, in which each of the 4 windows is @error from the mean: the mean's error. */
static struct series seconds(double mean, double error)
{
	return (struct series){ .nr = 4, .weight = 4, .mean = mean, .squares = 12 * error * error };
}

/* The values of @nr times, of which the windows had the means. */
static struct series times(double nr, double mean, double error)
{
	return (struct series){
		.nr = 4, .weight = nr, .mean = mean, .squares = 3 * nr * error * error
	};
}

/* Returns what the rules say of @row, with this @tolerance; "" if it has too few csds. */
static const char *judged(struct diff_row row, double tolerance)
{
	static const char *const changes[] = { "same", "rose", "fell", "unsure" };
	static char text[256];

	free(diff.rows);
	diff.rows = NULL;
	diff.nr = diff.rose = diff.fell = diff.unsure = 0;
	put(&row);
	diff__judge(&diff, tolerance);
	if (!diff.nr)
		return "";
	row = diff.rows[0];
	assert_int_equal(diff.rose, row.change == DIFF_ROSE);
	assert_int_equal(diff.fell, row.change == DIFF_FELL);
	assert_int_equal(diff.unsure, row.change == DIFF_UNSURE);
	assert_int_equal(diff_row__is_judged(&row), row.limits[1] > 0 || row.change);
	snprintf(text, sizeof(text), "%g to %g, x%g in %g-%g, noise %g: %s, %s%s%s%s%s",
		 row.value[0], row.value[1], row.factor, row.limits[0], row.limits[1], row.noise,
		 changes[row.change], diff_verdict_names[diff_row__verdict(&row)] ?: "none",
		 row.few ? ", few" : "", row.unknown ? ", unknown" : "", row.vague ? ", vague" : "",
		 diff_row__is_compared(&row) ? "" : ", not compared");
	return text;
}

static struct diff_row rate(struct series first, struct series second)
{
	/* The rules set the factor and the noise. */
	return (struct diff_row){
		.group = DIFF_FUNCTIONS, .series = { first, second }, .factor = 7, .noise = 7
	};
}

static struct diff_row time_row(struct series first, struct series second)
{
	return (struct diff_row){ .group = DIFF_TOTALS,
				  .unit = DIFF_NS,
				  .series = { first, second } };
}

/* Errors of 3 and 4 are one of 5 for the difference: a share of the larger value. */
TEST_F(the_noise_is_that_of_both_runs)
{
	assert_text(judged(rate(seconds(100, 3), seconds(200, 4)), 0.05),
		    "100 to 200, x2 in 0.925-1.08108, noise 0.025: rose, rose");
	assert_text(judged(rate(seconds(200, 4), seconds(100, 3)), 0.05),
		    "200 to 100, x0.5 in 0.925-1.08108, noise 0.025: fell, fell");
	/* The tolerance is the larger of the two. */
	assert_text(judged(rate(seconds(100, 3), seconds(200, 4)), 0.25),
		    "100 to 200, x2 in 0.75-1.25, noise 0.025: rose, rose");
	assert_text(judged(rate(seconds(100, 3), seconds(200, 4)), 1),
		    "100 to 200, x2 in 0-2, noise 0.025: same, same");
	assert_text(judged(rate(seconds(100, 3), seconds(200, 4)), 1.5),
		    "100 to 200, x2 in 0-2.5, noise 0.025: same, same");
}

TEST_F(a_change_is_larger_than_three_errors)
{
	/* Three errors are 60 of 400. */
	assert_text(judged(rate(seconds(340.5, 12), seconds(400, 16)), 0.1),
		    "340.5 to 400, x1.17474 in 0.85-1.17647, noise 0.05: same, same");
	assert_text(judged(rate(seconds(339.5, 12), seconds(400, 16)), 0.1),
		    "339.5 to 400, x1.1782 in 0.85-1.17647, noise 0.05: rose, rose");
	assert_text(judged(rate(seconds(400, 16), seconds(340.5, 12)), 0.1),
		    "400 to 340.5, x0.85125 in 0.85-1.17647, noise 0.05: same, same");
	assert_text(judged(rate(seconds(400, 16), seconds(339.5, 12)), 0.1),
		    "400 to 339.5, x0.84875 in 0.85-1.17647, noise 0.05: fell, fell");
}

TEST_F(a_rate_of_few_csds_must_change_by_the_ordinary_factor)
{
	assert_text(judged(rate(seconds(20, 0), seconds(63.75, 0)), 0.1),
		    "20 to 63.75, x3.1875 in 0.25-4, noise 0: same, same");
	assert_text(judged(rate(seconds(20, 0), seconds(64, 0)), 0.1),
		    "20 to 64, x3.2 in 0.9-1.1, noise 0: rose, rose");
	assert_text(judged(rate(seconds(63.75, 0), seconds(20, 0)), 0.1),
		    "63.75 to 20, x0.313725 in 0.25-4, noise 0: same, same");
	assert_text(judged(rate(seconds(64, 0), seconds(20, 0)), 0.1),
		    "64 to 20, x0.3125 in 0.9-1.1, noise 0: fell, fell");
	assert_text(judged(rate(seconds(15, 0), seconds(60.5, 0)), 0.1),
		    "15 to 60.5, x4.03333 in 0.25-4, noise 0: rose, rose");
	/* In one run only: not even that says much. */
	assert_text(judged(rate((struct series){}, seconds(63.75, 0)), 0.1),
		    "0 to 63.75, x0 in 0-inf, noise 0: same, new, vague");
	assert_text(judged(rate((struct series){}, seconds(64, 0)), 0.1),
		    "0 to 64, x0 in 0.9-1.1, noise 0: rose, new");
	assert_text(judged(rate(seconds(63.75, 0), (struct series){}), 0.1),
		    "63.75 to 0, x0 in 0-inf, noise 0: same, gone, vague");
	assert_text(judged(rate(seconds(64, 0), (struct series){}), 0.1),
		    "64 to 0, x0 in 0.9-1.1, noise 0: fell, gone");
}

/* The csds of both runs count. */
TEST_F(a_row_has_at_least_64_csds)
{
	static const enum diff_group groups[] = { DIFF_FUNCTIONS, DIFF_SENDERS, DIFF_RECEIVERS,
						  DIFF_CALLERS };
	static const enum diff_group of_times[] = { DIFF_DELAYS, DIFF_HANDLERS };
	struct diff_row row;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		row = rate(seconds(8, 0), seconds(7.75, 0));
		row.group = groups[i];
		assert_text(judged(row, 0.1), "");
		row.series[1].mean = 8;
		assert_text(judged(row, 0.1), "8 to 8, x1 in 0.25-4, noise 0: same, same");
	}
	for (int i = 0; i < 2; i++) {
		diff.side[i].samples = 0;
		assert_text(judged(row, 0.1), "");
		diff.side[i].samples = 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(of_times); i++) {
		row = time_row(times(40, 10, 0), times(23, 10, 0));
		row.group = of_times[i];
		assert_text(judged(row, 0.1), "");
		row.series[1] = times(24, 10, 0);
		assert_text(judged(row, 0.1),
			    "10 to 10, x1 in 0-0, noise 0: same, few, few, not compared");
		for (int j = 0; j < 2; j++) {
			row.series[j] = (struct series){};
			row.series[!j] = times(900, 10, 0);
			assert_text(judged(row, 0.1), "");
		}
	}
}

TEST_F(a_run_without_names_has_no_row_by_function)
{
	static const bool by_name[NR_DIFF_GROUPS] = {
		[DIFF_FUNCTIONS] = true, [DIFF_DELAYS] = true, [DIFF_HANDLERS] = true, [DIFF_CALLERS] = true
	};

	for (int run = 0; run < 2; run++) {
		diff.side[run].nameless = true;
		for (int group = 0; group < NR_DIFF_GROUPS; group++) {
			struct diff_row row = rate(seconds(100, 0), seconds(100, 0));

			row.group = group;
			assert_int_equal(!*judged(row, 0.1), by_name[group]);
		}
		diff.side[run].nameless = false;
	}
}

/* The other windows of the run had no csd. */
TEST_F(a_window_without_the_row_counts_as_0)
{
	struct series half = { .nr = 2, .weight = 2, .mean = 200 };
	struct diff_row row = rate(half, seconds(100, 0));

	judged(row, 0.1);
	assert_members(diff.rows[0].series[0], nr, 4);
	assert_true(diff.rows[0].series[0].weight == 4);
	assert_true(diff.rows[0].series[0].mean == 100);
	assert_true(diff.rows[0].series[0].squares == 40000);
	assert_members(diff.rows[0].series[1], nr, 4);
	/* A duration is of its csds, and waits that are not known are not 0. */
	row = time_row(times(400, 10, 0), times(300, 10, 0));
	row.series[0].nr = 2;
	judged(row, 0.1);
	assert_members(diff.rows[0].series[0], nr, 2);
	row = rate(half, half);
	row.group = DIFF_TOTALS;
	row.of_waits = true;
	diff.side[1].waits_unknown = true;
	judged(row, 0.1);
	assert_members(diff.rows[0].series[0], nr, 4);
	assert_members(diff.rows[0].series[1], nr, 2);
	row.of_waits = false;
	judged(row, 0.1);
	assert_members(diff.rows[0].series[1], nr, 4);
}

TEST_F(a_mean_of_fewer_than_64_times_is_not_compared)
{
	assert_text(judged(time_row(times(64, 10, 0), times(63, 30, 0)), 0.1),
		    "10 to 30, x3 in 0-0, noise 0: same, few, few, not compared");
	assert_text(judged(time_row(times(63, 10, 0), times(64, 30, 0)), 0.1),
		    "10 to 30, x3 in 0-0, noise 0: same, few, few, not compared");
	assert_text(judged(time_row(times(64, 10, 0), times(64, 30, 0)), 0.1),
		    "10 to 30, x3 in 0.9-1.1, noise 0: rose, rose");
	/* No time, no comparison. */
	assert_text(judged(time_row(times(64, 0, 0), times(64, 30, 0)), 0.1),
		    "0 to 30, x0 in 0-0, noise 0: same, none, not compared");
	assert_text(judged(time_row(times(64, 30, 0), times(64, 0, 0)), 0.1),
		    "30 to 0, x0 in 0-0, noise 0: same, none, not compared");
}

/* A percentile of @nr times in each run, of @first and @second ns. */
static struct diff_row p99(uint64_t nr, uint64_t first, uint64_t second)
{
	struct diff_row row = time_row(times(nr, 1, 0), times(nr, 1, 0));
	const uint64_t ns[2] = { first, second };

	row.hists = calloc(2, sizeof(*row.hists));
	assert_non_null(row.hists);
	for (int i = 0; i < 2; i++) {
		row.hists[i] = (struct hist){ .count = nr, .sum = nr * ns[i], .max = ns[i] };
		row.hists[i].slots[hist_slot(ns[i])] = nr;
	}
	return row;
}

/* The same, and the row's times are given back. */
static const char *judged_times(struct diff_row row)
{
	const char *text = judged(row, 0.1);

	free(row.hists);
	diff.rows[0].hists = NULL;
	return text;
}

static const char *judged_p99(uint64_t nr, uint64_t first, uint64_t second)
{
	return judged_times(p99(nr, first, second));
}

/* It is of the merged windows. Chance decides that of fewer csds, and a slot is a quarter wide. */
TEST_F(a_percentile_needs_100_times_and_the_width_of_a_slot)
{
	assert_text(judged_p99(99, 1000, 4000),
		    "1000 to 4000, x4 in 0-0, noise 0: same, few, few, not compared");
	assert_text(judged_p99(100, 1000, 4000),
		    "1000 to 4000, x4 in 0.75-1.33333, noise 0: rose, rose");
	assert_text(judged_p99(100, 1000, 1330),
		    "1000 to 1330, x1.33 in 0.75-1.33333, noise 0: same, same");
	assert_text(judged_p99(100, 1000, 1340),
		    "1000 to 1340, x1.34 in 0.75-1.33333, noise 0: rose, rose");
	/* Without a spread only the ordinary factor counts. */
	diff.side[0].windows = diff.side[1].windows = 1;
	for (int i = 0; i < 2; i++) {
		struct diff_row row = p99(100, 1000, i ? 3900 : 4100);

		row.series[0].nr = row.series[1].nr = 1;
		assert_text(judged_times(row),
			    i ? "1000 to 3900, x3.9 in 0.25-4, noise -1: unsure, unsure, vague" :
				"1000 to 4100, x4.1 in 0.25-4, noise -1: rose, rose");
	}
}

TEST_F(a_row_that_is_left_out_gives_its_times_back)
{
	struct diff_row row = p99(31, 1000, 4000);

	row.group = DIFF_DELAYS;
	assert_text(judged(row, 0.1), "");
}

/* One window has no spread: a change that is not ordinary, and large, is unsure. */
TEST_F(a_run_of_one_window_is_unsure_of_a_large_rise)
{
	for (int run = 0; run < 2; run++) {
		struct diff_row row = rate(seconds(1000, 0), seconds(2001, 0));

		row.series[run].nr = 1;
		diff.side[run].windows = 1;
		assert_text(judged(row, 0.1),
			    "1000 to 2001, x2.001 in 0.25-4, noise -1: unsure, unsure, vague");
		assert_string_equal(diff_row__doubt(&diff.rows[0], &diff),
				    "a run of one window has no spread");
		row.series[1].mean = 2000;
		assert_text(judged(row, 0.1),
			    "1000 to 2000, x2 in 0.25-4, noise -1: same, unsure, vague");
		row.series[0].mean = 4000;
		assert_text(judged(row, 0.1),
			    "4000 to 2000, x0.5 in 0.25-4, noise -1: same, unsure, vague");
		row.series[1].mean = 900;
		assert_text(judged(row, 0.1),
			    "4000 to 900, x0.225 in 0.25-4, noise -1: fell, fell");
		diff.side[run].windows = 4;
	}
}

/* As much as the tolerance, of all csds of the first run; of a time, a hundredth of a CPU. */
TEST_F(a_large_rise_is_one_of_the_whole_run)
{
	struct diff_row row = rate(seconds(1000, 0), seconds(2500, 0));

	row.series[0].nr = 1;
	diff.side[0].windows = 1;
	diff.side[0].csds = 59999;
	assert_text(judged(row, 0.1),
		    "1000 to 2500, x2.5 in 0.25-4, noise -1: unsure, unsure, vague");
	diff.side[0].csds = 60000;
	assert_text(judged(row, 0.1),
		    "1000 to 2500, x2.5 in 0.25-4, noise -1: same, unsure, vague");
	row.group = DIFF_TOTALS;
	row.unit = DIFF_NS_PER_S;
	row.series[0].mean = 1e7;
	row.series[1].mean = 2e7;
	assert_text(judged(row, 0.1),
		    "1e+07 to 2e+07, x2 in 0.25-4, noise -1: same, unsure, vague");
	row.series[1].mean = 2e7 + 1000;
	assert_text(judged(row, 0.1),
		    "1e+07 to 2.0001e+07, x2.0001 in 0.25-4, noise -1: unsure, unsure, vague");
	/* Of a duration each change is. */
	row.unit = DIFF_NS;
	row.series[0].weight = row.series[1].weight = 64;
	row.series[0].mean = 1;
	row.series[1].mean = 2;
	assert_text(judged(row, 0.1), "1 to 2, x2 in 0.25-4, noise -1: unsure, unsure, vague");
}

/* Half of the larger value, and more than the ordinary factor. */
TEST_F(noise_that_hides_a_large_rise_is_unsure)
{
	assert_text(judged(rate(seconds(2000, 0), seconds(8100, 2430)), 0.1),
		    "2000 to 8100, x4.05 in 0.1-10, noise 0.3: unsure, unsure, vague");
	assert_string_equal(diff_row__doubt(&diff.rows[0], &diff),
			    "the windows differ too much to say");
	assert_text(judged(rate(seconds(2000, 0), seconds(8000, 2400)), 0.1),
		    "2000 to 8000, x4 in 0.1-10, noise 0.3: same, same");
	assert_text(judged(rate(seconds(8100, 2430), seconds(2000, 0)), 0.1),
		    "8100 to 2000, x0.246914 in 0.1-10, noise 0.3: same, unsure, vague");
	assert_text(judged(rate(seconds(1000, 0), seconds(8000, 3200)), 0.1),
		    "1000 to 8000, x8 in 0-inf, noise 0.4: unsure, unsure, vague");
}

/* A gate may not pass where the second run did not measure what the first one did. */
TEST_F(a_total_that_the_second_run_lacks_is_unknown)
{
	struct diff_row row = time_row(times(400, 10, 0), (struct series){});

	diff.side[1].csds = 100;
	assert_text(judged(row, 0.1), "10 to 0, x0 in 0-0, noise -1: unsure, unsure, unknown");
	assert_string_equal(diff_row__doubt(&diff.rows[0], &diff),
			    "the second file has no such figure");
	diff.side[1].csds = 99;
	assert_text(judged(row, 0.1), "10 to 0, x0 in 0-0, noise -1: same, none, not compared");
	diff.side[1].csds = 100;
	assert_text(judged(time_row((struct series){}, times(400, 10, 0)), 0.1),
		    "0 to 10, x0 in 0-0, noise -1: same, none, not compared");
}

TEST_F(a_total_that_is_0_in_both_runs_is_not_judged)
{
	struct diff_row row = rate(seconds(0, 0), seconds(0, 0));

	row.group = DIFF_TOTALS;
	assert_text(judged(row, 0.1), "0 to 0, x0 in 0-0, noise -1: same, none, not compared");
}

static struct diff_row storm(double first, double second)
{
	return (struct diff_row){ .group = DIFF_STORMS,
				  .factor = 7,
				  .series = { { first > 0, first > 0, first },
					      { second > 0, second > 0, second } } };
}

TEST_F(a_storm_is_new_or_gone_or_of_both_runs)
{
	diff.side[0].watched = diff.side[1].watched = true;
	assert_text(judged(storm(10, 0), 0.1), "10 to 0, x0 in 0-0, noise -1: fell, gone");
	assert_text(judged(storm(0, 10), 0.1), "0 to 10, x0 in 0-0, noise -1: rose, new");
	assert_text(judged(storm(10, 25), 0.1), "10 to 25, x2.5 in 0-0, noise -1: same, both");
	assert_text(judged(storm(0.5, 0.25), 0.1),
		    "0.5 to 0.25, x0.5 in 0-0, noise -1: same, both");
	diff.side[0].watched = false;
	assert_text(judged(storm(0, 10), 0.1),
		    "0 to 10, x0 in 0-0, noise -1: unsure, unsure, vague");
	assert_string_equal(diff_row__doubt(&diff.rows[0], &diff),
			    "only one file was searched for storms");
	assert_text(judged(storm(10, 0), 0.1), "10 to 0, x0 in 0-0, noise -1: fell, gone");
	diff.side[0].watched = true;
	diff.side[1].watched = false;
	assert_text(judged(storm(10, 0), 0.1), "10 to 0, x0 in 0-0, noise -1: same, unsure, vague");
	assert_text(judged(storm(0, 10), 0.1), "0 to 10, x0 in 0-0, noise -1: rose, new");
}

TEST_F(rows_are_by_group_then_by_value_and_totals_by_name)
{
	static const struct {
		enum diff_group group;
		const char *name;
		double first, second;
	} rows[] = {
		{ DIFF_STORMS, "storm", 9999, 9999 }, { DIFF_SENDERS, "low", 100, 110 },
		{ DIFF_TOTALS, "b", 900, 900 },	      { DIFF_SENDERS, "few", 1, 1 },
		{ DIFF_SENDERS, "top", 90, 700 },     { DIFF_FUNCTIONS, "f", 50, 50 },
		{ DIFF_TOTALS, "c", 100, 100 },	      { DIFF_SENDERS, "mid", 600, 120 },
		{ DIFF_TOTALS, "a", 300, 300 },
	};
	static const char *const order[] = { "a", "b", "c", "f", "top", "mid", "low", "storm" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct diff_row row = { .group = rows[i].group,
					.series = { seconds(rows[i].first, 0),
						    seconds(rows[i].second, 0) } };

		snprintf(row.name, sizeof(row.name), "%s", rows[i].name);
		put(&row);
	}
	diff__judge(&diff, 0.3);
	assert_int_equal(diff.nr, ARRAY_SIZE(order));
	for (size_t i = 0; i < diff.nr; i++)
		assert_string_equal(diff.rows[i].name, order[i]);
	assert_members(diff, rose, 1, fell, 1, unsure, 0);
}

TEST_MAIN(NULL, NULL)
