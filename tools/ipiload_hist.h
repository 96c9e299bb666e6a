/* SPDX-License-Identifier: GPL-2.0 */
/* A log-linear histogram: 64 buckets an octave, so no bucket is wider than 1.6 %. */
#ifndef IPILOAD_HIST_H
#define IPILOAD_HIST_H

#include <stddef.h>
#include <stdint.h>

#define HIST_SUB_BITS 6
#define HIST_SUBS     (1U << HIST_SUB_BITS)
#define HIST_BUCKETS  ((64 - HIST_SUB_BITS + 1) * HIST_SUBS)

struct hist {
	uint64_t count;
	uint64_t sum;
	uint64_t max;
	uint64_t bucket[HIST_BUCKETS];
};

/* Each value under HIST_SUBS has its own bucket. */
static inline unsigned int hist_index(uint64_t value)
{
	unsigned int octave;

	if (value < HIST_SUBS)
		return value;
	octave = 63 - __builtin_clzll(value) - HIST_SUB_BITS;
	return (octave + 1) * HIST_SUBS + (value >> octave & (HIST_SUBS - 1));
}

static inline void hist_add(struct hist *hist, uint64_t value)
{
	hist->count++;
	hist->sum += value;
	if (value > hist->max)
		hist->max = value;
	hist->bucket[hist_index(value)]++;
}

/* The highest value that falls in the bucket. */
uint64_t hist_upper(unsigned int index);
void hist_merge(struct hist *into, const struct hist *from);
/* By nearest rank: the bucket's upper bound, at most max; 0 for an empty histogram. */
uint64_t hist_percentile(const struct hist *hist, unsigned int percent);

#endif
