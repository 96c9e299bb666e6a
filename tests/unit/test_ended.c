// SPDX-License-Identifier: GPL-2.0
/* Stalls that are over, from events made up: causes, waiters, why they were late. */
#include "abi/limits.h"
#include "abi/stall_event.h"
#include "model/incident.h"
#include "stall/ended.h"
#include "stall/incident.h"
#include "stalls.h"

static struct ended *ended;
static struct told told;

static int setup(void **state)
{
	(void)state;
	ended = ended__new();
	memset(&told, 0, sizeof(told));
	return ended ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	ended__free(ended);
	return 0;
}

static void add(const struct stall_event *event)
{
	struct incident in;

	incident__of_event(&in, event);
	ended__add(ended, &in, event->time, tell_over, &told);
}

static void over(enum stall_phase phase, uint32_t src, uint32_t dst, uint64_t func, uint64_t call,
		 uint64_t start, uint64_t end)
{
	struct stall_event event = event_of(phase, src, dst, func, call, start, end);

	add(&event);
}

static void all(void)
{
	ended__due(ended, UINT64_MAX, tell_over, &told);
}

static void an_event_has_the_key_that_it_had_while_it_lasted(void **state)
{
	struct stall_event handler = event_of(PHASE_HANDLER, 0, 2, SPIN, 7, T0, T0 + 5 * MS);
	struct incident in;

	(void)state;
	incident__of_event(&in, &handler);
	assert_int_equal(in.key, incident__key(PHASE_HANDLER, 2, handler.csd, T0));
	assert_int_not_equal(in.key, incident__key(PHASE_DELIVERY, 2, handler.csd, T0));
	assert_int_not_equal(in.key, incident__key(PHASE_HANDLER, 3, handler.csd, T0));
	assert_false(in.ongoing);
	assert_int_equal(incident__duration(&in), 5 * MS);
	assert_int_equal(in.sender.pid, 100);
	assert_int_equal(in.victim.pid, 202);
}

/* Its sender's wait comes just after, and is told with it. */
static void a_handler_is_held_for_the_wait_that_it_caused(void **state)
{
	const struct incident *in, *wait;

	(void)state;
	over(PHASE_HANDLER, 0, 2, SPIN, T0 - 5 * US, T0, T0 + 48 * MS);
	ended__due(ended, T0 + 48 * MS + ENDED_HOLD_NS - 1, tell_over, &told);
	assert_int_equal(told.nr, 0);
	over(PHASE_WAIT, 0, 2, SPIN, T0 - 5 * US, T0 - 5 * US, T0 + 48 * MS + 10 * US);
	ended__due(ended, T0 + 48 * MS + ENDED_HOLD_NS, tell_over, &told);
	assert_int_equal(told.nr, 1);
	all();
	assert_int_equal(told.nr, 2);
	in = told_of(&told, PHASE_HANDLER, 0);
	wait = told_of(&told, PHASE_WAIT, 0);
	assert_int_equal(in->nr_waiters, 1);
	assert_int_equal(in->waiters[0].until - in->waiters[0].call, 48 * MS + 15 * US);
	assert_false(in->waiters[0].behind);
	assert_false(in->covered);
	assert_int_equal(wait->cause, in->key);
	assert_true(wait->covered);
	assert_int_equal(wait->doing.addr, SPIN);
}

static void what_was_behind_a_handler_is_due_to_it(void **state)
{
	const struct incident *in, *late;

	(void)state;
	over(PHASE_HANDLER, 0, 2, SPIN, 0, T0, T0 + 48 * MS);
	over(PHASE_DELIVERY, 1, 2, FLUSH, T0 + 20 * MS, T0 + 20 * MS, T0 + 48 * MS + 3 * US);
	over(PHASE_WAIT, 1, 2, FLUSH, T0 + 20 * MS, T0 + 20 * MS, T0 + 48 * MS + 9 * US);
	all();
	in = told_of(&told, PHASE_HANDLER, 0);
	late = told_of(&told, PHASE_DELIVERY, 1);
	assert_int_equal(in->nr_waiters, 1);
	assert_int_equal(in->waiters[0].src, 1);
	assert_true(in->waiters[0].behind);
	assert_int_equal(in->waiters[0].until, T0 + 48 * MS + 9 * US);
	assert_true(late->covered);
	assert_int_equal(late->cause, in->key);
	assert_int_equal(late->doing.addr, SPIN);
	/* Not to the delivery, which is due to something itself, but to its own call. */
	assert_true(told_of(&told, PHASE_WAIT, 1)->covered);
}

