// SPDX-License-Identifier: GPL-2.0
/* The programs of `isolated`, run with made-up events: what interrupts CPU 0. */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "abi/interruption.h"
#include "base/clock.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/maps.h"
#include "rig.h"

#define RESCHEDULE 0xfd
#define CALL	   0xfb
#define SEEN_MAX   64

static struct interruption seen[SEEN_MAX];
static size_t nr_seen;

static int open_cpu_0(void **state)
{
	static struct cpuset dst;
	struct collect_config config = { .interruptions = true,
					 .record_kinds = (1U << NR_KINDS) - 1,
					 .record_slots = 32 };

	config.dst = rig__cpuset(&dst, 1);
	rig__open(&rig, &config);
	nr_seen = 0;
	return 0;
}

static void event(int cpu, const char *prog, __u64 a, __u64 b, __u64 c)
{
	__u64 args[] = { a, b, c };

	rig__run(&rig, cpu, prog, args, sizeof(args));
}

static void take(void *ctx, const struct interruption *event)
{
	assert_true(nr_seen < SEEN_MAX);
	seen[nr_seen++] = *event;
}

/* Read the events so far, and assert that there are @nr. */
static void read_all(size_t nr)
{
	assert_int_equal(collector__interruptions(rig.collector, take, NULL), 0);
	assert_int_equal(nr_seen, nr);
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(seen[i].cpu, 0);
}

#define MANY 100

/* While an interruption is taken, the next begins and ends. */
static void take_and_go_on(void *ctx, const struct interruption *interruption)
{
	uint64_t *taken = ctx;

	(void)interruption;
	if (++*taken < MANY) {
		event(0, "interruption_vector_entry", RESCHEDULE, 0, 0);
		event(0, "interruption_vector_exit", RESCHEDULE, 0, 0);
	}
}

/* Else a run would not end before the flood. */
TEST(a_flood_of_interruptions_does_not_hold_the_reader, open_cpu_0, rig__teardown)
{
	uint64_t taken = 0;

	event(0, "interruption_vector_entry", RESCHEDULE, 0, 0);
	event(0, "interruption_vector_exit", RESCHEDULE, 0, 0);
	assert_int_equal(collector__interruptions(rig.collector, take_and_go_on, &taken), 0);
	assert_int_equal(taken, 2);
	read_all(1);
}

/*
 * CPU 0 runs a csd of CPU 1 in an interrupt. @meanwhile is called within the csd's function; NULL:
 * nothing is.
 */
static void run_csd_in_interrupt(void (*meanwhile)(void))
{
	__u64 csd = rig__csd(&rig, 0, 0x10);

	rig__queue(&rig, 1, 0, FUNC, csd);
	event(0, "interruption_vector_entry", CALL, 0, 0);
	rig__entry(&rig, 0, FUNC, csd);
	if (meanwhile)
		meanwhile();
	rig__exit(&rig, 0, FUNC, csd);
	event(0, "interruption_vector_exit", CALL, 0, 0);
	read_all(2);
}

TEST(an_interrupt_has_its_time, open_cpu_0, rig__teardown)
{
	event(0, "interruption_vector_entry", RESCHEDULE, 0, 0);
	event(0, "interruption_vector_exit", RESCHEDULE, 0, 0);
	read_all(1);
	assert_members(seen[0], kind, INTERRUPTION_VECTOR, id, RESCHEDULE);
	assert_true(seen[0].start > 0 && seen[0].end > seen[0].start);
	assert_members(seen[0], self, seen[0].end - seen[0].start, outer, seen[0].start);
}

/* Any process may have the name of CPU 0's stopper thread. */
TEST(a_process_with_the_name_of_a_stopper_thread_is_none, open_cpu_0, rig__teardown)
{
	char name[16];

	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_int_equal(prctl(PR_SET_NAME, "migration/0"), 0);
	event(0, "interruption_stopper", rig__task(&rig), 0, 0);
	assert_int_equal(prctl(PR_SET_NAME, name), 0);
	read_all(0);
}

TEST(an_inner_interruption_is_not_counted_twice, open_cpu_0, rig__teardown)
{
	uint64_t inner;

	event(0, "interruption_softirq_entry", 9, 0, 0);
	event(0, "interruption_vector_entry", RESCHEDULE, 0, 0);
	event(0, "interruption_vector_exit", RESCHEDULE, 0, 0);
	event(0, "interruption_softirq_exit", 9, 0, 0);
	read_all(2);
	inner = seen[0].end - seen[0].start;
	assert_int_equal(seen[1].kind, INTERRUPTION_SOFTIRQ);
	assert_int_equal(seen[0].outer, seen[1].start);
	assert_int_equal(seen[0].self, inner);
	assert_int_equal(seen[1].self, seen[1].end - seen[1].start - inner);
}

