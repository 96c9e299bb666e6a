// SPDX-License-Identifier: GPL-2.0
#include "model/standouts.h"

/* The weight of a window is one in this many. */
#define WEIGHT	  16
/* A CPU with few csds a window counts as if it had this many more of the host's mean time. */
#define MEAN_CSDS 10
/* A CPU must have this many times another's figure to take its place. */
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
	double mean; /* time of a csd on this host, ns */
};

/* The figure by which @cpu is compared; 0: nothing happened there. */
static double score(const struct ranking *r, const struct standout *cpu)
{
	if (r->by == STANDOUT_HIT || !cpu->csds)
		return cpu->csds;
	return (cpu->time + MEAN_CSDS * r->mean) / (cpu->csds + MEAN_CSDS);
}

static void mean_set(struct ranking *r)
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

/* Deselect who may not be selected; returns how many are, and the weakest of them. */
static size_t selected(const struct ranking *r, struct standout **weakest)
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
		if (!*weakest || score(r, cpu) < score(r, *weakest))
			*weakest = cpu;
	}
	return nr;
}

/* The first among those with the highest figure that are not selected; NULL: none has a figure. */
static struct standout *challenger(const struct ranking *r)
{
	struct standout *best = NULL;

	for (size_t i = 0; i < r->nr; i++) {
		struct standout *cpu = &r->cpus[i];

		if (!cpu->candidate || cpu->selected[r->by] || !score(r, cpu))
			continue;
		if (!best || score(r, cpu) > score(r, best))
			best = cpu;
	}
	return best;
}

static void select_by(struct ranking *r)
{
	struct standout *next, *weakest;

	/* Each round fills a place or replaces a CPU: twice the places are always enough. */
	for (int i = 0; i < 2 * STANDOUTS; i++) {
		size_t nr = selected(r, &weakest);

		next = challenger(r);
		if (!next)
			return;
		if (nr == STANDOUTS) {
			if (score(r, next) <= BETTER * score(r, weakest))
				return;
			weakest->selected[r->by] = false;
		}
		next->selected[r->by] = true;
	}
}

void standouts__select(struct standout *cpus, size_t nr)
{
	struct ranking r = { .cpus = cpus, .nr = nr };

	mean_set(&r);
	for (r.by = 0; r.by < NR_STANDOUTS; r.by++)
		select_by(&r);
}
