// SPDX-License-Identifier: GPL-2.0
/* A message says how many stalls were dropped for lack of room, if any were. */
#include "command/parts.h"
#include "model/totals.h"
#include "printed.h"

static uint64_t nr;

static void say(const void *sum)
{
	nr = stalls_missing__say(sum);
}

static void check(uint64_t lost, uint64_t dropped, const char *want)
{
	const struct stall_totals sum = { .lost = lost, .dropped = dropped };
	char *said = printed_to(stderr, say, &sum);

	assert_string_equal(said, want);
	assert_int_equal(nr, lost + dropped);
}

TEST(none_is_missing)
{
	const struct stall_totals sum = {};

	assert_int_equal(stalls_missing__say(&sum), 0);
}

TEST(each_that_found_no_room_is)
{
	check(1, 0, "ipitrace: no room for 1 stall, which is missing\n");
	check(0, 1, "ipitrace: no room for 1 stall, which is missing\n");
	check(2, 40, "ipitrace: no room for 42 stalls, which are missing\n");
}

TEST_MAIN(NULL, NULL)
