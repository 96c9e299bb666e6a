/* SPDX-License-Identifier: GPL-2.0 */
/* The lines above each page: host, rate, shares of CPU time, loss, the last minute. */
#ifndef IPITRACE_VIEW_TOP_HEADER_H
#define IPITRACE_VIEW_TOP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include "view/top/canvas.h"
#include "view/top/history.h"
#include "view/top/source.h"

#define HEADER_LINES 5

struct header {
	const struct history *history;
	const struct findings *findings;
	size_t back; /* the window that is shown */
	bool paused;
	enum page_kind table; /* that is shown, or whose rows led to the page that is */
};

void header__draw(const struct header *header, struct canvas *canvas);

/* The shares of a window's time on all online CPUs, 0 to 1; negative: unknown. */
double header__stolen(const struct snapshot *snap);
double header__waited(const struct snapshot *snap);

/* The table whose name is at column @x of the line of tables; NR_TABLES: none. */
enum page_kind header__table_at(const struct canvas *canvas, const struct findings *findings,
				int x);

/* Room for @nr bars with the NUL. */
#define SPARKLINE_BYTES(nr) (3 * (nr) + 1)

/*
 * The bars of @values, the largest of which is full; 0 is a blank, and what is
 * more than 0 is no blank. In ASCII without @utf8.
 */
void sparkline(const double *values, size_t nr, bool utf8, char *text);

#endif /* IPITRACE_VIEW_TOP_HEADER_H */
