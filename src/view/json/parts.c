// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "abi/hist_slots.h"
#include "base/clock.h"
#include "base/cpuset.h"
#include "base/sanitize.h"
#include "model/field.h"
#include "model/hist.h"
#include "model/host.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "view/json/parts.h"

/* Never part of an object, and so never freed. */
static json_t none = { .type = JSON_NULL, .refcount = (size_t)-1 };

json_t *parts__none(void)
{
	return &none;
}

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

json_t *parts__array(size_t nr, json_t *(*item)(const void *of, size_t i), const void *of)
{
	json_t *array = json_array();

	for (size_t i = 0; i < nr; i++) {
		json_t *value = item(of, i);

		if (value == &none)
			continue;
		if (json_array_append_new(array, value)) {
			json_decref(array);
			return NULL;
		}
	}
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
	/* Jansson's memory: while a CPU is stuck, the pool. */
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

static json_t *user_frame_json(const void *of, size_t i)
{
	const struct symbol *frame = (const struct symbol *)of + i;

	return json_pack("{s:o, s:o, s:I}", "func", parts__text_or_null(frame->name), "module",
			 parts__text_or_null(frame->module), "offset", (json_int_t)frame->offset);
}

json_t *parts__user_frames(const struct stack_sample *sample)
{
	return sample->nr_user ? parts__array(sample->nr_user, user_frame_json, sample->user) :
				 json_null();
}

json_t *parts__task_or_null(const struct task_id *task)
{
	if (!task->known || task->interrupt)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:o}", "pid", (json_int_t)task->tgid, "tgid",
			 (json_int_t)task->tgid, "tid", (json_int_t)task->pid, "comm",
			 parts__text_or_null(*task->comm ? task->comm : NULL));
}

static json_t *cpu_json(const void *set, size_t i)
{
	return cpuset__has(set, i) ? json_integer(i) : parts__none();
}

json_t *parts__cpus(const struct cpuset *set)
{
	return parts__array(cpuset__end(set), cpu_json, set);
}

json_t *parts__host(const struct host *host)
{
	if (!host)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "nodename", parts__text(host->name.nodename),
			 "kernel", parts__text(host->name.release), "arch",
			 parts__text(host->name.machine), "online", parts__cpus(&host->online));
}

json_t *parts__date(const struct timespec *time)
{
	char date[WALL_CLOCK_DATE], text[64];

	wall_clock__date(date, time->tv_sec);
	snprintf(text, sizeof(text), "%s.%06ldZ", date, time->tv_nsec / 1000);
	return json_string(text);
}

static json_t *bucket_json(const void *of, size_t i)
{
	const uint64_t *slots = of;
	json_t *bucket;

	if (!slots[i])
		return parts__none();
	bucket = json_object();
	parts__add(&bucket, "le", json_integer(hist_upper(i)));
	parts__add(&bucket, "count", json_integer(slots[i]));
	return bucket;
}

static json_t *name_json(const struct field *f, size_t i)
{
	return parts__text_or_null(i < (size_t)f->nr_names ? f->names[i] : NULL);
}

struct items {
	const struct json_fields *fields;
	const struct field *f;
	const char *at;
};

static json_t *item_json(const void *of, size_t i)
{
	const struct items *items = of;
	const struct field *f = items->f;
	const char *item = items->at + i * f->of->size;

	if (f->type == FIELD_LIST && !f->with.size && !*(const uint64_t *)item)
		return parts__none();
	return json_fields__object(items->fields, f->of, item);
}

static json_t *objects_json(const struct items *items)
{
	json_t *object = json_object();

	for (size_t i = 0; i < items->f->nr; i++)
		parts__add(&object, items->f->names[i], item_json(items, i));
	return object;
}

static json_t *text_json(const void *of, size_t i)
{
	const struct items *items = of;

	return parts__text(items->at + i * (items->f->at.size / items->f->nr));
}

static size_t nr_items(const struct field *f, const void *record)
{
	uint64_t nr = f->with.size ? member__number(record, f->with) : f->nr;

	return nr < f->nr ? nr : f->nr;
}

static json_t *rate_json(uint64_t n, uint64_t ns)
{
	return json_real(ns ? n * 1e9 / ns : 0);
}

static json_t *value_json(const struct json_fields *fields, const struct field *f,
			  const void *record)
{
	const void *at = member_of(record, f->at);
	struct items items = { fields, f, f->type == FIELD_ROWS ? *(const char *const *)at : at };

	switch (f->type) {
	case FIELD_NUMBER:
	case FIELD_CPU:
		return json_integer(member__number(record, f->at));
	case FIELD_BOOL:
		return json_boolean(*(const bool *)at);
	case FIELD_REAL:
		return json_real(*(const double *)at);
	case FIELD_NAME:
		return name_json(f, member__number(record, f->at));
	case FIELD_TEXT:
		return parts__text(at);
	case FIELD_STRING:
		return parts__text_or_null(*(const char *const *)at);
	case FIELD_FUNCTION:
		return parts__function(at);
	case FIELD_SITE:
		return parts__callsite(at);
	case FIELD_DATE:
		return parts__date(at);
	case FIELD_SPUN:
		return json_integer(
			wait_spun(member__number(record, f->with), member__number(record, f->at)));
	case FIELD_BUCKETS:
		return parts__array(HIST_SLOTS, bucket_json, at);
	case FIELD_OBJECT:
		return json_fields__object(fields, f->of, at);
	case FIELD_OBJECTS:
		return objects_json(&items);
	case FIELD_ROWS:
		return parts__array(member__number(record, f->with), item_json, &items);
	case FIELD_LIST:
		return parts__array(nr_items(f, record), item_json, &items);
	case FIELD_SINCE:
		return json_integer(member__number(record, f->at) -
				    member__number(record, f->with));
	case FIELD_TASK:
		return parts__task_or_null(at);
	case FIELD_TEXTS:
		return parts__array(nr_items(f, record), text_json, &items);
	case FIELD_CPUS:
		return parts__cpus(at);
	case FIELD_RATE:
		return rate_json(member__number(record, f->at), member__number(record, f->with));
	case FIELD_DERIVED:
		return f->derive ? json_integer(f->derive(record)) : json_null();
	case FIELD_FLAT:
	case FIELD_BORROWED:
		break;
	}
	return json_null();
}

json_t *json_fields__object(const struct json_fields *fields, const struct form *of,
			    const void *record)
{
	json_t *object = json_object();
	bool derived = false, known;

	for (size_t i = 0; i < of->nr; i++) {
		const struct field *f = &of->fields[i];
		const struct symbol *symbol = member_of(record, f->at);

		if (!f->key || (f->when && !f->when(fields->root, record)) ||
		    (f->here.size && !member__number(record, f->here)))
			continue;
		known = (!f->known.size || member__number(record, f->known)) &&
			(!f->told || f->told(fields->root, record));
		derived |= f->type == FIELD_DERIVED && !f->derive;
		if (f->type == FIELD_FLAT)
			parts__update(&object, json_fields__object(fields, f->of, symbol));
		else
			parts__add(&object, f->key,
				   known ? value_json(fields, f, record) : json_null());
		if (f->type == FIELD_FUNCTION)
			parts__add(&object, "module",
				   parts__text_or_null(known ? symbol->module : NULL));
	}
	if (derived && fields->derive)
		fields->derive(&object, of, record, fields->root);
	return object;
}
