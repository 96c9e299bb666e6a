// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "model/snapshot.h"
#include "view/table/tables.h"
#include "view/text/style.h"
#include "view/text/units.h"

#define LABEL	  11 /* columns of a row's label */
#define NUMBER	  7 /* and of a number, with the blank before it */
#define PAIRS_MAX 16

/* csds from @src to @dst. */
static uint64_t at(const struct snapshot *snap, uint32_t src, uint32_t dst)
{
	for (size_t i = 0; i < snap->nr_edges; i++)
		if (snap->edges[i].src == src && snap->edges[i].dst == dst)
			return snap->edges[i].count;
	return 0;
}

static void numbers(const struct snapshot *snap)
{
	printf("%s  from \\ to", style__on(STYLE_HEAD));
	for (size_t dst = 0; dst < snap->nr_cpus; dst++)
		printf(" %6" PRIu32, snap->cpus[dst].cpu);
	printf("%s\n", style__off());
	for (size_t src = 0; src < snap->nr_cpus; src++) {
		printf("  CPU %-5" PRIu32, snap->cpus[src].cpu);
		for (size_t dst = 0; dst < snap->nr_cpus; dst++) {
			uint64_t n = at(snap, snap->cpus[src].cpu, snap->cpus[dst].cpu);

			printf(" %6s", n ? units__count(n).s : ".");
		}
		putchar('\n');
	}
}

static void heat_map(const struct snapshot *snap, uint64_t max)
{
	printf("%s  from \\ to", style__on(STYLE_HEAD));
	for (size_t dst = 0; dst < snap->nr_cpus; dst += 10)
		printf("%-*" PRIu32, dst + 10 < snap->nr_cpus ? 10 : 1, snap->cpus[dst].cpu);
	printf("%s\n", style__off());
	for (size_t src = 0; src < snap->nr_cpus; src++) {
		if (!snap->cpus[src].sent)
			continue;
		printf("  CPU %-5" PRIu32, snap->cpus[src].cpu);
		for (size_t dst = 0; dst < snap->nr_cpus; dst++)
			fputs(style__shade(at(snap, snap->cpus[src].cpu, snap->cpus[dst].cpu), max),
			      stdout);
		putchar('\n');
	}
	printf("  %s%s: a tenth each, the last up to %s csd%s%s\n", style__on(STYLE_DIM),
	       style__shades(), units__count(max).s, units__plural(max), style__off());
}

static int by_count(const void *a, const void *b)
{
	const struct edge *ea = a, *eb = b;

	return ea->count < eb->count ? 1 : ea->count > eb->count ? -1 : 0;
}

static void pairs(const struct snapshot *snap)
{
	struct edge *edges = calloc(snap->nr_edges, sizeof(*edges));
	size_t shown = snap->nr_edges < PAIRS_MAX ? snap->nr_edges : PAIRS_MAX;
	uint64_t rest = snap->edges_other;

	if (!edges)
		return;
	for (size_t i = 0; i < snap->nr_edges; i++)
		edges[i] = snap->edges[i];
	qsort(edges, snap->nr_edges, sizeof(*edges), by_count);
	for (size_t i = 0; i < snap->nr_edges; i++) {
		if (i >= shown)
			rest += edges[i].count;
		else
			printf("  CPU %4" PRIu32 " to CPU %4" PRIu32 "  %7s\n", edges[i].src,
			       edges[i].dst, units__count(edges[i].count).s);
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
		numbers(snap);
	else if (snap->nr_cpus <= columns - 2)
		heat_map(snap, max);
	else
		pairs(snap);
}
