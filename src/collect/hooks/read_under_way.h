/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls that last, from the maps of the second source: senders that wait, interrupts that
 * CPUs are in. Under the rules of collect/read_moment.h: nothing is allocated, and no
 * CPU is waited for.
 */
#ifndef IPITRACE_COLLECT_HOOKS_READ_UNDER_WAY_H
#define IPITRACE_COLLECT_HOOKS_READ_UNDER_WAY_H

#include <stdbool.h>
#include <stdint.h>

struct hook_maps;
struct moment;

/* The source of a moment; the maps must live as long. */
struct under_way {
	const struct hook_maps *maps;
	bool interrupts; /* the programs see them */
	const char *root; /* of /proc; "" but in tests */
};

/*
 * Fill @moment with the senders that have waited, and the CPUs that have been in an
 * interrupt, for longer than @threshold ns; @of is a struct under_way.
 */
void read_under_way(const void *of, uint64_t threshold, struct moment *moment);

#endif /* IPITRACE_COLLECT_HOOKS_READ_UNDER_WAY_H */
