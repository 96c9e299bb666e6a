// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"
#include "view/html/page.h"

/* Returns 0, or the negative errno of a write that failed: only -EPIPE is a reader that is gone. */
static int check_stdout(void)
{
	return ferror(stdout) ? output__flush() : 0;
}

/* Print a line; only its keys in @keys if it is a record. 0 or a negative errno. */
static int text_print(const struct capture_line *line, const struct key_list *keys,
		      const char *text, size_t len)
{
	char *record, *end;

	if (!keys->nr || line->type != LINE_IPI) {
		fwrite(text, 1, len, stdout);
		return 0;
	}
	record = malloc(json_keys__room(keys, len));
	if (!record)
		return -ENOMEM;
	end = json_keys__write(record, keys, text, len);
	if (end)
		fwrite(record, 1, end - record, stdout);
	free(record);
	return end ? 0 : -EBADMSG;
}

/*
 * Print a line, unchanged if ipitrace itself could have written it, else with escapes for what is
 * not printable ASCII; only the @keys of a record.
 */
static int line_print(const struct capture_line *line, const struct key_list *keys)
{
	struct bounds_fault fault;
	size_t len = line->len;
	char *escaped = NULL;
	int err;

	if (!json_ascii__is(line->text, line->len)) {
		/* Check the line of a record here, because the reader did not. */
		if (line->type == LINE_IPI && !bounds__check(line->text, line->len, &fault))
			return -EBADMSG;
		escaped = malloc(JSON_ASCII_GROWTH * line->len);
		if (!escaped)
			return -ENOMEM;
		len = json_ascii__write(escaped, line->text, line->len);
	}
	err = text_print(line, keys, escaped ? escaped : line->text, len);
	free(escaped);
	if (!err)
		putchar('\n');
	return err ? err : check_stdout();
}

static int record_print(void *ctx, struct capture_record *record)
{
	const struct report_work *work = ctx;

	return line_print(record->line, &work->opts->keys);
}

/* Hand a line to the sink. A capture_line_fn. */
static int take_line(void *ctx, const struct capture_line *line)
{
	struct report_work *work = ctx;
	int err;

	work->traced |= line->type == LINE_IPI || line->type == LINE_TRACE_END;
	err = capture_sink__line(&work->sink, line);
	return err ? err : check_stdout();
}

/* Read the file into work->sink. Returns an exit status. */
static int sink_fill(struct report_work *work)
{
	int err = capture_sink__open(&work->sink);

	if (err)
		return output_status(err);
	if (work->filter.any) {
		work->sink.filter = &work->filter;
		work->sink.passes = report_filter__passes;
	}
	return report_filter__read(&work->filter, work->opts, &work->inputs[0], take_line, work);
}

static int lines_print(struct report_work *work)
{
	work->sink = (struct capture_sink){
		.types = work->view->types, .lines_only = true, .take = record_print, .ctx = work
	};
	return sink_fill(work);
}

static int lines_show(struct report_work *work)
{
	struct report_shown *shown = report_shown__new(work->view, work->opts, &work->filter);
	int status, err;

	if (!shown)
		return output_status(-ENOMEM);
	work->sink = report_shown__sink(shown);
	status = sink_fill(work);
	err = output_status(report_shown__end(shown));
	report_shown__free(shown);
	return status == EXIT_DONE ? err : status;
}

static int view_make(struct report_work *work)
{
	int status = work->opts->json ? lines_print(work) : lines_show(work);

	capture_sink__close(&work->sink);
	/* A capture may have no line of the view: with --json no line is an answer, too. */
	if (status == EXIT_DONE && work->view->traced && !work->traced)
		return fail(work->opts->json ? EXIT_DONE : EXIT_FAILED,
			    "%s: has no records of single csds: use record --trace",
			    work->opts->operands[0]);
	return status;
}

/* Percent. */
#define TOLERANCE_DEFAULT 10

/* More words than any user writes. */
#define ASKED_WORDS 256

/* The options with which a capture was recorded. */
struct asked {
	bool known; /* the capture's first line has them */
	bool filtered; /* a window has only the csds that pass a filter */
	struct options opts;
};

struct comparison {
	struct capture_sink sink;
	struct asked asked[2]; /* by capture */
	struct report_filter filter; /* of the capture that is being read */
	struct diff diff;
	int which; /* the capture that is being read */
	struct diff_seen seen[2]; /* by capture */
	bool named[2]; /* the capture has a function with a name */
	bool runs; /* the first capture knows how long functions ran */
	bool calls; /* a window of the first capture has calls in the place of csds */
	uint64_t until; /* end of the capture's window before, CLOCK_MONOTONIC ns; 0: none */
};

