// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "capture/line.h"
#include "capture/parse.h"
#include "capture/parts.h"
#include "capture/reader.h"
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "command/command.h"
#include "command/pictures.h"
#include "command/report_filter.h"
#include "command/report_view.h"

struct report {
	const struct options *opts;
	const struct report_view *view;
	struct report_filter filter;
	struct report_shown *shown;
	uint64_t lines;
};

/* The first and the last line are the file's own; all others are those of live commands. */
#define FILE_TYPES (1U << LINE_CAPTURE | 1U << LINE_CAPTURE_END)

static int line_print(const struct capture_line *line)
{
	fwrite(line->text, 1, line->len, stdout);
	putchar('\n');
	return ferror(stdout) ? -EPIPE : 0;
}

static int object_take(struct report *r, const struct capture_line *line, const json_t *object)
{
	if (line->type == LINE_CAPTURE) {
		r->filter.began = parse__number(object, "mono");
		report_shown__head(r->shown, object);
		return r->opts->json ? 0 : r->view->line(r->shown, object, line->type);
	}
	if (r->filter.any && !report_filter__passes(&r->filter, object, line->type))
		return 0;
	return r->opts->json ? line_print(line) : r->view->line(r->shown, object, line->type);
}

/* A capture_line_fn. */
static int line_take(void *ctx, const struct capture_line *line)
{
	struct report *r = ctx;
	unsigned int types = r->view->types | (r->opts->json ? 0 : r->view->also);
	bool first = line->type == LINE_CAPTURE && !r->lines++;
	json_t *object;
	int err;

	if (!first && (FILE_TYPES >> line->type & 1 || !(types >> line->type & 1)))
		return 0;
	if (r->opts->json && !r->filter.any && !first)
		return line_print(line);
	object = capture_line__object(line);
	if (!object)
		return -EBADMSG;
	err = object_take(r, line, object);
	json_decref(object);
	return err ? err : ferror(stdout) ? -EPIPE : 0;
}

/* Returns an exit status: what is wrong with the file has been reported. */
static int status_of(const struct capture_result *result, const char *path)
{
	char why[128];

	if (result->end == CAPTURE_STOPPED && result->err == -EBADMSG)
		return fail(EXIT_FAILED, "%s: line %llu is no JSON", path,
			    (unsigned long long)result->lines);
	if (result->end == CAPTURE_STOPPED)
		return output_status(result->err);
	if (capture_result__text(result, why, sizeof(why)))
		return fail(EXIT_FAILED, "%s: %s", path, why);
	return EXIT_DONE;
}

/* Hand over the lines of the capture at @path, in all its parts. Returns an exit status. */
static int capture_read(const char *path, capture_line_fn *fn, void *ctx)
{
	struct capture_result result = { .end = CAPTURE_WHOLE };
	struct capture_parts parts;
	int err = capture_parts__open(&parts, path), status = EXIT_DONE;

	if (err)
		return fail(EXIT_FAILED, "%s: %s", path, strerror(-err));
	for (int i = 0; i < parts.nr; i++) {
		if (status == EXIT_DONE && result.end == CAPTURE_WHOLE) {
			capture__read(parts.fds[i], fn, ctx, &result);
			status = status_of(&result, path);
		}
		close(parts.fds[i]);
	}
	return status;
}

/* The view that the operands name; NULL: there is none. */
static const struct report_view *view_find(const struct options *opts)
{
	static const struct report_view everything = { .types = ~FILE_TYPES };

	if (opts->nr_operands < 2)
		return opts->json ? &everything : &report_page;
	for (size_t i = 0; i < nr_report_views; i++)
		if (!strcmp(report_views[i].name, opts->operands[1]))
			return &report_views[i];
	return NULL;
}

/* Of the pictures' options. Returns an exit status. */
static int pictures_check(const struct report *r)
{
	const struct options *opts = r->opts;

	if (opts->limit && !opts->perfetto)
		return fail(EXIT_USAGE,
			    "report --limit: needs --perfetto (see ipitrace report --help)");
	if (!opts->perfetto && !opts->html)
		return EXIT_DONE;
	if (opts->json || opts->nr_operands > 1)
		return fail(EXIT_USAGE,
			    "report %s: not with --html or --perfetto "
			    "(see ipitrace report --help)",
			    opts->json ? "--json" : opts->operands[1]);
	if (r->filter.any)
		return fail(EXIT_USAGE,
			    "report: --html and --perfetto draw the whole capture: no filters");
	return EXIT_DONE;
}

/* Returns an exit status. */
static int check(const struct report *r)
{
	int status;

	if (!r->opts->nr_operands)
		return fail(EXIT_USAGE, "report: names no FILE (see ipitrace report --help)");
	status = pictures_check(r);
	if (status != EXIT_DONE)
		return status;
	if (!r->view)
		return fail(EXIT_USAGE, "report %s %s: no such view (see ipitrace report --help)",
			    r->opts->operands[0], r->opts->operands[1]);
	if (r->filter.by_csd && !r->view->by_csd)
		return fail(
			EXIT_USAGE,
			"report: windows are sums of all csds: --cpus, --src, --dst, --func and "
			"--pid need the view trace, stalls or waits");
	return EXIT_DONE;
}

int command_report(const struct options *opts)
{
	struct report r = { .opts = opts, .view = view_find(opts) };
	int status, err = 0;

	report_filter__open(&r.filter, opts);
	status = check(&r);
	if (status != EXIT_DONE)
		return status;
	if (opts->perfetto || opts->html)
		return report_pictures(opts, opts->operands[0]);
	r.shown = report_shown__new(opts);
	if (!r.shown)
		return output_status(-ENOMEM);
	status = capture_read(opts->operands[0], line_take, &r);
	if (!opts->json && r.view->end && r.lines)
		err = r.view->end(r.shown);
	report_shown__free(r.shown);
	err = output_status(err);
	return status == EXIT_DONE ? err : status;
}
