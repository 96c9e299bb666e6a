/* SPDX-License-Identifier: GPL-2.0 */
/* Events to come, in the order of simulated time; and chance, the same in each run. */
#ifndef SCALE_TIMELINE_H
#define SCALE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

struct todo {
	uint64_t at; /* ns */
	uint64_t order; /* of those at the same time */
	int what;
	uint32_t cpu, arg;
};

/* Empty, with the random numbers of the beginning. */
void timeline_reset(void);
void timeline_plan(uint64_t at, int what, uint32_t cpu, uint32_t arg);
/* The next one; false: there is none. */
bool timeline_take(struct todo *todo);

uint64_t chance(void);
/* From @low to @low * 2^@octaves, evenly on a logarithmic scale. */
uint64_t chance_spread(double low, double octaves);

#endif /* SCALE_TIMELINE_H */
