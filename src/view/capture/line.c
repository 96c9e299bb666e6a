// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "view/capture/line.h"

static const char *const type_names[LINE_OTHER] = {
	[LINE_CAPTURE] = "capture",
	[LINE_SNAPSHOT] = "snapshot",
	[LINE_STALL] = "stall",
	[LINE_STALLS_END] = "stalls_end",
	[LINE_STORM] = "storm",
	[LINE_NO_STORM] = "no_storm",
	[LINE_IPI] = "ipi",
	[LINE_TRACE_END] = "trace_end",
	[LINE_CAPTURE_END] = "capture_end",
	[LINE_TRIGGER] = "trigger",
};

static enum line_type type_find(const char *name, size_t len)
{
	for (int i = 0; i < LINE_OTHER; i++)
		if (strlen(type_names[i]) == len && !memcmp(type_names[i], name, len))
			return i;
	return LINE_OTHER;
}

/* The keys may stand anywhere, as where jq has written the line. */
static bool type_parse(const char *text, size_t len, enum line_type *type)
{
	json_t *object = json_loadb(text, len, 0, NULL);
	const char *schema = json_string_value(json_object_get(object, "schema"));
	const char *name = json_string_value(json_object_get(object, "type"));
	bool good = schema && name && !strcmp(schema, CAPTURE_SCHEMA);

	if (good)
		*type = type_find(name, strlen(name));
	json_decref(object);
	return good;
}

bool capture_line__type(const char *text, size_t len, enum line_type *type)
{
	/* As ipitrace writes all lines. */
	static const char begin[] = "{\"schema\":\"" CAPTURE_SCHEMA "\",\"type\":\"";
	const size_t from = sizeof(begin) - 1;
	const char *end;

	if (len <= from || memcmp(text, begin, from))
		return type_parse(text, len, type);
	end = memchr(text + from, '"', len - from);
	if (!end)
		return false;
	*type = type_find(text + from, end - text - from);
	return true;
}

bool capture_line__is_record(const char *text, size_t len)
{
	static const char begin[] = "{\"schema\":\"" CAPTURE_SCHEMA "\",\"type\":\"ipi\"";

	return len >= sizeof(begin) - 1 && !memcmp(text, begin, sizeof(begin) - 1);
}

json_t *capture_line__object(const struct capture_line *line)
{
	return json_loadb(line->text, line->len, 0, NULL);
}
