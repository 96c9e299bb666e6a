/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of causes: what interrupts an isolated CPU, and what to do about
 * it. It extends the signatures of IPIs: a function that has a signature has
 * its name and cause, and advice for an isolated CPU where that differs.
 */
#ifndef IPITRACE_ISOLATED_CAUSES_H
#define IPITRACE_ISOLATED_CAUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/isolation.h"
#include "model/snapshot.h"

enum vector {
	VECTOR_OTHER,
	VECTOR_CALL, /* functions and irq_works of other CPUs */
	VECTOR_IRQ_WORK, /* irq_works of the CPU's own */
	VECTOR_RESCHEDULE,
};

/*
 * x86's vectors by number (arch/x86/include/asm/irq_vectors.h, the same since
 * 4.5), arm64's by the kernel's text, of which COMM_LEN is enough.
 */
enum vector vector__of(uint32_t id, const char *text);

/*
 * Set caller and chain of @culprit from its sender's @stack, whose frames are
 * named: from the first frame that says why it sent. Returns 0 or -ENOMEM.
 */
int causes__chain(struct culprit *culprit, const struct stack_sample *stack);

/*
 * Set cause, because, advice and group of @culprit, whose function is named, and drop
 * a sender that is only the task that was interrupted. @tick_dependency: why
 * the CPU kept its tick, a bit of enum tick_dep_bits; 0: not known.
 */
void causes__name(struct culprit *culprit, uint32_t tick_dependency);

/* The group of a culprit that is no sum, by its kind, id and what. */
enum culprit_group causes__group(const struct culprit *culprit);

/* The names of all causes; some are there more than once. */
size_t causes__count(void);
const char *causes__word(size_t i);

/* Whether @glob of --allow matches one of them, or a function of the table. */
bool causes__match(const char *glob);

#endif /* IPITRACE_ISOLATED_CAUSES_H */
