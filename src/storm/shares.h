/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A function's csds shared out among their causes, which only the senders' sampled
 * stacks tell apart. Pure.
 */
#ifndef IPITRACE_STORM_SHARES_H
#define IPITRACE_STORM_SHARES_H

#include <stddef.h>
#include <stdint.h>
#include "model/snapshot.h"
#include "model/storm.h"
#include "storm/groups.h"

#define CAUSES_MAX	8
#define CAUSES_POSSIBLE 24

/* The causes of one function's csds. */
struct shares {
	uint64_t addr; /* of the function */
	/* Signatures that have the function, in the order of the table. */
	size_t nr_possible;
	const struct signature *possible[CAUSES_POSSIBLE];
	/* Those that its samples show, most samples first; none: all are own. */
	size_t nr;
	const struct signature *sig[CAUSES_MAX]; /* NULL: none */
	double share[CAUSES_MAX]; /* of the function's csds, by the samples; together 1, less own */
	double own; /* the share that an ipitrace sent, as it began or ended */
};

/* The causes of snap->fns[@fn], by the samples of all rows of the function. */
void shares__find(struct shares *causes, struct groups *groups, const struct snapshot *snap,
		  size_t fn);

/* The group that @sample, of the function of @causes, was counted in; NULL: it has none. */
struct group *shares__group(const struct shares *causes, struct groups *groups,
			    const struct stack_sample *sample);

#endif /* IPITRACE_STORM_SHARES_H */
