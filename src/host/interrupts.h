/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts that arrived, by kind, as the kernel itself counts them: the
 * rows of /proc/interrupts. They cost nothing until they are read.
 */
#ifndef IPITRACE_HOST_INTERRUPTS_H
#define IPITRACE_HOST_INTERRUPTS_H

#include <stddef.h>
#include <stdint.h>
#include "model/snapshot.h"

struct interrupts;

struct arrival {
	char kind[KIND_NAME]; /* as in struct kind_stats */
	uint64_t count; /* over all CPUs */
	uint64_t most; /* of one CPU since the last call, at most; 0: unknown */
};

/* The rows of IPIs, in the file's order. */
struct arrivals {
	struct arrival rows[KINDS_MAX];
	size_t nr;
};

/* @path: NULL for /proc/interrupts. 0 and *@in, or a negative errno. */
int interrupts__open(struct interrupts **in, const char *path);
void interrupts__close(struct interrupts *in);

/* Since boot. What the machine has no row for is not there. */
void interrupts__read(struct interrupts *in, struct arrivals *arrivals);

/* Since the last call. @in NULL: nothing is known; nor is it at the first. */
void interrupts__since(struct interrupts *in, struct arrivals *since);

/* The row of a kind, NULL if there is none. */
const struct arrival *arrivals__of(const struct arrivals *arrivals, const char *kind);

/*
 * The name of a kind by what the kernel calls it in words, as in the rows of
 * arm64 and in its ipi_raise: "CPU stop interrupts" is cpu_stop.
 */
void interrupts__name(const char *text, char kind[KIND_NAME]);

#endif /* IPITRACE_HOST_INTERRUPTS_H */
