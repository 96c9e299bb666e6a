// SPDX-License-Identifier: GPL-2.0
/* Stalls that last, from synthetic moments: when each is reported, and with which waiters. */
#include "abi/call.h"
#include "abi/stall_event.h"
#include "model/incident.h"
#include "model/moment.h"
#include "stall/incident.h"
#include "stalls.h"

static struct ongoing *ongoing;
static struct reports reports;

static int setup(void **state)
{
	ongoing = ongoing__new(THRESHOLD);
	memset(&reports, 0, sizeof(reports));
	return ongoing ? 0 : -1;
}

static int teardown(void **state)
{
	free(ongoing);
	return 0;
}

/* Events are read at each moment. */
static void scan(const struct moment *m)
{
	ongoing__moment(ongoing, m, m->now, record, &reports);
}

/* @nr reports then, in all. */
static void scan_has(const struct moment *m, size_t nr)
{
	scan(m);
	assert_int_equal(reports.nr, nr);
}

TEST_F(a_handler_is_reported_once_it_passes_the_threshold)
{
	struct moment *m = moment_at(T0 + THRESHOLD - 1);

	runs(m, 0, 2, SPIN, T0 - 10 * US, T0);
	scan_has(m, 0);
	m->now++;
	scan_has(m, 1);
	assert_int_equal(reports.stalls[0].phase, PHASE_HANDLER);
	assert_true(reports.stalls[0].ongoing);
	assert_int_equal(reports.stalls[0].start, T0);
	assert_int_equal(incident__duration(&reports.stalls[0]), THRESHOLD);
	assert_members(reports.stalls[0], func.addr, SPIN, dst, 2, slept, false);
	m->now += 100 * MS;
	scan_has(m, 1);
}

/* What one watcher's looks counted is there for the report of another. */
TEST_F(looks_are_kept_for_the_end)
{
	struct moment *m = moment_at(T0);
	struct incident end = { .phase = PHASE_DELIVERY };

	for (uint16_t i = 0; i < 10; i++) {
		struct pending *p;

		m = moment_at(T0 + THRESHOLD + i * MS);
		p = is_queued(m, 0, 2, FLUSH, 0, T0);
		p->src_look = p->dst_look = (struct cpu_look){ .counts_known = true, .timers = i };
		scan(m);
	}
	assert_int_equal(reports.nr, 1);
	end.key = reports.stalls[0].key;
	ongoing__merge_looks(ongoing, &end);
	assert_members(end, timers, 9, looks.nr, 10);
	incident__set_why(&end);
	assert_int_equal(end.why, WHY_UNKNOWN);
	end.time = THRESHOLD + 10 * MS;
	incident__set_why(&end);
	assert_int_equal(end.why, WHY_NEVER_ARRIVED);
	end.key++;
	end.looks = (struct looks){};
	ongoing__merge_looks(ongoing, &end);
	assert_int_equal(end.looks.nr, 0);
}

TEST_F(waiters_are_reported_with_their_handler)
{
	struct moment *m = moment_at(T0 + 48 * MS);

	runs(m, 0, 2, SPIN, T0 - 10 * US, T0);
	waits(m, 0, SPIN, T0 - 10 * US, WAIT_SINGLE);
	is_queued(m, 1, 2, FLUSH, T0 + 20 * MS, T0 + 20 * MS);
	waits(m, 1, FLUSH, T0 + 20 * MS, WAIT_MANY);
	is_queued(m, 3, 2, OTHER, 0, T0 + 47 * MS + 500 * US);
	scan(m);

	const struct incident *incident = report_of(&reports, PHASE_HANDLER, 0);

	assert_ptr_equal(incident, &reports.stalls[0]);
	assert_members(*incident, nr_waiters, 2, waiters[0].src, 0, waiters[0].behind, false,
		       waiters[0].wait_in, WAIT_SINGLE);
	assert_int_equal(incident->waiters[0].until - incident->waiters[0].call, 48 * MS + 10 * US);
	assert_int_equal(incident->waiters[1].src, 1);
	assert_true(incident->waiters[1].behind);
	assert_members(*incident, waiters[1].wait_in, WAIT_MANY, queued_behind, 1);
	/* Both waits and the delivery behind the handler are due to it. */
	for (uint32_t src = 0; src < 2; src++) {
		const struct incident *wait = report_of(&reports, PHASE_WAIT, src);

		assert_non_null(wait);
		assert_true(wait->covered);
		assert_members(*wait, cause, incident->key, dst_known, true, dst, 2, doing.addr,
			       SPIN);
	}
	const struct incident *late = report_of(&reports, PHASE_DELIVERY, 1);

	assert_non_null(late);
	assert_true(late->covered);
	assert_members(*late, cause, incident->key, late, LATE_BEHIND, doing.addr, SPIN);
	/* A delivery below the threshold is no stall. */
	assert_null(report_of(&reports, PHASE_DELIVERY, 3));
}

