// SPDX-License-Identifier: GPL-2.0
/* What a gate may say that has missed something: the rule of all gates. */
#include "model/sight.h"
#include "unit.h"

#define MS 1000000ULL

static void what_was_found_was_found(void **state)
{
	struct sight sight = { .found = true };

	(void)state;
	assert_int_equal(sight__judge(&sight), SIGHT_FOUND);
	sight__miss(&sight, 12, 0, "12 events");
	sight__miss_time(&sight, 0, "nobody watched");
	assert_int_equal(sight__judge(&sight), SIGHT_FOUND);
}

static void nothing_was_missed(void **state)
{
	struct sight sight = { .shortest = MS };

	(void)state;
	sight__miss(&sight, 0, 0, "0 events");
	sight__miss(&sight, 0, 5 * MS, "0 events");
	assert_int_equal(sight.nr_missed, 0);
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
}

static void a_loss_may_hide_it(void **state)
{
	struct sight sight = { .shortest = MS };

	(void)state;
	sight__miss(&sight, 1, 0, "%d event", 1);
	assert_string_equal(sight.missed[0].what, "1 event");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

static void a_loss_too_short_for_it_hides_nothing(void **state)
{
	struct sight sight = { .shortest = MS };

	(void)state;
	sight__miss(&sight, 1000, MS, "1000 events, none longer");
	sight__miss_time(&sight, MS / 2, "half a millisecond");
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
	sight__miss(&sight, 1, MS + 1, "1 event, perhaps longer");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

/* A storm is many csds. */
static void a_loss_too_small_for_it_hides_nothing(void **state)
{
	struct sight sight = { .fewest = 32 };

	(void)state;
	sight__miss(&sight, 16, 0, "16 csds");
	sight__miss(&sight, 15, 0, "15 csds");
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
	sight__miss(&sight, 1, 0, "1 csd");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

static void who_accepts_a_loss_passes(void **state)
{
	struct sight sight = { .allowed = 3 };

	(void)state;
	sight__miss(&sight, 3, 0, "3 events");
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
	sight__miss(&sight, 1, 0, "1 event");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

/* No number of events makes up for a time in which nobody watched. */
static void a_time_without_watch_may_hide_it(void **state)
{
	struct sight sight = { .shortest = MS, .fewest = 32, .allowed = 1000 };

	(void)state;
	sight__miss_time(&sight, 2 * MS, "CPU 1 was offline for 2 ms");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
	sight = (struct sight){ .shortest = MS, .allowed = 1000 };
	sight__miss_time(&sight, 0, "nothing was attached");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

static void more_losses_than_have_room_are_kept(void **state)
{
	struct sight sight = { .shortest = MS, .allowed = 2 * MISSED_MAX };

	(void)state;
	for (int i = 0; i < 2 * MISSED_MAX; i++)
		sight__miss(&sight, 1, MS, "1 event");
	assert_int_equal(sight.nr_missed, MISSED_MAX);
	assert_int_equal(sight.missed[MISSED_MAX - 1].count, MISSED_MAX + 1);
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
	sight__miss_time(&sight, 2 * MS, "2 ms");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_found_was_found),
		cmocka_unit_test(nothing_was_missed),
		cmocka_unit_test(a_loss_may_hide_it),
		cmocka_unit_test(a_loss_too_short_for_it_hides_nothing),
		cmocka_unit_test(a_loss_too_small_for_it_hides_nothing),
		cmocka_unit_test(who_accepts_a_loss_passes),
		cmocka_unit_test(a_time_without_watch_may_hide_it),
		cmocka_unit_test(more_losses_than_have_room_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
