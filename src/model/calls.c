// SPDX-License-Identifier: GPL-2.0
#include "abi/hist_slots.h"
#include "model/calls.h"
#include "model/field.h"
#include "model/hist.h"
#include "model/snapshot.h"

void call_sum__add(struct call_sum *dst, const struct call_sum *src)
{
	dst->count += src->count;
	dst->csds += src->csds;
	if (dst->csds_max < src->csds_max)
		dst->csds_max = src->csds_max;
	if (dst->worst_ns > src->worst_ns ||
	    (dst->worst_ns == src->worst_ns && call_sum__knows_worst(dst)))
		return;
	dst->worst_ns = src->worst_ns;
	dst->worst = src->worst;
}

static void add(void *to, const void *from)
{
	call_sum__add(to, from);
}

static const struct field call_sum_fields[] = {
	K(call_sum, NUMBER, SUM, count),
	K(call_sum, NUMBER, SUM, csds),
	DERIVED("targets_mean"),
	F(call_sum, "targets_max", NUMBER, MAX, csds_max, KNOWN(call_sum, count)),
	DERIVED("worst"),
};
const struct form call_sum_form = FORM(struct call_sum, call_sum_fields, .add = add);

bool call_sum__knows_worst(const struct call_sum *sum)
{
	return sum->worst_ns && sum->worst.csds;
}

double call_sum__targets(const struct call_sum *sum)
{
	return (double)sum->csds / sum->count;
}

const char *calls__worst_comm(const struct snapshot *snap, const struct call_sum *sum)
{
	uint32_t tgid = call_sum__knows_worst(sum) ? sum->worst.tgid : 0;

	for (size_t i = 0; tgid && i < snap->nr_samples; i++)
		if (snap->samples[i].tgid == tgid)
			return snap->samples[i].comm;
	return NULL;
}

void calls__total(const struct snapshot *snap, struct call_sum *sum, struct wait_sum *wait)
{
	*sum = (struct call_sum){};
	*wait = (struct wait_sum){};
	for (size_t i = 0; i < snap->nr_fns; i++) {
		call_sum__add(sum, &snap->fns[i].calls);
		wait_sum__add(wait, &snap->fns[i].wait);
	}
}

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
