/* SPDX-License-Identifier: GPL-2.0 */
/* Storms of tsc_khz_changed and of moved tasks, what is known of a host, and the text of both. */
#ifndef IPITRACE_TESTS_STORM_TEXT_H
#define IPITRACE_TESTS_STORM_TEXT_H

#include "printed.h"
#include "storm_feed.h"
#include "view/text/views.h"

static const struct storm_evidence kvm_facts = {
	.tsc = { .known = true, .clocksource = "hpet" },
	.cpufreq = {
		.nr_policies = 1,
		.policies = { { "policy0", { { 0xf } }, 4, "ipifreq", "schedutil" } },
		.counted = true,
		.transitions = 650,
	},
	.guests = { .known = true, .module = "kvm_amd" },
	.nr_online = 4,
};

static inline struct feed tsc_storm(void)
{
	struct feed feed = feed_new(4, 0.4);

	feed_has(&feed, 1, 3, FLOWS(F("tsc_khz_changed", 1950, .module = "kvm")));
	return feed;
}

struct shown {
	const struct storm *storm;
	const struct storm_evidence *facts;
};

static inline void show(const void *of)
{
	const struct shown *shown = of;

	view__storm(shown->storm, shown->facts, 0);
	view__storm_over(shown->storm, 0);
}

/* Returns a storm of moves of tasks, with 40 sampled csds. The caller sets the sources. */
static inline struct storm migration_storm(void)
{
	struct feed feed = feed_new(4, 0.4);
	struct storm storm;

	feed_windows(&feed, 3, FLOWS(F("sched_ttwu_pending", 100000)));
	storm = *feed_first(&feed);
	storm.sig = signature__named("migration");
	storm.csds = 40;
	return storm;
}

#endif /* IPITRACE_TESTS_STORM_TEXT_H */
