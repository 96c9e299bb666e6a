/* SPDX-License-Identifier: GPL-2.0 */
/* The data that pages are made of. */
#ifndef IPITRACE_VIEW_TOP_SOURCE_H
#define IPITRACE_VIEW_TOP_SOURCE_H

#include "model/numa.h"
#include "model/snapshot.h"
#include "view/top/findings.h"
#include "view/top/place.h"
#include "view/table/rows.h"

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

#endif /* IPITRACE_VIEW_TOP_SOURCE_H */
