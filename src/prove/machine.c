// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include "base/clock.h"
#include "base/sanitize.h"
#include "base/sysfile.h"
#include "prove/proof.h"

#define TIMES	 301 /* number of membarriers that are measured */
#define LIMIT_NS 500000000ULL /* time for all of them */

#define CPU "/sys/devices/system/cpu/cpu%d/topology/"

/* Whether @cpu is the first CPU of the list @file in its topology. */
static bool is_first(const char *file, int cpu)
{
	uint64_t first;

	return sysfile__number(&first, "%" SCNu64, CPU "%s", cpu, file) && first == (uint64_t)cpu;
}

static void count_cpus(struct machine_facts *facts)
{
	struct cpuset set;
	int cpu;

	if (!cpuset__read_path(&set, "/sys/devices/system/node/online"))
		facts->nodes = cpuset__count(&set);
	if (cpuset__read_path(&set, "/sys/devices/system/cpu/online"))
		return;
	facts->cpus = cpuset__count(&set);
	for_each_cpu(cpu, &set) {
		facts->packages += is_first("package_cpus_list", cpu);
		facts->cores += is_first("thread_siblings_list", cpu);
	}
}

void machine_facts__read(struct machine_facts *facts)
{
	char text[4096];
	const char *model;

	memset(facts, 0, sizeof(*facts));
	uname(&facts->name);
	count_cpus(facts);
	if (sysfile__rest(text, sizeof(text), "model name", "/proc/cpuinfo") &&
	    (model = strchr(text, ':')))
		sanitize(facts->model, sizeof(facts->model), model + strspn(model, ": \t"));
	facts->hypervisor = sysfile__rest(text, sizeof(text), "flags", "/proc/cpuinfo") &&
			    strstr(text, " hypervisor");
}

struct target {
	int cpu;
	atomic_uint turns;
	atomic_bool over;
};

static void pin_thread(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Runs until @over is set: a membarrier interrupts only CPUs that run a thread of its process. */
static void *run_target(void *arg)
{
	struct target *target = arg;

	pin_thread(target->cpu);
	while (!target->over)
		target->turns++;
	return NULL;
}

static uint64_t measure_median(struct target *target)
{
	uint64_t times[TIMES], end = mono_ns() + LIMIT_NS;

	for (int i = 0; i < TIMES; i++) {
		unsigned int turns = target->turns;
		uint64_t begun;

		/* Wait until the target runs at this moment. */
		while (target->turns == turns)
			if (mono_ns() > end)
				return 0;
		begun = mono_ns();
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
			return 0;
		times[i] = mono_ns() - begun;
	}
	qsort(times, TIMES, sizeof(*times), cmp_u64_items);
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
		if (CPU_ISSET(cpu, &before) && own < 0)
			own = cpu;
		else if (CPU_ISSET(cpu, &before))
			target.cpu = cpu;
	if (target.cpu < 0 || pthread_create(&thread, NULL, run_target, &target))
		return 0;
	pin_thread(own);
	time = measure_median(&target);
	target.over = true;
	pthread_join(thread, NULL);
	sched_setaffinity(0, sizeof(before), &before);
	return time;
}
