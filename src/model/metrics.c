// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "base/cpuset.h"
#include "model/hist.h"
#include "model/host.h"
#include "model/ledger.h"
#include "model/metrics.h"
#include "model/snapshot.h"

uint64_t metrics__bound(size_t bucket)
{
	return (1ULL << (METRICS_OCTAVE_FIRST + bucket)) - 1;
}

int metrics__init(struct metrics *m, size_t max_fns, uint64_t threshold)
{
	memset(m, 0, sizeof(*m));
	m->max_fns = max_fns;
	while (m->stall_slot < HIST_SLOTS - 1 && hist_lower(m->stall_slot) <= threshold)
		m->stall_slot++;
	m->fns = calloc(max_fns, sizeof(*m->fns));
	return m->fns ? 0 : -ENOMEM;
}

uint64_t metrics__threshold(const struct metrics *m)
{
	return hist_lower(m->stall_slot);
}

void metrics__free(struct metrics *m)
{
	for (size_t i = 0; i < m->nr_fns; i++) {
		free(m->fns[i].func);
		free(m->fns[i].module);
	}
	free(m->fns);
	free(m->cpus);
	memset(m, 0, sizeof(*m));
}

static void hist_add(struct metrics_hist *to, const struct hist *from)
{
	size_t bucket = 0;

	if (!from->count)
		return;
	to->count += from->count;
	to->sum += from->sum;
	for (uint32_t slot = 0; slot < HIST_SLOTS; slot++) {
		while (bucket < METRICS_BUCKETS && hist_upper(slot) > metrics__bound(bucket))
			bucket++;
		if (bucket == METRICS_BUCKETS)
			break;
		to->buckets[bucket] += from->slots[slot];
	}
}

static uint64_t stalls(const struct metrics *m, const struct hist *hist)
{
	uint64_t nr = 0;

	for (uint32_t slot = m->stall_slot; slot < HIST_SLOTS; slot++)
		nr += hist->slots[slot];
	return nr;
}

/* Make rows for all CPUs below @nr. */
static int cpus_grow(struct metrics *m, size_t nr)
{
	struct metrics_cpu *cpus;

	if (nr <= m->nr_cpus)
		return 0;
	cpus = reallocarray(m->cpus, nr, sizeof(*cpus));
	if (!cpus)
		return -ENOMEM;
	memset(cpus + m->nr_cpus, 0, (nr - m->nr_cpus) * sizeof(*cpus));
	m->cpus = cpus;
	m->nr_cpus = nr;
	return 0;
}

static int cpus_add(struct metrics *m, const struct snapshot *snap)
{
	const struct cpuset *online = snap->host ? &snap->host->online : NULL;

	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *from = &snap->cpus[i];
		struct metrics_cpu *to;

		if (cpus_grow(m, from->cpu + 1))
			return -ENOMEM;
		to = &m->cpus[from->cpu];
		to->sent += from->sent;
		to->received += from->received;
		hist_add(&to->delay, &from->delay);
		hist_add(&to->handler, &from->handler);
		hist_add(&to->wait, &from->wait);
		m->stalls.delivery += stalls(m, &from->delay);
		m->stalls.handler += stalls(m, &from->handler);
		m->stalls.wait += stalls(m, &from->wait);
		to->shown |= to->sent || to->received || to->handler.count || to->wait.count ||
			     (online && cpuset__has(online, from->cpu));
	}
	return 0;
}

/* Whether the function has a row; *@at is its index, or where it belongs. */
static bool fn_find(const struct metrics *m, const char *func, const char *module, size_t *at)
{
	size_t low = 0, high = m->nr_fns;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int d = strcmp(func, m->fns[mid].func);

		if (!d)
			d = strcmp(module, m->fns[mid].module);
		*at = mid;
		if (!d)
			return true;
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	*at = low;
	return false;
}

/*
 * The row of @fn. A function without a name belongs to the others: its address,
 * in a module that is gone, would make a new label each time and must not be
 * published on the network.
 */
static struct metrics_fn *fn_row(struct metrics *m, const struct fn_stats *fn)
{
	const char *module = fn->func.module ? fn->func.module : "";
	struct metrics_fn row = {};
	size_t at;

	if (fn->other || !fn->func.name)
		return &m->other;
	if (fn_find(m, fn->func.name, module, &at))
		return &m->fns[at];
	if (m->nr_fns == m->max_fns)
		return &m->other;
	row.func = strdup(fn->func.name);
	row.module = strdup(module);
	if (!row.func || !row.module) {
		free(row.func);
		free(row.module);
		return &m->other;
	}
	memmove(&m->fns[at + 1], &m->fns[at], (m->nr_fns++ - at) * sizeof(row));
	m->fns[at] = row;
	return &m->fns[at];
}

static void fns_add(struct metrics *m, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];
		struct metrics_fn *row = fn_row(m, fn);

		row->calls += fn->count;
		row->local += fn->local;
		row->handler += fn->handler.sum;
		row->wait += fn->wait.sum;
	}
}

static void ledger_add(struct ledger *to, const struct ledger *from)
{
	to->queued += from->queued;
	to->function += from->function;
	to->ttwu += from->ttwu;
	to->irq_work += from->irq_work;
	to->in_flight = from->in_flight;
	for (int i = 0; i < NR_LOST; i++)
		to->lost_by[i] += from->lost_by[i];
	to->orphans += from->orphans;
	to->local += from->local;
	to->exit_unseen += from->exit_unseen;
}

int metrics__add(struct metrics *m, const struct snapshot *snap)
{
	if (cpus_add(m, snap))
		return -ENOMEM;
	fns_add(m, snap);
	ledger_add(&m->ledger, &snap->ledger);
	m->filtered = snap->how.filtered;
	m->kinds_known = snap->known.kinds;
	for (int i = 0; i < NR_KINDS; i++)
		m->kinds[i] += snap->kinds[i];
	m->sends_unseen += snap->sends_unseen;
	m->windows++;
	m->mono_end = snap->window.mono_end;
	return 0;
}

uint64_t metrics__late(const struct metrics *m, double window, uint64_t begun, uint64_t now)
{
	uint64_t since = now - (m->mono_end ? m->mono_end : begun);

	return since > METRICS_LATE_NS && since > METRICS_LATE_WINDOWS * window * 1e9 ? since : 0;
}
