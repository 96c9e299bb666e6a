// SPDX-License-Identifier: GPL-2.0
/* The figures of a storm from its first interval to its end, and the baseline before it. */
#include "storm_feed.h"

#define BEGIN (77 * SECOND) /* the time of feed_new() */

/* A function that only one CPU gets: 2,000 csds a second are its limit. */
#define ONE(rate) F("one_function", rate, .to = 1 + 1)

/* Returns the only storm. */
static const struct storm *only(const struct feed *feed)
{
	assert_int_equal(feed_count(feed), 1);
	return feed_first(feed);
}

TEST(a_storm_has_the_figures_of_its_beginning)
{
	struct feed feed = feed_new(4, 0.4);
	const struct storm *storm;

	feed_has(&feed, 0, 5, FLOWS(ONE(100)));
	feed_windows(&feed, 1, FLOWS(ONE(3000)));
	storm = only(&feed);
	/* At 3,000 csds a second the 100 of the interval before take a thirtieth of a second. */
	assert_members(*storm, id, 1, news, STORM_BEGAN, reason, STORM_BY_RISE, before, false, note,
		       false, onset, BEGIN + 5 * SECOND - 33333333, recognised, BEGIN + 6 * SECOND,
		       seen, BEGIN + 6 * SECOND, nr_cpus, 4, limit, 2000);
	assert_members(*storm, baseline, 100, baseline_known, true, names, NAMES_SHOWN, nr_funcs, 1,
		       funcs[0].name, "one_function", funcs[0].count, 3000);
	assert_null(storm->sig);
	assert_members(storm->last, count, 3000, ns, SECOND, cpu_ns, 4 * SECOND, all, 3000,
		       handler_ns, 1500000, victim, 3000);
	assert_members(storm->life, count, 3000, ns, SECOND, all, 3000);
	/* 1.5 us of each interrupt. */
	assert_int_equal(storm->cost.share * 1e9 + 0.5, 4500000);
	assert_members(storm->cost, of, COST_OF_ONE);
}

TEST(a_storm_lasts_until_an_interval_below_half_of_its_limit)
{
	struct feed feed = feed_new(4, 0.4);
	const struct storm *storm;

	feed_windows(&feed, 5, FLOWS(ONE(100)));
	feed_windows(&feed, 1, FLOWS(ONE(3000)));
	feed_windows(&feed, 1, FLOWS(ONE(750), F("sched_ttwu_pending", 7)));
	storm = only(&feed);
	assert_members(*storm, id, 1, news, STORM_LASTS, seen, BEGIN + 7 * SECOND, recognised,
		       BEGIN + 6 * SECOND, funcs[0].count, 750, baseline, 100);
	assert_members(storm->last, count, 750, all, 757);
	assert_members(storm->life, count, 3750, all, 3757, ns, 2 * SECOND);
	assert_int_equal(storm->cost.share * 1e9 + 0.5, 1125000);
	feed_windows(&feed, 1, FLOWS(ONE(749)));
	/* Its figures are those of its last interval. */
	assert_members(*only(&feed), id, 1, news, STORM_ENDED, seen, BEGIN + 7 * SECOND, last.count,
		       750, life.count, 3750);
	feed_has(&feed, 0, 1, FLOWS(ONE(749)));
	feed_windows(&feed, 1, FLOWS(ONE(6000)));
	assert_members(*only(&feed), id, 2, news, STORM_BEGAN, reason, STORM_BY_RATE, life.count,
		       6000);
}

/* The second interval confirms the first. */
TEST(a_storm_of_the_first_interval_began_before_the_run)
{
	struct feed feed = feed_new(4, 0.4);

	feed_has(&feed, 0, 1, FLOWS(ONE(3000)));
	feed_windows(&feed, 1, FLOWS(ONE(2000)));
	assert_members(*only(&feed), id, 1, news, STORM_BEGAN, before, true, reason, STORM_BY_RATE,
		       onset, BEGIN, recognised, BEGIN + SECOND, seen, BEGIN + 2 * SECOND,
		       baseline_known, false, last.count, 2000, life.count, 5000);
	feed_windows(&feed, 1, FLOWS(ONE(2000)));
	assert_members(*only(&feed), id, 1, news, STORM_LASTS, life.count, 7000);
	assert_int_equal(storm_detector__end(feed.detector), 0);
	assert_members(*only(&feed), id, 1, news, STORM_LASTS);
	assert_int_equal(storm_detector__nearest(feed.detector)->nr_storms, 1);
}

TEST(a_first_interval_that_is_not_confirmed_is_no_storm)
{
	struct feed feed = feed_new(4, 0.4);

	feed_has(&feed, 0, 1, FLOWS(ONE(3000)));
	feed_has(&feed, 0, 1, FLOWS(ONE(1999)));
	assert_int_equal(storm_detector__end(feed.detector), 0);
	assert_int_equal(feed_count(&feed), 0);
	assert_members(*storm_detector__nearest(feed.detector), nr_storms, 0, undecided, false);
}

TEST(a_run_of_one_interval_has_its_storm)
{
	struct feed feed = feed_new(4, 0.4);

	/* Too short for an interval, but all of the run. */
	feed_window(&feed, 0.1, FLOWS(ONE(3000)));
	assert_int_equal(feed_count(&feed), 0);
	assert_int_equal(storm_detector__end(feed.detector), 0);
	assert_members(*only(&feed), id, 1, news, STORM_BEGAN, before, true, life.count, 300);
	assert_members(*storm_detector__nearest(feed.detector), nr_storms, 1, undecided, false);
}

