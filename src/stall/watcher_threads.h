/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that look at something every few ms, also while a CPU is stuck:
 * each is bound to a CPU of its own, in locked memory, at a real-time
 * priority where that is permitted. While all are free they take turns; any
 * one of them is enough.
 */
#ifndef IPITRACE_STALL_WATCHER_THREADS_H
#define IPITRACE_STALL_WATCHER_THREADS_H

#include <stdint.h>

struct watcher_threads;

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
int watcher_threads__open(struct watcher_threads **w);

/* As root, when all that the watchers use is there: lock it in memory. */
void watcher_threads__lock(void);

/* @fn gets @ctx. Also without root. 0 or a negative errno. */
int watcher_threads__start(struct watcher_threads *w, watchers_fn *fn, void *ctx);

/* No one looks any more when this returns; @w may be NULL. */
void watcher_threads__stop(struct watcher_threads *w);
void watcher_threads__close(struct watcher_threads *w);

unsigned int watcher_threads__nr(const struct watcher_threads *w);

#endif /* IPITRACE_STALL_WATCHER_THREADS_H */
