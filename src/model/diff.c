// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model/diff.h"
#include "model/hist.h"
#include "model/host.h"
#include "model/snapshot.h"

/* csds in both runs together below which a function or a CPU is no row: chance alone. */
#define COUNT_MIN 64

/* Standard errors that a change must exceed. */
#define SIGMAS 3

/* A slot of a histogram is so wide, as a share of its lower bound. */
#define SLOT_WIDTH 0.25

static const char *const hist_names[3] = { "delay", "handler", "wait" };

/* West's algorithm: a weighted mean and its squares, value by value. */
static void series_add(struct series *s, double value, double weight)
{
	double distance = value - s->mean;

	if (weight <= 0)
		return;
	s->nr++;
	s->weight += weight;
	s->mean += distance * weight / s->weight;
	s->squares += weight * distance * (value - s->mean);
}

/* The standard error of the mean; negative: one window has no spread. */
static double series_error(const struct series *s)
{
	if (s->nr < 2 || s->weight <= 0)
		return -1;
	return sqrt(s->squares / s->weight / (s->nr - 1));
}

static struct diff_row *row_of(struct diff *diff, enum diff_group group, enum diff_unit unit,
			       const char *name)
{
	struct diff_row *rows;

	for (size_t i = 0; i < diff->nr; i++)
		if (diff->rows[i].group == group && !strcmp(diff->rows[i].name, name))
			return &diff->rows[i];
	rows = realloc(diff->rows, (diff->nr + 1) * sizeof(*rows));
	if (!rows)
		return NULL;
	diff->rows = rows;
	rows += diff->nr++;
	*rows = (struct diff_row){ .group = group, .unit = unit };
	snprintf(rows->name, sizeof(rows->name), "%s", name);
	return rows;
}

static int add(struct diff *diff, int which, enum diff_group group, enum diff_unit unit,
	       const char *name, double value, double weight)
{
	struct diff_row *row = row_of(diff, group, unit, name);

	if (!row)
		return -ENOMEM;
	series_add(&row->series[which], value, weight);
	return 0;
}

/* Mean and p99 of one of the histograms of a window. */
static int hist_add(struct diff *diff, int which, int i, const struct hist *hist)
{
	struct diff_row *row;
	char name[32];
	int err;

	hist__add(&diff->side[which].hists[i], hist);
	if (!hist->count)
		return 0;
	snprintf(name, sizeof(name), "%s mean", hist_names[i]);
	err = add(diff, which, DIFF_TOTALS, DIFF_NS, name, (double)hist->sum / hist->count,
		  hist->count);
	if (err)
		return err;
	snprintf(name, sizeof(name), "%s p99", hist_names[i]);
	row = row_of(diff, DIFF_TOTALS, DIFF_NS, name);
	if (!row)
		return -ENOMEM;
	row->percentile = true;
	series_add(&row->series[which], hist__percentile(hist, 99), hist->count);
	return 0;
}

static int cpus_add(struct diff *diff, int which, const struct snapshot *snap, double seconds)
{
	struct hist hists[3] = {};
	char name[32];
	int err = 0;

	for (size_t i = 0; i < snap->nr_cpus && !err; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		hist__add(&hists[0], &cpu->delay);
		hist__add(&hists[1], &cpu->handler);
		hist__add(&hists[2], &cpu->wait);
		snprintf(name, sizeof(name), "CPU %" PRIu32, cpu->cpu);
		err = add(diff, which, DIFF_SENDERS, DIFF_PER_S, name, cpu->sent / seconds,
			  seconds);
		if (!err)
			err = add(diff, which, DIFF_RECEIVERS, DIFF_PER_S, name,
				  cpu->received / seconds, seconds);
	}
	for (int i = 0; i < 3 && !err; i++)
		err = hist_add(diff, which, i, &hists[i]);
	if (!err)
		err = add(diff, which, DIFF_TOTALS, DIFF_NS_PER_S, "time in handlers",
			  hists[1].sum / seconds, seconds);
	if (!err)
		err = add(diff, which, DIFF_TOTALS, DIFF_NS_PER_S, "time of senders",
			  hists[2].sum / seconds, seconds);
	return err;
}

/* The csds of @snap->fns[@i]'s function in all rows; 0 if an earlier row has the function. */
static uint64_t count_of(const struct snapshot *snap, size_t i)
{
	uint64_t count = 0;

	for (size_t j = 0; j < snap->nr_fns; j++) {
		if (snap->fns[j].func.addr != snap->fns[i].func.addr ||
		    snap->fns[j].other != snap->fns[i].other)
			continue;
		if (j < i)
			return 0;
		count += snap->fns[j].count;
	}
	return count;
}

