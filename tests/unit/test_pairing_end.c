// SPDX-License-Identifier: GPL-2.0
/* Csds that no later event of their own shows: the end of a file and the horizon show some. */
#include "pairing_feed.h"

/* Queue two wake-ups to @cpu, @ns before the CPU takes both. Returns when the CPU takes them. */
static uint64_t take_two(uint32_t cpu, uint64_t ns)
{
	uint64_t entered;

	queue_typed(3, cpu, 8, MARK_TTWU);
	queue_typed(3, cpu, 16, MARK_TTWU);
	now += ns - 10 * USEC;
	entered = now;
	run(cpu, 8);
	return entered;
}

TEST(the_end_finds_the_members_of_the_last_batch_of_each_cpu, begin, finish)
{
	static const uint32_t cpus[] = { 0, 1, MAX_CPUS - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++) {
		uint64_t entered = take_two(cpus[i], 10 * USEC);

		assert_cut(queued, 2, ttwu, 1, in_flight, 1);
		pairing__end(pairing);
		assert_cut(ttwu, 1, carried_in, 1, in_flight, 0, orphans, 0);
		assert_members(*news(PAIR_ENDED, 1), csd, 16, dst, cpus[i], entered, entered, ended,
			       PAIR_UNKNOWN);
		nr_heard = 0;
	}
}

/* Within a microsecond the order of events is not that of the list. */
TEST(a_wake_up_queued_right_before_the_batch_may_be_in_none, begin, finish)
{
	take_two(1, 1000);
	pairing__end(pairing);
	assert_cut(ttwu, 2, in_flight, 0);
	take_two(1, 999);
	pairing__end(pairing);
	assert_cut(ttwu, 1, in_flight, 1);
}

/* A function ran between the wake-up and the batch: the list may have been taken before. */
TEST(a_wake_up_queued_before_another_function_may_be_in_no_batch, begin, finish)
{
	uint64_t ended;

	queue_typed(3, 1, 16, MARK_TTWU);
	run(1, 24);
	queue_typed(3, 1, 8, MARK_TTWU);
	run(1, 8);
	pairing__end(pairing);
	assert_cut(ttwu, 1, in_flight, 1);
	/* In the very ns of that function's end, and one later. */
	for (int later = 0; later < 2; later++) {
		run(2, 24);
		ended = now - 10 * USEC;
		now = ended + later;
		queue_typed(3, 2, 32 + 8 * later, MARK_TTWU);
		queue_typed(3, 2, 8, MARK_TTWU);
		run(2, 8);
		cut();
		pairing__end(pairing);
		assert_cut(ttwu, later);
	}
}

/* Nothing is a member where the events of the last batch may be missing. */
TEST(the_end_finds_no_members_of_a_cpu_with_missing_events, begin, finish)
{
	run(1, 24);
	pairing__lost(pairing, 1);
	queue_typed(3, 1, 8, MARK_TTWU);
	pairing__end(pairing);
	assert_cut(ttwu, 0, in_flight, 1, orphans, 1);
}

/* Two csds on each of two CPUs were queued twice, and entered once. */
TEST(the_end_of_the_file_ends_all_doubts, begin, finish)
{
	static const uint64_t csds[] = { 8, 16, 24 };

	for (uint32_t cpu = 0; cpu < 2; cpu++) {
		for (size_t i = 0; i < ARRAY_SIZE(csds); i++) {
			queue_typed(3, cpu, csds[i], MARK_UNKNOWN);
			queue_typed(3, cpu, csds[i], MARK_UNKNOWN);
		}
		queue_typed(3, cpu, 32, MARK_UNKNOWN);
		for (size_t i = 0; i < ARRAY_SIZE(csds); i++)
			run(cpu, csds[i]);
	}
	assert_cut(queued, 14, function, 0, in_flight, 14);
	pairing__end(pairing);
	/* One that was queued once, and not entered, may still run. */
	assert_cut(function, 6, lost_by[LOST_RUN_UNSEEN], 6, in_flight, 2);
}

