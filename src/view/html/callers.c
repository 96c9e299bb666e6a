// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/sanitize.h"
#include "view/html/page.h"
#include "view/capture/parse.h"

static const char *or_none(const char *text)
{
	return text ? text : "";
}

/* The object of @key in @objects, a new one where there is none; NULL without memory. */
static json_t *object_of(json_t *objects, const char *key)
{
	json_t *found = json_object_get(objects, key);

	if (found)
		return found;
	found = json_object();
	return json_object_set_new(objects, key, found) ? NULL : found;
}

static int caller_add(json_t *callers, size_t *nr, json_t *caller)
{
	uint64_t samples = parse__number(caller, "samples");
	json_t *known, *copy;
	char key[384];

	snprintf(key, sizeof(key), "%.120s\n%.120s\n%.40s\n%" PRIu64,
		 or_none(parse__text(caller, "reason")), or_none(parse__text(caller, "caller")),
		 or_none(parse__text(caller, "comm")), parse__number(caller, "tgid"));
	/* No character is cut, which jansson would refuse. */
	sanitize_utf8(key, sizeof(key), key);
	known = json_object_get(callers, key);
	if (known)
		return json_object_set_new(known, "samples",
					   json_integer(parse__number(known, "samples") + samples));
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
	snprintf(key, sizeof(key), "%.250s\n%.250s", func,
		 or_none(parse__text(function, "module")));
	sanitize_utf8(key, sizeof(key), key);
	known = *callers ? object_of(*callers, key) : NULL;
	if (!known)
		return -ENOMEM;
	json_array_foreach(list, i, caller)
		if (json_is_object(caller) && caller_add(known, nr, caller))
			return -ENOMEM;
	return 0;
}

static int frequent_first(const void *a, const void *b)
{
	uint64_t x = parse__number(*(json_t *const *)a, "samples");
	uint64_t y = parse__number(*(json_t *const *)b, "samples");

	return x < y ? 1 : x > y ? -1 : 0;
}

static json_t *top_of(const json_t *callers_of_function)
{
	size_t nr = 0, all = json_object_size(callers_of_function);
	json_t **sorted = calloc(all + 1, sizeof(json_t *)), *top = json_array(), *caller;
	const char *key;
	int err = sorted && top ? 0 : -1;

	if (err)
		goto out;
	json_object_foreach((json_t *)callers_of_function, key, caller)
		sorted[nr++] = caller;
	qsort(sorted, nr, sizeof(json_t *), frequent_first);
	for (size_t i = 0; i < nr && i < CALLERS_SHOWN; i++)
		err |= json_array_append(top, sorted[i]);
out:
	free(sorted);
	if (!err)
		return top;
	json_decref(top);
	return NULL;
}

json_t *callers_of_run__all(const json_t *callers)
{
	json_t *all = json_object(), *of_function;
	const char *key;

	json_object_foreach((json_t *)callers, key, of_function)
		if (json_object_set_new(all, key, top_of(of_function))) {
			json_decref(all);
			return NULL;
		}
	return all;
}
