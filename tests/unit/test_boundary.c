// SPDX-License-Identifier: GPL-2.0
/* Where windows end: without drift, and without making up for those that were missed. */
#include "run/parts.h"
#include "unit.h"

#define MS    1000000ULL
#define BEGUN (12345 * MS + 678)

static void check(const struct boundaries *run, uint64_t now, uint64_t at, bool last)
{
	struct boundary next = boundary__next(run, BEGUN + now);

	assert_int_equal(next.at - BEGUN, at);
	assert_int_equal(next.last, last);
}

TEST(windows_do_not_drift)
{
	const struct boundaries run = { BEGUN, 200 * MS, 0, 0 };

	check(&run, 0, 200 * MS, false);
	/* Each cut takes 7 ms. */
	for (uint64_t n = 1; n < 100000; n++)
		check(&run, n * 200 * MS + 7 * MS, (n + 1) * 200 * MS, false);
	/* A clock that was read before the run began. */
	assert_int_equal(boundary__next(&run, BEGUN - 5).at, BEGUN + 200 * MS);
}

TEST(missed_windows_are_skipped)
{
	const struct boundaries run = { BEGUN, 200 * MS, 0, 0 };

	check(&run, 6199 * MS, 6200 * MS, false);
	check(&run, 6200 * MS, 6400 * MS, false);
	check(&run, 6201 * MS, 6400 * MS, false);
	/* Years of 1 ms. */
	check(&(struct boundaries){ BEGUN, MS, 0, 0 }, 100000000000 * MS + 1, 100000000001 * MS,
	      false);
}

TEST(the_duration_ends_the_last_window)
{
	const struct boundaries run = { BEGUN, 200 * MS, 500 * MS, 0 };
	const struct boundaries even = { BEGUN, 100 * MS, 300 * MS, 0 };
	const struct boundaries one = { BEGUN, 300 * MS, 300 * MS, 0 };

	check(&run, 0, 200 * MS, false);
	check(&run, 201 * MS, 400 * MS, false);
	check(&run, 401 * MS, 500 * MS, true);
	/* It passed while the machine slept. */
	check(&run, 9000 * MS, 500 * MS, true);
	/* No window of a few ns remains. */
	check(&even, 101 * MS, 200 * MS, false);
	check(&even, 201 * MS, 300 * MS, true);
	check(&one, 0, 300 * MS, true);
	check(&(struct boundaries){ BEGUN, 100 * MS, 300 * MS + 999, 0 }, 201 * MS, 300 * MS + 999,
	      true);
	check(&(struct boundaries){ BEGUN, 100 * MS, 300 * MS + 1000, 0 }, 201 * MS, 300 * MS,
	      false);
}

TEST(a_reader_need_not_wait_for_the_first_window)
{
	const struct boundaries run = { BEGUN, 500 * MS, 0, 100 * MS };
	const struct boundaries brief = { BEGUN, 500 * MS, 300 * MS, 100 * MS };
	const struct boundaries one = { BEGUN, 500 * MS, 100 * MS, 100 * MS };

	check(&run, 0, 100 * MS, false);
	/* Its second part ends where it would have. */
	check(&run, 101 * MS, 500 * MS, false);
	check(&run, 501 * MS, 1000 * MS, false);
	check(&brief, 0, 100 * MS, false);
	check(&brief, 101 * MS, 300 * MS, true);
	check(&one, 0, 100 * MS, true);
}

TEST(a_long_period_does_not_overflow)
{
	const uint64_t years = 1000000000ULL * 1000000000;

	check(&(struct boundaries){ BEGUN, years, 0, 0 }, 5, years, false);
	check(&(struct boundaries){ BEGUN, years, years, 0 }, 5, years, true);
}

TEST_MAIN(NULL, NULL)
