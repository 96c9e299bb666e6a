// SPDX-License-Identifier: GPL-2.0
#include "view/json/diff.h"
#include "view/json/line.h"
#include "view/json/parts.h"

static json_t *row_json(const void *of, size_t i)
{
	static const char *const groups[] = { "all", "functions", "senders", "receivers" };
	static const char *const units[] = { "per_s", "ns", "ns_per_s" };
	static const char *const changes[] = { NULL, "rose", "fell" };
	const struct diff *diff = of;
	const struct diff_row *row = &diff->rows[i];

	return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:s?}", "group", groups[row->group],
			 "name", parts__text(row->name), "unit", units[row->unit], "a",
			 parts__number_or_null(row->value[0], row->series[0].nr), "b",
			 parts__number_or_null(row->value[1], row->series[1].nr), "factor",
			 parts__number_or_null(row->factor, row->factor > 0), "noise",
			 parts__number_or_null(row->noise, row->noise >= 0), "change",
			 changes[row->change]);
}

static json_t *side_json(const void *of, size_t i)
{
	const struct diff_side *side = &((const struct diff *)of)->side[i];
	const struct utsname *name = &side->name;

	return json_pack("{s:o, s:o, s:o, s:I, s:f}", "nodename",
			 parts__text_or_null(*name->nodename ? name->nodename : NULL), "kernel",
			 parts__text_or_null(*name->release ? name->release : NULL), "utc",
			 parts__date(&side->start), "windows", (json_int_t)side->windows, "seconds",
			 side->seconds);
}

int json__diff(const struct diff *diff, double tolerance)
{
	return json__emit(json_pack("{s:s, s:s, s:f, s:o, s:o, s:I, s:I}", "schema", "ipitrace/1",
				    "type", "diff", "tolerance", tolerance, "runs",
				    parts__array(2, side_json, diff), "rows",
				    parts__array(diff->nr, row_json, diff), "rose",
				    (json_int_t)diff->rose, "fell", (json_int_t)diff->fell));
}
