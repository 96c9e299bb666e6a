// SPDX-License-Identifier: GPL-2.0
#include "base/sanitize.h"
#include "model/field.h"
#include "view/html/page.h"
#include "view/json/json.h"

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
		 kworker ? callers__worker(call->comm) :
		 named	 ? call->comm :
			   "",
		 named ? tgid : 0);
	/* Remove a character that was cut off in the middle: jansson would refuse it. */
	sanitize_utf8(key, size, key);
}

/* Keep the names of a row. A string_fn. */
static void keep_name(void *ctx, const char **name)
{
	*name = strings__keep(ctx, *name);
}

/* Returns a new row; NULL without memory. */
static struct caller_line *new_row(struct run_callers *run)
{
	size_t room = run->room ? 2 * run->room : 64;
	struct caller_line *rows = run->rows;

	if (run->nr == run->room) {
		rows = realloc(rows, room * sizeof(*rows));
		if (!rows)
			return NULL;
		run->rows = rows;
		run->room = room;
	}
	return &rows[run->nr++];
}

/* @of_func: the indices of the function's callers in run->rows. */
static int add_caller(struct run_callers *run, json_t *of_func, const struct caller *caller)
{
	struct caller_line *row;
	json_t *known;
	char key[384];

	write_key(caller, run->details, key, sizeof(key));
	known = json_object_get(of_func, key);
	if (known) {
		row = &run->rows[json_integer_value(known)];
		row->samples += caller->samples;
		row->csds += caller__csds(caller);
		return 0;
	}
	if (run->nr == CALLERS_MAX)
		return 0;
	row = new_row(run);
	if (!row)
		return -1;
	caller_line__make(row, caller);
	form__strings(&caller_line_form, row, keep_name, run->strings);
	return json_object_set_new(of_func, key, json_integer(run->nr - 1));
}

/* Add the callers of a row of a window's functions. */
static int add_row(struct run_callers *run, const struct snapshot *snap, size_t fn)
{
	struct caller found[CALLERS_SHOWN];
	const struct symbol *func = &snap->fns[fn].func;
	size_t samples, nr_found = callers__of(snap, fn, !ALL_ROWS, found, CALLERS_SHOWN, &samples);
	json_t *of_func;
	char key[512], address[ADDRESS_TEXT];

	if (!nr_found)
		return 0;
	snprintf(key, sizeof(key), "%.250s\n%.250s", fn_stats__text(&snap->fns[fn], address),
		 func->module ? func->module : "");
	sanitize_utf8(key, sizeof(key), key);
	of_func = json_object_get(run->by_func, key);
	if (!of_func) {
		of_func = json_object();
		if (json_object_set_new(run->by_func, key, of_func))
			return -1;
	}
	for (size_t i = 0; i < nr_found; i++)
		if (add_caller(run, of_func, &found[i]))
			return -1;
	return 0;
}

int run_callers__add(struct run_callers *run, const struct snapshot *snap)
{
	if (!run->by_func)
		run->by_func = json_object();
	if (!run->strings)
		run->strings = strings__new();
	if (!run->by_func || !run->strings)
		return -ENOMEM;
	for (size_t i = 0; i < snap->nr_fns; i++)
		if (add_row(run, snap, i))
			return -ENOMEM;
	return 0;
}

/* Compare two rows by their samples: the larger number comes first. */
static int by_samples(const void *a, const void *b)
{
	return cmp_u64((*(struct caller_line *const *)b)->samples,
		       (*(struct caller_line *const *)a)->samples);
}

/* Returns an array of the callers in @of_func with the most samples. NULL without memory. */
static json_t *callers_json(const struct run_callers *run, json_t *of_func)
{
	struct caller_line **sorted = calloc(json_object_size(of_func) + 1, sizeof(*sorted));
	json_t *number, *caller, *shown;
	size_t nr = 0;
	const char *key;

	if (!sorted)
		return NULL;
	json_object_foreach(of_func, key, number)
		sorted[nr++] = &run->rows[json_integer_value(number)];
	qsort(sorted, nr, sizeof(*sorted), by_samples);
	shown = json_array();
	for (size_t i = 0; i < nr && i < CALLERS_SHOWN; i++) {
		caller = json_fields__object(&(struct json_fields){}, &caller_line_form, sorted[i]);
		if (!run->details)
			json__anonymous(caller);
		parts__append(&shown, caller);
	}
	free(sorted);
	return shown;
}

json_t *run_callers__json(const struct run_callers *run)
{
	json_t *all = json_object(), *of_func;
	const char *key;

	json_object_foreach(run->by_func, key, of_func)
		parts__add(&all, key, callers_json(run, of_func));
	return all;
}

void run_callers__free(struct run_callers *run)
{
	free(run->rows);
	strings__free(run->strings);
	json_decref(run->by_func);
}

static int by_duration(const void *a, const void *b)
{
	return cmp_u64(((const struct kept_report *)b)->duration,
		       ((const struct kept_report *)a)->duration);
}

int reports__add(struct page_reports *r, const struct parsed_report *report,
		 const struct capture_line *line)
{
	int result = lasting__report(&r->ongoing, report, line);

	if (result <= 0)
		return result;
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