/* Calls of two CPUs may begin at the same time: each waits for its own csds. */
TEST_F(two_calls_at_once_have_their_own_targets)
{
	struct moment *m = moment_at(T0 + 10 * MS);

	for (uint32_t src = 0; src < 2; src++) {
		is_queued(m, src, src + 2, FLUSH, T0, T0 + src);
		waits(m, src, FLUSH, T0, WAIT_MANY);
	}
	scan(m);
	for (uint32_t src = 0; src < 2; src++) {
		const struct incident *wait = report_of(&reports, PHASE_WAIT, src);

		assert_members(*wait, nr_targets, 1, dst_known, true, dst, src + 2);
	}
}

TEST_F(two_stalls_at_once_are_kept_apart)
{
	struct moment *m = moment_at(T0 + 10 * MS);

	runs(m, 0, 2, SPIN, T0, T0);
	waits(m, 0, SPIN, T0, WAIT_SINGLE);
	runs(m, 1, 3, OTHER, T0, T0);
	waits(m, 1, OTHER, T0, WAIT_SINGLE);
	scan_has(m, 4);
	for (uint32_t src = 0; src < 2; src++) {
		const struct incident *incident = report_of(&reports, PHASE_HANDLER, src);

		assert_members(*incident, dst, src + 2, nr_waiters, 1, waiters[0].src, src);
		assert_int_equal(report_of(&reports, PHASE_WAIT, src)->cause, incident->key);
	}
	assert_int_not_equal(report_of(&reports, PHASE_HANDLER, 0)->key,
			     report_of(&reports, PHASE_HANDLER, 1)->key);
}

/* The wait is 1.0 ms old when its handler is 0.9 ms old. */
TEST_F(a_wait_is_held_back_for_its_cause)
{
	struct moment *m = moment_at(T0 + THRESHOLD);

	runs(m, 0, 2, SPIN, T0, T0 + 100 * US);
	waits(m, 0, SPIN, T0, WAIT_SINGLE);
	scan_has(m, 0);
	m->now += 100 * US;
	scan_has(m, 2);
	assert_int_equal(reports.stalls[0].phase, PHASE_HANDLER);
	assert_true(reports.stalls[1].covered);
}

TEST_F(a_wait_is_not_held_back_for_long)
{
	struct moment *m = moment_at(T0 + THRESHOLD + THRESHOLD / 4);

	/* Its function has just begun, and will not pass the threshold. */
	runs(m, 0, 2, SPIN, T0, m->now - THRESHOLD / 2);
	waits(m, 0, SPIN, T0, WAIT_SINGLE);
	scan_has(m, 1);
	assert_members(reports.stalls[0], phase, PHASE_WAIT, covered, false, dst, 2);
}

/* For a quarter of the threshold, and for 4 ms at most. */
TEST_F(how_long_a_wait_is_held_back)
{
	static const struct {
		uint64_t threshold, held;
	} known[] = { { MS, 250 * US }, { 13 * MS, 3250 * US }, { 100 * MS, 4 * MS } };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct moment *m = moment_at(T0 + known[i].threshold + known[i].held - 1);

		free(ongoing);
		ongoing = ongoing__new(known[i].threshold);
		assert_non_null(ongoing);
		memset(&reports, 0, sizeof(reports));
		runs(m, 0, 2, SPIN, T0, m->now - 10 * US);
		waits(m, 0, SPIN, T0, WAIT_SINGLE);
		scan_has(m, 0);
		m->now++;
		scan_has(m, 1);
	}
}

/* The function that keeps the target busy, and since when. */
TEST_F(a_wait_says_what_its_target_does)
{
	struct moment *m = moment_at(T0 + 5 * MS);
	const struct incident *wait;

	runs(m, 1, 2, SPIN, T0, T0 + 10 * US);
	is_queued(m, 0, 2, FLUSH, T0 + 20 * US, T0 + 20 * US);
	waits(m, 0, FLUSH, T0 + 20 * US, WAIT_SINGLE);
	scan(m);
	wait = report_of(&reports, PHASE_WAIT, 0);
	assert_members(*wait, doing.addr, SPIN, doing_since, T0 + 10 * US, late, LATE_BEHIND);
}

