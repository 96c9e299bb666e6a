// SPDX-License-Identifier: GPL-2.0
/* The first line of a page: whose figures these are, and from when. */
#include "base/clock.h"
#include "model/host.h"
#include "model/incident.h"
#include "model/snapshot.h"
#include "printed.h"
#include "view/text/views.h"

static const struct host known = { .name.nodename = "vm", .name.release = "6.12.48" };
static const struct host unknown;

static void show_head(const void *of)
{
	view__head(of, "report", 0, NULL);
}

static void show_capture_head(const void *of)
{
	const struct host *host = of;

	view__capture_head(host, "storm",
			   &(struct timespec){ .tv_sec = host == &known ? 1700000000 : 0 });
}

TEST(the_head_names_host_kernel_and_date)
{
	struct snapshot snap = { .host = &known };

	setenv("TZ", "UTC", 1);
	snap.window.start.tv_sec = 1700000000;
	snap.window.mono_end = 2000000000;
	assert_string_equal(printed(show_head, &snap), "ipitrace report: vm, 6.12.48; 2.00 s from "
						       "2023-11-14T22:13:20.000Z\n");
	assert_string_equal(printed(show_capture_head, &known),
			    "ipitrace report storm: vm, 6.12.48; recorded from "
			    "2023-11-14T22:13:20Z\n");
}

/* The text of another tracer has none of them. */
TEST(the_head_says_what_is_not_known)
{
	struct snapshot snap = { .host = &unknown };

	snap.window.mono_end = 2000000000;
	assert_string_equal(printed(show_head, &snap),
			    "ipitrace report: host not known; 2.00 s on an unknown date\n");
	snap.host = NULL;
	assert_string_equal(printed(show_head, &snap),
			    "ipitrace report: host not known; 2.00 s on an unknown date\n");
	assert_string_equal(printed(show_capture_head, &unknown),
			    "ipitrace report storm: host not known; recorded on an unknown date\n");
}

/* The numbers of a line of `report`. */
struct numbers {
	uint64_t nr, other;
	size_t shown;
	uint64_t threshold, missing;
	const char *text;
};

static void show_storms(const void *of)
{
	const struct numbers *n = of;

	view__report_storms(n->nr, n->other, n->shown);
}

static void show_stalls(const void *of)
{
	const struct numbers *n = of;

	view__report_stalls(n->nr, n->other, n->shown, n->threshold, n->missing);
}

