// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "base/sanitize.h"
#include "model/snapshot.h"
#include "view/capture/capture.h"

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

/* The type of a line that begins as ipitrace writes all lines. False: this one does not. */
static bool written_type(const char *text, size_t len, enum line_type *type)
{
	static const char begin[] = "{\"schema\":\"" CAPTURE_SCHEMA "\",\"type\":\"";
	const size_t from = sizeof(begin) - 1;
	const char *end = len > from ? memchr(text + from, '"', len - from) : NULL;

	if (!end || memcmp(text, begin, from))
		return false;
	*type = type_find(text + from, end - text - from);
	return true;
}

bool capture_line__type(const char *text, size_t len, enum line_type *type)
{
	return written_type(text, len, type) || type_parse(text, len, type);
}

bool capture_line__is_record(const char *text, size_t len)
{
	enum line_type type;

	return written_type(text, len, &type) && type == LINE_IPI;
}

json_t *capture_line__object(const struct capture_line *line)
{
	return json_loadb(line->text, line->len, 0, NULL);
}

/* Tables grow from one version to the next, and other programs have larger ones. */
#define ROWS (16 * FN_ROWS)

/* A list of a newer version. */
#define UNKNOWN_ITEMS MAX_CPUS

/* jansson and malloc() take so much for a value (jansson 2.14 on 64 bits), and for a key besides its bytes. */
#define SCALAR_BYTES 32
#define LIST_BYTES   128
#define OBJECT_BYTES 256
#define KEY_BYTES    64

enum items {
	ITEMS_ANY,
	ITEMS_OBJECTS,
};

/* The most items of a list, by its key; the same key of another type of line has the same bound. */
static const struct list_bound {
	const char *key;
	size_t most;
	enum items items;
} lists[] = {
	{ "buckets", HIST_SLOTS, ITEMS_OBJECTS },
	{ "callers", 2 * SAMPLES, ITEMS_OBJECTS },
	{ "chain", STACK_DEPTH, ITEMS_ANY },
	{ "cpus", MAX_CPUS, ITEMS_OBJECTS },
	{ "dst", MAX_CPUS, ITEMS_ANY },
	{ "edges", MAX_CPUS *EDGE_MAX_512, ITEMS_OBJECTS },
	{ "frames", 2 * STACK_DEPTH, ITEMS_ANY },
	{ "functions", ROWS, ITEMS_OBJECTS },
	{ "kinds", 256, ITEMS_OBJECTS },
	{ "online", MAX_CPUS, ITEMS_ANY },
	{ "programs", 4 * NR_PROGS, ITEMS_OBJECTS },
	{ "rows", ROWS, ITEMS_OBJECTS },
	{ "src", MAX_CPUS, ITEMS_ANY },
	{ "stack", 2 * STACK_DEPTH, ITEMS_ANY },
	{ "stacks", 2 * SAMPLES, ITEMS_OBJECTS },
	{ "targets", MAX_CPUS, ITEMS_OBJECTS },
	{ "tlb", 4 * TLB_REASONS, ITEMS_OBJECTS },
	{ "user_frames", 4 * USER_FRAMES, ITEMS_OBJECTS },
	{ "waiters", MAX_CPUS, ITEMS_OBJECTS },
	{ "wakes", ROWS, ITEMS_OBJECTS },
};
static const struct list_bound unknown = { "", UNKNOWN_ITEMS, ITEMS_ANY };

/* An object or a list that is open. */
struct level {
	bool object;
	const struct list_bound *bound; /* of a list */
	const char *key; /* in the text; the value's, or the list's */
	size_t key_len;
	size_t nr; /* items so far */
};

struct scan {
	const char *at;
	const char *end;
	size_t memory;
	size_t depth; /* of levels, those that are open */
	struct level levels[BOUNDS_DEPTH + 1]; /* the first is around the line */
	struct bounds_fault *fault;
};

/* Returns false, for `return faulty(...)`. */
static bool faulty(struct scan *s, enum bounds_why why, size_t item)
{
	const struct level *level = &s->levels[s->depth];
	size_t len = level->key_len < BOUNDS_KEY ? level->key_len : BOUNDS_KEY - 1;

	*s->fault = (struct bounds_fault){ .why = why, .item = item };
	if (level->key)
		memcpy(s->fault->key, level->key, len);
	return false;
}

