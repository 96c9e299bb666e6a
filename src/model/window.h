/* SPDX-License-Identifier: GPL-2.0 */
/* The time that a snapshot covers. */
#ifndef IPITRACE_MODEL_WINDOW_H
#define IPITRACE_MODEL_WINDOW_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct window {
	struct timespec start; /* CLOCK_REALTIME */
	uint64_t mono_start; /* CLOCK_MONOTONIC ns */
	uint64_t mono_end;
	bool last; /* the run ends with this window */
};

static inline double window__seconds(const struct window *window)
{
	return (window->mono_end - window->mono_start) / 1e9;
}

/* Whether it was cut before its end; @asked: the length it was to have, s, or 0: not known. */
static inline bool window__partial(const struct window *window, double asked)
{
	return window__seconds(window) < 0.95 * asked;
}

/* CLOCK_REALTIME less CLOCK_MONOTONIC, ns. */
static inline int64_t window__realtime(const struct window *window)
{
	return window->start.tv_sec * 1000000000LL + window->start.tv_nsec -
	       (int64_t)window->mono_start;
}

/* When it ended, seconds since 1970. */
static inline double window__end(const struct window *window)
{
	return window->start.tv_sec + window->start.tv_nsec / 1e9 + window__seconds(window);
}

#endif /* IPITRACE_MODEL_WINDOW_H */
