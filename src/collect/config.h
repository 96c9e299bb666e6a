/* SPDX-License-Identifier: GPL-2.0 */
/* What a command asks the collector to collect. */
#ifndef IPITRACE_COLLECT_CONFIG_H
#define IPITRACE_COLLECT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/limits.h"
#include "base/cpuset.h"

struct collect_config {
	const struct cpuset *cpus; /* sender or destination in it; NULL: all */
	const struct cpuset *src; /* the sender in it; NULL: all */
	const struct cpuset *dst; /* the destination in it; NULL: all */
	uint32_t tgid; /* sent by this process, in task context; 0: all */
	enum by_key by_key; /* what the second table is by */
	bool kinds; /* follow the interrupts themselves (ipis.h) */
	bool keep_origins; /* who queued what is in a slot (struct origin) */
	/*
	 * What takes longer is a stall, ns: collector__moment_reader() tells of them; 0:
	 * none is watched for. It implies keep_origins.
	 */
	uint64_t watch_threshold;
	/* Where the kernel runs what was queued, for functions that sleep; 0: not known. */
	uint64_t flush_func;
	bool keep_stacks; /* with origins or records: the stack of each */
	uint32_t record_kinds; /* a bit for each enum ipi_kind to be recorded; 0: none */
	uint32_t record_slots; /* of each CPU's ring; 0: as many as is usual */
	uint32_t fn_shards; /* of a table, a power of two; 0: as many as is usual */
	uint64_t min_delay; /* of csds that are recorded, ns */
	uint64_t min_handler;
	bool self; /* count the programs' own runs and time */
	const uint64_t *funcs; /* addresses; NULL: all */
	size_t nr_funcs;
	bool no_fexit; /* tell waits from the csds, whatever the kernel can do */
	bool no_attach; /* for tests, which run the programs themselves */
	bool no_membarrier; /* wait the other way (grace.h) */
};

#endif /* IPITRACE_COLLECT_CONFIG_H */
