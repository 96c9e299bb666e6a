// SPDX-License-Identifier: GPL-2.0
/*
 * Storms that cost little are notes; the one that costs most comes first; ipitrace's start makes no
 * storm.
 */
#include "model/storm.h"
#include "storm/detector.h"
#include "storm_feed.h"
#include "view/words/words.h"

#define SELF   4711
#define HELPER 4712

static const struct helpers helpers = { .nr = 1, .pids = { HELPER } };

/* 3 % of the time of two CPUs, and 0.77 of the limit of its rate. */
static const struct flow membarrier =
	F("ipi_mb", 6170, .handler = 1000, .wait = 9000, .to = EVENLY);
/* 2.5 times the limit of its rate, and 0.1 % of CPU time. */
static const struct flow patching = F("do_sync_core", 127, .wait = 15000, .to = EVENLY);

static struct feed feed_noting(void)
{
	return feed_limited(2, 1, STORM_NOTE, SELF, &helpers);
}

TEST(what_costs_little_is_a_note)
{
	struct feed feed = feed_noting();
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	feed_has(&feed, 1, 3, FLOWS(membarrier, patching));
	assert_true(feed_find(&feed, "text_patching")->note);
	assert_string_equal(storm_nearest__verdict(nearest, true), "none");
	assert_null(nearest->storm);
	assert_members(*nearest, undecided, false, func.name, "ipi_mb", nr_notes, 1, note.name,
		       "text_patching", note.func.name, "do_sync_core");
	assert_true(nearest->note.cost.share < STORM_NOTE && nearest->note.cost.share > 0);
	assert_true(nearest->note.rate > nearest->note.rate_limit);
}

/* Nothing else was sent. */
TEST(a_note_alone_is_no_storm)
{
	struct feed feed = feed_noting();
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);

	feed_window(&feed, 1, FLOWS(patching));
	assert_false(nearest->undecided);
	assert_int_equal(storm_detector__end(feed.detector), 0);
	assert_true(feed_find(&feed, "text_patching")->note);
	assert_string_equal(storm_nearest__verdict(nearest, true), "none");
	assert_members(*nearest, nr_storms, 0, nr_notes, 1);
}

TEST(the_dearest_leads)
{
	struct feed feed = feed_noting();
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);
	struct flow dear = membarrier, often = patching;

	/* 1.3 times its limit and 8 % of CPU time; 20 times its limit and 2 %. */
	dear.rate = 10400;
	dear.wait = 14000;
	often.rate = 1000;
	often.wait = 40000;
	feed_has(&feed, 3, 3, FLOWS(often, dear, F("tsc_khz_changed", 100, .module = "kvm")));
	assert_int_equal(nearest->nr_storms, 2);
	assert_string_equal(feed_name(nearest->storm), "membarrier");
	assert_string_equal(nearest->note.name, "tsc_khz_changed");
}

/* The note ends, and a storm with a new id begins. */
TEST(a_note_becomes_a_storm)
{
	struct feed feed = feed_noting();
	struct flow dear = patching;
	const struct storm *storm;
	uint64_t id;

	dear.wait = 200000;
	feed_windows(&feed, 4, FLOWS(patching));
	id = feed_find(&feed, "text_patching")->id;
	feed_windows(&feed, 1, FLOWS(dear));
	/* One second that costs much is not enough for a storm. */
	feed_windows(&feed, 2, FLOWS(patching));
	assert_int_equal(feed_find(&feed, "text_patching")->id, id);
	feed_has(&feed, 2, 2, FLOWS(dear));
	storm = feed_first(&feed);
	assert_true(storm->note && storm->id == id);
	assert_int_equal(storm->news, STORM_ENDED);
	storm = storm_detector__get(feed.detector, 1);
	assert_true(!storm->note && storm->id > id);
	assert_int_equal(storm->news, STORM_BEGAN);
	feed_has(&feed, 1, 2, FLOWS(patching));
	assert_false(feed_first(&feed)->note);
}

/* The time of reschedules is not known, nor that of functions where no run is seen. */
TEST(an_unknown_cost_is_no_little_cost)
{
	struct feed feed = feed_noting();

	feed.calls = true;
	feed_windows(&feed, 3, FLOWS(patching));
	assert_false(feed_find(&feed, "text_patching")->note);

	feed = feed_noting();
	feed.moves = (struct task_moves){ .stops_known = true, .stops = 9000 };
	feed.rescheduled = 0.95;
	feed_has(&feed, 1, 3, FLOWS(F(NULL, 9000)));
	assert_false(feed_first(&feed)->note);
}

TEST(a_rate_that_was_asked_for_is_a_storm)
{
	struct feed feed = feed_limited(2, 1, 0, SELF, &helpers);

	feed_windows(&feed, 3, FLOWS(membarrier, patching));
	assert_false(feed_find(&feed, "text_patching")->note);
	assert_int_equal(storm_detector__nearest(feed.detector)->nr_notes, 0);
}

/*
 * Attaching programs interrupts all CPUs. These csds are known by the numbers of the process and
 * its helpers.
 */
