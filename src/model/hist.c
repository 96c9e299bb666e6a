// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include "abi/hist_slots.h"
#include "model/hist.h"

void wait_sum__add(struct wait_sum *dst, const struct wait_sum *src)
{
	dst->count += src->count;
	dst->sum += src->sum;
	dst->away += src->away;
	if (dst->max < src->max)
		dst->max = src->max;
}

void hist__add(struct hist *dst, const struct hist *src)
{
	dst->count += src->count;
	dst->sum += src->sum;
	if (src->max > dst->max)
		dst->max = src->max;
	for (int i = 0; i < HIST_SLOTS; i++)
		dst->slots[i] += src->slots[i];
}

uint64_t hist__mean(const struct hist *hist)
{
	return hist->count ? hist->sum / hist->count : 0;
}

uint64_t hist__percentile(const struct hist *hist, double percentile)
{
	/* Multiply first: 99.9 / 100 rounds up, and so may the rank. */
	uint64_t rank = ceil(hist->count * percentile / 100), seen = 0;

	if (!hist->count)
		return 0;
	if (rank < 1)
		rank = 1;
	if (rank > hist->count)
		rank = hist->count;
	for (int i = 0; i < HIST_SLOTS; i++) {
		seen += hist->slots[i];
		if (seen >= rank)
			return hist_upper(i) < hist->max ? hist_upper(i) : hist->max;
	}
	return hist->max;
}
