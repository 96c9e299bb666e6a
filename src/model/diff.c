// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "model/callers.h"
#include "model/diff.h"

/*
 * A function or a CPU with fewer csds in both runs together gets no row, because chance decides its
 * change.
 */
#define COUNT_MIN 64

/* A change must exceed this number of standard errors. */
#define SIGMAS 3

/* The width of a histogram's slot, as a share of its lower bound. */
#define SLOT_WIDTH 0.25

/* Beyond this noise (SIGMAS included) not even a doubling would show. */
#define NOISE_MAX 0.5

/*
 * A change up to this factor is ordinary, because one more burst of csds can cause it, in three
 * cases: the spread is unknown; the spread is too large; both runs have fewer csds than this factor
 * times COUNT_MIN.
 */
#define ORDINARY_FACTOR 4
#define ORDINARY_NOISE	(1 - 1.0 / ORDINARY_FACTOR)

/* With fewer csds a 99th percentile is the longest time, so chance decides its change. */
#define P99_MIN 100

/*
 * A change that may be noise matters only above 1 % of one CPU: this much time of handlers or of
 * senders, ns a second, or this many csds a second, of 10 us each.
 */
#define LARGE_TIME 1e7
#define LARGE_RATE 1e3

static const char *const hist_names[3] = { "delay", "handler", "wait" };

/* Add a value to a weighted mean and its sum of squares, with West's algorithm. */
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

/* Returns the standard error of the mean; negative if unknown, because one window has no spread. */
static double series_error(const struct series *s)
{
	if (s->nr < 2 || s->weight <= 0)
		return -1;
	return sqrt(s->squares / s->weight / (s->nr - 1));
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

/* Make the hash at least twice as large as the number of rows. False if there is no memory. */
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

/*
 * Find or make a row. The search uses a hash, because the author of a capture may write any number
 * of names.
 */
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
struct added {
	struct diff *diff;
	int which;
	const struct snapshot *snap;
	double seconds;
	int err; /* 0, or the error of any row so far */
};

/* Add a value to its row. Returns the row; NULL if there is no memory for a new row. */
static struct diff_row *add_value(struct added *to, enum diff_group group, enum diff_unit unit,
				  const char *name, double value, double weight)
{
	struct diff_row *row = get_row(to->diff, group, unit, name);

	if (row)
		series_add(&row->series[to->which], value, weight);
	else
		to->err = -ENOMEM;
	return row;
}

/* Add the rate of @sum, which counts over the whole window. */
static struct diff_row *rate_add(struct added *to, enum diff_group group, enum diff_unit unit,
				 const char *name, uint64_t sum)
{
	return add_value(to, group, unit, name, sum / to->seconds, to->seconds);
}

static void waits_add(struct added *to, uint64_t sum)
{
	struct diff_row *row;

	if (to->snap->how.wait_source == WAITS_UNKNOWN)
		return;
	row = rate_add(to, DIFF_TOTALS, DIFF_NS_PER_S, "time of senders", sum);
	if (row)
		row->of_waits = true;
}

static void p99_add(struct added *to, enum diff_group group, const char *name,
		    const struct hist *hist)
{
	struct diff_row *row;

	if (!hist->count)
		return;
	row = add_value(to, group, DIFF_NS, name, hist__percentile(hist, 99), hist->count);
	if (row && !row->hists)
		row->hists = calloc(2, sizeof(*row->hists));
	if (row && row->hists)
		hist__add(&row->hists[to->which], hist);
	else
		to->err = -ENOMEM;
}

/* Add mean and p99 of histogram @i of a window. */
static void hist_add(struct added *to, int i, const struct hist *hist)
{
	char name[32];

	if (!hist->count)
		return;
	snprintf(name, sizeof(name), "%s mean", hist_names[i]);
	add_value(to, DIFF_TOTALS, DIFF_NS, name, (double)hist->sum / hist->count, hist->count);
	snprintf(name, sizeof(name), "%s p99", hist_names[i]);
	p99_add(to, DIFF_TOTALS, name, hist);
}

static bool is_wanted_row(const struct added *to, enum diff_group group, const char *func,
			  uint32_t cpu)
{
	return !to->diff->wanted || to->diff->wanted(to->diff->ctx, group, func, cpu);
}

static void cpus_add(struct added *to)
{
	const struct snapshot *snap = to->snap;
	struct hist hists[3] = {};
	char name[32];

	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		hist__add(&hists[0], &cpu->delay);
		hist__add(&hists[1], &cpu->handler);
		hist__add(&hists[2], &cpu->wait);
		snprintf(name, sizeof(name), "CPU %" PRIu32, cpu->cpu);
		if (is_wanted_row(to, DIFF_SENDERS, NULL, cpu->cpu))
			rate_add(to, DIFF_SENDERS, DIFF_PER_S, name, cpu->sent);
		if (is_wanted_row(to, DIFF_RECEIVERS, NULL, cpu->cpu))
			rate_add(to, DIFF_RECEIVERS, DIFF_PER_S, name, cpu->received);
	}
	if (!is_wanted_row(to, DIFF_TOTALS, NULL, 0))
		return;
	for (int i = 0; i < 3; i++)
		hist_add(to, i, &hists[i]);
	rate_add(to, DIFF_TOTALS, DIFF_NS_PER_S, "time in handlers", hists[1].sum);
	waits_add(to, hists[2].sum);
}

