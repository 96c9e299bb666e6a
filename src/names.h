/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for threads that may not allocate, lock or wait: all is read before
 * they ask, and read again, aside, by a thread that may.
 */
#ifndef IPITRACE_NAMES_H
#define IPITRACE_NAMES_H

#include <stdbool.h>
#include "snapshot.h"

struct names;

/* As root; reads it all. What the kernel does not show stays without a name. 0 or -ENOMEM. */
int names__open(struct names **n);
void names__close(struct names *n);

/*
 * Between these two, thread number @who (below NAMES_READERS) may ask; the
 * names that it is given stay until the second.
 */
#define NAMES_READERS 8
void names__begin(struct names *n, unsigned int who);
void names__end(struct names *n, unsigned int who);

/* @function: the address is where one begins. */
void names__symbol(struct names *n, struct symbol *symbol, bool function);

/* NULL: not known. */
const char *names__cgroup(struct names *n, uint64_t id);

/* Where the kernel runs what was queued to a CPU; 0: not told. */
uint64_t names__flush(const struct names *n);

/*
 * By one thread, now and then: read again if modules came or went, or if
 * something had no name; unless a reader is still in what would be replaced.
 */
void names__refresh(struct names *n);

#endif /* IPITRACE_NAMES_H */
