// SPDX-License-Identifier: GPL-2.0
/* The fields of a line: their values, by the tables of model/field.h, and texts, each kept once. */
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include "base/hash.h"
#include "model/field.h"
#include "view/capture/capture.h"

/* Most texts of a line were in earlier lines: this many recent texts are found without the tree. */
#define RECENT 4096

struct strings {
	void *tree; /* the root of tsearch()'s tree */
	const char *recent[RECENT]; /* by their hash */
	size_t bytes; /* that the texts take, with the tree */
	int err; /* a negative errno once a text was not kept */
};

static int compare_texts(const void *a, const void *b)
{
	return strcmp(a, b);
}

struct strings *strings__new(void)
{
	return calloc(1, sizeof(struct strings));
}

void strings__free(struct strings *strings)
{
	if (strings)
		tdestroy(strings->tree, free);
	free(strings);
}

/* Returns the copy of @text in the tree, to which it may be added; NULL if there is no room. */
static const char *keep_in_tree(struct strings *strings, const char *text)
{
	void *found = tfind(text, &strings->tree, compare_texts);
	char *copy;

	if (found)
		return *(char **)found;
	/* Besides the text: a node of the tree, and what malloc() takes for itself. */
	strings->bytes += strlen(text) + 64;
	if (strings->bytes > STRINGS_MAX) {
		strings->err = -E2BIG;
		return NULL;
	}
	copy = strdup(text);
	if (copy && tsearch(copy, &strings->tree, compare_texts))
		return copy;
	free(copy);
	strings->err = -ENOMEM;
	return NULL;
}

const char *strings__keep(struct strings *strings, const char *text)
{
	const char **recent;

	if (!text)
		return NULL;
	recent = &strings->recent[hash_bytes(HASH_BEGIN, text, strlen(text)) % RECENT];
	if (!*recent || strcmp(*recent, text))
		*recent = keep_in_tree(strings, text);
	return *recent;
}

int strings__err(const struct strings *strings)
{
	return strings->err;
}

bool parse__is_number(const json_t *object, const char *key, uint64_t *n)
{
	const json_t *value = json_object_get(object, key);
	bool known = json_is_integer(value) && json_integer_value(value) >= 0;

	*n = known ? json_integer_value(value) : 0;
	return known;
}

uint64_t parse__number(const json_t *object, const char *key)
{
	uint64_t n;

	parse__is_number(object, key, &n);
	return n;
}

const char *parse__text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Copy parse__text(), cut to @size bytes, to @to; "" if unknown. */
static void copy_text(const json_t *object, const char *key, char *to, size_t size)
{
	const char *text = parse__text(object, key);

	snprintf(to, size, "%s", text ? text : "");
}

static uint32_t cpu_of(const json_t *value)
{
	json_int_t cpu = json_integer_value(value);

	return cpu >= 0 && cpu < MAX_CPUS ? cpu : 0;
}

uint32_t parse__cpu(const json_t *object, const char *key)
{
	return cpu_of(json_object_get(object, key));
}

/* Read a list of CPUs. */
static void read_cpus(const json_t *array, struct cpuset *set)
{
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
		cpuset__add(set, cpu_of(value));
}

/* Returns the index of @text, which may be NULL, among @nr names; @none if it is none of them. */
static int find_name(const char *text, const char *const *names, int nr, int none)
{
	for (int i = 0; text && i < nr; i++)
		if (names[i] && !strcmp(names[i], text))
			return i;
	return none;
}

/* Returns the address of a pair of names: that of the only copy of both names. */
static uint64_t address_of(struct strings *strings, const char *name, const char *module)
{
	char both[640];

	snprintf(both, sizeof(both), "%s [%s", name, module ? module : "");
	return (uintptr_t)strings__keep(strings, both);
}

struct symbol parse__symbol(struct strings *strings, const char *name, const char *module)
{
	if (!name)
		return (struct symbol){};
	if (!strncmp(name, "0x", 2))
		return (struct symbol){ .addr = strtoull(name, NULL, 16) };
	return (struct symbol){
		.addr = address_of(strings, name, module),
		.name = strings__keep(strings, name),
		.module = strings__keep(strings, module),
	};
}

struct symbol parse__site(struct strings *strings, const char *text)
{
	char name[512], *offset, *module;
	struct symbol site;

	if (!text)
		return (struct symbol){};
	snprintf(name, sizeof(name), "%s", text);
	module = strstr(name, " [");
	if (module) {
		*module = '\0';
		module += 2;
		module[strcspn(module, "]")] = '\0';
	}
	offset = strrchr(name, '+');
	if (offset)
		*offset++ = '\0';
	site = parse__symbol(strings, name, module);
	site.offset = offset ? strtoull(offset, NULL, 16) : 0;
	/* Two places of one function are two addresses. */
	if (site.name)
		site.addr = address_of(strings, text, "");
	return site;
}

