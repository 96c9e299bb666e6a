// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "command/command.h"
#include "command/pictures.h"
#include "command/report_diff.h"
#include "command/report_filter.h"
#include "command/report_read.h"
#include "command/report_view.h"
#include "view/capture/line.h"
#include "view/capture/parse.h"
#include "view/capture/record_line.h"

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

	if (!first && (FILE_TYPES >> line->type & 1 || !(types >> line->type & 1)))
		return 0;
	if (r->opts->json && !r->filter.any && !first)
		return line_print(line);
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

/* The view that the operands name; NULL: there is none. */
static const struct report_view *view_find(const struct options *opts)
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

/* --diff compares windows, whole. Returns an exit status. */
static int diff_check(const struct report *r)
{
	if (r->filter.any || r->opts->folded || r->opts->html || r->opts->perfetto ||
	    r->opts->limit)
		return fail(EXIT_USAGE,
			    "report --diff: takes no filters, --folded, --html or --perfetto "
			    "(see ipitrace report --help)");
	return EXIT_DONE;
}

/* Check the pictures' options. Returns an exit status. */
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
	if (r->opts->tolerance || r->opts->exit_code)
		return fail(EXIT_USAGE, "report: --tolerance and --exit-code need --diff "
					"(see ipitrace report --help)");
	if (r->opts->folded &&
	    (r->opts->json || r->opts->html || r->opts->perfetto || r->opts->nr_operands > 1))
		return fail(EXIT_USAGE,
			    "report --folded: takes no VIEW, --json, --html or --perfetto "
			    "(see ipitrace report --help)");
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
	if (opts->diff)
		return diff_check(&r) == EXIT_DONE ? report_diff(opts) : EXIT_USAGE;
	status = check(&r);
	if (status != EXIT_DONE)
		return status;
	if (opts->perfetto || opts->html)
		return report_pictures(opts, opts->operands[0]);
	r.shown = report_shown__new(opts);
	if (!r.shown)
		return output_status(-ENOMEM);
	status = report_read(opts->operands[0], line_take, &r);
	if (!opts->json && r.view->end && r.lines)
		err = r.view->end(r.shown);
	report_shown__free(r.shown);
	err = output_status(err);
	return status == EXIT_DONE ? err : status;
}
