// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/sanitize.h"
#include "model/field.h"
#include "view/json/json.h"

void parts__add(json_t **object, const char *key, json_t *value)
{
	if (!json_object_set_new_nocheck(*object, key, value))
		return;
	json_decref(*object);
	*object = NULL;
}

void parts__update(json_t **object, json_t *more)
{
	if (!more || json_object_update(*object, more)) {
		json_decref(*object);
		*object = NULL;
	}
	json_decref(more);
}

void parts__append(json_t **array, json_t *value)
{
	if (!json_array_append_new(*array, value))
		return;
	json_decref(*array);
	*array = NULL;
}

json_t *parts__array(size_t nr, json_t *(*item)(const void *items, size_t i), const void *items)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < nr; i++)
		parts__append(&array, item(items, i));
	return array;
}

json_t *parts__text(const char *s)
{
	json_t *string = json_string(s);
	size_t size = strlen(s) + 1;
	json_malloc_t take;
	json_free_t give;
	char *copy;

	if (string)
		return string;
	/* Use the allocator of jansson, which is a pool while a CPU is stuck. */
	json_get_alloc_funcs(&take, &give);
	copy = take(size);
	if (!copy)
		return NULL;
	sanitize_utf8(copy, size, s);
	string = json_string(copy);
	give(copy);
	return string;
}

json_t *parts__text_or_null(const char *s)
{
	return s ? parts__text(s) : json_null();
}

json_t *parts__word_or_null(const char *s)
{
	return parts__text_or_null(*s ? s : NULL);
}

json_t *parts__integer_or_null(uint64_t n, bool known)
{
	return known ? json_integer(n) : json_null();
}

json_t *parts__number_or_null(double n, bool known)
{
	return known ? json_real(n) : json_null();
}

static json_t *address_json(uint64_t addr)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, addr);
	return json_string(text);
}

json_t *parts__function(const struct symbol *symbol)
{
	return symbol->name ? parts__text(symbol->name) : address_json(symbol->addr);
}

json_t *parts__callsite(const struct symbol *site)
{
	char text[640];

	if (!site->addr && !site->name)
		return json_null();
	if (!site->name)
		return address_json(site->addr);
	snprintf(text, sizeof(text), "%s+0x%" PRIx64, site->name, site->offset);
	return parts__text(text);
}

static json_t *frame_json(const void *items, size_t i)
{
	return parts__callsite((const struct symbol *)items + i);
}

json_t *parts__frames(const struct symbol *frames, size_t nr)
{
	return parts__array(nr, frame_json, frames);
}

json_t *parts__task_or_null(const struct task_id *task)
{
	if (!task->known || task->interrupt)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:o}", "pid", (json_int_t)task->tgid, "tgid",
			 (json_int_t)task->tgid, "tid", (json_int_t)task->pid, "comm",
			 parts__word_or_null(task->comm));
}

/* A frame with its module. */
static json_t *module_frame_json(const void *items, size_t i)
{
	const struct symbol *symbol = (const struct symbol *)items + i;
	char line[320];

	if (!symbol->name || !symbol->module)
		return parts__callsite(symbol);
	snprintf(line, sizeof(line), "%.200s+0x%" PRIx64 " [%.60s]", symbol->name, symbol->offset,
		 symbol->module);
	return parts__text(line);
}

static json_t *cpus_json(const struct cpuset *set)
{
	json_t *cpus = json_array();
	int cpu;

	for_each_cpu(cpu, set)
		parts__append(&cpus, json_integer(cpu));
	return cpus;
}

json_t *parts__host(const struct host *host)
{
	if (!host)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "nodename",
			 parts__word_or_null(host->name.nodename), "kernel",
			 parts__word_or_null(host->name.release), "arch",
			 parts__word_or_null(host->name.machine), "online",
			 cpus_json(&host->online));
}

json_t *parts__date(const struct timespec *time)
{
	char date[WALL_CLOCK_DATE], text[64];

	/* Some tracers' clocks have no time of day, so a capture of theirs has no date. */
	if (!time->tv_sec)
		return json_null();
	wall_clock__date(date, time->tv_sec);
	snprintf(text, sizeof(text), "%s.%06ldZ", date, time->tv_nsec / 1000);
	return json_string(text);
}

static json_t *buckets_json(const uint64_t *slots)
{
	json_t *buckets = json_array();

	for (size_t i = 0; i < HIST_SLOTS; i++) {
		json_t *bucket;

		if (!slots[i])
			continue;
		bucket = json_object();
		parts__add(&bucket, "le", json_integer(hist_upper(i)));
		parts__add(&bucket, "count", json_integer(slots[i]));
		parts__append(&buckets, bucket);
	}
	return buckets;
}

