// SPDX-License-Identifier: GPL-2.0
/* The senders that wait for a stall, more of them than a report lists; which of several causes a stall gets. */
#include "abi/call.h"
#include "stalls.h"

static struct ongoing *ongoing;
static struct ended *ended;
static struct reports reports;

static int setup(void **state)
{
	ongoing = ongoing__new(THRESHOLD);
	ended = ended__new();
	memset(&reports, 0, sizeof(reports));
	return ongoing && ended ? 0 : -1;
}

static int teardown(void **state)
{
	free(ongoing);
	free(ended);
	return 0;
}

/* Look at the moment, and return the stall of @phase, as it is now. */
static const struct incident *seen(const struct moment *m, enum stall_phase phase)
{
	memset(&reports, 0, sizeof(reports));
	ongoing__moment(ongoing, m, m->now, record, &reports);
	reports.nr = 0;
	ongoing__each(ongoing, record, &reports);
	for (size_t i = 0; i < reports.nr; i++)
		if (reports.stalls[i].phase == phase)
			return &reports.stalls[i];
	fail_msg("no stall of phase %d", phase);
	return NULL;
}

TEST_F(waiters_without_room_are_counted_while_a_stall_lasts)
{
	struct moment *m = moment_at(T0 + THRESHOLD);

	runs(m, 10, 2, SPIN, T0, T0);
	for (int i = 0; i < WAITERS_MAX + 2; i++)
		is_queued(m, 11 + i, 2, SPIN, T0 + i, T0);
	for (int i = 0; i < 3; i++)
		is_queued(m, 30, 2, SPIN, 0, T0)->csd += i;
	assert_members(*seen(m, PHASE_HANDLER), nr_waiters, WAITERS_MAX, more_waiters, 3,
		       queued_behind, 3);
	assert_members(reports.stalls[0], waiters[0].src, 10, waiters[0].behind, false,
		       waiters[1].src, 11, waiters[1].behind, true);
	/* The most at one time count; one more is here now. */
	m->nr_pending = WAITERS_MAX + 2;
	assert_members(*seen(m, PHASE_HANDLER), more_waiters, 3, queued_behind, 3);
	is_queued(m, 40, 2, SPIN, T0, T0);
	assert_members(*seen(m, PHASE_HANDLER), nr_waiters, WAITERS_MAX, more_waiters, 4);
	m->nr_pending = 1;
	assert_members(*seen(m, PHASE_HANDLER), nr_waiters, WAITERS_MAX, more_waiters, 4,
		       queued_behind, 3);
}

TEST_F(waiters_of_an_interrupt_without_room_are_counted)
{
	struct moment *m = moment_at(T0 + THRESHOLD);

	m->interrupting[m->nr_interrupting++] =
		(struct interrupting){ .start = T0, .cpu = 2, .kind = KIND_CALL_FUNCTION };
	for (int i = 0; i < WAITERS_MAX + 3; i++) {
		struct waiting *w = waits(m, 10 + i, SPIN, T0 + i, WAIT_SINGLE);

		w->nr_targets = 1;
		w->dst = 2;
	}
	assert_members(*seen(m, PHASE_INTERRUPT), nr_waiters, WAITERS_MAX, more_waiters, 3);
	assert_members(reports.stalls[0], waiters[0].behind, false, waiters[0].wait_in,
		       WAIT_SINGLE);
	m->nr_waiting -= 2;
	assert_members(*seen(m, PHASE_INTERRUPT), more_waiters, 3);
	m->nr_waiting = 0;
	assert_members(*seen(m, PHASE_INTERRUPT), nr_waiters, WAITERS_MAX);
}

/* Senders that wait for another CPU, for several ones, or whose interrupt brings no functions. */
TEST_F(only_calls_to_the_cpu_wait_for_its_interrupt)
{
	struct moment *m = moment_at(T0 + THRESHOLD);
	struct waiting *w;

	m->interrupting[m->nr_interrupting++] =
		(struct interrupting){ .start = T0, .cpu = 2, .kind = KIND_CALL_FUNCTION };
	m->interrupting[m->nr_interrupting++] =
		(struct interrupting){ .start = T0, .cpu = 3, .kind = KIND_RESCHEDULE };
	for (int i = 0; i < 4; i++) {
		w = waits(m, 10 + i, SPIN, T0 + 1, WAIT_SINGLE);
		w->nr_targets = i == 1 ? 2 : 1;
		w->dst = i == 2 ? 4 : i == 3 ? 3 : 2;
	}
	seen(m, PHASE_INTERRUPT);
	for (size_t i = 0; i < reports.nr; i++)
		if (reports.stalls[i].phase == PHASE_INTERRUPT)
			assert_int_equal(reports.stalls[i].nr_waiters, reports.stalls[i].dst == 2);
}

