// SPDX-License-Identifier: GPL-2.0
/* Stalls that last, from moments made up: when each is told, and with what. */
#include "abi/call.h"
#include "abi/stall_event.h"
#include "model/incident.h"
#include "model/moment.h"
#include "stall/ongoing.h"
#include "stalls.h"

static struct ongoing *lasting;
static struct told told;

static int setup(void **state)
{
	(void)state;
	lasting = ongoing__new(THRESHOLD);
	memset(&told, 0, sizeof(told));
	return lasting ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	ongoing__free(lasting);
	return 0;
}

/* Events are looked for all the time unless a test says otherwise. */
static void look(const struct moment *m)
{
	ongoing__moment(lasting, m, m->now, tell, &told);
}

static void a_handler_is_told_once_it_passes_the_threshold(void **state)
{
	struct moment *m = moment_at(T0 + THRESHOLD - 1);

	(void)state;
	runs(m, 0, 2, SPIN, T0 - 10 * US, T0);
	look(m);
	assert_int_equal(told.nr, 0);
	m->now++;
	look(m);
	assert_int_equal(told.nr, 1);
	assert_int_equal(told.incidents[0].phase, PHASE_HANDLER);
	assert_true(told.incidents[0].ongoing);
	assert_int_equal(told.incidents[0].start, T0);
	assert_int_equal(incident__duration(&told.incidents[0]), THRESHOLD);
	assert_int_equal(told.incidents[0].func.addr, SPIN);
	assert_int_equal(told.incidents[0].dst, 2);
	assert_false(told.incidents[0].slept);
	m->now += 100 * MS;
	look(m);
	assert_int_equal(told.nr, 1);
}

static void who_waits_for_a_handler_is_told_with_it(void **state)
{
	struct moment *m = moment_at(T0 + 48 * MS);

	(void)state;
	runs(m, 0, 2, SPIN, T0 - 10 * US, T0);
	waits(m, 0, SPIN, T0 - 10 * US, WAIT_SINGLE);
	is_queued(m, 1, 2, FLUSH, T0 + 20 * MS, T0 + 20 * MS);
	waits(m, 1, FLUSH, T0 + 20 * MS, WAIT_MANY);
	is_queued(m, 3, 2, OTHER, 0, T0 + 47 * MS + 500 * US);
	look(m);

	const struct incident *in = told_of(&told, PHASE_HANDLER, 0);

	assert_ptr_equal(in, &told.incidents[0]);
	assert_int_equal(in->nr_waiters, 2);
	assert_int_equal(in->waiters[0].src, 0);
	assert_false(in->waiters[0].behind);
	assert_int_equal(in->waiters[0].wait_in, WAIT_SINGLE);
	assert_int_equal(in->waiters[0].until - in->waiters[0].call, 48 * MS + 10 * US);
	assert_int_equal(in->waiters[1].src, 1);
	assert_true(in->waiters[1].behind);
	assert_int_equal(in->waiters[1].wait_in, WAIT_MANY);
	assert_int_equal(in->queued_behind, 1);
	/* Both waits and the delivery behind it are due to it. */
	for (uint32_t src = 0; src < 2; src++) {
		const struct incident *wait = told_of(&told, PHASE_WAIT, src);

		assert_non_null(wait);
		assert_true(wait->covered);
		assert_int_equal(wait->cause, in->key);
		assert_true(wait->dst_known);
		assert_int_equal(wait->dst, 2);
		assert_int_equal(wait->doing.addr, SPIN);
	}
	const struct incident *late = told_of(&told, PHASE_DELIVERY, 1);

	assert_non_null(late);
	assert_true(late->covered);
	assert_int_equal(late->cause, in->key);
	assert_int_equal(late->late, LATE_BEHIND);
	assert_int_equal(late->doing.addr, SPIN);
	/* One that is not past the threshold is none. */
	assert_null(told_of(&told, PHASE_DELIVERY, 3));
}

static void two_stalls_at_once_are_kept_apart(void **state)
{
	struct moment *m = moment_at(T0 + 10 * MS);

	(void)state;
	runs(m, 0, 2, SPIN, T0, T0);
	waits(m, 0, SPIN, T0, WAIT_SINGLE);
	runs(m, 1, 3, OTHER, T0, T0);
	waits(m, 1, OTHER, T0, WAIT_SINGLE);
	look(m);
	assert_int_equal(told.nr, 4);
	for (uint32_t src = 0; src < 2; src++) {
		const struct incident *in = told_of(&told, PHASE_HANDLER, src);

		assert_int_equal(in->dst, src + 2);
		assert_int_equal(in->nr_waiters, 1);
		assert_int_equal(in->waiters[0].src, src);
		assert_int_equal(told_of(&told, PHASE_WAIT, src)->cause, in->key);
	}
	assert_int_not_equal(told_of(&told, PHASE_HANDLER, 0)->key,
			     told_of(&told, PHASE_HANDLER, 1)->key);
}

