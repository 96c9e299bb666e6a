/* SPDX-License-Identifier: GPL-2.0 */
/* storm.c's part: a window's rows, put together by what they are of. */
#ifndef IPITRACE_STORM_GROUPS_H
#define IPITRACE_STORM_GROUPS_H

#include "model/signature.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "storm/detector.h"

struct group {
	bool used;
	const struct signature *sig; /* NULL: the one function at addr */
	uint64_t addr;
	uint64_t look; /* the last one that had it */
	struct storm_sums now; /* the look that fills */
	struct storm_sums prev;
	struct storm_func funcs[STORM_FUNCS]; /* of now */
	int nr_funcs;
	double baseline;
	struct storm *storm; /* NULL: calm */
};

struct groups {
	struct group at[STORM_GROUPS];
	uint64_t look; /* the number of the one that fills */
	uint64_t ns; /* of it, so far */
	uint64_t cpu_ns;
	uint64_t all;
	uint64_t start; /* CLOCK_MONOTONIC ns */
	uint64_t end;
};

/* Add a window to the look that fills. */
void groups__add(struct groups *groups, const struct snapshot *snap,
		 const struct task_moves *moved);

/* The group of snap->fns[@fn], if it has one. */
struct group *groups__of(struct groups *groups, const struct snapshot *snap, size_t fn);

/* The look is complete: what it has becomes the look before. */
void groups__next(struct groups *groups);

#endif /* IPITRACE_STORM_GROUPS_H */