/* A waiter that is seen again is one waiter, of whom all that was seen is known. */
TEST_F(what_is_known_of_a_waiter_adds_up)
{
	struct incident in = {};
	struct waiter waiter = { .src = 3, .call = 7, .until = 50, .behind = true };

	assert_true(incident__add_waiter(&in, &waiter));
	waiter.until = 40;
	waiter.wait_in = WAIT_MANY;
	waiter.task = task_named("a", 5);
	assert_true(incident__add_waiter(&in, &waiter));
	assert_members(in, nr_waiters, 1, waiters[0].until, 50, waiters[0].wait_in, WAIT_MANY,
		       waiters[0].task.pid, 5, waiters[0].behind, true);
	waiter.until = 51;
	waiter.wait_in = WAIT_UNKNOWN;
	waiter.task = task_named("b", 6);
	waiter.behind = false;
	assert_true(incident__add_waiter(&in, &waiter));
	assert_members(in, nr_waiters, 1, waiters[0].until, 51, waiters[0].wait_in, WAIT_MANY,
		       waiters[0].task.pid, 5, waiters[0].behind, false);
	waiter.behind = true;
	assert_true(incident__add_waiter(&in, &waiter));
	assert_false(in.waiters[0].behind);
	/* Another call, and another CPU. */
	waiter.call++;
	assert_true(incident__add_waiter(&in, &waiter));
	waiter.src++;
	assert_true(incident__add_waiter(&in, &waiter));
	assert_int_equal(in.nr_waiters, 3);
	for (int i = 3; i < WAITERS_MAX; i++) {
		waiter.src++;
		assert_true(incident__add_waiter(&in, &waiter));
	}
	waiter.src++;
	assert_false(incident__add_waiter(&in, &waiter));
	waiter.src--;
	assert_true(incident__add_waiter(&in, &waiter));
	assert_int_equal(in.nr_waiters, WAITERS_MAX);
}

/* The end of a stall has what was seen while the stall lasted. */
TEST_F(the_end_has_the_waiters_that_were_seen)
{
	struct moment *m = moment_at(T0 + THRESHOLD);
	struct incident end = { .more_waiters = 2, .queued_behind = 5 };

	runs(m, 10, 2, SPIN, T0, T0);
	for (int i = 0; i < WAITERS_MAX + 2; i++)
		is_queued(m, 11 + i, 2, SPIN, T0 + i, T0);
	is_queued(m, 30, 2, SPIN, 0, T0);
	end.key = seen(m, PHASE_HANDLER)->key + 1;
	ongoing__merge(ongoing, &end);
	assert_members(end, nr_waiters, 0, more_waiters, 2, queued_behind, 5, queued, 0);
	end.key--;
	ongoing__merge(ongoing, &end);
	assert_members(end, nr_waiters, WAITERS_MAX, more_waiters, 3, queued_behind, 5, queued,
		       T0 - 5 * US);
	end.more_waiters = 4;
	end.queued_behind = 0;
	end.queued = 77;
	ongoing__merge(ongoing, &end);
	assert_members(end, more_waiters, 4, queued_behind, 1, queued, 77);
}

static void over(enum stall_phase phase, uint32_t src, uint32_t dst, uint64_t call, uint64_t start,
		 uint64_t end)
{
	struct stall_event event = event_of(phase, src, dst, SPIN, call, start, end);
	struct incident incident;

	incident__from_event(&incident, &event);
	ended__add(ended, &incident, end, record_ended, &reports);
}

/* Release all, and return the stall of @phase that @src sent. */
static const struct incident *released(enum stall_phase phase, uint32_t src)
{
	const struct incident *found;

	ended__release(ended, UINT64_MAX, record_ended, &reports);
	found = report_of(&reports, phase, src);
	assert_non_null(found);
	return found;
}

TEST_F(waiters_of_an_end_without_room_are_counted)
{
	const struct incident *handler;

	over(PHASE_HANDLER, 1, 2, 0, T0, T0 + 9 * MS);
	for (int i = 0; i < WAITERS_MAX + 2; i++)
		over(PHASE_WAIT, 10 + i, 2, T0 + 1 + i, T0 + 1 + i, T0 + 9 * MS);
	handler = released(PHASE_HANDLER, 1);
	assert_members(*handler, nr_waiters, WAITERS_MAX, more_waiters, 2);
	assert_members(*handler, waiters[0].src, 10, waiters[0].behind, true, waiters[0].until,
		       T0 + 9 * MS);
}

#define RING 128 /* stalls that are held, or that were */

/* A place of the ring that is used again is due by the stall that has the place now. */
TEST_F(each_stall_is_held_as_long)
{
	uint64_t now = T0;

	for (int i = 0; i < 2 * RING; i++) {
		now += 1000 * MS;
		over(PHASE_HANDLER, 1, 2, 0, now - 5 * MS, now);
		reports.nr = 0;
		ended__release(ended, now + ENDED_HOLD_NS - 1, record_ended, &reports);
		assert_int_equal(reports.nr, 0);
		ended__release(ended, now + ENDED_HOLD_NS, record_ended, &reports);
		assert_int_equal(reports.nr, 1);
		assert_int_equal(reports.stalls[0].time, now);
	}
}

