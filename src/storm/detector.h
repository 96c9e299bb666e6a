/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Detects storms: groups of IPIs whose rate or cost stands out. Pure: it is
 * fed with snapshots, remembers a bounded number of groups, and prints
 * nothing.
 *
 * A group is all functions of one signature, or one function that has no
 * signature. The detector compares intervals of at least STORM_INTERVAL_NS:
 * one window each, or several short windows. A group becomes a storm when it
 * has csds in both of the last two intervals and, in the last interval and in
 * the two together,
 *
 *  - its cost passes a share of CPU time (by_share): handlers and senders' waits
 *    of the time of all CPUs, handlers and interrupts' own entry and exit of one
 *    CPU, or the waits of one CPU four times that share, or
 *  - its csds a second at the CPU that gets most of them pass the limit for
 *    its signature's usual frequency (by_rate), or
 *  - they pass three quarters of that limit, and a multiple of the group's
 *    baseline (by_rise).
 */
#ifndef IPITRACE_STORM_DETECTOR_H
#define IPITRACE_STORM_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>
#include "model/snapshot.h"
#include "model/storm.h"

#define STORM_RATE_DEFAULT  2000.0
#define STORM_SHARE_DEFAULT 0.05
#define STORM_RISE_DEFAULT  8.0

/*
 * The limit of the rate, as a multiple of storm_limits.rate. Where a healthy machine may
 * do it as often as it likes, the limit only catches what no cost shows.
 * dashboards/ipitrace.rules.yml has the same limits.
 */
extern const double usual_rates[NR_USUAL];

struct storm_limits {
	double rate; /* csds a second on one CPU, for USUAL_COMMON */
	double share; /* of CPU time, 0 to 1 */
	double rise; /* multiple of the baseline */
	/*
	 * A share of CPU time: a storm by its rate or rise that is known to cost less is a note; 0: none is.
	 * Where no interrupt's time is known, nor a function's, the cost is not.
	 */
	double note;
	uint32_t self; /* tgid: text that this process has patched is no storm; 0: none */
};

/* Counts of the same window as a snapshot, which no IPI shows. */
struct task_moves {
	bool stops_known;
	uint64_t stops; /* runs of the stopper threads (migration/N) */
	bool moves_known;
	uint64_t moves; /* tasks that changed their CPU, for any reason */
	bool polls_known;
	uint64_t polls; /* wake-ups of CPUs that polled in idle, which need no interrupt */
};

struct storm_detector;

/* 0 and *@detector, or -ENOMEM. @limits is copied. */
int storm_detector__new(struct storm_detector **detector, const struct storm_limits *limits);

/* @detector may be NULL. */
void storm_detector__free(struct storm_detector *detector);

/*
 * Add a window whose functions have names (host/symbols.h). @moved may be
 * NULL. 0 or -ENOMEM.
 */
int storm_detector__window(struct storm_detector *detector, const struct snapshot *snap,
			   const struct task_moves *moved);

/*
 * No window follows. If there was only one interval, it decides alone which
 * groups are storms; storms found earlier become STORM_LASTS. 0 or -ENOMEM.
 * A last window that is too short for an interval stays without a verdict (judged).
 */
int storm_detector__end(struct storm_detector *detector);

/*
 * The @i-th storm that lasts, or that ended with the last window; NULL: there
 * are no more. Valid until the next window.
 */
const struct storm *storm_detector__get(const struct storm_detector *detector, size_t i);

/* Valid until the next window. */
const struct storm_nearest *storm_detector__nearest(const struct storm_detector *detector);

#endif /* IPITRACE_STORM_DETECTOR_H */
