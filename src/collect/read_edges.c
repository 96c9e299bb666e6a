// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "abi/limits.h"
#include "abi/table.h"
#include "collect/maps.h"
#include "collect/read_edges.h"
#include "model/snapshot.h"

/* Add @edge to its sender: the edges are the only count of the csds that a CPU sent. */
static void edge_sent(struct snapshot *snap, const struct edge *edge, size_t *cpu)
{
	snap->ledger.queued += edge->count;
	/*
	 * Edges and CPUs both ascend, so go on from the last sender: a search for
	 * each edge takes seconds with 4,096 CPUs.
	 */
	while (*cpu < snap->nr_cpus && snap->cpus[*cpu].cpu < edge->src)
		++*cpu;
	if (*cpu < snap->nr_cpus && snap->cpus[*cpu].cpu == edge->src)
		snap->cpus[*cpu].sent += edge->count;
}

static uint64_t edge_total(const struct edge_rec *rec, uint32_t epoch)
{
	return rec->count[epoch & 1] + rec->nested[epoch & 1];
}

int read_edges(struct maps *maps, uint32_t epoch, struct snapshot *snap)
{
	size_t all = (size_t)maps->geo.nr_cpus * maps->geo.edge_slots, nr = 0, cpu = 0;

	for (size_t i = 0; i < all; i++)
		nr += edge_total(&maps->edges[i], epoch) != 0;
	snap->edges = calloc(nr ? nr : 1, sizeof(*snap->edges));
	if (!snap->edges)
		return -ENOMEM;
	for (size_t i = 0; i < all; i++) {
		struct edge_rec *rec = &maps->edges[i];
		uint64_t count = edge_total(rec, epoch);

		if (!count)
			continue;
		snap->edges[snap->nr_edges] = (struct edge){
			.src = i / maps->geo.edge_slots,
			.dst = rec->dst - 1,
			.count = count,
		};
		rec->count[epoch & 1] = 0;
		rec->nested[epoch & 1] = 0;
		edge_sent(snap, &snap->edges[snap->nr_edges++], &cpu);
	}
	return 0;
}
