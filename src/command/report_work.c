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
 * Print a line, unchanged if ipitrace itself could have written it, else with escapes for what is not
 * printable ASCII; only the @keys of a record.
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

/* Print or show a line if it belongs to the view. A capture_line_fn. */
static int take_line(void *ctx, const struct capture_line *line)
{
	struct report_work *r = ctx;
	unsigned int types = r->view->types | (r->opts->json ? 0 : r->view->also);
	bool first = line->type == LINE_CAPTURE && !r->lines++, passes;
	struct parsed_record record;
	json_t *object;
	int err;

	r->traced |= line->type == LINE_IPI || line->type == LINE_TRACE_END;
	if (!first && !(types >> line->type & 1))
		return 0;
	if (r->opts->json && !r->filter.any && !first)
		return line_print(line, &r->opts->keys);
	if (report_shown__short(r->shown))
		return -E2BIG;
	if (line->type == LINE_IPI) {
		if (!parse__record(report_shown__names(r->shown), line->text, line->len, &record))
			return -EBADMSG;
		if (r->filter.any && !report_filter__passes_record(&r->filter, &record))
			return check_stdout();
		err = r->opts->json ? line_print(line, &r->opts->keys) :
				      r->view->record(r->shown, &record);
	} else {
		object = capture_line__object(line);
		if (!object)
			return -EBADMSG;
		if (line->type == LINE_CAPTURE) {
			report_filter__begin(&r->filter, object);
			report_shown__head(r->shown, object, &r->filter);
			passes = !r->opts->json;
		} else {
			passes = !r->filter.any ||
				 report_filter__passes(&r->filter, object, line->type);
		}
		err = !passes	    ? 0 :
		      r->opts->json ? line_print(line, &r->opts->keys) :
				      report_shown__line(r->shown, r->view, object, line->type);
		json_decref(object);
	}
	return err ? err : check_stdout();
}

static int lines_show(struct report_work *r)
{
	int status, err = 0;

	r->shown = report_shown__new(r->opts);
	if (!r->shown)
		return output_status(-ENOMEM);
	status = report_filter__read(&r->filter, r->opts, &r->inputs[0], take_line, r);
	if (!r->opts->json && r->view->end && r->lines)
		err = r->view->end(r->shown);
	report_shown__free(r->shown);
	err = output_status(err);
	if (status != EXIT_DONE || err != EXIT_DONE)
		return status == EXIT_DONE ? err : status;
	/* A capture may have no line of the view: with --json no line is an answer, too. */
	if (r->view->traced && !r->traced)
		return fail(r->opts->json ? EXIT_DONE : EXIT_FAILED,
			    "%s: has no records of single csds: use record --trace",
			    r->opts->operands[0]);
	return EXIT_DONE;
}

/* Percent. */
#define TOLERANCE_DEFAULT 10

struct comparison {
	struct strings *strings;
	struct report_filter filter; /* of the capture that is being read */
	struct diff diff;
	int which; /* the capture that is being read */
	uint64_t queued; /* csds, or calls, of the second capture */
	uint64_t lost; /* how many of these could not be followed */
};

/*
 * The finest figure that is compared is a 99th percentile: if less than one csd in a hundred was lost,
 * no rise can be hidden.
 */
struct sight diff_sight(bool rose, uint64_t queued, uint64_t lost)
{
	struct sight sight = { .found = rose, .fewest = queued / 100 + 1 };

	sight__miss(&sight, lost, 0,
		    "of %" PRIu64 " csds in the second file %" PRIu64 " could not be followed",
		    queued, lost);
	return sight;
}

/* Add the storm, unless it is cheap: such a note makes no gate fail. */
static int storm_take(struct comparison *c, const json_t *object)
{
	const char *name = parse__text(object, "name");

	if (parse__true(object, "note") || !report_filter__passes(&c->filter, object, LINE_STORM))
		return 0;
	return diff__storm(&c->diff, c->which, name ?: "unknown", parse__text(object, "func"),
			   parse__real(object, "rate_per_s"));
}

