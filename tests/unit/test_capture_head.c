// SPDX-License-Identifier: GPL-2.0
/* The first line of a file that begins now: the machine, the command line, the clocks. */
#include "command/parts.h"
#include "unit.h"

TEST(the_head_has_the_command_line)
{
	char *words[] = { "record", "-o", "night.zst", NULL }, *program[] = { "make", "all", NULL };
	struct options opts = { .words = words, .nr_words = 3 };
	struct timespec before, after;
	struct capture_head head;
	struct host host = {};
	uint64_t mono = mono_ns();

	clock_gettime(CLOCK_REALTIME, &before);
	capture_head__set(&head, &host, &opts);
	clock_gettime(CLOCK_REALTIME, &after);
	assert_ptr_equal(head.host, &host);
	assert_true(host.name.nodename[0] && cpuset__count(&host.online) > 0);
	assert_ptr_equal(head.options, words);
	assert_members(head, nr_options, 3, minor, CAPTURE_MINOR);
	assert_null(head.program);
	assert_in_range(head.mono, mono, mono_ns());
	assert_in_range(head.started.tv_sec, before.tv_sec, after.tv_sec);
	opts.program = program;
	capture_head__set(&head, &host, &opts);
	assert_string_equal(head.program, "make");
}

TEST_MAIN(NULL, NULL)
