/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for the user's side of sampled stacks. Three processes find them, so that ipitrace itself neither
 * keeps rights nor reads files that may be anybody's, and goes on if such a file hangs or crashes its
 * reader: host/user/README.md.
 */
#ifndef IPITRACE_HOST_USER_SYMBOLS_H
#define IPITRACE_HOST_USER_SYMBOLS_H

#include "model/snapshot.h"

struct user_symbols;

/*
 * Start the processes. Call this as root, before there is a thread. Returns 0 or a negative errno.
 */
int user_symbols__open(struct user_symbols **us);

/* Close @us, which may be NULL. */
void user_symbols__close(struct user_symbols *us);

/*
 * Whether the keeper has ended: there will be no more names. @how: by which signal or status. @us may be
 * NULL.
 */
bool user_symbols__gone(const struct user_symbols *us, char *how, size_t size);

/*
 * Whether the reader and the opener were begun anew. @how: why, the first time; *@tgid: the process that is
 * left out for that, 0: none is. @us may be NULL.
 */
bool user_symbols__anew(const struct user_symbols *us, uint32_t *tgid, char *how, size_t size);

/* Allow user_symbols__glance() some ms from now on. @us may be NULL. */
void user_symbols__look(struct user_symbols *us);

/*
 * Name @stack soon after it was sampled, because its process may be gone at the end of the window.
 * A BPF program may still be writing @stack, so it is copied first. Returns whether there is time
 * for another stack.
 */
bool user_symbols__glance(struct user_symbols *us, uint32_t tgid, const struct user_stack *stack);

/*
 * Name the user's side of the samples of @snap, whose kernel's side has names, and free the
 * bare stacks. The names belong to @us and stay valid until the next call. Waits for at most
 * 200 ms. @us may be NULL.
 */
void user_symbols__resolve(struct user_symbols *us, struct snapshot *snap);

#endif /* IPITRACE_HOST_USER_SYMBOLS_H */
