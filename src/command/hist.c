// SPDX-License-Identifier: GPL-2.0
#include "../command.h"
#include "../session.h"
#include "../view/hist.h"
#include "../view/json.h"

static int show(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	(void)ctx;
	if (opts->json)
		return json__snapshot(snap, opts);
	view__hist(snap, opts->quiet);
	return 0;
}

int command_hist(const struct options *opts)
{
	static const struct session_ops ops = { .window = show };

	return session__run(opts, &ops, NULL);
}
