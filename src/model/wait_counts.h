/* SPDX-License-Identifier: GPL-2.0 */
/* How many senders' waits of a run of `waits` were longer than the threshold: plain data, ns. */
#ifndef IPITRACE_MODEL_WAIT_COUNTS_H
#define IPITRACE_MODEL_WAIT_COUNTS_H

#include <stdint.h>

struct hist;

/*
 * The counts come from histograms, whose slots are up to 25 % wide: a threshold
 * within a slot leaves the waits of that slot open. The longest is exact.
 */
struct wait_counts {
	uint64_t threshold;
	uint64_t looks; /* how often the watchers looked for a wait that lasts */
	uint64_t look_period; /* from one look to the next */
	uint64_t waits; /* that are over */
	uint64_t at_least; /* of these, as long as the threshold or longer */
	uint64_t at_most;
	uint64_t longest;
	uint64_t lost; /* csds that could not be followed, and whose waits may be missing */
};

/* Count the waits of @hist against counts->threshold. @hist has all waits of the run. */
void wait_counts__set(struct wait_counts *counts, const struct hist *hist);

#endif /* IPITRACE_MODEL_WAIT_COUNTS_H */
