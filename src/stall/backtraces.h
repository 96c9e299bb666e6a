/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stacks of stuck CPUs, for --backtrace. A watcher asks, one watcher takes
 * the stacks, each may then read them, without locks. Once for each stall, and all
 * stalls together once a second, since an NMI disturbs every CPU.
 *
 * Taking them may wait for a CPU that takes no NMI either, against the rule of
 * the room: then that watcher is missing for so long, and the others go on. The
 * main thread will not do, for it may be on the stuck CPU.
 */
#ifndef IPITRACE_STALL_BACKTRACES_H
#define IPITRACE_STALL_BACKTRACES_H

#include <stdint.h>
#include "model/backtrace.h"

struct backtraces;

/* Takes stacks in the place of sysrq-l, for tests. Returns a text as of sysrq-l's. */
typedef const char *backtraces_take_fn(void *ctx);

/* NULL: no memory. */
struct backtraces *backtraces__new(backtraces_take_fn *take, void *ctx);
void backtraces__free(struct backtraces *backtraces);

/* Ask for the stack of @cpu for the stall @key, unless somebody has. By a watcher. */
void backtraces__ask(struct backtraces *backtraces, uint64_t key, uint32_t cpu);

/*
 * The stack that was taken for the stall @key; NULL: not taken yet, or never, or
 * not before @last (CLOCK_MONOTONIC), when the stall was seen for the last time: what
 * was taken later is not the stall's. Valid for 10 s at least.
 */
const struct backtrace *backtraces__find(const struct backtraces *backtraces, uint64_t key,
					 uint64_t last);

/* Take the stacks that were asked for, unless a watcher does. By a watcher, with nothing held. */
void backtraces__tend(struct backtraces *backtraces);

#endif /* IPITRACE_STALL_BACKTRACES_H */
