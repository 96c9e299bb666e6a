// SPDX-License-Identifier: GPL-2.0
/* The canvas; and a page on it: lines, of which some are in view, and the selected row. */
#include <math.h>
#include "base/sanitize.h"
#include "view/top/screen.h"

/* The longest text of a cell is a cgroup's path. */
#define TEXT_BYTES 1024

void canvas__clear(struct canvas *canvas)
{
	for (int i = 0; i < canvas->width * canvas->height; i++)
		canvas->glyphs[i] = (struct glyph){ L' ', INK_PLAIN };
}

int canvas__resize(struct canvas *canvas, int width, int height)
{
	struct glyph *glyphs;

	width = width > 0 ? width : 1;
	height = height > 0 ? height : 1;
	glyphs = calloc((size_t)width * height, sizeof(*glyphs));
	if (!glyphs)
		return -ENOMEM;
	free(canvas->glyphs);
	canvas->glyphs = glyphs;
	canvas->width = width;
	canvas->height = height;
	canvas__clear(canvas);
	return 0;
}

void canvas__free(struct canvas *canvas)
{
	free(canvas->glyphs);
	canvas->glyphs = NULL;
	canvas->width = canvas->height = 0;
}

int canvas__put(struct canvas *canvas, int y, int x, int width, enum ink ink, const char *text)
{
	char safe[TEXT_BYTES];
	const char *next = safe;
	uint32_t ch;
	int written = 0;

	if (y < 0 || y >= canvas->height)
		return 0;
	sanitize(safe, sizeof(safe), text);
	for (; *next && written < width && x < canvas->width; written++, x++) {
		next += utf8__decode(next, UTF8_MAX, &ch);
		if (ch >= 0x80 && (!canvas->utf8 || wcwidth(ch) != 1))
			ch = L'?';
		if (x >= 0)
			canvas->glyphs[y * canvas->width + x] = (struct glyph){ ch, ink };
	}
	if (*next && written && x == canvas->width)
		canvas->glyphs[(y + 1) * canvas->width - 1].ch = L'~';
	return written;
}

/* Put @text as canvas__put() does; with @right, right-aligned in @width columns. */
static void put_aligned(struct canvas *canvas, int y, int x, int width, enum ink ink, bool right,
			const char *text)
{
	int blank = right ? width - (int)safe__width(text) : 0;

	canvas__put(canvas, y, x + (blank > 0 ? blank : 0), width, ink, text);
}

#define HEAT_STEP 3.16 /* two steps for each power of ten */

void pane__free(struct pane *pane)
{
	free(pane->lines);
	memset(pane, 0, sizeof(*pane));
}

static void add_line(struct pane *pane, enum line_kind kind, int table, size_t row)
{
	pane->lines[pane->nr_lines++] = (struct line){ kind, table, row };
	pane->nr_rows += kind == LINE_ROW;
}

/* The most lines of a table besides its rows: a blank, the title, two headings and a note. */
#define LINES_BESIDES 5

static void table_layout(struct pane *pane, int i)
{
	const struct table *table = &pane->page->tables[i];
	bool grouped = false;

	for (int c = 0; c < table->nr_columns; c++)
		grouped |= table->columns[c].group != NULL;
	if (i)
		add_line(pane, LINE_BLANK, i, 0);
	if (table->title)
		add_line(pane, LINE_TITLE, i, 0);
	if (!table->headless && grouped)
		add_line(pane, LINE_GROUPS, i, 0);
	if (!table->headless)
		add_line(pane, LINE_HEADS, i, 0);
	if (pane->page->nr == 1)
		pane->nr_fixed = pane->nr_lines;
	for (size_t row = 0; row < table->nr_shown; row++)
		add_line(pane, LINE_ROW, i, row);
	if (*table->note)
		add_line(pane, LINE_NOTE, i, 0);
}

