// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "view/capture/capture.h"
#include "view/capture/parse.h"

/* So many digits are below 2^63. */
#define DIGITS_MAX 18

/* In the order of enum record_key. */
static const char *const names[NR_RECORD_KEYS] = {
	"time",	    "kind", "src",  "dst",  "func",	    "module",
	"callsite", "pid",  "tid",  "comm", "interrupt",    "delay",
	"handler",  "call", "wait", "csd",  "delay_stolen", "handler_stolen",
	"preempted"
};

/* A line that is being read, from @at to @end. */
struct scan {
	const char *at;
	const char *end;
	unsigned int next; /* the key that comes, if the order is the usual one */
};

/* Whether @c is next; then it is taken. So do the next functions. */
static bool takes_char(struct scan *s, char c)
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

/* A string of printable ASCII without an escape. False also for every other string. */
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

/* An integer that is not too long. A fraction or an exponent is not taken. */
static bool takes_integer(struct scan *s, int64_t *integer)
{
	bool negative = takes_char(s, '-');
	const char *begin = s->at;
	int64_t n = 0;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9' && s->at - begin < DIGITS_MAX)
		n = 10 * n + (*s->at++ - '0');
	*integer = negative ? -n : n;
	/* JSON has no leading zeros. */
	return s->at > begin && (*begin != '0' || s->at == begin + 1);
}

