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
