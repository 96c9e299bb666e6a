// SPDX-License-Identifier: GPL-2.0
/*
 * The storm detector on kernels where calls are followed, and no runs of functions (SOURCE_CALLS).
 */
#include "model/snapshot.h"
#include "model/storm.h"
#include "storm/detector.h"
#include "storm_feed.h"

/* The pairs of CPUs show which CPU receives most; the waits show the cost. */
TEST(calls_are_storms_too)
{
	static const struct {
		struct flow flow;
		const char *name;
		enum storm_reason reason;
		bool own_places;
	} storms[] = {
		{ F("tsc_khz_changed", 2600, .module = "kvm",
		    .callsite = "smp_call_function_single"),
		  "tsc_khz_changed", STORM_BY_RATE, false },
		{ F("tsc_khz_changed", 2600, .module = "kvm",
		    .callsite = "smp_call_function_single", .to = EVENLY),
		  "tsc_khz_changed", STORM_BY_RATE, true },
		{ F("ipi_mb", 1000, .callsite = "smp_call_function_many_cond", .wait = 400000),
		  "membarrier", STORM_BY_SHARE, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(storms); i++) {
		const struct flow flows[] = { storms[i].flow, { .rate = 0 } };
		struct feed feed = feed_new(4, 0.5);
		const struct storm *storm;

		feed.calls = true;
		feed_windows(&feed, 2, flows);
		storm = feed_find(&feed, storms[i].name);
		assert_members(*storm, reason, storms[i].reason, last.runs_unseen, true,
			       last.handler_ns, 0);
		/*
		 * By the pairs CPU 1 receives half of the csds, whatever the senders' own counts
		 * are.
		 */
		assert_members(*storm, last.victim, storms[i].flow.rate / 2, own_counts, false);
		assert_true(storm__has_cpu(storm, storm->dst, 1));
		assert_false(storm__has_cpu(storm, storm->dst, 0));
		assert_int_equal(storm__shape(storm, 4), i == 2 ? SHAPE_BROADCAST : SHAPE_IN_TURN);
	}
}

/* The caller's condition may have left out CPUs, so the storm says "at most". */
TEST(calls_with_a_condition_are_at_most)
{
	struct feed feed = feed_new(4, 0.4);

	feed.calls = feed.at_most = true;
	feed_windows(&feed, 3, FLOWS(F("flush_tlb_func", 30000)));
	assert_true(feed_count(&feed) == 1 && feed_first(&feed)->last.at_most);
}

TEST(interrupts_that_arrive_are_storms_too)
{
	struct feed feed = feed_new(4, 0.4);

	feed.calls = true;
	feed_has(&feed, 1, 3, FLOWS(F(NULL, 30000)));
	/* CPU 1 received all csds. */
	assert_int_equal(feed_first(&feed)->last.victim, 30000);
}

TEST_MAIN(NULL, NULL)
