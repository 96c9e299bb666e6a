/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts received, by kind, as the kernel itself counts them in
 * /proc/interrupts. They cost nothing until they are read.
 */
#ifndef IPITRACE_HOST_INTERRUPTS_H
#define IPITRACE_HOST_INTERRUPTS_H

#include "model/snapshot.h"

struct interrupts;

struct arrival {
	char kind[KIND_NAME]; /* as in struct kind_stats */
	uint64_t count; /* since the last call, over all CPUs */
	uint64_t most; /* the same of the CPU that received most; 0: none, or unknown */
};

/* The rows of IPIs, in the file's order. */
struct arrivals {
	struct arrival rows[KINDS_MAX];
	size_t nr;
	/* Reschedules since the last call, of the CPUs that the file showed both times. */
	struct cpuset counted;
	uint64_t reschedules[MAX_CPUS];
};

/* @path: NULL for /proc/interrupts. 0 and *@in, or a negative errno. */
int interrupts__open(struct interrupts **in, const char *path);
void interrupts__close(struct interrupts *in);

/*
 * The interrupts that arrived since the last call, also if CPUs went or came in between. A kind
 * that the machine has no row for is left out, and one whose row does not fit the CPUs at this
 * moment: its next count includes this one. No rows at the first call, or if @in is NULL.
 */
void interrupts__since(struct interrupts *in, struct arrivals *since);

/*
 * The interrupts of @kind that @cpu had received when the file was last read,
 * since boot. False: the file has no such row or CPU.
 */
bool interrupts__of_cpu(const struct interrupts *in, const char *kind, uint32_t cpu,
			uint64_t *count);

/*
 * Turn the kernel's description of a kind, as in the rows of arm64 and in its
 * ipi_raise, into a name: "CPU stop interrupts" is cpu_stop.
 */
void interrupts__name(const char *text, char kind[KIND_NAME]);

#endif /* IPITRACE_HOST_INTERRUPTS_H */