static void fns_add(struct added *to)
{
	struct fn_rows *rows = fn_rows__new(to->snap);

	for (size_t i = 0; i < to->snap->nr_fns; i++) {
		struct fn_stats fn;
		char name[DIFF_NAME];

		if (!snapshot__function(to->snap, rows, i, &fn) || !fn.count)
			continue;
		/* Addresses of different boots must not be compared. */
		if (!fn.other && !fn.func.name)
			continue;
		if (!is_wanted_row(to, DIFF_FUNCTIONS, fn.other ? NULL : fn.func.name, 0))
			continue;
		snprintf(name, sizeof(name), "%.60s%s%.30s%s",
			 fn.other ? "(other functions)" : fn.func.name, fn.func.module ? " [" : "",
			 fn.func.module ? fn.func.module : "", fn.func.module ? "]" : "");
		rate_add(to, DIFF_FUNCTIONS, DIFF_PER_S, name, fn.count);
		p99_add(to, DIFF_DELAYS, name, &fn.delay);
		p99_add(to, DIFF_HANDLERS, name, &fn.handler);
	}
	fn_rows__free(rows);
}

/* Returns the caller's row; NULL if nobody asked for it, or without memory. */
static struct diff_row *get_caller_row(struct added *to, const struct stack_sample *call)
{
	const struct symbol *func = &to->snap->fns[call->fn].func;
	struct reason reason = callers__reason(call->stack, call->nr);
	char name[DIFF_NAME];
	struct diff_row *row;

	if (!func->name || !*reason.name || call->own ||
	    !is_wanted_row(to, DIFF_CALLERS, func->name, 0))
		return NULL;
	/* A process has another pid in another run, and a kworker another number. */
	snprintf(name, sizeof(name), "%.31s: %.31s of %.15s", func->name, reason.name,
		 callers__sent_by_interrupt(call) ? "an interrupt" :
		 call->kworker			  ? "a kworker" :
						    call->comm);
	row = get_row(to->diff, DIFF_CALLERS, DIFF_PER_S, name);
	if (!row)
		to->err = -ENOMEM;
	return row;
}