static void what_was_elsewhere_or_before_is_not(void **state)
{
	(void)state;
	over(PHASE_HANDLER, 0, 3, SPIN, 0, T0, T0 + 48 * MS);
	over(PHASE_DELIVERY, 1, 2, FLUSH, 0, T0 + 20 * MS, T0 + 48 * MS);
	over(PHASE_DELIVERY, 5, 3, FLUSH, 0, T0 + 47 * MS, T0 + 60 * MS);
	over(PHASE_WAIT, 6, 4, OTHER, T0, T0, T0 + 60 * MS);
	all();
	assert_int_equal(told.nr, 4);
	for (size_t i = 0; i < told.nr; i++) {
		assert_int_equal(told.incidents[i].cause, 0);
		assert_false(told.incidents[i].covered);
	}
}

static void of_two_late_for_one_reason_the_first_is_told_of(void **state)
{
	const struct incident *first, *second;

	(void)state;
	over(PHASE_DELIVERY, 1, 2, FLUSH, 7, T0 + 5 * MS, T0 + 30 * MS);
	over(PHASE_DELIVERY, 0, 2, SPIN, 0, T0, T0 + 30 * MS + 5 * US);
	all();
	first = told_of(&told, PHASE_DELIVERY, 0);
	second = told_of(&told, PHASE_DELIVERY, 1);
	assert_false(first->covered);
	assert_true(second->covered);
	assert_int_equal(second->cause, first->key);
	assert_int_equal(first->nr_waiters, 1);
}

static void the_straggler_of_a_call_is_its_cause(void **state)
{
	const struct incident *wait;

	(void)state;
	over(PHASE_HANDLER, 0, 1, SPIN, T0, T0 + 5 * US, T0 + 10 * MS);
	over(PHASE_HANDLER, 0, 2, SPIN, T0, T0 + 5 * US, T0 + 18 * MS);
	over(PHASE_WAIT, 0, 2, SPIN, T0, T0, T0 + 18 * MS);
	all();
	wait = told_of(&told, PHASE_WAIT, 0);
	assert_int_equal(wait->cause, told.incidents[1].key);
	assert_int_equal(told.incidents[1].dst, 2);
}

static void the_straggler_is_told_of_with_what_it_did(void **state)
{
	struct stall_event wait = event_of(PHASE_WAIT, 0, 2, SPIN, T0, T0, T0 + 18 * MS);
	const struct incident *in;

	(void)state;
	wait.nr_targets = 3;
	for (uint32_t i = 0; i < 3; i++)
		wait.targets[i] =
			(struct target_time){ T0 + 5 * US, T0 + (i == 1 ? 18 : 2) * MS, i + 1, 0 };
	over(PHASE_HANDLER, 0, 1, SPIN, T0, T0 + 5 * US, T0 + 2 * MS);
	over(PHASE_HANDLER, 0, 2, SPIN, T0, T0 + 5 * US, T0 + 18 * MS);
	add(&wait);
	all();
	in = &told.incidents[1];
	assert_int_equal(in->dst, 2);
	assert_true(in->straggler.known);
	assert_false(in->straggler.late);
	assert_int_equal(in->straggler.later, 16 * MS);
	assert_int_equal(in->nr_targets, 3);
	assert_false(told.incidents[0].straggler.known);
}

static void the_oldest_is_told_when_there_is_no_room(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 128 + 5; i++)
		over(PHASE_HANDLER, 0, i, SPIN, 0, T0, T0 + 5 * MS);
	assert_int_equal(told.nr, 5);
	for (size_t i = 0; i < told.nr; i++)
		assert_int_equal(told.incidents[i].dst, i);
}

