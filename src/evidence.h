/* SPDX-License-Identifier: GPL-2.0 */
/* All that tells about a storm beside the IPIs themselves. */
#ifndef IPITRACE_EVIDENCE_H
#define IPITRACE_EVIDENCE_H

#include "detect/storm.h"
#include "facts.h"

struct evidence;

/* As root, before collection begins. What is not there is not told. 0 or -ENOMEM. */
int evidence__open(struct evidence **ev);
void evidence__close(struct evidence *ev);

/* A window has just ended: read what counts. */
void evidence__cut(struct evidence *ev);

/* That window: look at what else is cheap, and tell the detector. */
void evidence__look(struct evidence *ev, const struct snapshot *snap, struct storm_hints *hints);

/* What there is to tell of @storm. */
void evidence__of(struct evidence *ev, const struct storm *storm, struct storm_facts *facts);

#endif /* IPITRACE_EVIDENCE_H */