/* A function that runs at the end has no exit. */
TEST(a_function_that_runs_at_the_end_has_no_exit, begin, finish)
{
	for (uint32_t cpu = 0; cpu < 2; cpu++) {
		queue_typed(3, cpu, 8, MARK_SYNC);
		queue_typed(3, cpu, 16, MARK_SYNC);
		enter(cpu, FUNC, 8);
		enter(cpu, FUNC, 16);
	}
	pairing__end(pairing);
	assert_cut(function, 4, exit_unseen, 4, in_flight, 0);
	assert_int_equal(count(PAIR_ENDED), 4);
	assert_int_equal(news(PAIR_ENDED, 0)->csd, 16);
	assert_int_equal(news(PAIR_ENDED, 0)->ended, PAIR_UNKNOWN);
}

/* Nobody knows which of both instances was entered: the entry is an orphan, and both are lost. */
TEST(missing_events_drop_a_doubt, begin, finish)
{
	queue_typed(0, 1, 8, MARK_UNKNOWN);
	queue_typed(0, 1, 8, MARK_UNKNOWN);
	enter(1, FUNC, 8);
	pairing__lost(pairing, 1);
	leave(1, FUNC, 8);
	assert_cut(queued, 2, function, 0, lost_by[LOST_RUN_UNSEEN], 2, orphans, 1, exit_unseen, 0,
		   in_flight, 0);
	assert_int_equal(count(PAIR_ENDED), 0);
	/* The function had returned before. */
	queue_typed(0, 1, 8, MARK_UNKNOWN);
	queue_typed(0, 1, 8, MARK_UNKNOWN);
	run(1, 8);
	pairing__lost(pairing, 1);
	assert_cut(function, 0, lost_by[LOST_RUN_UNSEEN], 2, orphans, 1, in_flight, 0);
	/* The places are free: the csd is followed again. */
	queue_typed(0, 1, 8, MARK_UNKNOWN);
	run(1, 8);
	assert_cut(function, 1, orphans, 0, in_flight, 0);
}

/* The clock of all CPUs is another one: works are lost, too, and times begin again. */
TEST(a_new_clock_ends_what_each_cpu_has, begin, finish)
{
	static const uint32_t cpus[] = { 0, 1, MAX_CPUS - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++) {
		queue_typed(3, cpus[i], 8, MARK_SYNC);
		queue_typed(3, cpus[i], 16 + 0x100 * i, MARK_TTWU);
		queue_typed(3, cpus[i], 24 + 8 * i, MARK_IRQ_WORK);
		queue_typed(3, cpus[i], 64, MARK_SYNC);
		enter(cpus[i], FUNC, 64);
	}
	assert_cut(queued, 12, function, 3, in_flight, 9);
	pairing__lost_all(pairing);
	assert_cut(carried_in, 9, lost_by[LOST_RUN_UNSEEN], 9, exit_unseen, 3, in_flight, 0);
	now = 5;
	queue_typed(3, 0, 8, MARK_SYNC);
	run(0, 8);
	assert_cut(queued, 1, function, 1, in_flight, 0);
}

/* Queue and run another csd, twice: what was queued long before must have left the queue. */
static void move_horizon(uint32_t cpu)
{
	wait_for(HORIZON_MARGIN_NS * 11 / 10);
	for (int i = 0; i < 2; i++) {
		queue_typed(3, cpu, 128, MARK_SYNC);
		run(cpu, 128);
	}
}

