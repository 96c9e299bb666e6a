// SPDX-License-Identifier: GPL-2.0
#include "view/json/diff.h"
#include "view/json/emit.h"
#include "view/json/parts.h"

static json_t *number_or_null(double n, bool known)
{
	return known ? json_real(n) : json_null();
}

static json_t *row_json(const void *of, size_t i)
{
	static const char *const groups[] = { "all", "functions", "senders", "receivers" };
	static const char *const units[] = { "per_s", "ns", "ns_per_s" };
	static const char *const changes[] = { NULL, "rose", "fell" };
	const struct diff *diff = of;
	const struct diff_row *row = &diff->rows[i];

	return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:s?}", "group", groups[row->group],
			 "name", parts__text(row->name), "unit", units[row->unit], "a",
			 number_or_null(row->value[0], row->series[0].nr), "b",
			 number_or_null(row->value[1], row->series[1].nr), "factor",
			 number_or_null(row->factor, row->factor > 0), "noise",
			 number_or_null(row->noise, row->noise >= 0), "change",
			 changes[row->change]);
}

static json_t *side_json(const void *of, size_t i)
{
	const struct diff *diff = of;

	return json_pack("{s:I, s:f}", "windows", (json_int_t)diff->side[i].windows, "seconds",
			 diff->side[i].seconds);
}

int json__diff(const struct diff *diff, double tolerance)
{
	return json__emit(json_pack("{s:s, s:s, s:f, s:o, s:o, s:I, s:I}", "schema", "ipitrace/1",
				    "type", "diff", "tolerance", tolerance, "runs",
				    parts__array(2, side_json, diff), "rows",
				    parts__array(diff->nr, row_json, diff), "rose",
				    (json_int_t)diff->rose, "fell", (json_int_t)diff->fell));
}