TEST_F(a_wait_without_a_target_is_reported)
{
	struct moment *m = moment_at(T0 + 2 * MS);

	waits(m, 1, FLUSH, T0, WAIT_MANY);
	scan_has(m, 1);
	assert_members(reports.stalls[0], dst_known, false, cause, 0, wait_in, WAIT_MANY);
}

TEST_F(the_target_that_has_not_begun_is_the_cause)
{
	struct moment *m = moment_at(T0 + 2 * MS);

	waits(m, 0, FLUSH, T0, WAIT_MANY);
	runs(m, 0, 1, FLUSH, T0, T0 + 1500 * US);
	is_queued(m, 0, 3, FLUSH, T0, T0 + 10 * US);
	scan(m);
	assert_members(*report_of(&reports, PHASE_WAIT, 0), dst, 3, nr_targets, 2, cause,
		       report_of(&reports, PHASE_DELIVERY, 0)->key);
}

/* CPU 2 has interrupts off: all csds queued to it are late for one reason. */
TEST_F(the_first_late_delivery_stands_for_the_others)
{
	struct moment *m = moment_at(T0 + 5 * MS);
	const struct incident *first, *second;

	is_queued(m, 1, 2, FLUSH, T0 + 1 * MS, T0 + 1 * MS);
	is_queued(m, 0, 2, SPIN, T0, T0);
	waits(m, 0, SPIN, T0, WAIT_SINGLE);
	waits(m, 1, FLUSH, T0 + 1 * MS, WAIT_SINGLE);
	scan(m);
	first = report_of(&reports, PHASE_DELIVERY, 0);
	second = report_of(&reports, PHASE_DELIVERY, 1);
	assert_members(*first, covered, false, cause, 0, late, LATE_UNKNOWN, nr_waiters, 2);
	assert_true(second->covered);
	assert_int_equal(second->cause, first->key);
	assert_int_equal(report_of(&reports, PHASE_WAIT, 1)->cause, first->key);
}

/* A stall of exactly the threshold is reported, and covers those that it causes. */
TEST_F(a_cause_covers_from_the_threshold_on)
{
	struct moment *m = moment_at(T0 + THRESHOLD);

	/* A delivery after a function that runs; a wait for a delivery; one of two deliveries. */
	runs(m, 0, 2, SPIN, T0 - 10 * US, T0);
	is_queued(m, 1, 2, FLUSH, T0 - 5 * US, T0 - 5 * US);
	is_queued(m, 3, 4, FLUSH, T0, T0);
	waits(m, 3, FLUSH, T0, WAIT_SINGLE);
	is_queued(m, 5, 6, FLUSH, 0, T0);
	is_queued(m, 7, 6, FLUSH, 0, T0);
	scan(m);
	assert_true(report_of(&reports, PHASE_DELIVERY, 1)->covered);
	assert_true(report_of(&reports, PHASE_WAIT, 3)->covered);
	assert_false(report_of(&reports, PHASE_DELIVERY, 5)->covered);
	assert_true(report_of(&reports, PHASE_DELIVERY, 7)->covered);
}

/* Nobody waits for these, but they are late, too. */
TEST_F(what_is_queued_behind_a_delivery_is_counted)
{
	struct moment *m = moment_at(T0 + 5 * MS);
	const struct incident *first;

	for (uint32_t src = 0; src < 3; src++)
		is_queued(m, src, 3, FLUSH, 0, T0 + src * MS);
	scan(m);
	first = report_of(&reports, PHASE_DELIVERY, 0);
	assert_members(*first, queued_behind, 2, nr_waiters, 0, sender.pid, 100);
}

TEST_F(a_sleep_is_reported)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	runs(m, 0, 2, SPIN, T0, T0)->slept = true;
	scan(m);
	assert_true(reports.stalls[0].slept);
}

TEST_F(a_refused_report_is_repeated)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	runs(m, 0, 2, SPIN, 0, T0);
	reports.refuse = true;
	scan(m);
	reports.refuse = false;
	m->now += 4 * MS;
	scan_has(m, 1);
	assert_int_equal(incident__duration(&reports.stalls[0]), 9 * MS);
}

