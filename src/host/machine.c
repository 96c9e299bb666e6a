// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/cpuset.h"
#include "host/machine.h"
#include "model/host.h"

void machine__read(struct host *host)
{
	if (uname(&host->name))
		memset(&host->name, 0, sizeof(host->name));
	if (cpuset__read(&host->online, "online"))
		memset(&host->online, 0, sizeof(host->online));
}

uint32_t numa__place(struct numa *numa, int id)
{
	for (uint32_t i = 0; i < numa->nr_nodes; i++)
		if (numa->ids[i] == id)
			return i;
	if (numa->nr_nodes == NUMA_NODES_MAX)
		return NUMA_NODES_MAX - 1;
	numa->ids[numa->nr_nodes] = id;
	return numa->nr_nodes++;
}

void numa__read(struct numa *numa, const char *dir)
{
	struct cpuset nodes, cpus;
	int node, cpu;

	if (!dir)
		dir = "/sys/devices/system/node";
	/* The list of nodes has the form of a list of CPUs. */
	if (cpuset__read_path(&nodes, "%s/online", dir))
		return;
	for_each_cpu(node, &nodes) {
		uint32_t at;

		/* A node of memory alone has an empty list. */
		if (cpuset__read_path(&cpus, "%s/node%d/cpulist", dir, node))
			continue;
		at = numa__place(numa, node);
		for_each_cpu(cpu, &cpus)
			numa->nodes[cpu] = at;
	}
}

#define CACHES_MAX 8 /* of a CPU; x86 has 4 */

/* The CPUs that share the last of @cpu's caches, which the kernel numbers from the CPU outwards. */
static bool sharers(const char *dir, int cpu, struct cpuset *set)
{
	for (int index = CACHES_MAX - 1; index >= 0; index--)
		if (!cpuset__read_path(set, "%s/cpu%d/cache/index%d/shared_cpu_list", dir, cpu,
				       index))
			return true;
	return false;
}

void llc__read(struct numa *groups, const struct cpuset *cpus, const char *dir)
{
	struct cpuset set;
	int cpu;

	if (!dir)
		dir = "/sys/devices/system/cpu";
	for_each_cpu(cpu, cpus)
		if (sharers(dir, cpu, &set))
			groups->nodes[cpu] = numa__place(groups, cpuset__next(&set, 0));
}
