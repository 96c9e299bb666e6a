/* SPDX-License-Identifier: GPL-2.0 */
/* An attempt that costs much and may be in vain: rarer and rarer, but never given up. */
#ifndef IPITRACE_BASE_BACKOFF_H
#define IPITRACE_BASE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

/* The gap between two attempts doubles from the least to the most. */
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

#endif /* IPITRACE_BASE_BACKOFF_H */