/* Its place was that of a stall that was reported, and is over. */
TEST_F(a_stall_in_a_used_place_is_reported)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	runs(m, 0, 2, SPIN, 0, T0);
	scan_has(m, 1);
	m = moment_at(T0 + 9 * MS);
	scan(m);
	m->now += ONGOING_GRACE_NS;
	scan_has(m, 2);
	m = moment_at(T0 + 3 * ONGOING_GRACE_NS);
	runs(m, 1, 3, OTHER, 0, m->now - 5 * MS);
	scan_has(m, 3);
	assert_members(reports.stalls[2], ongoing, true, end_unseen, false, dst, 3, func.addr,
		       OTHER);
}

TEST_F(an_unseen_end_is_reported_after_the_grace)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	runs(m, 0, 2, SPIN, 0, T0);
	scan(m);
	m = moment_at(T0 + 9 * MS);
	m->read = T0 + 11 * MS;
	scan(m);
	m->now += ONGOING_GRACE_NS - 1;
	scan_has(m, 1);
	m->now++;
	scan_has(m, 2);
	assert_members(reports.stalls[1], ongoing, false, end_unseen, true, key,
		       reports.stalls[0].key);
	/* The duration ends when the stall was last seen. */
	assert_int_equal(incident__duration(&reports.stalls[1]), 5 * MS);
	/* The look that first lacked it was over then. */
	assert_int_equal(reports.stalls[1].at_most, 11 * MS);
	m->now += ONGOING_GRACE_NS;
	scan_has(m, 2);
}

/* One moment may lack a stall that lasts. */
TEST_F(a_stall_that_is_there_again_is_not_over)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	runs(m, 0, 2, SPIN, 0, T0);
	scan_has(m, 1);
	m = moment_at(T0 + 9 * MS);
	scan_has(m, 1);
	m = moment_at(T0 + 10 * MS);
	runs(m, 0, 2, SPIN, 0, T0);
	scan_has(m, 1);
	m = moment_at(T0 + 10 * MS + ONGOING_GRACE_NS);
	scan_has(m, 1);
	m->now += ONGOING_GRACE_NS;
	scan_has(m, 2);
	assert_members(reports.stalls[1], end_unseen, true, at_most, 10 * MS + ONGOING_GRACE_NS);
	assert_int_equal(incident__duration(&reports.stalls[1]), 10 * MS);
}

TEST_F(no_end_is_called_unseen_while_events_are_not_read)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	runs(m, 0, 2, SPIN, 0, T0);
	scan(m);
	m = moment_at(T0 + 9 * MS);
	ongoing__moment(ongoing, m, m->now, record, &reports);
	m->now += 5 * ONGOING_GRACE_NS;
	ongoing__moment(ongoing, m, T0 + 9 * MS, record, &reports);
	assert_int_equal(reports.nr, 1);
	ongoing__moment(ongoing, m, m->now, record, &reports);
	assert_int_equal(reports.nr, 2);
}

TEST_F(the_end_of_the_run_does_not_wait_for_events)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	runs(m, 0, 2, SPIN, 0, T0);
	scan_has(m, 1);
	/* The stall lasts. */
	ongoing__last(ongoing);
	ongoing__end(ongoing, record, &reports);
	assert_int_equal(reports.nr, 1);
	/* The moment had no room for all stalls. */
	m = moment_at(T0 + 7 * MS);
	m->dropped = 1;
	scan(m);
	ongoing__end(ongoing, record, &reports);
	assert_int_equal(reports.nr, 1);
	m->dropped = 0;
	scan_has(m, 1);
	ongoing__end(ongoing, record, &reports);
	assert_int_equal(reports.nr, 2);
	assert_members(reports.stalls[1], ongoing, false, end_unseen, true, key,
		       reports.stalls[0].key);
}

TEST(a_moment_begins_empty)
{
	struct moment m = { .nr_pending = 1,
			    .nr_running = 2,
			    .nr_waiting = 3,
			    .nr_interrupting = 4,
			    .dropped = 5 };

	moment__begin(&m, T0);
	assert_true(moment__empty(&m));
	assert_members(m, now, T0, dropped, 0);
}

TEST_F(an_incomplete_moment_ends_nothing)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	runs(m, 0, 2, SPIN, 0, T0);
	scan(m);
	m = moment_at(T0 + 9 * MS);
	m->dropped = 1;
	scan(m);
	m->now += 3 * ONGOING_GRACE_NS;
	scan_has(m, 1);
	assert_int_equal(ongoing__dropped(ongoing), 1);
	/* The next moment has it again. */
	m->dropped = 0;
	runs(m, 0, 2, SPIN, 0, T0);
	scan_has(m, 1);
}

