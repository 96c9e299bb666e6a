/* SPDX-License-Identifier: GPL-2.0 */
/* Events besides IPIs, counted in a window. */
#ifndef IPITRACE_MODEL_MACHINE_EVENTS_H
#define IPITRACE_MODEL_MACHINE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/event.h"

/* IPIs that the vCPUs of a process asked for. */
struct guest_ipis {
	uint32_t tgid;
	uint64_t ipis;
};

#define GUESTS_MAX 8

struct machine_events {
	bool known[NR_EVENTS]; /* counted here */
	uint64_t hits[NR_EVENTS];
	uint32_t nr_guests;
	struct guest_ipis guests[GUESTS_MAX]; /* those that asked for most, most first */
};

/* Add an interval's counts to @to: what either does not know, @to does not. */
void machine_events__add(struct machine_events *to, const struct machine_events *from);

/* Take @guest into @events, if it is among those that asked for most. */
void machine_events__guest(struct machine_events *events, struct guest_ipis guest);

#endif /* IPITRACE_MODEL_MACHINE_EVENTS_H */