/* A longer time without a window is long enough for a storm: two intervals. */
#define GAP_MAX (2 * STORM_INTERVAL_NS)

/* Csds that were queued before a run began may run in it, on machines of any size. */
#define ORPHANS_MAX 64

/* Note what a file has, or had to have, and no figure compares. */
static void miss_uncompared(struct sight *sight, const struct diff_seen *seen, const char *file)
{
	sight__miss(sight, seen->unnamed, 0,
		    "of %" PRIu64 " csds in the %s file %" PRIu64 " have a function without a name",
		    seen->queued, file, seen->unnamed);
	sight__miss(sight, seen->rowless, 0,
		    "of %" PRIu64 " csds in the %s file %" PRIu64 " have a function without a row",
		    seen->queued, file, seen->rowless);
	sight__miss(sight, seen->hidden, 0, "the kernel hid the queueing of %s in the %s file",
		    words__number(seen->hidden, "csd").s, file);
	sight__miss(sight, seen->sends_unseen, 0,
		    "the kernel hid the sending of %s without a csd in the %s file",
		    words__number(seen->sends_unseen, "interrupt").s, file);
	sight__miss(sight, seen->waits_unseen, 0,
		    "%s of the %s file could not be followed to the end",
		    words__number(seen->waits_unseen, "wait").s, file);
}

/*
 * The finest figure that is compared is a 99th percentile: if less than one csd in a hundred was
 * lost, and less than a hundredth of the time, no rise can be hidden.
 */
struct sight diff_sight(const struct diff_seen *seen)
{
	struct sight sight = { .found = seen->rose, .fewest = seen->queued / 100 + 1 };
	const char *file = seen->first ? "first" : "second";

	sight__miss(&sight, seen->lost, 0,
		    "of %" PRIu64 " csds in the %s file %" PRIu64 " could not be followed",
		    seen->queued, file, seen->lost);
	if (seen->orphans > seen->queued / 100 + ORPHANS_MAX)
		sight__miss(&sight, seen->orphans, 0,
			    "%s of the %s file ran, and had not been seen queued",
			    words__number(seen->orphans, "csd").s, file);
	sight__miss(&sight, seen->events_unread, 0, "%s of the %s file could not be read",
		    words__number(seen->events_unread, "event").s, file);
	/* The csds of these events count as lost if another event shows them. */
	if (seen->events_lost > seen->lost)
		sight__miss(&sight, seen->events_lost - seen->lost, 0,
			    "the tracer of the %s file lost %s", file,
			    words__number(seen->events_lost, "event").s);
	if (seen->events_gaps)
		sight__miss_time(&sight, 0, "the tracer of the %s file lost events in %s", file,
				 words__number(seen->events_gaps, "place").s);
	if (seen->left_out)
		sight__miss_time(&sight, 0, "the other part of the %s file was left out", file);
	if (seen->cut)
		sight__miss_time(&sight, 0, "the %s file ends early", file);
	miss_uncompared(&sight, seen, file);
	if (seen->detached)
		sight__miss_time(&sight, 0, "a program was detached while the %s file was recorded",
				 file);
	if (seen->stretched)
		sight__miss_time(
			&sight, 0,
			"a window of the %s file lasted %s, in which a storm may be averaged away",
			file, view__duration(seen->stretched).s);
	if (seen->gaps >= GAP_MAX || seen->gaps > seen->ns / 100)
		sight__miss_time(&sight, 0, "the %s file has no window for %s", file,
				 view__duration(seen->gaps).s);
	if (seen->paused > seen->ns / 100)
		sight__miss_time(&sight, 0, "the %s file has no event for %s", file,
				 view__duration(seen->paused).s);
	if (seen->lines_missing)
		sight__miss_time(&sight, 0,
				 "of %" PRIu64 " lines of the %s file %" PRIu64 " are missing",
				 seen->lines, file, seen->lines_missing);
	if (seen->other_source)
		sight__miss_time(&sight, 0, "one file has csds, and the other one calls");
	if (seen->filter)
		sight__miss_time(&sight, 0, "the second file's %s is not the first file's",
				 seen->filter);
	if (seen->unsearched)
		sight__miss_time(&sight, 0, "only the first file was searched for storms");
	if (seen->storm_limits)
		sight__miss_time(&sight, 0,
				 "the second file was recorded with higher limits of storms");
	return sight;
}

