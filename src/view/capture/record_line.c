// SPDX-License-Identifier: GPL-2.0
/*
 * The line of a record (type ipi) as the texts of its values. A capture has millions of these
 * lines, and `trace` writes as many: a line is read in one pass, and nothing is copied.
 */
#include "base/hash.h"
#include "view/capture/capture.h"

/* A number of this many digits is below 2^63. */
#define DIGITS_MAX 18

/* Returns the end of the string that begins at @at; NULL: it has none before @end. */
static const char *string_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\';
	return at < end ? at + 1 : NULL;
}

/* Returns the end of the string that begins at @at; NULL: not printable ASCII, or an escape. */
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

/* Returns the end of any value at @at, where a comma or bracket follows; NULL: it has no end. */
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
 * Returns the key with this name; NR_TRACE_KEYS: a record has no such key. @next: the key to try
 * first, because the keys usually have one order.
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

/* Slots of the cache. */
#define KNOWN 256

/* A function and a call site, by the texts of a line: making them takes as long as the rest. */
struct known_symbols {
	/* From strings__keep(); NULL: unknown. */
	const char *func, *module, *callsite;
	struct symbol func_symbol;
	struct symbol callsite_symbol;
};

struct record_names {
	struct strings *strings;
	bool own; /* @strings belong to this struct */
	struct known_symbols known[KNOWN];
};

struct record_names *record_names__new(struct strings *strings)
{
	struct record_names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->own = !strings;
	names->strings = strings ? strings : strings__new();
	if (names->strings)
		return names;
	free(names);
	return NULL;
}

void record_names__free(struct record_names *names)
{
	if (names && names->own)
		strings__free(names->strings);
	free(names);
}

/* A line, as the texts of its values or as an object. */
struct source {
	const struct record_text *text; /* if the line is plain; NULL: see object */
	const json_t *object;
};

/* Returns the string at @key, without a '\0' at its end; @at is NULL if there is none. */
static struct json_part get_text(const struct source *s, enum trace_key key)
{
	const struct json_part *part;
	const json_t *value;

	if (s->text) {
		part = &s->text->values[key];
		return part->len && *part->at == '"' ?
			       (struct json_part){ part->at + 1, part->len - 2 } :
			       (struct json_part){};
	}
	value = json_object_get(s->object, trace_keys[key]);
	return (struct json_part){ json_string_value(value), json_string_length(value) };
}

/* Returns the number at @key; @unknown if there is none, or a negative one. */
static uint64_t get_number(const struct source *s, enum trace_key key, uint64_t unknown)
{
	const struct json_part *part;
	const json_t *value;
	uint64_t n = 0;

	if (s->text) {
		part = &s->text->values[key];
		/* A plain value that begins with a digit has only digits. "-0" is 0. */
		if (part->len == 2 && !memcmp(part->at, "-0", 2))
			return 0;
		if (!part->len || *part->at < '0' || *part->at > '9')
			return unknown;
		for (size_t i = 0; i < part->len; i++)
			n = 10 * n + (part->at[i] - '0');
		return n;
	}
	value = json_object_get(s->object, trace_keys[key]);
	return json_is_integer(value) && json_integer_value(value) >= 0 ?
		       (uint64_t)json_integer_value(value) :
		       unknown;
}

static bool is_true(const struct source *s, enum trace_key key)
{
	const struct json_part *part;

	if (!s->text)
		return json_is_true(json_object_get(s->object, trace_keys[key]));
	part = &s->text->values[key];
	return part->len && *part->at == 't';
}

/* Returns the index of the text at @key among @nr names; @none: it is none of them. */
static int get_name(const struct source *s, enum trace_key key, const char *const *names, int nr,
		    int none)
{
	struct json_part text = get_text(s, key);

	for (int i = 0; text.at && i < nr; i++)
		if (!strncmp(names[i], text.at, text.len) && !names[i][text.len])
			return i;
	return none;
}

/* Returns the CPU at @key; 0 if there is none, and *@known is false. */
static uint32_t get_cpu(const struct source *s, enum trace_key key, bool *known)
{
	uint64_t n = get_number(s, key, UINT64_MAX);

	*known = n < MAX_CPUS;
	return *known ? n : 0;
}

static bool is_same(const char *known, const struct json_part *text)
{
	return known && text->at ? !strncmp(known, text->at, text->len) && !known[text->len] :
				   !known && !text->at;
}

static const char *keep_text(struct record_names *names, const struct json_part *text)
{
	char *copy = text->at ? strndup(text->at, text->len) : NULL;
	const char *kept = strings__keep(names->strings, copy);

	free(copy);
	return kept;
}

