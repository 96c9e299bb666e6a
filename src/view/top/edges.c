// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/cpuset.h"
#include "model/host.h"
#include "view/top/source.h"

#define NAME_WIDTH   10
#define NUMBER_WIDTH 7 /* with the blank before it */

/* Rows and columns of the map: CPUs or groups. */
struct axis {
	const char *name;
	uint32_t nr;
	uint32_t of[CPUSET_MAX]; /* the place of each CPU */
	uint32_t numbers[CPUSET_MAX]; /* the CPU or group in each place */
	bool cpus;
};

static bool shown(const struct snapshot *snap, const struct cpu_stats *cpu)
{
	return !snap->host || cpuset__has(&snap->host->online, cpu->cpu) || cpu->sent ||
	       cpu->received;
}

static void cpu_axis(const struct snapshot *snap, struct axis *axis)
{
	axis->name = "CPU";
	axis->cpus = true;
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		if (!shown(snap, &snap->cpus[i]))
			continue;
		axis->of[snap->cpus[i].cpu] = axis->nr;
		axis->numbers[axis->nr++] = snap->cpus[i].cpu;
	}
}

static void group_axis(const struct snapshot *snap, const struct grouping *grouping,
		       struct axis *axis)
{
	axis->name = grouping->name;
	axis->cpus = false;
	axis->nr = grouping->of->nr_nodes;
	for (uint32_t i = 0; i < axis->nr; i++)
		axis->numbers[i] = grouping->of->ids[i];
	for (size_t i = 0; i < snap->nr_cpus; i++)
		axis->of[snap->cpus[i].cpu] = grouping->of->nodes[snap->cpus[i].cpu];
}

/* CPUs if there are columns for them, else the smallest groups for which there are. */
static void axis_choose(const struct source *source, struct axis *axis)
{
	uint32_t room = source->width > NAME_WIDTH + 1 ? source->width - NAME_WIDTH - 1 : 1;

	room = room < COLUMNS_MAX - 1 ? room : COLUMNS_MAX - 1;
	cpu_axis(source->snap, axis);
	for (int i = 0; axis->nr > room && i < GROUPINGS; i++)
		if (source->groupings[i].of && source->groupings[i].of->nr_nodes)
			group_axis(source->snap, &source->groupings[i], axis);
}

static int cell_width(const struct source *source, const struct axis *axis)
{
	int room = source->width - NAME_WIDTH;

	if ((int)axis->nr * NUMBER_WIDTH <= room)
		return NUMBER_WIDTH - 1;
	return (int)axis->nr * 3 <= room ? 2 : (int)axis->nr * 2 <= room ? 1 : 0;
}

static void column_names(struct table *t, const struct axis *axis, int width)
{
	char name[24];

	table__column(t, NULL, "from \\ to", NAME_WIDTH - 1, true);
	for (uint32_t i = 0; i < axis->nr; i++) {
		uint32_t n = axis->numbers[i];

		snprintf(name, sizeof(name), "%" PRIu32,
			 width < 2  ? n % 10 :
			 width == 2 ? n % 100 :
				      n);
		table__column(t, NULL, name, width, false);
	}
}

static void rows(const struct snapshot *snap, struct table *t, const struct axis *axis,
		 const uint64_t *counts)
{
	for (uint32_t from = 0; from < axis->nr; from++) {
		struct place to = { axis->cpus ? PAGE_CPU : PAGE_NONE, axis->numbers[from], 0 };

		table__row(t, axis->numbers[from], to);
		if (axis->cpus)
			table__row_cpus(t, axis->numbers[from], NO_CPU);
		table__text(t, "%s %" PRIu32, axis->name, axis->numbers[from]);
		for (uint32_t i = 0; i < axis->nr; i++)
			table__heat(t, counts[(size_t)from * axis->nr + i]);
	}
	if (snap->edges_other)
		snprintf(t->note, sizeof(t->note),
			 "and %" PRIu64 " csds of senders with too many destinations",
			 snap->edges_other);
}

void edges__make(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct table *t = &page->tables[0];
	struct axis *axis = calloc(1, sizeof(*axis));
	uint64_t *counts = NULL;

	if (axis) {
		axis_choose(source, axis);
		if (axis->nr >= COLUMNS_MAX)
			axis->nr = COLUMNS_MAX - 1;
		counts = calloc((size_t)axis->nr * axis->nr + 1, sizeof(*counts));
	}
	if (!counts) {
		t->failed = true;
		free(axis);
		return;
	}
	column_names(t, axis, cell_width(source, axis));
	for (size_t i = 0; i < snap->nr_edges; i++) {
		const struct edge *edge = &snap->edges[i];
		uint32_t from = edge->src < CPUSET_MAX ? axis->of[edge->src] : axis->nr;
		uint32_t to = edge->dst < CPUSET_MAX ? axis->of[edge->dst] : axis->nr;

		if (from < axis->nr && to < axis->nr)
			counts[(size_t)from * axis->nr + to] += edge->count;
	}
	rows(snap, t, axis, counts);
	free(counts);
	free(axis);
}
