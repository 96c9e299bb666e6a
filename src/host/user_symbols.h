/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for the user's side of sampled stacks. Three processes find the names, so that ipitrace
 * itself neither keeps rights nor reads files that anybody may have made, and goes on if such a
 * file hangs or crashes its reader: host/user/README.md.
 */
#ifndef IPITRACE_HOST_USER_SYMBOLS_H
#define IPITRACE_HOST_USER_SYMBOLS_H

#include "model/snapshot.h"

struct user_symbols;

/* Start the processes, as root, before there is a thread. Returns 0 or a negative errno. */
int user_symbols__open(struct user_symbols **us);

/* Close @us, which may be NULL. */
void user_symbols__close(struct user_symbols *us);

/*
 * Whether the keeper has ended: there will be no more names. @how gets the signal or status of its
 * end, in words. @us may be NULL.
 */
bool user_symbols__ended(const struct user_symbols *us, char *how, size_t size);

/*
 * Whether the keeper had to start the reader and the opener again. @how gets the reason of the
 * first time, in words; *@tgid the process that is left out from then on, 0 if none is. @us may be
 * NULL.
 */
bool user_symbols__restarted(const struct user_symbols *us, uint32_t *tgid, char *how, size_t size);

/* From now on user_symbols__name_early() may wait for some ms in all. @us may be NULL. */
void user_symbols__allow_early(struct user_symbols *us);

/*
 * Name @stack soon after it was sampled, because its process may be gone at the end of the window.
 * A BPF program may still be writing @stack, so it is copied first. Returns whether there is time
 * for another stack.
 */
bool user_symbols__name_early(struct user_symbols *us, uint32_t tgid,
			      const struct user_stack *stack);

/*
 * Name the user's side of the samples of @snap, whose kernel's side has names, and free the stacks
 * without names. The names belong to @us and stay valid until the next call. Waits for at most 200
 * ms. @us may be NULL.
 */
void user_symbols__resolve(struct user_symbols *us, struct snapshot *snap);

#endif /* IPITRACE_HOST_USER_SYMBOLS_H */
