/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A threshold of microseconds makes thousands of stalls a second. So text tells the
 * first few of each family (phase, function, sender), each that is twice as
 * long as those, and each that lasts; the others are counted. Fixed memory, no
 * locks: for watchers.
 */
#ifndef IPITRACE_STALL_FAMILIES_H
#define IPITRACE_STALL_FAMILIES_H

#include <stdbool.h>
#include <stddef.h>
#include "model/incident.h"
#include "model/totals.h"

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

#endif /* IPITRACE_STALL_FAMILIES_H */
