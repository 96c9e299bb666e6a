// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <math.h>
#include "base/hash.h"
#include "model/callers.h"
#include "model/diff.h"

static const char *const hist_names[3] = { "delay", "handler", "wait" };

/* This is West's algorithm. */
void series__add(struct series *s, double value, double weight)
{
	double distance = value - s->mean;

	if (weight <= 0)
		return;
	s->nr++;
	s->weight += weight;
	s->mean += distance * weight / s->weight;
	s->squares += weight * distance * (value - s->mean);
}

/* Returns the place of the row of @group and @name, or the free place where this row belongs. */
static size_t *find_place(const struct diff *diff, enum diff_group group, const char *name)
{
	uint64_t hash = hash_bytes(HASH_BEGIN + group, name, strlen(name));

	for (size_t at = hash ^ hash >> 32;; at++) {
		size_t *place = &diff->places[at & (diff->nr_places - 1)];
		const struct diff_row *row = *place ? &diff->rows[*place - 1] : NULL;

		if (!row || (row->group == group && !strcmp(row->name, name)))
			return place;
	}
}

/* Make the hash at least twice as large as the number of rows. Returns false without memory. */
static bool places_grow(struct diff *diff)
{
	size_t nr = diff->nr_places ? 2 * diff->nr_places : 64, *places;

	if (2 * (diff->nr + 1) <= diff->nr_places)
		return true;
	places = calloc(nr, sizeof(*places));
	if (!places)
		return false;
	free(diff->places);
	diff->places = places;
	diff->nr_places = nr;
	for (size_t i = 0; i < diff->nr; i++)
		*find_place(diff, diff->rows[i].group, diff->rows[i].name) = i + 1;
	return true;
}

/* Find or make a row, by a hash: the author of a capture may write any number of names. */
static struct diff_row *get_row(struct diff *diff, enum diff_group group, enum diff_unit unit,
				const char *name)
{
	struct diff_row *rows, row = { .group = group, .unit = unit };
	size_t *place;

	snprintf(row.name, sizeof(row.name), "%s", name);
	if (!places_grow(diff))
		return NULL;
	place = find_place(diff, group, row.name);
	if (*place)
		return &diff->rows[*place - 1];
	rows = realloc(diff->rows, (diff->nr + 1) * sizeof(*rows));
	if (!rows)
		return NULL;
	diff->rows = rows;
	diff->rows[diff->nr++] = row;
	*place = diff->nr;
	return &diff->rows[diff->nr - 1];
}

/* A window of one of the two runs, while it is added. */
struct added_window {
	struct diff *diff;
	int which;
	const struct snapshot *snap;
	double seconds;
	int err; /* 0, or the error of any row so far */
};

/* Add a value to its row. Returns the row; NULL if there is no memory for a new row. */
static struct diff_row *add_value(struct added_window *window, enum diff_group group,
				  enum diff_unit unit, const char *name, double value,
				  double weight)
{
	struct diff_row *row = get_row(window->diff, group, unit, name);

	if (row)
		series__add(&row->series[window->which], value, weight);
	else
		window->err = -ENOMEM;
	return row;
}

/* Add the rate of @sum, which was counted over the whole window. */
static struct diff_row *rate_add(struct added_window *window, enum diff_group group,
				 enum diff_unit unit, const char *name, uint64_t sum)
{
	return add_value(window, group, unit, name, sum / window->seconds, window->seconds);
}

static void p99_add(struct added_window *window, enum diff_group group, const char *name,
		    const struct hist *hist)
{
	struct diff_row *row;

	if (!hist->count)
		return;
	row = add_value(window, group, DIFF_NS, name, hist__percentile(hist, 99), hist->count);
	if (row && !row->hists)
		row->hists = calloc(2, sizeof(*row->hists));
	if (row && row->hists)
		hist__add(&row->hists[window->which], hist);
	else
		window->err = -ENOMEM;
}

static bool is_wanted_row(const struct added_window *window, enum diff_group group,
			  const char *func, uint32_t cpu)
{
	return !window->diff->wanted || window->diff->wanted(window->diff->ctx, group, func, cpu);
}

static void cpus_add(struct added_window *window)
{
	const struct snapshot *snap = window->snap;
	struct hist hists[3] = {};
	struct diff_row *row;
	char name[32];

	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		hist__add(&hists[0], &cpu->delay);
		hist__add(&hists[1], &cpu->handler);
		hist__add(&hists[2], &cpu->wait);
		snprintf(name, sizeof(name), "CPU %" PRIu32, cpu->cpu);
		if (is_wanted_row(window, DIFF_SENDERS, NULL, cpu->cpu))
			rate_add(window, DIFF_SENDERS, DIFF_PER_S, name, cpu->sent);
		if (is_wanted_row(window, DIFF_RECEIVERS, NULL, cpu->cpu))
			rate_add(window, DIFF_RECEIVERS, DIFF_PER_S, name, cpu->received);
	}
	if (!is_wanted_row(window, DIFF_TOTALS, NULL, 0))
		return;
	for (int i = 0; i < 3; i++) {
		if (!hists[i].count)
			continue;
		snprintf(name, sizeof(name), "%s mean", hist_names[i]);
		add_value(window, DIFF_TOTALS, DIFF_NS, name, (double)hists[i].sum / hists[i].count,
			  hists[i].count);
		snprintf(name, sizeof(name), "%s p99", hist_names[i]);
		p99_add(window, DIFF_TOTALS, name, &hists[i]);
	}
	rate_add(window, DIFF_TOTALS, DIFF_NS_PER_S, "time in handlers", hists[1].sum);
	if (snap->how.wait_source == WAITS_UNKNOWN)
		return;
	row = rate_add(window, DIFF_TOTALS, DIFF_NS_PER_S, "time of senders", hists[2].sum);
	if (row)
		row->of_waits = true;
}