TEST(the_horizon_ends_all_that_has_left_the_queue, begin, finish)
{
	uint64_t entered;

	queue_typed(3, 1, 8, MARK_SYNC);
	queue_typed(3, 1, 16, MARK_IRQ_WORK);
	queue_typed(3, 1, 40, MARK_TTWU);
	queue_typed(3, 1, 24, MARK_TTWU);
	entered = now;
	run(1, 40);
	/* This one was queued after the last batch that was seen. */
	queue_typed(3, 1, 48, MARK_TTWU);
	queue_typed(3, 1, 32, MARK_UNKNOWN);
	queue_typed(3, 1, 32, MARK_UNKNOWN);
	run(1, 32);
	cut();
	move_horizon(1);
	/* One of the two instances in doubt ran; an irq_work and a member run without an event. */
	assert_cut(carried_in, 6, queued, 2, function, 3, irq_work, 1, ttwu, 1,
		   lost_by[LOST_RUN_UNSEEN], 3, orphans, 0, in_flight, 0);
	for (size_t i = 0; i < count(PAIR_ENDED); i++)
		if (news(PAIR_ENDED, i)->csd == 24)
			assert_members(*news(PAIR_ENDED, i), entered, entered, ended, PAIR_UNKNOWN);
}

TEST(the_horizon_of_a_cpu_is_its_own, begin, finish)
{
	queue_typed(3, 1, 8, MARK_SYNC);
	move_horizon(0);
	assert_cut(queued, 3, function, 2, lost_by[LOST_RUN_UNSEEN], 0, in_flight, 1);
}

static void count_pair(void *ctx, const struct pair *pair)
{
	*(uint64_t *)ctx += pair->dst + 1;
}

TEST(what_is_pending_is_of_all_cpus, begin, finish)
{
	uint64_t sum = 0;

	queue_typed(3, 0, 8, MARK_SYNC);
	queue_typed(3, 5, 16, MARK_IRQ_WORK);
	queue_typed(3, MAX_CPUS - 1, 24, MARK_TTWU);
	/* A CPU is known from its first own event on. */
	run(0, 64);
	run(5, 64);
	run(MAX_CPUS - 1, 64);
	pairing__pending(pairing, count_pair, &sum);
	assert_int_equal(sum, 1 + 6 + MAX_CPUS);
}

