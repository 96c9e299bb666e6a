/* SPDX-License-Identifier: GPL-2.0 */
/* Rows and columns of plain values, to sort, to filter and then to draw. */
#ifndef IPITRACE_VIEW_TABLE_ROWS_H
#define IPITRACE_VIEW_TABLE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "view/table/column.h"

#define COLUMNS_MAX 256
#define NO_CPU	    UINT32_MAX
#define NO_SORT	    (-1) /* the order in which the rows were added */

/* A column of these rows, which may have been made for them alone. */
struct row_column {
	const char *group; /* the heading above several columns; NULL: none */
	char name[24];
	int width; /* at least */
	bool text; /* left-aligned, and takes the width that is left over */
};

#define PAGE_NONE (-1)

/* Where Enter leads. */
struct place {
	int page; /* the screen's; PAGE_NONE: nowhere */
	uint64_t a, b;
};

struct row {
	uint64_t key; /* the same in each window: the selection stays with its row */
	struct place to; /* PAGE_NONE: Enter does nothing */
	uint32_t cpus[2]; /* that the row is about, for filters; NO_CPU: none */
};

/* All zero: empty. Without memory @failed is set, and the table lacks rows. */
struct table {
	const char *title; /* NULL: none */
	char note[160]; /* a line below the rows; "": none */
	bool headless; /* without headings */
	bool failed;
	uint64_t hottest; /* the largest CELL_HEAT */
	int nr_columns;
	struct row_column columns[COLUMNS_MAX];
	size_t nr_rows;
	struct row *rows;
	struct cell *cells; /* nr_columns for each row */
	size_t nr_cells;
	size_t nr_shown; /* in order[]: the rows that pass the filter */
	uint32_t *order;
	size_t max_rows, max_cells;
	struct texts *texts;
};

/* Free what @table owns, and zero it. */
void table__free(struct table *table);

/* Columns are added before rows. */
void table__column(struct table *table, const char *group, const char *name, int width, bool text);

/* The columns of @layout, for which table__cells() adds the cells of the latest row. */
void table__columns(struct table *table, const struct layout *layout);
void table__cells(struct table *table, const struct layout *layout, const struct row_of *of);

/* Add a row; the cells of all its columns follow. */
void table__row(struct table *table, uint64_t key, struct place to);

/* The CPUs that the latest row is about. */
void table__row_cpus(struct table *table, uint32_t a, uint32_t b);

/* The next cell of the latest row. */
void __attribute__((format(printf, 2, 3)))
table__text(struct table *table, const char *format, ...);
void table__count(struct table *table, uint64_t n);
void table__ns(struct table *table, uint64_t ns);
void table__heat(struct table *table, uint64_t n);
void table__none(struct table *table);

/* The cell of row number @row, as it was added. */
const struct cell *table__cell(const struct table *table, size_t row, int column);

/*
 * Fill in order[]: rows that pass @filter, sorted by column @sort or NO_SORT.
 * Numbers sort the largest first and texts by the alphabet, or with @reverse the
 * other way. A filter that is a list of CPUs ("0,2-5") lets rows about these CPUs
 * pass; any other lets rows pass that have it in a text, in whatever case; "" all.
 */
void table__arrange(struct table *table, int sort, bool reverse, const char *filter);

#endif /* IPITRACE_VIEW_TABLE_ROWS_H */
