// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <bpf/libbpf.h>
#include "collect/known_events.h"
#include "collect/skeleton.h"

static bool attached(const struct bpf_object_skeleton *skeleton, const char *name)
{
	const struct bpf_prog_skeleton *prog = skeleton__prog(skeleton, name);

	return prog && *prog->link;
}

void known_events(const struct bpf_object_skeleton *skeleton, bool known[NR_EVENTS])
{
	known[EVENT_FREQUENCY] = attached(skeleton, "event_frequency");
	known[EVENT_MIGRATION] = attached(skeleton, "event_migration");
	known[EVENT_POLLED] = attached(skeleton, "event_polled");
	known[EVENT_GUEST_CLOCK] = attached(skeleton, "event_guest_clock");
	known[EVENT_GUEST_IPI] = attached(skeleton, "event_guest_icr") &&
				 attached(skeleton, "event_guest_hypercall");
}
