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

/* The group of @sig, or without one of the function at @addr; NULL: it has none. */
static inline struct group *groups__find(struct groups *groups, const struct signature *sig,
					 uint64_t addr)
{
	for (size_t i = 0; i < STORM_GROUPS; i++) {
		struct group *group = &groups->at[i];

		if (group->used && group->sig == sig && (sig || group->addr == addr))
			return group;
	}
	return NULL;
}

/* Whether the group of @sig is a storm. */
static inline bool groups__storms(struct groups *groups, const struct signature *sig)
{
	const struct group *group = groups__find(groups, sig, 0);

	return group && group->storm;
}

/* Free what @groups owns. */
void groups__clear(struct groups *groups);

/* Add a window to the interval being filled. @moved may be NULL. 0 or -ENOMEM. */
int groups__add(struct groups *groups, const struct snapshot *snap, const struct task_moves *moved);

/* The interval is complete: its sums become those of the interval before. */
void groups__next(struct groups *groups);

#endif /* IPITRACE_STORM_GROUPS_H */
