/* SPDX-License-Identifier: GPL-2.0 */
/* csds by the sender's stack, as flame graphs want them. */
#ifndef IPITRACE_MODEL_FOLDED_H
#define IPITRACE_MODEL_FOLDED_H

#include <stdint.h>
#include "model/snapshot.h"

/* A stack is cut to so much. */
#define FOLDED_BYTES 8192

struct folded;

/* NULL without memory. */
struct folded *folded__new(void);
void folded__free(struct folded *folded);

/*
 * Add a window: the csds of each row, shared evenly among the stacks sampled of it, so that
 * the sum is that of the rows. A row without samples is under "(not sampled)". 0 or -ENOMEM.
 */
int folded__add(struct folded *folded, const struct snapshot *snap);

/*
 * Each stack once, in alphabetical order: "task;outermost;...;innermost;function". Names
 * may have any bytes but ';' and newlines.
 */
void folded__each(const struct folded *folded, void (*fn)(const char *stack, uint64_t count));

#endif /* IPITRACE_MODEL_FOLDED_H */
