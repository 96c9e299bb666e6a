/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Several watchers see the same stalls; one of them reports each. A *claim*
 * is a watcher's right to write one report of a stall: that it lasts, or that
 * it is over. No locks: a claim whose watcher does not finish, since its CPU
 * got stuck, is another watcher's to take after CLAIM_STALE_NS.
 */
#ifndef IPITRACE_STALL_REPORT_ONCE_H
#define IPITRACE_STALL_REPORT_ONCE_H

#include "model/incident.h"
#include "model/totals.h"

struct report_once;

/* The reports of a stall, each claimed by itself. */
enum claim_kind {
	CLAIM_ONGOING,
	CLAIM_LOST, /* it lasts, and its IPI never arrived */
	CLAIM_BACKTRACE, /* it lasts, and here is its CPU's stack */
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

/* NULL: no memory. */
struct report_once *report_once__new(void);
void report_once__free(struct report_once *claims);

/* The result that report_once__take() would have now; takes no claim. */
enum claim_result report_once__peek(struct report_once *claims, uint64_t key, enum claim_kind kind,
				    uint64_t now);

/*
 * Claim the report of the stall with @key at @now (ns, not 0). After CLAIM_WON
 * *@first says whether this is the stall's first claim of any kind.
 */
enum claim_result report_once__take(struct report_once *claims, uint64_t key, enum claim_kind kind,
				    uint64_t now, bool *first);
void report_once__done(struct report_once *claims, uint64_t key, enum claim_kind kind);

/* The number of the stall with @key; assigns the next one if it has none. 0: no room. */
uint64_t report_once__assign_number(struct report_once *claims, uint64_t key);

/* The number of the stall with @key; 0: it has none. */
uint64_t report_once__find_number(const struct report_once *claims, uint64_t key);

/* Whether the stall with @key was told: report_once__tell() was called. */
bool report_once__told(const struct report_once *claims, uint64_t key);

/* The stall with @key is told. Returns whether that is new; false where the stall is unknown. */
bool report_once__tell(struct report_once *claims, uint64_t key);

/*
 * By its latest report the stall with @key is @folded, or is not. Returns by how much that
 * changes the number of those that are: 1, 0 or -1.
 */
int report_once__fold(struct report_once *claims, uint64_t key, bool folded);

/* Forget stalls whose end was claimed before @before (ns). By one thread at a time. */
void report_once__forget(struct report_once *claims, uint64_t before);

/*
 * A threshold of microseconds makes thousands of stalls a second. So text tells the
 * first few of each family (phase, function, sender), each that is twice as
 * long as those, and each that lasts; the others are counted. Fixed memory, no
 * locks: for watchers.
 */

struct families;

/* The families of one run that have names; the rest is one family, the last. */
#define FAMILIES_MAX 256

/* So many stalls of a family are told whatever they are. */
#define FAMILY_TOLD 2

/* NULL: no memory. */
struct families *families__new(void);
void families__free(struct families *families);

/* Whether the report of @incident, whose function has its name, is to be written. */
bool families__reports(const struct families *families, const struct incident *incident);

/* How text reports a stall. */
enum reported {
	NOT_REPORTED, /* only counted */
	REPORTED_BEFORE, /* while it lasted */
	REPORTED_WITH_CAUSE, /* the report of its cause names it */
	REPORTED_ALONE,
};

/* Count @incident. @first: it was not counted yet. */
void families__count(struct families *families, const struct incident *incident, bool first,
		     enum reported how);

/* Stalls counted and not told since the last call. By one thread. */
struct stalls_untold families__untold(struct families *families);

/*
 * The families, longest stall first, into @list (FAMILIES_MAX + 1 entries); returns
 * how many. No watcher may count meanwhile.
 */
size_t families__list(const struct families *families, struct stall_family *list);

#endif /* IPITRACE_STALL_REPORT_ONCE_H */