/* A stall lasts on a CPU for half of another one's time, or for less. */
TEST_F(a_cause_lasts_for_half_of_the_time)
{
	over(PHASE_HANDLER, 1, 2, 0, T0, T0 + 5 * MS);
	over(PHASE_DELIVERY, 3, 2, 0, T0, T0 + 10 * MS);
	over(PHASE_DELIVERY, 4, 2, 0, T0 - 1, T0 + 10 * MS);
	over(PHASE_DELIVERY, 5, 2, 0, T0 - 2, T0 + 10 * MS);
	assert_int_equal(released(PHASE_DELIVERY, 3)->cause, released(PHASE_HANDLER, 1)->key);
	assert_int_equal(released(PHASE_DELIVERY, 3)->others, 5 * MS);
	/* An odd half is rounded up: these are due to the first late delivery. */
	assert_int_equal(released(PHASE_DELIVERY, 4)->cause, released(PHASE_DELIVERY, 5)->key);
	assert_int_equal(released(PHASE_DELIVERY, 5)->cause, 0);
}

/* Of two functions that kept the CPU long enough the longer one is the cause. */
TEST_F(the_longest_of_equal_causes_is_the_cause)
{
	over(PHASE_HANDLER, 1, 2, 0, T0, T0 + 5 * MS);
	over(PHASE_HANDLER, 6, 2, 0, T0 - 3 * MS, T0 + 6 * MS);
	over(PHASE_HANDLER, 7, 2, 0, T0, T0 + 7 * MS);
	over(PHASE_DELIVERY, 3, 2, 0, T0, T0 + 10 * MS);
	assert_int_equal(released(PHASE_DELIVERY, 3)->cause, released(PHASE_HANDLER, 6)->key);
	assert_members(*released(PHASE_DELIVERY, 3), doing_since, T0 - 3 * MS, others, 18 * MS,
		       covered, true);
}

/* The last target of a call explains the sender's wait better than another target. */
TEST_F(the_last_target_is_the_cause_of_a_wait)
{
	over(PHASE_HANDLER, 1, 3, T0, T0, T0 + 9 * MS);
	over(PHASE_HANDLER, 1, 2, T0, T0 + 5 * MS, T0 + 10 * MS);
	over(PHASE_WAIT, 1, 2, T0, T0, T0 + 10 * MS);
	/* This one is on the wait's CPU, too, but is not of the call. */
	over(PHASE_HANDLER, 4, 2, 0, T0, T0 + 10 * MS);
	released(PHASE_WAIT, 1);
	assert_int_equal(report_of(&reports, PHASE_WAIT, 1)->doing_since, T0 + 5 * MS);
}

/* Two csds of one address: the first one was taken from the queue before the second was queued. */
TEST_F(a_csd_that_is_queued_again_is_another_one)
{
	struct moment *m = moment_at(T0 + 2 * THRESHOLD);
	const struct incident *first, *second;

	is_queued(m, 1, 2, SPIN, 0, T0);
	is_queued(m, 1, 2, SPIN, 0, T0 + 10);
	ongoing__moment(ongoing, m, m->now, record, &reports);
	assert_int_equal(reports.nr, 2);
	first = &reports.stalls[reports.stalls[0].start == T0 ? 0 : 1];
	second = first == &reports.stalls[0] ? &reports.stalls[1] : &reports.stalls[0];
	assert_int_equal(first->cause, 0);
	assert_int_equal(second->cause, first->key);
	assert_true(second->covered);
	assert_members(*first, queued_behind, 1);
}

/* Of the targets that run, the one that began first keeps the sender; one that waits keeps it longer. */
TEST_F(the_target_that_keeps_the_sender)
{
	struct moment *m = moment_at(T0 + 3 * THRESHOLD);
	const struct incident *wait;

	waits(m, 1, SPIN, T0, WAIT_MANY);
	runs(m, 1, 3, SPIN, T0, T0 + 20);
	runs(m, 1, 2, SPIN, T0, T0 + 10);
	runs(m, 1, 4, SPIN, T0, T0 + 10);
	runs(m, 1, 5, SPIN, T0 + 1, T0);
	runs(m, 6, 5, SPIN, T0, T0);
	wait = seen(m, PHASE_WAIT);
	assert_members(*wait, nr_targets, 3, dst, 2, doing_since, T0 + 10);
	is_queued(m, 1, 8, FLUSH, T0, T0 + 40);
	is_queued(m, 1, 7, FLUSH, T0, T0 + 30);
	is_queued(m, 1, 9, FLUSH, T0, T0 + 30);
	wait = seen(m, PHASE_WAIT);
	assert_members(*wait, nr_targets, 6, dst, 7, cause,
		       incident__key(PHASE_DELIVERY, 7, 0x1107, T0 + 30));
}

TEST_MAIN(NULL, NULL)
