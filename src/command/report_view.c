// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"
#include "view/table/table.h"

/* Stalls and storms on the page. */
#define STALLS_SHOWN 5
#define STORMS_SHOWN 5

/* A storm of the page. */
struct shown_storm {
	struct storm_line line; /* the first line */
	struct storm over; /* by its last line, without CPUs; id 0: there is no such line */
};

struct report_shown {
	const struct report_view *view;
	const struct options *opts;
	const struct report_filter *filter;
	bool begun; /* the first line was read */
	struct host host;
	struct timespec started; /* the capture's beginning */
	struct wall_clock clock; /* local time less the capture's CLOCK_MONOTONIC */
	int64_t realtime; /* CLOCK_REALTIME less the capture's CLOCK_MONOTONIC */
	uint64_t last_storm; /* the highest id so far */
	bool stormy; /* one of these storms was more than a note (a note costs little) */
	uint64_t waits; /* waits that the view showed */
	uint64_t stalls_seen; /* other stalls, which the view left out */
	bool counted; /* the capture has `totals` */
	struct stall_totals totals;
	uint64_t stalls_dropped; /* by the last line of the file: reports that found no room */
	struct calm calm; /* the figures of a run without a storm, or only its length */
	/* Used by the views of records. */
	struct lines lines;
	struct trace_view trace;
	const struct parsed_record *record; /* the record that is being shown */
	uint64_t records; /* number of records shown */
	struct folded *folded;
	/* Used by the page. */
	bool triggered; /* the file is the flight recorder's */
	struct trigger trigger;
	uint64_t from; /* when the file's lines begin, ns */
	struct snapshot_sum sum;
	uint64_t windows;
	struct lasting stalls; /* number of stalls */
	size_t nr_worst;
	struct stall_line worst[STALLS_SHOWN]; /* the longest first */
	size_t nr_storms;
	uint64_t storms;
	uint64_t notes; /* number of storms that are notes */
	struct shown_storm *storm[STORMS_SHOWN]; /* those that cost most, notes last */
};

/* The names of the record that is shown: its addresses are those of its own names. */
static void name_record(void *ctx, struct symbol *symbol, bool func)
{
	const struct report_shown *s = ctx;
	const struct symbol *known = func ? &s->record->func : &s->record->callsite;

	if (known->addr == symbol->addr)
		*symbol = *known;
}

struct report_shown *report_shown__new(const struct report_view *view, const struct options *opts,
				       const struct report_filter *filter)
{
	struct report_shown *s = calloc(1, sizeof(*s));
	struct naming naming = { s, name_record, NULL };

	if (!s)
		return NULL;
	s->view = view;
	s->opts = opts;
	s->filter = filter;
	s->folded = folded__new();
	s->trace.names = trace_names__open(&naming);
	s->trace.sees_interrupts = true;
	s->trace.columns = redraw__size().columns;
	s->lines.fd = STDOUT_FILENO;
	if (s->folded && s->trace.names)
		return s;
	report_shown__free(s);
	return NULL;
}

void report_shown__free(struct report_shown *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr_storms; i++)
		free(s->storm[i]);
	snapshot_sum__end(&s->sum);
	snapshot__free(&s->sum.snap);
	trace_names__close(s->trace.names);
	folded__free(s->folded);
	lasting__free(&s->stalls);
	free(s);
}

/* Take host and clocks, and show the head. FILE.1 of --max-size begins with the same facts. */
static int start_take(struct report_shown *s, const struct capture_start *start)
{
	struct tm tm;

	if (s->begun)
		return 0;
	s->begun = true;
	s->host = start->host;
	s->started = start->started;
	s->realtime =
		s->started.tv_sec * 1000000000LL + s->started.tv_nsec - (int64_t)s->filter->mono;
	localtime_r(&s->started.tv_sec, &tm);
	s->clock.offset = s->realtime + tm.tm_gmtoff * 1000000000LL;
	s->trace.began = s->filter->mono;
	return s->view->head ? s->view->head(s) : 0;
}

static int record_take(void *ctx, struct capture_record *record)
{
	struct report_shown *s = ctx;

	return record->type == LINE_CAPTURE ? start_take(s, &record->start) :
					      s->view->take(s, record);
}

