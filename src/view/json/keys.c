// SPDX-License-Identifier: GPL-2.0
/*
 * The line of a record (type ipi) as the texts of its values. A capture has millions of these lines,
 * and `trace` writes as many: a line is read in one pass, and nothing is copied.
 */
#include <string.h>
#include "view/json/json.h"

/* A number of this many digits is below 2^63. */
#define DIGITS_MAX 18

/* Returns the end of the string that begins at @at; NULL: it has none before @end. */
static const char *string_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\';
	return at < end ? at + 1 : NULL;
}

/*
 * Returns the end of the string that begins at @at, if it has only printable ASCII and no escape;
 * else NULL.
 */
static const char *plain_string_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at < ' ' || *at > '~' || *at == '\\')
			return NULL;
	return at < end ? at + 1 : NULL;
}

/*
 * Returns the end of an integer that is not too long. If it is another number, its text goes on
 * after that end.
 */
static const char *integer_end(const char *at, const char *end)
{
	const char *begin = at += *at == '-';

	while (at < end && *at >= '0' && *at <= '9' && at - begin < DIGITS_MAX)
		at++;
	/* JSON has no leading zeros. */
	return at > begin && (*begin != '0' || at == begin + 1) ? at : NULL;
}

static const char *word_end(const char *at, const char *end, const char *word, size_t len)
{
	return (size_t)(end - at) >= len && !memcmp(at, word, len) ? at + len : NULL;
}

/* Returns the end of the plain value at @at; NULL: the value is not plain. */
static const char *plain_end(const char *at, const char *end)
{
	const char *after = at == end  ? NULL :
			    *at == '"' ? plain_string_end(at, end) :
			    *at == 'n' ? word_end(at, end, "null", 4) :
			    *at == 't' ? word_end(at, end, "true", 4) :
			    *at == 'f' ? word_end(at, end, "false", 5) :
					 integer_end(at, end);

	return after && after < end && (*after == ',' || *after == '}') ? after : NULL;
}

/* Returns the end of any value at @at: the comma or bracket after it; NULL: it has none. */
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

/*
 * Returns the key with this name; NR_TRACE_KEYS: a record has no such key. @next: the key that
 * comes usually.
 */
static enum trace_key find_key(unsigned int next, const char *name, size_t len)
{
	for (unsigned int i = 0; i < NR_TRACE_KEYS; i++) {
		unsigned int key = (next + i) % NR_TRACE_KEYS;

		if (trace_keys[key][0] == *name && !strncmp(trace_keys[key], name, len) &&
		    !trace_keys[key][len])
			return key;
	}
	return NR_TRACE_KEYS;
}

bool record_text__find(struct record_text *r, const char *line, size_t len)
{
	const char *end = line + len, *at = line + 1;
	unsigned int next = 0;

	memset(r->values, 0, sizeof(r->values));
	r->plain = true;
	if (len < 2 || *line != '{')
		return false;
	while (at < end && *at == '"') {
		const char *name = at + 1, *name_end = plain_string_end(at, end), *value;
		enum trace_key key;

		r->plain &= name_end != NULL;
		if (!name_end)
			name_end = string_end(at, end);
		if (!name_end || name_end == end || *name_end != ':')
			return false;
		value = name_end + 1;
		at = plain_end(value, end);
		r->plain &= at != NULL;
		if (!at)
			at = value_end(value, end);
		if (!at || at == value)
			return false;
		key = find_key(next, name, name_end - 1 - name);
		if (key < NR_TRACE_KEYS) {
			r->values[key] = (struct json_part){ value, at - value };
			next = key + 1;
		}
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
		room += strlen(trace_keys[keys->keys[i]]) + sizeof("\"\":null,");
	return room;
}

char *json_keys__write(char *to, const struct key_list *keys, const char *line, size_t len)
{
	struct record_text record;

	if (!record_text__find(&record, line, len))
		return NULL;
	for (size_t i = 0; i < keys->nr; i++) {
		const struct json_part *value = &record.values[keys->keys[i]];

		to = stpcpy(stpcpy(stpcpy(to, i ? ",\"" : "{\""), trace_keys[keys->keys[i]]),
			    "\":");
		to = value->len ? mempcpy(to, value->at, value->len) : stpcpy(to, "null");
	}
	*to++ = '}';
	return to;
}