static int window_take(struct comparison *c, const json_t *object)
{
	struct snapshot snap;
	struct host host;
	bool calls;
	int err;

	if (!report_filter__passes(&c->filter, object, LINE_SNAPSHOT))
		return 0;
	err = parse__snapshot(c->strings, object, &snap, &host);
	if (err)
		return err;
	calls = snap.how.source == SOURCE_CALLS;
	if (c->which) {
		c->queued += calls ? snap.call_ledger.begun : snap.ledger.queued;
		c->lost += calls ? call_ledger__lost(&snap.call_ledger) :
				   ledger__lost(&snap.ledger);
	}
	err = strings__short(c->strings) ? -E2BIG : diff__window(&c->diff, c->which, &snap);
	snapshot__free(&snap);
	return err;
}

/* Compare a line of the capture that is being read. A capture_line_fn. */
static int compare_line(void *ctx, const struct capture_line *line)
{
	struct comparison *c = ctx;
	json_t *object;
	int err = 0;

	c->diff.side[c->which].watched |= line->type == LINE_STORM || line->type == LINE_NO_STORM;
	if (line->type != LINE_SNAPSHOT && line->type != LINE_CAPTURE && line->type != LINE_STORM)
		return 0;
	object = capture_line__object(line);
	if (!object)
		return -EBADMSG;
	if (line->type == LINE_CAPTURE)
		report_filter__begin(&c->filter, object);
	else
		err = line->type == LINE_STORM ? storm_take(c, object) : window_take(c, object);
	json_decref(object);
	return err;
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

/* Windows are sums: functions choose among rows of functions, CPUs among those of CPUs. */
static bool wants_figure(const void *ctx, enum diff_group group, const char *func, uint32_t cpu)
{
	const struct options *opts = ctx;
	bool cpus = opts->cpus.given || opts->src.given || opts->dst.given;
	bool all = !cpus && !opts->func;

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

static int comparison_show(struct comparison *c, const struct options *opts, int page)
{
	const char *const names[] = { opts->operands[0], opts->operands[1] };
	double tolerance = opts->tolerance ? opts->tolerance : TOLERANCE_DEFAULT;
	struct sight sight, unseen = diff_sight(false, c->queued, c->lost);
	int err = 0, status;
	FILE *file;

	for (int i = 0; i < 2; i++)
		if (!c->diff.side[i].windows)
			return fail(EXIT_FAILED, "%s: has no windows%s", names[i],
				    c->filter.any ? " that pass the filters" : "");
	diff__judge(&c->diff, tolerance / 100);
	/* A gate that judged nothing must not pass. */
	if (!c->diff.nr)
		return fail(EXIT_FAILED, "report --diff: no figure passes the filters");
	if (opts->json)
		err = json__diff(&c->diff, tolerance);
	else if (opts->tap && !tap_begin(opts))
		view__tap_diff(&c->diff, &unseen);
	else if (!opts->tap)
		view__diff(&c->diff, names, opts->quiet);
	status = output_status(err);
	if (status == EXIT_DONE && opts->html) {
		/* diff_page__write() flushes the file: the caller closes its descriptor. */
		file = fdopen(page, "w");
		err = file ? diff_page__write(file, &c->diff, names, tolerance) : -ENOMEM;
		status = part_status(opts->html, err);
	}
	sight = diff_sight(c->diff.rose, c->queued, c->lost);
	unsure_miss(&sight, &c->diff);
	return opts->exit_code ? gate_status("report --diff", &sight, status) : status;
}

/* `--diff`: compare two captures. EXIT_FOUND: --exit-code is given, and a figure rose. */
static int captures_compare(struct report_work *work)
{
	const struct options *opts = work->opts;
	struct report_input *inputs = work->inputs;
	struct comparison c = { .diff = { .wanted = wants_figure, .ctx = opts } };
	int status = EXIT_DONE;

	c.strings = strings__new();
	if (!c.strings)
		return output_status(-ENOMEM);
	for (c.which = 0; c.which < 2 && status == EXIT_DONE; c.which++)
		status = report_filter__read(&c.filter, opts, &inputs[c.which], compare_line, &c);
	if (status == EXIT_DONE)
		status = comparison_show(&c, opts, work->pictures[PICTURE_PAGE]);
	diff__free(&c.diff);
	strings__free(c.strings);
	return status;
}

int report_work__do(void *ctx)
{
	struct report_work *work = ctx;

	if (work->opts->diff)
		return captures_compare(work);
	if (work->opts->perfetto || work->opts->html)
		return report_pictures(work->opts, &work->inputs[0], work->pictures);
	return lines_show(work);
}
