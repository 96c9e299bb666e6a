// SPDX-License-Identifier: GPL-2.0
#include "base/clock.h"
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "collect/collector.h"
#include "collect/kcore/queues/live.h"
#include "collect/probe.h"
#include "collect/trial.h"
#include "command/command.h"
#include "host/confinement.h"
#include "host/tsc.h"
#include "model/feature.h"
#include "view/json/check.h"
#include "view/text/check.h"

#define NR_OWN 8

int command_check(const struct options *opts)
{
	struct feature features[NR_FEATURES + NR_OWN] = {}, *own = &features[NR_FEATURES];
	size_t nr = NR_FEATURES + NR_OWN;
	int err, status;

	collector__verbose(opts->verbose);
	probe__features(features);
	tsc__feature(&own[0]);
	trial__task_context(&own[1]);
	live_queues__feature(&own[2]);
	trial__source(&own[3]);
	confinement__seccomp(&own[5]);
	confinement__landlock(&own[6]);
	err = trial__main_job(&own[7], &own[4]);
	if (opts->json) {
		status = output_status(json__check(features, nr, mono_ns()));
		if (status != EXIT_DONE)
			return status;
	} else {
		view__check(features, nr);
	}
	if (err)
		return fail(EXIT_CANNOT, "%s", own[7].why);
	return EXIT_DONE;
}
