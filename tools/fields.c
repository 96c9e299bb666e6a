// SPDX-License-Identifier: GPL-2.0
/* Writes the tables of fields (model/field.h) as JSON, from which tools/schema makes schema/ and docs/. */
#include <jansson.h>
#include <stdio.h>
#include "model/field.h"
#include "model/incident.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/totals.h"

static const char *const types[] = {
	[FIELD_NUMBER] = "integer",	[FIELD_BOOL] = "boolean",
	[FIELD_REAL] = "number",	[FIELD_CPU] = "integer",
	[FIELD_NAME] = "string",	[FIELD_TEXT] = "string",
	[FIELD_STRING] = "string",	[FIELD_FUNCTION] = "string",
	[FIELD_SITE] = "string",	[FIELD_DATE] = "string",
	[FIELD_CPUS] = "array",		[FIELD_RATE] = "number",
	[FIELD_SINCE] = "integer",	[FIELD_TASK] = "object",
	[FIELD_TEXTS] = "array",	[FIELD_SPUN] = "integer",
	[FIELD_BUCKETS] = "array",	[FIELD_OBJECT] = "object",
	[FIELD_OBJECTS] = "object",	[FIELD_ROWS] = "array",
	[FIELD_LIST] = "array",		[FIELD_SITES] = "array",
	[FIELD_MODULE_SITES] = "array", [FIELD_DERIVED] = NULL, /* only the schema has the type */
};

/* Whether a rule or a member may make the value null in a line that has the key. */
static bool may_be_null(const struct field *f)
{
	return f->known.size || f->is_known;
}

static json_t *names_json(const struct field *f)
{
	json_t *names = json_array();

	for (int i = 0; i < f->nr_names; i++)
		if (f->names[i])
			json_array_append_new(names, json_string(f->names[i]));
	return names;
}

static json_t *field_json(const struct field *f, const char *key);

static void fields_append(json_t *array, const struct form *of)
{
	for (size_t i = 0; i < of->nr; i++) {
		const struct field *f = &of->fields[i];

		if (f->type == FIELD_FLAT)
			fields_append(array, f->of);
		else if (f->key)
			json_array_append_new(array, field_json(f, f->key));
		if (f->type == FIELD_FUNCTION)
			json_array_append_new(array,
					      json_pack("{s:s, s:s, s:b, s:b}", "key", "module",
							"type", "string", "null", 1, "absent", 0));
	}
}

static json_t *field_json(const struct field *f, const char *key)
{
	json_t *field = json_pack("{s:s, s:s?, s:b, s:b}", "key", key, "type",
				  f->derive ? "integer" : types[f->type], "null", may_be_null(f),
				  "absent", f->present.size || f->is_present);

	if (f->type == FIELD_NAME)
		json_object_set_new(field, "names", names_json(f));
	if (f->of) {
		json_t *fields = json_array();

		fields_append(fields, f->of);
		json_object_set_new(field, "fields", fields);
	}
	return field;
}

/* Forms by their place in the schema, its "$defs" first. */
static const struct {
	const char *at;
	const struct form *form;
} roots[] = {
	{ "snapshot", &snapshot_form }, { "snapshot/storm", &verdict_form },
	{ "storm", &storm_line_form },	{ "no_storm", &calm_form },
	{ "stall", &stall_line_form },	{ "stalls_end", &stall_totals_form },
	{ "trigger", &trigger_form },
};

int main(void)
{
	json_t *all = json_array();

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		json_t *fields = json_array();

		fields_append(fields, roots[i].form);
		json_array_append_new(all,
				      json_pack("{s:s, s:o}", "at", roots[i].at, "fields", fields));
	}
	return json_dumpf(all, stdout, JSON_INDENT(1)) || putchar('\n') == EOF;
}