struct capture_sink report_shown__sink(struct report_shown *s)
{
	return (struct capture_sink){ .types = s->view->types | s->view->also | 1U << LINE_CAPTURE,
				      .parser.cpus_only = s->view->cpus_only,
				      .take = record_take,
				      .ctx = s };
}

int report_shown__end(struct report_shown *s)
{
	return s->view->end && s->begun ? s->view->end(s) : 0;
}

static int summary_show(struct report_shown *s, struct capture_record *record)
{
	const struct view_options view = { .quiet = s->opts->quiet };

	view__summary(&record->snap, &view);
	return 0;
}

static int hist_show(struct report_shown *s, struct capture_record *record)
{
	view__hist(&record->snap, s->opts->quiet);
	return 0;
}

static int folded_add(struct report_shown *s, struct capture_record *record)
{
	return folded__add(s->folded, &record->snap);
}

static int folded_end(struct report_shown *s)
{
	view__folded(s->folded);
	return 0;
}

static void stall_print(const struct report_shown *s, const struct stall_line *stall)
{
	char text[STALL_TEXT];

	fwrite(text, 1, view__stall(text, sizeof(text), &stall->in, stall->id, &s->clock), stdout);
}

/* Print the head of a view whose lines have only a time of the day. */
static int head_print(struct report_shown *s)
{
	if (!s->opts->quiet)
		view__capture_head(&s->host, s->view->name, &s->started);
	return 0;
}

static int stalls_head(struct report_shown *s)
{
	head_print(s);
	putchar('\n');
	return 0;
}

static int stalls_take(struct report_shown *s, struct capture_record *record)
{
	if (record->type == LINE_STALLS_END)
		view__stalls_end(&record->stalls_end);
	/* As in `stalls`, do not print a covered stall: the report of its cause names it. */
	else if (!record->stall.in.covered)
		stall_print(s, &record->stall);
	return 0;
}

/* Show every wait, also one that another stall's report names. */
static int waits_take(struct report_shown *s, struct capture_record *record)
{
	if (record->type == LINE_STALLS_END) {
		s->totals = record->stalls_end;
		s->counted = true;
	} else if (record->stall.in.phase == PHASE_WAIT) {
		stall_print(s, &record->stall);
		s->waits++;
	} else {
		s->stalls_seen++;
	}
	return 0;
}

static int waits_end(struct report_shown *s)
{
	if (!s->waits && !s->opts->quiet)
		view__no_wait(s->counted ? &s->totals : NULL, s->stalls_seen);
	return 0;
}

/*
 * Count a storm. A storm that is not over gets its second line at the end of the run: that line
 * says that the storm lasts.
 */
static void count_storm(struct report_shown *s, struct storm *storm)
{
	if (storm->news == STORM_BEGAN && storm->id <= s->last_storm)
		storm->news = STORM_LASTS;
	if (storm->id > s->last_storm)
		s->last_storm = storm->id;
	s->stormy |= !storm->note;
}

static int storms_take(struct report_shown *s, struct capture_record *record)
{
	struct storm_line *line = &record->storm;

	if (record->type == LINE_SNAPSHOT)
		s->calm.seconds += window__seconds(&record->snap.window);
	if (record->type == LINE_NO_STORM)
		s->calm = record->no_storm;
	if (record->type != LINE_STORM)
		return 0;
	count_storm(s, &line->storm);
	if (line->storm.news == STORM_BEGAN)
		view__storm(&line->storm, &line->evidence, s->realtime);
	else
		view__storm_over(&line->storm, s->realtime);
	return 0;
}

static int storms_end(struct report_shown *s)
{
	if (!s->stormy && !s->opts->quiet)
		view__no_storm(&s->calm);
	return 0;
}

static int trace_head(struct report_shown *s)
{
	if (!s->opts->quiet)
		view__trace_head(&s->trace, &s->host, &s->started, &s->lines);
	return s->lines.err;
}

static int trace_take(struct report_shown *s, struct capture_record *record)
{
	if (record->type == LINE_TRACE_END) {
		if (s->filter->any)
			fail(EXIT_DONE, "%s shown, by the filters; in the whole capture:",
			     words__number(s->records, "record").s);
		view__trace_end(stderr, &record->trace_end);
		return s->lines.err;
	}
	s->record = &record->ipi;
	s->records++;
	view__trace(&s->trace, &record->ipi.record, &s->lines);
	s->record = NULL;
	return s->lines.err;
}

