/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_STACKS_H
#define IPITRACE_VIEW_TEXT_STACKS_H

#include <stddef.h>
#include "model/callers.h"
#include "model/folded.h"
#include "model/snapshot.h"

/* The sampled stacks of each function; equal stacks once, with their number. */
void view__stacks(const struct snapshot *snap);

/*
 * The callers, and what is left of the samples as others:
 * "  via REASON < FUNCTION (FILE), task[tgid]  7/10" to stdout, FUNCTION and FILE of the program;
 * @samples: of the function, all callers.
 */
void view__via(const struct caller *callers, size_t nr, size_t samples);

/* A line a stack, to stdout: "task;outermost;...;function COUNT". */
void view__folded(const struct folded *folded);

#endif /* IPITRACE_VIEW_TEXT_STACKS_H */
