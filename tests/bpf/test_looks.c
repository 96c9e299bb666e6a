// SPDX-License-Identifier: GPL-2.0
/* The evidence of a CPU's state, also where the kernel does not publish its variables' addresses. */
#include <sched.h>
#include <bpf/bpf.h>
#include "abi/stall_event.h"
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/programs.h"
#include "rig.h"

/* Long enough for some ticks. */
#define A_WHILE_NS 100000000

static int setup(void **state)
{
	rig__open(&rig, &(struct collect_config){ .watch_threshold = 1000000 });
	return 0;
}

/* A fake whose memory is a clock: struct kvm_steal_time, 16 bytes in front of its `preempted`. */
#define CLOCK 100

/* Returns false where the test is skipped. */
static bool open_with_clock(void)
{
	if (rig__lacks_clock())
		return false;
	rig__open(&rig,
		  &(struct collect_config){ .watch_threshold = 1000000, .steal_given = true });
	rig.collector->maps.cpus[0].steal_clock = rig__csd(&rig, CLOCK, 0);
	return true;
}

static int teardown(void **state)
{
	rig__close(&rig);
	return 0;
}

/* A look at CPU @cpu, as a word of LOOK_*. */
static uint32_t look(int cpu)
{
	const struct evidence_question question = { .of = EVIDENCE_OF_CPU, .dst = cpu };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &question, .ctx_size_in = sizeof(question));
	int fd = programs__fd(&rig.collector->programs, "evidence");

	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	return opts.retval;
}

/* Returns the timer interrupts that the kernel itself shows for the CPU in column @cpu. */
static unsigned long timers_shown(int cpu)
{
	FILE *file = fopen("/proc/interrupts", "re");
	unsigned long count = 0;
	char line[4096];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char *at = strstr(line, "LOC:");

		for (int i = 0; at && i <= cpu; i++)
			count = strtoul(i ? at : at + strlen("LOC:"), &at, 10);
	}
	fclose(file);
	return count;
}

TEST_F(a_look_counts_what_proc_shows)
{
	if (rig__lacks(!(look(0) & LOOK_COUNTS_KNOWN), "the counts of interrupts"))
		return;
	/* All online CPUs have a column. */
	for (int cpu = 0; cpu < rig__nr_cpus() && cpu < 2; cpu++) {
		unsigned long before = timers_shown(cpu), after;
		uint32_t word = look(cpu);

		after = timers_shown(cpu);
		assert_in_range((LOOK_TIMERS(word) - before) & LOOK_COUNT_MASK, 0, after - before);
	}
}

TEST_F(ticks_that_come_are_counted)
{
	unsigned long before, after;
	uint32_t first, last;
	uint64_t until;

	if (rig__lacks(!(look(0) & LOOK_COUNTS_KNOWN), "the counts of interrupts"))
		return;
	first = look(0);
	before = timers_shown(0);
	/*
	 * This task keeps a CPU busy, and other tasks run on CPU 0, whose ticks must be those of
	 * the kernel.
	 */
	for (until = mono_ns() + A_WHILE_NS; mono_ns() < until;)
		;
	after = timers_shown(0);
	last = look(0);
	assert_true(((LOOK_TIMERS(last) - LOOK_TIMERS(first)) & LOOK_COUNT_MASK) >= after - before);
}

/* The program that looks runs in a task, on this CPU, and not in an interrupt. */
TEST_F(who_looks_is_in_no_interrupt)
{
	int seen = 0;

	if (rig__lacks(!(look(0) & LOOK_INTERRUPT_KNOWN), "the preempt count"))
		return;
	/*
	 * If only one CPU is online, it looks at itself; another CPU may be in an interrupt, but
	 * seldom.
	 */
	for (int i = 0; i < 100; i++)
		seen += !(look(0) & LOOK_INTERRUPT);
	assert_true(seen > 50);
}

/*
 * Returns how many of 100 looks say that the host runs something else in place of CPU 0, where this
 * task is.
 */
static int seen_preempted(__u64 preempted)
{
	int seen = 0;

	rig.memory->csds[CLOCK].func = preempted;
	for (int i = 0; i < 100; i++)
		seen += !!(look(0) & LOOK_PREEMPTED);
	return seen;
}

TEST(a_look_sees_that_the_host_runs_something_else, NULL, teardown)
{
	cpu_set_t before, first;

	if (!open_with_clock())
		return;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	assert_int_equal(sched_setaffinity(0, sizeof(first), &first), 0);
	if (!rig__lacks(!rig.collector->maps.cpus[0].queue, "the places of run queues")) {
		assert_int_equal(seen_preempted(1), 100);
		assert_int_equal(seen_preempted(3), 100);
		/* KVM_VCPU_FLUSH_TLB by itself says nothing. */
		assert_int_equal(seen_preempted(2), 0);
		assert_int_equal(seen_preempted(0), 0);
	}
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

TEST_MAIN(NULL, NULL)
