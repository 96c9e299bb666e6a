// SPDX-License-Identifier: GPL-2.0
/* Storms of reschedules, which have no function: their causes, CPUs and senders. */
#include "storm_feed.h"

/*
 * Reschedules have no function: runs of the stopper threads and moves of tasks name them, where no
 * stack does; else what they are for is not known.
 */
TEST(reschedules)
{
	struct feed feed = feed_new(2, 1);

	feed_has(&feed, 1, 3, FLOWS(F(NULL, 60000)));
	feed_find(&feed, "reschedule");
	assert_string_equal(feed_first(&feed)->funcs[0].name, "");
	assert_int_equal(storm__shape(feed_first(&feed), 2), SHAPE_UNKNOWN);

	feed = feed_new(2, 1);
	feed.moves = (struct task_moves){ .stops_known = true, .stops = 15000 };
	feed_has(&feed, 1, 3, FLOWS(F(NULL, 60000)));
	feed_find(&feed, "migration");
	/* The name stays while the stoppers' part varies, and changes when it vanishes. */
	feed.moves.stops = 2100;
	feed_has(&feed, 1, 3, FLOWS(F(NULL, 60000)));
	feed_find(&feed, "migration");
	feed.moves.stops = 300;
	feed_has(&feed, 1, 3, FLOWS(F(NULL, 60000)));
	feed_find(&feed, "reschedule");

	/* Waiting tasks are moved without the stopper; wake-ups move one task each at most. */
	feed = feed_new(2, 1);
	feed.moves =
		(struct task_moves){ .moves_known = true, .moves = 240000, .polls_known = true };
	feed_windows(&feed, 3, FLOWS(F(NULL, 60000)));
	feed_find(&feed, "migration");
	feed = feed_new(2, 1);
	feed.moves = (struct task_moves){ .moves_known = true, .moves = 60000 };
	feed_windows(&feed, 3, FLOWS(F(NULL, 60000)));
	feed_find(&feed, "reschedule");

	/* So do those of CPUs that poll in idle, which no interrupt shows. */
	feed = feed_new(2, 1);
	feed.moves = (struct task_moves){
		.moves_known = true, .moves = 240000, .polls_known = true, .polls = 180000
	};
	feed_windows(&feed, 3, FLOWS(F(NULL, 60000)));
	feed_find(&feed, "reschedule");

	/* A wake-up of a stopper belongs to the migration. */
	feed = feed_new(2, 1);
	feed_windows(&feed, 3, FLOWS(F("sched_ttwu_pending", 10000, .frame = "stop_one_cpu")));
	feed_find(&feed, "migration");
	feed = feed_new(2, 1);
	feed_windows(&feed, 3, FLOWS(F("sched_ttwu_pending", 25000, .frame = "futex_wake")));
	feed_find(&feed, "wakeups");
}

/* The rate of one CPU makes the storm, not the average of all. */
TEST(reschedules_of_one_cpu)
{
	struct feed feed = feed_new(64, 0.5);

	feed.rescheduled = 0.5;
	feed_windows(&feed, 3, FLOWS(F(NULL, 60000)));
	feed_find(&feed, "reschedule");
	assert_members(*storm_detector__nearest(feed.detector), cpu_known, true, cpu, 1);

	feed = feed_new(64, 0.5);
	feed.rescheduled = 1.0 / 64;
	feed_has(&feed, 0, 3, FLOWS(F(NULL, 100000)));

	/* Arrivals unknown: an equal share for each CPU. */
	feed = feed_new(64, 0.5);
	feed_has(&feed, 0, 3, FLOWS(F(NULL, 10000)));
	feed_windows(&feed, 3, FLOWS(F(NULL, 2000000)));
	feed_find(&feed, "reschedule");
}

static uint64_t cpus_sum(const struct storm *storm, const uint64_t *by)
{
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < storm->nr_cpus; cpu++)
		sum += by[cpu];
	return sum;
}

