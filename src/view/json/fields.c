// SPDX-License-Identifier: GPL-2.0
#include <time.h>
#include "abi/hist_slots.h"
#include "model/hist.h"
#include "model/symbol.h"
#include "view/json/fields.h"
#include "view/json/parts.h"

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
