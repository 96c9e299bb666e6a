// SPDX-License-Identifier: GPL-2.0
#include "abi/hist_slots.h"
#include "model/hist.h"
#include "view/json/hist.h"
#include "view/json/parts.h"

static json_t *bucket_json(const void *of, size_t i)
{
	const struct hist *hist = of;

	if (!hist->slots[i])
		return parts__none();
	return json_pack("{s:I, s:I}", "le", (json_int_t)hist_upper(i), "count",
			 (json_int_t)hist->slots[i]);
}

json_t *json_hist__object(const struct hist *hist)
{
	static const struct {
		const char *name;
		double percentile;
	} percentiles[] = { { "p50", 50 }, { "p90", 90 }, { "p99", 99 }, { "p999", 99.9 } };
	json_t *object = json_pack("{s:I, s:I, s:o}", "count", (json_int_t)hist->count, "sum",
				   (json_int_t)hist->sum, "max",
				   parts__integer_or_null(hist->max, hist->count));

	for (int i = 0; i < 4; i++) {
		uint64_t ns = hist__percentile(hist, percentiles[i].percentile);

		parts__add(&object, percentiles[i].name, parts__integer_or_null(ns, hist->count));
	}
	parts__add(&object, "buckets", parts__array(HIST_SLOTS, bucket_json, hist));
	return object;
}
