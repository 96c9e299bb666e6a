// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include "model/field.h"
#include "model/hist.h"
#include "model/snapshot.h"

FIGURE(p50, hist, hist__percentile(row, 50))
FIGURE(p90, hist, hist__percentile(row, 90))
FIGURE(p99, hist, hist__percentile(row, 99))
FIGURE(p999, hist, hist__percentile(row, 99.9))

static const struct field hist_fields[] = {
	K(hist, NUMBER, SUM, count),
	K(hist, NUMBER, SUM, sum),
	K(hist, NUMBER, MAX, max, KNOWN(hist, count)),
	DERIVED_BY("p50", p50, KNOWN(hist, count)),
	DERIVED_BY("p90", p90, KNOWN(hist, count)),
	DERIVED_BY("p99", p99, KNOWN(hist, count)),
	DERIVED_BY("p999", p999, KNOWN(hist, count)),
	F(hist, "buckets", BUCKETS, SUM, slots),
};
const struct form hist_form = FORM(struct hist, hist_fields);

static const struct field wait_sum_fields[] = {
	K(wait_sum, NUMBER, SUM, count),
	K(wait_sum, NUMBER, SUM, sum),
	K(wait_sum, NUMBER, MAX, max, KNOWN(wait_sum, count)),
	F(wait_sum, NULL, NUMBER, SUM, away),
};
const struct form wait_sum_form = FORM(struct wait_sum, wait_sum_fields);

static const struct field steal_sum_fields[] = {
	K(steal_sum, NUMBER, SUM, delay),
	K(steal_sum, NUMBER, SUM, handler),
	K(steal_sum, NUMBER, SUM, csds, PRESENT(steal_sum, csds_known)),
};
const struct form steal_sum_form = FORM(struct steal_sum, steal_sum_fields);

/* All fields but csds. */
const struct form steal_rate_form = { .fields = steal_sum_fields,
				      .nr = 2,
				      .size = sizeof(struct steal_sum) };

uint64_t wait_sum__spun(const struct wait_sum *wait)
{
	return wait_spun(wait->sum, wait->away);
}

void wait_sum__add(struct wait_sum *dst, const struct wait_sum *src)
{
	form__add(&wait_sum_form, dst, src);
}

void hist__add(struct hist *dst, const struct hist *src)
{
	form__add(&hist_form, dst, src);
}

uint64_t hist__mean(const struct hist *hist)
{
	return hist->count ? hist->sum / hist->count : 0;
}

uint64_t hist__percentile(const struct hist *hist, double percentile)
{
	/* Multiply first: the quotient 99.9 / 100 is rounded up, so the rank could be too large. */
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
	/* The last slot has no upper bound: take it to be as wide as the slot before it. */
	double lower = hist_lower(slot);
	double upper = slot + 1 < HIST_SLOTS ? hist_lower(slot + 1) : lower * 1.25;

	return ceil(log2((lower + upper) / 2 / 1e9) * (1 << METRICS_NATIVE_SCHEMA));
}

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

static void add_call_sum(void *to, const void *from)
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
const struct form call_sum_form = FORM(struct call_sum, call_sum_fields, .add = add_call_sum);

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
	/* If the threshold is the slot's lower bound, all waits of the slot are longer. */
	if (hist_lower(slot) == counts->threshold)
		counts->at_least = counts->at_most;
	/* The longest wait belongs to @slot, and is known to have reached the threshold. */
	if (!counts->at_least)
		counts->at_least = 1;
}
