/* SPDX-License-Identifier: GPL-2.0 */
/* A group's cost and rate against the limits of a storm. Pure. */
#ifndef IPITRACE_STORM_LIMITS_H
#define IPITRACE_STORM_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include "model/storm.h"
#include "storm/detector.h"
#include "storm/groups.h"

/* Intervals before the baseline is trusted. */
#define BASELINE_MIN_INTERVALS 4

/*
 * The cost as a share of CPU time: of all CPUs, what handlers and senders' waits take;
 * of one CPU, what interrupts steal of it; of one CPU, a part of its waits. The largest.
 */
struct storm_cost limits__cost(const struct storm_limits *limits, const struct storm_sums *sums);

/* csds a second on one CPU that are a storm whatever they cost. */
double limits__rate(const struct storm_limits *limits, const struct group *group);

/* Whether a storm of @group is a note: the last interval, or the two together, cost too little. */
bool limits__note(const struct storm_limits *limits, const struct group *group);

/*
 * The limit that @group passes, in the last interval, which is number @interval, and in the
 * last two together.
 */
enum storm_reason limits__reason(const struct storm_limits *limits, const struct group *group,
				 uint64_t interval);

/* Whether the storm of @group goes on in the last interval. */
bool limits__last(const struct storm_limits *limits, const struct group *group);

#endif /* IPITRACE_STORM_LIMITS_H */