/* Divide the csds of each function's row among the row's samples. */
static void callers_add(struct added *to)
{
	const struct snapshot *snap = to->snap;
	double *all = calloc(snap->nr_fns + 1, sizeof(*all)); /* csds of each row's samples */
	size_t first = 0; /* the rows with a sum: 1 + the index of the first one */

	if (!all) {
		to->err = -ENOMEM;
		return;
	}
	to->diff->side[to->which].samples += snap->nr_samples;
	for (size_t i = 0; i < snap->nr_samples; i++)
		all[snap->samples[i].fn] += sample__csds(&snap->samples[i]);
	for (size_t i = 0; i < snap->nr_samples; i++) {
		const struct stack_sample *call = &snap->samples[i];
		struct diff_row *row = get_caller_row(to, call);
		double part = snap->fns[call->fn].count * sample__csds(call) / all[call->fn];

		if (!row || !(part > 0))
			continue;
		if (row->sum <= 0) {
			row->next = first;
			first = row - to->diff->rows + 1;
		}
		row->sum += part;
	}
	/* Not all rows: a capture's author may write any number of rows and windows. */
	while (first) {
		struct diff_row *row = &to->diff->rows[first - 1];

		first = row->next;
		series_add(&row->series[to->which], row->sum / to->seconds, to->seconds);
		row->sum = 0;
	}
	free(all);
}

int diff__storm(struct diff *diff, int which, const char *name, const char *func, double rate)
{
	struct added to = { .diff = diff, .which = which };
	struct diff_row *row;
	struct series *s;
	char text[DIFF_NAME];

	diff->side[which].watched = true;
	if (!is_wanted_row(&to, DIFF_STORMS, func, 0))
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
	struct added to = { diff, which, snap, .seconds = window__seconds(&snap->window) };
	struct diff_side *side = &diff->side[which];

	if (to.seconds <= 0)
		return 0;
	if (!side->windows++) {
		side->start = snap->window.start;
		if (snap->host)
			side->name = snap->host->name;
	}
	side->seconds += to.seconds;
	side->csds += snap->ledger.queued;
	side->waits_unknown |= snap->how.wait_source == WAITS_UNKNOWN;
	if (is_wanted_row(&to, DIFF_TOTALS, NULL, 0))
		rate_add(&to, DIFF_TOTALS, DIFF_PER_S, "csds", snap->ledger.queued);
	cpus_add(&to);
	fns_add(&to);
	callers_add(&to);
	return to.err;
}

/* Add the windows in which the row's function, CPU or caller had no csd: the rate was 0 there. */
static void absence_add(struct diff_row *row, const struct diff *diff)
{
	for (int i = 0; i < 2 && row->unit != DIFF_NS; i++) {
		struct series *s = &row->series[i];
		double rest = diff->side[i].seconds - s->weight;
		uint64_t nr = diff->side[i].windows - s->nr;

		/* All nr windows have the value 0, so one step adds them all. */
		if (!nr || (row->of_waits && diff->side[i].waits_unknown))
			continue;
		series_add(s, 0, rest);
		s->nr += nr - 1;
	}
}

/*
 * Set the values of a row. The percentile of a run is not the mean of its windows' percentiles, so
 * all windows are merged first.
 */
static void values_set(struct diff_row *row)
{
	for (int i = 0; i < 2; i++) {
		row->value[i] = row->series[i].mean;
		if (row->hists)
			row->value[i] = hist__percentile(&row->hists[i], 99);
	}
}

/*
 * Whether the change of @row could matter. The change of a duration always could, because
 * row_judge() leaves out durations of few csds.
 */
static bool is_large(const struct diff_row *row, const struct diff *diff, double tolerance)
{
	const struct diff_side *first = &diff->side[0];
	double change = fabs(row->value[1] - row->value[0]);

	switch (row->unit) {
	case DIFF_NS_PER_S:
		return change > LARGE_TIME;
	case DIFF_PER_S:
		return change > LARGE_RATE && change > tolerance * first->csds / first->seconds;
	default:
		return true;
	}
}

/*
 * Whether @row is a rate, and both runs have so few csds that a few more, or the first ones, are
 * ordinary.
 */
static bool is_rare(const struct diff_row *row)
{
	double most =
		fmax(row->value[0] * row->series[0].weight, row->value[1] * row->series[1].weight);

	return row->unit == DIFF_PER_S && most < ORDINARY_FACTOR * COUNT_MIN;
}

/*
 * Judge only whether each run has the storm: the rates of the storm's functions have rows of their
 * own.
 */
