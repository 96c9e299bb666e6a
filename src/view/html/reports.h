/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls, or storms: the latest report of each, and of those that are over the longest.
 * A capture may hold a million; a page shows some.
 */
#ifndef IPITRACE_VIEW_HTML_REPORTS_H
#define IPITRACE_VIEW_HTML_REPORTS_H

#include <jansson.h>
#include <stdint.h>
#include "view/lasting.h"

/* All zero bytes: none. */
struct reports {
	struct lasting ongoing;
	json_t *over; /* an array, at most twice as long as what a page shows */
};

/* The reports that a page shows. */
#define REPORTS_SHOWN 200

/* Add a report. 0, -EINVAL if it has no id, -ENOMEM. */
int reports__add(struct reports *r, json_t *object);

/* How many there were, and of them: folded stalls, storms that are notes. */
uint64_t reports__nr(const struct reports *r);
uint64_t reports__aside(const struct reports *r);

/* The longest, the longest first: a new array. NULL without memory. */
json_t *reports__longest(struct reports *r);

void reports__free(struct reports *r);

#endif /* IPITRACE_VIEW_HTML_REPORTS_H */
