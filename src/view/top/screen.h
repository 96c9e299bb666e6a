/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the inside out: tables; the windows and findings that top keeps; the pages made of them; the
 * screen that shows a page; the terminal that shows the screen.
 */
#ifndef IPITRACE_VIEW_TOP_SCREEN_H
#define IPITRACE_VIEW_TOP_SCREEN_H

#include <errno.h>
#include <stdlib.h>
#include <wchar.h>
#include "base/clock.h"
#include "model/incident.h"
#include "view/table/table.h"

/* Tables: rows and columns of plain values, to sort, to filter and then to draw. */

#define COLUMNS_MAX 256
#define NO_CPU	    UINT32_MAX
#define NO_SORT	    (-1) /* the order in which the rows were added */

/* A column of a table's rows. */
struct row_column {
	const char *group; /* the heading above several columns; NULL: none */
	char name[24];
	int width; /* the least width */
	bool text; /* the column is left-aligned, and shares the width that is left over */
};

#define PAGE_NONE (-1)

/* A page, and what it is about. */
struct place {
	int page; /* enum page_kind; PAGE_NONE: there is no page */
	uint64_t a, b; /* see enum page_kind */
};

struct row {
	uint64_t key; /* the same in each window, so that the selection can follow the row */
	struct place to; /* the page that Enter opens */
	uint32_t cpus[2]; /* the CPUs that the row is about, for filters; NO_CPU: none */
};

/* All zero: empty. */
struct table {
	const char *title; /* NULL: none */
	char note[160]; /* a line below the rows; "": none */
	bool headless; /* show no headings */
	bool failed; /* rows are missing, because there was no memory */
	uint64_t hottest; /* the largest CELL_HEAT */
	int nr_columns;
	struct row_column columns[COLUMNS_MAX];
	size_t nr_rows;
	struct row *rows;
	struct cell *cells; /* nr_columns cells for each row */
	size_t nr_cells;
	size_t nr_shown; /* rows that pass the filter: the first nr_shown of order[] */
	uint32_t *order;
	size_t max_rows, max_cells;
};

/* Free what @table owns, and zero it. */
void table__free(struct table *table);

/* Add a column. All columns must be added before the first row. */
void table__column(struct table *table, const char *group, const char *name, int width, bool text);

/* Add the columns of @layout; and for the latest row, the cells of these columns. */
void table__columns(struct table *table, const struct layout *layout);
void table__cells(struct table *table, const struct layout *layout, const struct cell_context *ctx);

/* Add a row. The caller then adds a cell for each column. */
void table__row(struct table *table, uint64_t key, struct place to);

/* Set the CPUs that the latest row is about. */
void table__row_cpus(struct table *table, uint32_t a, uint32_t b);

/* Add the next cell of the latest row. */
void __attribute__((format(printf, 2, 3)))
table__text(struct table *table, const char *format, ...);
/*
 * Add a cell of CELL_COUNT, CELL_NS or CELL_HEAT with the number @n. CELL_NONE: the number is not
 * known, and @n is ignored.
 */
void table__number(struct table *table, enum cell_kind kind, uint64_t n);

/* Returns the cell of row number @row, as it was added. */
const struct cell *table__cell(const struct table *table, size_t row, int column);

/*
 * Fill in order[]: the rows that pass @filter, sorted by column @sort or NO_SORT. Numbers are
 * sorted the largest first, texts by the alphabet; with @reverse the other way round. If the filter
 * is a list of CPUs ("0,2-5"), the rows about these CPUs pass. Any other filter is a text: rows
 * pass that have it in a cell, in upper or lower case. All rows pass the filter "".
 */
void table__arrange(struct table *table, int sort, bool reverse, const char *filter);

/* Top keeps the windows of the last five minutes, and the latest stalls and storms. */

#define HISTORY_NS    300000000000ULL
/* The limit of memory: a window of 64 CPUs and 100 functions has some 0.5 MB. */
#define HISTORY_BYTES (64UL << 20)
#define HISTORY_MOST  1024 /* windows */

/* All zero: empty. */
struct history {
	struct kept *windows[HISTORY_MOST]; /* the oldest first */
	size_t nr;
	size_t bytes;
};

void history__free(struct history *history);

/*
 * Keep a copy of @snap, and forget windows that are too old or too many. @own_ns: the CPU time that
 * ipitrace itself used in the window. 0 or -ENOMEM.
 */
int history__add(struct history *history, const struct snapshot *snap, uint64_t own_ns);

/* Returns the window that is @back windows older than the latest; NULL: none is so old. */
const struct kept *history__get(const struct history *history, size_t back);

/* A stall or a storm: what its table and its page show, and the line that `record` would write. */

