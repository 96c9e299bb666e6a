// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include "abi/hist_slots.h"
#include "model/field.h"
#include "model/hist.h"

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
};
const struct form steal_sum_form = FORM(struct steal_sum, steal_sum_fields);

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
