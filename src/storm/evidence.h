/* SPDX-License-Identifier: GPL-2.0 */
/* All that tells about a storm beside the IPIs themselves. */
#ifndef IPITRACE_STORM_EVIDENCE_H
#define IPITRACE_STORM_EVIDENCE_H

#include "model/snapshot.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "storm/detector.h"

struct evidence_reader;

/* As root, before collection begins. What is not there is not told. 0 or -ENOMEM. */
int evidence__open(struct evidence_reader **ev);
void evidence__close(struct evidence_reader *ev);

/* A window has just ended: read what counts. */
void evidence__cut(struct evidence_reader *ev);

/* That window: look at what else is cheap, and tell the detector. */
void evidence__look(struct evidence_reader *ev, const struct snapshot *snap,
		    struct task_moves *moved);

/* What there is to tell of @storm. */
void evidence__of(struct evidence_reader *ev, const struct storm *storm,
		  struct storm_evidence *out);

#endif /* IPITRACE_STORM_EVIDENCE_H */
