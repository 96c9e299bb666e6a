/* SPDX-License-Identifier: GPL-2.0 */
/* The pages, how each is made, and the data that they are made of. */
#ifndef IPITRACE_VIEW_TOP_SOURCE_H
#define IPITRACE_VIEW_TOP_SOURCE_H

#include <stdint.h>
#include "model/host.h"
#include "model/snapshot.h"
#include "view/table/rows.h"
#include "view/top/history.h"

/* Groups of CPUs for maps of machines that have more CPUs than a screen has columns. */
struct grouping {
	const char *name; /* of one group: "node" */
	const struct numa *of; /* NULL: unknown */
};

#define GROUPINGS 2

struct source {
	const struct snapshot *snap;
	const struct findings *findings;
	struct grouping groupings[GROUPINGS]; /* small groups first */
	int width; /* columns of the screen */
};

#define PAGE_TABLES 4

struct page {
	char title[256];
	int default_sort; /* of the first table, NO_SORT: the order of its rows */
	int nr;
	struct table tables[PAGE_TABLES];
};

enum page_kind {
	/* The tables, in the order of their keys 1 to 9. */
	PAGE_FUNCTIONS,
	PAGE_CPUS,
	PAGE_SENDERS,
	PAGE_VICTIMS,
	PAGE_CGROUPS,
	PAGE_EDGES,
	PAGE_KINDS,
	PAGE_STORMS,
	PAGE_STALLS,
	NR_TABLES,
	/* The pages below a row; the comment names a and b. */
	PAGE_FUNCTION = NR_TABLES, /* the address; OTHER_FUNC */
	PAGE_STACK, /* the function's address, the index of a sample */
	PAGE_CPU, /* the number */
	PAGE_PROCESS, /* the tgid, the cgroup; BY_INTERRUPTS or BY_OTHERS in place of the tgid */
	PAGE_CGROUP, /* the cgroup; BY_INTERRUPTS or BY_OTHERS */
	PAGE_STORM, /* the storm's id */
	PAGE_STALL, /* the stall's id */
	PAGE_HELP,
};

#define OTHER_FUNC    UINT64_MAX
#define BY_INTERRUPTS (UINT64_MAX - 1)
#define BY_OTHERS     UINT64_MAX

/* How pages are made. */

/* The words of the line of tables: "functions", "CPUs", ... */
extern const char *const table_names[NR_TABLES];

/* Fill in @page, which is all zero, with the table @kind. */
void tables__make(const struct source *source, enum page_kind kind, struct page *page);

/*
 * The programs have room for one key. A sender's row names its cgroup too, so
 * senders and cgroups come from the same rows; a window without the rows that a
 * table needs has a note which says so.
 */
void by__senders(const struct source *source, struct page *page);
void by__victims(const struct source *source, struct page *page);
void by__cgroups(const struct source *source, struct page *page);

/* The pages below. */
void by__process(const struct source *source, struct place place, struct page *page);
void by__cgroup(const struct source *source, struct place place, struct page *page);

void edges__make(const struct source *source, struct page *page);

/*
 * Fill in @page, which is all zero, for @place, which is no table. A page whose
 * subject is not in this window says so.
 */
void details__make(const struct source *source, struct place place, struct page *page);

#endif /* IPITRACE_VIEW_TOP_SOURCE_H */
