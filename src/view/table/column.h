/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a table can show of its rows. Each noun (functions, CPUs, ...) says once what its columns
 * are; a page chooses among them, and plain text, a pane of top or a page in a browser shows the
 * same cells.
 */
#ifndef IPITRACE_VIEW_TABLE_COLUMN_H
#define IPITRACE_VIEW_TABLE_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "model/snapshot.h"
#include "view/text/units.h"

enum cell_kind {
	CELL_NONE, /* unknown: "-", never 0, and last in each order */
	CELL_TEXT, /* not yet safe for a terminal */
	CELL_COUNT,
	CELL_NS,
	CELL_HEAT, /* a count in the colour of its share of table.hottest */
	CELL_NUMBER, /* of a CPU */
	CELL_RATE, /* real, a second */
	CELL_SHARE, /* real, a part of 1 */
	CELL_MEAN, /* real */
};

struct cell {
	enum cell_kind kind;
	bool mark; /* the window's own worst */
	uint64_t n;
	double real;
	const char *text;
};

/* Bytes of a text, which holds any symbol with its module. */
#define CELL_TEXT_BYTES 512

/* A row, and what else its cells are made of. */
struct row_of {
	const struct snapshot *snap;
	const void *row;
	const void *page; /* the first screen's */
	char *text; /* room of CELL_TEXT_BYTES for the cell's text */
	const void *at; /* the column's member of the row */
};

#define ROW_OF(snapshot, r, p) (&(struct row_of){ .snap = (snapshot), .row = (r), .page = (p) })

struct column {
	const char *group; /* the heading above several columns; NULL: none */
	const char *head; /* NULL: the heading before goes on above this column */
	struct cell (*get)(const struct row_of *of);
	size_t at; /* a member's offset in the row, for the ways to get a cell below */
	uint8_t width; /* at least */
	bool text; /* left-aligned, and takes the width that is left over */
	bool dim;
};

/* A column on a page. */
struct choice {
	uint8_t id; /* its index among the noun's columns */
	uint8_t width; /* 0: the column's */
	uint8_t gap; /* blanks before it; 0: one */
	uint8_t from, below; /* the widths of a page that has it; 0: any */
	const char *group; /* in place of the column's; "": none; with dashes in it: drawn already */
};

#define SHOW(column, ...)                     \
	{                                     \
		.id = (column), ##__VA_ARGS__ \
	}

#define CHOICES_MAX 16

/* The columns of a table, in their order. */
struct layout {
	const struct column *columns;
	int nr;
	struct choice shown[CHOICES_MAX];
};

#define LAYOUT(of, ...)                                                                            \
	{                                                                                          \
		.columns = (of),                                                                   \
		.nr = sizeof((struct choice[]){ __VA_ARGS__ }) / sizeof(struct choice), .shown = { \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

/* Ways to get a cell from a member of the row. Each is "-" where nothing was measured. */
struct cell cell__count(const struct row_of *of); /* of a uint64_t */
struct cell cell__mean(const struct row_of *of); /* of a struct hist */
struct cell cell__p50(const struct row_of *of);
struct cell cell__p99(const struct row_of *of);
struct cell cell__max(const struct row_of *of);
struct cell cell__sum(const struct row_of *of);
struct cell cell__spun(const struct row_of *of); /* of a struct wait_sum */

/* A time of @samples measurements. */
struct cell cell__ns(uint64_t ns, uint64_t samples);
/* A count that may be unknown. */
struct cell cell__known(uint64_t n, bool known);
/* Text, which is copied to the row's room. */
struct cell __attribute__((format(printf, 2, 3)))
cell__text(const struct row_of *of, const char *format, ...);

/* The cell in @column of the row. */
struct cell cell__get(const struct column *column, struct row_of *of);

/* A number as tables show it; "" for a text. */
struct text cell__number(const struct cell *cell);

/* A table as plain text: its headings, then a row at a time, so that lines can stand between them. */
struct plain {
	FILE *out;
	const struct layout *layout;
	int columns; /* of the first screen, whose names are cut; 0: a report's, where they get a line */
};

/* An empty line, the groups if there are any, the headings. @first: in place of the first one; NULL. */
void plain__heads(const struct plain *plain, const char *first);

void plain__row(const struct plain *plain, const struct row_of *of);

#endif /* IPITRACE_VIEW_TABLE_COLUMN_H */
