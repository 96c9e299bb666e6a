// SPDX-License-Identifier: GPL-2.0
/* The progress of `record`; the headings of `report`'s page; two captures side by side. */
#include <float.h>
#include <math.h>
#include "view/text/views.h"

/* Back to the first column, and erase the line. */
#define ERASE "\r\033[K"

/*
 * Returns a note if the memory has more of the run than --flight asks for, or less: " (room for
 * more than 10 s)".
 */
static struct words explain_held(const struct record_progress *progress)
{
	struct text span = view__duration(progress->span_ns);
	struct words why = { "" };

	if (progress->held_ns > progress->span_ns)
		snprintf(why.s, sizeof(why.s), " (room for more than %s)", span.s);
	else if (progress->dropped)
		snprintf(why.s, sizeof(why.s), " (no room for %s)", span.s);
	return why;
}

/* Print the figures. @why: explains the time in memory, "" where a line has no room for that. */
static void figures_print(const struct record_progress *progress, const char *why)
{
	fprintf(stderr, "ipitrace: %s%s, %s, %s lost", progress->flight ? "" : "recorded ",
		units__ns(progress->ns).s, units__counted(progress->csds, "csd").s,
		units__count(progress->lost).s);
	if (progress->flight)
		fprintf(stderr, "; the last %s in %sB of %sB%s; files: %" PRIu64,
			units__ns(progress->held_ns).s, units__count(progress->bytes).s,
			units__count(progress->size).s, why, progress->files);
	if (progress->flight && progress->cut)
		fprintf(stderr, " (%" PRIu64 " not whole)", progress->cut);
	if (progress->flight && progress->max_files && progress->max_files < progress->files)
		fprintf(stderr, ", %" PRIu64 " of them left", progress->max_files);
	if (!progress->flight)
		fprintf(stderr, ", %sB", units__count(progress->bytes).s);
}

void view__record_progress(const struct record_progress *progress)
{
	fputs(ERASE, stderr);
	figures_print(progress, "");
}

void view__record_end(const struct record_progress *progress, const char *path, bool replaces)
{
	if (replaces)
		fputs(ERASE, stderr);
	figures_print(progress, explain_held(progress).s);
	if (progress->flight)
		fputs("\n", stderr);
	else
		fprintf(stderr, " in %s\n", safe__tail(path, 40).s);
}

void view__report_head(const struct snapshot *sum, uint64_t windows)
{
	if (!windows) {
		view__head_open(sum, "report");
		puts("no window to sum up");
		return;
	}
	view__head(sum, "report", 0, NULL);
	printf("the sum of %s\n", words__number(windows, "window").s);
}

int view__report_cost(const struct snapshot *sum, const struct storm_nearest *nearest, uint64_t nr,
		      const char *const *names, size_t shown)
{
	struct block b = BLOCK(512);
	size_t same;
	int err = view__brief_cost(stdout, style__columns(), sum, nr ? NULL : nearest);

	if (err || !nr)
		return err;
	for (size_t i = 0; i < shown; i += same) {
		for (same = 1; i + same < shown && !strcmp(names[i + same], names[i]);)
			same++;
		block__add(&b, "%s%s", i ? ", " : "", names[i]);
		if (same > 1)
			block__add(&b, " (%zu)", same);
	}
	if (nr > shown)
		block__add(&b, " and %" PRIu64 " more", nr - shown);
	paragraph__labelled("STORM", sizeof("STORM"), "%s: see below", b.buf);
	return 0;
}

void view__report_trigger(const struct trigger *trigger, uint64_t before,
			  const struct wall_clock *clock)
{
	unsigned int us = (trigger->time + clock->offset) / 1000 % 1000000;
	unsigned int s = (trigger->time + clock->offset) / 1000000000 % 86400;
	struct block b = BLOCK(256);

	block__add(&b, "a %s", trigger_names[trigger->kind]);
	if (trigger__has_csd(trigger))
		block__add(&b, ": %s, CPU %u to %u, after %s", phase_names[trigger->phase],
			   trigger->src, trigger->dst, units__ns(trigger->duration).s);
	paragraph__labelled("TRIGGER", sizeof("TRIGGER"),
			    "%s; %02u:%02u:%02u.%06u, %s after the beginning", b.buf, s / 3600,
			    s / 60 % 60, s % 60, us, units__ns(before).s);
}

