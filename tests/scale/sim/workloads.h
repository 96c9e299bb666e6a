/* SPDX-License-Identifier: GPL-2.0 */
/* The loads: senders and targets. README.md has the table. */
#ifndef SCALE_WORKLOADS_H
#define SCALE_WORKLOADS_H

#include "smp.h"

enum workload {
	PAIR,
	RING,
	RANDOM,
	BROADCAST,
	STORM,
	WAKEUPS,
	REQUEUE,
	MIXED,
	NR_WORKLOADS,
};

extern const char *const workload_names[NR_WORKLOADS];

struct run {
	/* Those that were counted. */
	uint64_t calls;
	struct smp_counts smp;
	/* With those of the warm-up. */
	uint64_t all_csds, all_wakeups;
};

/*
 * Run @workload on fresh maps: first until every line that it uses has been
 * used, then cache_count(), then the calls that are counted.
 */
void workload_run(enum workload workload, struct run *run);

#endif /* SCALE_WORKLOADS_H */
