/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a view asks its caller for the names of addresses.
 *
 * Views read no /proc, but only they know which of thousands of addresses they
 * print: `waits` up to 2,000 of a moment, `trace` the few that its cache does not
 * have yet. Naming all addresses beforehand would take an array beside each
 * moment, filled while a CPU is stuck. So the caller passes its look-up, which
 * obeys the caller's rules (in the stall path: no allocation, no lock).
 */
#ifndef IPITRACE_VIEW_NAMING_H
#define IPITRACE_VIEW_NAMING_H

#include <stdbool.h>
#include <stdint.h>
#include "model/snapshot.h"
#include "model/symbol.h"

struct naming {
	void *ctx;
	/* Names symbol->addr, until the next call. @func: a function begins there. */
	void (*symbol)(void *ctx, struct symbol *symbol, bool func);
	/* Fills sample->stack and sample->nr with the frames of stack @id, named; NULL: no stacks. */
	void (*stack)(void *ctx, int32_t id, struct stack_sample *sample);
};

#endif /* IPITRACE_VIEW_NAMING_H */
