// SPDX-License-Identifier: GPL-2.0
/* Stalls that found no room are told, all of them, and only then. */
#include <string.h>
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
	free(said);
}

static void none_is_missing(void **state)
{
	const struct stall_totals sum = {};

	(void)state;
	assert_int_equal(stalls_missing__say(&sum), 0);
}

static void each_that_found_no_room_is(void **state)
{
	(void)state;
	check(1, 0, "ipitrace: no room for 1 stall, which is missing\n");
	check(0, 1, "ipitrace: no room for 1 stall, which is missing\n");
	check(2, 40, "ipitrace: no room for 42 stalls, which are missing\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_missing),
		cmocka_unit_test(each_that_found_no_room_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
