/* SPDX-License-Identifier: GPL-2.0 */
/* A storm's sources: its senders, as sampled stacks show them. Pure. */
#ifndef IPITRACE_STORM_SOURCES_H
#define IPITRACE_STORM_SOURCES_H

#include "model/snapshot.h"
#include "model/storm.h"

/* Add @sample, whose frames have names, to the sources of @storm. */
void sources__add(struct storm *storm, const struct stack_sample *sample);

#endif /* IPITRACE_STORM_SOURCES_H */
