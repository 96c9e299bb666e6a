/* SPDX-License-Identifier: GPL-2.0 */
/* The machine on which a snapshot was taken: its CPUs, its NUMA nodes as far as they have CPUs, its features. */
#ifndef IPITRACE_MODEL_HOST_H
#define IPITRACE_MODEL_HOST_H

#include <stdbool.h>
#include <sys/utsname.h>
#include "base/cpuset.h"

struct host {
	struct utsname name;
	struct cpuset online;
};

/* Nodes beyond are taken for the last one. x86 kernels have at most 1,024 (CONFIG_NODES_SHIFT). */
#define NUMA_NODES_MAX 1024

/* All zero bytes: nothing is known, and all CPUs count as one node, 0. */
struct numa {
	uint32_t nr_nodes;
	uint16_t ids[NUMA_NODES_MAX]; /* the kernel's numbers, in order */
	uint16_t nodes[CPUSET_MAX]; /* of each CPU, the index in ids; 0 if unknown */
};

/* A feature that this kernel offers or lacks; a line of `check`. */
struct feature {
	const char *name;
	const char *what; /* a description for people */
	bool available;
	bool needed; /* without this feature `summary` does not run on this kernel */
	char how[96]; /* how ipitrace gets it; "" if unavailable */
	char why[160]; /* why it is unavailable; "" if available */
};

/* What this kernel has for other tracers to record csds with. */
struct tracefs_events {
	bool csd; /* csd:*, since Linux 6.5: without these nothing can be paired */
	bool ipi; /* ipi:* */
	bool call_function; /* irq_vectors:call_function_entry and _single_entry, of x86 */
	bool reschedule; /* irq_vectors:reschedule_entry, of x86 */
	bool mono; /* the clock that is ipitrace's, too */
};

#endif /* IPITRACE_MODEL_HOST_H */
