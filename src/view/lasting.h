/* SPDX-License-Identifier: GPL-2.0 */
/* Stalls and storms are reported while they last, and again, by the same id, when they are over. */
#ifndef IPITRACE_VIEW_LASTING_H
#define IPITRACE_VIEW_LASTING_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* More at one time are taken as over. */
#define LASTING_MAX 4096

/*
 * Several threads report stalls, so in a capture the report that a stall lasts may follow
 * the one of its end, by a second at most. So many ids of the last ends are remembered.
 */
#define OVER_MAX 1024

/* All zero bytes: no report yet. */
struct lasting {
	json_t *reports; /* its id -> the latest report */
	uint64_t over[OVER_MAX]; /* ids, in turn */
	size_t nr_over; /* in all */
	uint64_t aside; /* of these: parse__aside() */
};

/*
 * Take a report into account. 1: it is over; 0: it lasts, and is kept, or it was over
 * already; -EINVAL: it has no id; -ENOMEM.
 */
int lasting__report(struct lasting *o, json_t *object);

/* How many stalls or storms there were, each once; and how many of them stand aside. */
uint64_t lasting__nr(const struct lasting *o);
uint64_t lasting__aside(const struct lasting *o);

void lasting__free(struct lasting *o);

#endif /* IPITRACE_VIEW_LASTING_H */
