// SPDX-License-Identifier: GPL-2.0
#include "abi/limits.h"
#include "model/names.h"
#include "model/totals.h"
#include "view/json/emit.h"
#include "view/json/parts.h"
#include "view/json/stamp.h"
#include "view/json/trace.h"

/* Null: the run recorded no csds, or a filter hides the count. */
static json_t *lost_by_json(const struct trace_totals *totals)
{
	json_t *object = json_object();

	for (int i = 0; i < NR_LOST; i++) {
		bool known = totals->csds_wanted && (i != LOST_QUEUE_UNSEEN || !totals->filtered);

		parts__add(&object, lost_names[i],
			   parts__integer_or_null(totals->lost_by[i], known));
	}
	parts__add(&object, "buffer_full", json_integer(totals->dropped));
	return object;
}

char *json__trace_end(const struct trace_totals *totals)
{
	bool csds = totals->csds_wanted;
	json_t *object;

	object = json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:I}", "records",
			   (json_int_t)totals->records, "lost",
			   (json_int_t)trace_totals__lost(totals), "lost_by", lost_by_json(totals),
			   "queued", parts__integer_or_null(totals->queued, csds), "csds",
			   parts__integer_or_null(totals->csds, csds), "in_flight",
			   parts__integer_or_null(totals->in_flight, csds), "brief",
			   parts__integer_or_null(totals->brief, csds), "late",
			   (json_int_t)totals->late);
	return json__text(stamp__line("trace_end", totals->ended, object),
			  JSON_COMPACT | JSON_ENSURE_ASCII);
}
