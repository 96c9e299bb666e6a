// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include "import/parts.h"
#include "model/callsite.h"

/* Rows of a window. Csds without a row count in the row `other`, in edges_other, or for no CPU. */
#define FNS	 (IMPORT_ROWS / 256)
#define FN_CPUS	 IMPORT_ROWS
#define EDGES	 IMPORT_ROWS
#define CPU_ROWS (IMPORT_ROWS / 16)

struct sums {
	const struct names *names;
	struct key_map cpu_map, fn_map, fn_cpu_map, edge_map;
	struct cpu_stats *cpus;
	struct fn_stats *fns; /* one more than FNS, for functions without a row */
	struct fn_cpu *fn_cpus;
	struct edge *edges;
	uint64_t edges_other;
	bool fn_other;
	struct {
		bool sent_known, received_known; /* known from the first such event on */
		bool unknown; /* some interrupts were sent to CPUs that the file does not show */
		uint64_t sent, received;
	} kinds[NR_KINDS];
};

struct sums *sums__new(const struct names *names)
{
	struct sums *sums = calloc(1, sizeof(*sums));

	if (!sums)
		return NULL;
	sums->names = names;
	sums->cpus = calloc(CPU_ROWS, sizeof(*sums->cpus));
	sums->fns = calloc(FNS + 1, sizeof(*sums->fns));
	sums->fn_cpus = calloc(FN_CPUS, sizeof(*sums->fn_cpus));
	sums->edges = calloc(EDGES, sizeof(*sums->edges));
	if (key_map__open(&sums->cpu_map, CPU_ROWS) || key_map__open(&sums->fn_map, FNS) ||
	    key_map__open(&sums->fn_cpu_map, FN_CPUS) || key_map__open(&sums->edge_map, EDGES) ||
	    !sums->cpus || !sums->fns || !sums->fn_cpus || !sums->edges) {
		sums__free(sums);
		return NULL;
	}
	return sums;
}

void sums__free(struct sums *sums)
{
	if (!sums)
		return;
	key_map__close(&sums->cpu_map);
	key_map__close(&sums->fn_map);
	key_map__close(&sums->fn_cpu_map);
	key_map__close(&sums->edge_map);
	free(sums->cpus);
	free(sums->fns);
	free(sums->fn_cpus);
	free(sums->edges);
	free(sums);
}

/* Returns a row. Each CPU has one, because the pairing knows no CPU from MAX_CPUS on. */
static struct cpu_stats *get_cpu_row(struct sums *sums, uint32_t cpu)
{
	uint32_t before = sums->cpu_map.nr, row = key_map__row(&sums->cpu_map, cpu);

	if (sums->cpu_map.nr != before)
		sums->cpus[row] = (struct cpu_stats){ .cpu = cpu };
	return &sums->cpus[row];
}

static size_t get_fn_row(struct sums *sums, uint64_t func, uint64_t callsite)
{
	uint32_t before = sums->fn_map.nr, row = key_map__row(&sums->fn_map, func << 32 | callsite);
	struct fn_stats *fn = &sums->fns[row];

	if (row == FNS && !sums->fn_other) {
		sums->fn_other = true;
		*fn = (struct fn_stats){ .other = true };
	} else if (sums->fn_map.nr != before) {
		*fn = (struct fn_stats){ .func = names__symbol(sums->names, func),
					 .callsite = names__symbol(sums->names, callsite) };
	}
	return row;
}

/* Returns the row for a CPU's part of a function's figures; without room, one that nobody reads. */
static struct fn_cpu *get_fn_cpu_row(struct sums *sums, size_t fn, uint32_t cpu)
{
	static struct fn_cpu nobody;
	uint32_t before = sums->fn_cpu_map.nr,
		 row = key_map__row(&sums->fn_cpu_map, (uint64_t)fn << 32 | cpu);

	if (row == FN_CPUS)
		return &nobody;
	if (sums->fn_cpu_map.nr != before)
		sums->fn_cpus[row] = (struct fn_cpu){ .fn = fn, .cpu = cpu };
	return &sums->fn_cpus[row];
}

static void count_edge(struct sums *sums, uint32_t src, uint32_t dst)
{
	uint32_t before = sums->edge_map.nr,
		 row = key_map__row(&sums->edge_map, (uint64_t)src << 32 | dst);

	if (row == EDGES) {
		sums->edges_other++;
		return;
	}
	if (sums->edge_map.nr != before)
		sums->edges[row] = (struct edge){ .src = src, .dst = dst };
	sums->edges[row].count++;
}

void sums__queued(struct sums *sums, const struct mark *mark)
{
	size_t fn = get_fn_row(sums, mark->func, mark->callsite);

	sums->fns[fn].count++;
	get_fn_cpu_row(sums, fn, mark->cpu)->sent++;
	get_cpu_row(sums, mark->cpu)->sent++;
	count_edge(sums, mark->cpu, mark->dst);
}

static void count_time(struct hist *hist, uint64_t ns)
{
	hist->count++;
	hist->sum += ns;
	if (ns > hist->max)
		hist->max = ns;
	hist->slots[hist_slot(ns)]++;
}

