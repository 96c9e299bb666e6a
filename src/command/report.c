// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "capture/line.h"
#include "capture/parts.h"
#include "capture/reader.h"
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "command/command.h"
#include "command/pictures.h"

/* The lines of each view, a bit for each enum line_type. */
static const struct {
	const char *name;
	unsigned int types;
} views[] = {
	{ "summary", 1U << LINE_SNAPSHOT },
	{ "hist", 1U << LINE_SNAPSHOT },
	{ "stalls", 1U << LINE_STALL | 1U << LINE_STALLS_END },
	{ "storm", 1U << LINE_STORM },
	{ "trace", 1U << LINE_IPI | 1U << LINE_TRACE_END },
};

#define NR_VIEWS (sizeof(views) / sizeof(*views))

/* The frame of the file is no line of any command. */
#define ALL_TYPES (~(1U << LINE_CAPTURE | 1U << LINE_CAPTURE_END))

static int line_print(void *ctx, const struct capture_line *line)
{
	const unsigned int *types = ctx;

	if (!(*types >> line->type & 1))
		return 0;
	fwrite(line->text, 1, line->len, stdout);
	putchar('\n');
	return ferror(stdout);
}

/* Hand over the lines of the capture at @path. Returns an exit status; a failure has been reported. */
static int capture_read(const char *path, capture_line_fn *fn, void *ctx)
{
	struct capture_result result;
	struct capture_parts parts;
	int err = capture_parts__open(&parts, path), status = EXIT_DONE;
	char why[128];

	if (err)
		return fail(EXIT_FAILED, "%s: %s", path, strerror(-err));
	for (int i = 0; i < parts.nr; i++) {
		if (status == EXIT_DONE)
			capture__read(parts.fds[i], fn, ctx, &result);
		close(parts.fds[i]);
		if (status == EXIT_DONE && capture_result__text(&result, why, sizeof(why)))
			status = fail(EXIT_FAILED, "%s: %s", path, why);
	}
	return status;
}

int command_report(const struct options *opts)
{
	unsigned int types = ALL_TYPES;
	const char *view = opts->nr_operands > 1 ? opts->operands[1] : NULL;
	size_t i = 0;
	int status;

	if (!opts->nr_operands)
		return fail(EXIT_USAGE, "report: names no FILE (see ipitrace report --help)");
	if (opts->limit && !opts->perfetto)
		return fail(EXIT_USAGE,
			    "report --limit: needs --perfetto (see ipitrace report --help)");
	if ((opts->perfetto || opts->html) && (opts->json || view))
		return fail(EXIT_USAGE,
			    "report %s: not with --html or --perfetto "
			    "(see ipitrace report --help)",
			    opts->json ? "--json" : view);
	if (opts->perfetto || opts->html)
		return report_pictures(opts, opts->operands[0]);
	if (!opts->json)
		return fail(
			EXIT_USAGE,
			"report: needs --json, --html or --perfetto (see ipitrace report --help)");
	while (view && i < NR_VIEWS && strcmp(view, views[i].name))
		i++;
	if (i == NR_VIEWS)
		return fail(EXIT_USAGE, "report %s %s: no such view (see ipitrace report --help)",
			    opts->operands[0], view);
	if (view)
		types = views[i].types;
	status = capture_read(opts->operands[0], line_print, &types);
	return status == EXIT_DONE ? output_status(0) : status;
}
