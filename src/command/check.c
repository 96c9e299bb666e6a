// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "abi/limits.h"
#include "base/clock.h"
#include "base/cpuset.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "collect/hooks/hooks.h"
#include "collect/kcore/queues/live.h"
#include "collect/probe.h"
#include "collect/steal_clock.h"
#include "command/command.h"
#include "host/cpu_clock.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "view/json/check.h"
#include "view/text/check.h"

#define NR_OWN 9

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

/* Whether delays can be told apart from what the host of this guest took. */
static void steal_feature(struct feature *feature)
{
	bool csds = probe__source() == SOURCE_CSD;

	feature->name = "steal";
	feature->what = "what the host took of delays and handler times";
	feature->available = csds && steal_clock__behind();
	if (feature->available)
		snprintf(feature->how, sizeof(feature->how), "KVM's clock of stolen time, in ns");
	else if (!csds)
		snprintf(feature->why, sizeof(feature->why), "needs csd tracepoints (Linux 6.5)");
	else
		snprintf(feature->why, sizeof(feature->why),
			 "needs a guest of KVM on x86 (and no no-steal-acc): stolen is null");
}

/* Which of the two sources this kernel has. */
static void source_feature(struct feature *feature)
{
	const char *needs;

	feature->name = "source";
	feature->what = "where the figures come from";
	feature->available = true;
	if (probe__source() == SOURCE_CSD) {
		snprintf(feature->how, sizeof(feature->how), "csd tracepoints: all commands");
		return;
	}
	needs = hooks__needs();
	feature->available = !needs;
	if (needs)
		snprintf(feature->why, sizeof(feature->why),
			 "no csd tracepoints (Linux 6.5), and no %s to see calls instead", needs);
	else
		snprintf(
			feature->how, sizeof(feature->how),
			"calls: summary, hist, storm, serve and stalls; without delay, handler, received");
}

/* Try to load the programs that see interrupts. */
static void task_feature(struct feature *feature)
{
	struct collect_config config = { .any_source = true,
					 .by_key = BY_SENDER,
					 .no_attach = true };
	struct collector *collector;
	int err = collector__open(&collector, &config);

	feature->name = "task";
	feature->what = "-p, --by: whether a task or an interrupt sends";
	feature->available = !err && collector__sees_interrupts(collector);
	if (feature->available)
		snprintf(feature->how, sizeof(feature->how), "the CPU's preempt count");
	else if (err)
		probe__explain(&config, err, feature->why, sizeof(feature->why));
	else
		snprintf(feature->why, sizeof(feature->why),
			 "needs CONFIG_KALLSYMS_ALL; the current task counts as the sender");
	collector__close(collector);
}

static void wait_feature(struct feature *feature, int err, const struct collector *collector,
			 const char *why)
{
	static const char *const how[NR_WAIT_SOURCES] = {
		[WAITS_FEXIT] = "fexit: from the call to its return",
		[WAITS_CSD] = "csd: to the last target's end (no fentry, fexit programs here)",
		[WAITS_KPROBE] = "kprobe: from the call to its return (no fentry, fexit programs "
				 "here)",
	};

	feature->name = "wait";
	feature->what = "how long senders wait";
	feature->available = !err;
	if (err)
		snprintf(feature->why, sizeof(feature->why), "%s", why);
	else
		snprintf(feature->how, sizeof(feature->how), "%s",
			 how[collector__wait_source(collector)]);
}

/*
 * Load and attach for a moment everything that `summary` uses. Fills @job with the result,
 * and @wait with how senders' waits are measured. Returns 0, or the negative errno of
 * collector__open().
 */
static int main_job(struct feature *job, struct feature *wait)
{
	struct collect_config config = { .any_source = true };
	struct collector *collector;
	int err = collector__open(&collector, &config);

	job->name = "main job";
	job->what = "all programs loaded and attached";
	job->available = !err;
	if (err)
		probe__explain(&config, err, job->why, sizeof(job->why));
	else
		snprintf(job->how, sizeof(job->how), "%llu KiB of maps for CPUs up to %u",
			 (unsigned long long)collector__map_bytes(collector) / 1024,
			 cpuset__end(collector__possible(collector)) - 1);
	wait_feature(wait, err, collector, job->why);
	collector__close(collector);
	return err;
}

int command_check(const struct options *opts)
{
	struct feature features[NR_FEATURES + NR_OWN] = {}, *own = &features[NR_FEATURES];
	size_t nr = NR_FEATURES + NR_OWN;
	int err, status;

	collector__verbose(opts->verbose);
	probe__features(features);
	tsc__feature(&own[0]);
	task_feature(&own[1]);
	live_queues__feature(&own[2]);
	source_feature(&own[3]);
	seccomp_feature(&own[5]);
	landlock_feature(&own[6]);
	steal_feature(&own[7]);
	err = main_job(&own[8], &own[4]);
	if (opts->json) {
		status = output_status(json__check(features, nr, mono_ns()));
		if (status != EXIT_DONE)
			return status;
	} else {
		view__check(features, nr);
	}
	if (err)
		return fail(EXIT_CANNOT, "%s", own[8].why);
	return EXIT_DONE;
}
