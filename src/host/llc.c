// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdio.h>
#include "host/llc.h"
#include "host/numa.h"

#define DIR	    "/sys/devices/system/cpu"
#define INDEXES_MAX 8 /* caches of a CPU; x86 has 4 */

/* The CPUs that share the last of @cpu's caches, which the kernel numbers from the CPU outwards. */
static bool sharers(const char *dir, int cpu, struct cpuset *set)
{
	char path[256];

	for (int index = INDEXES_MAX - 1; index >= 0; index--) {
		snprintf(path, sizeof(path), "%s/cpu%d/cache/index%d/shared_cpu_list", dir, cpu,
			 index);
		if (!cpuset__read_path(set, path))
			return true;
	}
	return false;
}

void llc__read(struct numa *groups, const struct cpuset *cpus, const char *dir)
{
	struct cpuset set;
	int cpu;

	for_each_cpu(cpu, cpus)
		if (sharers(dir ? dir : DIR, cpu, &set))
			groups->nodes[cpu] = numa__place(groups, cpuset__next(&set, 0));
}