static struct incident delivery(uint64_t sent, uint64_t arrived)
{
	struct stall_event event = event_of(PHASE_DELIVERY, 0, 2, SPIN, 0, T0, T0 + 10 * MS);
	struct incident in;

	event.sent = sent;
	event.arrived = arrived;
	incident__of_event(&in, &event);
	return in;
}

static void why_a_delivery_was_late(void **state)
{
	struct incident in;

	(void)state;
	in = delivery(T0 + 2 * US, T0 + 9 * MS);
	incident__judge(&in);
	assert_int_equal(in.late, LATE_INTERRUPTS_OFF);
	in = delivery(T0 + 2 * US, T0 + 3 * US);
	incident__judge(&in);
	assert_int_equal(in.late, LATE_BEHIND);
	in = delivery(T0 + 8 * MS, T0 + 8 * MS + 3 * US);
	incident__judge(&in);
	assert_int_equal(in.late, LATE_SENDER);
	/* An interrupt that was under way took it along before its own was sent. */
	in = delivery(T0 + 9 * MS, T0 + 2 * US);
	incident__judge(&in);
	assert_int_equal(in.late, LATE_BEHIND);
	in = delivery(T0 + 2 * US, T0 + 9 * MS);
	in.stolen = 6 * MS;
	incident__judge(&in);
	assert_int_equal(in.late, LATE_STOLEN);
	in = delivery(T0 + 2 * US, T0 + 9 * MS);
	in.victim.pid = in.victim.tgid = 0;
	incident__judge(&in);
	assert_int_equal(in.late, LATE_IDLE);
	/* In user space interrupts are on. */
	in = delivery(T0 + 2 * US, T0 + 9 * MS);
	in.user = true;
	incident__judge(&in);
	assert_int_equal(in.late, LATE_UNKNOWN);
	/* Where arrivals are not told only what else ran there can be. */
	in = delivery(T0 + 2 * US, 0);
	incident__judge(&in);
	assert_int_equal(in.late, LATE_UNKNOWN);
	in.doing.addr = FLUSH;
	incident__judge(&in);
	assert_int_equal(in.late, LATE_BEHIND);
}

/* It came with an interrupt of its own, when the last of them had left an idle CPU. */
static void several_functions_add_up(void **state)
{
	struct stall_event late = event_of(PHASE_DELIVERY, 0, 2, SPIN, 0, T0, T0 + 60 * MS);
	struct incident *in;

	(void)state;
	late.arrived = T0 + 60 * MS - 3 * US;
	late.victim_pid = 0;
	over(PHASE_HANDLER, 0, 2, SPIN, 0, T0, T0 + 20 * MS);
	over(PHASE_HANDLER, 0, 3, SPIN, 0, T0 + 20 * MS, T0 + 40 * MS);
	add(&late);
	all();
	in = &told.incidents[2];
	assert_int_equal(in->others, 20 * MS);
	incident__judge(in);
	assert_int_equal(in->late, LATE_IDLE);
	over(PHASE_HANDLER, 0, 2, SPIN, 0, T0 + 20 * MS, T0 + 40 * MS);
	add(&late);
	all();
	in = &told.incidents[4];
	assert_int_equal(in->doing.addr, 0);
	assert_int_equal(in->others, 40 * MS);
	incident__judge(in);
	assert_int_equal(in->late, LATE_BEHIND);
}

static struct incident wait_of(const struct target_time *targets, uint32_t nr)
{
	static struct stall_event event;
	struct incident in;

	event = event_of(PHASE_WAIT, 0, targets[0].dst, FLUSH, T0, T0, T0 + 50 * MS);
	event.nr_targets = nr;
	for (uint32_t i = 0; i < nr && i < TARGETS_MAX; i++)
		event.targets[i] = targets[i];
	incident__of_event(&in, &event);
	return in;
}

