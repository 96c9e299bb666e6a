// SPDX-License-Identifier: GPL-2.0
/* One watcher reports each stall once, even if a watcher gets stuck. */
#include <pthread.h>
#include "unit.h"
#include "stall/incident.h"

static struct report_once *claims;

static int setup(void **state)
{
	claims = report_once__new();
	return claims ? 0 : -1;
}

static int teardown(void **state)
{
	free(claims);
	return 0;
}

static enum claim_result take(uint64_t key, enum claim_kind kind, uint64_t now)
{
	bool first;

	return report_once__take(claims, key, kind, now, &first);
}

TEST_F(one_claim_wins_until_it_is_done)
{
	assert_int_equal(report_once__peek(claims, 7, CLAIM_ONGOING, 100), CLAIM_WON);
	assert_int_equal(take(7, CLAIM_ONGOING, 100), CLAIM_WON);
	assert_int_equal(take(7, CLAIM_ONGOING, 101), CLAIM_BUSY);
	assert_int_equal(report_once__peek(claims, 7, CLAIM_ONGOING, 101), CLAIM_BUSY);
	report_once__done(claims, 7, CLAIM_ONGOING);
	assert_int_equal(take(7, CLAIM_ONGOING, 102), CLAIM_DONE);
	assert_int_equal(take(8, CLAIM_ONGOING, 102), CLAIM_WON);
}

TEST_F(a_stale_claim_is_lost)
{
	assert_int_equal(take(7, CLAIM_ONGOING, 100), CLAIM_WON);
	assert_int_equal(take(7, CLAIM_ONGOING, 100 + CLAIM_STALE_NS - 1), CLAIM_BUSY);
	assert_int_equal(take(7, CLAIM_ONGOING, 100 + CLAIM_STALE_NS), CLAIM_WON);
	assert_int_equal(take(7, CLAIM_ONGOING, 101 + CLAIM_STALE_NS), CLAIM_BUSY);
}

TEST_F(the_claim_of_an_end_is_lost_later)
{
	assert_int_equal(take(7, CLAIM_OVER, 100), CLAIM_WON);
	assert_int_equal(take(7, CLAIM_OVER, 100 + CLAIM_OVER_STALE_NS - 1), CLAIM_BUSY);
	assert_int_equal(take(7, CLAIM_OVER, 100 + CLAIM_OVER_STALE_NS), CLAIM_WON);
	assert_int_equal(take(7, CLAIM_OVER, 101 + CLAIM_OVER_STALE_NS), CLAIM_BUSY);
}

TEST_F(a_stall_that_is_over_is_not_ongoing_again)
{
	bool first = false;

	assert_int_equal(report_once__take(claims, 7, CLAIM_OVER, 100, &first), CLAIM_WON);
	assert_true(first);
	assert_int_equal(take(7, CLAIM_ONGOING, 101), CLAIM_DONE);
	report_once__done(claims, 7, CLAIM_OVER);
	assert_int_equal(take(7, CLAIM_ONGOING, 102), CLAIM_DONE);
}

TEST_F(the_first_claim_of_a_stall_is_marked)
{
	bool first = false;

	assert_int_equal(report_once__take(claims, 7, CLAIM_ONGOING, 100, &first), CLAIM_WON);
	assert_true(first);
	report_once__done(claims, 7, CLAIM_ONGOING);
	assert_int_equal(report_once__take(claims, 7, CLAIM_OVER, 200, &first), CLAIM_WON);
	assert_false(first);
}

TEST_F(numbers_stay_and_count_up)
{
	assert_int_equal(report_once__find_number(claims, 7), 0);
	assert_int_equal(report_once__assign_number(claims, 7), 1);
	assert_int_equal(report_once__assign_number(claims, 8), 2);
	assert_int_equal(report_once__assign_number(claims, 7), 1);
	assert_int_equal(report_once__find_number(claims, 8), 2);
	assert_int_equal(report_once__find_number(claims, 0), 0);
}