static int fns_add(struct diff *diff, int which, const struct snapshot *snap, double seconds)
{
	int err = 0;

	for (size_t i = 0; i < snap->nr_fns && !err; i++) {
		const struct fn_stats *fn = &snap->fns[i];
		uint64_t count = count_of(snap, i);
		char name[DIFF_NAME];

		/* Addresses of two boots do not compare. */
		if (!count || (!fn->other && !fn->func.name))
			continue;
		snprintf(name, sizeof(name), "%.60s%s%.30s%s",
			 fn->other ? "(other functions)" : fn->func.name,
			 fn->func.module ? " [" : "", fn->func.module ? fn->func.module : "",
			 fn->func.module ? "]" : "");
		err = add(diff, which, DIFF_FUNCTIONS, DIFF_PER_S, name, count / seconds, seconds);
	}
	return err;
}

int diff__window(struct diff *diff, int which, const struct snapshot *snap)
{
	double seconds = window__seconds(&snap->window);
	struct diff_side *side = &diff->side[which];
	int err;

	if (seconds <= 0)
		return 0;
	if (!side->windows++) {
		side->start = snap->window.start;
		if (snap->host)
			side->name = snap->host->name;
	}
	side->seconds += seconds;
	err = add(diff, which, DIFF_TOTALS, DIFF_PER_S, "csds", snap->ledger.queued / seconds,
		  seconds);
	if (!err)
		err = cpus_add(diff, which, snap, seconds);
	return err ? err : fns_add(diff, which, snap, seconds);
}

/* A function has no row in a window without it: there its rate was 0. */
static void absence_add(struct diff_row *row, const struct diff *diff)
{
	for (int i = 0; i < 2 && row->unit != DIFF_NS; i++) {
		struct series *s = &row->series[i];
		double rest = diff->side[i].seconds - s->weight;
		uint64_t nr = diff->side[i].windows - s->nr;

		/* The same as @nr times, for they are alike. */
		if (!nr)
			continue;
		series_add(s, 0, rest);
		s->nr += nr - 1;
	}
}

/* The percentile of all windows is not the mean of theirs. */
static void values_set(struct diff_row *row, const struct diff *diff)
{
	for (int i = 0; i < 2; i++) {
		row->value[i] = row->series[i].mean;
		for (int h = 0; row->percentile && h < 3; h++)
			if (!strncmp(row->name, hist_names[h], strlen(hist_names[h])))
				row->value[i] = hist__percentile(&diff->side[i].hists[h], 99);
	}
}

static void row_judge(struct diff_row *row, const struct diff *diff, double tolerance)
{
	double a, b, larger, errors[2], noise;

	absence_add(row, diff);
	values_set(row, diff);
	a = row->value[0];
	b = row->value[1];
	larger = a > b ? a : b;
	row->factor = a > 0 ? b / a : 0;
	errors[0] = series_error(&row->series[0]);
	errors[1] = series_error(&row->series[1]);
	row->noise = -1;
	if (errors[0] >= 0 && errors[1] >= 0 && larger > 0)
		row->noise = hypot(errors[0], errors[1]) / larger;
	/* No samples in one of the runs: there is nothing to compare. */
	if (larger <= 0 || (row->unit == DIFF_NS && (a <= 0 || b <= 0)))
		return;
	noise = row->noise > 0 ? SIGMAS * row->noise : 0;
	if (row->percentile)
		noise += SLOT_WIDTH;
	if (fabs(b - a) <= noise * larger || fabs(b - a) <= tolerance * a)
		return;
	row->change = b > a ? DIFF_ROSE : DIFF_FELL;
}

static bool too_few(const struct diff_row *row)
{
	return row->group != DIFF_TOTALS &&
	       row->series[0].mean * row->series[0].weight +
			       row->series[1].mean * row->series[1].weight <
		       COUNT_MIN;
}

static int by_value(const void *pa, const void *pb)
{
	const struct diff_row *a = pa, *b = pb;
	double va = fmax(a->value[0], a->value[1]), vb = fmax(b->value[0], b->value[1]);

	if (a->group != b->group || a->group == DIFF_TOTALS)
		return a->group != b->group ? (a->group < b->group ? -1 : 1) :
					      strcmp(a->name, b->name);
	return va > vb ? -1 : va < vb;
}

void diff__judge(struct diff *diff, double tolerance)
{
	size_t nr = 0;

	for (size_t i = 0; i < diff->nr; i++) {
		if (too_few(&diff->rows[i]))
			continue;
		diff->rows[nr] = diff->rows[i];
		row_judge(&diff->rows[nr], diff, tolerance);
		diff->rose += diff->rows[nr].change == DIFF_ROSE;
		diff->fell += diff->rows[nr].change == DIFF_FELL;
		nr++;
	}
	diff->nr = nr;
	if (nr)
		qsort(diff->rows, nr, sizeof(*diff->rows), by_value);
}
