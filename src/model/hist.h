/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms and sums of durations: plain data, ns. */
#ifndef IPITRACE_MODEL_HIST_H
#define IPITRACE_MODEL_HIST_H

#include <stdint.h>
#include "abi/hist_slots.h"

struct hist {
	uint64_t count;
	uint64_t sum;
	uint64_t max; /* of this window alone */
	uint64_t slots[HIST_SLOTS];
};

/* The time that senders spent in synchronous calls, ns. */
struct wait_sum {
	uint64_t count; /* calls */
	uint64_t sum;
	uint64_t max; /* of this window alone */
	uint64_t away; /* the part of sum in which the senders' CPUs ran other tasks (7.3 on) */
};

/* The part of waits of @sum ns that senders spent on their CPUs, which did nothing else. */
static inline uint64_t wait_spun(uint64_t sum, uint64_t away)
{
	return sum > away ? sum - away : 0;
}

static inline uint64_t wait_sum__spun(const struct wait_sum *wait)
{
	return wait_spun(wait->sum, wait->away);
}

struct form;
extern const struct form hist_form, wait_sum_form;

/* Add @src to @dst. */
void wait_sum__add(struct wait_sum *dst, const struct wait_sum *src);
void hist__add(struct hist *dst, const struct hist *src);

/* ns; 0 when empty. */
uint64_t hist__mean(const struct hist *hist);

/*
 * The value at @percentile (0 < percentile <= 100), by nearest rank: the
 * upper bound of the slot that holds it, never above max. 0 when empty.
 */
uint64_t hist__percentile(const struct hist *hist, double percentile);

#endif /* IPITRACE_MODEL_HIST_H */