/* Read an array of call sites as a stack. Returns the number of frames, at most @max. */
static uint32_t read_stack(struct strings *strings, const json_t *array, struct symbol *stack,
			   uint32_t max)
{
	uint32_t nr = json_array_size(array);

	nr = nr < max ? nr : max;
	for (uint32_t i = 0; i < nr; i++)
		stack[i] = parse__site(strings, json_string_value(json_array_get(array, i)));
	return nr;
}

/* Read a task {pid, tgid, tid, comm}; not known if @object is NULL or no object. */
static struct task_id read_task(const json_t *object)
{
	struct task_id task = { .known = json_is_object(object) };
	uint64_t thread;

	/* A capture of minor version 0 has no tid, and its pid is the thread. */
	if (!parse__is_number(object, "tid", &thread))
		thread = parse__number(object, "pid");
	task.tgid = parse__number(object, "tgid");
	task.pid = thread;
	copy_text(object, "comm", task.comm, sizeof(task.comm));
	return task;
}

void parse__host(const json_t *object, struct host *host)
{
	*host = (struct host){};
	copy_text(object, "nodename", host->name.nodename, sizeof(host->name.nodename));
	copy_text(object, "kernel", host->name.release, sizeof(host->name.release));
	copy_text(object, "arch", host->name.machine, sizeof(host->name.machine));
	read_cpus(json_object_get(object, "online"), &host->online);
}

struct timespec parse__date(const char *text)
{
	struct timespec time = {};
	struct tm tm = {};
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	unsigned int us = 0;

	/* From 1970 to 2200: ns since then fit 63 bits, also with a clock's difference added. */
	if (!rest || tm.tm_year < 70 || tm.tm_year > 300)
		return time;
	time.tv_sec = timegm(&tm);
	if (sscanf(rest, ".%6uZ", &us) == 1)
		time.tv_nsec = us * 1000L;
	return time;
}

static bool read_rows(const struct field_reader *reader, const struct field *f, void *record,
		      const json_t *array)
{
	size_t nr = json_array_size(array), size = f->of->size;
	char *rows = nr ? calloc(nr, size) : NULL;

	if (nr && !rows)
		return false;
	*(void **)member_of(record, f->at) = rows;
	*(size_t *)member_of(record, f->with) = nr;
	for (size_t i = 0; i < nr; i++)
		if (!parse__fields(reader, f->of, rows + i * size, json_array_get(array, i)))
			return false;
	return true;
}

/*
 * Read the items of a list. An item with a name goes to the place of that name; items with unknown
 * names are added up in the last place.
 */
static bool read_items(const struct field_reader *reader, const struct field *f, void *record,
		       const json_t *value)
{
	char *items = member_of(record, f->at);
	size_t nr = f->type == FIELD_LIST ? json_array_size(value) : f->nr;
	bool good = true;

	if (f->with.size)
		member__set(record, f->with, nr < f->nr ? nr : f->nr);
	for (size_t i = 0; i < nr && good; i++) {
		const json_t *item = f->type == FIELD_LIST ? json_array_get(value, i) :
							     json_object_get(value, f->names[i]);
		size_t at = f->label ? (size_t)find_name(parse__text(item, f->label), f->names,
							 f->nr_names, f->nr_names - 1) :
				       i;

		if (at < f->nr)
			good = parse__fields(reader, f->of, items + at * f->of->size, item);
	}
	return good;
}

static void read_texts(const struct field *f, void *record, const json_t *array)
{
	size_t nr = json_array_size(array), size = f->at.size / f->nr;
	char *texts = member_of(record, f->at);

	nr = nr < f->nr ? nr : f->nr;
	for (size_t i = 0; i < nr; i++) {
		const char *text = json_string_value(json_array_get(array, i));

		snprintf(texts + i * size, size, "%s", text ? text : "");
	}
	member__set(record, f->with, nr);
}

/* Whether the line knows the value: it is present, and has the field's type. */
static bool is_known(const struct field *f, const json_t *value)
{
	switch (f->type) {
	case FIELD_ROWS:
	case FIELD_LIST:
	case FIELD_CPUS:
	case FIELD_SITES:
	case FIELD_MODULE_SITES:
		return json_is_array(value);
	case FIELD_OBJECT:
		return json_is_object(value);
	case FIELD_NUMBER:
	case FIELD_SPUN:
		return json_is_integer(value) && json_integer_value(value) >= 0;
	case FIELD_CPU:
		return json_is_integer(value) && json_integer_value(value) >= 0 &&
		       json_integer_value(value) < MAX_CPUS;
	case FIELD_BOOL:
		return json_is_boolean(value);
	case FIELD_NAME:
		return json_is_string(value);
	default:
		return json_is_number(value);
	}
}

