// SPDX-License-Identifier: GPL-2.0
#include "base/sanitize.h"
#include "view/capture/capture.h"

/* In the order of enum line_type. */
static const char *const type_names[LINE_OTHER] = { "capture", "snapshot",   "stall", "stalls_end",
						    "storm",   "no_storm",   "ipi",   "trace_end",
						    "trigger", "capture_end" };

static enum line_type find_type(const char *name, size_t len)
{
	for (int i = 0; i < LINE_OTHER; i++)
		if (strlen(type_names[i]) == len && !memcmp(type_names[i], name, len))
			return i;
	return LINE_OTHER;
}

/* Get the type of a line that begins as ipitrace writes lines. False: it begins otherwise. */
static bool read_written_type(const char *text, size_t len, enum line_type *type)
{
	static const char begin[] = "{\"schema\":\"" CAPTURE_SCHEMA "\",\"type\":\"";
	const size_t from = sizeof(begin) - 1;
	const char *end = len > from ? memchr(text + from, '"', len - from) : NULL;

	if (!end || memcmp(text, begin, from))
		return false;
	*type = find_type(text + from, end - text - from);
	return true;
}

int capture_line__type(const char *text, size_t len, enum line_type *type)
{
	const char *schema, *name;
	json_t *object;
	bool good;

	if (read_written_type(text, len, type))
		return 0;
	/* The keys may be in any order, as in a line that jq has written. */
	object = json_loadb(text, len, 0, NULL);
	if (!object)
		return -ENOMEM;
	schema = json_string_value(json_object_get(object, "schema"));
	name = json_string_value(json_object_get(object, "type"));
	good = schema && name && !strcmp(schema, CAPTURE_SCHEMA);
	if (good)
		*type = find_type(name, strlen(name));
	json_decref(object);
	return good ? 0 : -EBADMSG;
}

bool capture_line__is_record(const char *text, size_t len)
{
	enum line_type type;

	return read_written_type(text, len, &type) && type == LINE_IPI;
}

json_t *capture_line__object(const struct capture_line *line)
{
	return json_loadb(line->text, line->len, 0, NULL);
}

/* A later version may have larger tables, and another build of the BPF programs as well. */
#define ROWS (16 * FN_ROWS)

/* Bytes that jansson 2.14 on 64 bits and malloc() take for a value, and a key besides its text. */
#define SCALAR_BYTES 32
#define LIST_BYTES   128
#define OBJECT_BYTES 256
#define KEY_BYTES    64

enum items { ITEMS_ANY, ITEMS_OBJECTS };

/* The most items of a list, by its key. The same key in another type of line has the same bound. */
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
	{ "others", 16 * USER_ROWS, ITEMS_OBJECTS },
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
/* The bound of a list with another key. */
static const struct list_bound other_list = { "", MAX_CPUS, ITEMS_ANY };

/* An object or a list that is open. */
struct level {
	bool object;
	/* For a list: how many items it may have, and of what type. */
	const struct list_bound *bound;
	const char *key; /* key of the value or of the list, a pointer into the text */
	size_t key_len;
	size_t nr; /* items so far */
};

/* The check of a line. */
struct scan {
	const char *at; /* the first byte that was not taken */
	const char *end;
	size_t memory; /* bytes, by estimate, for the values so far */
	size_t depth; /* the number of levels that are open */
	struct level levels[BOUNDS_DEPTH + 1]; /* from 1; levels[0] is outside the line's object */
	struct bounds_fault *fault;
};

/* Note the fault. Returns false, for `return set_fault(...)`. */
static bool set_fault(struct scan *s, enum bounds_why why, size_t item)
{
	const struct level *level = &s->levels[s->depth];
	size_t len = level->key_len < BOUNDS_KEY ? level->key_len : BOUNDS_KEY - 1;

	*s->fault = (struct bounds_fault){ .why = why, .item = item };
	if (level->key)
		memcpy(s->fault->key, level->key, len);
	return false;
}

static bool set_no_json(struct scan *s)
{
	return set_fault(s, BOUNDS_NO_JSON, 0);
}

/* Take @c if it is next. Returns whether it was taken. */
static bool take_char(struct scan *s, char c)
{
	return s->at < s->end && *s->at == c ? s->at++, true : false;
}

static void skip_space(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r'))
		s->at++;
}

static bool take_memory(struct scan *s, size_t bytes)
{
	s->memory += bytes;
	return s->memory <= BOUNDS_MEMORY ? true : set_fault(s, BOUNDS_LARGE, 0);
}

/* Take the four digits after "\u". UINT32_MAX: there are no four digits. */
static uint32_t take_unit(struct scan *s)
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

/* Take what follows a backslash. jansson refuses U+0000, and surrogates that are no pair. */
static bool take_escape(struct scan *s)
{
	uint32_t unit;

	if (s->at == s->end || !*s->at || !strchr("\"\\/bfnrtu", *s->at))
		return set_no_json(s);
	if (*s->at++ != 'u')
		return true;
	unit = take_unit(s);
	if (!unit || unit == UINT32_MAX || (unit >= 0xdc00 && unit <= 0xdfff))
		return set_no_json(s);
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	if (!take_char(s, '\\') || !take_char(s, 'u'))
		return set_no_json(s);
	unit = take_unit(s);
	return unit >= 0xdc00 && unit <= 0xdfff ? true : set_no_json(s);
}