/* The records, or the texts, of a field that has several. */
struct items {
	const struct json_fields *fields;
	const struct field *f;
	const char *first;
};

static json_t *item_json(const void *rows, size_t i)
{
	const struct items *items = rows;

	return json_fields__object(items->fields, items->f->of,
				   items->first + i * items->f->of->size);
}

static json_t *text_json(const void *rows, size_t i)
{
	const struct items *items = rows;

	return parts__text(items->first + i * (items->f->at.size / items->f->nr));
}

static size_t count_items(const struct field *f, const void *record)
{
	uint64_t nr = f->with.size ? member__number(record, f->with) : f->nr;

	return nr < f->nr ? nr : f->nr;
}

static json_t *list_json(const struct items *items, size_t nr)
{
	json_t *list = json_array();

	for (size_t i = 0; i < nr; i++) {
		const void *item = items->first + i * items->f->of->size;

		/* Without a number, only items whose first 8 bytes are not 0 count (FIELD_LIST). */
		if (items->f->with.size || *(const uint64_t *)item)
			parts__append(&list, item_json(items, i));
	}
	return list;
}

static json_t *objects_json(const struct items *items)
{
	json_t *object = json_object();

	for (size_t i = 0; i < items->f->nr; i++)
		parts__add(&object, items->f->names[i], item_json(items, i));
	return object;
}

static json_t *value_json(const struct json_fields *fields, const struct field *f,
			  const void *record)
{
	const void *at = member_of(record, f->at);
	uint64_t n = member__number(record, f->at), with = member__number(record, f->with);
	struct items items = { fields, f, f->type == FIELD_ROWS ? *(const char *const *)at : at };

	switch (f->type) {
	case FIELD_NUMBER:
	case FIELD_CPU:
		return json_integer(n);
	case FIELD_BOOL:
		return json_boolean(*(const bool *)at);
	case FIELD_REAL:
		return json_real(*(const double *)at);
	case FIELD_NAME:
		return parts__text_or_null(n < (size_t)f->nr_names ? f->names[n] : NULL);
	case FIELD_TEXT:
		return parts__text(at);
	case FIELD_STRING:
		return parts__text_or_null(*(const char *const *)at);
	case FIELD_FUNCTION:
		return parts__function(at);
	case FIELD_SITE:
		return parts__callsite(at);
	case FIELD_SITES:
		return parts__frames(at, with);
	case FIELD_MODULE_SITES:
		return parts__array(with, module_frame_json, at);
	case FIELD_DATE:
		return parts__date(at);
	case FIELD_SPUN:
		return json_integer(field__number(f, record));
	case FIELD_BUCKETS:
		return buckets_json(at);
	case FIELD_OBJECT:
		return json_fields__object(fields, f->of, at);
	case FIELD_OBJECTS:
		return objects_json(&items);
	case FIELD_ROWS:
		return parts__array(with, item_json, &items);
	case FIELD_LIST:
		return list_json(&items, count_items(f, record));
	case FIELD_SINCE:
		return json_integer(n - with);
	case FIELD_TASK:
		return parts__task_or_null(at);
	case FIELD_TEXTS:
		return parts__array(count_items(f, record), text_json, &items);
	case FIELD_CPUS:
		return cpus_json(at);
	case FIELD_RATE:
		return json_real(per_second(n, with));
	case FIELD_DERIVED:
		return f->derive ? json_integer(f->derive(record)) : json_null();
	case FIELD_FLAT:
	case FIELD_BORROWED:
		break;
	}
	return json_null();
}

json_t *json_fields__object(const struct json_fields *fields, const struct form *form,
			    const void *record)
{
	json_t *object = json_object();
	bool has_derived = false, known;

	for (size_t i = 0; i < form->nr; i++) {
		const struct field *f = &form->fields[i];
		const void *member = member_of(record, f->at);

		if (!f->key || (f->is_present && !f->is_present(fields->root, record)) ||
		    (f->present.size && !member__number(record, f->present)))
			continue;
		known = field__is_known(f, fields->root, record);
		has_derived |= f->type == FIELD_DERIVED && !f->derive;
		if (f->type == FIELD_FLAT)
			parts__update(&object, json_fields__object(fields, f->of, member));
		else
			parts__add(&object, f->key,
				   known ? value_json(fields, f, record) : json_null());
		if (f->type == FIELD_FUNCTION)
			parts__add(&object, "module",
				   parts__text_or_null(
					   known ? ((const struct symbol *)member)->module : NULL));
	}
	if (has_derived && fields->derive)
		fields->derive(&object, form, record, fields->root);
	return object;
}