/* The key with this name; NR_RECORD_KEYS: no reader needs it. */
static enum record_key find_key(struct scan *s, const char *name, size_t len)
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
static bool put_text(struct record_line *line, struct record_value *value, const char *text,
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

/* The value of @key. False: it is of a kind that ipitrace does not write. */
static bool takes_value(struct scan *s, struct record_line *line, enum record_key key)
{
	struct record_value value = { 0 };
	const char *text;
	size_t len;

	if (takes_string(s, &text, &len)) {
		if (key < NR_RECORD_KEYS && !put_text(line, &value, text, len))
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
	if (!takes_char(&s, '{'))
		return false;
	do {
		if (!takes_string(&s, &name, &name_len) || !takes_char(&s, ':') ||
		    !takes_value(&s, line, find_key(&s, name, name_len)))
			return false;
	} while (takes_char(&s, ','));
	return takes_char(&s, '}') && s.at == s.end;
}

void record_line__from_object(struct record_line *line, const json_t *object)
{
	memset(line->values, 0, sizeof(line->values));
	line->len = 0;
	for (int i = 0; i < NR_RECORD_KEYS; i++) {
		const json_t *value = json_object_get(object, names[i]);
		struct record_value *to = &line->values[i];

		if (json_is_string(value))
			put_text(line, to, json_string_value(value), json_string_length(value));
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

static bool is_true(const struct record_line *line, enum record_key key)
{
	return line->values[key].type == RECORD_TRUE;
}

/* Slots of the cache; a power of two. */
#define KNOWN 256

/* Symbols by the texts of a line: to make them takes as long as everything else for a line. */
struct known_symbols {
	const char *func; /* these three are kept strings; NULL: unknown */
	const char *module;
	const char *callsite;
	struct symbol func_symbol;
	struct symbol callsite_symbol;
};

struct record_names {
	struct strings *strings;
	struct known_symbols known[KNOWN];
};

struct record_names *record_names__new(struct strings *strings)
{
	struct record_names *names = calloc(1, sizeof(*names));

	if (names)
		names->strings = strings;
	return names;
}

static uint32_t hash_text(uint32_t hash, const char *text)
{
	while (text && *text)
		hash = (hash ^ (unsigned char)*text++) * 0x01000193;
	return hash;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static const struct known_symbols *find_symbols(struct record_names *names,
						const struct record_line *line)
{
	const char *func = record_line__text(line, RECORD_FUNC);
	const char *module = record_line__text(line, RECORD_MODULE);
	const char *site = record_line__text(line, RECORD_CALLSITE);
	uint32_t at = hash_text(hash_text(0x811c9dc5, func), site);
	struct known_symbols *known = &names->known[(at ^ at >> 16) & (KNOWN - 1)];

	if (is_same(known->func, func) && is_same(known->module, module) &&
	    is_same(known->callsite, site))
		return known;
	*known = (struct known_symbols){
		.func = strings__keep(names->strings, func),
		.module = strings__keep(names->strings, module),
		.callsite = strings__keep(names->strings, site),
		.func_symbol = parse__symbol(names->strings, func, module),
		.callsite_symbol = parse__site(names->strings, site),
	};
	return known;
}

static uint64_t get_number(const struct record_line *line, enum record_key key)
{
	uint64_t n;

	record_line__number(line, key, &n);
	return n;
}

static uint64_t get_duration(const struct record_line *line, enum record_key key)
{
	uint64_t ns;

	return record_line__number(line, key, &ns) ? ns : NOT_KNOWN;
}

static uint32_t get_cpu(const struct record_line *line, enum record_key key)
{
	uint64_t n = get_number(line, key);

	return n < MAX_CPUS ? n : 0;
}

/* The index of the text among @nr names; @none: it is none of them. */
static int get_name(const struct record_line *line, enum record_key key, const char *const *names,
		    int nr, int none)
{
	return parse__index(record_line__text(line, key), names, nr, none);
}

/* "SRC-NUMBER"; 0: null, or something else. */
static uint64_t get_call(const struct record_line *line)
{
	const char *text = record_line__text(line, RECORD_CALL);
	const char *digits = text ? strchr(text, '-') : NULL;

	return digits ? strtoull(digits + 1, NULL, 10) : 0;
}

void parse__record(struct record_names *names, const struct record_line *line,
		   struct parsed_record *parsed)
{
	const struct known_symbols *known = find_symbols(names, line);
	const char *comm = record_line__text(line, RECORD_COMM);
	struct record *r = &parsed->record;
	uint64_t tgid;

	parsed->func = known->func_symbol;
	parsed->callsite = known->callsite_symbol;
	*r = (struct record){
		.time = get_number(line, RECORD_TIME),
		.func = parsed->func.addr,
		.callsite = parsed->callsite.addr,
		.delay = get_duration(line, RECORD_DELAY),
		.handler = get_duration(line, RECORD_HANDLER),
		.call = get_call(line),
		.wait = get_duration(line, RECORD_WAIT),
		.pid = get_number(line, RECORD_TID),
		.tgid = record_line__number(line, RECORD_PID, &tgid) ? tgid :
			is_true(line, RECORD_INTERRUPT)		     ? 0 :
								       TGID_NOT_KNOWN,
		.stack = NO_STACK,
		.src = get_cpu(line, RECORD_SRC),
		.dst = get_cpu(line, RECORD_DST),
		.kind = get_name(line, RECORD_KIND, kind_names, NR_KINDS, KIND_CALL_FUNCTION),
		.type = get_name(line, RECORD_CSD, csd_type_names, CSD_TYPES, CSD_TYPES) << 4,
		.interrupt = is_true(line, RECORD_INTERRUPT),
		.delay_stolen = get_duration(line, RECORD_DELAY_STOLEN),
		.handler_stolen = get_duration(line, RECORD_HANDLER_STOLEN),
		.preempted = is_true(line, RECORD_PREEMPTED),
	};
	if (comm)
		memcpy(r->comm, comm, strnlen(comm, sizeof(r->comm) - 1));
}

void parse__trace_end(const json_t *object, struct trace_totals *totals)
{
	const json_t *lost_by = json_object_get(object, "lost_by");

	*totals = (struct trace_totals){
		.records = parse__number(object, "records"),
		.queued = parse__number(object, "queued"),
		.csds = parse__number(object, "csds"),
		.in_flight = parse__number(object, "in_flight"),
		.brief = parse__number(object, "brief"),
		.late = parse__number(object, "late"),
		.dropped = parse__number(lost_by, "buffer_full"),
		.csds_wanted = json_is_integer(json_object_get(object, "queued")),
	};
	for (int i = 0; i < NR_LOST; i++)
		totals->lost_by[i] = parse__number(lost_by, lost_names[i]);
}