static void fns_add(struct added_window *window)
{
	struct fn_rows *rows = fn_rows__new(window->snap);

	for (size_t i = 0; i < window->snap->nr_fns; i++) {
		struct fn_stats fn;
		char name[DIFF_NAME];

		if (!snapshot__function(window->snap, rows, i, &fn) || !fn.count)
			continue;
		/* Addresses of different boots must not be compared. */
		if (!fn.other && !fn.func.name)
			continue;
		if (!is_wanted_row(window, DIFF_FUNCTIONS, fn.other ? NULL : fn.func.name, 0))
			continue;
		snprintf(name, sizeof(name), "%.60s%s%.30s%s",
			 fn.other ? "(other functions)" : fn.func.name, fn.func.module ? " [" : "",
			 fn.func.module ? fn.func.module : "", fn.func.module ? "]" : "");
		rate_add(window, DIFF_FUNCTIONS, DIFF_PER_S, name, fn.count);
		p99_add(window, DIFF_DELAYS, name, &fn.delay);
		p99_add(window, DIFF_HANDLERS, name, &fn.handler);
	}
	fn_rows__free(rows);
}

/* Returns the caller's row; NULL if nobody asked for it, or without memory. */
static struct diff_row *get_caller_row(struct added_window *window, const struct stack_sample *call)
{
	const struct symbol *func = &window->snap->fns[call->fn].func;
	struct reason reason = callers__reason(call->stack, call->nr);
	char name[DIFF_NAME];
	struct diff_row *row;

	if (!func->name || !*reason.name || call->own ||
	    !is_wanted_row(window, DIFF_CALLERS, func->name, 0))
		return NULL;
	/* A process has another pid in another run, and a kworker another number. */
	snprintf(name, sizeof(name), "%.31s: %.31s of %.15s", func->name, reason.name,
		 callers__sent_by_interrupt(call) ? "an interrupt" :
		 call->kworker			  ? callers__worker(call->comm) :
						    call->comm);
	row = get_row(window->diff, DIFF_CALLERS, DIFF_PER_S, name);
	if (!row)
		window->err = -ENOMEM;
	return row;
}

/* Divide the csds of each function's row among the row's samples. */
static void callers_add(struct added_window *window)
{
	const struct snapshot *snap = window->snap;
	double *all = calloc(snap->nr_fns + 1, sizeof(*all)); /* csds of each row's samples */
	size_t first = 0; /* the list of rows with a sum: 1 + the index of the first row */

	if (!all) {
		window->err = -ENOMEM;
		return;
	}
	window->diff->side[window->which].samples += snap->nr_samples;
	for (size_t i = 0; i < snap->nr_samples; i++)
		all[snap->samples[i].fn] += sample__csds(&snap->samples[i]);
	for (size_t i = 0; i < snap->nr_samples; i++) {
		const struct stack_sample *call = &snap->samples[i];
		struct diff_row *row = get_caller_row(window, call);
		double part = snap->fns[call->fn].count * sample__csds(call) / all[call->fn];

		if (!row || !(part > 0))
			continue;
		if (row->sum <= 0) {
			row->next = first;
			first = row - window->diff->rows + 1;
		}
		row->sum += part;
	}
	/* Only rows with a sum: a capture's author may write any number of rows and windows. */
	while (first) {
		struct diff_row *row = &window->diff->rows[first - 1];

		first = row->next;
		series__add(&row->series[window->which], row->sum / window->seconds,
			    window->seconds);
		row->sum = 0;
	}
	free(all);
}

int diff__storm(struct diff *diff, int which, const char *name, const char *func, double rate)
{
	struct added_window window = { .diff = diff, .which = which };
	struct diff_row *row;
	struct series *s;
	char text[DIFF_NAME];

	diff->side[which].watched = true;
	if (!is_wanted_row(&window, DIFF_STORMS, func, 0))
		return 0;
	if (!strcmp(name, "unknown") && func)
		snprintf(text, sizeof(text), "unknown, %.60s", func);
	else
		snprintf(text, sizeof(text), "%.60s", name);
	row = get_row(diff, DIFF_STORMS, DIFF_PER_S, text);
	if (!row)
		return -ENOMEM;
	s = &row->series[which];
	s->nr = 1;
	s->weight = 1;
	s->mean = fmax(s->mean, rate);
	return 0;
}

int diff__window(struct diff *diff, int which, const struct snapshot *snap)
{
	struct added_window window = { diff, which, snap,
				       .seconds = window__seconds(&snap->window) };
	struct diff_side *side = &diff->side[which];

	if (window.seconds <= 0)
		return 0;
	if (!side->windows++) {
		side->start = snap->window.start;
		if (snap->host)
			side->host = *snap->host;
	}
	side->seconds += window.seconds;
	side->csds += snap->ledger.queued;
	side->waits_unknown |= snap->how.wait_source == WAITS_UNKNOWN;
	if (is_wanted_row(&window, DIFF_TOTALS, NULL, 0))
		rate_add(&window, DIFF_TOTALS, DIFF_PER_S, "csds", snap->ledger.queued);
	cpus_add(&window);
	fns_add(&window);
	callers_add(&window);
	return window.err;
}

void diff__free(struct diff *diff)
{
	for (size_t i = 0; i < diff->nr; i++)
		free(diff->rows[i].hists);
	free(diff->rows);
	free(diff->places);
	diff->rows = NULL;
	diff->places = NULL;
	diff->nr = diff->nr_places = 0;
}
