/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of functions and cgroups for watchers, which must not allocate, lock
 * or wait. There are two copies: watchers read the current copy, while a thread that may
 * allocate, lock and wait loads the other copy.
 */
#ifndef IPITRACE_STALL_NAME_CACHE_H
#define IPITRACE_STALL_NAME_CACHE_H

#include "model/names.h"

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

#endif /* IPITRACE_STALL_NAME_CACHE_H */
