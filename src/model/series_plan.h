/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many series each part of the metrics may have, so that all of them stay
 * within a budget on a host of any size, and which CPUs get them.
 *
 * Latency histograms are by CPU where the host is small, else by NUMA node, else
 * by several nodes together. CPUs and functions with series of their own share
 * what the histograms leave.
 */
#ifndef IPITRACE_MODEL_SERIES_PLAN_H
#define IPITRACE_MODEL_SERIES_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A scrape of the default budget is at most 60 KB, because a line takes 100 bytes at most. */
#define SERIES_DEFAULT 600
/* One node's histograms, four CPUs and eight functions. */
#define SERIES_LEAST   300
#define SERIES_MOST    1000000

/* Histograms are by CPU on hosts of up to this many CPUs, as far as the budget allows. */
#define SERIES_CPUS_SMALL 8

/* Series of one CPU, and of one function. */
#define SERIES_CPU 7
#define SERIES_FN  4

struct series_needs {
	size_t series; /* the budget; 0: no limit, and all by CPU */
	size_t nr_cpus; /* that may come online */
	size_t nr_isolated; /* of them */
	size_t nr_nodes; /* 0 counts as 1 */
	size_t max_fns;
};

struct series_plan {
	bool by_cpu; /* histograms by CPU */
	size_t nodes_each; /* else: nodes that share a histogram */
	size_t nr_hists; /* label values of each histogram */
	size_t cpus; /* CPUs with series of their own, at most */
	size_t isolated; /* of them kept for isolated CPUs */
	size_t fns; /* functions with series of their own */
	size_t name_bytes; /* of all their names and modules */
};

void series_plan__make(struct series_plan *plan, const struct series_needs *needs);

/*
 * CPUs stand out that are the most hit or the slowest over the last windows. Such a CPU is
 * selected until another one has twice its figure: CPUs that are about equal do not take
 * turns.
 */

/* The most hit, and as many of the slowest. */
#define STANDOUTS	  8
/* Windows until the first CPUs are selected: the first windows are attaching and chance. */
#define STANDOUTS_WINDOWS 4

enum standout_by {
	STANDOUT_HIT, /* csds that ran there */
	STANDOUT_SLOW, /* time from a csd's queue event to its function's exit */
	NR_STANDOUTS,
};

/* One CPU's figures, averaged over some 16 windows, of which the newest weighs most. */
struct standout {
	double csds; /* a window */
	double time; /* ns a window, of these csds together */
	bool candidate; /* may be selected; the caller sets this */
	bool selected[NR_STANDOUTS];
};

/* Add a window with @csds, which took @ns together. */
void standout__add(struct standout *cpu, uint64_t csds, uint64_t ns);

/* Select anew among @nr CPUs; not before STANDOUTS_WINDOWS windows were added. */
void standouts__select(struct standout *cpus, size_t nr);

#endif /* IPITRACE_MODEL_SERIES_PLAN_H */