static void storm_judge(struct diff_row *row, const struct diff *diff)
{
	values_set(row);
	row->noise = -1;
	row->factor = row->value[0] > 0 ? row->value[1] / row->value[0] : 0;
	row->vague = (!row->value[0] && !diff->side[0].watched) ||
		     (!row->value[1] && !diff->side[1].watched);
	if (!row->value[0])
		row->change = row->vague ? DIFF_UNSURE : DIFF_ROSE;
	else if (!row->value[1] && !row->vague)
		row->change = DIFF_FELL;
}

/* Returns the noise of the difference of two runs, as a share of the larger value; negative if unknown. */
static double get_noise(const struct diff_row *row, double larger)
{
	double errors[2] = { series_error(&row->series[0]), series_error(&row->series[1]) };

	if (errors[0] < 0 || errors[1] < 0 || larger <= 0)
		return -1;
	return hypot(errors[0], errors[1]) / larger;
}

/*
 * Whether the values differ by more than ORDINARY_FACTOR, even if the larger one is a percentile
 * that is a slot too high.
 */
static bool is_extraordinary(const struct diff_row *row)
{
	double a = row->value[0], b = row->value[1];

	return fmax(a, b) > ORDINARY_FACTOR * (row->hists ? 1 + SLOT_WIDTH : 1) * fmin(a, b);
}

/* Whether a run has only one window, which shows no spread of any figure. */
static bool has_single_window(const struct diff *diff)
{
	return diff->side[0].windows < 2 || diff->side[1].windows < 2;
}

/*
 * Whether the second run does not know a figure that the first run knows: a time of its csds, none of which was
 * measured, or the time of senders.
 */
static bool is_unknown(const struct diff_row *row, const struct diff *diff)
{
	return row->group == DIFF_TOTALS && row->series[0].nr && !row->series[1].nr &&
	       diff->side[1].csds >= P99_MIN;
}

static void row_judge(struct diff_row *row, const struct diff *diff, double tolerance)
{
	double a, b, larger, least, noise;

	absence_add(row, diff);
	values_set(row);
	a = row->value[0];
	b = row->value[1];
	larger = a > b ? a : b;
	row->factor = a > 0 ? b / a : 0;
	row->noise = get_noise(row, larger);
	row->unknown = is_unknown(row, diff);
	if (row->unknown)
		row->change = DIFF_UNSURE;
	/* One of the runs has no samples, so there is nothing to compare. */
	if (larger <= 0 || !row->series[0].nr || !row->series[1].nr ||
	    (row->unit == DIFF_NS && (a <= 0 || b <= 0)))
		return;
	least = row->hists ? P99_MIN : COUNT_MIN;
	row->few = row->unit == DIFF_NS &&
		   (row->series[0].weight < least || row->series[1].weight < least);
	if (row->few)
		return;
	noise = row->noise >= 0 ? SIGMAS * row->noise : ORDINARY_NOISE;
	if (row->noise >= 0 && row->hists)
		noise += SLOT_WIDTH;
	if (is_rare(row))
		noise = fmax(noise, a > 0 && b > 0 ? ORDINARY_NOISE : 1);
	/* The noise is a share of the larger value: of A's value if B's is lower, else of B's. */
	row->limits[0] = fmax(1 - fmax(noise, tolerance), 0);
	row->limits[1] = noise < 1 ? fmax(1 / (1 - noise), 1 + tolerance) : INFINITY;
	if (fabs(b - a) <= tolerance * a)
		return;
	if (fabs(b - a) > noise * larger) {
		row->change = b > a ? DIFF_ROSE : DIFF_FELL;
		return;
	}
	row->vague = has_single_window(diff) || (noise > NOISE_MAX && is_extraordinary(row));
	if (row->vague && b > a && is_large(row, diff, tolerance))
		row->change = DIFF_UNSURE;
}

const char *diff_row__doubt(const struct diff_row *row, const struct diff *diff)
{
	if (row->group == DIFF_STORMS)
		return "only one file was searched for storms";
	if (row->unknown)
		return "the second file has no such figure";
	if (has_single_window(diff))
		return "a run of one window has no spread";
	return "the windows differ too much to say";
}

