/* SPDX-License-Identifier: GPL-2.0 */
/* Whom storms come from, and where they go: stacks, and csds by CPU. Pure. */
#ifndef IPITRACE_STORM_SOURCES_H
#define IPITRACE_STORM_SOURCES_H

#include <stddef.h>
#include "model/snapshot.h"
#include "model/storm.h"
#include "storm/groups.h"

/* Add @sample, whose frames have names, to the sources of @storm. */
void sources__add(struct storm *storm, const struct stack_sample *sample);

/* Add the window's sampled stacks and edges to the @storms, which @groups have counted it in. */
void sources__window(struct groups *groups, struct storm *const *storms, size_t nr,
		     const struct snapshot *snap);

#endif /* IPITRACE_STORM_SOURCES_H */
