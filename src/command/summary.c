// SPDX-License-Identifier: GPL-2.0
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "command/command.h"
#include "model/snapshot.h"
#include "run/session.h"
#include "view/json/snapshot.h"
#include "view/options.h"
#include "view/text/summary.h"

static int window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	const struct view_options view = { opts->quiet, opts->stacks, opts->by == RANK_CPU };

	(void)ctx;
	if (opts->json)
		return output_status(json__snapshot(snap, &view));
	view__summary(snap, &view);
	return EXIT_DONE;
}

int command_summary(const struct options *opts)
{
	static const struct session_ops ops = { .window = window };

	return session__run(opts, &ops, NULL);
}
