// SPDX-License-Identifier: GPL-2.0
#include <sys/param.h>
#include "model/metrics.h"

/* Histograms of a CPU: delay, handler, wait. */
#define HISTS	    3
/*
 * Series without a label, such as ledger, kinds, stalls and ipitrace itself, together;
 * tests/unit/test_metrics.c counts them.
 */
#define FIXED	    32
/*
 * Series reserved for metrics whose labels have bounds of their own: reasons, interruptions of
 * isolated CPUs, storms, sends.
 */
#define SPARE	    80
/* Histograms become coarser until there is room for this many CPUs and functions. */
#define CPUS_WANTED 24
#define FNS_WANTED  24
/* A small budget, too, has room for this many CPUs. */
#define CPUS_LEAST  4
/* Rows that are sums: one of isolated CPUs and one of other CPUs; one of functions. */
#define CPU_SUMS    2
#define FN_SUMS	    1
/* Bytes for the names of functions, per series of the budget. */
#define NAME_BYTES  6

/* Returns the number of series of all parts, if @cpus CPUs and @fns functions have their own. */
static size_t count_series(const struct series_plan *plan, const struct series_needs *needs,
			   size_t cpus, size_t fns)
{
	size_t rows = cpus < needs->nr_cpus ? cpus + CPU_SUMS : cpus;

	return FIXED + SPARE + plan->nr_hists * HISTS * METRICS_HIST_SERIES + rows * SERIES_CPU +
	       (fns + FN_SUMS) * SERIES_FN;
}

/*
 * Make the histograms of @plan one step coarser. Returns false if there is only one histogram for
 * the host already.
 */
static bool coarsen_hists(struct series_plan *plan, size_t nr_nodes)
{
	if (!plan->by_cpu && plan->nodes_each >= nr_nodes)
		return false;
	plan->nodes_each = plan->by_cpu ? 1 : plan->nodes_each * 2;
	plan->by_cpu = false;
	plan->nr_hists = (nr_nodes + plan->nodes_each - 1) / plan->nodes_each;
	return true;
}

static void set_isolated(struct series_plan *plan, const struct series_needs *needs)
{
	plan->isolated = MIN(needs->nr_isolated, plan->cpus / 2);
}

void series_plan__make(struct series_plan *plan, const struct series_needs *needs)
{
	size_t nodes = needs->nr_nodes ? needs->nr_nodes : 1;
	size_t cpus = MIN(needs->nr_cpus, CPUS_WANTED);
	size_t fns = MIN(needs->max_fns, FNS_WANTED);

	*plan = (struct series_plan){
		.by_cpu = true,
		.nr_hists = needs->nr_cpus,
		.cpus = needs->nr_cpus,
		.fns = needs->max_fns,
		.name_bytes = SIZE_MAX,
	};
	set_isolated(plan, needs);
	if (!needs->series)
		return;
	if (needs->nr_cpus > SERIES_CPUS_SMALL)
		coarsen_hists(plan, nodes);
	while (count_series(plan, needs, cpus, fns) > needs->series && coarsen_hists(plan, nodes))
		;
	/* With a small budget reduce first the CPUs, then the functions. */
	while (count_series(plan, needs, cpus, fns) > needs->series && cpus > CPUS_LEAST)
		cpus--;
	while (count_series(plan, needs, cpus, fns) > needs->series && fns)
		fns--;
	/* With a large budget add first functions, then CPUs. */
	while (fns < needs->max_fns && count_series(plan, needs, cpus, fns + 1) <= needs->series)
		fns++;
	while (cpus < needs->nr_cpus && count_series(plan, needs, cpus + 1, fns) <= needs->series)
		cpus++;
	/* All CPUs need no sums, and may have room where all but one have none. */
	if (count_series(plan, needs, needs->nr_cpus, fns) <= needs->series)
		cpus = needs->nr_cpus;
	plan->cpus = cpus;
	plan->fns = fns;
	plan->name_bytes = needs->series * NAME_BYTES;
	set_isolated(plan, needs);
}

/* The newest window has this fraction (1/16) of the weight of the average. */
#define WEIGHT	  16
/*
 * The time of this many csds, each of the host's mean time, is added to a CPU's figure, so that a
 * CPU with few csds is not slow by chance.
 */
#define MEAN_CSDS 10
/* A CPU replaces another one if its figure is larger by this factor. */
#define BETTER	  2

void standout__add(struct standout *cpu, uint64_t csds, uint64_t ns)
{
	cpu->csds += (csds - cpu->csds) / WEIGHT;
	cpu->time += (ns - cpu->time) / WEIGHT;
}

struct ranking {
	struct standout *cpus;
	size_t nr;
	enum standout_by by;
	double mean; /* mean time of a csd on this host, ns */
};

/* Returns the figure by which @cpu is compared with other CPUs; 0 if nothing happened there. */
static double get_score(const struct ranking *r, const struct standout *cpu)
{
	if (r->by == STANDOUT_HIT || !cpu->csds)
		return cpu->csds;
	return (cpu->time + MEAN_CSDS * r->mean) / (cpu->csds + MEAN_CSDS);
}

static void set_mean(struct ranking *r)
{
	double csds = 0, time = 0;

	for (size_t i = 0; i < r->nr; i++) {
		if (!r->cpus[i].candidate)
			continue;
		csds += r->cpus[i].csds;
		time += r->cpus[i].time;
	}
	r->mean = csds ? time / csds : 0;
}

/*
 * Deselect the CPUs that are no candidates. Returns how many CPUs remain selected, and in *@weakest
 * the selected CPU with the lowest figure.
 */
static size_t prune_selected(const struct ranking *r, struct standout **weakest)
{
	size_t nr = 0;

	*weakest = NULL;
	for (size_t i = 0; i < r->nr; i++) {
		struct standout *cpu = &r->cpus[i];

		if (!cpu->selected[r->by])
			continue;
		cpu->selected[r->by] = cpu->candidate;
		if (!cpu->candidate)
			continue;
		nr++;
		if (!*weakest || get_score(r, cpu) < get_score(r, *weakest))
			*weakest = cpu;
	}
	return nr;
}

/* Returns the first of the unselected CPUs with the highest figure; NULL: all figures are 0. */
static struct standout *find_challenger(const struct ranking *r)
{
	struct standout *best = NULL;

	for (size_t i = 0; i < r->nr; i++) {
		struct standout *cpu = &r->cpus[i];

		if (!cpu->candidate || cpu->selected[r->by] || !get_score(r, cpu))
			continue;
		if (!best || get_score(r, cpu) > get_score(r, best))
			best = cpu;
	}
	return best;
}

static void select_by(struct ranking *r)
{
	struct standout *challenger, *weakest;

	/* Each round fills a place or replaces a CPU, so twice as many rounds are enough. */
	for (int i = 0; i < 2 * STANDOUTS; i++) {
		size_t nr = prune_selected(r, &weakest);

		challenger = find_challenger(r);
		if (!challenger)
			return;
		if (nr == STANDOUTS) {
			if (get_score(r, challenger) <= BETTER * get_score(r, weakest))
				return;
			weakest->selected[r->by] = false;
		}
		challenger->selected[r->by] = true;
	}
}

void standouts__select(struct standout *cpus, size_t nr)
{
	struct ranking r = { .cpus = cpus, .nr = nr };

	set_mean(&r);
	for (r.by = 0; r.by < NR_STANDOUTS; r.by++)
		select_by(&r);
}
