// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "model/field.h"
#include "model/kept.h"

void kept__free(struct kept *kept)
{
	if (!kept)
		return;
	snapshot__free(&kept->snap);
	free(kept->strings);
	free(kept);
}

/* The members of a snapshot that point to strings. */
struct fields {
	size_t nr;
	const char ***at; /* NULL: only count */
};

static void field(struct fields *fields, const char **string)
{
	if (!*string)
		return;
	if (fields->at)
		fields->at[fields->nr] = string;
	fields->nr++;
}

static void symbol_fields(struct fields *fields, struct symbol *symbol)
{
	field(fields, &symbol->name);
	field(fields, &symbol->module);
}

static void all_fields(struct fields *fields, struct snapshot *snap)
{
	fields->nr = 0;
	for (size_t i = 0; i < snap->nr_fns; i++) {
		symbol_fields(fields, &snap->fns[i].func);
		symbol_fields(fields, &snap->fns[i].callsite);
	}
	for (size_t i = 0; i < snap->nr_samples; i++) {
		struct stack_sample *sample = &snap->samples[i];

		field(fields, &sample->cgroup_path);
		for (uint32_t f = 0; f < sample->nr; f++)
			symbol_fields(fields, &sample->stack[f]);
		for (uint32_t f = 0; f < sample->nr_user; f++)
			symbol_fields(fields, &sample->user[f]);
	}
	for (size_t i = 0; i < snap->nr_by; i++)
		field(fields, &snap->by[i].cgroup_path);
	for (size_t i = 0; i < snap->nr_all_kinds; i++)
		field(fields, &snap->all_kinds[i].why);
}

static int by_string(const void *a, const void *b)
{
	const char *sa = **(const char **const *)a, *sb = **(const char **const *)b;

	return sa < sb ? -1 : sa > sb;
}

/* Names belong to symbol tables that change: copy each string once, however many members have it. */
static bool strings_copy(struct kept *kept)
{
	struct fields fields = { 0 };
	const char *was = NULL;
	size_t size = 0;
	char *to;

	all_fields(&fields, &kept->snap);
	fields.at = calloc(fields.nr + 1, sizeof(*fields.at));
	if (!fields.at)
		return false;
	all_fields(&fields, &kept->snap);
	qsort(fields.at, fields.nr, sizeof(*fields.at), by_string);
	for (size_t i = 0; i < fields.nr; i++)
		if (!i || *fields.at[i] != *fields.at[i - 1])
			size += strlen(*fields.at[i]) + 1;
	to = kept->strings = malloc(size + 1);
	for (size_t i = 0; to && i < fields.nr; i++) {
		if (i && *fields.at[i] != was)
			to += strlen(to) + 1;
		was = *fields.at[i];
		strcpy(to, was);
		*fields.at[i] = to;
	}
	free(fields.at);
	kept->bytes += size;
	return kept->strings;
}

struct kept *kept__new(const struct snapshot *snap)
{
	struct kept *kept = calloc(1, sizeof(*kept));

	if (!kept)
		return NULL;
	kept->bytes = sizeof(*kept) + form__bytes(&snapshot_form, snap);
	if (form__copy(&snapshot_form, &kept->snap, snap) || !strings_copy(kept)) {
		kept__free(kept);
		return NULL;
	}
	if (snap->host) {
		kept->host = *snap->host;
		kept->snap.host = &kept->host;
	}
	return kept;
}
