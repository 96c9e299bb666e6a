// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include "base/sanitize.h"
#include "view/html/page.h"
#include "view/json/json.h"

/* Add @more to the number of @key of @known. */
static int add_number(json_t *known, const char *key, uint64_t more)
{
	return json_object_set_new(known, key, json_integer(parse__number(known, key) + more));
}

/* Write what distinguishes a caller in the run; without @details not the name of the task. */
static void write_key(const struct caller *caller, bool details, char *key, size_t size)
{
	const struct stack_sample *call = caller->call;
	bool named = details && !caller->interrupt;
	/* A kworker sends for the process that queued its work, whichever kworker ran it. */
	bool kworker = call->kworker && !caller->interrupt;
	uint32_t tgid = kworker ? call->queued_by.tgid : call->tgid;

	snprintf(key, size, "%.120s\n%.120s\n%.40s\n%u", caller->reason.name,
		 caller->frame ? caller->frame->name : "",
		 kworker ? "kworker" :
		 named	 ? call->comm :
			   "",
		 named ? tgid : 0);
	/* Remove a character that was cut off in the middle: jansson would refuse it. */
	sanitize_utf8(key, size, key);
}

static int add_caller(json_t *callers, size_t *nr, const struct caller *caller, bool details)
{
	json_t *known, *object;
	char key[384];

	write_key(caller, details, key, sizeof(key));
	known = json_object_get(callers, key);
	if (known)
		return add_number(known, "samples", caller->samples) ||
		       add_number(known, "csds", caller__csds(caller));
	if (*nr == CALLERS_MAX)
		return 0;
	object = json_snapshot__caller(caller);
	if (!details)
		json__anonymous(object);
	++*nr;
	return json_object_set_new(callers, key, object);
}

/* Add the callers of a row of a window's functions to *@callers. */
static int add_row(json_t **callers, size_t *nr, const struct snapshot *snap, size_t row,
		   bool details)
{
	struct caller found[CALLERS_SHOWN];
	const struct fn_stats *fn = &snap->fns[row];
	size_t samples, nr_found = callers__of(snap, row, false, found, CALLERS_SHOWN, &samples);
	json_t *of_func;
	char key[512], address[ADDRESS_TEXT];

	if (!nr_found)
		return 0;
	snprintf(key, sizeof(key), "%.250s\n%.250s", page_func__name(fn, address),
		 fn->func.module ? fn->func.module : "");
	sanitize_utf8(key, sizeof(key), key);
	of_func = json_object_get(*callers, key);
	if (!of_func) {
		of_func = json_object();
		if (json_object_set_new(*callers, key, of_func))
			return -1;
	}
	for (size_t i = 0; i < nr_found; i++)
		if (add_caller(of_func, nr, &found[i], details))
			return -1;
	return 0;
}

int callers_of_run__add(json_t **callers, size_t *nr, const struct snapshot *snap, bool details)
{
	if (!*callers)
		*callers = json_object();
	for (size_t i = 0; i < snap->nr_fns; i++)
		if (add_row(callers, nr, snap, i, details))
			return -ENOMEM;
	return 0;
}

/* Compare two objects by their samples: the larger number comes first. */
static int by_samples(const void *a, const void *b)
{
	return cmp_u64(parse__number(*(json_t *const *)b, "samples"),
		       parse__number(*(json_t *const *)a, "samples"));
}

/* Returns the callers in @of_function with the most samples, a new array. NULL without memory. */
static json_t *find_callers(json_t *of_function)
{
	size_t all = json_object_size(of_function), nr = 0, i;
	json_t **sorted = calloc(all + 1, sizeof(json_t *)), *caller, *shown;
	const char *key;

	if (!sorted)
		return NULL;
	json_object_foreach(of_function, key, caller)
		sorted[nr++] = caller;
	qsort(sorted, nr, sizeof(json_t *), by_samples);
	shown = json_array();
	for (i = 0; i < nr && i < CALLERS_SHOWN; i++)
		parts__append(&shown, json_incref(sorted[i]));
	free(sorted);
	return shown;
}

json_t *callers_of_run__all(const json_t *callers)
{
	json_t *all = json_object(), *of_function;
	const char *key;

	json_object_foreach((json_t *)callers, key, of_function)
		parts__add(&all, key, find_callers(of_function));
	return all;
}

static int by_duration(const void *a, const void *b)
{
	return cmp_u64(((const struct kept_report *)b)->duration,
		       ((const struct kept_report *)a)->duration);
}

int reports__add(struct page_reports *r, const struct parsed_report *report,
		 const struct capture_line *line)
{
	int over = lasting__report(&r->ongoing, report, line);

	if (over <= 0)
		return over;
	if (!r->over)
		r->over = calloc(REPORTS_OVER, sizeof(*r->over));
	if (!r->over || kept_report__set(&r->over[r->nr_over], report, line))
		return -ENOMEM;
	if (++r->nr_over < REPORTS_OVER)
		return 0;
	qsort(r->over, r->nr_over, sizeof(*r->over), by_duration);
	while (r->nr_over > REPORTS_SHOWN)
		kept_report__free(&r->over[--r->nr_over]);
	return 0;
}

struct kept_report *reports__longest(const struct page_reports *r, size_t *nr)
{
	struct kept_report *all = calloc(r->nr_over + r->ongoing.nr + 1, sizeof(*all));

	if (!all)
		return NULL;
	for (size_t i = 0; i < r->nr_over; i++)
		all[i] = r->over[i];
	for (size_t i = 0; i < r->ongoing.nr; i++)
		all[r->nr_over + i] = r->ongoing.reports[i];
	*nr = r->nr_over + r->ongoing.nr;
	qsort(all, *nr, sizeof(*all), by_duration);
	if (*nr > REPORTS_SHOWN)
		*nr = REPORTS_SHOWN;
	return all;
}

void reports__free(struct page_reports *r)
{
	for (size_t i = 0; i < r->nr_over; i++)
		kept_report__free(&r->over[i]);
	free(r->over);
	lasting__free(&r->ongoing);
}
