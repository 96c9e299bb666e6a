// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <stdio.h>
#include "base/cpuset.h"
#include "host/numa.h"

#define DIR "/sys/devices/system/node"

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
	char path[256];
	int node, cpu;

	if (!dir)
		dir = DIR;
	/* The list of nodes has the form of a list of CPUs. */
	snprintf(path, sizeof(path), "%s/online", dir);
	if (cpuset__read_path(&nodes, path))
		return;
	for_each_cpu(node, &nodes) {
		uint32_t at;

		snprintf(path, sizeof(path), "%s/node%d/cpulist", dir, node);
		/* A node of memory alone has an empty list. */
		if (cpuset__read_path(&cpus, path))
			continue;
		at = numa__place(numa, node);
		for_each_cpu(cpu, &cpus)
			numa->nodes[cpu] = at;
	}
}
