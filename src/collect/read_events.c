// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include "abi/event.h"
#include "base/cpuset.h"
#include "collect/read_events.h"
#include "model/machine_events.h"

static uint64_t taken(__u64 *count)
{
	uint64_t n = *count;

	*count = 0;
	return n;
}

void read_events(struct event_maps *maps, uint32_t epoch, const struct cpuset *cpus,
		 struct machine_events *events)
{
	uint32_t bank = epoch & 1;
	int cpu;

	for_each_cpu(cpu, cpus)
		for (int i = 0; i < NR_EVENTS; i++)
			events->hits[i] += taken(&maps->recs[cpu].hits[bank][i]);
	for (int i = 0; i < GUEST_ROWS; i++) {
		struct guest_ipis guest = { maps->guests[i].tgid,
					    taken(&maps->guests[i].ipis[bank]) };

		if (guest.ipis)
			machine_events__guest(events, guest);
	}
}
