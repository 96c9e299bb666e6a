/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which stacks of senders are one stack. A stack of an interrupt goes on with the frames of the
 * task that it interrupted, which are others each time and no evidence: without them, the stacks of
 * a timer are one, and take one place of CULPRIT_STACKS. Only for files of this directory.
 */
#ifndef IPITRACE_ISOLATED_STACKS_H
#define IPITRACE_ISOLATED_STACKS_H

#include <stdbool.h>
#include <stdint.h>

struct stacks;
struct stack_sample;

/* Returns NULL if there is no memory. */
struct stacks *stacks__new(void);
void stacks__free(struct stacks *stacks);

/* Whether the frames of the stack with the index @id are still unknown. */
bool stacks__lack(const struct stacks *stacks, int32_t id);

/* Add the frames of the stack with the index @id, once. */
void stacks__add(struct stacks *stacks, int32_t id, const struct stack_sample *stack);

/* Returns the index of the first stack that is the same as the stack @id, as far as is known. */
int32_t stacks__same(const struct stacks *stacks, int32_t id);

#endif /* IPITRACE_ISOLATED_STACKS_H */