/* It is 1.0 ms old when what it waits for is 0.9 ms old. */
static void a_wait_is_held_back_for_its_cause(void **state)
{
	struct moment *m = moment_at(T0 + THRESHOLD);

	(void)state;
	runs(m, 0, 2, SPIN, T0, T0 + 100 * US);
	waits(m, 0, SPIN, T0, WAIT_SINGLE);
	look(m);
	assert_int_equal(told.nr, 0);
	m->now += 100 * US;
	look(m);
	assert_int_equal(told.nr, 2);
	assert_int_equal(told.incidents[0].phase, PHASE_HANDLER);
	assert_true(told.incidents[1].covered);
}

static void a_wait_is_not_held_back_for_long(void **state)
{
	struct moment *m = moment_at(T0 + THRESHOLD + THRESHOLD / 4);

	(void)state;
	/* Its function has just begun, and will not pass the threshold. */
	runs(m, 0, 2, SPIN, T0, m->now - THRESHOLD / 2);
	waits(m, 0, SPIN, T0, WAIT_SINGLE);
	look(m);
	assert_int_equal(told.nr, 1);
	assert_int_equal(told.incidents[0].phase, PHASE_WAIT);
	assert_false(told.incidents[0].covered);
	assert_int_equal(told.incidents[0].dst, 2);
}

static void a_wait_for_nobody_in_sight_is_told(void **state)
{
	struct moment *m = moment_at(T0 + 2 * MS);

	(void)state;
	waits(m, 1, FLUSH, T0, WAIT_MANY);
	look(m);
	assert_int_equal(told.nr, 1);
	assert_false(told.incidents[0].dst_known);
	assert_int_equal(told.incidents[0].cause, 0);
	assert_int_equal(told.incidents[0].wait_in, WAIT_MANY);
}

static void of_many_targets_the_one_that_has_not_begun_is_to_blame(void **state)
{
	struct moment *m = moment_at(T0 + 2 * MS);
	const struct incident *in;

	(void)state;
	waits(m, 0, FLUSH, T0, WAIT_MANY);
	runs(m, 0, 1, FLUSH, T0, T0 + 1500 * US);
	is_queued(m, 0, 3, FLUSH, T0, T0 + 10 * US);
	look(m);
	in = told_of(&told, PHASE_WAIT, 0);
	assert_int_equal(in->dst, 3);
	assert_int_equal(in->nr_targets, 2);
	assert_int_equal(in->cause, told_of(&told, PHASE_DELIVERY, 0)->key);
}

/* CPU 2 has interrupts off: all that is queued to it is late for one reason. */
static void the_first_late_delivery_stands_for_the_others(void **state)
{
	struct moment *m = moment_at(T0 + 5 * MS);
	const struct incident *first, *second;

	(void)state;
	is_queued(m, 1, 2, FLUSH, T0 + 1 * MS, T0 + 1 * MS);
	is_queued(m, 0, 2, SPIN, T0, T0);
	waits(m, 0, SPIN, T0, WAIT_SINGLE);
	waits(m, 1, FLUSH, T0 + 1 * MS, WAIT_SINGLE);
	look(m);
	first = told_of(&told, PHASE_DELIVERY, 0);
	second = told_of(&told, PHASE_DELIVERY, 1);
	assert_false(first->covered);
	assert_int_equal(first->cause, 0);
	assert_int_equal(first->late, LATE_UNKNOWN);
	assert_int_equal(first->nr_waiters, 2);
	assert_true(second->covered);
	assert_int_equal(second->cause, first->key);
	assert_int_equal(told_of(&told, PHASE_WAIT, 1)->cause, first->key);
}

static void one_that_slept_says_so(void **state)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	(void)state;
	runs(m, 0, 2, SPIN, T0, T0)->slept = true;
	look(m);
	assert_true(told.incidents[0].slept);
}

static void who_is_refused_is_told_again(void **state)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	(void)state;
	runs(m, 0, 2, SPIN, 0, T0);
	told.refuse = true;
	look(m);
	told.refuse = false;
	m->now += 4 * MS;
	look(m);
	assert_int_equal(told.nr, 1);
	assert_int_equal(incident__duration(&told.incidents[0]), 9 * MS);
}