void view__report_stalls(uint64_t nr, uint64_t folded, size_t shown, uint64_t threshold,
			 uint64_t missing)
{
	char over[40] = "", text[64] = "";

	if (threshold)
		snprintf(over, sizeof(over), " over %s", view__duration(threshold).s);
	if (folded)
		snprintf(text, sizeof(text), ", %" PRIu64 " of them %s of another stall", folded,
			 folded == 1 ? "the result" : "results");
	printf("%sSTALLS%s %" PRIu64 "%s%s%s\n", style__on(STYLE_HEAD), style__off(), nr, over,
	       text,
	       nr - folded > shown ? "; the longest:" :
	       shown		   ? ":" :
				     "");
	if (missing)
		paragraph__labelled("lost", strlen("lost "),
				    "%s of stalls, which found no room while they were recorded",
				    words__number(missing, "more report").s);
	if (shown)
		putchar('\n');
}

void view__report_storms(uint64_t nr, uint64_t notes, size_t shown)
{
	printf("%sSTORMS%s %" PRIu64 "%s%s%s\n", style__on(STYLE_HEAD), style__off(), nr - notes,
	       notes ? ", and " : "", notes ? words__number(notes, "note").s : "",
	       nr > shown ? "; those that cost most:" :
	       shown	  ? ":" :
			    "");
}

#define NAME_WIDTH 25
#define ROWS_MAX   20 /* of a group */

static struct text format_value(const struct diff_row *row, int i)
{
	double v = row->value[i];
	struct text t;

	if (row->unit == DIFF_NS || row->unit == DIFF_NS_PER_S)
		return units__ns_of(v, row->series[i].nr);
	if (v >= 100)
		return units__count(v);
	snprintf(t.s, sizeof(t.s), "%.1f", v);
	return t;
}

/*
 * Returns the limit of the factor: for a rise "<= 1.20", or "> 1.20" if the factor is beyond the
 * limit; for a fall ">= 0.83" or "< 0.83".
 */
static struct text format_limit(const struct diff_row *row)
{
	/* The factor of an unsure row is within its limits. */
	bool rise = row->factor >= 1, beyond = row->change == DIFF_ROSE || row->change == DIFF_FELL;
	double limit = row->limits[rise];
	struct text t = { "" };

	if (!(row->limits[1] > 0))
		return t;
	if (row->factor > 0 && isfinite(limit) && limit < 1000)
		snprintf(t.s, sizeof(t.s), "%c%s %.2f", rise == beyond ? '>' : '<',
			 beyond ? "" : "=", limit);
	else if (row->factor > 0 && rise)
		snprintf(t.s, sizeof(t.s), "no limit");
	return t;
}

struct diff_words view__diff_words(const struct diff_row *row)
{
	static const char *const units[] = {
		[DIFF_PER_S] = "/s",
		[DIFF_NS] = "",
		[DIFF_NS_PER_S] = "/s",
	};
	struct diff_words w = { .limit = format_limit(row) };
	struct text *values[] = { &w.a, &w.b };

	for (int i = 0; i < 2; i++)
		if (!row->series[i].nr || (row->group == DIFF_STORMS && row->value[i] <= 0))
			snprintf(values[i]->s, sizeof(values[i]->s), "-");
		else
			snprintf(values[i]->s, sizeof(values[i]->s), "%.20s%s",
				 format_value(row, i).s, units[row->unit]);
	snprintf(w.factor.s, sizeof(w.factor.s), "-");
	snprintf(w.noise.s, sizeof(w.noise.s), "-");
	/* The column has room for seven characters. */
	if (row->factor >= 1e7)
		snprintf(w.factor.s, sizeof(w.factor.s), ">=10^7");
	else if (row->factor > 0)
		snprintf(w.factor.s, sizeof(w.factor.s), row->factor < 10000 ? "%.2f" : "%.0f",
			 row->factor);
	if (row->noise >= 0)
		snprintf(w.noise.s, sizeof(w.noise.s), "%.1f %%", 100 * row->noise);
	w.verdict = diff_verdict_names[diff_row__verdict(row)] ?: "";
	return w;
}

const char *const diff_headings[NR_DIFF_GROUPS] = {
	"ALL",		 "FUNCTIONS, csds", "FUNCTIONS, delay p99",	 "FUNCTIONS, handler p99",
	"SENDERS, csds", "RECEIVERS, csds", "CALLERS, csds (estimates)", "STORMS, csds",
};

#define NAMED 3 /* figures that the last line names, of those that rose, fell, or are not certain */

