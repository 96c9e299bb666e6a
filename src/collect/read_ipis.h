/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads the maps of --kinds into a snapshot: the interrupts themselves, from
 * send to exit. Plain memory, no libbpf, so unit tests run this code.
 */
#ifndef IPITRACE_COLLECT_READ_IPIS_H
#define IPITRACE_COLLECT_READ_IPIS_H

#include "abi/ipi.h"
#include "model/snapshot.h"

struct ipis {
	uint32_t nr_cpus;
	uint32_t shards;
	struct ipi_rec *recs; /* by CPU */
	struct ipi_hist_rec *hists; /* by shard, class */
	struct ipi_reason *reasons; /* by class; empty where a class is a vector (x86) */
	struct wake_rec *wakes; /* WAKE_ROWS + 1, the last is the others' */
};

/*
 * Read @epoch's bank, which must be at rest, into @snap and clear the bank.
 * @snap->how.filtered must be set. Returns 0 or -ENOMEM.
 */
int read_ipis(struct ipis *ipis, uint32_t epoch, struct snapshot *snap);

#endif /* IPITRACE_COLLECT_READ_IPIS_H */
