/* SPDX-License-Identifier: GPL-2.0 */
/* The time that a snapshot covers. */
#ifndef IPITRACE_MODEL_WINDOW_H
#define IPITRACE_MODEL_WINDOW_H

#include <stdint.h>
#include <time.h>

struct window {
	struct timespec start; /* CLOCK_REALTIME */
	uint64_t mono_start; /* CLOCK_MONOTONIC ns */
	uint64_t mono_end;
};

static inline double window__seconds(const struct window *window)
{
	return (window->mono_end - window->mono_start) / 1e9;
}

/* CLOCK_REALTIME less CLOCK_MONOTONIC, ns. */
static inline int64_t window__realtime(const struct window *window)
{
	return window->start.tv_sec * 1000000000LL + window->start.tv_nsec -
	       (int64_t)window->mono_start;
}

#endif /* IPITRACE_MODEL_WINDOW_H */
