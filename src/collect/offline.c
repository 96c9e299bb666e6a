// SPDX-License-Identifier: GPL-2.0
#include "abi/cpu.h"
#include "abi/mailbox.h"
#include "base/clock.h"
#include "collect/maps.h"
#include "collect/offline.h"

/*
 * Without the usual margin: no sender is between its queue event and the queue
 * when a CPU goes, for all CPUs take part in that (stop_machine_cpuslocked()).
 */
void offline__note(struct maps *maps, const struct cpuset *cpus, const struct cpuset *online,
		   uint64_t now)
{
	int cpu;

	for_each_cpu(cpu, cpus)
		if (!cpuset__has(online, cpu))
			__atomic_store_n(&maps->cpus[cpu].flushed, now + HORIZON_MARGIN_NS,
					 __ATOMIC_RELAXED);
}

void offline__find(struct maps *maps, const struct cpuset *cpus)
{
	uint64_t now = mono_ns();
	struct cpuset online;

	if (!cpuset__read(&online, "online"))
		offline__note(maps, cpus, &online, now);
}
