/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads evidence about a storm that its IPIs do not show: the TSC, cpufreq,
 * KVM guests, stopper threads, and changes of the machine about the onset.
 * The only file of this room that does I/O.
 */
#ifndef IPITRACE_STORM_EVIDENCE_H
#define IPITRACE_STORM_EVIDENCE_H

#include "model/snapshot.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "storm/detector.h"

struct evidence_reader;

/*
 * As root, before collection begins. @root, in front of the kernel's files: "",
 * unless in a test; stays the caller's. A source that the machine lacks stays
 * unknown. 0 and *@reader, or -ENOMEM.
 */
int evidence_reader__open(struct evidence_reader **reader, const char *root);

/* @reader may be NULL. */
void evidence_reader__close(struct evidence_reader *reader);

/* Read the counters, at the end of a window. */
void evidence_reader__cut(struct evidence_reader *reader);

/* Look for changes, and set @moved for the detector; @snap is the window just cut. */
void evidence_reader__window(struct evidence_reader *reader, const struct snapshot *snap,
			     struct task_moves *moved);

/*
 * Read the evidence that @storm's signature asks for; the rest of @evidence is 0.
 * Counts are of the last interval that had the storm: of a storm that is over, of
 * the interval before the last.
 */
void evidence_reader__of(struct evidence_reader *reader, const struct storm *storm,
			 struct storm_evidence *evidence);

#endif /* IPITRACE_STORM_EVIDENCE_H */
