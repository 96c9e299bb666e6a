/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CLOCK_MONOTONIC to the time of day, without localtime() and gmtime(), which take a
 * lock: the time is told while a CPU is stuck.
 */
#ifndef IPITRACE_BASE_WALL_CLOCK_H
#define IPITRACE_BASE_WALL_CLOCK_H

#include <stdint.h>

struct wall_clock {
	int64_t offset; /* local time less CLOCK_MONOTONIC, ns */
};

/* Calls localtime_r(): read the clock before a time at which a lock may be stuck. */
void wall_clock__read(struct wall_clock *clock);

/*
 * Read CLOCK_REALTIME for wall_clock__realtime(): at the start, and now and then, since
 * that clock may be set and a suspended machine stops CLOCK_MONOTONIC alone.
 */
void wall_clock__sync(void);

/* For times of another machine's: its CLOCK_REALTIME less its CLOCK_MONOTONIC, ns. */
void wall_clock__set(int64_t offset);

/* CLOCK_REALTIME less CLOCK_MONOTONIC at the last wall_clock__sync(), ns. By any thread. */
int64_t wall_clock__realtime(void);

/* With the 0. */
#define WALL_CLOCK_DATE 20

/* @seconds since 1970 as "2026-11-21T06:40:22", UTC; years up to 9999. */
void wall_clock__date(char *to, uint64_t seconds);

#endif /* IPITRACE_BASE_WALL_CLOCK_H */
