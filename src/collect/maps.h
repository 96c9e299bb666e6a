/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps as plain memory, which the read_* files read, and the size of each, by the number of CPUs.
 * No libbpf, so unit tests make these maps with calloc().
 */
#ifndef IPITRACE_COLLECT_MAPS_H
#define IPITRACE_COLLECT_MAPS_H

#include "abi/cpu.h"
#include "abi/mailbox.h"
#include "abi/record.h"
#include "abi/table.h"
#include "base/cpuset.h"

/* Sizes of maps in entries; bpf/config.bpf.h has a constant for each. */
struct geometry {
	uint32_t nr_cpus; /* highest possible CPU + 1 */
	uint32_t mailbox_slots; /* of each destination */
	uint32_t irq_work_slots; /* of all CPUs together */
	uint32_t edge_slots; /* of each sender */
	uint32_t fn_shards; /* of each table */
	uint32_t hot_places; /* of each CPU, table and bank */
	uint32_t ipi_shards; /* of the histograms of --kinds */
	uint32_t tables; /* 1 (TABLE_FN), or 2 with --by (TABLE_BY too) */
	uint32_t origins; /* 1, or as many as there are slots */
	uint32_t wait_slots; /* of all CPUs together */
	uint32_t task_call_slots; /* of all CPUs together; 1 where a sender waits with preemption off */
	uint32_t watched; /* 1: stalls are watched for */
	uint32_t user_stacks; /* of both banks; 0: none is kept */
	uint32_t record_slots; /* of each CPU's ring; 0: there are no rings */
};

struct maps {
	struct geometry geo;
	struct cpu_rec *cpus; /* nr_cpus + 1, the last is the irq_works' */
	struct slot *slots; /* by box, place */
	struct origin *origins; /* by slot; a single unused entry where origins are not kept */
	struct call_rec *calls; /* by sender */
	struct task_call *task_calls; /* by a hash; where geo.task_call_slots is 1, unused */
	struct record *records; /* by CPU, place */
	struct record_ring *rings; /* by CPU */
	struct record *entered; /* by CPU, frame */
	struct edge_rec *edges; /* by sender, place */
	struct fn_key *fn_keys; /* by table, row */
	struct fn_rec *fns; /* by table, shard, row */
	struct hot_row *hot_rows; /* by table, CPU, bank, place */
	struct sample *samples; /* by bank */
	struct user_stack *user_stacks; /* by bank, as samples; unused where geo.user_stacks is 0 */
	uint64_t *samples_taken; /* by bank */
	enum by_key by_key;
	/* Only in user space: the windows, one after the other, in which a row of TABLE_BY was idle (retire_rows()). */
	uint8_t by_idle[FN_ROWS];
};

/* The usual sizes for @nr_cpus, without TABLE_BY, origins and records. */
struct geometry geometry__of(uint32_t nr_cpus);

/* Kernel memory that the maps of @geo take, in bytes. */
uint64_t geometry__bytes(const struct geometry *geo);

/*
 * The default number of records in each CPU's ring. With two CPUs the ring
 * holds what a CPU that does nothing but run IPIs makes in a second; with more
 * CPUs it is smaller, so that all rings together keep their size.
 */
uint32_t geometry__records(uint32_t nr_cpus);

/* The number of records of calls whose tasks may be preempted while they wait (struct task_call). */
uint32_t geometry__task_calls(uint32_t nr_cpus);

/* The number of entries of the map `slots`. */
uint32_t geometry__slots(const struct geometry *geo);

/* The number of entries of the map `hot_rows`. */
uint32_t geometry__hot_rows(const struct geometry *geo);

/*
 * A BPF map as memory. Each page of the kernel's memory that is mapped counts as this process's (RSS),
 * even if nobody touches the page. So of a map with a part for each CPU only the parts of CPUs that have
 * been online are mapped. The other parts read as zeros: nothing has been written there.
 */

/*
 * How a map is divided: into groups, each with a part of @stride bytes for each CPU. There are
 * as many whole groups as the map has room for, then the rest.
 */
struct mapping_parts {
	size_t stride; /* 0: the map has no parts */
	uint32_t nr_cpus;
};

struct mapping {
	char *memory;
	size_t bytes;
	struct mapping_parts parts;
	int fd; /* of the map; the caller owns it */
	uint8_t *have; /* a byte for each page: 1 if the map's page is there; NULL: all are */
};

/*
 * Map @bytes of the map @fd: the parts of @cpus and the rest, or all if @cpus is
 * NULL or the map has no parts. Returns 0 or a negative errno.
 */
int mapping__open(struct mapping *mapping, int fd, size_t bytes, struct mapping_parts parts,
		  const struct cpuset *cpus);

/* Map the parts of @cpus, too. Returns 0 or a negative errno. */
int mapping__add(struct mapping *mapping, const struct cpuset *cpus);

/* @mapping may be zeroed, or mapping__open() may have failed. */
void mapping__close(struct mapping *mapping);

#endif /* IPITRACE_COLLECT_MAPS_H */
