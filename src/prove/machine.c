// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/cpuset.h"
#include "base/sanitize.h"
#include "base/sysfile.h"
#include "prove/machine.h"

#define CPU "/sys/devices/system/cpu/cpu%d/topology/"

/* Whether @cpu is the first of those that @file, a list in its topology, names. */
static bool is_first(const char *file, int cpu)
{
	uint64_t first;

	return sysfile__number(&first, "%" SCNu64, CPU "%s", cpu, file) && first == (uint64_t)cpu;
}

static void count(struct machine_facts *facts)
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
	count(facts);
	if (sysfile__rest(text, sizeof(text), "model name", "/proc/cpuinfo") &&
	    (model = strchr(text, ':')))
		sanitize(facts->model, sizeof(facts->model), model + strspn(model, ": \t"));
	facts->hypervisor = sysfile__rest(text, sizeof(text), "flags", "/proc/cpuinfo") &&
			    strstr(text, " hypervisor");
}
