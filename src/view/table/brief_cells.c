// SPDX-License-Identifier: GPL-2.0
/* Cells that the tables of the first screen have in common. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "model/window.h"
#include "view/table/tables.h"

/* The columns of numbers, with the blank before each and the mark behind the last ones. */
#define NUMBERS	       39
#define NUMBERS_NARROW 30

struct name_widths name_widths(int columns)
{
	bool narrow = columns < NARROW;
	struct name_widths w = {};
	int left = columns - 1 - (narrow ? NUMBERS_NARROW : NUMBERS);

	if (columns >= WIDE) {
		w.who = 24;
		w.func = left / 3 < 24 ? 24 : left / 3 > 40 ? 40 : left / 3;
		w.via = left - w.who - w.func - 1;
		return w;
	}
	w.who = narrow ? left / 2 : left * 9 / 20;
	w.func = left - w.who;
	return w;
}

double brief__seconds(const struct brief_page *page)
{
	double seconds = window__seconds(&page->snap->window);

	return seconds > 0 ? seconds : 1;
}

struct cell brief__rate(const struct row_of *of)
{
	return (struct cell){ .kind = CELL_RATE,
			      .real = *(const uint64_t *)of->at / brief__seconds(of->page) };
}

struct cell brief__share(const struct brief_page *page, uint64_t ns, bool known)
{
	uint64_t all = page->digest->cpu_ns;

	return (struct cell){ .kind = known ? CELL_SHARE : CELL_NONE,
			      .real = all ? (double)ns / all : 0 };
}

struct safe who_task(const struct stack_sample *call, int others, int width)
{
	char tail[48];
	char name[SAFE_BYTES];
	int room;

	snprintf(tail, sizeof(tail), call->tgid ? "[%" PRIu32 "]" : "", call->tgid);
	if (others)
		snprintf(tail + strlen(tail), sizeof(tail) - strlen(tail), " +%d", others);
	room = width - (int)strlen(tail);
	snprintf(name, sizeof(name), "%s", call->tgid ? safe__comm(call->comm).s : "(idle)");
	name[safe__fit(name, room > 1 ? room : 1)] = '\0';
	strncat(name, tail, sizeof(name) - strlen(name) - 1);
	return safe__column(name, width);
}
