/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that look at something every few ms, also while a CPU is stuck:
 * each is bound to a CPU of its own, in locked memory, at a real-time
 * priority where that is permitted. While all are free they take turns; any
 * one of them is enough.
 */
#ifndef IPITRACE_WATCHERS_H
#define IPITRACE_WATCHERS_H

#include <stdint.h>

struct watchers;

#define WATCHERS_MAX	   4
/* Of each one; the turns of all lie between. */
#define WATCHERS_PERIOD_NS 8000000ULL

/*
 * Look, as watcher number @which; several may at once. It must not take a
 * lock, allocate, or wait for another CPU.
 */
typedef void watchers_fn(void *ctx, unsigned int which);

/*
 * As root: prepare a watcher for each of some CPUs that this thread may run
 * on. What memory malloc() has from here on it keeps. 0 and *@w, or a negative
 * errno.
 */
int watchers__open(struct watchers **w);

/* As root, when all that the watchers use is there: lock it in memory. */
void watchers__lock(void);

/* @fn gets @ctx. Also without root. 0 or a negative errno. */
int watchers__start(struct watchers *w, watchers_fn *fn, void *ctx);

/* No one looks any more when this returns; @w may be NULL. */
void watchers__stop(struct watchers *w);
void watchers__close(struct watchers *w);

unsigned int watchers__nr(const struct watchers *w);

#endif /* IPITRACE_WATCHERS_H */
