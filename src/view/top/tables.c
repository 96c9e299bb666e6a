// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "model/host.h"
#include "model/snapshot.h"
#include "view/table/tables.h"
#include "view/text/words.h"
#include "view/top/cells.h"

const char *const table_names[NR_TABLES] = {
	"functions", "CPUs", "senders", "victims", "cgroups", "edges", "kinds", "storms", "stalls",
};

static const struct place nowhere = { .page = PAGE_NONE };

#define FUNCTIONS_SORT 6 /* the column of the handlers' sum */

static void functions(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct table *t = &page->tables[0];
	struct fn_stats sum;

	page->default_sort = FUNCTIONS_SORT;
	table__columns(t, &functions_pane);
	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];

		if (!snapshot__function(snap, i, &sum))
			continue;
		table__row(t, fn__address(fn), (struct place){ PAGE_FUNCTION, fn__address(fn), 0 });
		table__cells(t, &functions_pane, ROW_OF(snap, &sum, fn));
	}
}

static void cpus(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct table *t = &page->tables[0];

	table__columns(t, &cpus_pane);
	for (size_t i = 0; i < snap->nr_cpus; i++) {
		const struct cpu_stats *cpu = &snap->cpus[i];

		if (snap->host && !cpuset__has(&snap->host->online, cpu->cpu) && !cpu->sent &&
		    !cpu->received && !cpu->local)
			continue;
		table__row(t, cpu->cpu, (struct place){ PAGE_CPU, cpu->cpu, 0 });
		table__row_cpus(t, cpu->cpu, NO_CPU);
		table__cells(t, &cpus_pane, ROW_OF(snap, cpu, NULL));
	}
}

static void kinds(const struct source *source, struct page *page)
{
	const struct snapshot *snap = source->snap;
	struct table *t = &page->tables[0];

	table__columns(t, &kinds_pane);
	for (size_t i = 0; i < snap->nr_all_kinds; i++) {
		table__row(t, i, nowhere);
		table__cells(t, &kinds_pane, ROW_OF(snap, &snap->all_kinds[i], NULL));
	}
	if (!snap->known.kinds)
		snprintf(t->note, sizeof(t->note),
			 "under this filter interrupts are not counted: they name no function");
	else if (!snap->how.timed)
		snprintf(t->note, sizeof(t->note),
			 "`ipitrace top --kinds` measures the interrupts themselves");
}

/* The time of day of a time of CLOCK_MONOTONIC. */
static void clock_cell(struct table *table, const struct snapshot *snap, uint64_t mono)
{
	time_t seconds = (int64_t)(mono + window__realtime(&snap->window)) / 1000000000;
	char text[16];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	table__text(table, "%s", text);
}

static void storms(const struct source *source, struct page *page)
{
	struct table *t = &page->tables[0];

	table__column(t, NULL, "STORM", 24, true);
	table__column(t, NULL, "csds/s", 7, false);
	table__column(t, NULL, "cost/s", 7, false);
	table__column(t, NULL, "lasted", 7, false);
	table__column(t, NULL, "began at", 9, true);
	table__column(t, NULL, "", 8, true);
	table__column(t, NULL, "function", 24, true);
	for (size_t i = source->findings->nr; i-- > 0;) {
		const struct finding *f = &source->findings->items[i];

		if (!f->storm)
			continue;
		table__row(t, f->id, (struct place){ PAGE_STORM, f->id, 0 });
		table__text(t, "%s%s", f->aside ? "note: " : "", f->name);
		table__count(t, f->rate);
		cells__ns_of(t, f->cost, f->cost_known);
		table__ns(t, f->duration);
		clock_cell(t, source->snap, f->start);
		table__text(t, f->ongoing ? "goes on" : "over");
		table__text(t, "%s", f->func);
	}
	if (!t->nr_rows && !t->failed)
		snprintf(t->note, sizeof(t->note), "no storm so far");
}

static void stall_row(struct table *t, const struct snapshot *snap, const struct finding *f)
{
	table__row(t, f->id, (struct place){ PAGE_STALL, f->id, 0 });
	table__row_cpus(t, f->src, f->dst_known ? f->dst : NO_CPU);
	table__text(t, "%s", f->func);
	table__text(t, "%s", phase_names[f->phase]);
	table__ns(t, f->duration);
	table__text(t, f->ongoing ? "goes on" : f->aside ? "folded" : "over");
	table__count(t, f->src);
	if (f->dst_known)
		table__count(t, f->dst);
	else
		table__none(t);
	clock_cell(t, snap, f->start);
}

static void stalls(const struct source *source, struct page *page)
{
	struct table *t = &page->tables[0];

	table__column(t, NULL, "STALL OF", 24, true);
	table__column(t, NULL, "phase", 9, true);
	table__column(t, NULL, "lasted", 7, false);
	table__column(t, NULL, "", 8, true);
	table__column(t, NULL, "from", 5, false);
	table__column(t, NULL, "to", 5, false);
	table__column(t, NULL, "began at", 9, true);
	for (size_t i = source->findings->nr; i-- > 0;)
		if (!source->findings->items[i].storm)
			stall_row(t, source->snap, &source->findings->items[i]);
	if (!t->nr_rows && !t->failed)
		snprintf(t->note, sizeof(t->note), "no stall so far");
}

void tables__make(const struct source *source, enum page_kind kind, struct page *page)
{
	static void (*const make[NR_TABLES])(const struct source *source, struct page *page) = {
		[PAGE_FUNCTIONS] = functions, [PAGE_CPUS] = cpus,
		[PAGE_SENDERS] = by__senders, [PAGE_VICTIMS] = by__victims,
		[PAGE_CGROUPS] = by__cgroups, [PAGE_EDGES] = edges__make,
		[PAGE_KINDS] = kinds,	      [PAGE_STORMS] = storms,
		[PAGE_STALLS] = stalls,
	};

	page->nr = 1;
	page->default_sort = NO_SORT;
	make[kind](source, page);
}