static void an_end_that_nothing_tells_of_is_told_after_a_while(void **state)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	(void)state;
	runs(m, 0, 2, SPIN, 0, T0);
	look(m);
	m = moment_at(T0 + 9 * MS);
	look(m);
	m->now += ONGOING_GRACE_NS - 1;
	look(m);
	assert_int_equal(told.nr, 1);
	m->now++;
	look(m);
	assert_int_equal(told.nr, 2);
	assert_false(told.incidents[1].ongoing);
	assert_true(told.incidents[1].end_unseen);
	assert_int_equal(told.incidents[1].key, told.incidents[0].key);
	/* No longer than it was seen. */
	assert_int_equal(incident__duration(&told.incidents[1]), 5 * MS);
	m->now += ONGOING_GRACE_NS;
	look(m);
	assert_int_equal(told.nr, 2);
}

static void no_end_is_made_up_while_events_are_not_read(void **state)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	(void)state;
	runs(m, 0, 2, SPIN, 0, T0);
	look(m);
	m = moment_at(T0 + 9 * MS);
	ongoing__moment(lasting, m, m->now, tell, &told);
	m->now += 5 * ONGOING_GRACE_NS;
	ongoing__moment(lasting, m, T0 + 9 * MS, tell, &told);
	assert_int_equal(told.nr, 1);
	ongoing__moment(lasting, m, m->now, tell, &told);
	assert_int_equal(told.nr, 2);
}

static void a_moment_that_is_not_whole_ends_nothing(void **state)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	(void)state;
	runs(m, 0, 2, SPIN, 0, T0);
	look(m);
	m = moment_at(T0 + 9 * MS);
	m->dropped = 1;
	look(m);
	m->now += 3 * ONGOING_GRACE_NS;
	look(m);
	assert_int_equal(told.nr, 1);
	assert_int_equal(ongoing__dropped(lasting), 1);
	/* There again. */
	m->dropped = 0;
	runs(m, 0, 2, SPIN, 0, T0);
	look(m);
	assert_int_equal(told.nr, 1);
}

static void waiters_that_came_and_went_are_kept(void **state)
{
	struct moment *m = moment_at(T0 + 5 * MS);
	struct incident end = {};

	(void)state;
	runs(m, 0, 2, SPIN, T0, T0);
	is_queued(m, 1, 2, FLUSH, T0 + 1 * MS, T0 + 1 * MS);
	look(m);
	m = moment_at(T0 + 9 * MS);
	runs(m, 0, 2, SPIN, T0, T0);
	is_queued(m, 3, 2, OTHER, T0 + 6 * MS, T0 + 6 * MS);
	look(m);
	end.key = told.incidents[0].key;
	ongoing__merge(lasting, &end);
	assert_int_equal(end.nr_waiters, 3);
	assert_int_equal(end.waiters[0].until, T0 + 9 * MS);
	assert_int_equal(end.waiters[1].src, 1);
	assert_int_equal(end.waiters[1].until, T0 + 5 * MS);
	assert_int_equal(end.waiters[2].src, 3);
}

static void what_finds_no_room_is_counted(void **state)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	(void)state;
	told.refuse = true;
	for (uint32_t cpu = 0; cpu < 300; cpu++)
		runs(m, 0, cpu, SPIN, 0, T0);
	look(m);
	look(m);
	assert_int_equal(ongoing__dropped(lasting), 300 - 256);
}

/* Steady legal load: nothing lasts, whatever the order of things. */
static void what_is_short_is_never_told(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct moment *m = moment_at(T0 + i * 4 * MS);

		for (int j = 0; j < 40; j++) {
			uint32_t src = random_next(&seed) % 8, dst = random_next(&seed) % 8;
			uint64_t since = m->now - random_next(&seed) % THRESHOLD;

			if (j % 2)
				runs(m, src, dst, SPIN, since, since);
			else
				is_queued(m, src, dst, SPIN, since, since);
			waits(m, src, SPIN, since, WAIT_SINGLE);
		}
		look(m);
	}
	assert_int_equal(told.nr, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_handler_is_told_once_it_passes_the_threshold),
		TEST(who_waits_for_a_handler_is_told_with_it),
		TEST(two_stalls_at_once_are_kept_apart),
		TEST(a_wait_is_held_back_for_its_cause),
		TEST(a_wait_is_not_held_back_for_long),
		TEST(a_wait_for_nobody_in_sight_is_told),
		TEST(of_many_targets_the_one_that_has_not_begun_is_to_blame),
		TEST(the_first_late_delivery_stands_for_the_others),
		TEST(one_that_slept_says_so),
		TEST(who_is_refused_is_told_again),
		TEST(an_end_that_nothing_tells_of_is_told_after_a_while),
		TEST(no_end_is_made_up_while_events_are_not_read),
		TEST(a_moment_that_is_not_whole_ends_nothing),
		TEST(waiters_that_came_and_went_are_kept),
		TEST(what_finds_no_room_is_counted),
		TEST(what_is_short_is_never_told),
	};

	return cmocka_run_group_tests_name("lasting", tests, NULL, NULL);
}