TEST_F(waiters_that_came_and_went_are_kept)
{
	struct moment *m = moment_at(T0 + 5 * MS);
	struct incident end = {};

	runs(m, 0, 2, SPIN, T0, T0);
	is_queued(m, 1, 2, FLUSH, T0 + 1 * MS, T0 + 1 * MS);
	scan(m);
	m = moment_at(T0 + 9 * MS);
	runs(m, 0, 2, SPIN, T0, T0);
	is_queued(m, 3, 2, OTHER, T0 + 6 * MS, T0 + 6 * MS);
	scan(m);
	end.key = reports.stalls[0].key;
	ongoing__merge(ongoing, &end);
	assert_members(end, nr_waiters, 3, waiters[0].until, T0 + 9 * MS, waiters[1].src, 1,
		       waiters[1].until, T0 + 5 * MS, waiters[2].src, 3);
}

TEST_F(stalls_without_room_are_counted)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	reports.refuse = true;
	for (uint32_t cpu = 0; cpu < 300; cpu++)
		runs(m, 0, cpu, SPIN, 0, T0);
	scan(m);
	scan(m);
	assert_int_equal(ongoing__dropped(ongoing), 300 - 256);
}

/* Steady legal load: nothing passes the threshold, in any order. */
TEST_F(short_delays_are_never_reported)
{
	uint64_t seed = 1;

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
		scan(m);
	}
	assert_int_equal(reports.nr, 0);
}

static struct interrupting *interrupted(struct moment *m, uint32_t cpu, enum ipi_kind kind,
					uint64_t start)
{
	struct interrupting *irq = &m->interrupting[m->nr_interrupting++];

	*irq = (struct interrupting){ .cpu = cpu, .kind = kind, .start = start };
	return irq;
}

/* A moment of the second source, which follows no csd. */
TEST_F(an_interrupt_is_reported_with_who_waits_for_it)
{
	struct moment *m = moment_at(T0 + 5 * MS);
	const struct incident *irq, *wait;
	struct waiting *w = waits(m, 0, SPIN, T0 - 10 * US, WAIT_SINGLE);

	w->nr_targets = 1;
	w->dst = 2;
	interrupted(m, 2, KIND_CALL_FUNCTION, T0);
	interrupted(m, 3, KIND_CALL_FUNCTION, T0 + 4 * MS + 1);
	scan_has(m, 2);
	irq = &reports.stalls[0];
	wait = &reports.stalls[1];
	assert_int_equal(irq->phase, PHASE_INTERRUPT);
	assert_true(irq->ongoing && irq->irq_known && irq->dst_known);
	assert_members(*irq, dst, 2, irq, KIND_CALL_FUNCTION);
	assert_int_equal(incident__duration(irq), 5 * MS);
	assert_members(*irq, nr_waiters, 1, waiters[0].src, 0);
	/* The wait alone names the function, so the interrupt's report does not cover it. */
	assert_members(*wait, phase, PHASE_WAIT, cause, irq->key, covered, false);
	assert_true(wait->dst_known && wait->irq_known);
	assert_members(*wait, dst, 2, nr_targets, 1, func.addr, SPIN, doing_since, T0);
}

TEST_F(an_interrupt_is_blamed_on_evidence_alone)
{
	struct moment *m = moment_at(T0 + 50 * MS);
	struct waiting *several = waits(m, 0, SPIN, T0, WAIT_MANY);
	struct waiting *reschedule = waits(m, 1, SPIN, T0, WAIT_SINGLE);

	several->nr_targets = 2;
	several->dst = 2;
	reschedule->nr_targets = 1;
	reschedule->dst = 3;
	interrupted(m, 2, KIND_CALL_FUNCTION, T0);
	interrupted(m, 3, KIND_RESCHEDULE, T0);
	scan_has(m, 4);
	assert_int_equal(reports.stalls[0].nr_waiters + reports.stalls[1].nr_waiters, 0);
	for (uint32_t src = 0; src < 2; src++) {
		const struct incident *wait = report_of(&reports, PHASE_WAIT, src);

		assert_members(*wait, irq_known, false, cause, 0, dst_known, src == 1);
	}
}

TEST_MAIN(NULL, NULL)
