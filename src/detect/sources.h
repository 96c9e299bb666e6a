/* SPDX-License-Identifier: GPL-2.0 */
/* storm.c's part: who is behind it, from the sampled stacks. */
#ifndef IPITRACE_SOURCES_H
#define IPITRACE_SOURCES_H

#include "storm.h"

/* Add a sample of the storm's. */
void sources__add(struct storm *storm, const struct call *call);

#endif /* IPITRACE_SOURCES_H */