/* Take a string after its first quote. *@text and *@len: the string without its quotes. */
static bool take_string(struct scan *s, const char **text, size_t *len)
{
	const char *begin = s->at;
	uint32_t code;
	size_t bytes;

	for (;;) {
		/* Most characters are ASCII, and no backslash, quote or control character. */
		while (s->at < s->end && (unsigned char)(*s->at - ' ') < 0x60 && *s->at != '"' &&
		       *s->at != '\\')
			s->at++;
		if (s->at - begin > BOUNDS_STRING)
			return set_fault(s, BOUNDS_LONG, 0);
		if (take_char(s, '"'))
			break;
		if (take_char(s, '\\')) {
			if (!take_escape(s))
				return false;
			continue;
		}
		bytes = s->at < s->end && (unsigned char)*s->at >= 0x80 ?
				utf8__decode(s->at, s->end - s->at, &code) :
				0;
		if (!bytes)
			return set_no_json(s);
		s->at += bytes;
	}
	*text = begin;
	*len = s->at - 1 - begin;
	return true;
}

static size_t take_digits(struct scan *s)
{
	const char *begin = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at - begin;
}

/* Take an exponent. The largest double is 1.8e308; no figure of ipitrace is near 1e100. */
static bool take_exponent(struct scan *s)
{
	bool negative = take_char(s, '-');
	size_t digits;

	if (!negative)
		take_char(s, '+');
	digits = take_digits(s);
	if (!digits)
		return set_no_json(s);
	return digits <= (negative ? 3 : 2) ? true : set_fault(s, BOUNDS_NUMBER, 0);
}

static bool take_number(struct scan *s)
{
	static const char most[] = "9223372036854775807";
	const char *begin;
	size_t digits, fraction = 0;
	bool whole = true;

	take_char(s, '-');
	begin = s->at;
	digits = take_digits(s);
	if (!digits || (*begin == '0' && digits > 1))
		return set_no_json(s);
	if (take_char(s, '.')) {
		whole = false;
		fraction = take_digits(s);
		if (!fraction)
			return set_no_json(s);
	}
	if (take_char(s, 'e') || take_char(s, 'E')) {
		whole = false;
		if (!take_exponent(s))
			return false;
	}
	if (whole && digits >= sizeof(most) - 1 &&
	    (digits > sizeof(most) - 1 || memcmp(begin, most, digits) > 0))
		return set_fault(s, BOUNDS_NUMBER, 0);
	return digits + fraction <= 64 ? true : set_fault(s, BOUNDS_NUMBER, 0);
}

static bool take_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len))
		return set_no_json(s);
	s->at += len;
	return true;
}

/* Open the object or list whose bracket was taken. */
static bool open_level(struct scan *s, bool object)
{
	const struct level *around = &s->levels[s->depth];
	struct level *level;

	if (s->depth == BOUNDS_DEPTH)
		return set_fault(s, BOUNDS_DEEP, 0);
	level = &s->levels[++s->depth];
	/* A list in a list has the key of the outer list, and so its bound. */
	*level = (struct level){ .object = object, .key = around->key, .key_len = around->key_len };
	level->bound = &other_list;
	for (size_t i = 0; !object && around->key && i < sizeof(lists) / sizeof(*lists); i++)
		if (strlen(lists[i].key) == around->key_len &&
		    !memcmp(lists[i].key, around->key, around->key_len)) {
			level->bound = &lists[i];
			break;
		}
	return take_memory(s, object ? OBJECT_BYTES : LIST_BYTES);
}

/* Take a value; of an object or a list only its bracket. */
static bool take_value(struct scan *s)
{
	char next = s->at < s->end ? *s->at : '\0';
	const char *text;
	size_t len = 0;
	bool good;

	if (take_char(s, '{'))
		return open_level(s, true);
	if (take_char(s, '['))
		return open_level(s, false);
	good = take_char(s, '"') ? take_string(s, &text, &len) :
	       next == 't'	 ? take_word(s, "true") :
	       next == 'f'	 ? take_word(s, "false") :
	       next == 'n'	 ? take_word(s, "null") :
				   take_number(s);
	return good && take_memory(s, SCALAR_BYTES + len);
}

/* Take `"key": value`; of a value that is an object or a list only the bracket. */
static bool take_member(struct scan *s)
{
	struct level *level = &s->levels[s->depth];
	const char *key;
	size_t len;

	if (!take_char(s, '"'))
		return set_no_json(s);
	if (!take_string(s, &key, &len))
		return false;
	level->key = key;
	level->key_len = len;
	skip_space(s);
	if (!take_char(s, ':'))
		return set_no_json(s);
	skip_space(s);
	return take_memory(s, KEY_BYTES + len) && take_value(s);
}

/* Take the next part of the innermost object or list: an item, or the end. */
static bool take_part(struct scan *s)
{
	struct level *level = &s->levels[s->depth];
	bool first = !level->nr;

	skip_space(s);
	if (take_char(s, level->object ? '}' : ']')) {
		s->depth--;
		return true;
	}
	if (!first && !take_char(s, ','))
		return set_no_json(s);
	skip_space(s);
	level->nr++;
	if (level->object)
		return take_member(s);
	if (level->nr > level->bound->most)
		return set_fault(s, BOUNDS_MANY, level->bound->most);
	if (level->bound->items == ITEMS_OBJECTS && (s->at == s->end || *s->at != '{'))
		return set_fault(s, BOUNDS_ITEM, level->nr);
	return take_value(s);
}

bool bounds__check(const char *text, size_t len, struct bounds_fault *fault)
{
	struct scan s = { .at = text, .end = text + len, .fault = fault };

	*fault = (struct bounds_fault){ 0 };
	skip_space(&s);
	if (!take_char(&s, '{'))
		return set_no_json(&s);
	if (!open_level(&s, true))
		return false;
	while (s.depth)
		if (!take_part(&s))
			return false;
	skip_space(&s);
	return s.at == s.end ? true : set_no_json(&s);
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
	int len = *fault->key ? snprintf(text, size, "key %s: ", fault->key) : 0;

	if (len < (int)size)
		snprintf(text + len, size - len, whys[fault->why], fault->item);
}