/* A fake whose memory is a steal clock: struct kvm_steal_time is 16 bytes in front of its `preempted`. */
#define CLOCK 100
#define TOOK  20000

/* Returns false where the test is skipped. */
static bool open_with_clock(void)
{
	static struct cpuset dst;
	struct collect_config config = { .interruptions = true,
					 .record_kinds = (1U << NR_KINDS) - 1,
					 .record_slots = 32,
					 .steal_given = true };

	config.dst = rig__cpuset(&dst, 1);
	if (rig__lacks_clock())
		return false;
	rig__open(&rig, &config);
	rig.collector->maps.cpus[0].steal_clock = rig__csd(&rig, CLOCK, 0);
	rig.collector->maps.cpus[0].steal_nr = 1;
	nr_seen = 0;
	return true;
}

/* Some time passes, and the host has taken a part of it. */
static void host_takes(void)
{
	uint64_t until = mono_ns() + 2 * TOOK;

	while (mono_ns() < until)
		;
	rig.memory->csds[CLOCK].next += TOOK;
}

TEST(what_the_host_takes_is_no_interrupt_s_time, NULL, rig__teardown)
{
	if (!open_with_clock())
		return;
	host_takes();
	event(0, "interruption_softirq_entry", 9, 0, 0);
	host_takes();
	event(0, "interruption_vector_entry", RESCHEDULE, 0, 0);
	host_takes();
	event(0, "interruption_vector_exit", RESCHEDULE, 0, 0);
	event(0, "interruption_softirq_exit", 9, 0, 0);
	read_all(2);
	assert_members(seen[0], host, TOOK, self, seen[0].end - seen[0].start - TOOK);
	assert_members(seen[1], host, 2 * TOOK, self,
		       seen[1].end - seen[1].start - (seen[0].end - seen[0].start) - TOOK);
}

TEST(what_the_host_takes_is_no_csd_s_time, NULL, rig__teardown)
{
	if (!open_with_clock() || rig__lacks(rig__nr_cpus() < 2, "a second CPU"))
		return;
	run_csd_in_interrupt(host_takes);
	assert_members(seen[0], kind, INTERRUPTION_CSD, host, TOOK, self,
		       seen[0].end - seen[0].start - TOOK);
	assert_members(seen[1], host, TOOK, self,
		       seen[1].end - seen[1].start - (seen[0].end - seen[0].start));
	rig__cut(&rig);
}

TEST(what_the_host_takes_is_no_task_s_time, NULL, rig__teardown)
{
	__u64 task;

	if (!open_with_clock())
		return;
	task = rig.memory->address;
	event(0, "interruption_switch", 0, task, task);
	host_takes();
	event(0, "interruption_switch", 0, task, task);
	read_all(2);
	assert_int_equal(seen[1].host - seen[0].host, TOOK);
	assert_int_equal(seen[1].inside - seen[0].inside, TOOK);
}

/* The first interrupt's exit was hidden: the next interrupt is in no other one. */
TEST(a_switch_ends_what_was_open, open_cpu_0, rig__teardown)
{
	__u64 task = rig.memory->address;

	event(0, "interruption_vector_entry", RESCHEDULE, 0, 0);
	event(0, "interruption_switch", 0, task, task);
	event(0, "interruption_vector_entry", CALL, 0, 0);
	event(0, "interruption_vector_exit", CALL, 0, 0);
	read_all(2);
	assert_members(seen[1], kind, INTERRUPTION_VECTOR, id, CALL, outer, seen[1].start);
}

TEST(another_cpu_is_not_followed, open_cpu_0, rig__teardown)
{
	if (rig__lacks(rig__nr_cpus() < 2, "a second CPU"))
		return;
	event(1, "interruption_vector_entry", RESCHEDULE, 0, 0);
	event(1, "interruption_vector_exit", RESCHEDULE, 0, 0);
	event(1, "interruption_hrtimer", rig.memory->address, 0, 0);
	read_all(0);
}

TEST(an_exit_without_its_entry_is_no_interruption, open_cpu_0, rig__teardown)
{
	event(0, "interruption_vector_exit", RESCHEDULE, 0, 0);
	event(0, "interruption_softirq_exit", 9, 0, 0);
	read_all(0);
}

