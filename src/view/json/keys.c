// SPDX-License-Identifier: GPL-2.0
/* Some keys of a record: by the text of the whole one, because `trace` has no time for more. */
#include <string.h>
#include "view/json/json.h"

struct part {
	const char *at;
	size_t len; /* 0: there is none */
};

/* The end of the string that begins at @at; NULL: it has none before @end. */
static const char *string_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\';
	return at < end ? at + 1 : NULL;
}

/* The end of the value that begins at @at: the comma or bracket after it; NULL: it has none. */
static const char *value_end(const char *at, const char *end)
{
	int depth = 0;

	while (at && at < end) {
		if (!depth && (*at == ',' || *at == '}'))
			return at;
		if (*at == '"') {
			at = string_end(at, end);
			continue;
		}
		depth += *at == '[' || *at == '{';
		depth -= *at == ']' || *at == '}';
		at++;
	}
	return NULL;
}

static void value_keep(struct part *values, const struct key_list *keys, const struct part *name,
		       const struct part *value)
{
	for (size_t i = 0; i < keys->nr; i++)
		if (strlen(keys->names[i]) == name->len &&
		    !memcmp(keys->names[i], name->at, name->len))
			values[i] = *value;
}

/* Find the values of @keys in @line. False: it is no object. */
static bool values_find(struct part *values, const struct key_list *keys, const char *line,
			size_t len)
{
	const char *end = line + len, *at = line + 1, *name_end;

	if (len < 2 || *line != '{')
		return false;
	while (at < end && *at == '"') {
		struct part name, value;

		name_end = string_end(at, end);
		if (!name_end || name_end == end || *name_end != ':')
			return false;
		name = (struct part){ at + 1, name_end - at - 2 };
		at = value_end(name_end + 1, end);
		if (!at || at == name_end + 1)
			return false;
		value = (struct part){ name_end + 1, at - name_end - 1 };
		value_keep(values, keys, &name, &value);
		if (*at == '}')
			return at + 1 == end;
		at++;
	}
	return false;
}

size_t json_keys__room(const struct key_list *keys, size_t len)
{
	size_t room = len + 2;

	for (size_t i = 0; i < keys->nr; i++)
		room += strlen(keys->names[i]) + sizeof("\"\":null,");
	return room;
}

char *json_keys__write(char *to, const struct key_list *keys, const char *line, size_t len)
{
	struct part values[NR_TRACE_KEYS] = {};

	if (!values_find(values, keys, line, len))
		return NULL;
	for (size_t i = 0; i < keys->nr; i++) {
		const struct part *value = &values[i];

		to = stpcpy(stpcpy(stpcpy(to, i ? ",\"" : "{\""), keys->names[i]), "\":");
		to = value->len ? mempcpy(to, value->at, value->len) : stpcpy(to, "null");
	}
	*to++ = '}';
	return to;
}