TEST(the_own_work_is_no_storm)
{
	static const struct flow others =
		F("do_sync_core", 500, .wait = 90000, .frame = "a", .to = EVENLY);
	struct flow own = others;
	struct feed feed = feed_noting();

	own.comm = "renamed";
	own.tgid = SELF;
	feed_has(&feed, 0, 3, FLOWS(membarrier, own));
	own.tgid = HELPER;
	feed_has(&feed, 0, 3, FLOWS(membarrier, own));
	/* This holds for all that they do. */
	own.func = "sched_ttwu_pending";
	own.rate = 90000;
	feed_has(&feed, 0, 3, FLOWS(membarrier, own));
	assert_members(*storm_detector__nearest(feed.detector), nr_notes, 0, func.name, "ipi_mb");
	/* The share and the sources are those of the other senders. */
	own = others;
	own.tgid = SELF;
	feed_has(&feed, 1, 3, FLOWS(membarrier, own, others));
	assert_in_range(feed_find(&feed, "text_patching")->last.count, 499, 501);
	assert_in_range(feed_find(&feed, "text_patching")->last.own, 499, 501);
	assert_members(*feed_find(&feed, "text_patching"), nr_sources, 1, sources[0].tgid, 42);
}

/* Anybody may call his task "ipitrace", or as a helper is called. */
TEST(a_name_hides_no_storm)
{
	static const char *const names[] = { "ipitrace", "ipitrace-names", "ipitrace-open" };
	struct flow flow = F("do_sync_core", 45900, .wait = 9000, .frame = "perf_event_alloc",
			     .tgid = 9, .to = EVENLY);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct feed feed = feed_noting();

		flow.comm = names[i];
		feed_windows(&feed, 3, FLOWS(flow));
		feed_find(&feed, "text_patching");
		assert_int_equal(feed_find(&feed, "text_patching")->last.count, 45900);
	}
}

/* The storm is what the other samples show, also where ipitrace's own are few. */
TEST(little_of_the_own_is_in_no_storm)
{
	static char sites[9][2];
	struct flow flows[ARRAY_SIZE(sites) + 1] = {};
	struct feed feed = feed_noting();

	for (size_t i = 0; i < ARRAY_SIZE(sites); i++) {
		sites[i][0] = 'a' + i;
		flows[i] = (struct flow)F("sched_ttwu_pending", 9000, .callsite = sites[i],
					  .frame = "futex_wake", .to = EVENLY,
					  .tgid = i ? 42 : SELF);
	}
	feed_windows(&feed, 3, flows);
	assert_members(*feed_find(&feed, "wakeups"), last.count, 72000, last.own, 0, nr_sources, 1,
		       sources[0].tgid, 42);
}

/* An unknown cause may be ordinary. The text says why it has no name. */
TEST(a_hidden_name_is_no_unknown_function)
{
	struct feed feed = feed_new(2, 1);
	const struct storm_nearest *nearest = storm_detector__nearest(feed.detector);
	const struct storm_evidence none = {};
	struct flow hidden = F("?", 12000, .addr = 0xffffffff81000000, .to = EVENLY);
	char why[512];

	hidden.unnamed = true;
	feed.names = NAMES_NEED_SYSLOG;
	feed_has(&feed, 0, 3, FLOWS(hidden));
	assert_string_equal(storm_words__limit(nearest), "names are hidden: needs CAP_SYSLOG");
	assert_true(nearest->rate_limit == STORM_RATE_DEFAULT * usual_rates[USUAL_TRAFFIC]);
	hidden.wait = 20000;
	feed_has(&feed, 1, 3, FLOWS(hidden));
	assert_string_equal(storm_words__usual(feed_first(&feed)),
			    "names are hidden: needs CAP_SYSLOG");
	storm_words__why(feed_first(&feed), &none, why, sizeof(why));
	assert_has(why, "; names are hidden: needs CAP_SYSLOG");
	assert_lacks(why, "signature");
}

/* Names may show a storm of a class whose limit is below that of all traffic: without them no gate passes. */
TEST(a_hidden_name_may_hide_a_storm)
{
	static const struct {
		double rate;
		uint64_t wait;
		bool unnamed, hides;
	} cases[] = {
		{ 300, 100000, true, true },
		{ 300, 100000, false, false },
		{ 40, 700000, true, false }, /* less than the limit of any class */
		{ 300, 1000, true, false }, /* a note at most */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct feed feed = feed_limited(2, 1, 0.01, 0, NULL);
		struct flow flow = F("?", cases[i].rate, .addr = 0xffffffff81000000, .to = EVENLY);

		flow.wait = cases[i].wait;
		flow.unnamed = cases[i].unnamed;
		feed.names = flow.unnamed ? NAMES_NEED_SYSLOG : NAMES_SHOWN;
		feed_has(&feed, 0, 3, FLOWS(flow));
		assert_int_equal(storm_detector__hides(feed.detector), cases[i].hides);
	}
}

/* As a storm of the first interval, what is hidden there must be confirmed by the second. */
TEST(what_the_first_interval_alone_hides_is_no_doubt)
{
	struct feed feed = feed_limited(2, 1, 0.01, 0, NULL);
	const struct flow flow = F("?", 300, .addr = 0xffffffff81000000, .to = EVENLY,
				   .wait = 100000, .unnamed = true);

	feed.names = NAMES_NEED_SYSLOG;
	feed_has(&feed, 0, 1, FLOWS(flow));
	assert_true(storm_detector__hides(feed.detector));
	feed_has(&feed, 0, 1, CALM);
	assert_false(storm_detector__hides(feed.detector));
}

TEST_MAIN(NULL, NULL)
