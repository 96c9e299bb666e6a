// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"
#include "view/words/words.h"
#include "view/table/table.h"

/* Stalls and storms on the page. */
#define STALLS_SHOWN 5
#define STORMS_SHOWN 5

/* A storm of the page. */
struct shown_storm {
	struct parsed_storm parsed; /* by its first line */
	struct storm over; /* by its last line, without CPUs; id 0: there is no such line */
};

struct report_shown {
	const struct options *opts;
	struct strings *strings;
	struct host host;
	struct timespec started; /* the capture's beginning */
	struct wall_clock clock; /* local time less the capture's CLOCK_MONOTONIC */
	int64_t realtime; /* CLOCK_REALTIME less the capture's CLOCK_MONOTONIC */
	uint64_t last_storm; /* the highest id so far */
	bool stormy; /* one of these storms was no note */
	uint64_t waits; /* waits that the view showed */
	uint64_t stalls_seen; /* other stalls, which the view left out */
	bool counted; /* the capture has `totals` */
	struct stall_totals totals;
	uint64_t stalls_dropped; /* by the last line of the file: reports that found no room */
	struct calm calm; /* the figures of a run without a storm, or only its length */
	/* Used by the views of records. */
	struct lines lines;
	struct trace_view trace;
	struct record_names *names;
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
	struct parsed_stall worst[STALLS_SHOWN]; /* the longest first */
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

struct report_shown *report_shown__new(const struct options *opts)
{
	struct report_shown *s = calloc(1, sizeof(*s));
	struct naming naming = { s, name_record, NULL };

	if (!s)
		return NULL;
	s->opts = opts;
	s->strings = strings__new();
	s->folded = folded__new();
	s->trace.names = trace_names__open(&naming);
	s->names = record_names__new(s->strings);
	s->trace.sees_interrupts = true;
	s->trace.columns = redraw__size().columns;
	s->lines.fd = STDOUT_FILENO;
	if (s->strings && s->folded && s->trace.names && s->names)
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
	snapshot__free(&s->sum.snap);
	trace_names__close(s->trace.names);
	record_names__free(s->names);
	folded__free(s->folded);
	lasting__free(&s->stalls);
	strings__free(s->strings);
	free(s);
}

struct record_names *report_shown__names(struct report_shown *s)
{
	return s->names;
}

bool report_shown__short(const struct report_shown *s)
{
	return strings__short(s->strings);
}

void report_shown__head(struct report_shown *s, const json_t *object,
			const struct report_filter *filter)
{
	struct tm tm;

	parse__host(json_object_get(object, "host"), &s->host);
	s->started = filter->started;
	s->realtime = s->started.tv_sec * 1000000000LL + s->started.tv_nsec - (int64_t)filter->mono;
	localtime_r(&s->started.tv_sec, &tm);
	s->clock.offset = s->realtime + tm.tm_gmtoff * 1000000000LL;
	s->trace.began = filter->mono;
}

int report_shown__line(struct report_shown *s, const struct report_view *view, const json_t *object,
		       enum line_type type)
{
	struct snapshot snap;
	struct host host;
	int err;

