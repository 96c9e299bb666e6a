// SPDX-License-Identifier: GPL-2.0
/* A task that is interrupted by a csd's function and leaves its CPU: its functions go with the task. */
#include "abi/cpu.h"
#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/maps.h"
#include "collect/read_moment.h"
#include "host/symbols.h"
#include "rig.h"

#define ASYNC	  0x01
#define THRESHOLD 1 /* ns: each function is late */
#define TASK	  0x1000 /* addresses that nobody reads */
#define OTHER	  0x2000
#define IDLE	  0x3000

static struct sleeper *sleepers;
static uint64_t *nr_sleepers;
static struct moment moment;
static struct stall_event ended;
static int nr_ended;

/*
 * Collect as if the kernel's function @name flushed a CPU's queue. The program runs below
 * bpf_prog_test_run_raw_tp(). False: the test is skipped.
 */
static bool open_with_flush(const char *name)
{
	struct collect_config config = { .no_fexit = true,
					 .watch_threshold = THRESHOLD,
					 .no_interrupts = true };
	struct symbols *symbols;

	assert_int_equal(symbols__open(&symbols, NULL, NULL), 0);
	assert_int_equal(symbols__load(symbols, NULL, NULL), 0);
	config.flush_func = symbols__address(symbols, name);
	symbols__close(symbols);
	if (rig__lacks(!config.flush_func, name) || rig__lacks(rig__nr_cpus() < 2, "a second CPU"))
		return false;
	rig__open(&rig, &config);
	sleepers = rig__map(&rig, "switched", "sleepers", NULL);
	nr_sleepers = rig__variable(&rig, "switched", "nr_sleepers");
	nr_ended = 0;
	return true;
}

static void switch_task(int cpu, __u64 prev, __u64 next)
{
	__u64 args[] = { 0, prev, next };

	rig__run(&rig, cpu, "switched", args, sizeof(args));
}

static void take(void *ctx, const struct stall_event *event)
{
	(void)ctx;
	if (event->phase != PHASE_HANDLER)
		return;
	ended = *event;
	nr_ended++;
}

/* Returns the functions that run. */
static size_t read_moment(void)
{
	moment_reader__read(rig.collector->moment_reader, THRESHOLD, &moment);
	return moment.nr_running;
}

static uint32_t depth_of(int cpu)
{
	return rig.collector->maps.cpus[cpu].depth;
}

TEST(a_function_sleeps_and_ends_with_its_task, NULL, rig__teardown)
{
	__u64 csd, other;

	if (!open_with_flush("bpf_prog_test_run_raw_tp"))
		return;
	csd = rig__csd(&rig, 0, ASYNC);
	other = rig__csd(&rig, 1, ASYNC);
	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	switch_task(1, TASK, IDLE);
	assert_members(sleepers[0], task, TASK, away, 1, cpu, 1, depth, 1);
	assert_true(sleepers[0].nr > 0);
	assert_members(sleepers[0].frames[0], func, FUNC, csd, csd, slept, 1);
	assert_int_equal(depth_of(1), 0);
	assert_int_equal(*nr_sleepers, 1);
	assert_int_equal(read_moment(), 1);
	assert_members(moment.running[0], func, FUNC, callsite, CALLSITE, src, 0, dst, 1, slept,
		       true);

	/* Another task sleeps, too. */
	rig__queue(&rig, 1, 0, FUNC + 16, other);
	rig__entry(&rig, 0, FUNC + 16, other);
	switch_task(0, OTHER, IDLE);
	assert_members(sleepers[1], task, OTHER, away, 1, cpu, 0, depth, 1);
	assert_members(sleepers[1].frames[0], func, FUNC + 16, csd, other, slept, 2);
	assert_int_equal(*nr_sleepers, 2);
	assert_int_equal(read_moment(), 2);

	/* The first task comes to the other CPU, leaves it again, and comes back. */
	switch_task(0, IDLE, TASK);
	assert_members(sleepers[0], task, TASK, away, 0);
	assert_members(sleepers[1], task, OTHER, away, 1);
	assert_int_equal(depth_of(0), 1);
	assert_int_equal(depth_of(1), 0);
	assert_int_equal(read_moment(), 2);
	switch_task(0, TASK, IDLE);
	assert_members(sleepers[0], task, TASK, away, 1, cpu, 1, depth, 1);
	assert_int_equal(depth_of(0), 0);
	assert_int_equal(*nr_sleepers, 2);
	switch_task(1, IDLE, TASK);
	assert_int_equal(depth_of(1), 1);
	rig__exit(&rig, 1, FUNC, csd);
	moment_reader__events(rig.collector->moment_reader, take, NULL);
	assert_int_equal(nr_ended, 1);
	assert_members(ended, func, FUNC, callsite, CALLSITE, src, 0, dst, 1, slept, 1, stack_of,
		       STACK_SLEEP, nr, sleepers[0].nr);
	assert_memory_equal(ended.stack, sleepers[0].stack, ended.nr * sizeof(*ended.stack));
	assert_int_equal(sleepers[0].task, SLOT_FREE);
	assert_int_equal(*nr_sleepers, 1);
	assert_int_equal(read_moment(), 1);
	assert_members(moment.running[0], func, FUNC + 16, callsite, CALLSITE, src, 1, dst, 0,
		       slept, true);
}

/* The exit of the function was not seen, so the task's stack shows no flush. */
TEST(a_task_whose_stack_shows_no_flush_does_not_sleep, NULL, rig__teardown)
{
	__u64 csd;

	if (!open_with_flush("schedule"))
		return;
	csd = rig__csd(&rig, 0, ASYNC);
	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	switch_task(1, TASK, IDLE);
	for (int i = 0; i < SLEEPERS; i++)
		assert_members(sleepers[i], task, SLOT_FREE, away, 0, depth, 0);
	assert_int_equal(*nr_sleepers, 0);
	assert_int_equal(depth_of(1), 1);
}

TEST_MAIN(NULL, NULL)
