/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables, a noun each: what the report prints, what the first screen prints, and the columns of
 * the panes of top.
 */
#ifndef IPITRACE_VIEW_TABLE_TABLES_H
#define IPITRACE_VIEW_TABLE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "model/digest.h"
#include "model/snapshot.h"
#include "view/options.h"
#include "view/table/column.h"
#include "view/text/safe.h"

/* The tables of `summary --full`, to stdout. */
void view__functions(const struct snapshot *snap);
void view__cpu_table(const struct snapshot *snap, bool ranked); /* by handlers' time */
void view__by(const struct snapshot *snap); /* nothing without --by */

/*
 * Below a row: what the host stole of its delays and handler times, of which these are the sums, ns;
 * nothing of what is not known, or less than 1 %.
 */
void view__stolen(FILE *out, const struct steal_sum *stolen, uint64_t delay, uint64_t handler);

/* The first screen, of the width @columns. */
struct brief_page {
	FILE *out;
	const struct snapshot *snap;
	const struct digest *digest;
	int columns;
};

/* Columns from which the first screen is wide, and below which it is narrow. */
#define WIDE   110
#define NARROW 80

/* Columns of the names in a row of functions, or of --by. */
struct name_widths {
	int who;
	int func;
	int via; /* 0: none */
};
struct name_widths name_widths(int columns);

double brief__seconds(const struct brief_page *page); /* never 0 */
/* Of a member that is a uint64_t: how often a second. */
struct cell brief__rate(const struct row_of *of);
/* A part of all CPUs' time; "-" where @known is false. */
struct cell brief__share(const struct brief_page *page, uint64_t ns, bool known);
/* "comm[1234] +2", where the name is cut and the number is not. */
struct safe who_task(const struct stack_sample *call, int others, int width);

/*
 * Each prints a heading and at most @lines lines; if there are more rows, the last line
 * counts those that are not shown.
 */
void brief__functions(const struct brief_page *page, size_t lines);
void brief__cpus(const struct brief_page *page, size_t lines);
void brief__by(const struct brief_page *page, size_t lines);

/* Rows of struct fn_stats, whose first row in the snapshot is the page; of struct cpu_stats. */
extern const struct layout functions_pane, cpus_pane;
/* Rows of struct kind_stats. */
extern const struct layout kinds_pane;
/* Rows of struct by_stats. */
extern const struct layout senders_pane, victims_pane, cgroups_pane, its_senders_pane;

/* "name [module]", "(other functions)". */
struct cell function__name(const struct row_of *of, const struct fn_stats *fn);
/* "comm[1234]"; a path; "(others)", "(in interrupts)". */
struct cell by__process_name(const struct row_of *of);
struct cell by__cgroup_name(const struct row_of *of);

/* One paragraph: how many of each kind were sent and arrived. */
void view__kinds_line(const struct snapshot *snap);

/* The tables of kinds, TLB flushes and wake-ups. */
void view__kinds(const struct snapshot *snap);

/*
 * Senders and destinations: a table of numbers for few CPUs, a heat map for as
 * many as fit a line, the busiest pairs beyond.
 */
void view__edges(const struct snapshot *snap);

/*
 * The cost of synchronous calls, by function and call site, to stdout, 80 columns: the most
 * waited for first. Of @opts it uses quiet and asked.
 */
void view__calls(const struct snapshot *snap, const struct view_options *opts);

/*
 * Where calls are seen, and no csds (SOURCE_CALLS).
 *
 * The interrupts that arrived and their time, by CPU and kind.
 */
void view__irqs(const struct snapshot *snap);

/* The own time of functions, as far as it was measured. */
void view__runs(const struct snapshot *snap);

/* The account of the calls. */
void view__call_ledger(const struct snapshot *snap);

#endif /* IPITRACE_VIEW_TABLE_TABLES_H */
