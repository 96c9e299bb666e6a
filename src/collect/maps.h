/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The BPF maps as plain memory, which the read_* files read, and the size of each map, by the
 * number of CPUs. Without libbpf, so that unit tests can make these maps with calloc().
 */
#ifndef IPITRACE_COLLECT_MAPS_H
#define IPITRACE_COLLECT_MAPS_H

#include "abi/cpu.h"
#include "abi/mailbox.h"
#include "abi/record.h"
#include "abi/table.h"
#include "base/cpuset.h"

/* Numbers of entries in maps; bpf/config.bpf.h has a constant for each. */
struct geometry {
	uint32_t nr_cpus; /* highest possible CPU + 1 */
	uint32_t mailbox_slots; /* for each target */
	uint32_t irq_work_slots; /* for all CPUs together */
	uint32_t edge_slots; /* for each sender */
	uint32_t fn_shards; /* for each table */
	uint32_t hot_places; /* for each CPU, table and bank */
	uint32_t ipi_shards; /* for the histograms of --kinds */
	uint32_t tables; /* 1 (TABLE_FN), or 2 with --by (TABLE_BY too) */
	uint32_t origins; /* as many as there are slots; 1 if origins are not kept */
	uint32_t wait_slots; /* for all CPUs together */
	uint32_t task_call_slots; /* for all CPUs together; 1: senders wait with preemption off */
	uint32_t watched; /* 1 if stalls are watched for */
	uint32_t user_stacks; /* in both banks; 0 if no user stack is kept */
	uint32_t record_slots; /* in each CPU's ring; 0 if there are no rings */
};

struct maps {
	struct geometry geo;
	struct cpu_rec *cpus; /* nr_cpus + 1 items, the last for irq_works */
	struct slot *slots; /* indexed by mailbox, place */
	struct origin *origins; /* indexed by slot; one unused entry if origins are not kept */
	struct call_rec *calls; /* indexed by sender */
	struct task_call *task_calls; /* a hash; unused if geo.task_call_slots is 1 */
	struct record *records; /* indexed by CPU, place */
	struct record_ring *rings; /* indexed by CPU */
	struct record *entered; /* indexed by CPU, frame */
	struct edge_rec *edges; /* indexed by sender, place */
	struct fn_key *fn_keys; /* indexed by table, row */
	struct fn_rec *fns; /* indexed by table, shard, row */
	struct hot_row *hot_rows; /* indexed by table, CPU, bank, place */
	struct sample *samples; /* indexed by bank */
	struct user_stack *user_stacks; /* by bank, as samples; unused where geo.user_stacks is 0 */
	uint64_t *samples_taken; /* indexed by bank */
	enum by_key by_key;
	/* Not a BPF map: for how many windows a row of TABLE_BY has been idle (retire_rows()). */
	uint8_t by_idle[FN_ROWS];
};

/* Returns the usual numbers for @nr_cpus, without TABLE_BY, origins and records. */
struct geometry geometry__of(uint32_t nr_cpus);

/* Returns the kernel memory that the maps of @geo take, bytes. */
uint64_t geometry__bytes(const struct geometry *geo);

/*
 * Returns the default number of records in each CPU's ring. With two CPUs a ring has room for the
 * csds of one second on a CPU that only runs csds; with more CPUs a ring is smaller, so that all
 * rings together keep their size.
 */
uint32_t geometry__records(uint32_t nr_cpus);

/* Returns the number of struct task_call, where a sender may be preempted while it waits. */
uint32_t geometry__task_calls(uint32_t nr_cpus);

/* Returns the number of entries of the map `slots`. */
uint32_t geometry__slots(const struct geometry *geo);

/* Returns the number of entries of the map `hot_rows`. */
uint32_t geometry__hot_rows(const struct geometry *geo);

/*
 * A BPF map as memory. Each page of the kernel's memory that is mapped counts as memory of this
 * process (RSS), even if nobody touches the page. So if a map has a part for each CPU, only the
 * parts of CPUs that have been online are mapped. The other parts read as zeros, and no program has
 * written there.
 */

/*
 * How a map is divided: into groups, each with a part of @stride bytes for each CPU. As many whole
 * groups as possible come first, then the rest, which has no parts.
 */
struct mapping_parts {
	size_t stride; /* 0: the map has no parts */
	uint32_t nr_cpus;
};

struct mapping {
	char *memory;
	size_t bytes;
	struct mapping_parts parts;
	int fd; /* the map's descriptor; the caller owns it */
	/* a byte for each page: 1 if the map's page is mapped; NULL: all pages are mapped */
	uint8_t *mapped;
};

/*
 * Map @bytes of the map @fd: the parts of @cpus and the rest, or all bytes if @cpus is NULL or the
 * map has no parts. Returns 0 or a negative errno.
 */
int mapping__open(struct mapping *mapping, int fd, size_t bytes, struct mapping_parts parts,
		  const struct cpuset *cpus);

/* Map the parts of @cpus in addition. Returns 0 or a negative errno. */
int mapping__add(struct mapping *mapping, const struct cpuset *cpus);

/* Unmap @mapping. It may be all zero, and mapping__open() may have failed for it. */
void mapping__close(struct mapping *mapping);

#endif /* IPITRACE_COLLECT_MAPS_H */