/* Without a queue event nothing is known of its sender and its times. */
TEST(a_run_without_a_queue_event_has_its_function_and_cpu, begin, finish)
{
	static const struct {
		uint64_t csd;
		enum mark_type type;
		enum pair_news news;
	} rows[] = {
		{ 0, MARK_UNKNOWN, PAIR_LOCAL },
		{ 8, MARK_UNKNOWN, PAIR_ORPHAN },
		{ 16, MARK_TTWU, PAIR_ORPHAN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct mark mark = { .time = now,
					   .csd = rows[i].csd,
					   .func = FUNC,
					   .callsite = CALLSITE,
					   .cpu = 3,
					   .dst = 9,
					   .type = rows[i].type };

		nr_heard = 0;
		pairing__entry(pairing, &mark);
		leave(3, FUNC, rows[i].csd);
		assert_int_equal(nr_heard, 1);
		assert_members(*news(rows[i].news, 0), csd, rows[i].csd, func, FUNC, callsite, 0,
			       queued, PAIR_UNKNOWN, sent, PAIR_UNKNOWN, entered, mark.time, ended,
			       PAIR_UNKNOWN, src, 3, dst, 3, type, MARK_UNKNOWN);
	}
	assert_cut(local, 1, orphans, 2, exit_unseen, 0, in_flight, 0);
}

TEST(a_lost_csd_has_what_its_queue_event_had, begin, finish)
{
	const struct mark mark = { .time = now,
				   .csd = 8,
				   .func = FUNC,
				   .callsite = CALLSITE,
				   .cpu = 3,
				   .dst = 2,
				   .type = MARK_SYNC,
				   .task = { .pid = 21, .tgid = 20, .comm = "task" } };

	pairing__queue(pairing, &mark);
	pairing__send(pairing, 3, 2, now + 1);
	pairing__lost(pairing, 2);
	assert_int_equal(nr_heard, 1);
	assert_members(*news(PAIR_LOST, 0), csd, 8, func, FUNC, callsite, CALLSITE, queued, now,
		       sent, now + 1, entered, PAIR_UNKNOWN, ended, PAIR_UNKNOWN, src, 3, dst, 2,
		       type, MARK_SYNC);
	assert_members(news(PAIR_LOST, 0)->task, pid, 21, tgid, 20, comm, "task");
}

/* An IPI is sent for what its CPU queued last, and no csd has two. */
TEST(an_ipi_is_of_the_latest_csd_of_any_kind, begin, finish)
{
	static const struct {
		enum mark_type first, second;
	} rows[] = { { MARK_SYNC, MARK_IRQ_WORK },
		     { MARK_IRQ_WORK, MARK_SYNC },
		     { MARK_TTWU, MARK_SYNC },
		     { MARK_ASYNC, MARK_TTWU } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t sent = 0;

		queue_typed(3, 1, 8, rows[i].first);
		queue_typed(3, 1, 16, rows[i].second);
		queue_typed(3, 2, 24, MARK_SYNC);
		if (rows[i].second == MARK_TTWU)
			queue_typed(3, 1, 16, MARK_TTWU);
		sent = now;
		pairing__send(pairing, 3, 1, sent);
		nr_heard = 0;
		pairing__lost_all(pairing);
		assert_int_equal(count(PAIR_LOST), 3);
		for (size_t n = 0; n < 3; n++)
			assert_int_equal(news(PAIR_LOST, n)->sent,
					 news(PAIR_LOST, n)->csd == 16 ? sent : PAIR_UNKNOWN);
	}
}

/* The first wake-up and a member were queued in the same ns. */
TEST(a_member_may_be_as_old_as_its_batch, begin, finish)
{
	uint64_t entered;

	queue_typed(3, 1, 8, MARK_TTWU);
	now -= 10 * USEC;
	queue_typed(2, 1, 16, MARK_TTWU);
	entered = now;
	run(1, 8);
	pairing__end(pairing);
	assert_cut(ttwu, 2, in_flight, 0);
	assert_members(*news(PAIR_ENDED, 1), csd, 16, entered, entered);
}

/* Of several batches the last one counts, and of several functions the one entered last. */
TEST(members_are_of_the_last_batch, begin, finish)
{
	uint64_t entered;

	enter(1, FUNC, 24);
	enter(1, FUNC + 1, 32);
	take_two(1, 10 * USEC);
	entered = take_two(1, 10 * USEC);
	pairing__end(pairing);
	assert_cut(ttwu, 4, orphans, 2, in_flight, 0);
	assert_members(*news(PAIR_ENDED, 3), csd, 16, entered, entered);
	/* The functions that run have no exit before the batch. */
	for (int i = 0; i < 2; i++) {
		enter(2, FUNC, 24);
		enter(2, FUNC + 1, 32);
	}
	take_two(2, 10 * USEC);
	pairing__end(pairing);
	assert_cut(ttwu, 2, in_flight, 0);
}

/* Without room for one more function, the outermost is forgotten, and the others keep their exits. */
TEST(functions_without_room_leave_the_others, begin, finish)
{
	for (uint64_t i = 0; i < FRAMES + 2; i++) {
		queue_typed(3, 1, 8 + 8 * i, MARK_SYNC);
		enter(1, FUNC + i, 8 + 8 * i);
	}
	assert_int_equal(count(PAIR_ENDED), 2);
	for (int i = 0; i < 2; i++)
		assert_members(*news(PAIR_ENDED, i), csd, 8 + 8 * i, ended, PAIR_UNKNOWN);
	for (uint64_t i = FRAMES + 2; i-- > 2;) {
		uint64_t ended = now;

		leave(1, FUNC + i, 8 + 8 * i);
		assert_members(*news(PAIR_ENDED, 2 + (FRAMES + 1 - i)), csd, 8 + 8 * i, ended,
			       ended);
	}
	assert_cut(function, FRAMES + 2, exit_unseen, 2, in_flight, 0);
}

TEST_MAIN(NULL, NULL)
