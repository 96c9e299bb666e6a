/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place that completes a snapshot: what the machine's own files add to
 * a window that the collector has cut.
 */
#ifndef IPITRACE_RUN_FINISH_H
#define IPITRACE_RUN_FINISH_H

#include "model/snapshot.h"

struct finisher;
struct symbols;

/* As root. A file that cannot be read leaves its part out. 0 or -ENOMEM. */
int finisher__open(struct finisher **f);
void finisher__close(struct finisher *f);

/* The symbols, for --func; NULL: none. They stay the finisher's. */
struct symbols *finisher__symbols(struct finisher *f);

/* The first window begins: arrivals count from here. */
void finisher__begin(struct finisher *f);

/* Just before a cut: read what must be of the same time as the cut. */
void finisher__cut(struct finisher *f);

/*
 * Behind the cut: host, names, cgroups, kinds, ranks. @nameless: without names,
 * paths and this process's size. @snap points into @f until the next call.
 * 0 or a negative errno.
 */
int finisher__finish(struct finisher *f, struct snapshot *snap, bool nameless);

#endif /* IPITRACE_RUN_FINISH_H */
