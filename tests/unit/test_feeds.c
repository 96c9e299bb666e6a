// SPDX-License-Identifier: GPL-2.0
/* The feeds of a run: what they ask of the collector, and who gets windows and storms, in which order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "run/parts.h"
#include "membarrier_window.h"
#include "printed.h"

static const struct options none;

/* What was handed on: w a window, s a line of a storm, c a storm to the command. */
static char handed[32];
static int failure; /* what the sink returns */

static void note(char what)
{
	size_t len = strlen(handed);

	assert_in_range(len, 0, sizeof(handed) - 2);
	handed[len] = what;
}

static int take_window(void *ctx, const struct snapshot *snap, const struct storm_nearest *nearest)
{
	assert_ptr_equal(ctx, handed);
	assert_non_null(nearest);
	note('w');
	return failure;
}

static int take_lines(void *ctx, enum line_type type, const char *lines, size_t len)
{
	assert_ptr_equal(ctx, handed);
	assert_int_equal(type, LINE_STORM);
	assert_int_equal(lines[len - 1], '\n');
	assert_has(lines, "\"membarrier\"");
	note('s');
	return 0;
}

static int take_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
		      uint64_t time)
{
	assert_ptr_equal(ctx, &host);
	note('c');
	return 0;
}

/* Open @feeds for storms by windows alone. */
static void open_feeds(struct feeds *feeds)
{
	memset(handed, 0, sizeof(handed));
	failure = 0;
	feeds->which = FEED_STORMS;
	assert_int_equal(feeds__open(feeds, &none, NULL), 0);
}

/* The window of second @at. Returns feeds__window()'s result. */
static int window(struct feeds *feeds, uint64_t at, uint64_t csds)
{
	const struct snapshot snap = membarrier_window(at * SECOND, 1, csds);

	return feeds__window(feeds, &snap);
}

/* Two windows without a storm, and two with one. */
static void windows(struct feeds *feeds)
{
	for (int at = 1; at <= 4; at++)
		assert_int_equal(window(feeds, at, at > 2 ? 30000 : 3), 0);
}

TEST(a_window_is_handed_on_before_its_storms)
{
	struct feeds feeds = { .sink = { handed, take_window, take_lines } };

	open_feeds(&feeds);
	windows(&feeds);
	assert_string_equal(handed, "wwwws");
	assert_true(feeds.storms.found);
	/* The storm goes on. */
	assert_int_equal(feeds__end(&feeds), 0);
	assert_string_equal(handed, "wwwwss");
	feeds__close(&feeds);
}

TEST(a_command_may_take_the_storms_itself)
{
	struct feeds feeds = { .sink = { handed, take_window, take_lines },
			       .storm = take_storm,
			       .ctx = &host };

	open_feeds(&feeds);
	windows(&feeds);
	assert_string_equal(handed, "wwwwc");
	feeds__close(&feeds);
}

/* The metrics of serve, without a page. */
TEST(nobody_need_take_the_storms)
{
	struct feeds feeds = {};

	open_feeds(&feeds);
	windows(&feeds);
	assert_int_equal(feeds__end(&feeds), 0);
	assert_true(feeds.storms.found);
	assert_string_equal(handed, "");
	feeds__close(&feeds);
}

/* A crew writes its file while the storm lasts. */
TEST(nothing_is_reported_at_the_end_of_a_run_with_a_crew)
{
	struct feeds feeds = { .sink = { handed, take_window, take_lines }, .crew = true };

	open_feeds(&feeds);
	windows(&feeds);
	assert_int_equal(feeds__end(&feeds), 0);
	assert_string_equal(handed, "wwwws");
	feeds__close(&feeds);
}

static void fail_window(const void *feeds)
{
	assert_int_equal(window((struct feeds *)feeds, 1, 3), EXIT_FAILED);
}

TEST(a_failure_of_the_page_ends_the_run)
{
	struct feeds feeds = { .sink = { handed, take_window, take_lines } };

	open_feeds(&feeds);
	failure = -ENOSPC;
	assert_string_equal(printed_to(stderr, fail_window, &feeds),
			    "ipitrace: the page: No space left on device\n");
	assert_string_equal(handed, "w");
	feeds__close(&feeds);
}

TEST(what_the_collector_is_asked_for)
{
	static const struct {
		unsigned int which;
		bool sums, events;
	} cases[] = {
		{ 0, false, false },
		{ FEED_FIGURES, true, false },
		{ FEED_STORMS, false, false },
		{ FEED_STORMS | FEED_EVIDENCE, false, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct feeds feeds = { .which = cases[i].which };
		struct collect_config config = {};

		feeds__configure(&feeds, &none, &config);
		assert_int_equal(config.keep_sums, cases[i].sums);
		assert_int_equal(config.count_events, cases[i].events);
		assert_int_equal(config.watch_threshold, 0);
		assert_int_equal(feeds__period(&feeds), 0);
		feeds__close(&feeds);
	}
}

TEST(stalls_and_records_are_polled)
{
	struct trace_run run = {};
	struct feeds stalls = { .which = FEED_STALLS }, records = { .records = &run };

	assert_int_equal(feeds__period(&stalls), STEAL_PERIOD_NS);
	assert_in_range(feeds__period(&records), 1, STEAL_PERIOD_NS / 2);
	/* Stalls are tended in every so many ticks. */
	assert_int_equal(STEAL_PERIOD_NS % feeds__period(&records), 0);
}

TEST_MAIN(host_setup, NULL)
