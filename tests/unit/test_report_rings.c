// SPDX-License-Identifier: GPL-2.0
/* Reports of several watchers: each arrives whole and once; one without room is counted. */
#include "stall/watcher_threads.h"
#include "unit.h"

struct heard {
	char text[64];
	size_t calls;
	int stop; /* the value of the taker */
};

static int hear(void *ctx, const char *text, size_t len)
{
	struct heard *heard = ctx;

	strncat(heard->text, text, len);
	heard->calls++;
	return heard->stop;
}

TEST(reports_of_all_watchers_arrive)
{
	struct report_rings rings = {};
	struct heard heard = {};

	assert_int_equal(report_rings__open(&rings, 16), 0);
	assert_int_equal(report_rings__put(&rings, 2, "c\n", 2), 0);
	assert_int_equal(report_rings__put(&rings, 0, "a\n", 2), 0);
	assert_int_equal(report_rings__put(&rings, 0, "b\n", 2), 0);
	assert_int_equal(report_rings__take(&rings, hear, &heard), 0);
	assert_members(heard, text, "a\nb\nc\n", calls, 2);
	assert_int_equal(report_rings__take(&rings, hear, &heard), 0);
	assert_int_equal(heard.calls, 2);
	assert_int_equal(report_rings__refused(&rings), 0);
	report_rings__close(&rings);
}

TEST(a_full_ring_refuses_and_counts)
{
	struct report_rings rings = {};
	struct heard heard = {};

	assert_int_equal(report_rings__open(&rings, 8), 0);
	report_rings__put(&rings, 1, "12345\n", 6);
	report_rings__put(&rings, 1, "678\n", 4);
	report_rings__put(&rings, 3, "9\n", 2);
	assert_int_equal(report_rings__refused(&rings), 1);
	report_rings__take(&rings, hear, &heard);
	assert_string_equal(heard.text, "12345\n9\n");
	report_rings__close(&rings);
}

TEST(a_taker_that_fails_is_heard)
{
	struct report_rings rings = {};
	struct heard heard = { .stop = 4 };

	assert_int_equal(report_rings__open(&rings, 8), 0);
	report_rings__put(&rings, 0, "a\n", 2);
	report_rings__put(&rings, 1, "b\n", 2);
	assert_int_equal(report_rings__take(&rings, hear, &heard), 4);
	assert_int_equal(heard.calls, 1);
	report_rings__close(&rings);
}

TEST_MAIN(NULL, NULL)
