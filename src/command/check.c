// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/clock.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "collect/collector.h"
#include "collect/kcore/queues/live.h"
#include "collect/probe.h"
#include "collect/trial.h"
#include "command/command.h"
#include "host/cpu_clock.h"
#include "model/feature.h"
#include "view/json/check.h"
#include "view/text/check.h"

#define NR_OWN 8

/* Whether this kernel can take rights from ipitrace's processes. */
static void seccomp_feature(struct feature *feature)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	feature->name = "seccomp";
	feature->what = "processes that lose system calls";
	feature->available = !syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
	if (feature->available)
		snprintf(feature->how, sizeof(feature->how),
			 "ipitrace: no exec, no sockets; --vmcore, helpers: a few calls each");
	else
		snprintf(feature->why, sizeof(feature->why), "needs CONFIG_SECCOMP_FILTER: %s",
			 strerror(errno));
}

static void landlock_feature(struct feature *feature)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	feature->name = "landlock";
	feature->what = "processes that lose files";
	feature->available = version > 0;
	if (feature->available)
		snprintf(feature->how, sizeof(feature->how),
			 "version %ld: --vmcore and sysrq-l open none", version);
	else
		snprintf(feature->why, sizeof(feature->why), "needs CONFIG_SECURITY_LANDLOCK: %s",
			 strerror(errno));
}

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
	seccomp_feature(&own[5]);
	landlock_feature(&own[6]);
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