/* Read the options in @line, a capture's first line. Returns 0 or -ENOMEM. */
static int asked_take(struct asked *asked, const struct capture_line *line)
{
	json_t *object = capture_line__object(line);
	const json_t *words = json_object_get(object, "options");
	size_t nr = json_array_size(words);
	char *argv[ASKED_WORDS + 2] = { "ipitrace" }, why[256];

	asked->known = json_is_array(words) && nr <= ASKED_WORDS;
	for (size_t i = 0; i < nr && asked->known; i++) {
		const char *word = json_string_value(json_array_get(words, i));

		/* The parser moves words, and changes none. */
		argv[i + 1] = (char *)(word ?: "");
	}
	asked->known = asked->known &&
		       !options__parse(&asked->opts, nr + 1, argv, why, sizeof(why));
	json_decref(object);
	return object ? 0 : -ENOMEM;
}

static bool has_same_cpus(const struct cpu_list *a, const struct cpu_list *b)
{
	return a->given == b->given && !memcmp(&a->set, &b->set, sizeof(a->set));
}

static bool has_same_func(const struct options *a, const struct options *b)
{
	return a->func && b->func && !strcmp(a->func, b->func);
}

/*
 * Returns a filter of the second capture that neither the first capture nor the comparison, with
 * the options @opts, has; NULL: there is none.
 */
static const char *find_filter(const struct asked asked[2], const struct options *opts)
{
	const struct options *first = &asked[0].opts, *second = &asked[1].opts;
	const struct {
		const char *name;
		const struct cpu_list *first, *second, *own;
	} lists[] = { { "--cpus", &first->cpus, &second->cpus, &opts->cpus },
		      { "--src", &first->src, &second->src, &opts->src },
		      { "--dst", &first->dst, &second->dst, &opts->dst } };

	/* Windows show whether there was a filter, and not which. */
	if (!asked[1].known)
		return asked[1].filtered && !asked[0].filtered ? "filter" : NULL;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (lists[i].second->given && !has_same_cpus(lists[i].second, lists[i].first) &&
		    !has_same_cpus(lists[i].second, lists[i].own))
			return lists[i].name;
	if (second->func && !has_same_func(second, first) && !has_same_func(second, opts))
		return "--func";
	return second->pid && second->pid != first->pid ? "--pid" : NULL;
}

/* Whether storms of the second capture had to exceed a higher limit than those of the first. */
static bool has_higher_limits(const struct asked asked[2])
{
	struct storm_limits first = options_limits__storm(&asked[0].opts),
			    second = options_limits__storm(&asked[1].opts);

	return second.rate > first.rate || second.share > first.share || second.rise > first.rise;
}

/*
 * Returns the csds that were not followed; with @runs, to the end of their functions. A ledger that
 * does not close lacks a figure: the csds for which it does not account count, too.
 */
static uint64_t csds_lost(const struct ledger *ledger, bool runs)
{
	uint64_t all = ledger->queued + ledger->carried_in, lost = ledger__lost(ledger);
	uint64_t known = ledger__matched(ledger) + ledger->in_flight;

	if (all > known && all - known > lost)
		lost = all - known;
	return lost + (runs ? ledger->exit_unseen : 0);
}

/* Add a window to what the gate saw of its capture. */
static void seen_add(struct comparison *c, const struct snapshot *snap)
{
	const struct window *window = &snap->window;
	struct diff_seen *seen = &c->seen[c->which];
	bool calls = snap->how.source == SOURCE_CALLS;

	seen->queued += calls ? snap->call_ledger.begun : snap->ledger.queued;
	seen->lost += calls ? call_ledger__lost(&snap->call_ledger) :
			      csds_lost(&snap->ledger, c->runs);
	seen->orphans += calls ? 0 : snap->ledger.orphans;
	seen->hidden += calls ? snap->call_ledger.filter_unseen : snap->ledger.filter_unseen;
	seen->sends_unseen += snap->sends_unseen;
	seen->waits_unseen += snap->waits_unseen;
	seen->other_source |= c->which && calls != c->calls;
	if (c->until && window->mono_start > c->until)
		seen->gaps += window->mono_start - c->until;
	if (window->mono_end > window->mono_start)
		seen->ns += window->mono_end - window->mono_start;
	c->until = window->mono_end;
}

static int window_add(struct comparison *c, const struct snapshot *snap)
{
	c->asked[c->which].filtered |= snap->how.filtered;
	seen_add(c, snap);
	if (!c->which)
		c->calls |= snap->how.source == SOURCE_CALLS;
	for (size_t i = 0; i < snap->nr_cpus && !c->which; i++)
		c->runs |= snap->cpus[i].handler.count;
	/* Count the csds of functions that no row compares. */
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];

		if (fn->other) {
			c->seen[c->which].rowless += fn->count;
			continue;
		}
		c->named[c->which] |= fn->func.name != NULL;
		if (!fn->func.name)
			c->seen[c->which].unnamed += fn->count;
	}
	return diff__window(&c->diff, c->which, snap);
}