#define FINDINGS_MOST 256 /* stalls and storms together; the oldest is forgotten first */

struct finding {
	bool storm; /* else a stall */
	uint64_t id; /* the number of the stall or the storm, the same in all its reports */
	bool ongoing;
	bool aside; /* of a stall: it is the result of another stall; of a storm: it is a note */
	uint64_t start, duration; /* ns */
	char func[160];
	enum stall_phase phase; /* phase, dst_known, src and dst: only for a stall */
	bool dst_known;
	uint32_t src, dst;
	/* name, rate, cost and cost_known: only for a storm. The name is the signature's. */
	const char *name;
	double rate; /* csds a second */
	uint64_t cost; /* ns a second */
	bool cost_known;
	char *text; /* the block that `stalls` or `storm` prints */
	char *line; /* its line of JSON, with the newline */
	size_t len;
};

/* All zero: empty. */
struct findings {
	struct finding items[FINDINGS_MOST]; /* the oldest first */
	size_t nr;
	uint64_t stalls, storms; /* so far, kept or not; storms without notes */
};

void findings__free(struct findings *findings);

/*
 * Keep a stall or a storm, and copies of its block and of its line of JSON. @realtime:
 * CLOCK_REALTIME minus CLOCK_MONOTONIC, ns. 0 or -ENOMEM.
 */
int findings__stall(struct findings *findings, const struct incident *incident, uint64_t id,
		    const struct wall_clock *clock, const char *line, size_t len);
int findings__storm(struct findings *findings, const struct storm *storm,
		    const struct storm_evidence *evidence, int64_t realtime, const char *line,
		    size_t len);

const struct finding *findings__find(const struct findings *findings, bool storm, uint64_t id);

/* Groups of CPUs, for the map of a machine that has more CPUs than a screen has columns. */
struct grouping {
	const char *name; /* name of one group: "node" */
	const struct numa *numa; /* NULL: unknown */
};

#define GROUPINGS 2

struct source {
	const struct snapshot *snap;
	const struct findings *findings;
	struct grouping groupings[GROUPINGS]; /* the smallest groups first */
	struct place place; /* the page to make */
	int width; /* columns of the screen */
};

#define PAGE_TABLES 4

struct page {
	char title[256];
	/*
	 * The column by which the first table is sorted; NO_SORT: rows stay in the order in which
	 * they were added.
	 */
	int default_sort;
	int nr; /* tables that the page has */
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
	/* The pages that a row opens. The comments say what place.a, and place.b if used, are. */
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

/* The names of the tables, for the line that shows them: "functions", "CPUs", ... */
extern const char *const table_names[NR_TABLES];

/*
 * Fill in @page, which must be all zero, for source->place. If the subject of a row's page is not
 * in this window, the page says so.
 */
void page__make(const struct source *source, struct page *page);

/* Each function makes the page of one table. */
void tables__functions(const struct source *source, struct page *page);
void tables__cpus(const struct source *source, struct page *page);
void tables__kinds(const struct source *source, struct page *page);
void tables__storms(const struct source *source, struct page *page);
void tables__stalls(const struct source *source, struct page *page);
void tables__edges(const struct source *source, struct page *page);

/* Columns and cells that several tables have in common. */

/* Returns what places and keys have for a function: its address, or OTHER_FUNC. */
uint64_t fn__address(const struct fn_stats *fn);

/* Returns the first row of the function for which fn__address() is @address; NULL: none. */
const struct fn_stats *fn__find(const struct snapshot *snap, uint64_t address);

/* Add the columns and rows of histograms: a column for each, a row an octave. NULL ends @hists. */
void cells__histograms(struct table *table, const char *const *names,
		       const struct hist *const *hists);

/* The screen in memory: characters and their inks. A terminal shows the canvas. */

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

/* Set the size, and make the canvas blank. 0; -ENOMEM: the canvas is unchanged. */
int canvas__resize(struct canvas *canvas, int width, int height);
void canvas__free(struct canvas *canvas);
void canvas__clear(struct canvas *canvas);

/*
 * Write @text, sanitized, at line @y from column @x on, at most @width columns. Text beyond the
 * canvas is left out, and '~' marks the cut at its right edge. Each character whose width is not
 * one column becomes '?', so that no name shifts the columns after it. Returns how many columns
 * were written.
 */
int canvas__put(struct canvas *canvas, int y, int x, int width, enum ink ink, const char *text);

/* A page as lines, some of which are in view, and its selected row. */

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
	size_t row; /* of LINE_ROW: index in the table's order[] */
};

