/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When to read the kernel's names again: modules came or went, so that names read before may be
 * wrong; or an address has no name, which may be in vain.
 */
#ifndef IPITRACE_HOST_MODULES_H
#define IPITRACE_HOST_MODULES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * @path: NULL for /proc/modules. Returns a file descriptor, or -1. The kernel
 * shows the addresses of modules if the opener was root.
 */
int modules__open(const char *path);

/*
 * Hash what the file @fd says of modules now, without their users, which change
 * all the time. A module that was loaded again has another address, and so
 * another hash. The same value each time if @fd is -1.
 */
uint64_t modules__hash(int fd);

/*
 * An attempt that costs much and may be in vain is made rarer and rarer, but never given up: the gap
 * between two attempts doubles from the least to the most.
 */
#define BACKOFF_LEAST_NS 1000000000ULL
#define BACKOFF_MOST_NS	 64000000000ULL

/* All zero to begin with. Times are CLOCK_MONOTONIC ns. */
struct backoff {
	uint64_t next; /* no attempt before this time */
	uint64_t gap;
};

/*
 * Whether an attempt is due; if so, the caller makes it. The gaps begin anew
 * if no attempt was wanted for BACKOFF_MOST_NS.
 */
static inline bool backoff__try(struct backoff *b, uint64_t now)
{
	bool anew = !b->gap || now >= b->next + BACKOFF_MOST_NS;

	if (now < b->next)
		return false;
	b->gap = anew ? BACKOFF_LEAST_NS : 2 * b->gap;
	if (b->gap > BACKOFF_MOST_NS)
		b->gap = BACKOFF_MOST_NS;
	b->next = now + b->gap;
	return true;
}

/* The attempt was not in vain. */
static inline void backoff__reset(struct backoff *b)
{
	*b = (struct backoff){};
}

#endif /* IPITRACE_HOST_MODULES_H */