void sums__pair(struct sums *sums, const struct pair *pair, enum pair_news news)
{
	struct cpu_stats *cpu = get_cpu_row(sums, pair->dst);
	uint64_t ns;
	size_t fn;

	if (news == PAIR_LOST || news == PAIR_ORPHAN)
		return;
	fn = get_fn_row(sums, pair->func, pair->callsite);
	if (news == PAIR_LOCAL) {
		cpu->local++;
		sums->fns[fn].local++;
	} else if (news == PAIR_ENTERED) {
		cpu->received++;
		get_fn_cpu_row(sums, fn, pair->dst)->received++;
		if (pair->entered == PAIR_UNKNOWN)
			return;
		ns = pair->entered > pair->queued ? pair->entered - pair->queued : 0;
		count_time(&cpu->delay, ns);
		count_time(&sums->fns[fn].delay, ns);
	} else if (pair->ended != PAIR_UNKNOWN && pair->entered != PAIR_UNKNOWN) {
		ns = pair->ended > pair->entered ? pair->ended - pair->entered : 0;
		count_time(&cpu->handler, ns);
		count_time(&sums->fns[fn].handler, ns);
		get_fn_cpu_row(sums, fn, pair->dst)->handler += ns;
	}
}

void sums__sent(struct sums *sums, enum ipi_kind kind, uint32_t nr)
{
	for (int i = 0; i < NR_KINDS; i++)
		sums->kinds[i].sent_known = true;
	sums->kinds[kind].sent += nr;
}

void sums__sent_unknown(struct sums *sums)
{
	sums->kinds[KIND_CALL_FUNCTION].unknown = true;
}

void sums__arrived(struct sums *sums, enum ipi_kind kind, uint32_t cpu)
{
	for (int i = 0; i < NR_KINDS; i++)
		sums->kinds[i].received_known = true;
	sums->kinds[kind].received++;
	get_cpu_row(sums, cpu)->reschedules += kind == KIND_RESCHEDULE;
}

static int by_src(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	return cmp_u64(a->src, b->src);
}

static int by_cpu(const void *pa, const void *pb)
{
	const struct cpu_stats *a = pa, *b = pb;

	return cmp_u64(a->cpu, b->cpu);
}

/* Returns a copy of the @nr rows, which the caller frees. Without memory *@none becomes true. */
static void *copy_rows(const void *rows, size_t nr, size_t size, bool *none)
{
	void *copy = malloc(nr ? nr * size : 1);

	if (copy)
		memcpy(copy, rows, nr * size);
	else
		*none = true;
	return copy;
}

static void cut_kinds(struct sums *sums, struct snapshot *snap)
{
	for (int i = 0; i < NR_KINDS; i++) {
		struct kind_stats *kind = &snap->all_kinds[i];

		*kind = (struct kind_stats){
			.sent_known = sums->kinds[i].sent_known && !sums->kinds[i].unknown,
			.received_known = sums->kinds[i].received_known,
			.sent = sums->kinds[i].sent,
			.received = sums->kinds[i].received,
		};
		snprintf(kind->kind, sizeof(kind->kind), "%s", kind_names[i]);
		if (!kind->sent_known || !kind->received_known)
			kind->why = "the file has no such events";
		snap->kinds[i] = kind->sent;
		sums->kinds[i].sent = sums->kinds[i].received = 0;
	}
}

int sums__cut(struct sums *sums, struct snapshot *snap)
{
	bool none = false;
	int err;

	memset(snap, 0, sizeof(*snap));
	snap->how.wait_source = WAITS_UNKNOWN;
	snap->known.kinds = true;
	snap->nr_cpus = sums->cpu_map.nr;
	for (size_t i = 0; i < snap->nr_cpus; i++)
		sums->cpus[i].reschedules_known = sums->kinds[KIND_RESCHEDULE].received_known;
	snap->cpus = copy_rows(sums->cpus, snap->nr_cpus, sizeof(*snap->cpus), &none);
	snap->nr_fns = sums->fn_map.nr;
	/* In a full table the row of the other functions comes last. */
	if (sums->fn_other)
		snap->nr_fns = FNS + 1;
	snap->fns = copy_rows(sums->fns, snap->nr_fns, sizeof(*snap->fns), &none);
	snap->nr_fn_cpus = sums->fn_cpu_map.nr;
	snap->fn_cpus = copy_rows(sums->fn_cpus, snap->nr_fn_cpus, sizeof(*snap->fn_cpus), &none);
	snap->nr_edges = sums->edge_map.nr;
	snap->edges = copy_rows(sums->edges, snap->nr_edges, sizeof(*snap->edges), &none);
	snap->edges_other = sums->edges_other;
	snap->nr_all_kinds = NR_KINDS;
	snap->all_kinds = calloc(NR_KINDS, sizeof(*snap->all_kinds));
	if (none || !snap->all_kinds) {
		snapshot__free(snap);
		return -ENOMEM;
	}
	cut_kinds(sums, snap);
	callsites__clear_hidden(snap);
	qsort(snap->cpus, snap->nr_cpus, sizeof(*snap->cpus), by_cpu);
	qsort(snap->edges, snap->nr_edges, sizeof(*snap->edges), by_src);
	key_map__clear(&sums->cpu_map);
	key_map__clear(&sums->fn_map);
	key_map__clear(&sums->fn_cpu_map);
	key_map__clear(&sums->edge_map);
	sums->edges_other = 0;
	sums->fn_other = false;
	err = snapshot__rank(snap);
	if (err)
		snapshot__free(snap);
	return err;
}
