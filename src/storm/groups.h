/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The detector's groups: the rows of snapshots, summed by cause over one interval. An interval is
 * one window, or several short windows, together STORM_INTERVAL_NS or more. Also the limits of
 * groups (limits.c), and the senders of a storm (sources.c). No I/O, memory of a fixed size.
 */
#ifndef IPITRACE_STORM_GROUPS_H
#define IPITRACE_STORM_GROUPS_H

#include "model/cause.h"
#include "storm/detector.h"

/*
 * The shares of causes: of the csds of a function, or of the interrupts of a kind. Only the sampled
 * stacks of the senders show the causes.
 */
#define CAUSES_MAX 16

struct shares {
	struct possible possible;
	size_t samples; /* all samples, including ipitrace's own */
	double csds; /* the csds that all samples represent */
	double own; /* the csds that ipitrace's own samples represent */
	/*
	 * The causes that the samples show, most csds first; 0 if all samples are ipitrace's own.
	 */
	size_t nr;
	struct share {
		const struct signature *sig; /* NULL if no signature matches */
		bool lasts; /* the cause's group is a storm already: half a part is enough */
		/* csds; after shares__settle() a part of all csds, of which rare causes get none */
		double part;
		size_t samples;
	} causes[CAUSES_MAX];
	double own_part; /* ipitrace's own part of all csds; 0 if it is small */
};

/* Begin the shares of what @sent describes; its stack is not read. */
void shares__begin(struct shares *shares, const struct sending *sent);

void shares__sample(struct shares *shares, const struct stack_sample *sample);

/*
 * Drop the parts that are too small. Call this after the last sample. Without samples, one cause
 * has all csds.
 */
void shares__settle(struct shares *shares);

/*
 * Find the cause that @sample shows. Call this after shares__settle(). Returns false if that cause
 * has no part, so that the sample counts for no cause; or if the sample is ipitrace's own.
 */
bool shares__cause(const struct shares *shares, const struct stack_sample *sample,
		   const struct signature **sig);

/* All functions of one signature, or one function without a signature. */
struct group {
	bool used;
	const struct signature *sig; /* NULL: the group is the function at addr */
	uint64_t addr;
	uint64_t last_interval; /* number of the last interval with csds of this group */
	struct storm_sums now; /* sums of the current interval */
	struct storm_sums prev; /* sums of the previous interval */
	struct storm_func funcs[STORM_FUNCS]; /* functions of now, sorted by count, most first */
	int nr_funcs;
	enum names_shown names; /* for a function without a name: whether the kernel hides names */
	double baseline; /* usual csds a second on the CPU that receives most */
	struct storm *storm; /* NULL if calm; owned by the detector */
};

/* One CPU's part of a group, sent and received, in the window just added. */
struct hit {
	struct group *group;
	uint32_t cpu;
	double sent;
	double received;
	double handler;
	double wait;
};

/* The groups of a detector. A zeroed struct is empty. */
struct groups {
	struct group at[STORM_GROUPS];
	/* The current interval: its number from 0, and its sums so far. */
	uint64_t interval;
	uint64_t ns;
	uint64_t cpu_ns; /* time of all online CPUs together */
	uint64_t all; /* csds and interrupts of all groups */
	bool runs_unseen; /* the window just added has SOURCE_CALLS */
	bool waits_unknown; /* the window just added has WAITS_UNKNOWN */
	const struct storm_limits *limits; /* owned by the detector */
	uint64_t start; /* CLOCK_MONOTONIC ns */
	uint64_t end;
	/* The window just added: an entry for each group and CPU. */
	struct hit *hits;
	size_t nr_hits;
	size_t max_hits;
};

/* Free what @groups owns. */
void groups__clear(struct groups *groups);

/* Add a window to the current interval. @moved may be NULL. Returns 0 or -ENOMEM. */
int groups__add(struct groups *groups, const struct snapshot *snap, const struct task_moves *moved);

/* Find the causes of snap->fns[@fn], by the samples of all rows of the function. */
void groups__shares(struct groups *groups, const struct snapshot *snap, size_t fn,
		    struct shares *shares);
/*
 * Find the causes of snap->sends[@send], by the samples of that row; their groups have the address
 * 0.
 */
void groups__send_shares(struct groups *groups, const struct snapshot *snap, size_t send,
			 struct shares *shares);
/*
 * Returns the group that has counted @sample, which belongs to a row with @shares; NULL if none
 * has.
 */
struct group *groups__of(struct groups *groups, const struct shares *shares, uint64_t addr,
			 const struct stack_sample *sample);

/* Complete the interval: the current sums become those of the previous interval. */
void groups__next(struct groups *groups);

/* The baseline is valid after this many intervals. */
#define BASELINE_MIN_INTERVALS 4

/*
 * Returns the largest of three costs, each a share of CPU time: handlers and senders' waits, of all
 * CPUs' time; interrupts, of one CPU's time; a quarter of one CPU's waits, of that CPU's time.
 */
struct storm_cost limits__cost(const struct storm_limits *limits, const struct storm_sums *sums);

/* Returns the csds a second on one CPU that make a storm, whatever CPU time they take. */
double limits__rate(const struct storm_limits *limits, const struct group *group);

/*
 * Whether a storm of @group is a note: the last interval, or the last two together, cost too
 * little.
 */
bool limits__note(const struct storm_limits *limits, const struct group *group);

/*
 * Returns the limit that @group exceeds in the last interval, whose number is @interval, and in the
 * last two together.
 */
enum storm_reason limits__reason(const struct storm_limits *limits, const struct group *group,
				 uint64_t interval);

/*
 * Whether @group, whose functions have no names, would be a storm if its functions were of the
 * class with the least limit. @interval as above.
 */
bool limits__hide(const struct storm_limits *limits, const struct group *group, uint64_t interval);

/* Whether the storm of @group goes on in the last interval. */
bool limits__storm_lasts(const struct storm_limits *limits, const struct group *group);

/* Add @sample, whose frames have names, to the sources of @storm. */
void sources__add(struct storm *storm, const struct stack_sample *sample);

/* Add the sampled stacks and edges of @snap, which @groups have counted already, to the @storms. */
void sources__window(struct groups *groups, struct storm *const *storms, size_t nr,
		     const struct snapshot *snap);

#endif /* IPITRACE_STORM_GROUPS_H */
