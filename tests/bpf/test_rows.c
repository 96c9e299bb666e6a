// SPDX-License-Identifier: GPL-2.0
/* The counts of a row: in places of a CPU's own, in the shared rows, and both together. */
#include "abi/table.h"
#include "model/snapshot.h"
#include "rig.h"

#define SYNC	  0x11
#define FUNCTIONS (3 * HOT_PLACES)

static __u64 func(int i)
{
	return FUNC + 16 * i;
}

static void run_one(int i)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	rig__queue(&rig, 0, 0, func(i), csd);
	rig__run_csd(&rig, 0, func(i), csd);
}

static void check_fn(int i, uint64_t count)
{
	const struct fn_stats *fn = rig__fn(&rig, func(i), CALLSITE);

	assert_members(*fn, count, count, delay.count, count, handler.count, count);
	assert_true(fn->delay.max <= fn->delay.sum);
}

static void check_cpu(uint64_t count)
{
	const struct cpu_stats *cpu = rig__cpu(&rig, 0);

	assert_members(*cpu, delay.count, count, handler.count, count);
}

TEST(functions_without_a_place_are_counted_as_well, rig__setup, rig__teardown)
{
	uint64_t delay = 0, handler = 0;

	for (int i = 0; i < FUNCTIONS; i++)
		for (int n = 0; n <= i; n++)
			run_one(i);
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_fns, FUNCTIONS);
	for (int i = 0; i < FUNCTIONS; i++) {
		const struct fn_stats *fn = rig__fn(&rig, func(i), CALLSITE);

		check_fn(i, i + 1);
		delay += fn->delay.sum;
		handler += fn->handler.sum;
	}
	check_cpu(FUNCTIONS * (FUNCTIONS + 1) / 2);
	/* The CPU's histogram and its functions' have the same time. */
	assert_members(*rig__cpu(&rig, 0), delay.sum, delay, handler.sum, handler);
}

TEST(each_window_gives_the_places_anew, rig__setup, rig__teardown)
{
	for (int window = 0; window < 4; window++) {
		for (int i = 0; i < FUNCTIONS; i++)
			if (i % 4 == window)
				for (int n = 0; n < 5; n++)
					run_one(i);
		rig__cut(&rig);
		assert_int_equal(rig.snap.nr_fns, FUNCTIONS / 4);
		for (int i = 0; i < FUNCTIONS; i++)
			if (i % 4 == window)
				check_fn(i, 5);
		check_cpu(5 * FUNCTIONS / 4);
	}
}

TEST(long_times_are_counted_as_well, rig__setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);
	const struct fn_stats *fn;

	run_one(0);
	rig__queue(&rig, 0, 0, FUNC, csd);
	usleep(2000);
	rig__entry(&rig, 0, FUNC, csd);
	usleep(2000);
	rig__exit(&rig, 0, FUNC, csd);
	run_one(0);
	rig__cut(&rig);
	check_fn(0, 3);
	check_cpu(3);
	fn = rig__fn(&rig, FUNC, CALLSITE);
	assert_true(fn->delay.max >= 2000000);
	assert_true(fn->handler.max >= 2000000);
	assert_true(fn->delay.sum >= fn->delay.max);
	assert_members(*rig__cpu(&rig, 0), delay.max, fn->delay.max, handler.sum, fn->handler.sum);
}

TEST(csds_that_only_the_second_program_saw_are_counted, rig__setup, rig__teardown)
{
	for (int i = 0; i < 40; i++) {
		__u64 csd = rig__csd(&rig, i % 2, SYNC);

		if (i % 2)
			rig__queue_twin(&rig, 0, 0, FUNC, csd);
		else
			rig__queue(&rig, 0, 0, FUNC, csd);
		rig__run_csd(&rig, 0, FUNC, csd);
	}
	rig__cut(&rig);
	check_fn(0, 40);
	check_cpu(40);
	rig__check_edge(&rig, 0, 0, 40);
}

TEST_MAIN(NULL, NULL)
