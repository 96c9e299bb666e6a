/* SPDX-License-Identifier: GPL-2.0 */
/* The machine of a snapshot: its CPUs, its NUMA nodes that have CPUs, its features. */
#ifndef IPITRACE_MODEL_HOST_H
#define IPITRACE_MODEL_HOST_H

#include <stdbool.h>
#include <sys/utsname.h>
#include "base/cpuset.h"

struct host {
	struct utsname name;
	struct cpuset online;
};

/* Further nodes' CPUs count for the last node. x86 has at most 1,024 nodes (CONFIG_NODES_SHIFT). */
#define NUMA_NODES_MAX 1024

/* The NUMA nodes of the CPUs. All zero: they are unknown, and all CPUs count for node 0. */
struct numa {
	uint32_t nr_nodes;
	uint16_t ids[NUMA_NODES_MAX]; /* the kernel's numbers of the nodes, ascending */
	uint16_t nodes[CPUSET_MAX]; /* for each CPU the index in ids; 0 if unknown */
};

/* A feature that this kernel has or lacks: a line of `check`. */
struct feature {
	const char *name;
	const char *what; /* a description for people */
	bool available;
	bool needed; /* `summary` does not run on a kernel without this feature */
	char how[96]; /* how ipitrace gets it; "" if unavailable */
	char why[160]; /* why it is unavailable; "" if available */
};

/* The events of this kernel with which other tracers can record csds. */
struct tracefs_events {
	bool csd; /* csd:*, since Linux 6.5: without them no csd can be followed */
	bool ipi; /* ipi:* */
	bool call_function; /* irq_vectors:call_function{,_single}_entry (x86) */
	bool reschedule; /* irq_vectors:reschedule_entry (x86) */
	bool mono; /* the clock "mono", which ipitrace uses too */
	/* buffers in memory that a reset leaves as it is: reserve_mem=, since Linux 6.12 */
	bool reserved;
};

#endif /* IPITRACE_MODEL_HOST_H */