/* Add a window; or a storm, unless it is cheap: such a note makes no gate fail. */
static int record_add(void *ctx, struct capture_record *record)
{
	const struct storm_line *line = &record->storm;
	struct comparison *c = ctx;
	const char *func;

	if (record->type == LINE_SNAPSHOT)
		return window_add(c, &record->snap);
	if (record->type == LINE_CAPTURE || line->storm.note)
		return 0;
	func = line->storm.funcs[0].name;
	return diff__storm(&c->diff, c->which, line->name ?: "unknown", *func ? func : NULL,
			   line->rate);
}

/*
 * The last line of a part of a capture says how many lines the part should have. Returns 0 or
 * -ENOMEM.
 */
static int end_take(struct comparison *c, const struct capture_line *line)
{
	json_t *end = capture_line__object(line);
	uint64_t lines = parse__number(end, "lines"), lost = parse__number(end, "lost");
	const json_t *import = json_object_get(end, "import");
	struct diff_seen *seen = &c->seen[c->which];

	if (!end)
		return -ENOMEM;
	seen->events_lost += parse__number(import, "lost");
	seen->events_unread += parse__number(import, "unread");
	if (!parse__number(import, "lost"))
		seen->events_gaps += parse__number(import, "gaps");
	seen->paused += parse__number(import, "paused");
	seen->cut |= json_is_true(json_object_get(import, "cut"));
	seen->detached |= json_is_string(json_object_get(end, "detached"));
	seen->stretched += parse__number(end, "stretched");
	json_decref(end);
	/* Older captures do not say so. */
	if (!lines)
		return 0;
	seen->lines += lines + lost;
	seen->lines_missing += lost + (lines > line->number ? lines - line->number : 0);
	return 0;
}

/* Compare a line of the capture that is being read. A capture_line_fn. */
static int compare_line(void *ctx, const struct capture_line *line)
{
	struct comparison *c = ctx;
	int err = 0;

	c->diff.side[c->which].watched |= line->type == LINE_STORM || line->type == LINE_NO_STORM;
	if (line->type == LINE_CAPTURE)
		err = asked_take(&c->asked[c->which], line);
	else if (line->type == LINE_CAPTURE_END)
		err = end_take(c, line);
	return err ?: capture_sink__line(&c->sink, line);
}

/* Whether --cpus and @side include @cpu. If none of the options is given, returns @all. */
static bool cpu_wanted(const struct options *opts, const struct cpu_list *side, uint32_t cpu,
		       bool all)
{
	if (!opts->cpus.given && !side->given)
		return all;
	return (!opts->cpus.given || cpuset__has(&opts->cpus.set, cpu)) &&
	       (!side->given || cpuset__has(&side->set, cpu));
}

static bool names_cpus(const struct options *opts)
{
	return opts->cpus.given || opts->src.given || opts->dst.given;
}

/* Windows are sums: functions choose among rows of functions, CPUs among those of CPUs. */
static bool wants_figure(const void *ctx, enum diff_group group, const char *func, uint32_t cpu)
{
	const struct options *opts = ctx;
	bool cpus = names_cpus(opts), all = !cpus && !opts->func;

	switch (group) {
	case DIFF_SENDERS:
		return cpu_wanted(opts, &opts->src, cpu, all);
	case DIFF_RECEIVERS:
		return cpu_wanted(opts, &opts->dst, cpu, all);
	case DIFF_TOTALS:
		return all;
	default:
		return opts->func ? func && globs__match(opts->func, func) : !cpus;
	}
}

/*
 * Note what the first file lacks: if what is missing was calm, the file's true figures are lower,
 * and those of the second file have risen.
 */
static void baseline_miss(struct sight *sight, const struct diff_seen *seen)
{
	struct sight own = diff_sight(seen);

	if (sight__judge(&own) != SIGHT_NOT_CERTAIN)
		return;
	for (size_t i = 0; i < own.nr_missed; i++)
		sight__miss_time(sight, 0, "%s", own.missed[i].what);
}

/* Note the figures that may have risen, with the doubt about the first of them. */
static void unsure_miss(struct sight *sight, const struct diff *diff)
{
	for (size_t i = 0; i < diff->nr; i++) {
		if (diff->rows[i].change != DIFF_UNSURE)
			continue;
		sight__miss_time(sight, 0, "%s may have risen, but %s",
				 words__number(diff->unsure, "figure").s,
				 diff_row__doubt(&diff->rows[i], diff));
		return;
	}
}

