// SPDX-License-Identifier: GPL-2.0
/* After the last window: which figures changed by more than the noise. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "model/diff.h"

/* A function or a CPU with fewer csds in both runs together has no row: its change is chance. */
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

/* Returns the standard error of the mean; negative if unknown, because one window has no spread. */
static double series_error(const struct series *s)
{
	if (s->nr < 2 || s->weight <= 0)
		return -1;
	return sqrt(s->squares / s->weight / (s->nr - 1));
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
		series__add(s, 0, rest);
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
 * Whether @row is a rate, and both runs have so few csds that a few more csds, or csds in one run
 * only, are ordinary.
 */
static bool is_rare(const struct diff_row *row)
{
	double most =
		fmax(row->value[0] * row->series[0].weight, row->value[1] * row->series[1].weight);

	return row->unit == DIFF_PER_S && most < ORDINARY_FACTOR * COUNT_MIN;
}

/* Judge only whether each run has the storm: rates of its functions have rows of their own. */
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

/*
 * Returns the noise of the difference between the runs, as a share of @larger, the larger value;
 * negative if unknown.
 */
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
	/*
	 * The second run lacks a figure that the first run knows: it measured no such time of its
	 * csds, or no waits of senders.
	 */
	row->unknown = row->group == DIFF_TOTALS && row->series[0].nr && !row->series[1].nr &&
		       diff->side[1].csds >= P99_MIN;
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
	/* The noise is a share of the larger value: of a if b is lower, else of b. */
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

/* Whether a run lacks what @row is about: a function would seem new, or gone. */
static bool has_nameless_run(const struct diff_row *row, const struct diff *diff)
{
	switch (row->group) {
	case DIFF_FUNCTIONS:
	case DIFF_DELAYS:
	case DIFF_HANDLERS:
	case DIFF_CALLERS:
		return diff->side[0].nameless || diff->side[1].nameless;
	default:
		return false;
	}
}

static bool has_too_few_csds(const struct diff_row *row, const struct diff *diff)
{
	switch (row->group) {
	case DIFF_TOTALS:
	case DIFF_STORMS:
		return false;
	/* A duration's weight is its number of csds, a rate's the windows' length in seconds. */
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

bool diff_row__is_compared(const struct diff_row *row)
{
	enum diff_verdict verdict = diff_row__verdict(row);

	return verdict != DIFF_VERDICT_FEW && verdict != DIFF_VERDICT_NONE;
}

enum diff_verdict diff_row__verdict(const struct diff_row *row)
{
	static const enum diff_verdict verdicts[] = {
		[DIFF_SAME] = DIFF_VERDICT_SAME,
		[DIFF_ROSE] = DIFF_VERDICT_ROSE,
		[DIFF_FELL] = DIFF_VERDICT_FELL,
		[DIFF_UNSURE] = DIFF_VERDICT_UNSURE,
	};

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
	return diff_row__is_judged(row) ? verdicts[row->change] : DIFF_VERDICT_NONE;
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
		if (has_too_few_csds(&diff->rows[i], diff) ||
		    has_nameless_run(&diff->rows[i], diff)) {
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
