// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "view/html/page.h"
#include "view/capture/parse.h"

static int longer_first(const void *a, const void *b)
{
	uint64_t x = parse__number(*(json_t *const *)a, "duration");
	uint64_t y = parse__number(*(json_t *const *)b, "duration");

	return x < y ? 1 : x > y ? -1 : 0;
}

/* The longest of @array, the longest first: a new array. NULL without memory. */
static json_t *longest(const json_t *array)
{
	size_t nr = json_array_size(array);
	json_t **sorted = calloc(nr + 1, sizeof(json_t *)), *shown = json_array();

	if (!sorted || !shown)
		goto fail;
	for (size_t i = 0; i < nr; i++)
		sorted[i] = json_array_get(array, i);
	qsort(sorted, nr, sizeof(json_t *), longer_first);
	for (size_t i = 0; i < nr && i < REPORTS_SHOWN; i++)
		if (json_array_append(shown, sorted[i]))
			goto fail;
	free(sorted);
	return shown;
fail:
	free(sorted);
	json_decref(shown);
	return NULL;
}

static int trim(struct page_reports *r)
{
	json_t *kept = longest(r->over);

	if (!kept)
		return -ENOMEM;
	json_decref(r->over);
	r->over = kept;
	return 0;
}

int reports__add(struct page_reports *r, json_t *object)
{
	int over = lasting__report(&r->ongoing, object);

	if (over <= 0)
		return over;
	if (!r->over)
		r->over = json_array();
	if (json_array_append(r->over, object))
		return -ENOMEM;
	return json_array_size(r->over) < 2 * REPORTS_SHOWN ? 0 : trim(r);
}

uint64_t reports__nr(const struct page_reports *r)
{
	return lasting__nr(&r->ongoing);
}

uint64_t reports__aside(const struct page_reports *r)
{
	return lasting__aside(&r->ongoing);
}

json_t *reports__longest(struct page_reports *r)
{
	json_t *all = r->over ? json_copy(r->over) : json_array(), *object, *shown = NULL;
	const char *id;
	int err = all ? 0 : -1;

	json_object_foreach(r->ongoing.reports, id, object)
		err |= json_array_append(all, object);
	if (!err)
		shown = longest(all);
	json_decref(all);
	return shown;
}

void reports__free(struct page_reports *r)
{
	lasting__free(&r->ongoing);
	json_decref(r->over);
}
