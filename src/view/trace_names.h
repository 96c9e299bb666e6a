/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of `trace`'s lines that come again and again: functions with their
 * call sites, task names, stacks.
 *
 * `trace` may print a hundred thousand records a second. jansson takes 3.3 us
 * for one object, a third of a CPU. So jansson makes each part once, as text,
 * the part is kept, and a line takes 0.07 us.
 */
#ifndef IPITRACE_VIEW_TRACE_NAMES_H
#define IPITRACE_VIEW_TRACE_NAMES_H

#include <stdbool.h>
#include "abi/record.h"
#include "model/snapshot.h"
#include "model/symbol.h"

/* How the caller names addresses and finds stacks. */
struct trace_lookup {
	void *ctx;
	/* Names symbol->addr. @func: a function begins there. */
	void (*name)(void *ctx, struct symbol *symbol, bool func);
	/* Fills sample->stack's addresses and sample->nr with stack @id; NULL: no stacks. */
	void (*stack)(void *ctx, int32_t id, struct stack_sample *sample);
};

/* A function and its call site. */
struct trace_func {
	uint64_t func;
	uint64_t callsite;
	char *json; /* `"func":...,"module":...,"callsite":...`; NULL without memory */
	char *text; /* "func [module]"; NULL without memory */
};

struct trace_stack {
	char *json; /* `,"caller":...,"stack":[...]` */
	char *text; /* a line for each frame */
	bool interrupt; /* the stack goes through an interrupt's entry */
};

struct trace_names;

/* NULL without memory. */
struct trace_names *trace_names__open(const struct trace_lookup *lookup);
void trace_names__close(struct trace_names *names);

/* Each result is good until the next call for another record. */
const struct trace_func *trace_names__func(struct trace_names *names, const struct record *r);
/* As a JSON string, or "null". */
const char *trace_names__comm(struct trace_names *names, const struct record *r);
/* NULL where no stacks were asked for. */
const struct trace_stack *trace_names__stack(struct trace_names *names, const struct record *r);

#endif /* IPITRACE_VIEW_TRACE_NAMES_H */
