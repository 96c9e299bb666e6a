// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "view/table/table.h"

#define LABEL	  11 /* columns of a row's label */
#define NUMBER	  7 /* columns of a number, with the blank before it */
#define PAIRS_MAX 16

static uint64_t count_csds(const struct snapshot *snap, uint32_t src, uint32_t dst)
{
	for (size_t i = 0; i < snap->nr_edges; i++)
		if (snap->edges[i].src == src && snap->edges[i].dst == dst)
			return snap->edges[i].count;
	return 0;
}

/* A row for each sender, a column for each destination: numbers, or with @heat shades up to @max. */
static void print_matrix(const struct snapshot *snap, bool heat, uint64_t max)
{
	const struct cpu_stats *cpus = snap->cpus;

	printf("%s  from \\ to", style__on(STYLE_HEAD));
	for (size_t dst = 0; dst < snap->nr_cpus; dst += heat ? 10 : 1)
		printf(heat ? "%-*u" : "%*u",
		       !heat			? NUMBER :
		       dst + 10 < snap->nr_cpus ? 10 :
						  1,
		       cpus[dst].cpu);
	printf("%s\n", style__off());
	for (size_t src = 0; src < snap->nr_cpus; src++) {
		if (heat && !cpus[src].sent)
			continue;
		printf("  CPU %-5u", cpus[src].cpu);
		for (size_t dst = 0; dst < snap->nr_cpus; dst++) {
			uint64_t n = count_csds(snap, cpus[src].cpu, cpus[dst].cpu);

			if (heat)
				fputs(style__shade(n, max), stdout);
			else
				printf("%*s", NUMBER, n ? units__count(n).s : ".");
		}
		putchar('\n');
	}
	if (heat)
		style__line(STYLE_DIM, "  %s: a tenth each, the last up to %s", style__shades(),
			    units__counted(max, "csd").s);
}

static int by_count(const void *a, const void *b)
{
	const struct edge *ea = a, *eb = b;

	return ea->count < eb->count ? 1 : ea->count > eb->count ? -1 : 0;
}

static void print_pairs(const struct snapshot *snap)
{
	struct edge *edges = calloc(snap->nr_edges, sizeof(*edges));
	size_t shown = snap->nr_edges < PAIRS_MAX ? snap->nr_edges : PAIRS_MAX;
	uint64_t rest = snap->edges_other;

	if (!edges)
		return;
	memcpy(edges, snap->edges, snap->nr_edges * sizeof(*edges));
	qsort(edges, snap->nr_edges, sizeof(*edges), by_count);
	for (size_t i = 0; i < snap->nr_edges; i++) {
		if (i >= shown)
			rest += edges[i].count;
		else
			printf("  CPU %4u to CPU %4u  %7s\n", edges[i].src, edges[i].dst,
			       units__count(edges[i].count).s);
	}
	if (rest)
		printf("  all other pairs       %7s\n", units__count(rest).s);
	free(edges);
}

void view__edges(const struct snapshot *snap)
{
	size_t columns = style__columns() - LABEL;
	uint64_t max = 0;

	for (size_t i = 0; i < snap->nr_edges; i++)
		if (snap->edges[i].count > max)
			max = snap->edges[i].count;
	if (!max)
		return;
	printf("\n%sWHO TO WHOM%s (csds)\n", style__on(STYLE_HEAD), style__off());
	if (snap->nr_cpus <= columns / NUMBER)
		print_matrix(snap, false, max);
	else if (snap->nr_cpus <= columns - 2)
		print_matrix(snap, true, max);
	else
		print_pairs(snap);
}