/* Each CPU counts what it sends, and the kernel what arrives; csds beside them say nothing of these. */
TEST(reschedules_have_cpus)
{
	struct feed feed = feed_new(4, 1);
	const struct storm *storm;

	feed.rescheduled = 1;
	feed_windows(&feed, 3,
		     FLOWS(F(NULL, 60000, .frame = "try_to_wake_up"),
			   F("sched_ttwu_pending", 600, .frame = "try_to_wake_up", .to = 3)));
	storm = feed_find(&feed, "wakeups");
	assert_true(storm__is_of_kind(storm));
	assert_false(storm->own_counts);
	assert_true(storm__has_cpus(storm));
	assert_true(storm->src[0] > 0 && storm->src[0] == cpus_sum(storm, storm->src));
	assert_true(storm->dst[1] > 0 && storm->dst[1] == cpus_sum(storm, storm->dst));
	assert_int_equal(storm__shape(storm, 4), SHAPE_ONE_TARGET);
	/* Now its csds lead: the CPUs are theirs. */
	feed_windows(&feed, 2,
		     FLOWS(F(NULL, 600, .frame = "try_to_wake_up"),
			   F("sched_ttwu_pending", 60000, .frame = "try_to_wake_up", .to = 3)));
	storm = feed_find(&feed, "wakeups");
	assert_true(storm->own_counts && !storm__is_of_kind(storm));
	assert_true(storm->dst[2] > 0 && storm->dst[2] == cpus_sum(storm, storm->dst));

	/* Where arrivals are not known, nor who sent: no CPU. */
	feed = feed_new(4, 1);
	feed_windows(&feed, 3, FLOWS(F(NULL, 2000000)));
	storm = feed_find(&feed, "reschedule");
	assert_int_equal(cpus_sum(storm, storm->src) + cpus_sum(storm, storm->dst), 0);
	assert_int_equal(storm__shape(storm, 4), SHAPE_UNKNOWN);
}

/* The few csds among them have samples, which do not say who sends the rest. */
TEST(reschedules_have_no_senders_of_others)
{
	struct feed feed = feed_new(2, 1);

	feed.moves = (struct task_moves){ .stops_known = true, .stops = 60000 };
	feed_windows(&feed, 3,
		     FLOWS(F(NULL, 60000), F("sched_ttwu_pending", 600, .frame = "stop_one_cpu")));
	assert_members(*feed_find(&feed, "migration"), last.count, 60600, last.unsampled, 60000,
		       nr_sources, 0, samples, 0);

	feed = feed_new(2, 1);
	feed_windows(&feed, 3,
		     FLOWS(F(NULL, 60000), F("sched_ttwu_pending", 600, .frame = "futex_wake")));
	assert_members(*feed_find(&feed, "reschedule"), last.count, 60000, nr_sources, 0);
}

/* Each place that sends reschedules has causes and senders of its own. */
TEST(reschedules_by_who_sends_them)
{
	struct feed feed = feed_new(2, 1);

	/* Where a stack says so, moves of tasks name nothing. */
	feed.moves = (struct task_moves){ .stops_known = true, .stops = 200000 };
	feed_windows(&feed, 3,
		     FLOWS(F(NULL, 60000, .frame = "kick_process", .behind = "task_work_add"),
			   F(NULL, 90000, .frame = "kick_process", .behind = "__send_signal_locked",
			     .tgid = 7, .comm = "flood"),
			   F("sched_ttwu_pending", 600, .frame = "futex_wake")));
	assert_members(*feed_find(&feed, "signal"), last.count, 90000, last.unsampled, 0,
		       nr_sources, 1, sources[0].tgid, 7, sources[0].comm, "flood");
	assert_members(*feed_find(&feed, "task_work"), last.count, 60000, nr_sources, 1,
		       sources[0].tgid, 42);
}

TEST_MAIN(NULL, NULL)