void view__diff_figure(struct block *b, const struct diff_row *row)
{
	static const char *const figures[NR_DIFF_GROUPS] = {
		"", " csds", " delay p99", " handler p99", " sends", " receives", " csds", " storm"
	};

	block__add(b, "%s%s", safe__cut(row->name, row->group == DIFF_CALLERS ? 80 : 40).s,
		   figures[row->group]);
}

/* Write the name of @row; without headings the name says which figure it is. */
static void name_print(const struct diff_row *row, bool quiet)
{
	struct block name = BLOCK(DIFF_NAME + 32);

	if (quiet)
		view__diff_figure(&name, row);
	else
		block__add(&name, "%s", safe__cut(row->name, 79).s);
	/* The name of a caller that is longer than its column gets a line. */
	if ((quiet || row->group == DIFF_CALLERS) && strlen(name.buf) > NAME_WIDTH)
		printf("%s\n%*s", name.buf, NAME_WIDTH, "");
	else
		printf("%s", safe__column(name.buf, NAME_WIDTH).s);
}

static void group_print(const struct diff *diff, enum diff_group group, bool quiet)
{
	size_t shown = 0, hidden = 0;

	for (size_t i = 0; i < diff->nr; i++) {
		const struct diff_row *row = &diff->rows[i];
		struct diff_words w;

		if (row->group != group)
			continue;
		if (!shown++ && !quiet) {
			putchar('\n');
			style__line(STYLE_HEAD, "%-*s %9s %9s %7s %-8s %8s", NAME_WIDTH,
				    diff_headings[group], "A", "B", "factor", "limit", "noise");
		}
		if (shown > ROWS_MAX && !row->change &&
		    diff_row__verdict(row) != DIFF_VERDICT_NEW) {
			hidden++;
			continue;
		}
		w = view__diff_words(row);
		name_print(row, quiet);
		printf(" %9s %9s %7s %-8s %8s  %s%s%s\n", w.a.s, w.b.s, w.factor.s, w.limit.s,
		       w.noise.s, style__on(row->change ? STYLE_ALERT : STYLE_PLAIN), w.verdict,
		       style__off());
	}
	if (hidden && !quiet)
		printf("and %zu more without a change\n", hidden);
}

/* Returns the factor by which a figure changed. Largest: storms, then figures of only one run. */
static double measure_change(const struct diff_row *row)
{
	if (row->group == DIFF_STORMS)
		return INFINITY;
	return row->factor > 0 ? fmax(row->factor, 1 / row->factor) : DBL_MAX;
}

/*
 * Whether the last line names @row among those of @change; DIFF_SAME: those that only the second
 * run has, and that did not rise enough.
 */
static bool is_named(const struct diff_row *row, enum diff_change change)
{
	return row->change == change &&
	       (change != DIFF_SAME || diff_row__verdict(row) == DIFF_VERDICT_NEW);
}

/*
 * Returns the row with the largest change, except the @nr rows that were found before; NULL: there
 * is no other row.
 */
static const struct diff_row *find_largest(const struct diff *diff, enum diff_change change,
					   const struct diff_row *const *found, size_t nr)
{
	const struct diff_row *row = NULL;

	for (size_t i = 0; i < diff->nr; i++) {
		const struct diff_row *next = &diff->rows[i];
		bool known = false;

		for (size_t n = 0; n < nr; n++)
			known |= found[n] == next;
		if (is_named(next, change) && !known &&
		    (!row || measure_change(next) > measure_change(row)))
			row = next;
	}
	return row;
}

/* Returns the factor without an exponent: "1.7x", "1788x". */
static struct words format_change(double factor)
{
	struct words w;

	if (factor < 0.001)
		return (struct words){ "<0.001x" };
	snprintf(w.s, sizeof(w.s),
		 factor < 0.1 ? "%.2gx" :
		 factor < 100 ? "%.3gx" :
				"%.0fx",
		 factor);
	return w;
}

/* Add @all figures: ": ipi_mb handler p99 1.7x, page_fault csds new (70.0/s) and 3 more". */
static void changes_add(struct block *b, const struct diff *diff, enum diff_change change,
			size_t all)
{
	const struct diff_row *found[NAMED];
	size_t nr = 0;

	for (; nr < NAMED && nr < all; nr++) {
		const struct diff_row *row = find_largest(diff, change, found, nr);

		found[nr] = row;
		block__add(b, nr ? ", " : ": ");
		view__diff_figure(b, row);
		if (row->unknown)
			block__add(b, " unknown");
		else if (row->value[0] <= 0)
			block__add(b, " new (%s)", view__diff_words(row).b.s);
		else if (row->value[1] <= 0)
			block__add(b, " gone (%s)", view__diff_words(row).a.s);
		else
			block__add(b, " %s", format_change(row->factor).s);
	}
	if (all > nr)
		block__add(b, " and %zu more", all - nr);
}

