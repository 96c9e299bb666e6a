/* SPDX-License-Identifier: GPL-2.0 */
/* The screen: its lines, its state, which keys and windows change, and the terminal that shows it. */
#ifndef IPITRACE_VIEW_TOP_SCREEN_H
#define IPITRACE_VIEW_TOP_SCREEN_H

#include <wchar.h>
#include "view/top/source.h"

/* A screen as memory: characters and their ink, which a terminal then shows. */

#define HEATS 6

enum ink {
	INK_PLAIN,
	INK_HEAD,
	INK_DIM,
	INK_ALERT,
	INK_SELECTED,
	INK_HEAT, /* the coldest; INK_HEAT + HEATS - 1 the hottest */
	NR_INKS = INK_HEAT + HEATS,
};

struct glyph {
	wchar_t ch;
	uint8_t ink;
};

struct canvas {
	int width, height;
	bool utf8; /* the terminal shows more than ASCII */
	struct glyph *glyphs;
};

/* Make the canvas blank, of that size. 0 or -ENOMEM, and the canvas is as before. */
int canvas__resize(struct canvas *canvas, int width, int height);
void canvas__free(struct canvas *canvas);
void canvas__clear(struct canvas *canvas);

/*
 * Put @text, sanitized, at (@y, @x), at most @width columns; what is outside of the
 * canvas is left out. A character that does not take one column becomes '?', so
 * that no name moves the columns after it. Returns the columns taken.
 */
int canvas__put(struct canvas *canvas, int y, int x, int width, enum ink ink, const char *text);

/* A page in the lines that a screen has: what is in view, and the selected row. */

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
	size_t row; /* index of the row in the table's order */
};

/* All zero: empty. */
struct pane {
	const struct page *page;
	struct line *lines;
	size_t nr_lines;
	size_t nr_fixed; /* headings of an only table, which do not scroll */
	size_t nr_rows; /* lines that are rows */
	size_t selected; /* which of the rows is selected */
	size_t top; /* index of the first line shown below the fixed ones */
	int sort; /* the column that the headings mark; NO_SORT: none */
};

void pane__free(struct pane *pane);

/* Lay out @page, whose tables are arranged. 0 or -ENOMEM. */
int pane__layout(struct pane *pane, const struct page *page);

/* Returns the @n-th row's line; NULL: there is none. */
const struct line *pane__row(const struct pane *pane, size_t n);
const struct row *pane__row_of(const struct pane *pane, const struct line *line);

/* Draw into @height lines from @y on, with the selected row in view. */
void pane__draw(struct pane *pane, struct canvas *canvas, int y, int height);

/* Returns the line at @y of the lines drawn; NULL: none. */
const struct line *pane__line_at(const struct pane *pane, int y, int height);

/* Returns the column of @table at @x; -1: none. */
int pane__column_at(const struct table *table, int width, int x);

/* The state. */

enum screen_key {
	SCREEN_CHAR, /* input.ch */
	SCREEN_UP,
	SCREEN_DOWN,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_ENTER,
	SCREEN_BACK,
	SCREEN_ESCAPE,
	SCREEN_NEXT, /* Tab */
	SCREEN_PREVIOUS,
	SCREEN_CLICK, /* a mouse click at input.x, input.y */
};

struct input {
	enum screen_key key;
	int ch;
	int x, y;
};

enum screen_wish {
	WISH_NONE,
	WISH_QUIT,
	WISH_WRITE, /* write the kept windows to a file */
};

/* A page on the way down. */
struct view {
	struct place place;
	struct pane pane;
	bool sorted; /* the user chose column @sort */
	int sort;
	bool reverse;
	bool keyed; /* @key and @table identify the selected row */
	uint64_t key;
	int table; /* index among the page's tables */
};

#define DEPTH_MOST  12
#define FILTER_ROOM 48

struct screen {
	struct history history;
	struct findings findings;
	struct grouping groupings[GROUPINGS];
	struct view views[DEPTH_MOST]; /* the table first, then the pages below it */
	int depth; /* index in views of the view that is shown */
	struct page page;
	bool paused;
	size_t back; /* how many windows before the latest the shown one is */
	bool typing; /* the user types the filter */
	char filter[FILTER_ROOM];
	char message[128]; /* shown until the next key; "": none */
	int width, height; /* size of the latest drawing */
};

void screen__open(struct screen *screen);
void screen__close(struct screen *screen);

/* Keep a window, and show it unless the screen is paused. 0 or -ENOMEM. */
int screen__window(struct screen *screen, const struct snapshot *snap, uint64_t own_ns);

/* Returns the user's wish; all else happens in @screen. */
enum screen_wish screen__input(struct screen *screen, const struct input *input);

void screen__draw(struct screen *screen, struct canvas *canvas);

/* Returns the window that is shown; NULL: none yet. */
const struct kept *screen__shown(const struct screen *screen);

/*
 * The terminal, by ncurses: shows a canvas, reads keys, and is put back as it was,
 * whatever ends the run. One terminal a process, since ncurses has globals.
 */

/* Whether ncurses knows the terminal of $TERM; changes nothing. */
bool terminal__known(void);

/*
 * As root, while no other thread runs: blocks SIGTSTP and SIGWINCH, which terminal__fd() then
 * reports. SIGINT, SIGTERM and SIGHUP are blocked and stay pending. @status: with which the
 * process ends if the terminal takes nothing then. 0 or a negative errno.
 */
int terminal__open(int status);

/* Show the screen in the place of the shell's lines. 0, or -ENOTTY: not with this terminal. */
int terminal__begin(struct canvas *canvas);

/* Put the terminal back as it was, and close all; may be called at any time, and again. */
void terminal__end(void);

/* Readable when there are keys or signals. */
int terminal__fd(void);

/* Stop or resize, if a signal asks for that. True: draw again. */
bool terminal__signals(struct canvas *canvas);

/* Take the next key; false: there is none now. *@gone: nobody is at the terminal any more. */
bool terminal__input(struct input *input, bool *gone);

/* Draw what has changed since the last time, if the terminal takes anything now. */
void terminal__draw(const struct canvas *canvas);

/* The lines above each page: host, rate, shares of CPU time, loss, the last minute. */

#define HEADER_LINES 5

void header__draw(const struct screen *screen, struct canvas *canvas);

/*
 * Write on the line of titles, from column @x on, why -p shows "(interrupt)"; nothing where it is
 * exact.
 */
void header__interrupts(const struct screen *screen, struct canvas *canvas, int x);

/* Returns the table whose name is at column @x of the line of tables; NR_TABLES: none. */
enum page_kind header__table_at(const struct findings *findings, int x);

/* Bytes for @nr bars with the NUL. */
#define SPARKLINE_BYTES(nr) (3 * (nr) + 1)

/*
 * Write the bars of @values, the largest of which is full; 0 is a blank, and
 * what is more than 0 is no blank. In ASCII without @utf8.
 */
void sparkline(const double *values, size_t nr, bool utf8, char *text);

#endif /* IPITRACE_VIEW_TOP_SCREEN_H */