/* All zero: empty. */
struct pane {
	const struct page *page;
	struct line *lines;
	size_t nr_lines;
	size_t nr_fixed; /* the headings of a page with only one table, which do not scroll */
	size_t nr_rows; /* lines that are rows */
	size_t selected; /* the number of the selected row */
	size_t top; /* how many of the lines below the fixed ones are scrolled out of view */
	int sort; /* the column that the headings mark; NO_SORT: none */
};

void pane__free(struct pane *pane);

/* Lay out @page, for whose tables table__arrange() was called. 0 or -ENOMEM. */
int pane__layout(struct pane *pane, const struct page *page);

/* Returns the line of row number @n; NULL: there is none. */
const struct line *pane__row(const struct pane *pane, size_t n);

/* Returns the row of @line, which is a LINE_ROW. */
const struct row *pane__row_of(const struct pane *pane, const struct line *line);

/* Draw into the @height lines of the canvas from @y on, with the selected row in view. */
void pane__draw(struct pane *pane, struct canvas *canvas, int y, int height);

/* Returns the line that pane__draw() put @y lines below its first one; NULL: none. */
const struct line *pane__line_at(const struct pane *pane, int y, int height);

/* Returns the column of @table at @x; -1: none. */
int pane__column_at(const struct table *table, int width, int x);

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

/* A page that the user opened: a table, or a page from a row of the page before. */
struct view {
	struct place place;
	struct pane pane;
	bool sorted; /* the user chose column @sort */
	int sort;
	bool reverse;
	bool keyed; /* @key and @table identify the selected row; else the first row is selected */
	uint64_t key;
	int table; /* index among the page's tables */
};

/* Lines above each page: host, rate, shares of CPU time, loss, the last minute. */
#define HEADER_LINES 5

#define DEPTH_MOST  12
#define FILTER_ROOM 48

struct screen {
	struct history history;
	struct findings findings;
	struct grouping groupings[GROUPINGS];
	struct view views[DEPTH_MOST]; /* first the table, then the pages opened from it */
	int depth; /* index in views of the view that is shown */
	struct page page;
	bool paused;
	size_t back; /* how many windows older than the latest the shown window is */
	bool typing; /* the user types the filter */
	char filter[FILTER_ROOM];
	char message[128]; /* a message that is shown until the next key; "": none */
	int width, height; /* size of the latest drawing */
};

void screen__open(struct screen *screen);
void screen__close(struct screen *screen);

/* Keep a window, and show it unless the screen is paused. 0 or -ENOMEM. */
int screen__window(struct screen *screen, const struct snapshot *snap, uint64_t own_ns);

/* Handle a key or a click. Returns what the user asks of the caller; all else happens here. */
enum screen_wish screen__input(struct screen *screen, const struct input *input);

void screen__draw(struct screen *screen, struct canvas *canvas);

/* Returns the window that is shown; NULL: none yet. */
const struct kept *screen__shown(const struct screen *screen);

/*
 * The terminal, by ncurses: shows a canvas and reads keys. However the run ends, the terminal gets
 * its former state back. A process has only one, because ncurses has global variables.
 */

/* Whether ncurses knows the terminal of $TERM; changes nothing. */
bool terminal__known(void);

/*
 * Must be called while no other thread runs. Blocks SIGTSTP and SIGWINCH: terminal__fd() is
 * readable when one comes. The caller must have blocked SIGINT, SIGTERM and SIGHUP. If one of these
 * is pending and the terminal accepts no output, the process ends with @status. 0 or a negative
 * errno.
 */
int terminal__open(int status);

/*
 * Switch the terminal to full-screen mode, and set the size of @canvas. 0; -ENOMEM; -ENOTTY:
 * ncurses cannot use this terminal.
 */
int terminal__begin(struct canvas *canvas);

/* Give the terminal its former state back, and close it. May be called at any time, and twice. */
void terminal__end(void);

/* Returns a file descriptor that is readable when there are keys or signals. */
int terminal__fd(void);

/* Stop the process, or resize @canvas, if a signal asks for it. True: the caller must draw. */
bool terminal__signals(struct canvas *canvas);

/* Take the next key; false: there is none now. *@gone: the terminal was closed. */
bool terminal__input(struct input *input, bool *gone);

/* Draw what has changed since the last call, if the terminal accepts output now. */
void terminal__draw(const struct canvas *canvas);

/* How many bytes @nr bars and the NUL need. */
#define SPARKLINE_BYTES(nr) (3 * (nr) + 1)

/*
 * Write a bar for each of @values: the largest value has a full bar, 0 a blank, every
 * other value at least the smallest bar. Without @utf8 the bars are ASCII.
 */
void sparkline__write(const double *values, size_t nr, bool utf8, char *text);

#endif /* IPITRACE_VIEW_TOP_SCREEN_H */