/* The first interrupt's exit was hidden: the second interrupt is timed from its own entry. */
TEST(a_lost_exit_does_not_stay, open_cpu_0, rig__teardown)
{
	event(0, "interruption_vector_entry", RESCHEDULE, 0, 0);
	event(0, "interruption_vector_entry", RESCHEDULE, 0, 0);
	event(0, "interruption_vector_exit", RESCHEDULE, 0, 0);
	event(0, "interruption_vector_entry", CALL, 0, 0);
	event(0, "interruption_vector_exit", CALL, 0, 0);
	read_all(2);
	assert_int_equal(seen[1].outer, seen[1].start);
}

TEST(a_csd_lies_in_its_interrupt, open_cpu_0, rig__teardown)
{
	if (rig__lacks(rig__nr_cpus() < 2, "a second CPU"))
		return;
	run_csd_in_interrupt(NULL);
	assert_members(seen[0], kind, INTERRUPTION_CSD, func, FUNC, src, 1);
	assert_true(seen[0].tgid > 0 && *seen[0].comm);
	assert_true(seen[0].start >= seen[1].start && seen[0].end <= seen[1].end);
	assert_int_equal(seen[0].outer, seen[1].start);
	assert_int_equal(seen[0].self + seen[1].self, seen[1].end - seen[1].start);
	rig__cut(&rig);
}

/* No record of a csd is made beside the events, of the first csd of a batch or of another. */
TEST(a_batch_is_one_event, open_cpu_0, rig__teardown)
{
	__u64 csds[3];

	rig__wake_ups(&rig, 3, csds);
	for (int i = 0; i < 3; i++)
		rig__queue(&rig, 0, 0, FUNC, csds[i]);
	rig__run_csd(&rig, 0, FUNC, csds[0]);
	read_all(1);
	assert_members(seen[0], kind, INTERRUPTION_CSD, func, FUNC);
	for (int cpu = 0; cpu < rig__nr_cpus(); cpu++)
		assert_int_equal(rig.collector->maps.rings[cpu].head, 0);
}

TEST(a_mark_has_the_task_that_sends, open_cpu_0, rig__teardown)
{
	char name[16];

	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_int_equal(prctl(PR_SET_NAME, "sends_marks"), 0);
	rig__send(&rig, 0, 0, FUNC);
	assert_int_equal(prctl(PR_SET_NAME, name), 0);
	read_all(1);
	assert_members(seen[0], kind, INTERRUPTION_IRQ_WORK, src, 0, tgid, getpid(), pid,
		       syscall(SYS_gettid), comm, "sends_marks");
	assert_members(seen[0], interrupt, 0, by_kthread, 0, kworker, 0);
}

TEST(sends_are_marks, open_cpu_0, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, 0x20);

	if (rig__lacks(rig__nr_cpus() < 2, "a second CPU"))
		return;
	rig__send(&rig, 1, 0, 0);
	/* A CPU that sends itself an interrupt, with a function, raises an irq_work. */
	rig__send(&rig, 0, 0, FUNC);
	rig__queue(&rig, 1, 0, FUNC + 16, csd);
	rig__send(&rig, 0, 1, 0);
	read_all(3);
	assert_int_equal(seen[0].kind, INTERRUPTION_WAKE_SENT);
	assert_int_equal(seen[0].src, 1);
	assert_int_equal(seen[1].kind, INTERRUPTION_IRQ_WORK);
	assert_int_equal(seen[1].func, FUNC);
	assert_members(seen[2], kind, INTERRUPTION_IRQ_WORK, func, FUNC + 16);
	/* This test's process is no kworker. */
	assert_int_equal(seen[0].kworker | seen[1].kworker | seen[2].kworker, 0);
}

TEST(a_switch_closes_what_is_open, open_cpu_0, rig__teardown)
{
	__u64 task = rig.memory->address;

	event(0, "interruption_vector_entry", CALL, 0, 0);
	event(0, "interruption_switch", 1, task, task);
	event(0, "interruption_vector_exit", CALL, 0, 0);
	read_all(1);
	assert_members(seen[0], kind, INTERRUPTION_SWITCH, preempted, 1);
}

TEST(a_tick_that_stops_is_no_mark, open_cpu_0, rig__teardown)
{
	event(0, "interruption_tick", 1, 0, 0);
	event(0, "interruption_tick", 0, 4, 0);
	read_all(1);
	assert_members(seen[0], kind, INTERRUPTION_TICK, id, 4);
}

TEST(a_full_buffer_counts_what_is_lost, open_cpu_0, rig__teardown)
{
	size_t room = INTERRUPTIONS_BYTES / (sizeof(struct interruption) + 8);

	for (size_t i = 0; i < room + 10; i++)
		event(0, "interruption_tick", 0, 4, 0);
	assert_true(collector__interruptions_lost(rig.collector) >= 10);
}

TEST_MAIN(NULL, NULL)
