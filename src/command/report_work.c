// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/diag.h"
#include "command/pictures.h"
#include "command/report_read.h"
#include "command/report_view.h"
#include "command/report_work.h"
#include "model/diff.h"
#include "view/capture/bounds.h"
#include "view/capture/line.h"
#include "view/capture/parse.h"
#include "view/capture/parse_snapshot.h"
#include "view/capture/record_line.h"
#include "view/json/diff.h"
#include "view/json/line.h"
#include "view/text/diff.h"

struct report {
	const struct options *opts;
	const struct report_view *view;
	struct report_filter filter;
	struct report_shown *shown;
	uint64_t lines;
	bool traced; /* the capture has records, or says that there were none */
};

/* The first and the last line are the file's own; all others are those of live commands. */
#define FILE_TYPES (1U << LINE_CAPTURE | 1U << LINE_CAPTURE_END)

/* A line beyond printable ASCII, written anew. */
static int line_rewrite(const struct capture_line *line)
{
	struct bounds_fault fault;
	char *text;

	/* A record's line was not looked at so far. */
	if (line->type == LINE_IPI && !bounds__check(line->text, line->len, &fault))
		return -EBADMSG;
	text = malloc(JSON_ASCII_GROWTH * line->len);
	if (!text)
		return -ENOMEM;
	fwrite(text, 1, json_ascii__write(text, line->text, line->len), stdout);
	free(text);
	return 0;
}

/* As it stands in the file, where it is as ipitrace writes lines. */
static int line_print(const struct capture_line *line)
{
	int err = 0;

	if (json_ascii__is(line->text, line->len))
		fwrite(line->text, 1, line->len, stdout);
	else
		err = line_rewrite(line);
	if (!err)
		putchar('\n');
	return err ? err : ferror(stdout) ? -EPIPE : 0;
}

static int object_take(struct report *r, const struct capture_line *line, const json_t *object)
{
	if (line->type == LINE_CAPTURE) {
		report_filter__begin(&r->filter, object);
		report_shown__head(r->shown, object);
		return r->opts->json ? 0 : r->view->line(r->shown, object, line->type);
	}
	if (r->filter.any && !report_filter__passes(&r->filter, object, line->type))
		return 0;
	return r->opts->json ? line_print(line) : r->view->line(r->shown, object, line->type);
}

static int record_take(struct report *r, const struct capture_line *line)
{
	struct record_line record;

	if (!record_line__read(&record, line->text, line->len))
		return -EBADMSG;
	if (r->filter.any && !report_filter__passes_record(&r->filter, &record))
		return 0;
	return r->opts->json ? line_print(line) : r->view->record(r->shown, &record);
}

/* A capture_line_fn. */
static int line_take(void *ctx, const struct capture_line *line)
{
	struct report *r = ctx;
	unsigned int types = r->view->types | (r->opts->json ? 0 : r->view->also);
	bool first = line->type == LINE_CAPTURE && !r->lines++;
	json_t *object;
	int err;

	r->traced |= line->type == LINE_IPI || line->type == LINE_TRACE_END;
	if (!first && (FILE_TYPES >> line->type & 1 || !(types >> line->type & 1)))
		return 0;
	if (r->opts->json && !r->filter.any && !first)
		return line_print(line);
	if (report_shown__short(r->shown))
		return -E2BIG;
	if (line->type == LINE_IPI) {
		err = record_take(r, line);
		return err ? err : ferror(stdout) ? -EPIPE : 0;
	}
	object = capture_line__object(line);
	if (!object)
		return -EBADMSG;
	err = object_take(r, line, object);
	json_decref(object);
	return err ? err : ferror(stdout) ? -EPIPE : 0;
}

const struct report_view *report_work__view(const struct options *opts)
{
	static const struct report_view everything = { .types = ~FILE_TYPES };

	if (opts->folded)
		return &report_folded;
	if (opts->nr_operands < 2)
		return opts->json ? &everything : &report_page;
	for (size_t i = 0; i < nr_report_views; i++)
		if (!strcmp(report_views[i].name, opts->operands[1]))
			return &report_views[i];
	return NULL;
}

static int lines_show(struct report_work *work)
{
	struct report r = { .opts = work->opts, .view = work->view };
	int status, err = 0;

	report_filter__open(&r.filter, r.opts);
	r.shown = report_shown__new(r.opts);
	if (!r.shown)
		return output_status(-ENOMEM);
	status = report_read(&work->inputs[0], line_take, &r);
	if (!r.opts->json && r.view->end && r.lines)
		err = r.view->end(r.shown);
	report_shown__free(r.shown);
	err = output_status(err);
	if (status != EXIT_DONE || err != EXIT_DONE)
		return status == EXIT_DONE ? err : status;
	/* Of JSON no line is an answer, too. */
	if (r.view->traced && !r.traced)
		return fail(r.opts->json ? EXIT_DONE : EXIT_FAILED,
			    "%s: has no csds one by one: record with --trace", r.opts->operands[0]);
	return EXIT_DONE;
}

/* Percent. */
#define TOLERANCE_DEFAULT 10

struct comparison {
	struct strings *strings;
	struct diff diff;
	int which; /* the capture that is being read */
};

static int window_take(void *ctx, const struct capture_line *line)
{
	struct comparison *c = ctx;
	struct snapshot snap;
	struct host host;
	json_t *object;
	int err;

	if (line->type != LINE_SNAPSHOT)
		return 0;
	object = capture_line__object(line);
	if (!object)
		return -EBADMSG;
	err = parse__snapshot(c->strings, object, &snap, &host);
	json_decref(object);
	if (!err && strings__short(c->strings)) {
		snapshot__free(&snap);
		err = -E2BIG;
	}
	if (err)
		return err;
	err = diff__window(&c->diff, c->which, &snap);
	snapshot__free(&snap);
	return err;
}

static int comparison_show(struct comparison *c, const struct options *opts)
{
	const char *const names[] = { opts->operands[0], opts->operands[1] };
	double tolerance = opts->tolerance ? opts->tolerance : TOLERANCE_DEFAULT;
	int err = 0, status;

	for (int i = 0; i < 2; i++)
		if (!c->diff.side[i].windows)
			return fail(EXIT_FAILED, "%s: has no windows", names[i]);
	diff__judge(&c->diff, tolerance / 100);
	if (opts->json)
		err = json__diff(&c->diff, tolerance);
	else
		view__diff(&c->diff, names, opts->quiet);
	status = output_status(err);
	return status == EXIT_DONE && opts->exit_code && c->diff.rose ? EXIT_FOUND : status;
}

/* `--diff`: two captures side by side. Returns an exit status; EXIT_FOUND: --exit-code is given, and a figure rose. */
static int captures_compare(const struct options *opts, struct report_input inputs[2])
{
	struct comparison c = {};
	int status = EXIT_DONE;

	c.strings = strings__new();
	if (!c.strings)
		return output_status(-ENOMEM);
	for (c.which = 0; c.which < 2 && status == EXIT_DONE; c.which++)
		status = report_read(&inputs[c.which], window_take, &c);
	if (status == EXIT_DONE)
		status = comparison_show(&c, opts);
	free(c.diff.rows);
	strings__free(c.strings);
	return status;
}

int report_work__do(struct report_work *work)
{
	if (work->opts->diff)
		return captures_compare(work->opts, work->inputs);
	if (work->opts->perfetto || work->opts->html)
		return report_pictures(work->opts, &work->inputs[0], &work->pictures);
	return lines_show(work);
}
