/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clocks in ns, the time of day, and descriptors that tick. The BPF programs read CLOCK_MONOTONIC.
 * Its times are converted to the time of day without localtime() and gmtime(), which take a lock,
 * because reports are written while a CPU is stuck.
 */
#ifndef IPITRACE_BASE_CLOCK_H
#define IPITRACE_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static inline uint64_t mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

struct wall_clock {
	int64_t offset; /* local time minus CLOCK_MONOTONIC, ns */
};

/*
 * Read how far the local time is from CLOCK_MONOTONIC. Calls localtime_r(), which takes a lock:
 * call this before a time at which the lock's holder may be stuck.
 */
void wall_clock__read(struct wall_clock *clock);

/*
 * Read CLOCK_REALTIME for wall_clock__realtime(). Call this at the start and from time to time,
 * because that clock may be set, and CLOCK_MONOTONIC stops while the machine is suspended.
 */
void wall_clock__sync(void);

/* For times of another machine: set that machine's CLOCK_REALTIME minus CLOCK_MONOTONIC, ns. */
void wall_clock__set(int64_t offset);

/* Returns CLOCK_REALTIME - CLOCK_MONOTONIC at the last wall_clock__sync(), ns. For any thread. */
int64_t wall_clock__realtime(void);

#define WALL_CLOCK_DATE 20 /* bytes, with the NUL */

/*
 * Write @seconds since 1970 as "2026-11-21T06:40:22", UTC, into @to of WALL_CLOCK_DATE bytes; years
 * up to 9999.
 */
void wall_clock__date(char *to, uint64_t seconds);

/*
 * Returns a descriptor, which the caller closes and which is readable at once, then once a period;
 * or a negative errno.
 */
int ticker__open(uint64_t period_ns);

/* Whether a period has passed since the last call that returned true. Does not wait. */
bool ticker__due(int fd);

#endif /* IPITRACE_BASE_CLOCK_H */
