// SPDX-License-Identifier: GPL-2.0
#include "view/json/capture.h"
#include "view/json/emit.h"
#include "view/json/parts.h"

static json_t *word_json(const void *of, size_t i)
{
	char *const *words = of;

	return parts__text(words[i]);
}

char *json__capture_line(const struct capture_head *head)
{
	return json__owned_line(
		json_pack("{s:s, s:s, s:i, s:i, s:s, s:o, s:o, s:o, s:o, s:I}", "schema",
			  "ipitrace/1", "type", "capture", "minor", head->minor, "part",
			  (int)head->part, "version", VERSION, "host", parts__host(head->host),
			  "options", parts__array(head->nr_options, word_json, head->options),
			  "program", parts__text_or_null(head->program), "started",
			  parts__date(&head->started), "mono", (json_int_t)head->mono));
}

char *json__capture_end_line(const struct capture_foot *foot)
{
	return json__owned_line(json_pack("{s:s, s:s, s:I, s:I, s:I}", "schema", "ipitrace/1",
					  "type", "capture_end", "lines", (json_int_t)foot->lines,
					  "stalls_dropped", (json_int_t)foot->stalls_dropped,
					  "mono", (json_int_t)foot->mono));
}
