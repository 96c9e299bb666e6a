/* SPDX-License-Identifier: GPL-2.0 */
/* One bank of the maps `events` and `guests` into a snapshot. */
#ifndef IPITRACE_COLLECT_READ_EVENTS_H
#define IPITRACE_COLLECT_READ_EVENTS_H

#include <stdint.h>
#include "abi/event.h"
#include "base/cpuset.h"
#include "model/machine_events.h"

struct event_maps {
	struct event_rec *recs; /* by CPU */
	struct guest_rec *guests; /* GUEST_ROWS */
};

/* Take the counts of @cpus in @epoch, which nobody writes any more; known[] stays. */
void read_events(struct event_maps *maps, uint32_t epoch, const struct cpuset *cpus,
		 struct machine_events *events);

#endif /* IPITRACE_COLLECT_READ_EVENTS_H */
