/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Storms: groups of IPIs whose rate or cost stands out, named from the table
 * of signatures. Pure: fed with snapshots, it keeps what it needs of a
 * bounded number of groups, and prints nothing.
 *
 * A group is what has one signature, or one function that has none. Looks of
 * at least STORM_INTERVAL_NS are compared, of one window or several short ones. A
 * group stands out when it is in both of the last two looks and, in the last
 * as in the two together,
 *
 *  - its csds a second at the CPU that gets most of them pass the rate that
 *    is usual for its kind (by_rate), or
 *  - they pass three quarters of it, and a multiple of what they were before
 *    (by_rise), or
 *  - its handlers and the waits of its senders take more than a share of the
 *    time of all CPUs, or its handlers of one CPU (by_share).
 */
#ifndef IPITRACE_STORM_DETECTOR_H
#define IPITRACE_STORM_DETECTOR_H

#include "model/snapshot.h"
#include "model/storm.h"

#define STORM_RATE_DEFAULT  2000.0
#define STORM_SHARE_DEFAULT 0.05
#define STORM_RISE_DEFAULT  8.0

struct storm_limits {
	double rate; /* csds a second on one CPU, of what is USUAL_COMMON */
	double share; /* of CPU time, 0 to 1 */
	double rise; /* as a multiple of the time before */
};

/* Beside a snapshot, of the same window. */
struct task_moves {
	bool stops_known;
	uint64_t stops; /* runs of the stopper threads (migration/N) */
	bool moves_known;
	uint64_t moves; /* of tasks to other CPUs, by whatever means */
};

struct storms;

/* 0 and *@s, or -ENOMEM. */
int storms__new(struct storms **s, const struct storm_limits *limits);
void storms__free(struct storms *s);

/* Take a window, named by symbols.h. @moved may be NULL. 0 or -ENOMEM. */
int storms__window(struct storms *s, const struct snapshot *snap, const struct task_moves *moved);

/*
 * Nothing more comes: name what stood out in the only look that there was.
 * Others stay as they are.
 */
int storms__end(struct storms *s);

/*
 * The @i-th storm that there is, or that ended with the last window; NULL
 * when there are no more. Good until the next window.
 */
const struct storm *storms__get(const struct storms *s, size_t i);

#endif /* IPITRACE_STORM_DETECTOR_H */
