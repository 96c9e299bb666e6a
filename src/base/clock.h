/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks in ns. The BPF programs take their times from CLOCK_MONOTONIC. */
#ifndef IPITRACE_BASE_CLOCK_H
#define IPITRACE_BASE_CLOCK_H

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

#endif /* IPITRACE_BASE_CLOCK_H */
