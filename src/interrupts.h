/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts that arrived, by kind, as the kernel itself counts them: the
 * rows of /proc/interrupts. They cost nothing until they are read.
 */
#ifndef IPITRACE_INTERRUPTS_H
#define IPITRACE_INTERRUPTS_H

#include <stdbool.h>
#include <stdint.h>
#include "ipitrace.h"

struct interrupts;

/* Over all CPUs. */
struct arrivals {
	bool known[NR_KINDS];
	uint64_t count[NR_KINDS];
};

/* @path: NULL for /proc/interrupts. 0 and *@in, or a negative errno. */
int interrupts__open(struct interrupts **in, const char *path);
void interrupts__close(struct interrupts *in);

/* Since boot. What the machine has no row for is not known. */
void interrupts__read(struct interrupts *in, struct arrivals *arrivals);

/* Since the last call. @in NULL: nothing is known; nor is it at the first. */
void interrupts__since(struct interrupts *in, struct arrivals *since);

#endif /* IPITRACE_INTERRUPTS_H */
