/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A capture as a timeline for Perfetto's viewer (https://ui.perfetto.dev):
 *
 *   rates        counters, a value a window
 *   storms       a slice a storm
 *   stalls       a slice a stall
 *   CPU N        sends   what the CPU sent; an arrow leads from a send to each run
 *                waits   the CPU's synchronous calls
 *                queued  csds that wait for the CPU
 *                runs    the functions that the CPU ran
 */
#ifndef IPITRACE_VIEW_PERFETTO_TIMELINE_H
#define IPITRACE_VIEW_PERFETTO_TIMELINE_H

#include <jansson.h>
#include <stdint.h>
#include "view/capture/record_line.h"

struct timeline;

struct timeline_totals {
	uint64_t csds; /* drawn, and other interrupts that `trace` recorded */
	uint64_t flows; /* from a send to a run */
	uint64_t cut; /* csds beyond the limit */
	uint64_t unusable; /* objects without what a timeline needs */
	uint64_t crowded; /* slices that found no lane */
};

/* Draw at most @limit csds, into @fd, which stays the caller's. NULL without memory. */
struct timeline *timeline__open(int fd, uint64_t limit);

/* The next object of a capture, which is no record. 0, -ENOMEM, or the negative errno of @fd. */
int timeline__add(struct timeline *t, json_t *object);

/* The next record. As timeline__add(). */
int timeline__add_record(struct timeline *t, const struct record_line *line);

/* Write what is left, and free. 0, -ENOMEM, or the negative errno of @fd. */
int timeline__close(struct timeline *t, struct timeline_totals *totals);

#endif /* IPITRACE_VIEW_PERFETTO_TIMELINE_H */
