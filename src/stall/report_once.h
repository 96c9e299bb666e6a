/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Several threads see the same stalls; one reports each. No locks: whoever is
 * interrupted by a stuck CPU with a claim in its hands loses it to another
 * one before long.
 */
#ifndef IPITRACE_STALL_REPORT_ONCE_H
#define IPITRACE_STALL_REPORT_ONCE_H

#include <stdbool.h>
#include <stdint.h>

struct report_once;

enum claim_of {
	CLAIM_ONGOING,
	CLAIM_OVER,
	NR_CLAIMS,
};

enum claim {
	CLAIM_WON, /* report it, and say so by report_once__done() */
	CLAIM_BUSY, /* somebody is about to; look again */
	CLAIM_DONE, /* it was reported, or is over */
	CLAIM_FULL, /* no room */
};

/* A claim older than this is another's to take. */
#define CLAIM_STALE_NS 3000000ULL

/* NULL: no memory. */
struct report_once *report_once__new(void);
void report_once__free(struct report_once *claims);

/* What report_once__take() would come to; nothing is taken. */
enum claim report_once__peek(struct report_once *claims, uint64_t key, enum claim_of what,
			     uint64_t now);

/*
 * The number of the stall with @key, given to it now if it has none; 0: no
 * room.
 */
uint64_t report_once__number(struct report_once *claims, uint64_t key);

/*
 * Claim the report of the stall with @key at @now (not 0). *@first: it is the
 * first of this stall.
 */
enum claim report_once__take(struct report_once *claims, uint64_t key, enum claim_of what,
			     uint64_t now, bool *first);
void report_once__done(struct report_once *claims, uint64_t key, enum claim_of what);

/* Its number, 0 if it has none. */
uint64_t report_once__known_number(const struct report_once *claims, uint64_t key);

/* Forget what was over before @then. By one thread. */
void report_once__forget(struct report_once *claims, uint64_t then);

#endif /* IPITRACE_STALL_REPORT_ONCE_H */
