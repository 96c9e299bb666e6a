/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that scan every few ms, also while a CPU is stuck: each thread is bound to
 * a CPU of its own, in locked memory, at real-time priority where permitted.
 * The threads take turns while no CPU is stuck; one thread is enough to scan. Also rings for the
 * threads' reports, and the names that the threads may use.
 */
#ifndef IPITRACE_STALL_WATCHER_THREADS_H
#define IPITRACE_STALL_WATCHER_THREADS_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/byte_ring.h"
#include "model/names.h"

struct watcher_threads;

#define WATCHERS_MAX	   4
/* The period of one watcher; the watchers' turns are spread over it. */
#define WATCHERS_PERIOD_NS 8000000ULL

/*
 * Scans, as watcher number @which; several watchers may scan at once. Must not
 * take a lock, allocate, unmap memory, or wait for another CPU.
 */
typedef void watcher_scan_fn(void *ctx, unsigned int which);

/*
 * Prepare up to WATCHERS_MAX watchers, as root, for CPUs that the calling thread may run on,
 * now or once they are online. From this call on, malloc() returns no memory to the kernel.
 * 0 and *@threads, or a negative errno.
 */
int watcher_threads__open(struct watcher_threads **threads);

/*
 * Prepare watchers for work that takes longer: they scan every @period, ns, and at a high priority
 * (nice) that is not real-time, unless the calling thread is real-time at watcher_threads__start().
 * Otherwise do what watcher_threads__open() does.
 */
int watcher_threads__open_calm(struct watcher_threads **threads, uint64_t period);

/* Lock all memory, as root, after everything that the watchers use is allocated. */
void watcher_threads__lock_memory(void);

/*
 * Start the watchers, which call @scan with @ctx. Each watcher has its CPU when this returns. The
 * first watcher may scan before that, because to move a thread may wait for a stuck CPU. Needs
 * no root. 0 or a negative errno.
 */
int watcher_threads__start(struct watcher_threads *threads, watcher_scan_fn *scan, void *ctx);

/*
 * Bind each watcher to a CPU of its own again after CPUs went or came. The main thread calls
 * this now and then, and not a watcher, because the call may wait for a stuck CPU.
 */
void watcher_threads__place(struct watcher_threads *threads);

/* Returns when no watcher scans any more. @threads may be NULL. */
void watcher_threads__stop(struct watcher_threads *threads);

/* Stops the watchers, too. @threads may be NULL. */
void watcher_threads__close(struct watcher_threads *threads);

/* Returns the watchers that have a CPU and scan; the others wait for CPUs to come. */
unsigned int watcher_threads__nr(const struct watcher_threads *threads);

/*
 * The watchers' reports on their way to the thread that keeps them. Each watcher has a ring of
 * its own, so that it waits neither for another watcher nor for the thread that takes reports.
 */

/* All zero: not open. */
struct report_rings {
	struct byte_ring rings[WATCHERS_MAX];
	char *text; /* room for the reports of one ring */
};

/* @size: bytes of one ring, a power of two; a report takes 2 KB. 0 or -ENOMEM. */
int report_rings__open(struct report_rings *rings, size_t size);
void report_rings__close(struct report_rings *rings);

/*
 * Put a report into the ring of watcher @which: the write function of struct reporter_config;
 * @ctx: the rings. A report that finds no room is counted; the stall's next report may find
 * room. Returns 0 always.
 */
int report_rings__put(void *ctx, unsigned int which, const char *report, size_t len);

/*
 * Hand the reports that have come, only whole ones, to @fn. Called by one thread at a time.
 * Returns 0; a result of @fn that is not 0 ends the call, which returns it.
 */
int report_rings__take(struct report_rings *rings,
		       int (*fn)(void *ctx, const char *text, size_t len), void *ctx);

/* Returns how many reports found no room so far. */
uint64_t report_rings__refused(const struct report_rings *rings);

/*
 * Names of functions and cgroups for watchers, which must not allocate, lock
 * or wait. There are two copies: watchers read the current copy, while a thread that may
 * allocate, lock and wait loads the other copy.
 */

struct name_cache;

/* Load all names that the kernel shows, as root. Returns 0 and *@cache, or -ENOMEM. */
int name_cache__open(struct name_cache **cache);

/* Close @cache, which may be NULL. */
void name_cache__close(struct name_cache *cache);

/*
 * Thread number @reader (below NAME_CACHE_READERS) looks up names only between
 * begin and end; the names that the thread found are valid until end.
 */
#define NAME_CACHE_READERS 8
void name_cache__begin(struct name_cache *cache, unsigned int reader);
void name_cache__end(struct name_cache *cache, unsigned int reader);

/* Name @symbol by its address. @function: the address is the start of a function. */
void name_cache__symbol(struct name_cache *cache, struct symbol *symbol, bool function);

/* Returns the path of the cgroup with @id; NULL: unknown. */
const char *name_cache__cgroup(struct name_cache *cache, uint64_t id);

/* Returns the address of the kernel's function @func; 0: unknown. */
uint64_t name_cache__address(const struct name_cache *cache, const char *func);

/*
 * Load the names again if modules came or went, or, at growing intervals, if a
 * name was missing. Does nothing while a reader still uses the copy to be replaced. Called by
 * one thread, which may allocate and wait.
 */
void name_cache__refresh(struct name_cache *cache);

#endif /* IPITRACE_STALL_WATCHER_THREADS_H */
