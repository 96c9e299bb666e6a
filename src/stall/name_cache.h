/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for threads that may not allocate, lock or wait: all is read before
 * they ask, and read again, aside, by a thread that may.
 */
#ifndef IPITRACE_STALL_NAME_CACHE_H
#define IPITRACE_STALL_NAME_CACHE_H

#include <stdbool.h>
#include "model/symbol.h"

struct name_cache;

/* As root; reads it all. What the kernel does not show stays without a name. 0 or -ENOMEM. */
int name_cache__open(struct name_cache **n);
void name_cache__close(struct name_cache *n);

/*
 * Between these two, thread number @who (below NAME_CACHE_READERS) may ask; the
 * names that it is given stay until the second.
 */
#define NAME_CACHE_READERS 8
void name_cache__begin(struct name_cache *n, unsigned int who);
void name_cache__end(struct name_cache *n, unsigned int who);

/* @function: the address is where one begins. */
void name_cache__symbol(struct name_cache *n, struct symbol *symbol, bool function);

/* NULL: not known. */
const char *name_cache__cgroup(struct name_cache *n, uint64_t id);

/* Where the kernel runs what was queued to a CPU; 0: not told. */
uint64_t name_cache__flush(const struct name_cache *n);

/*
 * By one thread, now and then: read again if modules came or went, or if
 * something had no name; unless a reader is still in what would be replaced.
 */
void name_cache__refresh(struct name_cache *n);

#endif /* IPITRACE_STALL_NAME_CACHE_H */
