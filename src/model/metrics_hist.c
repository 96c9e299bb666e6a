// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include "abi/hist_slots.h"
#include "model/hist.h"
#include "model/metrics_hist.h"

void metrics_hist__add(struct metrics_hist *to, const struct hist *from)
{
	if (!from->count)
		return;
	to->count += from->count;
	to->sum += from->sum;
	for (uint32_t slot = 0; slot < HIST_SLOTS; slot++)
		to->slots[slot] += from->slots[slot];
}

uint64_t metrics_hist__bound(size_t bucket)
{
	return (1ULL << (METRICS_OCTAVE_FIRST + bucket)) - 1;
}

void metrics_hist__cumulate(const struct metrics_hist *hist, uint64_t counts[METRICS_BUCKETS])
{
	uint64_t below = 0;
	uint32_t slot = 0;

	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		while (slot < HIST_SLOTS && hist_upper(slot) <= metrics_hist__bound(i))
			below += hist->slots[slot++];
		counts[i] = below;
	}
}

size_t metrics_hist__worst_bucket(const struct metrics_hist *hist)
{
	size_t i = 0;

	if (!hist->worst.ns)
		return SIZE_MAX;
	while (i < METRICS_BUCKETS && hist->worst.ns > metrics_hist__bound(i))
		i++;
	return i;
}

int32_t metrics_hist__native(uint32_t slot)
{
	/* The last slot has no upper bound: as wide as the one before. */
	double lower = hist_lower(slot);
	double upper = slot + 1 < HIST_SLOTS ? hist_lower(slot + 1) : lower * 1.25;

	return ceil(log2((lower + upper) / 2 / 1e9) * (1 << METRICS_NATIVE_SCHEMA));
}
