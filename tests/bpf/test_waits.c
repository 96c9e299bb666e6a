// SPDX-License-Identifier: GPL-2.0
/* How long senders wait, told from the csds: which are of one call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>
#include "abi/limits.h"
#include "collect/config.h"
#include "model/hist.h"
#include "model/snapshot.h"
#include "rig.h"

#define ASYNC 0x01 /* locked */
#define SYNC  0x11
#define OTHER (FUNC + 0x100)

static struct rig rig;

static int setup(void **state)
{
	const struct collect_config config = { .no_fexit = true };

	(void)state;
	rig__open(&rig, &config);
	return 0;
}

/* As on a machine with many CPUs: one shard is all of theirs. */
static int setup_shared(void **state)
{
	const struct collect_config config = { .no_fexit = true, .fn_shards = 1 };

	(void)state;
	rig__open(&rig, &config);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig__close(&rig);
	return 0;
}

static void run(int cpu, __u64 func, __u64 csd)
{
	rig__entry(&rig, cpu, func, csd);
	rig__exit(&rig, cpu, func, csd);
}

/* A callback that is not NULL: a call function's IPI. */
static void send(int cpu, int dst)
{
	rig__send(&rig, cpu, dst, 1);
}

static void check(int cpu, uint64_t calls, uint64_t at_least)
{
	const struct hist *wait = &rig__cpu(&rig, cpu)->wait;

	assert_int_equal(wait->count, calls);
	assert_true(wait->sum >= at_least);
	assert_true(wait->max <= wait->sum);
	assert_true(!calls || wait->max > 0);
}

static void a_call_is_over_with_its_function(void **state)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);
	const struct fn_stats *fn;

	(void)state;
	rig__queue(&rig, 0, 1, FUNC, csd);
	send(0, 1);
	usleep(2000);
	rig__entry(&rig, 1, FUNC, csd);
	usleep(2000);
	rig__exit(&rig, 1, FUNC, csd);
	rig__cut(&rig);
	check(0, 1, 4000000);
	check(1, 0, 0);
	assert_int_equal(rig.snap.how.wait_source, WAITS_CSD);
	fn = rig__fn(&rig, FUNC, CALLSITE);
	assert_int_equal(fn->wait.count, 1);
	assert_int_equal(fn->wait.sum, rig__cpu(&rig, 0)->wait.sum);
	assert_int_equal(fn->wait.max, rig__cpu(&rig, 0)->wait.max);
	/* From the first to the last mark of the csd. */
	assert_int_equal(fn->wait.sum, fn->delay.sum + fn->handler.sum);
}

static void a_call_that_lasts_is_of_the_window_in_which_it_ends(void **state)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	(void)state;
	rig__queue(&rig, 0, 1, FUNC, csd);
	send(0, 1);
	rig__cut(&rig);
	check(0, 0, 0);
	usleep(2000);
	run(1, FUNC, csd);
	rig__cut(&rig);
	check(0, 1, 2000000);
	rig__cut(&rig);
	check(0, 0, 0);
}

static void one_call_to_many_is_as_long_as_the_last_of_them(void **state)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);
	const struct fn_stats *fn;

	(void)state;
	rig__queue(&rig, 0, 0, FUNC, a);
	rig__queue(&rig, 0, 1, FUNC, b);
	send(0, 1);
	run(1, FUNC, b);
	usleep(3000);
	run(0, FUNC, a);
	rig__cut(&rig);
	check(0, 1, 3000000);
	fn = rig__fn(&rig, FUNC, CALLSITE);
	assert_int_equal(fn->count, 2);
	assert_int_equal(fn->wait.count, 1);
	/* One was quick: the sum would hold less than it and the other do. */
	assert_true(fn->wait.sum < fn->delay.sum + fn->handler.sum);
}

