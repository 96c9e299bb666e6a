// SPDX-License-Identifier: GPL-2.0
#include "view/json/json.h"

static json_t *word_json(const void *of, size_t i)
{
	char *const *words = of;

	return parts__text(words[i]);
}

static json_t *head_json(const struct capture_head *head)
{
	json_t *rest = json_pack("{s:i, s:i, s:s, s:o, s:o, s:o, s:o, s:I}", "minor", head->minor,
				 "part", (int)head->part, "version", VERSION, "host",
				 parts__host(head->host), "options",
				 parts__array(head->nr_options, word_json, head->options),
				 "program", parts__text_or_null(head->program), "started",
				 parts__date(&head->started), "mono", (json_int_t)head->mono);

	if (head->import)
		parts__add(&rest, "import",
			   json_pack("{s:o, s:o}", "kind", parts__text(head->import->kind), "clock",
				     parts__text_or_null(head->import->clock)));
	return stamp__line("capture", head->mono, rest);
}

static json_t *foot_json(const struct capture_foot *foot)
{
	const struct capture_import *import = foot->import;
	json_t *object = json_pack("{s:I, s:I, s:I}", "lines", (json_int_t)foot->lines,
				   "stalls_dropped", (json_int_t)foot->stalls_dropped, "mono",
				   (json_int_t)foot->mono);

	if (foot->lost)
		parts__add(&object, "lost", json_integer(*foot->lost));
	if (import)
		parts__add(&object, "import",
			   json_pack("{s:I, s:I, s:I, s:I, s:I, s:b}", "events",
				     (json_int_t)import->events, "lost", (json_int_t)import->lost,
				     "gaps", (json_int_t)import->gaps, "unread",
				     (json_int_t)import->unread, "set_back",
				     (json_int_t)import->set_back, "cut", import->cut));
	return stamp__line("capture_end", foot->mono, object);
}

char *json__capture_line(const struct capture_head *head)
{
	return json__owned_line(head_json(head));
}

char *json__capture_end_line(const struct capture_foot *foot)
{
	return json__owned_line(foot_json(foot));
}

size_t json__capture(char *buf, size_t size, const struct capture_head *head)
{
	return json__line(buf, size, head_json(head));
}

size_t json__capture_end(char *buf, size_t size, const struct capture_foot *foot)
{
	return json__line(buf, size, foot_json(foot));
}

size_t json__trigger(char *buf, size_t size, const struct trigger *trigger,
		     const struct trigger_span *span)
{
	json_t *rest = json_fields__object(&(struct json_fields){}, &trigger_form, trigger);

	parts__update(&rest,
		      json_pack("{s:I, s:I, s:I}", "before", (json_int_t)span->before, "after",
				(json_int_t)span->after, "from", (json_int_t)span->from));
	return json__line(buf, size, stamp__line("trigger", trigger->time, rest));
}