TEST_F(stalls_long_over_make_room)
{
	uint64_t key, taken = 0;

	/* Fill one bucket. */
	for (key = 4096; take(key, CLAIM_OVER, 100) == CLAIM_WON; key += 4096) {
		report_once__done(claims, key, CLAIM_OVER);
		taken++;
	}
	assert_in_range(taken, 8, 1000);
	assert_int_equal(take(key, CLAIM_OVER, 100), CLAIM_FULL);
	assert_int_equal(report_once__assign_number(claims, key), 0);
	report_once__forget(claims, 100);
	assert_int_equal(take(key, CLAIM_OVER, 100), CLAIM_FULL);
	report_once__forget(claims, 101);
	assert_int_equal(take(key, CLAIM_OVER, 100), CLAIM_WON);
	/* A stall that lasts is not forgotten. */
	assert_int_equal(take(3, CLAIM_ONGOING, 1), CLAIM_WON);
	report_once__done(claims, 3, CLAIM_ONGOING);
	report_once__forget(claims, UINT64_MAX);
	assert_int_equal(take(3, CLAIM_ONGOING, 5), CLAIM_DONE);
}

#define KEYS 500
static _Atomic int won[KEYS];
static _Atomic uint64_t ids[KEYS];

static void *claimer(void *arg)
{
	for (uint64_t i = 0; i < KEYS; i++) {
		uint64_t key = 1 + i * 977, id;

		if (take(key, CLAIM_ONGOING, 100) == CLAIM_WON) {
			won[i]++;
			report_once__done(claims, key, CLAIM_ONGOING);
		}
		id = report_once__assign_number(claims, key);
		assert_true(!ids[i] || ids[i] == id);
		ids[i] = id;
	}
	return NULL;
}

TEST_F(a_stall_is_folded_once)
{
	assert_int_equal(report_once__fold(claims, 7, true), 0);
	report_once__assign_number(claims, 7);
	assert_int_equal(report_once__fold(claims, 7, false), 0);
	assert_int_equal(report_once__fold(claims, 7, true), 1);
	assert_int_equal(report_once__fold(claims, 7, true), 0);
	assert_int_equal(report_once__fold(claims, 7, false), -1);
}

TEST_F(a_stall_is_named_once)
{
	assert_false(report_once__is_named(claims, 7));
	assert_false(report_once__set_named(claims, 7));
	report_once__assign_number(claims, 7);
	assert_false(report_once__is_named(claims, 7));
	assert_true(report_once__set_named(claims, 7));
	assert_true(report_once__is_named(claims, 7));
	assert_false(report_once__set_named(claims, 7));
}

/* Another stall may get the place of a stall that was forgotten. */
TEST_F(a_stall_that_is_forgotten_leaves_nothing_to_the_next)
{
	uint64_t key = 7, first = report_once__assign_number(claims, key);

	assert_int_equal(report_once__fold(claims, key, true), 1);
	assert_true(report_once__set_named(claims, key));
	assert_int_equal(take(key, CLAIM_OVER, 100), CLAIM_WON);
	report_once__done(claims, key, CLAIM_OVER);
	report_once__forget(claims, 101);
	assert_false(report_once__is_named(claims, key));
	assert_int_not_equal(report_once__assign_number(claims, key), first);
	assert_false(report_once__is_named(claims, key));
	assert_int_equal(report_once__fold(claims, key, true), 1);
	assert_int_equal(take(key, CLAIM_OVER, 100), CLAIM_WON);
}

TEST_F(one_of_many_threads_wins_each)
{
	pthread_t threads[4];
	bool seen[KEYS + 4 * KEYS] = {};

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, claimer, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < KEYS; i++) {
		assert_int_equal(won[i], 1);
		assert_in_range(ids[i], 1, ARRAY_SIZE(seen) - 1);
		assert_false(seen[ids[i]]);
		seen[ids[i]] = true;
	}
}

TEST_MAIN(NULL, NULL)
