/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Several threads see the same stalls; one reports each. No locks: whoever is
 * interrupted by a stuck CPU with a claim in its hands loses it to another
 * one before long.
 */
#ifndef IPITRACE_CLAIMS_H
#define IPITRACE_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

struct claims;

enum claim_of {
	CLAIM_ONGOING,
	CLAIM_OVER,
	NR_CLAIMS,
};

enum claim {
	CLAIM_WON, /* report it, and say so by claims__done() */
	CLAIM_BUSY, /* somebody is about to; look again */
	CLAIM_DONE, /* it was reported, or is over */
	CLAIM_FULL, /* no room */
};

/* A claim older than this is another's to take. */
#define CLAIM_STALE_NS 3000000ULL

/* NULL: no memory. */
struct claims *claims__new(void);
void claims__free(struct claims *claims);

/* What claims__take() would come to; nothing is taken. */
enum claim claims__look(struct claims *claims, uint64_t key, enum claim_of what, uint64_t now);

/*
 * The number of the stall with @key, given to it now if it has none; 0: no
 * room.
 */
uint64_t claims__number(struct claims *claims, uint64_t key);

/*
 * Claim the report of the stall with @key at @now (not 0). *@first: it is the
 * first of this stall.
 */
enum claim claims__take(struct claims *claims, uint64_t key, enum claim_of what, uint64_t now,
			bool *first);
void claims__done(struct claims *claims, uint64_t key, enum claim_of what);

/* Its number, 0 if it has none. */
uint64_t claims__id(const struct claims *claims, uint64_t key);

/* Forget what was over before @then. By one thread. */
void claims__forget(struct claims *claims, uint64_t then);

#endif /* IPITRACE_CLAIMS_H */
