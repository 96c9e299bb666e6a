/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All kinds of IPI in one list: how many were sent, how many arrived, and for
 * the kinds that cannot be observed, why not.
 */
#ifndef IPITRACE_COLLECT_KINDS_H
#define IPITRACE_COLLECT_KINDS_H

#include "collect/config.h"
#include "host/interrupts.h"
#include "model/kind_stats.h"
#include "model/snapshot.h"

/*
 * The row of @kind in @snap->all_kinds, appended if there was none; valid until
 * the next row is appended. NULL: no memory.
 */
struct kind_stats *kinds__row(struct snapshot *snap, const char *kind);

/*
 * Complete @snap->all_kinds, and the reschedules of @snap->cpus, from the counts of @snap and the arrivals @since
 * the window began; @config has the filter of both. @snap's functions must have their names. @machine: as
 * uname(2) has it. Returns 0 or -ENOMEM.
 */
int kinds__complete(struct snapshot *snap, const struct collect_config *config,
		    const struct arrivals *since, const char *machine);

#endif /* IPITRACE_COLLECT_KINDS_H */
