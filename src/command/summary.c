// SPDX-License-Identifier: GPL-2.0
#include "../command.h"
#include "../session.h"
#include "../view/json.h"
#include "../view/summary.h"

static int show(const struct snapshot *snap, const struct options *opts)
{
	if (opts->json)
		return json__snapshot(snap, opts);
	view__summary(snap, opts);
	return 0;
}

int command_summary(const struct options *opts)
{
	return session__run(opts, show);
}
