/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The detector's groups: the rows of snapshots, summed by cause over one
 * interval. An interval is one window, or several short windows, of
 * STORM_INTERVAL_NS or more together. Pure, in fixed memory.
 */
#ifndef IPITRACE_STORM_GROUPS_H
#define IPITRACE_STORM_GROUPS_H

#include "model/signature.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "storm/detector.h"

/* All functions of one signature, or one function without a signature. */
struct group {
	bool used;
	const struct signature *sig; /* NULL: the function at addr */
	uint64_t addr;
	uint64_t last_interval; /* number of the last interval with csds of this group */
	struct storm_sums now; /* sums of the interval being filled */
	struct storm_sums prev; /* sums of the interval before */
	struct storm_func funcs[STORM_FUNCS]; /* of now; by count, most first */
	int nr_funcs;
	double baseline; /* usual csds a second on the CPU most hit */
	struct storm *storm; /* NULL: calm; owned by the detector */
};

/* A zeroed struct is empty. */
struct groups {
	struct group at[STORM_GROUPS];
	/* The interval being filled: its number from 0, and its sums so far. */
	uint64_t interval;
	uint64_t ns;
	uint64_t cpu_ns; /* time of all online CPUs */
	uint64_t all; /* csds and interrupts of all groups */
	uint64_t start; /* CLOCK_MONOTONIC ns */
	uint64_t end;
};

/* Add a window to the interval being filled. @moved may be NULL. */
void groups__add(struct groups *groups, const struct snapshot *snap,
		 const struct task_moves *moved);

/* The group of snap->fns[@fn], or NULL: it has none. */
struct group *groups__of(struct groups *groups, const struct snapshot *snap, size_t fn);

/* The interval is complete: its sums become those of the interval before. */
void groups__next(struct groups *groups);

#endif /* IPITRACE_STORM_GROUPS_H */
