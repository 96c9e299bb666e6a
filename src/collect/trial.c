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

/* Whether the programs that see interrupts load here. */
void trial__task_context(struct feature *f)
{
	struct collect_config config = { .by_key = BY_SENDER, .no_attach = true };
	struct collector *collector;
	int err = collector__open(&collector, &config);

	f->name = "task";
	f->what = "-p, --by: tasks told from what interrupts them";
	f->available = !err && collector__sees_interrupts(collector);
	if (f->available)
		snprintf(f->how, sizeof(f->how), "the CPU's preempt count");
	else if (err)
		probe__explain(err, f->why, sizeof(f->why));
	else
		snprintf(f->why, sizeof(f->why),
			 "needs CONFIG_KALLSYMS_ALL; the current task is taken instead");
	collector__close(collector);
}

static void waits(struct feature *f, int err, const struct collector *collector)
{
	f->name = "wait";
	f->what = "how long senders wait";
	f->available = !err;
	if (err)
		probe__explain(err, f->why, sizeof(f->why));
	else if (collector__wait_source(collector) == WAITS_FEXIT)
		snprintf(f->how, sizeof(f->how), "fexit: from the call to its return");
	else
		snprintf(f->how, sizeof(f->how),
			 "csd: to the last target's end (no fentry, fexit programs here)");
}

/* The proof: it is done. Fills @f and @wait; 0 or the negative errno. */
int trial__main_job(struct feature *f, struct feature *wait)
{
	struct collect_config config = {};
	struct collector *collector;
	int err = collector__open(&collector, &config);

	f->name = "main job";
	f->what = "all of it, loaded and attached";
	f->available = !err;
	if (err)
		probe__explain(err, f->why, sizeof(f->why));
	else
		snprintf(f->how, sizeof(f->how), "%llu KiB of maps for CPUs up to %u",
			 (unsigned long long)collector__map_bytes(collector) / 1024,
			 cpuset__end(collector__possible(collector)) - 1);
	waits(wait, err, collector);
	collector__close(collector);
	return err;
}
