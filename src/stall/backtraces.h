/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stacks of stuck CPUs, for --backtrace. A watcher asks, one watcher takes
 * the stacks, each may then read them, without locks. Once for each stall, up to
 * three times where the kernel could not unwind, and all stalls together once a
 * second, since an NMI disturbs every CPU; one stack serves all stalls of its CPU.
 *
 * Taking them may wait for a CPU that takes no NMI either, against the rule of
 * the room: then that watcher is missing for so long, and the others go on. The
 * main thread will not do, for it may be on the stuck CPU.
 */
#ifndef IPITRACE_STALL_BACKTRACES_H
#define IPITRACE_STALL_BACKTRACES_H

#include <stdbool.h>
#include <stdint.h>
#include "model/incident.h"

struct backtraces;

/* Takes stacks in the place of sysrq-l, for tests. Returns a text as of sysrq-l's. */
typedef const char *backtraces_take_fn(void *ctx);

/* NULL: no memory. */
struct backtraces *backtraces__new(backtraces_take_fn *take, void *ctx);
void backtraces__free(struct backtraces *backtraces);

/* A stall: its CPU, when it began, and when it was seen last (CLOCK_MONOTONIC). */
struct backtrace_of {
	uint32_t cpu;
	uint64_t start;
	uint64_t last;
};

/* Ask for the stack, unless it was asked for often enough since the stall began. By a watcher. */
void backtraces__ask(struct backtraces *backtraces, const struct backtrace_of *of);

/* Whether a stack of the stall's CPU was asked for that is not there yet. */
bool backtraces__pending(const struct backtraces *backtraces, const struct backtrace_of *of);

/*
 * The longest stack that was taken during the stall; NULL: not taken yet, or never. Valid
 * for 10 s at least.
 */
const struct backtrace *backtraces__find(const struct backtraces *backtraces,
					 const struct backtrace_of *of);

/* Take the stacks that were asked for, unless a watcher does. By a watcher, with nothing held. */
void backtraces__tend(struct backtraces *backtraces);

#endif /* IPITRACE_STALL_BACKTRACES_H */