TEST(the_storms_of_a_report_are_counted)
{
	static const struct numbers rows[] = {
		{ 3, 0, 3, 0, 0, "STORMS 3:\n" },
		{ 3, 1, 3, 0, 0, "STORMS 2, and 1 note:\n" },
		{ 5, 2, 4, 0, 0, "STORMS 3, and 2 notes; those that cost most:\n" },
		{ 0, 0, 0, 0, 0, "STORMS 0\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(printed(show_storms, &rows[i]), rows[i].text);
}

/* Stalls that are the result of another one have no place among the longest. */
TEST(the_stalls_of_a_report_are_counted)
{
	static const struct numbers rows[] = {
		{ 0, 0, 0, 0, 0, "STALLS 0\n" },
		{ 3, 0, 3, 0, 0, "STALLS 3:\n\n" },
		{ 4, 1, 3, 1000000, 0,
		  "STALLS 4 over 1 ms, 1 of them the result of another stall:\n\n" },
		{ 6, 2, 3, 0, 0, "STALLS 6, 2 of them results of another stall; the longest:\n\n" },
		{ 5, 2, 3, 0, 1,
		  "STALLS 5, 2 of them results of another stall:\n"
		  "lost 1 more report of stalls, which found no room while they were recorded\n\n" },
		{ 2, 2, 0, 0, 0, "STALLS 2, 2 of them results of another stall\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(printed(show_stalls, &rows[i]), rows[i].text);
}

static void show_report_head(const void *of)
{
	view__report_head(of, ((const struct snapshot *)of)->ledger.queued);
}

TEST(a_report_is_of_windows)
{
	struct snapshot snap = { .host = &known };

	snap.window.start.tv_sec = 1700000000;
	snap.window.mono_end = 2000000000;
	assert_has(printed(show_report_head, &snap), "ipitrace report: vm, 6.12.48",
		   "no window to sum up\n");
	snap.ledger.queued = 1;
	assert_has(printed(show_report_head, &snap), "\nthe sum of 1 window\n");
	snap.ledger.queued = 2;
	assert_has(printed(show_report_head, &snap), "\nthe sum of 2 windows\n");
	assert_lacks(printed(show_report_head, &snap), "no window");
}

static void show_trigger(const void *of)
{
	/* 1970-01-01 00:00:00 is 100 s before the clock's beginning. */
	const struct wall_clock clock = { .offset = 100000000000 };

	view__report_trigger(of, 2500000, &clock);
}

/* The time of day, and what is known of a csd. */
TEST(a_trigger_has_a_time_and_a_cause)
{
	struct trigger trigger = { .kind = TRIGGER_SIGNAL,
				   .time = 86400000000000 + 3600000000000 + 61000001000 };

	assert_string_equal(printed(show_trigger, &trigger),
			    "TRIGGER a signal; 01:02:41.000001, 2.50ms after the beginning\n");
	trigger.kind = TRIGGER_DELAY;
	trigger.phase = PHASE_DELIVERY;
	trigger.src = 3;
	trigger.dst = 4;
	trigger.duration = 7000;
	assert_string_equal(printed(show_trigger, &trigger),
			    "TRIGGER a delay: delivery, CPU 3 to 4, after 7.00us; 01:02:41.000001, "
			    "2.50ms\n        after the beginning\n");
}

static void show_progress(const void *of)
{
	view__record_progress(of);
}

static void show_end(const void *of)
{
	view__record_end(of, "/tmp/a.capture", false);
}

static void show_end_in_place(const void *of)
{
	view__record_end(of, "/tmp/a.capture", true);
}

TEST(a_record_says_what_was_written)
{
	struct record_progress progress = {
		.ns = 1500000000, .csds = 12345, .lost = 2, .bytes = 4096
	};
	const char *text = "recorded 1.50s, 12.3k csds, 2 lost, 4.10kB";
	char want[128];

	snprintf(want, sizeof(want), "\r\033[Kipitrace: %s", text);
	assert_string_equal(printed_to(stderr, show_progress, &progress), want);
	snprintf(want, sizeof(want), "ipitrace: %s in /tmp/a.capture\n", text);
	assert_string_equal(printed_to(stderr, show_end, &progress), want);
	snprintf(want, sizeof(want), "\r\033[Kipitrace: %s in /tmp/a.capture\n", text);
	assert_string_equal(printed_to(stderr, show_end_in_place, &progress), want);
}

/* The memory may have more of the run than was asked for, or less. */
TEST(a_flight_says_what_is_in_memory)
{
	struct record_progress progress = { .flight = true,
					    .ns = 90000000000,
					    .csds = 1,
					    .bytes = 1000,
					    .size = 8000000,
					    .span_ns = 60000000000,
					    .held_ns = 60000000000,
					    .files = 3 };

	assert_string_equal(printed_to(stderr, show_end, &progress),
			    "ipitrace: 90.0s, 1 csd, 0 lost; the last 60.0s in 1.00kB of 8.00MB; "
			    "files: 3\n");
	progress.held_ns++;
	progress.dropped = true;
	progress.cut = 1;
	progress.max_files = 3;
	assert_string_equal(
		printed_to(stderr, show_end, &progress),
		"ipitrace: 90.0s, 1 csd, 0 lost; the last 60.0s in 1.00kB of 8.00MB (room "
		"for more than 60 s); files: 3 (1 not whole)\n");
	progress.held_ns = 50000000000;
	progress.max_files = 2;
	progress.cut = 0;
	assert_string_equal(
		printed_to(stderr, show_end, &progress),
		"ipitrace: 90.0s, 1 csd, 0 lost; the last 50.0s in 1.00kB of 8.00MB (no "
		"room for 60 s); files: 3, 2 of them left\n");
	assert_lacks(printed_to(stderr, show_progress, &progress), "room");
}

TEST_MAIN(NULL, NULL)
