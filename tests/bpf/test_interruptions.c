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

/* @program: the process whose forks are followed; 0: none. */
static int open_with_program(uint32_t program)
{
	static struct cpuset dst;
	struct collect_config config = { .interruptions = true,
					 .program = program,
					 .record_kinds = (1U << NR_KINDS) - 1,
					 .record_slots = 32 };

	config.dst = rig__cpuset(&dst, 1);
	rig__open(&rig, &config);
	nr_seen = 0;
	return 0;
}

static int open_cpu_0(void **state)
{
	return open_with_program(0);
}

static int open_with_forks(void **state)
{
	return open_with_program(getpid());
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

/* Assert that this test's thread sent or ran what @seen shows, or was interrupted by it. */
static void check_own_task(const struct interruption *seen)
{
	char name[16];

	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_members(*seen, pid, syscall(SYS_gettid), tgid, getpid(), comm, name, kworker, 0,
		       interrupt, 0);
	assert_members(*seen, stack, NO_STACK, orphan, 0, by_kthread, 0);
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
	for (int reading = 0; reading < 2; reading++) {
		uint64_t taken = 0;

		event(0, "interruption_vector_entry", RESCHEDULE, 0, 0);
		event(0, "interruption_vector_exit", RESCHEDULE, 0, 0);
		assert_int_equal(collector__interruptions(rig.collector, take_and_go_on, &taken),
				 0);
		assert_int_equal(taken, 2);
		nr_seen = 0;
		read_all(1);
	}
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

/* Not before the clock was read first, not more than the time that passed, and not if the clock goes back. */
TEST(what_the_host_takes_has_limits, NULL, rig__teardown)
{
	__u64 task;

	if (!open_with_clock())
		return;
	task = rig.memory->address;
	host_takes();
	event(0, "interruption_switch", 0, task, task);
	rig.memory->csds[CLOCK].next -= TOOK / 2;
	event(0, "interruption_switch", 0, task, task);
	event(0, "interruption_softirq_entry", 9, 0, 0);
	rig.memory->csds[CLOCK].next += 3600000000000;
	event(0, "interruption_softirq_exit", 9, 0, 0);
	read_all(3);
	assert_members(seen[0], inside, 0, host, 0);
	assert_members(seen[1], inside, 0, host, 0);
	assert_members(seen[2], self, 0, host, seen[2].end - seen[2].start);
}

TEST(without_the_program_the_host_s_time_is_not_known, NULL, rig__teardown)
{
	uint64_t ns = 7;

	rig__open(&rig, NULL);
	rig.collector->maps.cpus[0].steal = 11;
	assert_false(collector__host_time(rig.collector, 0, &ns));
	assert_int_equal(ns, 0);
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
	check_own_task(&seen[0]);
	assert_members(seen[0], host, 0, self, seen[0].end - seen[0].start, id, 0);
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

#define KTHREAD 0x00200000 /* PF_KTHREAD */

/* A made-up task at the fakes from @i on. Returns its address in the kernel. */
static __u64 make_task(int i, __u32 pid, __u32 tgid, __u32 flags, const char *comm)
{
	*(__u32 *)rig__member(&rig, i, "task_struct", "pid") = pid;
	*(__u32 *)rig__member(&rig, i, "task_struct", "tgid") = tgid;
	*(__u32 *)rig__member(&rig, i, "task_struct", "flags") = flags;
	snprintf(rig__member(&rig, i, "task_struct", "comm"), COMM_LEN, "%s", comm);
	return rig__csd(&rig, i, 0);
}

/* A mark has no time. */
static void check_mark(const struct interruption *seen, enum interruption_kind kind, __u64 outer)
{
	assert_true(seen->start > 0);
	assert_members(*seen, kind, kind, end, seen->start, self, 0, host, 0, inside, 0);
	assert_members(*seen, outer, outer);
}

TEST(a_send_has_the_sender, open_cpu_0, rig__teardown)
{
	if (rig__lacks(rig__nr_cpus() < 2, "a second CPU"))
		return;
	rig__send(&rig, 1, 0, 0);
	/* CPU 1 is not judged. */
	rig__send(&rig, 0, 1, 0);
	read_all(1);
	check_own_task(&seen[0]);
	check_mark(&seen[0], INTERRUPTION_WAKE_SENT, seen[0].start);
	assert_members(seen[0], src, 1, id, 0, func, 0, prev, 0, prev_tgid, 0);
}

TEST(an_interrupt_that_sends_is_no_kernel_thread, open_cpu_0, rig__teardown)
{
	if (rig__lacks(rig__nr_cpus() < 2, "a second CPU"))
		return;
	if (rig__lacks(!rig.collector->sees_interrupts, "CONFIG_KALLSYMS_ALL"))
		return;
	rig__send_in_interrupt(&rig, 1, 0, 0);
	read_all(1);
	assert_members(seen[0], kind, INTERRUPTION_WAKE_SENT, src, 1, interrupt, 1, by_kthread, 0,
		       kworker, 0);
}

TEST(a_timer_and_a_work_are_marks_of_the_running_task, open_cpu_0, rig__teardown)
{
	*(__u64 *)rig__member(&rig, 0, "hrtimer", "function") = FUNC;
	*(__u64 *)rig__member(&rig, 100, "timer_list", "function") = FUNC + 16;
	event(0, "interruption_hrtimer", rig__csd(&rig, 0, 0), 0, 0);
	event(0, "interruption_softirq_entry", 1, 0, 0);
	event(0, "interruption_timer", rig__csd(&rig, 100, 0), 0, 0);
	event(0, "interruption_work", rig__work(&rig, 200, "work_struct", FUNC + 32), 0, 0);
	event(0, "interruption_softirq_exit", 1, 0, 0);
	event(0, "interruption_tick", 0x100, 6, 0);
	read_all(5);
	check_mark(&seen[0], INTERRUPTION_TIMER, seen[0].start);
	assert_members(seen[0], id, 1, func, FUNC, src, 0);
	check_mark(&seen[1], INTERRUPTION_TIMER, seen[3].start);
	assert_members(seen[1], id, 0, func, FUNC + 16, src, 0);
	check_mark(&seen[2], INTERRUPTION_WORK, seen[3].start);
	assert_members(seen[2], id, 0, func, FUNC + 32, src, 0);
	assert_members(seen[3], kind, INTERRUPTION_SOFTIRQ, id, 1, func, 0, pid, 0, tgid, 0);
	check_mark(&seen[4], INTERRUPTION_TICK, seen[4].start);
	assert_members(seen[4], id, 6, func, 0);
	for (int i = 0; i < 5; i++)
		if (i != 3)
			check_own_task(&seen[i]);
}

/* An interrupt has the task that it interrupted, a handler has its name. */
TEST(a_handler_lies_between_its_interrupt_and_a_softirq, open_cpu_0, rig__teardown)
{
	char name[16];

	strcpy((char *)&rig.memory->csds[200], "made-up0");
	*(__u64 *)rig__member(&rig, 0, "irqaction", "name") = rig__csd(&rig, 200, 0);
	strcpy((char *)&rig.memory->csds[200], "made-up0");
	event(0, "interruption_vector_entry", CALL, 0, 0);
	event(0, "interruption_irq_entry", 37, rig__csd(&rig, 0, 0), 0);
	event(0, "interruption_softirq_entry", 3, 0, 0);
	event(0, "interruption_softirq_exit", 3, 0, 0);
	event(0, "interruption_irq_exit", 37, rig__csd(&rig, 0, 0), 0);
	event(0, "interruption_vector_exit", CALL, 0, 0);
	read_all(3);
	assert_members(seen[0], kind, INTERRUPTION_SOFTIRQ, id, 3, comm, "", text, "");
	assert_members(seen[1], kind, INTERRUPTION_IRQ, id, 37, comm, "made-up0", text, "");
	assert_members(seen[1], prev, 0, pid, 0);
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_members(seen[2], kind, INTERRUPTION_VECTOR, id, CALL, prev, syscall(SYS_gettid),
		       prev_tgid, getpid(), text, name, pid, 0);
	for (int i = 0; i < 3; i++)
		assert_members(seen[i], outer, seen[2].start, self,
			       seen[i].end - seen[i].start -
				       (i ? seen[i - 1].end - seen[i - 1].start : 0),
			       stack, NO_STACK, host, 0);
}

TEST(a_switch_has_both_tasks, open_cpu_0, rig__teardown)
{
	__u64 kthread = make_task(0, 11, 13, KTHREAD, "made"), own = rig__task(&rig);
	char name[16];

	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	event(0, "interruption_softirq_entry", 9, 0, 0);
	event(0, "interruption_softirq_exit", 9, 0, 0);
	event(0, "interruption_switch", 0x100, own, kthread);
	event(0, "interruption_switch", 0x101, kthread, own);
	read_all(3);
	assert_members(seen[1], kind, INTERRUPTION_SWITCH, pid, 11, tgid, 13, kthread, 1, comm,
		       "made", prev, syscall(SYS_gettid), prev_tgid, getpid(), prev_kthread, 0,
		       text, name, preempted, 0);
	assert_members(seen[2], pid, syscall(SYS_gettid), tgid, getpid(), kthread, 0, comm, name,
		       prev, 11, prev_tgid, 13, prev_kthread, 1, text, "made", preempted, 1);
	for (int i = 1; i < 3; i++)
		assert_members(seen[i], inside, seen[0].end - seen[0].start, host, 0, end,
			       seen[i].start, outer, seen[i].start, self, 0);
}

TEST(a_task_that_moves_has_its_mover, open_cpu_0, rig__teardown)
{
	__u64 kthread = make_task(0, 11, 13, KTHREAD, "made");

	event(0, "interruption_moved", kthread, 1, 0);
	event(0, "interruption_moved", kthread, 0, 0);
	make_task(0, 17, 19, ~KTHREAD, "user");
	event(0, "interruption_moved", kthread, 0, 0);
	read_all(2);
	for (int i = 0; i < 2; i++) {
		check_own_task(&seen[i]);
		check_mark(&seen[i], INTERRUPTION_MOVED, seen[i].start);
	}
	assert_members(seen[0], id, 11, prev_tgid, 13, kthread, 1, text, "made", src, 0);
	assert_members(seen[1], id, 17, prev_tgid, 19, kthread, 0, text, "user", src, 0);
}

TEST(a_stopper_thread_has_the_number_of_its_cpu, open_cpu_0, rig__teardown)
{
	static const char *const others[] = { "migratiom/9", "migration", "igration/9", "" };
	static const struct {
		const char *name;
		__u32 cpu;
	} stoppers[] = { { "migration/0", 0 },
			 { "migration/9", 9 },
			 { "migration/128", 128 },
			 { "migration/12345", 12345 },
			 { "migration/13:4", 13 } };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		event(0, "interruption_stopper", make_task(0, 11, 13, KTHREAD, others[i]), 0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(stoppers); i++)
		event(0, "interruption_stopper", make_task(0, 11, 13, KTHREAD, stoppers[i].name), 0,
		      0);
	assert_int_equal(collector__interruptions(rig.collector, take, NULL), 0);
	assert_int_equal(nr_seen, ARRAY_SIZE(stoppers));
	for (size_t i = 0; i < ARRAY_SIZE(stoppers); i++) {
		check_own_task(&seen[i]);
		check_mark(&seen[i], INTERRUPTION_STOPPER, seen[i].start);
		assert_members(seen[i], id, stoppers[i].cpu, cpu, stoppers[i].cpu, src, 0);
	}
}

TEST(a_fork_makes_a_process_but_no_thread, open_with_forks, rig__teardown)
{
	event(0, "interruption_fork", make_task(0, 11, 13, 0, "made"),
	      make_task(NR_FAKES / 2, 17, 13, 0, "made"), 0);
	event(0, "interruption_fork", rig__csd(&rig, 0, 0),
	      make_task(NR_FAKES / 2, 23, 19, 0, "made"), 0);
	read_all(1);
	check_mark(&seen[0], INTERRUPTION_FORK, seen[0].start);
	assert_members(seen[0], id, 19, tgid, 13, pid, 0);
}

TEST(a_csd_without_its_queue_event_is_an_orphan, open_cpu_0, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, 0x10);

	event(0, "interruption_vector_entry", CALL, 0, 0);
	rig__entry(&rig, 0, FUNC, csd);
	event(0, "interruption_vector_exit", CALL, 0, 0);
	rig__entry(&rig, 0, FUNC + 16, csd);
	read_all(3);
	check_mark(&seen[0], INTERRUPTION_CSD, seen[1].start);
	assert_members(seen[0], orphan, 1, func, FUNC, pid, 0, tgid, 0, comm, "");
	check_mark(&seen[2], INTERRUPTION_CSD, seen[2].start);
	assert_members(seen[2], orphan, 1, func, FUNC + 16);
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
