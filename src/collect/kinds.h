/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All kinds of IPI in one list: how many were sent, how many arrived, and for
 * the kinds that cannot be observed, the reason.
 */
#ifndef IPITRACE_COLLECT_KINDS_H
#define IPITRACE_COLLECT_KINDS_H

#include "collect/collector.h"
#include "host/machine.h"

/*
 * Returns the row of @kind in @snap->all_kinds, appended if it is missing; valid until the next row
 * is appended. NULL if there is no memory.
 */
struct kind_stats *kinds__row(struct snapshot *snap, const char *kind);

/*
 * Complete @snap->all_kinds, and the reschedules of @snap->cpus, from the counts of @snap and the
 * arrivals @since the window began; @config has the filter of both. @snap's functions must have
 * names. @machine is that of uname(2). Returns 0 or -ENOMEM.
 */
int kinds__complete(struct snapshot *snap, const struct collect_config *config,
		    const struct arrivals *since, const char *machine);

/* The maps of --kinds: the interrupts themselves, from send to exit. Plain memory, no libbpf. */
struct ipis {
	uint32_t nr_cpus;
	uint32_t shards;
	struct ipi_rec *recs; /* indexed by CPU */
	struct ipi_hist_rec *hists; /* indexed by shard, class */
	struct ipi_reason *reasons; /* indexed by class; empty if a class is a vector (x86) */
	struct wake_rec *wakes; /* WAKE_ROWS + 1 items; the last is the sum of the other wake-ups */
};

/*
 * Read @epoch's bank, which no program may write any more, into @snap and clear the bank.
 * @snap->how.filtered must be set. Returns 0 or -ENOMEM.
 */
int read_ipis(struct ipis *ipis, uint32_t epoch, struct snapshot *snap);

#endif /* IPITRACE_COLLECT_KINDS_H */
