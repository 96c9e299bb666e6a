/* SPDX-License-Identifier: GPL-2.0 */
/* The lines of `report`'s page between the blocks of other views. */
#ifndef IPITRACE_VIEW_TEXT_REPORT_H
#define IPITRACE_VIEW_TEXT_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include "base/clock.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/trigger.h"

/* @sum: all @windows as one. */
void view__report_head(const struct snapshot *sum, uint64_t windows);

/* Why the flight recorder wrote the file, and how long before that it begins, ns. */
void view__report_trigger(const struct trigger *trigger, uint64_t before,
			  const struct wall_clock *clock);

/*
 * The run's cost, and whether it has storms: @nr of them, by the names of the first
 * @shown; without one what came @nearest. 0 or -ENOMEM.
 */
int view__report_cost(const struct snapshot *sum, const struct storm_nearest *nearest, uint64_t nr,
		      const char *const *names, size_t shown);

/* How many there were, @folded into their causes among them; the @shown ones follow. */
void view__report_stalls(uint64_t nr, uint64_t folded, size_t shown);

/* How many there were, @notes among them; the @shown ones follow. */
void view__report_storms(uint64_t nr, uint64_t notes, size_t shown);

#endif /* IPITRACE_VIEW_TEXT_REPORT_H */
