// SPDX-License-Identifier: GPL-2.0
#include "cli/diag.h"
#include "cli/options.h"
#include "command/command.h"
#include "model/snapshot.h"
#include "run/session.h"
#include "view/json/snapshot.h"
#include "view/options.h"
#include "view/text/hist.h"
#include "view/text/redraw.h"

static int window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	const struct view_options view = { .quiet = opts->quiet,
					   .stacks = opts->stacks,
					   .by_cpu = opts->by == RANK_CPU };

	(void)ctx;
	redraw__note_end();
	if (opts->json)
		return output_status(json__snapshot(snap, &view));
	view__hist(snap, opts->quiet);
	return EXIT_DONE;
}

/* One window shows nothing until its end. */
static int begun(void *ctx)
{
	const struct options *opts = ctx;

	if (opts->duration && !opts->interval && !opts->quiet && !opts->json && !opts->program)
		redraw__note("measuring", opts->duration);
	return EXIT_DONE;
}

/* The tables and stacks that only the JSON of hist has are a mistake without it. */
static int check(const struct options *opts)
{
	const char *option = opts->by	     ? "by" :
			     opts->all_kinds ? "kinds" :
			     opts->stacks    ? "stacks" :
			     opts->self	     ? "self" :
					       NULL;

	if (!option || opts->json)
		return EXIT_DONE;
	return fail(EXIT_USAGE,
		    "hist --%s: shows with --json only; summary --%s shows it as text "
		    "(see ipitrace hist --help)",
		    option, option);
}

int command_hist(const struct options *opts)
{
	static const struct session_ops ops = { .any_source = true,
						.begun = begun,
						.window = window };
	struct options windowed = *opts;
	int status = check(opts);

	if (status != EXIT_DONE)
		return status;
	if (options__whole_run(opts))
		windowed.interval = WHOLE_RUN;
	return session__run(&windowed, &ops, &windowed);
}
