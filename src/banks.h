/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps as user space sees them: the reading of a bank at rest into a
 * snapshot, and its clearing for the window after next. Plain memory, no
 * libbpf, so it runs in unit tests.
 */
#ifndef IPITRACE_BANKS_H
#define IPITRACE_BANKS_H

#include "snapshot.h"

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

struct banks {
	struct geometry geo;
	struct cpu_rec *cpus; /* nr_cpus + 1, the last the irq_works' */
	struct slot *slots;
	struct origin *origins; /* by slot; one, of no use, where not wanted */
	struct call_rec *calls; /* by sender */
	struct record *records; /* by CPU, place */
	struct record_ring *rings; /* by CPU */
	struct record *running; /* by CPU, frame */
	struct edge_rec *edges;
	struct fn_key *fn_keys;
	struct fn_rec *fns; /* by table, shard, row */
	struct sample *samples; /* by bank */
	uint64_t *samples_taken; /* by bank */
	enum by_key by_key;
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

/*
 * Read @epoch's bank, which must be at rest, into @snap, and clear it:
 * everything but the window's times, carried_in and LOST_QUEUE_UNSEEN.
 * @possible: a byte for each CPU, as cpulist.h has it. Returns 0 or -ENOMEM.
 */
int banks__read(struct banks *banks, uint32_t epoch, const uint8_t *possible,
		struct snapshot *snap);

/* Queue events that only the second program saw, in @epoch's bank, as yet. */
uint64_t banks__recovered(const struct banks *banks, uint32_t epoch);

#endif /* IPITRACE_BANKS_H */