static bool no_json(struct scan *s)
{
	return faulty(s, BOUNDS_NO_JSON, 0);
}

static bool takes(struct scan *s, char c)
{
	return s->at < s->end && *s->at == c ? s->at++, true : false;
}

static void space_skip(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r'))
		s->at++;
}

static bool memory_take(struct scan *s, size_t bytes)
{
	s->memory += bytes;
	return s->memory <= BOUNDS_MEMORY ? true : faulty(s, BOUNDS_LARGE, 0);
}

/* Four digits behind "\u". UINT32_MAX: there are others. */
static uint32_t unit_take(struct scan *s)
{
	uint32_t unit = 0;

	if (s->end - s->at < 4)
		return UINT32_MAX;
	for (int i = 0; i < 4; i++) {
		char c = *s->at++, low = c | 0x20;

		if (c >= '0' && c <= '9')
			unit = unit << 4 | (c - '0');
		else if (low >= 'a' && low <= 'f')
			unit = unit << 4 | (low - 'a' + 10);
		else
			return UINT32_MAX;
	}
	return unit;
}

/* Behind a backslash. jansson takes no U+0000, and surrogates as pairs alone. */
static bool escape_take(struct scan *s)
{
	uint32_t unit;

	if (s->at == s->end || !*s->at || !strchr("\"\\/bfnrtu", *s->at))
		return no_json(s);
	if (*s->at++ != 'u')
		return true;
	unit = unit_take(s);
	if (!unit || unit == UINT32_MAX || (unit >= 0xdc00 && unit <= 0xdfff))
		return no_json(s);
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	if (!takes(s, '\\') || !takes(s, 'u'))
		return no_json(s);
	unit = unit_take(s);
	return unit >= 0xdc00 && unit <= 0xdfff ? true : no_json(s);
}

/* The bytes that stand for themselves; most of a line's strings are these. */
static inline bool is_plain(char c)
{
	return (unsigned char)(c - ' ') < 0x60 && c != '"' && c != '\\';
}

/* A string, behind its first quote, of which *@text and *@len are the inside. */
static bool string_take(struct scan *s, const char **text, size_t *len)
{
	const char *begin = s->at;
	uint32_t code;
	size_t bytes;

	for (;;) {
		while (s->at < s->end && is_plain(*s->at))
			s->at++;
		if (s->at - begin > BOUNDS_STRING)
			return faulty(s, BOUNDS_LONG, 0);
		if (takes(s, '"'))
			break;
		if (takes(s, '\\')) {
			if (!escape_take(s))
				return false;
			continue;
		}
		bytes = s->at < s->end && (unsigned char)*s->at >= 0x80 ?
				utf8__decode(s->at, s->end - s->at, &code) :
				0;
		if (!bytes)
			return no_json(s);
		s->at += bytes;
	}
	*text = begin;
	*len = s->at - 1 - begin;
	return true;
}

static size_t digits_take(struct scan *s)
{
	const char *begin = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at - begin;
}

/* A double's largest is 1.8e308; no figure of ipitrace comes near 1e100. */
static bool exponent_take(struct scan *s)
{
	bool negative = takes(s, '-');
	size_t digits;

	if (!negative)
		takes(s, '+');
	digits = digits_take(s);
	if (!digits)
		return no_json(s);
	return digits <= (negative ? 3 : 2) ? true : faulty(s, BOUNDS_NUMBER, 0);
}

static bool number_take(struct scan *s)
{
	static const char most[] = "9223372036854775807";
	const char *begin;
	size_t digits, fraction = 0;
	bool whole = true;

	takes(s, '-');
	begin = s->at;
	digits = digits_take(s);
	if (!digits || (*begin == '0' && digits > 1))
		return no_json(s);
	if (takes(s, '.')) {
		whole = false;
		fraction = digits_take(s);
		if (!fraction)
			return no_json(s);
	}
	if (takes(s, 'e') || takes(s, 'E')) {
		whole = false;
		if (!exponent_take(s))
			return false;
	}
	if (whole && digits >= sizeof(most) - 1 &&
	    (digits > sizeof(most) - 1 || memcmp(begin, most, digits) > 0))
		return faulty(s, BOUNDS_NUMBER, 0);
	return digits + fraction <= 64 ? true : faulty(s, BOUNDS_NUMBER, 0);
}

static bool word_take(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len))
		return no_json(s);
	s->at += len;
	return true;
}

