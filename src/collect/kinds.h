/* SPDX-License-Identifier: GPL-2.0 */
/* All kinds of IPI in one list: what was sent, what arrived, what is not told. */
#ifndef IPITRACE_COLLECT_KINDS_H
#define IPITRACE_COLLECT_KINDS_H

#include "host/interrupts.h"
#include "model/snapshot.h"

/* The kind of that name in @snap->all_kinds, added if it is new; NULL: no memory. */
struct kind_stats *kinds__row(struct snapshot *snap, const char *kind);

/*
 * Complete @snap->all_kinds, by what was counted and what arrived @since the
 * window began. @snap's functions have their names. @machine: as uname(2) has
 * it. Returns 0 or -ENOMEM.
 */
int kinds__complete(struct snapshot *snap, const struct arrivals *since, const char *machine);

#endif /* IPITRACE_COLLECT_KINDS_H */
