// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "abi/hist_slots.h"
#include "model/hist.h"
#include "view/capture/fields.h"
#include "view/capture/parse.h"

static uint64_t number_of(const json_t *value)
{
	json_int_t n = json_integer_value(value);

	return n > 0 ? n : 0;
}

static void buckets_read(const json_t *array, uint64_t *slots)
{
	const json_t *bucket;
	size_t i;

	json_array_foreach(array, i, bucket)
		slots[hist_slot(parse__number(bucket, "le"))] += parse__number(bucket, "count");
}

static bool rows_read(const struct field_reader *reader, const struct field *f, void *record,
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

/* Items with names go where their names are; those of unknown names add up in the last. */
static bool items_read(const struct field_reader *reader, const struct field *f, void *record,
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
		size_t at = f->label ? (size_t)parse__name(item, f->label, f->names, f->nr_names,
							   f->nr_names - 1) :
				       i;

		if (at < f->nr)
			good = parse__fields(reader, f->of, items + at * f->of->size, item);
	}
	return good;
}

static void texts_read(const struct field *f, void *record, const json_t *array)
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

uint64_t parse__sum(double per_second, uint64_t ns)
{
	double n = per_second * ns / 1e9;

	return n > 0 && n < 1e18 ? llround(n) : 0;
}

/* Whether the line knows the value: it is there, and of the field's type. */
static bool is_known(const struct field *f, const json_t *value)
{
	if (f->type == FIELD_ROWS || f->type == FIELD_LIST)
		return json_is_array(value);
	if (f->type == FIELD_OBJECT)
		return json_is_object(value);
	if (f->type == FIELD_NUMBER || f->type == FIELD_CPU || f->type == FIELD_SPUN)
		return json_is_integer(value) && json_integer_value(value) >= 0;
	return f->type == FIELD_NAME ? json_is_string(value) : json_is_number(value);
}

static bool value_read(const struct field_reader *reader, const struct field *f, void *record,
		       const json_t *object)
{
	const json_t *value = json_object_get(object, f->key);
	void *at = member_of(record, f->at);

	switch (f->type) {
	case FIELD_NUMBER:
		member__set(record, f->at, member__number(record, f->at) + number_of(value));
		break;
	case FIELD_CPU:
		*(uint32_t *)at = parse__cpu(object, f->key);
		break;
	case FIELD_BOOL:
		*(bool *)at = json_is_true(value);
		break;
	case FIELD_REAL:
		*(double *)at = json_number_value(value);
		break;
	case FIELD_NAME:
		member__set(record, f->at,
			    parse__name(object, f->key, f->names, f->nr_names, f->none));
		break;
	case FIELD_TEXT:
		parse__copy(object, f->key, at, f->at.size);
		break;
	case FIELD_STRING:
		*(const char **)at = strings__keep(reader->strings, json_string_value(value));
		break;
	case FIELD_FUNCTION:
		*(struct symbol *)at = parse__function(reader->strings, object);
		break;
	case FIELD_SITE:
		*(struct symbol *)at = parse__site(reader->strings, json_string_value(value));
		break;
	case FIELD_DATE:
		*(struct timespec *)at = parse__date(json_string_value(value));
		break;
	case FIELD_SPUN:
		/* A capture may lack the key. */
		if (is_known(f, value))
			member__set(record, f->at,
				    wait_spun(member__number(record, f->with), number_of(value)));
		break;
	case FIELD_BUCKETS:
		buckets_read(value, at);
		break;
	case FIELD_CPUS:
		parse__cpus(value, at);
		break;
	case FIELD_RATE:
		member__set(record, f->with, FIELD_RATE_NS);
		member__set(record, f->at, parse__sum(json_number_value(value), FIELD_RATE_NS));
		break;
	case FIELD_SINCE:
		member__set(record, f->at, member__number(record, f->with) + number_of(value));
		break;
	case FIELD_TASK:
		*(struct task_id *)at = parse__task(value);
		break;
	case FIELD_TEXTS:
		texts_read(f, record, value);
		break;
	case FIELD_FLAT:
		return parse__fields(reader, f->of, at, object);
	case FIELD_OBJECT:
		return parse__fields(reader, f->of, at, value);
	case FIELD_ROWS:
		return rows_read(reader, f, record, value);
	case FIELD_OBJECTS:
	case FIELD_LIST:
		return items_read(reader, f, record, value);
	case FIELD_BORROWED:
	case FIELD_DERIVED:
		break;
	}
	return true;
}

bool parse__fields(const struct field_reader *reader, const struct form *of, void *record,
		   const json_t *object)
{
	bool good = true;

	for (size_t i = 0; i < of->nr && good; i++) {
		const struct field *f = &of->fields[i];
		const json_t *value = f->key ? json_object_get(object, f->key) : NULL;

		if (!f->key || (f->when && !f->when(reader->root, record)))
			continue;
		if (f->known.size == 1)
			*(bool *)member_of(record, f->known) = is_known(f, value);
		if (f->here.size == 1)
			*(bool *)member_of(record, f->here) = value;
		good = value_read(reader, f, record, object);
	}
	if (good && reader->settle)
		reader->settle(of, record, object);
	return good;
}
