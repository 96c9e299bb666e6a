// SPDX-License-Identifier: GPL-2.0
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/clock.h"
#include "prove/round_trip.h"

#define TIMES	 301
#define LIMIT_NS 500000000ULL

struct target {
	int cpu;
	atomic_uint turns;
	atomic_bool over;
};

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* A membarrier interrupts the CPUs that run a thread of the caller's process. */
static void *run(void *of)
{
	struct target *target = of;

	pin(target->cpu);
	while (!target->over)
		target->turns++;
	return NULL;
}

static int by_number(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, two = *(const uint64_t *)b;

	return one < two ? -1 : one > two;
}

/* Whether the target runs right now; false: it did not until @end. */
static bool runs(struct target *target, uint64_t end)
{
	unsigned int turns = target->turns;

	while (target->turns == turns)
		if (mono_ns() > end)
			return false;
	return true;
}

static uint64_t median(struct target *target)
{
	uint64_t times[TIMES], end = mono_ns() + LIMIT_NS;

	for (int i = 0; i < TIMES; i++) {
		uint64_t begun;

		if (!runs(target, end))
			return 0;
		begun = mono_ns();
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
			return 0;
		times[i] = mono_ns() - begun;
	}
	qsort(times, TIMES, sizeof(*times), by_number);
	return times[TIMES / 2];
}

uint64_t round_trip__measure(void)
{
	struct target target = { .cpu = -1 };
	cpu_set_t before;
	pthread_t thread;
	uint64_t time;
	int own = -1;

	if (sched_getaffinity(0, sizeof(before), &before) ||
	    syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		return 0;
	for (int cpu = 0; cpu < CPU_SETSIZE && target.cpu < 0; cpu++)
		if (CPU_ISSET(cpu, &before))
			*(own < 0 ? &own : &target.cpu) = cpu;
	if (target.cpu < 0 || pthread_create(&thread, NULL, run, &target))
		return 0;
	pin(own);
	time = median(&target);
	target.over = true;
	pthread_join(thread, NULL);
	sched_setaffinity(0, sizeof(before), &before);
	return time;
}
