/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The detector's groups: the rows of snapshots, summed by cause over one
 * interval. An interval is one window, or several short windows, of
 * STORM_INTERVAL_NS or more together. Also the limits of groups (limits.c), and who sends
 * them (sources.c). Pure, in fixed memory.
 */
#ifndef IPITRACE_STORM_GROUPS_H
#define IPITRACE_STORM_GROUPS_H

#include "storm/detector.h"
#include "storm/shares.h"

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
	const struct storm_limits *limits; /* the detector's */
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

/* The causes of snap->fns[@fn], by the samples of all rows of the function. */
void groups__shares(struct groups *groups, const struct snapshot *snap, size_t fn,
		    struct shares *shares);
/* The causes of snap->sends[@send], by the samples of that row; their groups are at address 0. */
void groups__send_shares(struct groups *groups, const struct snapshot *snap, size_t send,
			 struct shares *shares);
/* The group that @sample, of a row with @shares, was counted in; NULL: in none. */
struct group *groups__of(struct groups *groups, const struct shares *shares, uint64_t addr,
			 const struct stack_sample *sample);

/* The interval is complete: its sums become those of the interval before. */
void groups__next(struct groups *groups);

/* Intervals before the baseline is trusted. */
#define BASELINE_MIN_INTERVALS 4

/*
 * The cost as a share of CPU time: of all CPUs, what handlers and senders' waits take;
 * of one CPU, what interrupts steal of it; of one CPU, a part of its waits. The largest.
 */
struct storm_cost limits__cost(const struct storm_limits *limits, const struct storm_sums *sums);

/* csds a second on one CPU that are a storm whatever they cost. */
double limits__rate(const struct storm_limits *limits, const struct group *group);

/* Whether a storm of @group is a note: the last interval, or the two together, cost too little. */
bool limits__note(const struct storm_limits *limits, const struct group *group);

/*
 * The limit that @group passes, in the last interval, which is number @interval, and in the
 * last two together.
 */
enum storm_reason limits__reason(const struct storm_limits *limits, const struct group *group,
				 uint64_t interval);

/* Whether the storm of @group goes on in the last interval. */
bool limits__last(const struct storm_limits *limits, const struct group *group);

/* Add @sample, whose frames have names, to the sources of @storm. */
void sources__add(struct storm *storm, const struct stack_sample *sample);

/* Add the sampled stacks and edges of @snap, which @groups have counted, to the @storms. */
void sources__window(struct groups *groups, struct storm *const *storms, size_t nr,
		     const struct snapshot *snap);

#endif /* IPITRACE_STORM_GROUPS_H */