static int trace_end(struct report_shown *s)
{
	return lines__flush(&s->lines);
}

/* Add a window to the sum of all windows. */
static int sum_add(struct report_shown *s, struct capture_record *record)
{
	record->snap.host = &s->host;
	s->windows++;
	return snapshot_sum__add(&s->sum, &record->snap);
}

/* Print the head of the sum of all windows. Without one, the capture's first line has the host. */
static void sum_head(struct report_shown *s)
{
	if (s->opts->quiet)
		return;
	if (!s->windows) {
		s->sum.snap.host = &s->host;
		s->sum.snap.window.start = s->started;
	}
	view__report_head(&s->sum.snap, s->windows);
}

/* Print the sum of all windows as the view shows it. */
static int sum_end(struct report_shown *s)
{
	const struct view_options view = { .quiet = true };

	snapshot_sum__end(&s->sum);
	sum_head(s);
	if (s->windows)
		s->view->print(&s->sum.snap, &view);
	return 0;
}

/* Keep the longest stalls, each in its last state. */
static int worst_keep(struct report_shown *s, const struct capture_record *record)
{
	const struct stall_line *stall = &record->stall;
	size_t i = 0;
	int err = lasting__report(&s->stalls, &record->report, record->line);

	if (err < 0)
		return err == -ENOMEM ? err : 0;
	while (i < s->nr_worst && s->worst[i].id != stall->id)
		i++;
	/* Remove an earlier report of the same stall, made while it lasted. */
	if (i < s->nr_worst)
		memmove(&s->worst[i], &s->worst[i + 1], (--s->nr_worst - i) * sizeof(*stall));
	if (stall->in.covered)
		return 0;
	for (i = 0; i < s->nr_worst; i++)
		if (incident__duration(&stall->in) > incident__duration(&s->worst[i].in))
			break;
	if (i == STALLS_SHOWN)
		return 0;
	if (s->nr_worst < STALLS_SHOWN)
		s->nr_worst++;
	memmove(&s->worst[i + 1], &s->worst[i], (s->nr_worst - 1 - i) * sizeof(*stall));
	s->worst[i] = *stall;
	return 0;
}

static bool storm_leads(const struct storm *storm, const struct storm *than)
{
	if (storm->note != than->note)
		return than->note;
	return storm->cost.share > than->cost.share;
}

static int storm_keep(struct report_shown *s, struct storm_line *line)
{
	struct shown_storm *shown;
	size_t i = s->nr_storms;
	bool known = line->storm.id <= s->last_storm;

	count_storm(s, &line->storm);
	if (known) {
		/* The last line of a storm that is shown says for how long the storm lasted. */
		for (i = 0; i < s->nr_storms; i++) {
			shown = s->storm[i];
			if (shown->line.storm.id != line->storm.id)
				continue;
			shown->over = line->storm;
			shown->over.src = shown->over.dst = NULL;
		}
		return 0;
	}
	s->storms++;
	s->notes += line->storm.note;
	while (i && storm_leads(&line->storm, &s->storm[i - 1]->line.storm))
		i--;
	if (i == STORMS_SHOWN)
		return 0;
	shown = calloc(1, sizeof(*shown));
	if (!shown)
		return -ENOMEM;
	shown->line = *line;
	shown->line.storm.src = shown->line.counts_src;
	shown->line.storm.dst = shown->line.counts_dst;
	if (s->nr_storms == STORMS_SHOWN)
		free(s->storm[--s->nr_storms]);
	memmove(&s->storm[i + 1], &s->storm[i], (s->nr_storms++ - i) * sizeof(*s->storm));
	s->storm[i] = shown;
	return 0;
}

static int page_take(struct report_shown *s, struct capture_record *record)
{
	switch (record->type) {
	case LINE_SNAPSHOT:
		return sum_add(s, record);
	case LINE_STALL:
		return worst_keep(s, record);
	case LINE_STORM:
		return storm_keep(s, &record->storm);
	case LINE_STALLS_END:
		s->totals = record->stalls_end;
		return 0;
	case LINE_CAPTURE_END:
		s->stalls_dropped = record->stalls_dropped;
		return 0;
	case LINE_NO_STORM:
		s->calm = record->no_storm;
		s->calm.nearest.judged = s->calm.nearest.worst = true;
		return 0;
	case LINE_TRIGGER:
		s->trigger = record->trigger;
		s->from = record->from;
		s->triggered = true;
		return 0;
	default:
		return 0;
	}
}