static void the_straggler_is_told_from_the_median(void **state)
{
	struct target_time targets[] = {
		{ T0 + 1 * MS, T0 + 2 * MS, 1, 0 },
		{ T0 + 1 * MS, T0 + 3 * MS, 2, 0 },
		{ T0 + 40 * MS, T0 + 41 * MS, 3, 0 },
	};
	struct incident in = wait_of(targets, 3);

	(void)state;
	assert_true(in.straggler.known);
	assert_true(in.straggler.late);
	assert_int_equal(in.dst, 3);
	assert_int_equal(in.straggler.later, 38 * MS);
	targets[2].entry = T0 + 1 * MS;
	in = wait_of(targets, 3);
	assert_true(in.straggler.known);
	assert_false(in.straggler.late);
	/* When it began is not known of one: then why is not either. */
	targets[1].entry = 0;
	in = wait_of(targets, 3);
	assert_false(in.straggler.known);
	assert_int_equal(in.straggler.later, 38 * MS);
	/* One target is no straggler. */
	in = wait_of(targets, 1);
	assert_false(in.straggler.known);
	assert_int_equal(in.dst, 1);
}

static void more_targets_than_are_told_are_no_harm(void **state)
{
	struct target_time targets[TARGETS_MAX];
	struct incident in;

	(void)state;
	for (uint32_t i = 0; i < TARGETS_MAX; i++)
		targets[i] = (struct target_time){ T0, T0 + (i + 1) * US, i, 0 };
	in = wait_of(targets, 4096);
	assert_int_equal(in.nr_targets, 4096);
	assert_int_equal(in.nr_listed, TARGETS_MAX);
	assert_int_equal(in.dst, TARGETS_MAX - 1);
}

static void who_slept_must_have_been_in_the_queue(void **state)
{
	struct stall_event event = event_of(PHASE_HANDLER, 0, 2, SPIN, 0, T0, T0 + 10 * MS);
	struct incident in;

	(void)state;
	event.slept = 1;
	event.stack_of = STACK_SLEEP;
	event.nr = 3;
	event.stack[0] = event.stack[1] = event.stack[2] = OTHER;
	incident__of_event(&in, &event);
	in.stack[0].name = "schedule";
	in.stack[1].name = "do_nanosleep";
	assert_false(incident__believed(&in));
	in.stack[1].name = "__flush_smp_call_function_queue";
	assert_true(incident__believed(&in));
	in.stack[1].name = "asm_sysvec_call_function_single";
	assert_true(incident__believed(&in));
	in.stack[1].name = NULL;
	assert_false(incident__believed(&in));
	/* There is nothing to doubt in one that did not. */
	in.slept = false;
	assert_true(incident__believed(&in));
}

static void an_event_that_makes_no_sense_is_survived(void **state)
{
	struct stall_event event;
	struct incident in;

	(void)state;
	memset(&event, 0xff, sizeof(event));
	incident__of_event(&in, &event);
	assert_int_equal(in.nr, STACK_DEPTH);
	assert_int_equal(in.nr_listed, TARGETS_MAX);
	assert_true(in.phase < NR_PHASES);
	assert_int_equal(strlen(in.sender.comm), COMM_LEN - 1);
	memset(&event, 0, sizeof(event));
	event.start = 7;
	incident__of_event(&in, &event);
	assert_int_equal(incident__duration(&in), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_event_has_the_key_that_it_had_while_it_lasted),
		TEST(a_handler_is_held_for_the_wait_that_it_caused),
		TEST(what_was_behind_a_handler_is_due_to_it),
		TEST(what_was_elsewhere_or_before_is_not),
		TEST(of_two_late_for_one_reason_the_first_is_told_of),
		TEST(the_straggler_of_a_call_is_its_cause),
		TEST(the_straggler_is_told_of_with_what_it_did),
		TEST(the_oldest_is_told_when_there_is_no_room),
		TEST(why_a_delivery_was_late),
		TEST(several_functions_add_up),
		TEST(the_straggler_is_told_from_the_median),
		TEST(more_targets_than_are_told_are_no_harm),
		TEST(who_slept_must_have_been_in_the_queue),
		TEST(an_event_that_makes_no_sense_is_survived),
	};

	return cmocka_run_group_tests_name("ended", tests, NULL, NULL);
}
