/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Complete a snapshot: the collector cuts a window from the maps, and the
 * finisher adds what /proc and /sys know. No other place does.
 */
#ifndef IPITRACE_RUN_FINISH_H
#define IPITRACE_RUN_FINISH_H

#include <stdbool.h>
#include "model/snapshot.h"

struct collect_config;
struct finisher;
struct symbols;
struct user_stack;

/*
 * Open the files, as root. A file that cannot be opened leaves its part of the
 * snapshots unknown. Returns 0 or -ENOMEM.
 */
int finisher__open(struct finisher **f);
void finisher__close(struct finisher *f);

/* The kernel's symbols, owned by the finisher; NULL: they cannot be read. */
struct symbols *finisher__symbols(struct finisher *f);

/* Name the user's side of stacks, too. As root, before there is a thread. 0 or a negative errno. */
int finisher__users(struct finisher *f);

/* Whether a process that names the user's side has ended, so that it has no names any more; @how it did. */
bool finisher__users_gone(const struct finisher *f, char *how, size_t size);

/* Name stacks of a window that has not ended, for some ms: their processes may be gone then. */
void finisher__begin_turn(struct finisher *f);

/* Name one of them. A live_stack_fn: false where the time is over. */
bool finisher__name_stack(void *finisher, uint32_t tgid, const struct user_stack *stack);

/* The first window begins: count interrupts from here. */
void finisher__begin(struct finisher *f);

/* Call just before a cut: read the interrupts, which must be of the same time. */
void finisher__cut(struct finisher *f);

/*
 * Call after the cut: add host, names, cgroup paths and kinds of interrupts,
 * and rank. @config is that of the collection. @nameless: leave out names and paths. @snap points into @f until
 * the next call. Returns 0 or a negative errno.
 */
int finisher__finish(struct finisher *f, struct snapshot *snap, const struct collect_config *config,
		     bool nameless);

#endif /* IPITRACE_RUN_FINISH_H */
