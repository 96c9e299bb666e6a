// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "collect/hooks/hooks.h"
#include "collect/probe.h"
#include "collect/trial.h"
#include "model/feature.h"
#include "model/snapshot.h"

void trial__source(struct feature *feature)
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

void trial__task_context(struct feature *feature)
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

static void waits(struct feature *feature, int err, const struct collector *collector,
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

int trial__main_job(struct feature *job, struct feature *wait)
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
	waits(wait, err, collector, job->why);
	collector__close(collector);
	return err;
}
