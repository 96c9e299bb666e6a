// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/cpuset.h"
#include "run/affinity.h"

/*
 * Remove the CPUs of the list /sys/devices/system/cpu/@name from @cpus. Returns
 * whether any was there.
 */
static bool exclude(cpu_set_t *cpus, size_t size, const char *name)
{
	struct cpuset set;
	bool any = false;
	int cpu;

	if (cpuset__read(&set, name))
		return false;
	for_each_cpu(cpu, &set) {
		if (!CPU_ISSET_S(cpu, size, cpus))
			continue;
		CPU_CLR_S(cpu, size, cpus);
		any = true;
	}
	return any;
}

int affinity__bind(const struct cpuset *wanted, struct cpuset *bound)
{
	size_t size = CPU_ALLOC_SIZE(CPUSET_MAX);
	cpu_set_t *cpus = CPU_ALLOC(CPUSET_MAX);
	bool bind = true;
	int err = 0, cpu;

	memset(bound, 0, sizeof(*bound));
	if (!cpus)
		return -ENOMEM;
	CPU_ZERO_S(size, cpus);
	if (wanted) {
		for_each_cpu(cpu, wanted)
			CPU_SET_S(cpu, size, cpus);
	} else if (sched_getaffinity(0, size, cpus)) {
		err = -errno;
	} else {
		bind = exclude(cpus, size, "isolated");
		bind |= exclude(cpus, size, "nohz_full");
		bind &= CPU_COUNT_S(size, cpus) > 0;
	}
	if (!err && bind && sched_setaffinity(0, size, cpus))
		err = -errno;
	else if (!err && bind)
		memcpy(bound, cpus, sizeof(*bound));
	CPU_FREE(cpus);
	return err;
}

bool affinity__others(const struct cpuset *avoid, struct cpuset *others)
{
	struct cpuset now = {}, isolated = {}, nohz_full = {};
	int cpu;

	memset(others, 0, sizeof(*others));
	if (sched_getaffinity(0, sizeof(now), (cpu_set_t *)&now))
		return false;
	if (cpuset__read(&isolated, "isolated"))
		memset(&isolated, 0, sizeof(isolated));
	if (cpuset__read(&nohz_full, "nohz_full"))
		memset(&nohz_full, 0, sizeof(nohz_full));
	for_each_cpu(cpu, &now)
		if (!cpuset__has(avoid, cpu) && !cpuset__has(&isolated, cpu) &&
		    !cpuset__has(&nohz_full, cpu))
			cpuset__add(others, cpu);
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
