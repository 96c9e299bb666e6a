/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slices that overlap, as csds in a queue do. A track's slices nest, so each lane is a
 * track of its own; the viewer draws tracks of one name and parent as one.
 */
#ifndef IPITRACE_VIEW_PERFETTO_LANES_H
#define IPITRACE_VIEW_PERFETTO_LANES_H

#include <stddef.h>
#include <stdint.h>
#include "view/perfetto/packets.h"

/* More at one time are not drawn: a search for a free lane must not take long. */
#define LANES_MAX 1024

struct lane {
	uint64_t track;
	uint64_t until; /* ns, the end of its last slice */
};

struct lanes {
	uint64_t parent;
	uint32_t rank;
	const char *name;
	struct lane *lanes;
	size_t nr;
};

/* The track for a slice of @start to @end; 0 if all lanes are taken, or without memory. */
uint64_t lanes__take(struct lanes *l, struct packets *p, uint64_t start, uint64_t end);

void lanes__free(struct lanes *l);

#endif /* IPITRACE_VIEW_PERFETTO_LANES_H */
