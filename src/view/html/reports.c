// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include "base/sanitize.h"
#include "view/html/page.h"
#include "view/json/json.h"

static const char *text_or_empty(const json_t *object, const char *key)
{
	const char *text = parse__text(object, key);

	return text ? text : "";
}

/* Add the number of @key of @caller to that of @known. */
static int add_number(json_t *known, const json_t *caller, const char *key)
{
	uint64_t sum = parse__number(known, key) + parse__number(caller, key);

	return json_object_set_new(known, key, json_integer(sum));
}

static int add_caller(json_t *callers, size_t *nr, json_t *caller)
{
	/* A kworker sends for the process that queued its work, whichever kworker ran it. */
	const json_t *queued_by = json_object_get(caller, "queued_by");
	json_t *known, *copy;
	char key[384];

	snprintf(key, sizeof(key), "%.120s\n%.120s\n%.40s\n%" PRIu64,
		 text_or_empty(caller, "reason"), text_or_empty(caller, "caller"),
		 queued_by ? "kworker" : text_or_empty(caller, "comm"),
		 parse__number(queued_by ? queued_by : caller, "tgid"));
	/* Remove a character that was cut off in the middle: jansson would refuse it. */
	sanitize_utf8(key, sizeof(key), key);
	known = json_object_get(callers, key);
	if (known)
		return add_number(known, caller, "samples") || add_number(known, caller, "csds") ?
			       -1 :
			       0;
	if (*nr == CALLERS_MAX)
		return 0;
	copy = json_copy(caller);
	++*nr;
	return copy ? json_object_set_new(callers, key, copy) : -1;
}

int callers_of_run__add(json_t **callers, size_t *nr, const json_t *function)
{
	const char *func = parse__text(function, "func");
	json_t *list = json_object_get(function, "callers"), *known, *caller;
	char key[512];
	size_t i;

	if (!func || !json_array_size(list))
		return 0;
	if (!*callers)
		*callers = json_object();
	snprintf(key, sizeof(key), "%.250s\n%.250s", func, text_or_empty(function, "module"));
	sanitize_utf8(key, sizeof(key), key);
	known = json_object_get(*callers, key);
	if (!known) {
		known = json_object();
		if (json_object_set_new(*callers, key, known))
			return -ENOMEM;
	}
	json_array_foreach(list, i, caller)
		if (json_is_object(caller) && add_caller(known, nr, caller))
			return -ENOMEM;
	return 0;
}

/* Compare two objects by their numbers at @key: the larger number comes first. */
static int larger_first(const void *a, const void *b, void *key)
{
	uint64_t x = parse__number(*(json_t *const *)a, key);
	uint64_t y = parse__number(*(json_t *const *)b, key);

	return x < y ? 1 : x > y ? -1 : 0;
}

/*
 * Returns the @most items of @array, and values of @object, that have the largest numbers at @key,
 * the largest first: a new array. @array and @object may be NULL. NULL without memory.
 */
static json_t *find_largest(const json_t *array, const json_t *object, char *key, size_t most)
{
	size_t all = json_array_size(array) + json_object_size(object), nr = 0, i;
	json_t **sorted = calloc(all + 1, sizeof(json_t *)), *item, *shown;
	const char *name;

	if (!sorted)
		return NULL;
	json_array_foreach(array, i, item)
		sorted[nr++] = item;
	json_object_foreach((json_t *)object, name, item)
		sorted[nr++] = item;
	qsort_r(sorted, nr, sizeof(json_t *), larger_first, key);
	shown = json_array();
	for (i = 0; i < nr && i < most; i++)
		parts__append(&shown, json_incref(sorted[i]));
	free(sorted);
	return shown;
}

json_t *callers_of_run__all(const json_t *callers)
{
	json_t *all = json_object(), *of_function;
	const char *key;

	json_object_foreach((json_t *)callers, key, of_function)
		parts__add(&all, key, find_largest(NULL, of_function, "samples", CALLERS_SHOWN));
	return all;
}

int reports__add(struct page_reports *r, json_t *object)
{
	int over = lasting__report(&r->ongoing, object);
	json_t *kept;

	if (over <= 0)
		return over;
	if (!r->over)
		r->over = json_array();
	if (json_array_append(r->over, object))
		return -ENOMEM;
	if (json_array_size(r->over) < 2 * REPORTS_SHOWN)
		return 0;
	kept = find_largest(r->over, NULL, "duration", REPORTS_SHOWN);
	if (!kept)
		return -ENOMEM;
	json_decref(r->over);
	r->over = kept;
	return 0;
}

json_t *reports__longest(struct page_reports *r)
{
	return find_largest(r->over, r->ongoing.reports, "duration", REPORTS_SHOWN);
}

void reports__free(struct page_reports *r)
{
	lasting__free(&r->ongoing);
	json_decref(r->over);
}
