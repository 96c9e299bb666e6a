// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "model/flushes.h"

/*
 * This many local flushes a second are many: a program that unmaps memory now and then makes fewer.
 */
#define LOCAL_MANY	1000
/* Csds are few if there are at least this many local flushes for each csd. */
#define LOCAL_PER_CSD	10
#define FLUSH_FUNC	"flush_tlb_func"
/* Before 5.13 (4c1ba3923e6c) the flush of other CPUs had a separate function. */
#define FLUSH_FUNC_5_12 "flush_tlb_func_remote"

void flushes__add(struct flushes *flushes, const struct snapshot *snap)
{
	/* Known if known in each window. Before the first window, way is 0. */
	flushes->hosted_known = snap->events.known[EVENT_HOST_FLUSH] &&
				(flushes->hosted_known || !flushes->way);
	flushes->way = snap->how.flush_way;
	flushes->hosted += snap->events.hits[EVENT_HOST_FLUSH];
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];

		if (!fn->func.name || fn->func.module ||
		    (strcmp(fn->func.name, FLUSH_FUNC) && strcmp(fn->func.name, FLUSH_FUNC_5_12)))
			continue;
		flushes->local += fn->local;
		flushes->csds += fn->count;
	}
}

bool flushes__explain(const struct flushes *flushes, double seconds)
{
	if (flushes->way == FLUSH_BY_IPI)
		return false;
	return flushes->hosted || (flushes->local >= LOCAL_MANY * seconds &&
				   flushes->local >= LOCAL_PER_CSD * flushes->csds);
}
