/* SPDX-License-Identifier: GPL-2.0 */
/* The detector and its evidence over the windows of a run. */
#ifndef IPITRACE_STORM_STORM_RUN_H
#define IPITRACE_STORM_STORM_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "storm/detector.h"

/*
 * Receives a storm that began or ended, or at the end of the run one that goes
 * on. @time: the end of its last window, CLOCK_MONOTONIC ns. Not 0 ends the call
 * with that value.
 */
typedef int storm_report_fn(void *ctx, const struct storm *storm,
			    const struct storm_evidence *evidence, uint64_t time);

/* All zero: not open. */
struct storm_run {
	storm_report_fn *report;
	void *ctx;
	struct storm_detector *detector;
	struct evidence_reader *evidence;
	bool found; /* a storm was reported that is no note */
	uint64_t end; /* of the last window */
	struct calm calm; /* for a run that found nothing */
};

/* As root. 0 or -ENOMEM. */
int storm_run__open(struct storm_run *run, const struct storm_limits *limits,
		    storm_report_fn *report, void *ctx);
void storm_run__close(struct storm_run *run);

/* A window has just ended: read what must be of the same time. */
void storm_run__cut(struct storm_run *run);

/*
 * Find the storms of @snap, without a report: 0 or -ENOMEM. Then report them: 0, or what
 * the report returned.
 */
int storm_run__judge(struct storm_run *run, const struct snapshot *snap);
int storm_run__report(struct storm_run *run);

/* Both. */
int storm_run__window(struct storm_run *run, const struct snapshot *snap);

/* The last window is over: report storms that go on. As storm_run__window(). */
int storm_run__end(struct storm_run *run);

#endif /* IPITRACE_STORM_STORM_RUN_H */