static const struct known_symbols *find_symbols(struct record_names *names, const struct source *s)
{
	const struct json_part func = get_text(s, TRACE_func), module = get_text(s, TRACE_module);
	const struct json_part site = get_text(s, TRACE_callsite);
	uint64_t hash = hash_bytes(hash_bytes(HASH_BEGIN, func.at, func.len), site.at, site.len);
	struct known_symbols *known = &names->known[hash % KNOWN];

	if (is_same(known->func, &func) && is_same(known->module, &module) &&
	    is_same(known->callsite, &site))
		return known;
	*known = (struct known_symbols){
		.func = keep_text(names, &func),
		.module = keep_text(names, &module),
		.callsite = keep_text(names, &site),
	};
	known->func_symbol = parse__symbol(names->strings, known->func, known->module);
	known->callsite_symbol = parse__site(names->strings, known->callsite);
	return known;
}

static void parse_record(struct record_names *names, const struct source *s,
			 struct parsed_record *parsed)
{
	static const struct known_symbols unknown;
	const struct known_symbols *known = names ? find_symbols(names, s) : &unknown;
	struct json_part comm = get_text(s, TRACE_comm), call = get_text(s, TRACE_call);
	const char *digits = call.at ? memchr(call.at, '-', call.len) : NULL;
	uint64_t time = get_number(s, TRACE_time, UINT64_MAX);
	struct record *r = &parsed->record;

	memset(parsed, 0, sizeof(*parsed));
	parsed->func = known->func_symbol;
	parsed->callsite = known->callsite_symbol;
	parsed->func_text = known->func;
	parsed->callsite_text = known->callsite;
	parsed->kind_known = get_text(s, TRACE_kind).at;
	parsed->time_known = time != UINT64_MAX;
	r->time = parsed->time_known ? time : 0;
	r->func = parsed->func.addr;
	r->callsite = parsed->callsite.addr;
	r->delay = get_number(s, TRACE_delay, NOT_KNOWN);
	r->handler = get_number(s, TRACE_handler, NOT_KNOWN);
	/* The NUMBER of "SRC-NUMBER", up to a quote or a '\0'; 0: null, or something else. */
	r->call = digits ? strtoull(digits + 1, NULL, 10) : 0;
	r->wait = get_number(s, TRACE_wait, NOT_KNOWN);
	r->pid = get_number(s, TRACE_tid, 0);
	r->interrupt = is_true(s, TRACE_interrupt);
	r->tgid = get_number(s, TRACE_pid, r->interrupt ? 0 : TGID_NOT_KNOWN);
	r->stack = NO_STACK;
	r->src = get_cpu(s, TRACE_src, &parsed->src_known);
	r->dst = get_cpu(s, TRACE_dst, &parsed->dst_known);
	r->kind = get_name(s, TRACE_kind, kind_names, NR_KINDS, KIND_CALL_FUNCTION);
	r->type = get_name(s, TRACE_csd, csd_type_names, CSD_TYPES, CSD_TYPES) << 4;
	r->delay_stolen = get_number(s, TRACE_delay_stolen, NOT_KNOWN);
	r->handler_stolen = get_number(s, TRACE_handler_stolen, NOT_KNOWN);
	r->src_stolen = get_number(s, TRACE_src_stolen, NOT_KNOWN);
	r->preempted = is_true(s, TRACE_preempted);
	if (comm.at)
		memcpy(r->comm, comm.at,
		       comm.len < sizeof(r->comm) ? comm.len : sizeof(r->comm) - 1);
}

bool parse__record_text(struct record_names *names, const char *text, size_t len,
			struct parsed_record *parsed)
{
	struct record_text record;
	bool plain = record_text__find(&record, text, len) && record.plain;

	if (plain)
		parse_record(names, &(struct source){ .text = &record }, parsed);
	return plain;
}

void parse__record_object(struct record_names *names, const json_t *object,
			  struct parsed_record *parsed)
{
	parse_record(names, &(struct source){ .object = object }, parsed);
}

int parse__record(struct record_names *names, const char *text, size_t len,
		  struct parsed_record *parsed)
{
	struct bounds_fault fault;
	json_t *object;

	if (parse__record_text(names, text, len, parsed))
		return 0;
	if (!bounds__check(text, len, &fault))
		return -EBADMSG;
	object = json_loadb(text, len, 0, NULL);
	if (!object)
		return -ENOMEM;
	parse__record_object(names, object, parsed);
	json_decref(object);
	return 0;
}
