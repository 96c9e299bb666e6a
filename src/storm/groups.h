/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The detector's groups: the rows of snapshots, summed by cause over one
 * interval. An interval is one window, or several short windows, of
 * STORM_INTERVAL_NS or more together. Pure, in fixed memory.
 */
#ifndef IPITRACE_STORM_GROUPS_H
#define IPITRACE_STORM_GROUPS_H

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
	enum names_shown names; /* of a function without a name: whether names are hidden */
	double baseline; /* usual csds a second on the CPU most hit */
	struct storm *storm; /* NULL: calm; owned by the detector */
};

/* One CPU's share of a group, sent and received, in the window just added. */
struct hit {
	struct group *group;
	uint32_t cpu;
	double sent;
	double received;
	double handler;
	double wait;
};

/* A zeroed struct is empty. */
struct groups {
	struct group at[STORM_GROUPS];
	/* The interval being filled: its number from 0, and its sums so far. */
	uint64_t interval;
	uint64_t ns;
	uint64_t cpu_ns; /* time of all online CPUs */
	uint64_t all; /* csds and interrupts of all groups */
	bool runs_unseen; /* in the window just added: SOURCE_CALLS */
	uint32_t self; /* struct storm_limits */
	uint64_t start; /* CLOCK_MONOTONIC ns */
	uint64_t end;
	/* The window just added, an entry for each group and CPU. */
	struct hit *hits;
	size_t nr_hits;
	size_t max_hits;
};

/* Free what @groups owns. */
void groups__clear(struct groups *groups);

/* Add a window to the interval being filled. @moved may be NULL. 0 or -ENOMEM. */
int groups__add(struct groups *groups, const struct snapshot *snap, const struct task_moves *moved);

#define CAUSES_MAX	8
#define CAUSES_POSSIBLE 24

/* The causes of one function's csds. */
struct causes {
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
void groups__causes(const struct groups *groups, const struct snapshot *snap, size_t fn,
		    struct causes *causes);

/* The group that @sample, of the function of @causes, was counted in; NULL: it has none. */
struct group *groups__of_sample(struct groups *groups, const struct causes *causes,
				const struct stack_sample *sample);

/* The interval is complete: its sums become those of the interval before. */
void groups__next(struct groups *groups);

#endif /* IPITRACE_STORM_GROUPS_H */
