/* SPDX-License-Identifier: GPL-2.0 */
/* A page in the lines that a screen has: what is in view, and the selected row. */
#ifndef IPITRACE_VIEW_TOP_PANE_H
#define IPITRACE_VIEW_TOP_PANE_H

#include <stddef.h>
#include "view/top/canvas.h"
#include "view/top/source.h"

enum line_kind {
	LINE_BLANK,
	LINE_TITLE,
	LINE_GROUPS,
	LINE_HEADS,
	LINE_ROW,
	LINE_NOTE,
};

struct line {
	enum line_kind kind;
	int table;
	size_t row; /* in the table's order */
};

/* All zero: empty. */
struct pane {
	const struct page *page;
	struct line *lines;
	size_t nr_lines;
	size_t nr_fixed; /* headings of an only table, which do not scroll */
	size_t nr_rows; /* lines that are rows */
	size_t selected; /* of the rows */
	size_t top; /* the first line in view behind the fixed ones */
	int sort; /* the column that the headings mark; NO_SORT: none */
};

void pane__free(struct pane *pane);

/* Lay out @page, whose tables are arranged. 0 or -ENOMEM. */
int pane__layout(struct pane *pane, const struct page *page);

/* The @n-th row's line; NULL: there is none. */
const struct line *pane__row(const struct pane *pane, size_t n);
const struct row *pane__row_of(const struct pane *pane, const struct line *line);

/* Draw into @height lines from @y on, with the selected row in view. */
void pane__draw(struct pane *pane, struct canvas *canvas, int y, int height);

/* The line at @y of the lines drawn; NULL: none. */
const struct line *pane__line_at(const struct pane *pane, int y, int height);

/* The column of @table at @x; -1: none. */
int pane__column_at(const struct table *table, int width, int x);

#endif /* IPITRACE_VIEW_TOP_PANE_H */