	if (type != LINE_SNAPSHOT || !view->window)
		return view->line ? view->line(s, object, type) : 0;
	err = parse__snapshot(s->strings, object, &snap, &host);
	if (err)
		return err;
	err = view->window(s, &snap);
	snapshot__free(&snap);
	return err;
}

static int summary_show(struct report_shown *s, struct snapshot *snap)
{
	const struct view_options view = { .quiet = s->opts->quiet };

	view__summary(snap, &view);
	return 0;
}

static int hist_show(struct report_shown *s, struct snapshot *snap)
{
	view__hist(snap, s->opts->quiet);
	return 0;
}

static int folded_add(struct report_shown *s, struct snapshot *snap)
{
	return folded__add(s->folded, snap);
}

static int folded_end(struct report_shown *s)
{
	view__folded(s->folded);
	return 0;
}

static void stall_print(const struct report_shown *s, const struct parsed_stall *stall)
{
	char text[STALL_TEXT];

	fwrite(text, 1, view__stall(text, sizeof(text), &stall->incident, stall->id, &s->clock),
	       stdout);
}

/* Print the head of a view whose lines have only a time of the day. */
static void print_view_head(const struct report_shown *s, const char *view)
{
	if (!s->opts->quiet)
		view__capture_head(&s->host, view, &s->started);
}

/* Take a line of @view, which shows stalls. Returns whether the line is of a stall, which is *@stall then. */
static bool take_stall(struct report_shown *s, const char *view, const json_t *object,
		       enum line_type type, struct parsed_stall *stall)
{
	if (type == LINE_CAPTURE) {
		print_view_head(s, view);
		putchar('\n');
	}
	if (type == LINE_STALLS_END) {
		parse__stalls_end(object, &s->totals);
		s->counted = true;
	}
	if (type == LINE_STALL)
		parse__stall(s->strings, object, stall);
	return type == LINE_STALL;
}

static int stalls_line(struct report_shown *s, const json_t *object, enum line_type type)
{
	struct parsed_stall stall;

	/* As in `stalls`, do not print a covered stall: the report of its cause names it. */
	if (take_stall(s, "stalls", object, type, &stall) && !stall.incident.covered)
		stall_print(s, &stall);
	if (type == LINE_STALLS_END)
		view__stalls_end(&s->totals);
	return 0;
}

/* Show every wait, also one that another stall's report names. */
static int waits_line(struct report_shown *s, const json_t *object, enum line_type type)
{
	struct parsed_stall stall;

	if (!take_stall(s, "waits", object, type, &stall))
		return 0;
	if (stall.incident.phase == PHASE_WAIT) {
		stall_print(s, &stall);
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

static void storm_parse(struct report_shown *s, const json_t *object, struct parsed_storm *storm)
{
	const char *name = parse__text(object, "name");

	parse__storm(object, name ? signature__named(name) : NULL, cpuset__count(&s->host.online),
		     storm);
	/*
	 * A storm that is not over gets its second line at the end of the run: that line says that
	 * the storm lasts.
	 */
	if (storm->storm.news == STORM_BEGAN && storm->storm.id <= s->last_storm)
		storm->storm.news = STORM_LASTS;
	if (storm->storm.id > s->last_storm)
		s->last_storm = storm->storm.id;
	s->stormy |= !storm->storm.note;
}

static int storm_line(struct report_shown *s, const json_t *object, enum line_type type)
{
	struct parsed_storm *storm;
	const json_t *window = json_object_get(object, "window");

	if (type == LINE_CAPTURE)
		print_view_head(s, "storm");
	if (type == LINE_SNAPSHOT)
		s->calm.seconds += parse__real(window, "duration_s");
	if (type == LINE_NO_STORM)
		parse__calm(s->strings, object, cpuset__count(&s->host.online), &s->calm);
	if (type != LINE_STORM)
		return 0;
	storm = malloc(sizeof(*storm));
	if (!storm)
		return -ENOMEM;
	storm_parse(s, object, storm);
	if (storm->storm.news == STORM_BEGAN)
		view__storm(&storm->storm, &storm->evidence, s->realtime);
	else
		view__storm_over(&storm->storm, s->realtime);
	free(storm);
	return 0;
}

static int storm_end(struct report_shown *s)
{
	if (!s->stormy && !s->opts->quiet)
		view__no_storm(&s->calm);
	return 0;
}

static int trace_line(struct report_shown *s, const json_t *object, enum line_type type)
{
	struct report_filter filter = {};
	struct trace_totals totals;

	if (type == LINE_CAPTURE && !s->opts->quiet)
		view__trace_head(&s->trace, &s->host, &s->started, &s->lines);
	if (type == LINE_TRACE_END) {
		parse__trace_end(object, &totals);
		report_filter__open(&filter, s->opts);
		if (filter.any)
			fail(EXIT_DONE, "%s shown, by the filters; in the whole capture:",
			     words__number(s->records, "record").s);
		view__trace_end(stderr, &totals);
	}
	return s->lines.err;
}

static int trace_record(struct report_shown *s, const struct parsed_record *parsed)
{
	s->record = parsed;
	s->records++;
	view__trace(&s->trace, &parsed->record, &s->lines);
	s->record = NULL;
	return s->lines.err;
}

static int trace_end(struct report_shown *s)
{
	return lines__flush(&s->lines);
}

/* Add a window to the sum of all windows. */
static int sum_add(struct report_shown *s, struct snapshot *snap)
{
	snap->host = &s->host;
	s->windows++;
	return snapshot_sum__add(&s->sum, snap);
}

static int calls_end(struct report_shown *s)
{
	const struct view_options view = { .quiet = true };

	if (!s->opts->quiet)
		view__report_head(&s->sum.snap, s->windows);
	if (s->windows)
		view__calls(&s->sum.snap, &view);
	return 0;
}

/* Keep the longest stalls, each in its last state. */
static int worst_take(struct report_shown *s, const json_t *object)
{
	struct parsed_stall stall;
	size_t i = 0;
	int err = lasting__report(&s->stalls, (json_t *)object);

	if (err < 0)
		return err == -ENOMEM ? err : 0;
	parse__stall(s->strings, object, &stall);
	while (i < s->nr_worst && s->worst[i].id != stall.id)
		i++;
	/* Remove an earlier report of the same stall, made while it lasted. */
	if (i < s->nr_worst)
		memmove(&s->worst[i], &s->worst[i + 1], (--s->nr_worst - i) * sizeof(stall));
	if (stall.incident.covered)
		return 0;
	for (i = 0; i < s->nr_worst; i++)
		if (incident__duration(&stall.incident) > incident__duration(&s->worst[i].incident))
			break;
	if (i == STALLS_SHOWN)
		return 0;
	if (s->nr_worst < STALLS_SHOWN)
		s->nr_worst++;
	memmove(&s->worst[i + 1], &s->worst[i], (s->nr_worst - 1 - i) * sizeof(stall));
	s->worst[i] = stall;
	return 0;
}

static bool storm_leads(const struct storm *storm, const struct storm *than)
{
	if (storm->note != than->note)
		return than->note;
	return storm->cost.share > than->cost.share;
}

/* Keep the last line of a storm that is shown: the line says for how long the storm lasted. */
static int storm_over_take(struct report_shown *s, const json_t *object)
{
	struct parsed_storm *storm = malloc(sizeof(*storm));

	if (!storm)
		return -ENOMEM;
	storm_parse(s, object, storm);
	for (size_t i = 0; i < s->nr_storms; i++) {
		if (s->storm[i]->parsed.storm.id != storm->storm.id)
			continue;
		s->storm[i]->over = storm->storm;
		s->storm[i]->over.src = s->storm[i]->over.dst = NULL;
	}
	free(storm);
	return 0;
}

static int storm_take(struct report_shown *s, const json_t *object)
{
	struct shown_storm *storm;
	size_t i = s->nr_storms;

	if (parse__number(object, "id") <= s->last_storm)
		return storm_over_take(s, object);
	storm = calloc(1, sizeof(*storm));
	if (!storm)
		return -ENOMEM;
	storm_parse(s, object, &storm->parsed);
	s->storms++;
	s->notes += storm->parsed.storm.note;
	while (i && storm_leads(&storm->parsed.storm, &s->storm[i - 1]->parsed.storm))
		i--;
	if (i == STORMS_SHOWN) {
		free(storm);
		return 0;
	}
	if (s->nr_storms == STORMS_SHOWN)
		free(s->storm[--s->nr_storms]);
	memmove(&s->storm[i + 1], &s->storm[i], (s->nr_storms++ - i) * sizeof(*s->storm));
	s->storm[i] = storm;
	return 0;
}

static int page_line(struct report_shown *s, const json_t *object, enum line_type type)
{
	switch (type) {
	case LINE_STALL:
		return worst_take(s, object);
	case LINE_STORM:
		return storm_take(s, object);
	case LINE_STALLS_END:
		parse__stalls_end(object, &s->totals);
		return 0;
	case LINE_CAPTURE_END:
		s->stalls_dropped = parse__number(object, "stalls_dropped");
		return 0;
	case LINE_NO_STORM:
		parse__calm(s->strings, object, cpuset__count(&s->host.online), &s->calm);
		s->calm.nearest.judged = s->calm.nearest.worst = true;
		return 0;
	case LINE_TRIGGER:
		parse__trigger(object, &s->trigger, &s->from);
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
	int err = snapshot__rank(&s->sum.snap);

	if (err)
		return err;
	if (!s->opts->quiet)
		view__report_head(&s->sum.snap, s->windows);
	/* A note is no storm here, as on the first page of a live run. */
	for (; nr < s->nr_storms && !s->storm[nr]->parsed.storm.note; nr++)
		names[nr] = storm_words__name(&s->storm[nr]->parsed.storm);
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
		s->worst[i].incident.targets = s->worst[i].targets;
		stall_print(s, &s->worst[i]);
	}
	view__report_storms(s->storms, s->notes, s->nr_storms);
	for (size_t i = 0; i < s->nr_storms; i++) {
		const struct shown_storm *shown = s->storm[i];

		view__storm(&shown->parsed.storm, &shown->parsed.evidence, s->realtime);
		if (shown->over.id)
			view__storm_over(&shown->over, s->realtime);
	}
	return 0;
}

static const struct report_view views[] = {
	{ .name = "summary", .types = 1U << LINE_SNAPSHOT, .window = summary_show },
	{ .name = "calls", .types = 1U << LINE_SNAPSHOT, .window = sum_add, .end = calls_end },
	{ .name = "hist", .types = 1U << LINE_SNAPSHOT, .window = hist_show },
	{ .name = "stalls",
	  .types = 1U << LINE_STALL | 1U << LINE_STALLS_END,
	  .by_csd = true,
	  .line = stalls_line },
	{ .name = "waits",
	  .types = 1U << LINE_STALL,
	  .also = 1U << LINE_STALLS_END,
	  .by_csd = true,
	  .line = waits_line,
	  .end = waits_end },
	{ .name = "storm",
	  .types = 1U << LINE_STORM | 1U << LINE_NO_STORM,
	  .also = 1U << LINE_SNAPSHOT,
	  .line = storm_line,
	  .end = storm_end },
	{ .name = "trace",
	  .types = 1U << LINE_IPI | 1U << LINE_TRACE_END,
	  .by_csd = true,
	  .traced = true,
	  .line = trace_line,
	  .record = trace_record,
	  .end = trace_end },
};

static const struct report_view everything = { .types = ~FILE_TYPES };

static const struct report_view page = {
	.types = 1U << LINE_SNAPSHOT | 1U << LINE_STALL | 1U << LINE_STORM | 1U << LINE_TRIGGER,
	.also = 1U << LINE_NO_STORM | 1U << LINE_STALLS_END | 1U << LINE_CAPTURE_END,
	.window = sum_add,
	.line = page_line,
	.end = page_end,
};

static const struct report_view folded = {
	.types = 1U << LINE_SNAPSHOT,
	.window = folded_add,
	.end = folded_end,
};

const struct report_view *report_view__of(const struct options *opts)
{
	if (opts->folded)
		return &folded;
	if (opts->nr_operands < 2)
		return opts->json ? &everything : &page;
	for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++)
		if (!strcmp(views[i].name, opts->operands[1]))
			return &views[i];
	return NULL;
}
