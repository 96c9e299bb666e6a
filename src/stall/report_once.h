/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Several watchers see the same stall; one of them reports it. A *claim*
 * is a watcher's right to write one report of a stall: that it lasts, or that
 * it is over. No locks: if a watcher does not finish its claim, because its CPU
 * got stuck, another watcher may take the claim after CLAIM_STALE_NS.
 */
#ifndef IPITRACE_STALL_REPORT_ONCE_H
#define IPITRACE_STALL_REPORT_ONCE_H

#include "model/incident.h"
#include "model/totals.h"

struct report_once;

/* The reports of a stall; each has a claim of its own. */
enum claim_kind {
	CLAIM_ONGOING,
	CLAIM_LOST, /* the stall lasts, and its IPI never arrived */
	CLAIM_STOLEN, /* the stall lasts, and the host does not run its CPU */
	CLAIM_BACKTRACE, /* the stall lasts, and its CPU's stack is known */
	CLAIM_OVER,
	NR_CLAIMS,
};

enum claim_result {
	CLAIM_WON, /* write the report, then call report_once__done() */
	CLAIM_BUSY, /* another watcher has the claim; try again later */
	CLAIM_DONE, /* the report was written, or the stall is over meanwhile */
	CLAIM_FULL, /* no room for the stall */
};

/* A claim older than this may be taken by another watcher. */
#define CLAIM_STALE_NS 3000000ULL

/* The caller frees the result with free(). NULL: no memory. */
struct report_once *report_once__new(void);

/* Returns the result that report_once__take() would have at @now; takes no claim. */
enum claim_result report_once__peek(struct report_once *claims, uint64_t key, enum claim_kind kind,
				    uint64_t now);

/*
 * Claim the report of the stall with @key at @now (ns, not 0). After CLAIM_WON
 * *@first says whether this is the stall's first claim of any kind.
 */
enum claim_result report_once__take(struct report_once *claims, uint64_t key, enum claim_kind kind,
				    uint64_t now, bool *first);
void report_once__done(struct report_once *claims, uint64_t key, enum claim_kind kind);

/* Returns the number of the stall with @key, the next number if it has none. 0: no room. */
uint64_t report_once__assign_number(struct report_once *claims, uint64_t key);

/* Returns the number of the stall with @key; 0: it has none. */
uint64_t report_once__find_number(const struct report_once *claims, uint64_t key);

/* Whether report_once__set_named() was called for the stall with @key. */
bool report_once__is_named(const struct report_once *claims, uint64_t key);

/*
 * Note that text names the stall with @key, in a report of its own or of its cause. Returns
 * whether that is new; false if the stall is unknown.
 */
bool report_once__set_named(struct report_once *claims, uint64_t key);

/*
 * Note whether, according to its latest report, the stall with @key is @folded: covered by the
 * report of its cause. Returns the change in the number of folded stalls: 1, 0 or -1.
 */
int report_once__fold(struct report_once *claims, uint64_t key, bool folded);

/* Forget stalls whose end was claimed before @before (ns). Called by one thread at a time. */
void report_once__forget(struct report_once *claims, uint64_t before);

/*
 * A threshold of microseconds makes thousands of stalls a second. Therefore text reports only
 * the first few stalls of each family (phase, function, sender), each stall that is twice as
 * long as the longest that was reported, and each stall that lasts; the others are counted.
 * Fixed memory, no locks: for watchers.
 */

struct families;

/* How many families of a run have names; all others are summed in one family, the last. */
#define FAMILIES_MAX 256

/* This many stalls of a family, the first ones, are reported however short they are. */
#define FAMILY_REPORTED 2

/* The caller frees the result with free(). NULL: no memory. */
struct families *families__new(void);

/* Whether to write the report of @incident, whose function has its name. */
bool families__reports(struct families *families, const struct incident *incident);

/* How text reports a stall. */
enum reported {
	NOT_REPORTED, /* only counted */
	REPORTED_BEFORE, /* reported while it lasted */
	REPORTED_WITH_CAUSE, /* the report of its cause names the stall */
	REPORTED_ALONE,
};

/* Count @incident. @first: it was not counted yet. */
void families__count(struct families *families, const struct incident *incident, bool first,
		     enum reported how);

/* Returns the stalls that were only counted since the last call. Called by one thread. */
struct stalls_unreported families__take_unreported(struct families *families);

/*
 * Get the families, longest stall first, into @list (FAMILIES_MAX + 1 entries); returns how many.
 * No watcher may count meanwhile.
 */
size_t families__list(const struct families *families, struct stall_family *list);

#endif /* IPITRACE_STALL_REPORT_ONCE_H */