/* The line begins with the figures that rose, because only a rise is a reason for status 1. */
void view__diff_verdict(struct block *b, const struct diff *diff)
{
	size_t compared = 0, news = 0;
	struct words figures;

	for (size_t i = 0; i < diff->nr; i++) {
		compared += diff_row__is_compared(&diff->rows[i]);
		news += is_named(&diff->rows[i], DIFF_SAME);
	}
	figures = words__number(compared, "figure");
	if (!diff->rose && !diff->fell && !diff->unsure && !news)
		block__add(b, "no change in %s", figures.s);
	else if (!diff->rose)
		block__add(b, "0 of %s rose", figures.s);
	else
		block__add(b, "%zu of %s rose beyond %s", diff->rose, figures.s,
			   diff->rose == 1 ? "its limit" : "their limits");
	if (diff->rose)
		changes_add(b, diff, DIFF_ROSE, diff->rose);
	if (diff->unsure) {
		block__add(b, "; not certain: %zu", diff->unsure);
		changes_add(b, diff, DIFF_UNSURE, diff->unsure);
	}
	if (news) {
		block__add(b, "; below %s: %zu", news == 1 ? "its limit" : "their limits", news);
		changes_add(b, diff, DIFF_SAME, news);
	}
	if (diff->fell) {
		block__add(b, "; %zu fell", diff->fell);
		if (!diff->rose)
			changes_add(b, diff, DIFF_FELL, diff->fell);
	}
	if (compared < diff->nr)
		block__add(b, "; %zu not compared", diff->nr - compared);
}

/* Print the storms that only one of the runs has. */
static void storms_print(const struct diff *diff, bool quiet)
{
	bool spaced = quiet; /* the blank line above the first storm is printed, or not wanted */

	for (size_t i = 0; i < diff->nr; i++) {
		const struct diff_row *row = &diff->rows[i];
		enum diff_verdict verdict = diff_row__verdict(row);
		bool gone = verdict == DIFF_VERDICT_GONE;

		if (row->group != DIFF_STORMS || (!gone && verdict != DIFF_VERDICT_NEW))
			continue;
		printf("%s%s storm: %s, %s\n", spaced ? "" : "\n", gone ? "gone" : "new",
		       safe__cut(row->name, 60).s,
		       gone ? view__diff_words(row).a.s : view__diff_words(row).b.s);
		spaced = true;
	}
}

/* Whether the hosts differ: then figures differ without a change of the load. */
static bool is_apart(const struct host *a, const struct host *b)
{
	return strcmp(a->name.nodename, b->name.nodename) ||
	       strcmp(a->name.release, b->name.release) ||
	       strcmp(a->name.machine, b->name.machine) ||
	       cpuset__count(&a->online) != cpuset__count(&b->online);
}

void view__diff(const struct diff *diff, const char *const names[2], bool quiet)
{
	bool apart = is_apart(&diff->side[0].host, &diff->side[1].host);
	struct block last = BLOCK(1024);

	for (int i = 0; i < 2 && !quiet; i++) {
		const struct host *host = &diff->side[i].host;
		uint32_t cpus = cpuset__count(&host->online);
		char where[4 * SAFE_BYTES] = "";

		if (apart)
			snprintf(where, sizeof(where), "; %s, %s, %s %s",
				 safe(host->name.nodename).s,
				 cpus ? words__number(cpus, "CPU").s : "CPUs not known",
				 safe(host->name.release).s, safe(host->name.machine).s);
		paragraph__labelled(i ? "B" : "A", 2, "%s: %s, %.2f s from %s%s",
				    safe__tail(names[i], 40).s,
				    words__number(diff->side[i].windows, "window").s,
				    diff->side[i].seconds, clock__date(&diff->side[i].start, 0).s,
				    where);
	}
	for (int group = 0; group < NR_DIFF_GROUPS; group++)
		group_print(diff, group, quiet);
	storms_print(diff, quiet);
	view__diff_verdict(&last, diff);
	printf("%s%sdiff:%s %s\n", quiet ? "" : "\n", style__on(STYLE_HEAD), style__off(),
	       last.buf);
}