static bool has_too_few_csds(const struct diff_row *row, const struct diff *diff)
{
	switch (row->group) {
	case DIFF_TOTALS:
	case DIFF_STORMS:
		return false;
	/*
	 * The weight of a duration is its number of csds, that of a rate the windows' length in
	 * seconds.
	 */
	case DIFF_DELAYS:
	case DIFF_HANDLERS:
		return !row->series[0].nr || !row->series[1].nr ||
		       row->series[0].weight + row->series[1].weight < COUNT_MIN;
	/* A run without sampled stacks does not show its callers. */
	case DIFF_CALLERS:
		if (!diff->side[0].samples || !diff->side[1].samples)
			return true;
		break;
	default:
		break;
	}
	return row->series[0].mean * row->series[0].weight +
		       row->series[1].mean * row->series[1].weight <
	       COUNT_MIN;
}

const char *const diff_verdict_names[NR_DIFF_VERDICTS] = {
	[DIFF_VERDICT_SAME] = "same", [DIFF_VERDICT_ROSE] = "rose",
	[DIFF_VERDICT_FELL] = "fell", [DIFF_VERDICT_NEW] = "new",
	[DIFF_VERDICT_GONE] = "gone", [DIFF_VERDICT_BOTH] = "both",
	[DIFF_VERDICT_FEW] = "few",   [DIFF_VERDICT_UNSURE] = "unsure",
};

bool diff_row__is_judged(const struct diff_row *row)
{
	return row->limits[1] > 0 || row->change;
}

enum diff_verdict diff_row__verdict(const struct diff_row *row)
{
	static const enum diff_verdict of[] = { DIFF_VERDICT_SAME, DIFF_VERDICT_ROSE,
						DIFF_VERDICT_FELL, DIFF_VERDICT_UNSURE };

	if (row->group == DIFF_STORMS && row->vague)
		return DIFF_VERDICT_UNSURE;
	if (row->group == DIFF_STORMS && row->value[0] > 0 && row->value[1] > 0)
		return DIFF_VERDICT_BOTH;
	if (row->unknown)
		return DIFF_VERDICT_UNSURE;
	if (row->group != DIFF_STORMS && (!row->series[0].nr || !row->series[1].nr))
		return DIFF_VERDICT_NONE;
	if (row->unit != DIFF_NS && row->value[0] <= 0 && row->value[1] > 0)
		return DIFF_VERDICT_NEW;
	if (row->unit != DIFF_NS && row->value[1] <= 0 && row->value[0] > 0)
		return DIFF_VERDICT_GONE;
	if (row->few || row->vague)
		return row->few ? DIFF_VERDICT_FEW : DIFF_VERDICT_UNSURE;
	return diff_row__is_judged(row) ? of[row->change] : DIFF_VERDICT_NONE;
}

static int by_value(const void *pa, const void *pb)
{
	const struct diff_row *a = pa, *b = pb;
	double va = fmax(a->value[0], a->value[1]), vb = fmax(b->value[0], b->value[1]);

	if (a->group == DIFF_TOTALS && b->group == DIFF_TOTALS)
		return strcmp(a->name, b->name);
	return cmp_u64(a->group, b->group) ?: (va < vb) - (va > vb);
}

void diff__judge(struct diff *diff, double tolerance)
{
	size_t nr = 0;

	for (size_t i = 0; i < diff->nr; i++) {
		if (has_too_few_csds(&diff->rows[i], diff)) {
			free(diff->rows[i].hists);
			continue;
		}
		diff->rows[nr] = diff->rows[i];
		if (diff->rows[nr].group == DIFF_STORMS)
			storm_judge(&diff->rows[nr], diff);
		else
			row_judge(&diff->rows[nr], diff, tolerance);
		diff->unsure += diff->rows[nr].change == DIFF_UNSURE;
		diff->rose += diff->rows[nr].change == DIFF_ROSE;
		diff->fell += diff->rows[nr].change == DIFF_FELL;
		nr++;
	}
	diff->nr = nr;
	if (nr)
		qsort(diff->rows, nr, sizeof(*diff->rows), by_value);
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
