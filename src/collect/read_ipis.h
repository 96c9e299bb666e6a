/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps of --kinds as user space sees them: the interrupts themselves, from
 * send to exit. Plain memory, no libbpf, as banks.h is.
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
	struct ipi_reason *reasons; /* by class, where the kernel names them */
	struct wake_rec *wakes; /* WAKE_ROWS + 1 */
};

/*
 * Read @epoch's bank, which must be at rest, into @snap, and clear it. Returns
 * 0 or -ENOMEM.
 */
int read_ipis(struct ipis *ipis, uint32_t epoch, struct snapshot *snap);

#endif /* IPITRACE_COLLECT_READ_IPIS_H */