int pane__layout(struct pane *pane, const struct page *page)
{
	size_t most = 0;
	struct line *lines;

	for (int i = 0; i < page->nr; i++)
		most += page->tables[i].nr_shown + LINES_BESIDES;
	lines = calloc(most + 1, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	free(pane->lines);
	pane->lines = lines;
	pane->page = page;
	pane->nr_lines = pane->nr_fixed = pane->nr_rows = 0;
	for (int i = 0; i < page->nr; i++)
		table_layout(pane, i);
	if (pane->selected >= pane->nr_rows)
		pane->selected = pane->nr_rows ? pane->nr_rows - 1 : 0;
	return 0;
}

const struct line *pane__row(const struct pane *pane, size_t n)
{
	for (size_t i = 0; i < pane->nr_lines; i++)
		if (pane->lines[i].kind == LINE_ROW && !n--)
			return &pane->lines[i];
	return NULL;
}

const struct row *pane__row_of(const struct pane *pane, const struct line *line)
{
	const struct table *table = &pane->page->tables[line->table];

	return &table->rows[table->order[line->row]];
}

/* The columns of a table on the canvas. */
struct widths {
	int nr; /* columns that there is room for */
	int x[COLUMNS_MAX]; /* where each column begins */
	int width[COLUMNS_MAX];
};

/* Returns the width of the longest text in a column. */
static int find_longest(const struct table *table, int column)
{
	size_t most = 0;

	for (size_t i = 0; i < table->nr_shown; i++) {
		const struct cell *cell = table__cell(table, table->order[i], column);
		size_t width = cell->kind == CELL_TEXT ? safe__width(cell->text) : 0;

		most = width > most ? width : most;
	}
	return most;
}

/*
 * Choose as many columns as fit. The columns of text share the width that is left over: the first
 * one gets what its longest text needs, the last one gets the rest.
 */
static void choose_columns(const struct table *table, int width, struct widths *w)
{
	int x = 0, last = -1, left, more;

	for (w->nr = 0; w->nr < table->nr_columns; w->nr++) {
		const struct row_column *column = &table->columns[w->nr];
		int gap = w->nr && column->width ? 1 : 0, wide = column->width ? column->width : 1;

		if (w->nr && x + gap + wide > width)
			break;
		w->width[w->nr] = wide;
		x += gap + wide;
		last = column->text ? w->nr : last;
	}
	left = width - x;
	if (left > 0 && w->nr && table->columns[0].text) {
		more = find_longest(table, 0) - w->width[0];
		more = more < 0 ? 0 : more < left ? more : left;
		w->width[0] += more;
		left -= more;
	}
	if (left > 0 && last > 0)
		w->width[last] += left;
	x = 0;
	for (int i = 0; i < w->nr; i++) {
		x += i && table->columns[i].width ? 1 : 0;
		w->x[i] = x;
		x += w->width[i];
	}
}

/* Draw "---- delay ----" above the columns of a group. */
static void groups_draw(const struct table *table, const struct widths *w, struct canvas *canvas,
			int y)
{
	for (int i = 0, end; i < w->nr; i = end) {
		const char *group = table->columns[i].group;
		char text[256], words[32];
		int width, len;

		for (end = i + 1; end < w->nr && group == table->columns[end].group; end++)
			;
		if (!group)
			continue;
		width = w->x[end - 1] + w->width[end - 1] - w->x[i];
		width = width < (int)sizeof(text) ? width : (int)sizeof(text) - 1;
		if (end - i == 1) {
			put_aligned(canvas, y, w->x[i], width, INK_HEAD, true, group);
			continue;
		}
		len = snprintf(words, sizeof(words), " %s ", group);
		memset(text, '-', width);
		text[width] = '\0';
		if (len < width)
			memcpy(text + (width - len) / 2, words, len);
		canvas__put(canvas, y, w->x[i], width, INK_HEAD, text);
	}
}

/* Cells of CELL_HEAT that are narrower than this have no room for a number. */
#define HEAT_NUMBER_WIDTH 5

/* @text: the column is left-aligned, also where a cell has no text. */
static void cell_draw(const struct table *table, const struct cell *cell, bool text,
		      struct canvas *canvas, int y, int x, int width)
{
	bool warm = cell->kind == CELL_HEAT && cell->n;
	/* How many steps colder than the hottest cell. */
	int colder = warm ? log((double)table->hottest / cell->n) / log(HEAT_STEP) : HEATS;
	enum ink heat = INK_HEAT + (colder < HEATS ? HEATS - 1 - colder : 0);

	switch (cell->kind) {
	case CELL_NONE:
		put_aligned(canvas, y, x, width, INK_DIM, !text, "-");
		break;
	case CELL_TEXT:
		canvas__put(canvas, y, x, width, INK_PLAIN, cell->text);
		break;
	case CELL_HEAT:
		/* In a narrow cell, colour and shade show how large the number is. */
		for (int i = 0; warm && width < HEAT_NUMBER_WIDTH && i < width; i++)
			canvas__put(canvas, y, x + i, 1, heat,
				    style__shade(cell->n, table->hottest));
		if (!warm)
			put_aligned(canvas, y, x, width, INK_DIM, true, ".");
		else if (width >= HEAT_NUMBER_WIDTH)
			put_aligned(canvas, y, x, width, heat, true, units__count(cell->n).s);
		break;
	default:
		put_aligned(canvas, y, x, width, INK_PLAIN, true, cell__number(cell).s);
	}
}

static void line_draw(const struct pane *pane, const struct line *line, const struct widths *w,
		      struct canvas *canvas, int y)
{
	const struct table *table = &pane->page->tables[line->table];
	int sort = line->table ? NO_SORT : pane->sort;

	switch (line->kind) {
	case LINE_BLANK:
		break;
	case LINE_TITLE:
		canvas__put(canvas, y, 0, canvas->width, INK_HEAD, table->title);
		break;
	case LINE_GROUPS:
		groups_draw(table, w, canvas, y);
		break;
	case LINE_HEADS:
		for (int i = 0; i < w->nr; i++)
			put_aligned(canvas, y, w->x[i], w->width[i],
				    i == sort ? INK_SELECTED : INK_HEAD, !table->columns[i].text,
				    table->columns[i].name);
		break;
	case LINE_NOTE:
		canvas__put(canvas, y, 0, canvas->width, INK_DIM, table->note);
		break;
	case LINE_ROW:
		for (int i = 0; i < w->nr; i++)
			cell_draw(table, table__cell(table, table->order[line->row], i),
				  table->columns[i].text, canvas, y, w->x[i], w->width[i]);
		break;
	}
}

/* Scroll only as far as needed to have the selected row in view. */
static void scroll_pane(struct pane *pane, size_t room)
{
	const struct line *line = pane__row(pane, pane->selected);
	/* Both count the lines below the fixed ones. */
	size_t selected = line ? line - pane->lines - pane->nr_fixed : 0;
	size_t nr = pane->nr_lines - pane->nr_fixed;

	if (selected >= pane->top + room)
		pane->top = selected - room + 1;
	/* If the first row is selected, show the headings above it too. */
	if (selected < pane->top)
		pane->top = pane->selected ? selected : 0;
	if (pane->top + room > nr)
		pane->top = nr > room ? nr - room : 0;
}

void pane__draw(struct pane *pane, struct canvas *canvas, int y, int height)
{
	const struct line *selected;
	struct widths w;
	int table = -1;

	scroll_pane(pane, height > (int)pane->nr_fixed ? height - pane->nr_fixed : 1);
	selected = pane__row(pane, pane->selected);
	for (int i = 0; i < height; i++) {
		const struct line *line = pane__line_at(pane, i, height);

		if (!line)
			break;
		if (line->table != table) {
			table = line->table;
			choose_columns(&pane->page->tables[table], canvas->width, &w);
		}
		line_draw(pane, line, &w, canvas, y + i);
		for (int x = 0; line == selected && y + i < canvas->height && x < canvas->width;
		     x++)
			canvas->glyphs[(y + i) * canvas->width + x].ink = INK_SELECTED;
	}
}

const struct line *pane__line_at(const struct pane *pane, int y, int height)
{
	size_t index = y;

	if (y < 0 || y >= height)
		return NULL;
	if (index >= pane->nr_fixed)
		index += pane->top;
	return index < pane->nr_lines ? &pane->lines[index] : NULL;
}

int pane__column_at(const struct table *table, int width, int x)
{
	struct widths w;

	choose_columns(table, width, &w);
	for (int i = 0; i < w.nr; i++)
		if (x >= w.x[i] && x < w.x[i] + w.width[i])
			return i;
	return -1;
}
