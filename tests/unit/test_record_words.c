// SPDX-License-Identifier: GPL-2.0
/* The last line of `record --flight`: how much of the run is in memory, and why it is not SPAN. */
#include "printed.h"
#include "view/text/views.h"

#define S 1000000000ULL

static void print_end(const void *progress)
{
	view__record_end(progress, NULL, false);
}

static uint64_t files = 1, cut, max_files; /* as struct record_progress has them */

/* @held_ns of a --flight 10s are in memory; @dropped: older frames gave way. */
static char *last_line(uint64_t held_ns, bool dropped)
{
	const struct record_progress progress = {
		.ns = 60 * S,
		.csds = 1234,
		.flight = true,
		.held_ns = held_ns,
		.span_ns = 10 * S,
		.dropped = dropped,
		.bytes = 2100000,
		.size = 64 << 20,
		.files = files,
		.cut = cut,
		.max_files = max_files,
	};

	return printed_to(stderr, print_end, &progress);
}

static void check_line(uint64_t held_ns, bool dropped, const char *want)
{
	char *line = last_line(held_ns, dropped);

	assert_string_equal(line, want);
}

TEST(more_than_span_has_a_reason)
{
	check_line(166 * S / 10, false,
		   "ipitrace: 60.0s, 1.23k csds, 0 lost; the last 16.6s in 2.10MB of 67.1MB "
		   "(room for more than 10 s); files: 1\n");
	check_line(166 * S / 10, true,
		   "ipitrace: 60.0s, 1.23k csds, 0 lost; the last 16.6s in 2.10MB of 67.1MB "
		   "(room for more than 10 s); files: 1\n");
}

TEST(less_than_span_has_one_where_the_memory_is_full)
{
	check_line(41 * S / 10, true,
		   "ipitrace: 60.0s, 1.23k csds, 0 lost; the last 4.10s in 2.10MB of 67.1MB "
		   "(no room for 10 s); files: 1\n");
	/* The run has not lasted longer than that. */
	check_line(41 * S / 10, false,
		   "ipitrace: 60.0s, 1.23k csds, 0 lost; the last 4.10s in 2.10MB of 67.1MB; "
		   "files: 1\n");
}

TEST(files_that_were_removed_are_not_counted_as_left)
{
	files = 8;
	max_files = 2;
	check_line(41 * S / 10, false,
		   "ipitrace: 60.0s, 1.23k csds, 0 lost; the last 4.10s in 2.10MB of 67.1MB; "
		   "files: 8, 2 of them left\n");
	files = 2;
	check_line(41 * S / 10, false,
		   "ipitrace: 60.0s, 1.23k csds, 0 lost; the last 4.10s in 2.10MB of 67.1MB; "
		   "files: 2\n");
	files = 1;
}

TEST(files_that_end_early_are_counted)
{
	files = 3;
	cut = 2;
	max_files = 0;
	check_line(41 * S / 10, false,
		   "ipitrace: 60.0s, 1.23k csds, 0 lost; the last 4.10s in 2.10MB of 67.1MB; "
		   "files: 3 (2 not whole)\n");
}

TEST_MAIN(NULL, NULL)