/* What tells one call from the next, each alone. */
static void calls_are_told_apart(void **state)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	(void)state;
	/* An IPI was sent in between. */
	rig__queue(&rig, 0, 0, FUNC, a);
	send(0, 1);
	run(0, FUNC, a);
	rig__queue(&rig, 0, 1, FUNC, b);
	run(1, FUNC, b);
	rig__cut(&rig);
	check(0, 2, 1);
	/* Targets come in ascending order. */
	rig__queue(&rig, 0, 0, FUNC, a);
	run(0, FUNC, a);
	rig__queue(&rig, 0, 0, FUNC, b);
	run(0, FUNC, b);
	rig__cut(&rig);
	check(0, 2, 1);
	/* Another function. */
	rig__queue(&rig, 0, 0, FUNC, a);
	run(0, FUNC, a);
	rig__queue(&rig, 0, 1, OTHER, b);
	run(1, OTHER, b);
	rig__cut(&rig);
	check(0, 2, 1);
	/* The same csd, as on the stack of one that makes many calls. */
	rig__queue(&rig, 0, 0, FUNC, a);
	run(0, FUNC, a);
	rig__queue(&rig, 0, 1, FUNC, a);
	run(1, FUNC, a);
	rig__cut(&rig);
	check(0, 2, 1);
}

static void many_calls_are_as_many_waits(void **state)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	(void)state;
	for (int i = 0; i < 100; i++) {
		rig__queue(&rig, 0, 1, FUNC, csd);
		send(0, 1);
		run(1, FUNC, csd);
		if (i == 30)
			rig__cut(&rig);
		if (i == 30)
			check(0, 31, 1);
	}
	rig__cut(&rig);
	check(0, 69, 1);
	assert_int_equal(rig__fn(&rig, FUNC, CALLSITE)->wait.count, 69);
}

static void nobody_waits_for_an_asynchronous_one(void **state)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	(void)state;
	rig__queue(&rig, 0, 1, FUNC, csd);
	send(0, 1);
	run(1, FUNC, csd);
	rig__cut(&rig);
	check(0, 0, 0);
	check(1, 0, 0);
}

/* The run of the first one was hidden from us: its call was no shorter for that. */
static void a_lost_csd_does_not_stop_the_count(void **state)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	(void)state;
	rig__queue(&rig, 0, 1, FUNC, csd);
	send(0, 1);
	rig__queue(&rig, 0, 1, FUNC, csd);
	send(0, 1);
	run(1, FUNC, csd);
	rig__cut(&rig);
	assert_int_equal(rig.snap.ledger.lost_by[LOST_RUN_UNSEEN], 1);
	check(0, 1, 1);
}

static void an_unseen_exit_does_not_stop_the_count(void **state)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	(void)state;
	rig__queue(&rig, 0, 1, FUNC, a);
	send(0, 1);
	rig__queue(&rig, 0, 1, OTHER, b);
	rig__entry(&rig, 1, OTHER, b);
	rig__entry(&rig, 1, FUNC, a);
	/* The exit of the outer one: the inner one's was not seen. */
	rig__exit(&rig, 1, OTHER, b);
	rig__cut(&rig);
	assert_int_equal(rig.snap.ledger.exit_unseen, 1);
	check(0, 1, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_over_with_its_function),
		TEST(a_call_that_lasts_is_of_the_window_in_which_it_ends),
		TEST(one_call_to_many_is_as_long_as_the_last_of_them),
		TEST(calls_are_told_apart),
		TEST(many_calls_are_as_many_waits),
		TEST(nobody_waits_for_an_asynchronous_one),
		TEST(a_lost_csd_does_not_stop_the_count),
		TEST(an_unseen_exit_does_not_stop_the_count),
#undef TEST
#define TEST(name) { "shared: " #name, name, setup_shared, teardown, NULL }
		TEST(a_call_is_over_with_its_function),
		TEST(one_call_to_many_is_as_long_as_the_last_of_them),
		TEST(many_calls_are_as_many_waits),
	};

	if (rig__nr_cpus() < 2) {
		puts("1..0 # SKIP it needs two CPUs");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
