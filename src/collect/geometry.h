/* SPDX-License-Identifier: GPL-2.0 */
/* How large each map is on a machine of so many CPUs. */
#ifndef IPITRACE_COLLECT_GEOMETRY_H
#define IPITRACE_COLLECT_GEOMETRY_H

#include <stdint.h>

/* Sizes in entries; each is what the BPF side's `const volatile` says. */
struct geometry {
	uint32_t nr_cpus; /* highest possible CPU + 1 */
	uint32_t mailbox_slots;
	uint32_t irq_work_slots;
	uint32_t edge_slots;
	uint32_t fn_shards;
	uint32_t tables; /* 1, or 2 with --by */
	uint32_t origins; /* 1, or one for each slot */
	uint32_t wait_slots;
	uint32_t watched; /* 1: stalls are watched for */
	uint32_t record_slots; /* of each CPU's ring; 0: there are none */
};

/* For a machine whose highest possible CPU is @nr_cpus - 1. */
struct geometry geometry__of(uint32_t nr_cpus);

/* Kernel memory that the maps of @geo take, in bytes. */
uint64_t geometry__bytes(const struct geometry *geo);

/*
 * Records that each CPU's ring holds unless told: what a CPU that does nothing
 * but run IPIs makes in a second, where there are two; fewer where there are
 * more, so that the whole stays the same.
 */
uint32_t geometry__records(uint32_t nr_cpus);

/* Entries of the slots map. */
uint32_t geometry__slots(const struct geometry *geo);

#endif /* IPITRACE_COLLECT_GEOMETRY_H */
