// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include "model/metrics_hist.h"
#include "model/series_plan.h"

/* delay, handler, wait */
#define HISTS	    3
/* One series each of ledger, kinds, stalls and ipitrace itself; tests/unit/test_metrics.c counts them. */
#define FIXED	    32
/* Kept for metrics with labels of their own bounds: reasons, interruptions of isolated CPUs. */
#define SPARE	    80
/* The CPUs and functions for which coarser histograms make room. */
#define CPUS_WANTED 24
#define FNS_WANTED  24
/* The CPUs for which a small budget has room, too. */
#define CPUS_LEAST  4
/* Rows of sums: CPUs that are isolated, CPUs that are not; functions. */
#define CPU_SUMS    2
#define FN_SUMS	    1
/* Names of functions may take this many bytes for each series of the budget. */
#define NAME_BYTES  6

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The series of all parts, with @cpus and @fns of their own. */
static size_t sum(const struct series_plan *plan, const struct series_needs *needs, size_t cpus,
		  size_t fns)
{
	size_t rows = cpus < needs->nr_cpus ? cpus + CPU_SUMS : cpus;

	return FIXED + SPARE + plan->nr_hists * HISTS * METRICS_HIST_SERIES + rows * SERIES_CPU +
	       (fns + FN_SUMS) * SERIES_FN;
}

/* Make the histograms of @plan one step coarser; false: they are by host already. */
static bool coarsen(struct series_plan *plan, size_t nr_nodes)
{
	if (!plan->by_cpu && plan->nodes_each >= nr_nodes)
		return false;
	plan->nodes_each = plan->by_cpu ? 1 : plan->nodes_each * 2;
	plan->by_cpu = false;
	plan->nr_hists = (nr_nodes + plan->nodes_each - 1) / plan->nodes_each;
	return true;
}

static void isolated_share(struct series_plan *plan, const struct series_needs *needs)
{
	plan->isolated = least(needs->nr_isolated, plan->cpus / 2);
}

void series_plan__make(struct series_plan *plan, const struct series_needs *needs)
{
	size_t nodes = needs->nr_nodes ? needs->nr_nodes : 1;
	size_t cpus = least(needs->nr_cpus, CPUS_WANTED), fns = least(needs->max_fns, FNS_WANTED);

	*plan = (struct series_plan){
		.by_cpu = true,
		.nr_hists = needs->nr_cpus,
		.cpus = needs->nr_cpus,
		.fns = needs->max_fns,
		.name_bytes = SIZE_MAX,
	};
	isolated_share(plan, needs);
	if (!needs->series)
		return;
	if (needs->nr_cpus > SERIES_CPUS_SMALL)
		coarsen(plan, nodes);
	while (sum(plan, needs, cpus, fns) > needs->series && coarsen(plan, nodes))
		;
	/* A small budget: fewer CPUs, then fewer functions. */
	while (sum(plan, needs, cpus, fns) > needs->series && cpus > CPUS_LEAST)
		cpus--;
	while (sum(plan, needs, cpus, fns) > needs->series && fns)
		fns--;
	/* A large one: more functions, then more CPUs. */
	while (fns < needs->max_fns && sum(plan, needs, cpus, fns + 1) <= needs->series)
		fns++;
	while (cpus < needs->nr_cpus && sum(plan, needs, cpus + 1, fns) <= needs->series)
		cpus++;
	plan->cpus = cpus;
	plan->fns = fns;
	plan->name_bytes = needs->series * NAME_BYTES;
	isolated_share(plan, needs);
}
