// SPDX-License-Identifier: GPL-2.0
/* Without a storm: which group came nearest to a limit, and what is not decided yet. */
#include "storm_feed.h"

static const struct flow membarrier = F("ipi_mb", 30000, .callsite = "on_each_cpu_cond_mask");

/* Without a storm the detector tells how near the nearest group came, and to which limit. */
TEST(the_nearest_group_is_known_without_a_storm)
{
	struct feed feed = feed_new(4, 0.4);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	assert_false(nearest->known);
	/* A cause that may come often, and one that comes rarely but is nearer to its limit. */
	feed_has(&feed, 0, 2,
		 FLOWS(F("sched_ttwu_pending", 2000, .to = 1 + 2), F("ipi_mb", 900, .to = 1 + 3)));
	assert_true(nearest->known);
	assert_members(*nearest, undecided, false, func.name, "ipi_mb", cause, "membarrier", usual,
		       "routine");
	assert_true(nearest->rate > 899 && nearest->rate < 901);
	assert_true(nearest->rate_limit > nearest->rate);
	assert_members(*nearest, cpu_known, true, cpu, 3);
	/* Nothing was sent in the last interval. */
	feed_windows(&feed, 1, CALM);
	assert_false(nearest->known);
}

TEST(of_cpus_with_as_many_csds_the_first_is_named)
{
	struct feed feed = feed_new(4, 0.4);

	feed_windows(&feed, 2, FLOWS(F("ipi_mb", 900, .to = EVENLY)));
	assert_members(*storm_detector__nearest(feed.detector), func.name, "ipi_mb", cpu_known,
		       true, cpu, 0);
}

TEST(the_nearest_group_may_be_near_by_its_cost)
{
	struct feed feed = feed_new(2, 1);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	feed_windows(&feed, 2, FLOWS(F("f", 20, .handler = 2000000, .to = 1 + 1), F("g", 300)));
	assert_string_equal(nearest->func.name, "f");
	assert_true(nearest->cost.share > 0.039 && nearest->cost.share < nearest->cost.limit);
}

TEST(the_second_function_is_of_the_last_interval)
{
	struct feed feed = feed_new(2, 1);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	feed_windows(&feed, 2, FLOWS(F("ipi_mb", 900), F("ipi_sync_core", 800)));
	assert_string_equal(nearest->func.name, "ipi_mb");
	assert_string_equal(nearest->second.name, "ipi_sync_core");
	feed_windows(&feed, 2, FLOWS(F("ipi_mb", 900)));
	assert_string_equal(nearest->func.name, "ipi_mb");
	assert_string_equal(nearest->second.name, "");
}

/* Interrupts that are seen only when they arrive: their CPU is the one that got most. */
TEST(the_cpu_of_interrupts_is_the_one_that_got_most)
{
	static const struct flow calls = F("ipi_mb", 1);
	struct feed feed = feed_new(4, 0.4);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);
	struct cpu_stats cpus[4] = {};
	struct snapshot snap = { .host = &feed.host,
				 .how.source = SOURCE_CALLS,
				 .known.irqs = true,
				 .cpus = cpus,
				 .nr_cpus = 4 };

	feed.calls = true;
	feed_windows(&feed, 1, FLOWS(calls));
	for (uint32_t cpu = 0; cpu < 4; cpu++) {
		cpus[cpu].cpu = cpu;
		cpus[cpu].irqs[KIND_RESCHEDULE].count =
			(const uint64_t[]){ 100, 300, 900, 900 }[cpu];
	}
	for (int i = 0; i < 2; i++) {
		snap.window.mono_start = feed.now + i * SECOND;
		snap.window.mono_end = feed.now + (i + 1) * SECOND;
		assert_int_equal(storm_detector__window(feed.detector, &snap, &feed.moves), 0);
	}
	assert_true(nearest->known);
	assert_string_equal(nearest->func.name, "");
	assert_members(*nearest, func.kind, KIND_RESCHEDULE, cpu_known, true, cpu, 2);
}

/* A first interval that passes a limit is no storm yet, unless it is the whole run. */
TEST(the_first_interval_decides_nothing)
{
	struct feed feed = feed_new(4, 0.4);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	feed_window(&feed, 0.1, FLOWS(membarrier));
	assert_false(nearest->known || nearest->judged);
	feed_window(&feed, 0.9, FLOWS(membarrier));
	assert_true(nearest->judged);
	assert_true(nearest->known && nearest->undecided && nearest->storm);
	assert_int_equal(nearest->nr_storms, 0);
	assert_int_equal(feed_count(&feed), 0);
	feed_window(&feed, 1, FLOWS(membarrier));
	assert_false(nearest->undecided);
	assert_int_equal(feed_count(&feed), 1);
	assert_ptr_equal(nearest->storm, feed_first(&feed));
	assert_int_equal(nearest->nr_storms, 1);
	/* It lasts below the limit, beside a function that is nearer to a limit of its own. */
	feed_window(&feed, 1, FLOWS(F("ipi_mb", 5000, .to = 1 + 3), F("f", 1900, .to = 1 + 2)));
	assert_string_equal(nearest->func.name, "ipi_mb");
	assert_non_null(nearest->storm);
	feed_window(&feed, 1, FLOWS(F("ipi_mb", 100, .to = 1 + 3), F("f", 1900, .to = 1 + 2)));
	assert_string_equal(nearest->func.name, "f");
	assert_null(nearest->storm);
	assert_int_equal(nearest->nr_storms, 0);

	feed = feed_new(4, 0.4);
	feed_window(&feed, 1, FLOWS(membarrier));
	assert_int_equal(storm_detector__end(feed.detector), 0);
	assert_members(*storm_detector__nearest(feed.detector), undecided, false, nr_storms, 1);
}

/* A last window that is too short for a verdict does not carry that of the window before. */
TEST(a_window_too_short_is_not_judged)
{
	struct feed feed = feed_new(4, 0.4);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	feed_windows(&feed, 2, FLOWS(F("nohz_csd_func", 30)));
	assert_true(nearest->known && nearest->judged);
	feed_window(&feed, 0.11, FLOWS(membarrier));
	assert_false(nearest->judged);
	assert_int_equal(storm_detector__end(feed.detector), 0);
	assert_false(nearest->judged);
	/* Nor does a window that nothing was sent in. */
	feed_windows(&feed, 2, CALM);
	assert_true(nearest->judged && !nearest->known);
}

/* A limit that only the last interval passes stays open, where no interval follows. */
TEST(the_last_interval_alone_decides_nothing)
{
	struct feed feed = feed_new(4, 0.4);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	feed_windows(&feed, 2, FLOWS(F("nohz_csd_func", 30)));
	feed_window(&feed, 1, FLOWS(membarrier));
	assert_true(nearest->judged && nearest->undecided && !nearest->storm);
	assert_int_equal(storm_detector__end(feed.detector), 0);
	assert_true(nearest->undecided);
}

TEST_MAIN(NULL, NULL)
