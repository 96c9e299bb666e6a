// SPDX-License-Identifier: GPL-2.0
#include "ipiload_hist.h"

uint64_t hist_upper(unsigned int index)
{
	unsigned int octave;

	if (index < HIST_SUBS)
		return index;
	octave = index / HIST_SUBS - 1;
	/* In the last bucket this wraps to UINT64_MAX, which is right. */
	return ((uint64_t)(HIST_SUBS + index % HIST_SUBS + 1) << octave) - 1;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	into->count += from->count;
	into->sum += from->sum;
	if (from->max > into->max)
		into->max = from->max;
	for (unsigned int i = 0; i < HIST_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
}

uint64_t hist_percentile(const struct hist *hist, unsigned int percent)
{
	/* ceil(count * percent / 100) without overflow */
	uint64_t rank = hist->count / 100 * percent + (hist->count % 100 * percent + 99) / 100;
	uint64_t seen = 0;

	for (unsigned int i = 0; i < HIST_BUCKETS; i++) {
		seen += hist->bucket[i];
		if (seen && seen >= rank) {
			uint64_t upper = hist_upper(i);

			return upper < hist->max ? upper : hist->max;
		}
	}
	return 0;
}
