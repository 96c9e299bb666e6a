// SPDX-License-Identifier: GPL-2.0
#include "abi/hist_slots.h"
#include "model/hist.h"
#include "model/wait_counts.h"

void wait_counts__set(struct wait_counts *counts, const struct hist *hist)
{
	uint32_t slot = hist_slot(counts->threshold);

	counts->waits = hist->count;
	counts->longest = hist->max;
	counts->at_least = counts->at_most = 0;
	if (!hist->count || hist->max < counts->threshold)
		return;
	for (uint32_t i = slot + 1; i < HIST_SLOTS; i++)
		counts->at_least += hist->slots[i];
	counts->at_most = counts->at_least + hist->slots[slot];
	/* The threshold is the slot's lower bound: all of the slot is longer. */
	if (hist_lower(slot) == counts->threshold)
		counts->at_least = counts->at_most;
	/* The longest wait is in that slot, and above the threshold. */
	if (!counts->at_least)
		counts->at_least = 1;
}
