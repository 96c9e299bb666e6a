/* SPDX-License-Identifier: GPL-2.0 */
/* What a view gets from its caller: the options that change a snapshot's output; names of addresses. */
#ifndef IPITRACE_VIEW_OPTIONS_H
#define IPITRACE_VIEW_OPTIONS_H

#include "model/snapshot.h"

struct storm_nearest;

struct view_options {
	bool quiet; /* no heading */
	bool stacks; /* print the sampled stacks */
	bool anonymous; /* JSON: no names of tasks and cgroups */
	double asked; /* length of a whole window, s; 0: not known */
	const char *ran; /* PROGRAM, where all senders are counted: "make[1234]"; NULL, "": none */
	bool by_cpu; /* sort CPUs by handler time, not by number */
	const struct storm_nearest *nearest; /* JSON: what the window shows; NULL: not looked for */
};

/*
 * How a view asks its caller for the names of addresses.
 *
 * Views read no /proc, but only they know which of thousands of addresses they print: `waits` up
 * to 2,000 of a moment, `trace` the few that its cache does not have yet. Naming all addresses
 * beforehand would take an array beside each moment, filled while a CPU is stuck. So the caller
 * passes its look-up, which obeys the caller's rules (in the stall path: no allocation, no lock).
 */

struct naming {
	void *ctx;
	/* Names symbol->addr, until the next call. @func: a function begins there. */
	void (*symbol)(void *ctx, struct symbol *symbol, bool func);
	/* Fills sample->stack and sample->nr with the frames of stack @id, named; NULL: no stacks. */
	void (*stack)(void *ctx, int32_t id, struct stack_sample *sample);
};

#endif /* IPITRACE_VIEW_OPTIONS_H */
