/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What else changed while we looked: modules, CPUs that come and go, the
 * clocksource, a few settings that make IPIs. Looked at once a window.
 */
#ifndef IPITRACE_CHANGES_H
#define IPITRACE_CHANGES_H

#include "facts.h"

struct changes;

/* @root: in front of each path, "" but in tests. 0 and *@ch, or a negative errno. */
int changes__open(struct changes **ch, const char *root);
void changes__close(struct changes *ch);

/* Look; what differs from the last time gets @time. */
void changes__look(struct changes *ch, uint64_t time);

/* Those of @from to @to, oldest first, the latest @max of them. Returns how many. */
uint32_t changes__of(const struct changes *ch, uint64_t from, uint64_t to, struct change *told,
		     uint32_t max);

#endif /* IPITRACE_CHANGES_H */