static int page_end(struct report_shown *s)
{
	const struct view_options view = { .quiet = true };
	const char *names[STORMS_SHOWN];
	size_t nr = 0;
	int err;

	snapshot_sum__end(&s->sum);
	err = snapshot__rank(&s->sum.snap);
	if (err)
		return err;
	sum_head(s);
	/* A note is no storm here, as on the first page of a live run. */
	for (; nr < s->nr_storms && !s->storm[nr]->line.storm.note; nr++)
		names[nr] = storm_words__name(&s->storm[nr]->line.storm);
	if (s->windows)
		err = view__report_cost(&s->sum.snap,
					s->calm.nearest.known ? &s->calm.nearest : NULL,
					s->storms - s->notes, names, nr);
	if (err)
		return err;
	if (s->triggered)
		view__report_trigger(&s->trigger,
				     s->trigger.time > s->from ? s->trigger.time - s->from : 0,
				     &s->clock);
	if (s->windows)
		view__summary(&s->sum.snap, &view);
	view__report_stalls(lasting__nr(&s->stalls), lasting__secondary(&s->stalls), s->nr_worst,
			    s->totals.threshold, s->stalls_dropped);
	for (size_t i = 0; i < s->nr_worst; i++) {
		struct stall_line *stall = &s->worst[i];

		stall->in.targets = stall->times;
		if (stall->in.backtrace)
			stall->in.backtrace = &stall->backtrace;
		stall_print(s, stall);
	}
	view__report_storms(s->storms, s->notes, s->nr_storms);
	for (size_t i = 0; i < s->nr_storms; i++) {
		const struct shown_storm *shown = s->storm[i];

		view__storm(&shown->line.storm, &shown->line.evidence, s->realtime);
		if (shown->over.id)
			view__storm_over(&shown->over, s->realtime);
	}
	return 0;
}

static const struct report_view views[] = {
	{ .name = "summary", .types = 1U << LINE_SNAPSHOT, .take = summary_show },
	{ .name = "calls",
	  .types = 1U << LINE_SNAPSHOT,
	  .take = sum_add,
	  .end = sum_end,
	  .print = view__calls },
	{ .name = "hist", .types = 1U << LINE_SNAPSHOT, .take = hist_show },
	{ .name = "stalls",
	  .types = 1U << LINE_STALL | 1U << LINE_STALLS_END,
	  .by_csd = true,
	  .head = stalls_head,
	  .take = stalls_take },
	{ .name = "waits",
	  .types = 1U << LINE_STALL,
	  .also = 1U << LINE_STALLS_END,
	  .by_csd = true,
	  .head = stalls_head,
	  .take = waits_take,
	  .end = waits_end },
	{ .name = "storm",
	  .types = 1U << LINE_STORM | 1U << LINE_NO_STORM,
	  .also = 1U << LINE_SNAPSHOT,
	  .cpus_only = true,
	  .head = head_print,
	  .take = storms_take,
	  .end = storms_end },
	{ .name = "trace",
	  .types = 1U << LINE_IPI | 1U << LINE_TRACE_END,
	  .by_csd = true,
	  .traced = true,
	  .head = trace_head,
	  .take = trace_take,
	  .end = trace_end },
};

static const struct report_view everything = { .types = ~FILE_TYPES };

static const struct report_view page = {
	.types = 1U << LINE_SNAPSHOT | 1U << LINE_STALL | 1U << LINE_STORM | 1U << LINE_TRIGGER,
	.also = 1U << LINE_NO_STORM | 1U << LINE_STALLS_END | 1U << LINE_CAPTURE_END,
	.take = page_take,
	.end = page_end,
};

static const struct report_view folded = {
	.types = 1U << LINE_SNAPSHOT,
	.take = folded_add,
	.end = folded_end,
};

const struct report_view *report_view__named(const char *name)
{
	for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++)
		if (!strcmp(views[i].name, name))
			return &views[i];
	return NULL;
}

const struct report_view *report_view__of(const struct options *opts)
{
	if (opts->folded)
		return &folded;
	if (opts->nr_operands < 2)
		return opts->json ? &everything : &page;
	return report_view__named(opts->operands[1]);
}
