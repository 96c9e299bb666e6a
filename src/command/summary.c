// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "command/command.h"
#include "model/folded.h"
#include "model/snapshot.h"
#include "run/session.h"
#include "view/json/snapshot.h"
#include "view/options.h"
#include "view/text/folded.h"
#include "view/text/summary.h"

/* @ctx: with --folded the stacks of all windows. */
static int window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	const struct view_options view = { opts->quiet, opts->stacks, opts->by == RANK_CPU };

	if (opts->folded)
		return output_status(folded__add(ctx, snap));
	if (opts->json)
		return output_status(json__snapshot(snap, &view));
	view__summary(snap, &view);
	return EXIT_DONE;
}

static int end(void *ctx, const struct options *opts)
{
	if (opts->folded)
		view__folded(ctx);
	return output_status(0);
}

int command_summary(const struct options *opts)
{
	static const struct session_ops ops = { .window = window, .end = end };
	struct folded *folded = NULL;
	int status;

	if (opts->folded && opts->json)
		return fail(EXIT_USAGE, "summary --folded: not with --json");
	if (opts->folded)
		folded = folded__new();
	if (opts->folded && !folded)
		return output_status(-ENOMEM);
	status = session__run(opts, &ops, folded);
	folded__free(folded);
	return status;
}
