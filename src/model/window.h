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

#endif /* IPITRACE_MODEL_WINDOW_H */
