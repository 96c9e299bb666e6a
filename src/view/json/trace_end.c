// SPDX-License-Identifier: GPL-2.0
#include "abi/limits.h"
#include "model/names.h"
#include "model/totals.h"
#include "view/json/parts.h"
#include "view/json/snapshot.h"

/* What is not looked for, or hidden by a filter, is null. */
static json_t *lost_by(const struct trace_totals *end)
{
	json_t *object = json_object();

	for (int i = 0; i < NR_LOST; i++) {
		bool known = end->csds_wanted && (i != LOST_QUEUE_UNSEEN || !end->filtered);

		json_object_set_new(object, lost_names[i], integer_or_null(end->lost_by[i], known));
	}
	json_object_set_new(object, "buffer_full", json_integer(end->dropped));
	return object;
}

char *json__trace_end(const struct trace_totals *end)
{
	bool csds = end->csds_wanted;
	json_t *object;
	char *line;

	object = json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:I}", "schema",
			   "ipitrace/1", "type", "trace_end", "records", (json_int_t)end->records,
			   "lost", (json_int_t)trace_totals__lost(end), "lost_by", lost_by(end),
			   "queued", integer_or_null(end->queued, csds), "csds",
			   integer_or_null(end->csds, csds), "in_flight",
			   integer_or_null(end->in_flight, csds), "brief",
			   integer_or_null(end->brief, csds), "late", (json_int_t)end->late);
	line = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	return line;
}
