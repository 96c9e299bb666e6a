// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "collect/probe.h"
#include "collect/trial.h"
#include "model/feature.h"
#include "model/snapshot.h"

void trial__task_context(struct feature *feature)
{
	struct collect_config config = { .by_key = BY_SENDER, .no_attach = true };
	struct collector *collector;
	int err = collector__open(&collector, &config);

	feature->name = "task";
	feature->what = "-p, --by: whether a task or an interrupt sends";
	feature->available = !err && collector__sees_interrupts(collector);
	if (feature->available)
		snprintf(feature->how, sizeof(feature->how), "the CPU's preempt count");
	else if (err)
		probe__explain(err, feature->why, sizeof(feature->why));
	else
		snprintf(feature->why, sizeof(feature->why),
			 "needs CONFIG_KALLSYMS_ALL; the current task counts as the sender");
	collector__close(collector);
}

static void waits(struct feature *feature, int err, const struct collector *collector)
{
	feature->name = "wait";
	feature->what = "how long senders wait";
	feature->available = !err;
	if (err)
		probe__explain(err, feature->why, sizeof(feature->why));
	else if (collector__wait_source(collector) == WAITS_FEXIT)
		snprintf(feature->how, sizeof(feature->how), "fexit: from the call to its return");
	else
		snprintf(feature->how, sizeof(feature->how),
			 "csd: to the last target's end (no fentry, fexit programs here)");
}

int trial__main_job(struct feature *job, struct feature *wait)
{
	struct collect_config config = {};
	struct collector *collector;
	int err = collector__open(&collector, &config);

	job->name = "main job";
	job->what = "all programs loaded and attached";
	job->available = !err;
	if (err)
		probe__explain(err, job->why, sizeof(job->why));
	else
		snprintf(job->how, sizeof(job->how), "%llu KiB of maps for CPUs up to %u",
			 (unsigned long long)collector__map_bytes(collector) / 1024,
			 cpuset__end(collector__possible(collector)) - 1);
	waits(wait, err, collector);
	collector__close(collector);
	return err;
}
