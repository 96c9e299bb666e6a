// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "model/field.h"
#include "model/snapshot_sum.h"

#define SAMPLES_MAX 4096

static int edge_cmp(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	if (a->src != b->src)
		return a->src < b->src ? -1 : 1;
	return (a->dst > b->dst) - (a->dst < b->dst);
}

/* A search for each edge would take long: a host may have a million. */
static bool edges_add(struct snapshot *sum, const struct snapshot *snap)
{
	size_t nr = sum->nr_edges + snap->nr_edges, last = 0;
	struct edge *edges;

	if (!snap->nr_edges)
		return true;
	edges = realloc(sum->edges, nr * sizeof(*edges));
	if (!edges)
		return false;
	memcpy(edges + sum->nr_edges, snap->edges, snap->nr_edges * sizeof(*edges));
	qsort(edges, nr, sizeof(*edges), edge_cmp);
	for (size_t i = 1; i < nr; i++) {
		if (edge_cmp(&edges[last], &edges[i]))
			edges[++last] = edges[i];
		else
			edges[last].count += edges[i].count;
	}
	sum->edges = edges;
	sum->nr_edges = last + 1;
	return true;
}

/* There is no room for more: keep every second sample, of the windows to come too. */
static void samples_thin(struct snapshot_sum *sum)
{
	struct snapshot *snap = &sum->snap;

	for (size_t i = 0; 2 * i < snap->nr_samples; i++)
		snap->samples[i] = snap->samples[2 * i];
	snap->nr_samples = (snap->nr_samples + 1) / 2;
	sum->every *= 2;
}

static bool samples_add(struct snapshot_sum *sum, const struct snapshot *snap)
{
	struct snapshot *to = &sum->snap;

	if (!to->samples)
		to->samples = calloc(SAMPLES_MAX, sizeof(*to->samples));
	if (!to->samples)
		return false;
	if (!sum->every)
		sum->every = 1;
	for (size_t i = 0; i < snap->nr_samples; i++) {
		if (sum->seen++ % sum->every)
			continue;
		if (to->nr_samples == SAMPLES_MAX)
			samples_thin(sum);
		to->samples[to->nr_samples] = snap->samples[i];
		to->samples[to->nr_samples++].fn = rows__find(
			&fn_form, to->fns, to->nr_fns, SIZE_MAX, &snap->fns[snap->samples[i].fn]);
	}
	return true;
}

int snapshot_sum__add(struct snapshot_sum *sum, const struct snapshot *snap)
{
	struct snapshot *to = &sum->snap;

	if (!to->window.mono_end) {
		to->window = snap->window;
		to->how = snap->how;
		to->known = snap->known;
		to->ledger.carried_in = snap->ledger.carried_in;
		to->call_ledger.carried_in = snap->call_ledger.carried_in;
	}
	for (int i = 0; i < NR_KINDS; i++)
		to->kinds[i] += snap->kinds[i];
	return !form__add(&snapshot_form, to, snap) && edges_add(to, snap) &&
			       samples_add(sum, snap) ?
		       0 :
		       -ENOMEM;
}