/* Read a number, from which the field's type may compute the member. */
static void read_number_field(const struct field *f, void *record, const json_t *value)
{
	uint64_t n = json_integer_value(value) > 0 ? json_integer_value(value) : 0;

	switch (f->type) {
	case FIELD_NUMBER:
		/* read_items() adds up items with unknown names. */
		n += member__number(record, f->at);
		break;
	case FIELD_SPUN:
		/* Without the key, the member stays 0. */
		if (!is_known(f, value))
			return;
		n = wait_spun(member__number(record, f->with), n);
		break;
	case FIELD_RATE:
		member__set(record, f->with, FIELD_RATE_NS);
		n = count_of_rate(json_number_value(value), FIELD_RATE_NS);
		break;
	default: /* FIELD_SINCE */
		n += member__number(record, f->with);
	}
	member__set(record, f->at, n);
}

static void read_buckets(uint64_t *slots, const json_t *array)
{
	const json_t *bucket;
	size_t i;

	json_array_foreach(array, i, bucket)
		slots[hist_slot(parse__number(bucket, "le"))] += parse__number(bucket, "count");
}

/* Read @value, the field's value in @object. */
static void read_value(const struct field_reader *reader, const struct field *f, void *record,
		       const json_t *object, const json_t *value)
{
	const char *text = json_string_value(value);
	void *at = member_of(record, f->at);

	switch (f->type) {
	case FIELD_NUMBER:
	case FIELD_SPUN:
	case FIELD_RATE:
	case FIELD_SINCE:
		read_number_field(f, record, value);
		break;
	case FIELD_CPU:
		*(uint32_t *)at = cpu_of(value);
		break;
	case FIELD_BOOL:
		*(bool *)at = json_is_true(value);
		break;
	case FIELD_REAL:
		*(double *)at = json_number_value(value);
		break;
	case FIELD_NAME:
		member__set(record, f->at, find_name(text, f->names, f->nr_names, f->none));
		break;
	case FIELD_TEXT:
		snprintf(at, f->at.size, "%s", text ? text : "");
		break;
	case FIELD_STRING:
		*(const char **)at = strings__keep(reader->strings, text);
		break;
	case FIELD_FUNCTION:
		*(struct symbol *)at = parse__symbol(reader->strings, parse__text(object, "func"),
						     parse__text(object, "module"));
		break;
	case FIELD_SITE:
		*(struct symbol *)at = parse__site(reader->strings, text);
		break;
	case FIELD_SITES:
	case FIELD_MODULE_SITES:
		member__set(record, f->with,
			    read_stack(reader->strings, value, at,
				       f->at.size / sizeof(struct symbol)));
		break;
	case FIELD_DATE:
		*(struct timespec *)at = parse__date(text);
		break;
	case FIELD_BUCKETS:
		read_buckets(at, value);
		break;
	case FIELD_CPUS:
		read_cpus(value, at);
		break;
	case FIELD_TASK:
		*(struct task_id *)at = read_task(value);
		break;
	case FIELD_TEXTS:
		read_texts(f, record, value);
		break;
	default: /* FIELD_BORROWED, FIELD_DERIVED: a line does not have the member. */
		break;
	}
}

/* Read a field that has records. */
static bool read_records(const struct field_reader *reader, const struct field *f, void *record,
			 const json_t *object, const json_t *value)
{
	void *at = member_of(record, f->at);

	switch (f->type) {
	case FIELD_FLAT:
		return parse__fields(reader, f->of, at, object);
	case FIELD_OBJECT:
		return parse__fields(reader, f->of, at, value);
	case FIELD_ROWS:
		return read_rows(reader, f, record, value);
	default: /* FIELD_OBJECTS, FIELD_LIST */
		return read_items(reader, f, record, value);
	}
}

bool parse__fields(const struct field_reader *reader, const struct form *form, void *record,
		   const json_t *object)
{
	bool good = true;

	for (size_t i = 0; i < form->nr && good; i++) {
		const struct field *f = &form->fields[i];
		const json_t *value;

		if (!f->key || f->type == FIELD_DERIVED ||
		    (f->is_present && !f->is_present(reader->root, record)))
			continue;
		value = json_object_get(object, f->key);
		if (f->known.size == 1)
			*(bool *)member_of(record, f->known) = is_known(f, value);
		if (f->present.size == 1)
			*(bool *)member_of(record, f->present) = value;
		if (f->found.size)
			*(bool *)member_of(record, f->found) = is_known(f, value);
		if (f->of)
			good = read_records(reader, f, record, object, value);
		else
			read_value(reader, f, record, object, value);
	}
	if (good && reader->settle)
		reader->settle(form, record, object);
	return good;
}
