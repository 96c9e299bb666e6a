// SPDX-License-Identifier: GPL-2.0
/* The rule of all gates: which verdict a gate may give although it missed something. */
#include "model/sight.h"
#include "unit.h"

#define MS 1000000ULL

TEST(what_was_found_was_found)
{
	struct sight sight = { .found = true };

	assert_int_equal(sight__judge(&sight), SIGHT_FOUND);
	sight__miss(&sight, 12, 0, "12 events");
	sight__miss_time(&sight, 0, "nobody watched");
	assert_int_equal(sight__judge(&sight), SIGHT_FOUND);
}

TEST(nothing_was_missed)
{
	struct sight sight = { .shortest = MS };

	sight__miss(&sight, 0, 0, "0 events");
	sight__miss(&sight, 0, 5 * MS, "0 events");
	assert_int_equal(sight.nr_missed, 0);
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
}

TEST(a_loss_may_hide_it)
{
	struct sight sight = { .shortest = MS };

	sight__miss(&sight, 1, 0, "%d event", 1);
	assert_string_equal(sight.missed[0].what, "1 event");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

TEST(a_loss_too_short_for_it_hides_nothing)
{
	struct sight sight = { .shortest = MS };

	sight__miss(&sight, 1000, MS, "1000 events, none longer");
	sight__miss_time(&sight, MS / 2, "half a millisecond");
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
	sight__miss(&sight, 1, MS + 1, "1 event, perhaps longer");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

/* A storm needs many csds, so a gate of storms may miss a few. */
TEST(a_loss_too_small_for_it_hides_nothing)
{
	struct sight sight = { .fewest = 32 };

	sight__miss(&sight, 16, 0, "16 csds");
	sight__miss(&sight, 15, 0, "15 csds");
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
	sight__miss(&sight, 1, 0, "1 csd");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

TEST(who_accepts_a_loss_passes)
{
	struct sight sight = { .allowed = 3 };

	sight__miss(&sight, 3, 0, "3 events");
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
	sight__miss(&sight, 1, 0, "1 event");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

/*
 * A time in which nothing was observed may hide a stall or a storm, whatever number of events may
 * be missed.
 */
TEST(a_time_without_watch_may_hide_it)
{
	struct sight sight = { .shortest = MS, .fewest = 32, .allowed = 1000 };

	sight__miss_time(&sight, 2 * MS, "CPU 1 was offline for 2 ms");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
	sight = (struct sight){ .shortest = MS, .allowed = 1000 };
	sight__miss_time(&sight, 0, "no BPF program was attached");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

TEST(more_losses_than_have_room_are_kept)
{
	struct sight sight = { .shortest = MS, .allowed = 2 * MISSED_MAX };

	for (int i = 0; i < 2 * MISSED_MAX; i++)
		sight__miss(&sight, 1, MS, "1 event");
	assert_members(sight, nr_missed, MISSED_MAX, missed[MISSED_MAX - 1].count, MISSED_MAX + 1);
	assert_int_equal(sight__judge(&sight), SIGHT_CLEAR);
	sight__miss_time(&sight, 2 * MS, "2 ms");
	assert_int_equal(sight__judge(&sight), SIGHT_NOT_CERTAIN);
}

/* Of what could hide nothing there is no word. */
TEST(what_may_hide_it_is_named)
{
	struct sight sight = { .shortest = MS };
	char why[32] = "of somebody else";

	sight__miss(&sight, 1, MS / 2, "short");
	sight__why(&sight, why, sizeof(why));
	assert_string_equal(why, "");
	sight__miss(&sight, 1, 0, "an event");
	sight__miss_time(&sight, 2 * MS, "a time");
	sight__why(&sight, why, sizeof(why));
	assert_string_equal(why, "an event; a time");
	sight__why(&sight, why, 8);
	assert_string_equal(why, "an even");
}

TEST_MAIN(NULL, NULL)
