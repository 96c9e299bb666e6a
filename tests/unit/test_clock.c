// SPDX-License-Identifier: GPL-2.0
/* The time of day of times by CLOCK_MONOTONIC. */
#include "base/clock.h"
#include "unit.h"

#define SEC 1000000000LL

static struct timespec realtime, monotonic;

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	*ts = clock == CLOCK_REALTIME ? realtime : monotonic;
	return 0;
}

/* The time of day minus the time since boot; both clocks may have more ns in their second. */
TEST(the_distance_of_two_clocks)
{
	struct wall_clock wall;

	assert_int_equal(setenv("TZ", "UTC-2", 1), 0);
	tzset();
	for (int turn = 0; turn < 2; turn++) {
		realtime = (struct timespec){ 1795176000, turn ? 200000000 : 900000000 };
		monotonic = (struct timespec){ 1000, turn ? 900000000 : 200000000 };
		wall_clock__sync();
		assert_true(wall_clock__realtime() ==
			    1795175000 * SEC + (turn ? -700000000 : 700000000));
		/* UTC-2 is two hours before UTC's clock: POSIX counts to the west. */
		wall_clock__read(&wall);
		assert_true(wall.offset == wall_clock__realtime() + 7200 * SEC);
	}
}

TEST_MAIN(NULL, NULL)
