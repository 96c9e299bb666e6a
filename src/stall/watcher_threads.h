/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that scan every few ms, also while a CPU is stuck: each is bound to
 * a CPU of its own, in locked memory, at real-time priority where permitted.
 * They take turns while none is stuck; any one of them is enough.
 */
#ifndef IPITRACE_STALL_WATCHER_THREADS_H
#define IPITRACE_STALL_WATCHER_THREADS_H

#include "base/byte_ring.h"

struct watcher_threads;

#define WATCHERS_MAX	   4
/* The period of one watcher; the watchers' turns are spread over it. */
#define WATCHERS_PERIOD_NS 8000000ULL

/*
 * Scan, as watcher number @which; several watchers may scan at once. Must not
 * take a lock, allocate, unmap memory, or wait for another CPU.
 */
typedef void watcher_scan_fn(void *ctx, unsigned int which);

/*
 * As root: prepare a watcher for each of some CPUs that the calling thread may
 * run on, now or once they are online. From here on malloc() returns no memory to the kernel. 0 and
 * *@threads, or a negative errno.
 */
int watcher_threads__open(struct watcher_threads **threads);

/*
 * The same for work that takes longer: every @period, ns, and at a high priority (nice) that
 * is not real-time, unless the calling thread is real-time at watcher_threads__start().
 */
int watcher_threads__open_calm(struct watcher_threads **threads, uint64_t period);

/* As root, once everything that the watchers use is allocated: lock it in memory. */
void watcher_threads__lock_memory(void);

/*
 * Start the watchers, which call @scan with @ctx. Each has its CPU when this returns. The first
 * watcher may scan before, for to move a thread may wait for a stuck CPU. Needs no root. 0 or a
 * negative errno.
 */
int watcher_threads__start(struct watcher_threads *threads, watcher_scan_fn *scan, void *ctx);

/*
 * Bind each watcher to a CPU of its own again after CPUs went or came; the main
 * thread calls this now and then, for it may wait for a stuck CPU.
 */
void watcher_threads__place(struct watcher_threads *threads);

/* Returns when no watcher scans any more. @threads may be NULL. */
void watcher_threads__stop(struct watcher_threads *threads);

/* Stops the watchers, too. @threads may be NULL. */
void watcher_threads__close(struct watcher_threads *threads);

/* The watchers that have a CPU and scan; the others wait for CPUs to come. */
unsigned int watcher_threads__nr(const struct watcher_threads *threads);

/*
 * The watchers' reports on their way to the thread that keeps them: a ring for each
 * watcher, so that none waits for another, nor for the thread that takes.
 */

/* All zero: not open. */
struct report_rings {
	struct byte_ring rings[WATCHERS_MAX];
	char *text; /* room for what one ring holds */
};

/* @size: bytes of one ring, a power of two; a report takes 2 KB. 0 or -ENOMEM. */
int report_rings__open(struct report_rings *rings, size_t size);
void report_rings__close(struct report_rings *rings);

/*
 * As the write function of struct reporter_config, which hands over @ctx, the rings.
 * A report without room is counted, and the stall's next report may find room: 0 always.
 */
int report_rings__put(void *ctx, unsigned int which, const char *report, size_t len);

/*
 * Hand what has come to @fn, whole reports, by one thread at a time. Returns 0, or what
 * @fn returned, which ends the call.
 */
int report_rings__take(struct report_rings *rings,
		       int (*fn)(void *ctx, const char *text, size_t len), void *ctx);

/* Reports that found no room, so far. */
uint64_t report_rings__refused(const struct report_rings *rings);

#endif /* IPITRACE_STALL_WATCHER_THREADS_H */
