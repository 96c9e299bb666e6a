// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include "base/cpuset.h"
#include "run/affinity.h"

/* Take the CPUs that the kernel isolates out of @cpus. Returns whether any was there. */
static bool isolated_exclude(struct cpuset *cpus)
{
	static const char *const lists[] = { "isolated", "nohz_full" };
	uint32_t before = cpuset__count(cpus);
	struct cpuset set;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (!cpuset__read(&set, lists[i]))
			cpuset__subtract(cpus, &set);
	return cpuset__count(cpus) < before;
}

int affinity__bind(const struct cpuset *wanted, struct cpuset *bound)
{
	struct cpuset cpus = {};
	bool bind = true;

	memset(bound, 0, sizeof(*bound));
	if (wanted)
		cpus = *wanted;
	else if (sched_getaffinity(0, sizeof(cpus), (cpu_set_t *)&cpus))
		return -errno;
	else
		bind = isolated_exclude(&cpus) && cpuset__count(&cpus);
	if (!bind)
		return 0;
	if (sched_setaffinity(0, sizeof(cpus), (const cpu_set_t *)&cpus))
		return -errno;
	*bound = cpus;
	return 0;
}

bool affinity__others(const struct cpuset *avoid, struct cpuset *others)
{
	memset(others, 0, sizeof(*others));
	if (sched_getaffinity(0, sizeof(*others), (cpu_set_t *)others))
		return false;
	cpuset__subtract(others, avoid);
	isolated_exclude(others);
	return cpuset__count(others);
}

void affinity__keep(const struct cpuset *bound)
{
	struct cpuset now = {};
	int cpu;

	if (cpuset__next(bound, 0) < 0 || sched_getaffinity(0, sizeof(now), (cpu_set_t *)&now))
		return;
	for_each_cpu(cpu, &now) {
		if (cpuset__has(bound, cpu))
			continue;
		/* Fails while none of these CPUs is online. */
		(void)sched_setaffinity(0, sizeof(*bound), (const cpu_set_t *)bound);
		return;
	}
}