/*
 * Note which files have no names at all. Two such files are compared by their totals and CPUs,
 * unless @func, functions, are asked for.
 */
static void names_judge(struct comparison *c, const char *func)
{
	for (int i = 0; i < 2; i++)
		c->diff.side[i].nameless = c->seen[i].unnamed && !c->named[i];
	if (func)
		return;
	if (c->diff.side[0].nameless && c->diff.side[1].nameless) {
		fail(EXIT_DONE, "report --diff: neither file has names of functions, which are "
				"not compared: only totals and CPUs are");
		c->seen[1].unnamed = 0;
	}
	/* A name that only the second file has is new. */
	if (!c->diff.side[0].nameless || c->diff.side[1].nameless)
		c->seen[0].unnamed = 0;
}

static int comparison_show(struct comparison *c, const struct options *opts, int page)
{
	const char *const names[] = { opts->operands[0], opts->operands[1] };
	double tolerance = opts->tolerance ? opts->tolerance : TOLERANCE_DEFAULT;
	struct sight sight;
	int err = 0, status;
	FILE *file;

	for (int i = 0; i < 2; i++)
		if (!c->diff.side[i].windows)
			return fail(EXIT_FAILED, "%s: has no windows%s", names[i],
				    c->filter.any ? " that pass the filters" : "");
	names_judge(c, opts->func);
	diff__judge(&c->diff, tolerance / 100);
	c->seen[1].rose = c->diff.rose;
	c->seen[1].filter = find_filter(c->asked, opts);
	c->seen[1].storm_limits = has_higher_limits(c->asked);
	c->seen[1].unsearched = c->diff.side[0].watched && !c->diff.side[1].watched &&
				(opts->func || !names_cpus(opts));
	sight = diff_sight(&c->seen[1]);
	baseline_miss(&sight, &c->seen[0]);
	/* A gate that judged nothing must not pass. */
	if (!c->diff.nr)
		return fail(EXIT_FAILED, "report --diff: no figure passes the filters%s",
			    c->diff.side[0].nameless || c->diff.side[1].nameless ?
				    ": a file has no names of functions" :
				    "");
	if (opts->json)
		err = json__diff(&c->diff, tolerance);
	else if (opts->tap && !tap_begin(opts))
		view__tap_diff(&c->diff, &sight);
	else if (!opts->tap)
		view__diff(&c->diff, names, opts->quiet);
	status = output_status(err);
	if (status == EXIT_DONE && opts->html) {
		/* diff_page__write() flushes the file: the caller closes its descriptor. */
		file = fdopen(page, "w");
		err = file ? diff_page__write(file, &c->diff, names, tolerance) : -ENOMEM;
		status = part_status(opts->html, err);
	}
	unsure_miss(&sight, &c->diff);
	return opts->exit_code ? gate_status("report --diff", &sight, status) : status;
}

/* `--diff`: compare two captures. EXIT_FOUND: --exit-code is given, and a figure rose. */
static int captures_compare(struct report_work *work)
{
	const struct options *opts = work->opts;
	struct report_input *inputs = work->inputs;
	struct comparison c = { .diff = { .wanted = wants_figure, .ctx = opts },
				.sink = { .types = 1U << LINE_CAPTURE | 1U << LINE_SNAPSHOT |
						   1U << LINE_STORM,
					  .take = record_add,
					  .ctx = &c,
					  .passes = report_filter__passes,
					  .filter = &c.filter },
				.seen[0].first = true };
	int status = output_status(capture_sink__open(&c.sink));
	bool cut = false; /* one of the captures */

	for (c.which = 0; c.which < 2 && status == EXIT_DONE; c.which++) {
		status = report_filter__read(&c.filter, opts, &inputs[c.which], compare_line, &c);
		/* Compare what could be read, as the views show it. The end has been reported. */
		if (c.filter.cut)
			status = EXIT_DONE;
		cut |= c.filter.cut;
		c.seen[c.which].cut |= c.filter.cut;
		c.seen[c.which].left_out = inputs[c.which].parts.left_out;
		c.until = 0;
	}
	if (status == EXIT_DONE)
		status = comparison_show(&c, opts, work->pictures[PICTURE_PAGE]);
	if (status == EXIT_DONE && cut)
		status = EXIT_FAILED;
	diff__free(&c.diff);
	capture_sink__close(&c.sink);
	return status;
}

int report_work__do(void *ctx)
{
	struct report_work *work = ctx;

	if (work->opts->diff)
		return captures_compare(work);
	if (work->opts->perfetto || work->opts->html)
		return report_pictures(work->opts, &work->inputs[0], work->pictures);
	return view_make(work);
}
