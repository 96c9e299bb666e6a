/* SPDX-License-Identifier: GPL-2.0 */
/* Events besides IPIs (bpf/events.bpf.h): which of them this kernel lets the programs count. */
#ifndef IPITRACE_COLLECT_KNOWN_EVENTS_H
#define IPITRACE_COLLECT_KNOWN_EVENTS_H

#include <stdbool.h>
#include "abi/event.h"

struct bpf_object_skeleton;

/* An event is known where its programs of @skeleton are attached. */
void known_events(const struct bpf_object_skeleton *skeleton, bool known[NR_EVENTS]);

#endif /* IPITRACE_COLLECT_KNOWN_EVENTS_H */
