// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include "model/machine_events.h"

/* Sort the guest at @at to the front as far as it belongs there. */
static void guest_rise(struct machine_events *events, uint32_t at)
{
	struct guest_ipis guest = events->guests[at];

	for (; at && events->guests[at - 1].ipis < guest.ipis; at--)
		events->guests[at] = events->guests[at - 1];
	events->guests[at] = guest;
}

void machine_events__guest(struct machine_events *events, struct guest_ipis guest)
{
	uint32_t at = 0;

	while (at < events->nr_guests && events->guests[at].tgid != guest.tgid)
		at++;
	if (at < events->nr_guests) {
		events->guests[at].ipis += guest.ipis;
	} else if (at < GUESTS_MAX) {
		events->guests[events->nr_guests++] = guest;
	} else if (events->guests[--at].ipis < guest.ipis) {
		events->guests[at] = guest;
	} else {
		return;
	}
	guest_rise(events, at);
}

void machine_events__add(struct machine_events *to, const struct machine_events *from)
{
	for (int i = 0; i < NR_EVENTS; i++) {
		to->known[i] &= from->known[i];
		to->hits[i] += from->hits[i];
	}
	for (uint32_t i = 0; i < from->nr_guests; i++)
		machine_events__guest(to, from->guests[i]);
}
