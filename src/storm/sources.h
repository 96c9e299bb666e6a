/* SPDX-License-Identifier: GPL-2.0 */
/* storm.c's part: who is behind it, from the sampled stacks. */
#ifndef IPITRACE_STORM_SOURCES_H
#define IPITRACE_STORM_SOURCES_H

#include "model/snapshot.h"
#include "model/storm.h"

/* Add a sample of the storm's. */
void sources__add(struct storm *storm, const struct stack_sample *call);

#endif /* IPITRACE_STORM_SOURCES_H */