static const struct list_bound *bound_of(const char *key, size_t len)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (strlen(lists[i].key) == len && !memcmp(lists[i].key, key, len))
			return &lists[i];
	return &unknown;
}

/* An object or a list begins, behind its bracket. */
static bool level_open(struct scan *s, bool object)
{
	const struct level *around = &s->levels[s->depth];
	struct level *level;

	if (s->depth == BOUNDS_DEPTH)
		return faulty(s, BOUNDS_DEEP, 0);
	level = &s->levels[++s->depth];
	/* A list in a list has its key, too. */
	*level = (struct level){ .object = object, .key = around->key, .key_len = around->key_len };
	if (!object)
		level->bound = bound_of(around->key ? around->key : "", around->key_len);
	return memory_take(s, object ? OBJECT_BYTES : LIST_BYTES);
}

/* A value that is neither an object nor a list. */
static bool scalar_take(struct scan *s)
{
	const char *text;
	size_t len = 0;

	if (takes(s, '"')) {
		if (!string_take(s, &text, &len))
			return false;
	} else if (!(s->at < s->end && *s->at == 't' ? word_take(s, "true") :
		     s->at < s->end && *s->at == 'f' ? word_take(s, "false") :
		     s->at < s->end && *s->at == 'n' ? word_take(s, "null") :
						       number_take(s))) {
		return false;
	}
	return memory_take(s, SCALAR_BYTES + len);
}

static bool value_take(struct scan *s)
{
	if (takes(s, '{'))
		return level_open(s, true);
	if (takes(s, '['))
		return level_open(s, false);
	return scalar_take(s);
}

/* `"key": value`; the value may be open afterwards. */
static bool member_take(struct scan *s)
{
	struct level *level = &s->levels[s->depth];
	const char *key;
	size_t len;

	if (!takes(s, '"'))
		return no_json(s);
	if (!string_take(s, &key, &len))
		return false;
	level->key = key;
	level->key_len = len;
	space_skip(s);
	if (!takes(s, ':'))
		return no_json(s);
	space_skip(s);
	return memory_take(s, KEY_BYTES + len) && value_take(s);
}

static bool item_take(struct scan *s)
{
	struct level *level = &s->levels[s->depth];

	if (++level->nr > level->bound->most)
		return faulty(s, BOUNDS_MANY, level->bound->most);
	if (level->bound->items == ITEMS_OBJECTS && (s->at == s->end || *s->at != '{'))
		return faulty(s, BOUNDS_ITEM, level->nr);
	return value_take(s);
}

/* The next part of the innermost object or list: an item, or the end. */
static bool part_take(struct scan *s)
{
	struct level *level = &s->levels[s->depth];
	bool first = !level->nr;

	space_skip(s);
	if (takes(s, level->object ? '}' : ']')) {
		s->depth--;
		return true;
	}
	if (!first && !takes(s, ','))
		return no_json(s);
	space_skip(s);
	if (!level->object)
		return item_take(s);
	level->nr++;
	return member_take(s);
}

bool bounds__check(const char *text, size_t len, struct bounds_fault *fault)
{
	struct scan s = { .at = text, .end = text + len, .fault = fault };

	*fault = (struct bounds_fault){ 0 };
	space_skip(&s);
	if (!takes(&s, '{'))
		return no_json(&s);
	if (!level_open(&s, true))
		return false;
	while (s.depth)
		if (!part_take(&s))
			return false;
	space_skip(&s);
	return s.at == s.end ? true : no_json(&s);
}

void bounds_fault__text(const struct bounds_fault *fault, char *text, size_t size)
{
	static const char *const whys[] = {
		[BOUNDS_KEPT] = "",
		[BOUNDS_NO_JSON] = "no JSON",
		[BOUNDS_DEEP] = "too many objects and lists in one another",
		[BOUNDS_LONG] = "too long",
		[BOUNDS_MANY] = "more items than %zu",
		[BOUNDS_ITEM] = "item %zu is no object",
		[BOUNDS_NUMBER] = "a number that is too large",
		[BOUNDS_LARGE] = "the line has more values than any run of ipitrace",
	};
	int at = *fault->key ? snprintf(text, size, "key %s: ", fault->key) : 0;

	if (at < (int)size)
		snprintf(text + at, size - at, whys[fault->why], fault->item);
}
