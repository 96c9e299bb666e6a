/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The watchers' reports on their way to the thread that keeps them: a ring for each
 * watcher, so that none waits for another, nor for the thread that takes.
 */
#ifndef IPITRACE_STALL_REPORT_RINGS_H
#define IPITRACE_STALL_REPORT_RINGS_H

#include <stddef.h>
#include <stdint.h>
#include "base/byte_ring.h"
#include "stall/watcher_threads.h"

/* All zero: not open. */
struct report_rings {
	struct byte_ring rings[WATCHERS_MAX];
	char *text; /* room for what one ring holds */
};

/* @size: bytes of one ring, a power of two; a report takes 2 KB. 0 or -ENOMEM. */
int report_rings__open(struct report_rings *rings, size_t size);
void report_rings__close(struct report_rings *rings);

/*
 * As the write function of struct reporter_config, which hands over @ctx, the rings.
 * A report without room is counted, and the stall's next report may find room: 0 always.
 */
int report_rings__put(void *ctx, unsigned int which, const char *report, size_t len);

/*
 * Hand what has come to @fn, whole reports, by one thread at a time. Returns 0, or what
 * @fn returned, which ends the call.
 */
int report_rings__take(struct report_rings *rings,
		       int (*fn)(void *ctx, const char *text, size_t len), void *ctx);

/* Reports that found no room, so far. */
uint64_t report_rings__refused(const struct report_rings *rings);

#endif /* IPITRACE_STALL_REPORT_RINGS_H */
