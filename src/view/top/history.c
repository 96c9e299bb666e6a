// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "view/top/history.h"

static void kept_free(struct kept *kept)
{
	if (!kept)
		return;
	snapshot__free(&kept->snap);
	free(kept->strings);
	free(kept);
}

/* Replace *@array, of @nr items, by a copy. */
static bool array_copy(void **array, size_t nr, size_t size, size_t *bytes)
{
	void *copy;

	if (!nr) {
		*array = NULL;
		return true;
	}
	copy = malloc(nr * size);
	if (copy)
		memcpy(copy, *array, nr * size);
	*array = copy;
	*bytes += nr * size;
	return copy;
}

#define COPY(snap, member, bytes) \
	array_copy((void **)&(snap)->member, (snap)->nr_##member, sizeof(*(snap)->member), bytes)

/* Every array is replaced, also after a failure, so that snapshot__free() frees no array of @from. */
static bool arrays_copy(struct kept *kept, const struct snapshot *from)
{
	struct snapshot *snap = &kept->snap;
	bool good;

	*snap = *from;
	good = COPY(snap, all_kinds, &kept->bytes);
	good &= COPY(snap, wakes, &kept->bytes);
	good &= COPY(snap, cpus, &kept->bytes);
	good &= COPY(snap, fns, &kept->bytes);
	good &= COPY(snap, fn_cpus, &kept->bytes);
	good &= COPY(snap, by, &kept->bytes);
	good &= COPY(snap, samples, &kept->bytes);
	good &= COPY(snap, edges, &kept->bytes);
	return good;
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

static struct kept *kept_new(const struct snapshot *snap, uint64_t own_ns)
{
	struct kept *kept = calloc(1, sizeof(*kept));

	if (!kept)
		return NULL;
	kept->own_ns = own_ns;
	kept->bytes = sizeof(*kept);
	if (!arrays_copy(kept, snap) || !strings_copy(kept)) {
		kept_free(kept);
		return NULL;
	}
	if (snap->host) {
		kept->host = *snap->host;
		kept->snap.host = &kept->host;
	}
	return kept;
}

static void forget_oldest(struct history *history)
{
	history->bytes -= history->windows[0]->bytes;
	kept_free(history->windows[0]);
	history->nr--;
	memmove(history->windows, history->windows + 1, history->nr * sizeof(*history->windows));
}

int history__add(struct history *history, const struct snapshot *snap, uint64_t own_ns)
{
	struct kept *kept = kept_new(snap, own_ns);
	uint64_t end = snap->window.mono_end;

	if (!kept)
		return -ENOMEM;
	if (history->nr == HISTORY_MOST)
		forget_oldest(history);
	history->windows[history->nr++] = kept;
	history->bytes += kept->bytes;
	/* One window stays, however large. */
	while (history->nr > 1 && (history->bytes > HISTORY_BYTES ||
				   history->windows[0]->snap.window.mono_start + HISTORY_NS < end))
		forget_oldest(history);
	return 0;
}

const struct kept *history__get(const struct history *history, size_t back)
{
	return back < history->nr ? history->windows[history->nr - 1 - back] : NULL;
}

void history__free(struct history *history)
{
	while (history->nr)
		forget_oldest(history);
}
