/* SPDX-License-Identifier: GPL-2.0 */
/* The data that pages are made of. */
#ifndef IPITRACE_VIEW_TOP_SOURCE_H
#define IPITRACE_VIEW_TOP_SOURCE_H

#include <stdint.h>
#include "model/numa.h"
#include "model/snapshot.h"
#include "view/table/rows.h"
#include "view/top/findings.h"

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

#endif /* IPITRACE_VIEW_TOP_SOURCE_H */
