// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "view/capture/bounds.h"
#include "view/capture/record_line.h"

/* So many digits are below 2^63. */
#define DIGITS_MAX 18

static const char *const names[NR_RECORD_KEYS] = {
	[RECORD_TIME] = "time",
	[RECORD_KIND] = "kind",
	[RECORD_SRC] = "src",
	[RECORD_DST] = "dst",
	[RECORD_FUNC] = "func",
	[RECORD_MODULE] = "module",
	[RECORD_CALLSITE] = "callsite",
	[RECORD_PID] = "pid",
	[RECORD_TID] = "tid",
	[RECORD_COMM] = "comm",
	[RECORD_INTERRUPT] = "interrupt",
	[RECORD_DELAY] = "delay",
	[RECORD_HANDLER] = "handler",
	[RECORD_CALL] = "call",
	[RECORD_WAIT] = "wait",
	[RECORD_CSD] = "csd",
};

/* A line that is being read, from @at to @end. */
struct scan {
	const char *at;
	const char *end;
	unsigned int next; /* the key that comes, if the order is the usual one */
};

static bool takes(struct scan *s, char c)
{
	return s->at < s->end && *s->at == c ? s->at++, true : false;
}

static bool takes_word(struct scan *s, const char *word, size_t len)
{
	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len))
		return false;
	s->at += len;
	return true;
}

/*
 * Take a string of printable ASCII without an escape, which stands for itself. False: it
 * is another one.
 */
static bool takes_string(struct scan *s, const char **text, size_t *len)
{
	const char *at = s->at + 1;

	if (s->at == s->end || *s->at != '"')
		return false;
	*text = at;
	while (at < s->end && *at >= ' ' && *at <= '~' && *at != '"' && *at != '\\')
		at++;
	if (at == s->end || *at != '"')
		return false;
	*len = at - *text;
	s->at = at + 1;
	return true;
}

/* Take an integer that is not too long. A fraction or an exponent is left behind it. */
static bool takes_integer(struct scan *s, int64_t *integer)
{
	bool negative = takes(s, '-');
	const char *begin = s->at;
	int64_t n = 0;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9' && s->at - begin < DIGITS_MAX)
		n = 10 * n + (*s->at++ - '0');
	*integer = negative ? -n : n;
	/* JSON has no leading zeros. */
	return s->at > begin && (*begin != '0' || s->at == begin + 1);
}

/* The key with that name; NR_RECORD_KEYS: nobody reads it. */
static enum record_key key_find(struct scan *s, const char *name, size_t len)
{
	for (unsigned int i = 0; i < NR_RECORD_KEYS; i++) {
		unsigned int key = (s->next + i) % NR_RECORD_KEYS;

		if (names[key][0] == *name && !strncmp(names[key], name, len) && !names[key][len]) {
			s->next = key + 1;
			return key;
		}
	}
	return NR_RECORD_KEYS;
}

/* False: there is no room. */
static bool text_put(struct record_line *line, struct record_value *value, const char *text,
		     size_t len)
{
	if (len >= RECORD_TEXT_BYTES - line->len)
		return false;
	*value = (struct record_value){ .type = RECORD_TEXT, .at = line->len };
	memcpy(line->text + line->len, text, len);
	line->len += len;
	line->text[line->len++] = '\0';
	return true;
}

/* Take the value of @key. False: it is of another kind than those that ipitrace writes. */
static bool takes_value(struct scan *s, struct record_line *line, enum record_key key)
{
	struct record_value value = { 0 };
	const char *text;
	size_t len;

	if (takes_string(s, &text, &len)) {
		if (key < NR_RECORD_KEYS && !text_put(line, &value, text, len))
			return false;
	} else if (takes_word(s, "true", 4)) {
		value.type = RECORD_TRUE;
	} else if (!takes_word(s, "null", 4) && !takes_word(s, "false", 5)) {
		value.type = RECORD_INTEGER;
		if (!takes_integer(s, &value.integer))
			return false;
	}
	if (key < NR_RECORD_KEYS)
		line->values[key] = value;
	return true;
}

bool record_line__scan(struct record_line *line, const char *text, size_t len)
{
	struct scan s = { text, text + len, 0 };
	const char *name;
	size_t name_len;

	memset(line->values, 0, sizeof(line->values));
	line->len = 0;
	if (!takes(&s, '{'))
		return false;
	do {
		if (!takes_string(&s, &name, &name_len) || !takes(&s, ':') ||
		    !takes_value(&s, line, key_find(&s, name, name_len)))
			return false;
	} while (takes(&s, ','));
	return takes(&s, '}') && s.at == s.end;
}

void record_line__from_object(struct record_line *line, const json_t *object)
{
	memset(line->values, 0, sizeof(line->values));
	line->len = 0;
	for (int i = 0; i < NR_RECORD_KEYS; i++) {
		const json_t *value = json_object_get(object, names[i]);
		struct record_value *to = &line->values[i];

		if (json_is_string(value))
			text_put(line, to, json_string_value(value), json_string_length(value));
		else if (json_is_integer(value))
			*to = (struct record_value){ .type = RECORD_INTEGER,
						     .integer = json_integer_value(value) };
		else if (json_is_true(value))
			to->type = RECORD_TRUE;
	}
}

bool record_line__read(struct record_line *line, const char *text, size_t len)
{
	struct bounds_fault fault;
	json_t *object;
	bool good;

	if (record_line__scan(line, text, len))
		return true;
	if (!bounds__check(text, len, &fault))
		return false;
	object = json_loadb(text, len, 0, NULL);
	good = object;
	record_line__from_object(line, object);
	json_decref(object);
	return good;
}

size_t record_line__size(const struct record_line *line)
{
	return offsetof(struct record_line, text) + line->len;
}

const char *record_line__text(const struct record_line *line, enum record_key key)
{
	const struct record_value *value = &line->values[key];

	return value->type == RECORD_TEXT ? line->text + value->at : NULL;
}

bool record_line__number(const struct record_line *line, enum record_key key, uint64_t *number)
{
	const struct record_value *value = &line->values[key];

	*number = value->type == RECORD_INTEGER && value->integer >= 0 ? value->integer : 0;
	return value->type == RECORD_INTEGER && value->integer >= 0;
}

bool record_line__true(const struct record_line *line, enum record_key key)
{
	return line->values[key].type == RECORD_TRUE;
}