/* The mean of the intervals but the last, of which a storm's beginning may be a part. */
TEST(the_baseline_is_the_mean_of_the_intervals_before)
{
	struct feed feed = feed_new(4, 0.4);

	feed_windows(&feed, 1, FLOWS(ONE(100)));
	feed_windows(&feed, 1, FLOWS(ONE(200)));
	feed_windows(&feed, 1, FLOWS(ONE(300)));
	feed_windows(&feed, 1, FLOWS(ONE(400)));
	feed_windows(&feed, 1, FLOWS(ONE(3000)));
	assert_members(*only(&feed), baseline, 200, baseline_known, true, reason, STORM_BY_RISE);
}

/* After sixteen intervals each new one counts a sixteenth. */
TEST(the_baseline_forgets_what_is_long_ago)
{
	struct feed feed = feed_new(4, 0.4);

	feed_windows(&feed, 20, FLOWS(ONE(100)));
	feed_windows(&feed, 1, FLOWS(ONE(260)));
	feed_windows(&feed, 1, FLOWS(ONE(420)));
	feed_windows(&feed, 1, FLOWS(ONE(420)));
	feed_windows(&feed, 1, FLOWS(ONE(3000)));
	/* 100, then 160 / 16 more, then 310 / 16 more. */
	assert_int_equal(only(&feed)->baseline * 1000 + 0.5, 129375);
}

/* The part of its limit that a group has reached, by rate or by cost. */
TEST(the_nearest_group_has_its_figures)
{
	struct feed feed = feed_new(4, 0.4);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	feed_windows(&feed, 2, FLOWS(ONE(1000), F("another", 999, .to = 1 + 2)));
	assert_members(*nearest, known, true, judged, true, undecided, false, nr_storms, 0,
		       nr_notes, 0, cpu_known, true, cpu, 1, rate, 1000, rate_limit, 2000,
		       func.count, 1000);
	assert_string_equal(nearest->func.name, "one_function");
	assert_null(nearest->cause);
	assert_null(nearest->usual);
	assert_null(nearest->storm);
	assert_int_equal(nearest->cost.share * 1e9 + 0.5, 1500000);
	assert_members(nearest->cost, of, COST_OF_ONE);
	/* A costly group of few csds. */
	feed_windows(&feed, 1, FLOWS(ONE(1000), F("another", 20, .handler = 1300000, .to = 1 + 3)));
	assert_members(*nearest, rate, 20, cpu, 3);
	assert_string_equal(nearest->func.name, "another");
	feed_windows(&feed, 1, FLOWS(ONE(1000), F("another", 20, .handler = 1200000, .to = 1 + 3)));
	assert_members(*nearest, rate, 1000, cpu, 1);
}

/* A group over its limit in the last interval only may still become a storm. */
TEST(a_group_over_its_limit_is_undecided)
{
	struct feed feed = feed_new(4, 0.4);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	feed_windows(&feed, 2, FLOWS(ONE(100)));
	feed_windows(&feed, 1, FLOWS(ONE(1999)));
	assert_false(nearest->undecided);
	feed_windows(&feed, 1, FLOWS(ONE(100)));
	feed_has(&feed, 0, 1, FLOWS(ONE(2000)));
	assert_members(*nearest, undecided, true, rate, 2000);
	feed_has(&feed, 1, 1, FLOWS(ONE(2000)));
	assert_members(*nearest, undecided, false, nr_storms, 1);
}

/* A report names a second function from a hundredth of the csds of the first one on. */
TEST(a_second_function_has_a_hundredth)
{
	static const struct {
		double rate;
		const char *second;
	} rows[] = { { 10, "ipi_sync_core" }, { 9, "" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct feed feed = feed_new(4, 0.4);

		feed_windows(&feed, 2, FLOWS(F("ipi_mb", 1000), F("ipi_sync_core", rows[i].rate)));
		assert_string_equal(storm_detector__nearest(feed.detector)->second.name,
				    rows[i].second);
	}
}

/* A costly group is a storm; a cheap one is a note, of which the dearest is reported. */
TEST(the_dearest_note_is_reported)
{
	static const struct flow flows[] = {
		F("cheap", 3000, .to = 1 + 1),
		F("dear", 4000, .to = 1 + 2),
		F("cheap", 3000, .to = 1 + 1),
	};

	for (int first = 0; first < 2; first++) {
		struct feed feed = feed_limited(4, 0.4, 0.01, 0, NULL);
		const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

		feed_has(&feed, 2, 3, FLOWS(flows[first], flows[first + 1]));
		assert_members(*nearest, nr_notes, 2, nr_storms, 0, note.rate, 4000,
			       note.rate_limit, 2000, note.func.count, 4000);
		assert_string_equal(nearest->note.func.name, "dear");
		assert_int_equal(nearest->note.cost.share * 1e9 + 0.5, 6000000);
		assert_true(feed_first(&feed)->note);
	}
}

/* That it costs little does not matter below its limit. */
TEST(a_cheap_group_below_its_limit_may_be_the_nearest)
{
	struct feed feed = feed_limited(4, 0.4, 0.01, 0, NULL);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	feed_windows(&feed, 2, FLOWS(ONE(1000), F(NULL, 5)));
	assert_members(*nearest, rate, 1000, nr_notes, 0);
	assert_string_equal(nearest->func.name, "one_function");
	/* The CPU of a single csd is known, too. */
	feed_windows(&feed, 1, FLOWS(ONE(1)));
	assert_members(*nearest, cpu_known, true, cpu, 1, rate, 1);
}

static int forget(void **state)
{
	storm_detector__free(feed_detector);
	return 0;
}

TEST_MAIN(NULL, forget)
