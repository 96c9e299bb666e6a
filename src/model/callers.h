/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From sampled stacks to who is behind a function: pure functions on a
 * snapshot whose stacks have names.
 */
#ifndef IPITRACE_MODEL_CALLERS_H
#define IPITRACE_MODEL_CALLERS_H

#include "model/snapshot.h"
#include "model/symbol.h"

/* Some samples of one function that have all of this in common. */
struct caller {
	const struct symbol *frame; /* the first outside kernel/smp.c; NULL: none has a name */
	const struct stack_sample *call; /* the latest of them */
	bool interrupt; /* from an interrupt: the task is the one interrupted */
	size_t samples;
};

/*
 * The callers of snap->fns[@fn] by frame and process, most samples first, at
 * most @max of them in @callers. @all_rows: of all rows of its function, from
 * whichever call site. Returns how many; *@samples is of how many samples.
 */
size_t callers__of(const struct snapshot *snap, size_t fn, bool all_rows, struct caller *callers,
		   size_t max, size_t *samples);

/* The first frame outside kernel/smp.c and the tracing itself; NULL: none. */
const struct symbol *callers__frame(const struct stack_sample *call);

/* The index of the first frame that is not the tracing's own; nr: none. */
uint32_t callers__first(const struct stack_sample *call);

/* As callers__first(), of a stack alone. */
uint32_t callers__untraced(const struct symbol *stack, uint32_t nr);

/*
 * The index of the first frame behind the innermost interrupt's entry: what
 * that interrupted, nr if that was user space; 0 if there is no interrupt.
 */
uint32_t callers__interrupted(const struct symbol *stack, uint32_t nr);

/* Whether the stack goes through an interrupt's entry. */
bool callers__interrupt(const struct stack_sample *call);

#endif /* IPITRACE_MODEL_CALLERS_H */
