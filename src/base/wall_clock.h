/* SPDX-License-Identifier: GPL-2.0 */
/* CLOCK_MONOTONIC to local time, without localtime(), which takes a lock. */
#ifndef IPITRACE_BASE_WALL_CLOCK_H
#define IPITRACE_BASE_WALL_CLOCK_H

#include <stdint.h>

struct wall_clock {
	int64_t offset; /* local time less CLOCK_MONOTONIC, ns */
};

/* Calls localtime_r(): read the clock before a time at which a lock may be stuck. */
void wall_clock__read(struct wall_clock *clock);

#endif /* IPITRACE_BASE_WALL_CLOCK_H */
