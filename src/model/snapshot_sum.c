// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "model/snapshot_sum.h"

#define SAMPLES_MAX 4096

/* A copy of *@item at the end of an array. NULL without memory. */
static void *append(void **array, size_t *nr, size_t size, const void *item)
{
	void *more = realloc(*array, (*nr + 1) * size);

	if (!more)
		return NULL;
	*array = more;
	return memcpy(more + (*nr)++ * size, item, size);
}

static bool cpu_add(struct snapshot *sum, const struct cpu_stats *cpu)
{
	struct cpu_stats *to;
	size_t i = 0;

	while (i < sum->nr_cpus && sum->cpus[i].cpu != cpu->cpu)
		i++;
	if (i == sum->nr_cpus)
		return append((void **)&sum->cpus, &sum->nr_cpus, sizeof(*cpu), cpu);
	to = &sum->cpus[i];
	to->sent += cpu->sent;
	to->received += cpu->received;
	to->local += cpu->local;
	to->reschedules_known &= cpu->reschedules_known;
	to->reschedules += cpu->reschedules;
	hist__add(&to->delay, &cpu->delay);
	hist__add(&to->handler, &cpu->handler);
	hist__add(&to->wait, &cpu->wait);
	to->wait_away += cpu->wait_away;
	return true;
}

static size_t fn_find(const struct snapshot *sum, const struct fn_stats *fn)
{
	size_t i = 0;

	while (i < sum->nr_fns &&
	       (sum->fns[i].func.addr != fn->func.addr ||
		sum->fns[i].callsite.addr != fn->callsite.addr || sum->fns[i].other != fn->other))
		i++;
	return i;
}

static bool fn_add(struct snapshot *sum, const struct fn_stats *fn)
{
	size_t i = fn_find(sum, fn);

	if (i == sum->nr_fns)
		return append((void **)&sum->fns, &sum->nr_fns, sizeof(*fn), fn);
	fn_stats__add(&sum->fns[i], fn);
	return true;
}

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

static bool by_add(struct snapshot *sum, const struct by_stats *by)
{
	struct by_stats *to = NULL;

	for (size_t i = 0; !to && i < sum->nr_by; i++)
		if (sum->by[i].tgid == by->tgid && sum->by[i].cgroup == by->cgroup &&
		    sum->by[i].interrupt == by->interrupt && sum->by[i].other == by->other)
			to = &sum->by[i];
	if (!to)
		return append((void **)&sum->by, &sum->nr_by, sizeof(*by), by);
	to->count += by->count;
	to->local += by->local;
	wait_sum__add(&to->wait, &by->wait);
	hist__add(&to->delay, &by->delay);
	hist__add(&to->handler, &by->handler);
	return true;
}

static bool kind_add(struct snapshot *sum, const struct kind_stats *kind)
{
	struct kind_stats *to = snapshot__kind(sum, kind->kind);

	if (!to)
		return append((void **)&sum->all_kinds, &sum->nr_all_kinds, sizeof(*kind), kind);
	to->sent_known &= kind->sent_known;
	to->received_known &= kind->received_known;
	to->sent += kind->sent;
	to->received += kind->received;
	to->coalesced += kind->coalesced;
	to->unseen += kind->unseen;
	hist__add(&to->delay, &kind->delay);
	hist__add(&to->time, &kind->time);
	return true;
}

static bool wake_add(struct snapshot *sum, const struct wake_stats *wake)
{
	struct wake_stats *to = NULL;

	for (size_t i = 0; !to && i < sum->nr_wakes; i++)
		if (sum->wakes[i].waker == wake->waker && sum->wakes[i].woken == wake->woken &&
		    sum->wakes[i].interrupt == wake->interrupt &&
		    sum->wakes[i].other == wake->other)
			to = &sum->wakes[i];
	if (!to)
		return append((void **)&sum->wakes, &sum->nr_wakes, sizeof(*wake), wake);
	to->count += wake->count;
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
		to->samples[to->nr_samples++].fn = fn_find(to, &snap->fns[snap->samples[i].fn]);
	}
	to->samples_dropped += snap->samples_dropped;
	return true;
}

static void scalars_add(struct snapshot *to, const struct snapshot *from, bool first)
{
	if (first) {
		to->window = from->window;
		to->how = from->how;
		to->known = from->known;
		to->ledger.carried_in = from->ledger.carried_in;
	}
	to->host = from->host;
	to->window.mono_end = from->window.mono_end;
	ledger__add(&to->ledger, &from->ledger);
	to->known.kinds &= from->known.kinds;
	to->known.self &= from->known.self;
	to->known.begin_unseen &= from->known.begin_unseen;
	to->known.waits_unseen &= from->known.waits_unseen;
	to->rss_bytes = from->rss_bytes;
	to->cut_ns += from->cut_ns;
	to->sends_unseen += from->sends_unseen;
	to->begin_unseen += from->begin_unseen;
	to->waits_unseen += from->waits_unseen;
	to->edges_other += from->edges_other;
	to->polled += from->polled;
	to->reschedule_other += from->reschedule_other;
	for (int i = 0; i < NR_KINDS; i++)
		to->kinds[i] += from->kinds[i];
	for (int i = 0; i < TLB_REASONS; i++) {
		to->tlb[i].count += from->tlb[i].count;
		to->tlb[i].pages += from->tlb[i].pages;
		to->tlb[i].all += from->tlb[i].all;
	}
	for (int i = 0; i < NR_PROGS; i++) {
		if (from->cost[i].name)
			to->cost[i].name = from->cost[i].name;
		to->cost[i].runs += from->cost[i].runs;
		to->cost[i].ns += from->cost[i].ns;
	}
}

int snapshot_sum__add(struct snapshot_sum *sum, const struct snapshot *snap)
{
	struct snapshot *to = &sum->snap;
	bool good = true;

	scalars_add(to, snap, !to->window.mono_end);
	for (size_t i = 0; i < snap->nr_cpus && good; i++)
		good = cpu_add(to, &snap->cpus[i]);
	for (size_t i = 0; i < snap->nr_fns && good; i++)
		good = fn_add(to, &snap->fns[i]);
	for (size_t i = 0; i < snap->nr_by && good; i++)
		good = by_add(to, &snap->by[i]);
	for (size_t i = 0; i < snap->nr_all_kinds && good; i++)
		good = kind_add(to, &snap->all_kinds[i]);
	for (size_t i = 0; i < snap->nr_wakes && good; i++)
		good = wake_add(to, &snap->wakes[i]);
	return good && edges_add(to, snap) && samples_add(sum, snap) ? 0 : -ENOMEM;
}
