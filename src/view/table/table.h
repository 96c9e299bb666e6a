/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables. Each noun (functions, CPUs, ...) has one list of columns; plain text and a pane of top
 * choose among them, and show the same cells.
 */
#ifndef IPITRACE_VIEW_TABLE_TABLE_H
#define IPITRACE_VIEW_TABLE_TABLE_H

#include "model/digest.h"
#include "model/field.h"
#include "view/view.h"
#include "view/words/words.h"

enum cell_kind {
	CELL_NONE, /* unknown: "-", never 0, and last in each order */
	CELL_TEXT, /* not yet safe for a terminal */
	CELL_COUNT,
	CELL_NS,
	CELL_HEAT, /* a count; top colours it by its share of the largest count in the table */
	CELL_NUMBER, /* number of a CPU */
	CELL_RATE, /* real, a second */
	CELL_SHARE, /* real, a part of 1 */
	CELL_MEAN, /* real: the number divided by the number column.known */
};

struct cell {
	enum cell_kind kind;
	bool mark; /* the window's longest delay or run */
	uint64_t n;
	double real;
	const char *text;
};

/* Bytes of a text, which holds any symbol with its module. */
#define CELL_TEXT_BYTES 512

struct row_callers;

/* A row, and what else its cells are made of. */
struct cell_context {
	const struct snapshot *snap;
	const void *row;
	/* First screen: struct brief_page; functions_pane: the function's first row in @snap. */
	const void *page;
	/* The callers of the function, in a function's row of the first screen. */
	const struct row_callers *callers;
	char *text; /* room of CELL_TEXT_BYTES for the cell's text */
	uint64_t cpu_ns; /* the CPU time of which shares are parts */
	unsigned int worst; /* WORST_DELAY, WORST_RUN, or both */
};

#define WORST_DELAY 1 /* the row has the window's longest delay */
#define WORST_RUN   2 /* the row has the window's longest run of a function */

#define CELL_CONTEXT(snapshot, r, p) \
	(&(struct cell_context){ .snap = (snapshot), .row = (r), .page = (p) })

/* The figure of a histogram that a column shows. */
enum figure { FIGURE_NONE, FIGURE_MEAN, FIGURE_P50, FIGURE_P99, FIGURE_MAX, FIGURE_SUM };

/*
 * A column shows either a member of its rows (a number, a histogram or a pointer to text), or the
 * cell that get() makes of several members. A member is shown as "-" in three cases: the member's
 * field in @of says that a line of JSON has null; the number @known is 0; nothing was measured,
 * because the histogram is empty, nobody waited, or the text is NULL.
 */
struct column {
	const char *group; /* the heading above several columns; NULL: none */
	const char *head; /* NULL: the heading of the column before covers this column, too */
	enum cell_kind unit; /* CELL_TEXT is left-aligned, and takes the width that is left over */
	const struct form *of; /* the form of the rows; NULL: they are no record of JSON */
	struct member_at at;
	uint8_t width; /* the least width */
	enum figure figure;
	struct member_at known;
	unsigned int worst; /* the cell is marked if cell_context.worst has a bit of these */
	bool dim;
	const char *word; /* a text that is the same in each row */
	struct cell (*get)(const struct cell_context *ctx);
};

/* A column on a page. */
struct choice {
	uint8_t id; /* its index among the noun's columns */
	uint8_t width; /* 0: the column's own width */
	uint8_t gap; /* blanks before the column; 0: one */
	uint8_t from, below; /* show only on pages of width >= from and < below; 0: no limit */
	/* Replaces the column's group; "": no group; with dashes: printed as it is. */
	const char *group;
};

#define SHOW(column, ...)                     \
	{                                     \
		.id = (column), ##__VA_ARGS__ \
	}

/* The ids of a histogram's columns: each begins with @id. */
#define HIST_IDS(id) id##_MEAN, id##_P50, id##_P99, id##_MAX, id##_SUM
/* The columns with these ids, which show the rows' member @at, a struct hist. */
#define HIST_COLUMNS(id, group, at)                                   \
	[id##_MEAN] = { group, "mean", CELL_NS, at, 7, FIGURE_MEAN }, \
	[id##_P50] = { group, "p50", CELL_NS, at, 7, FIGURE_P50 },    \
	[id##_P99] = { group, "p99", CELL_NS, at, 7, FIGURE_P99 },    \
	[id##_MAX] = { group, "max", CELL_NS, at, 7, FIGURE_MAX },    \
	[id##_SUM] = { group, "sum", CELL_NS, at, 7, FIGURE_SUM }

/* The columns that most tables of csds show. */
#define FIGURES                                                                             \
	SHOW(CSDS), SHOW(DELAY_P50), SHOW(DELAY_P99), SHOW(HANDLER_P50), SHOW(HANDLER_P99), \
		SHOW(HANDLER_SUM)

/* The first screen's rows of functions, and of --by, have these columns in common. */
#define BRIEF_IDS \
	BRIEF_RATE, BRIEF_WAIT, BRIEF_HANDLERS, BRIEF_WORST, BRIEF_DELAY_MAX, BRIEF_RUN_MAX
/* The columns of handlers and of maxima. A narrow page has one column for both maxima. */
#define BRIEF_FIGURES                                             \
	SHOW(BRIEF_HANDLERS), SHOW(BRIEF_WORST, .below = NARROW), \
		SHOW(BRIEF_DELAY_MAX, .from = NARROW), SHOW(BRIEF_RUN_MAX, .from = NARROW)

#define CHOICES_MAX 16

/* The columns of a table, in their order. */
struct layout {
	const struct column *columns;
	int nr;
	struct choice shown[CHOICES_MAX];
};

#define LAYOUT(all_columns, ...)                                                                   \
	{                                                                                          \
		.columns = (all_columns),                                                          \
		.nr = sizeof((struct choice[]){ __VA_ARGS__ }) / sizeof(struct choice), .shown = { \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

/* Returns a number in the unit of its column; "-" if @known is false. */
struct cell cell__value(uint64_t n, bool known);
/* Returns a text, which is copied to the row's room. */
struct cell __attribute__((format(printf, 2, 3)))
cell__text(const struct cell_context *ctx, const char *format, ...);
/* Returns "name [module]", or "(other functions)". */
struct cell cell__function(const struct cell_context *ctx, const struct symbol *func, bool other);

/* Returns the cell in @column of the row. */
struct cell cell__get(const struct column *column, const struct cell_context *ctx);

/* Returns the number in a cell as tables show it; "" for a text. */
struct text cell__number(const struct cell *cell);

/* A table as plain text: headings, then a row at a time: a caller may print lines between rows. */
struct plain {
	FILE *out;
	const struct layout *layout;
	/* the width of the first screen, which cuts names; 0: a report: long names get a line */
	int columns;
};

/*
 * Print an empty line, the groups if there are any, and the headings. @first: replaces the first
 * heading; NULL: the first heading stays.
 */
void plain__heads(const struct plain *plain, const char *first);

void plain__row(const struct plain *plain, const struct cell_context *ctx);

/*
 * The tables, a noun each: what the report prints, what the first screen prints, and the columns of
 * the panes of top.
 */

/* Print the tables of `summary --full` to stdout. */
void view__functions(const struct snapshot *snap);
/* @ranked: sort by handlers' time; else by number. */
void view__cpu_table(const struct snapshot *snap, bool ranked);
void view__by(const struct snapshot *snap); /* prints nothing without --by */

/*
 * Print below a row how much the host stole from its delays and handlers, whose sums are @delay and
 * @handler, ns. Leaves out what is unknown, or less than 1 %.
 */
void view__stolen(FILE *out, const struct steal_sum *stolen, uint64_t delay, uint64_t handler);

/* The first screen, the page of `summary` (text/brief.c), of the width @columns. */
struct brief_page {
	FILE *out;
	const struct snapshot *snap;
	const struct digest *digest;
	int columns;
	bool recorded; /* the window is from a file: the options of its run cannot be changed */
};

/* A first screen of at least WIDE columns is wide, one of fewer than NARROW columns narrow. */
#define WIDE		 110
#define NARROW		 80
/* The width of "51.6k", with a blank where there is room. */
#define RATE_WIDTH(page) ((page)->columns < NARROW ? 5 : 6)

/* Columns of the names in a row of functions, or of --by. */
struct name_widths {
	int who;
	int func;
	int via; /* 0: none */
};
struct name_widths brief__name_widths(int columns);

/*
 * Returns the sender of @call and the number of @others: "comm[1234] +2". If that is too wide, the
 * name is cut, and the numbers are not. For a worker returns the task that queued its work:
 * "kworker for comm[1234]", or "for comm[1234]" if that is too wide.
 */
struct safe brief__sender(const struct stack_sample *call, int others, int width);

/*
 * Each prints a heading and at most @lines lines, two or more; if there are more rows, the last
 * line counts those that are not shown.
 */
void brief__functions(const struct brief_page *page, size_t lines);
void brief__cpus(const struct brief_page *page, size_t lines);
void brief__by(const struct brief_page *page, size_t lines);

/* Rows of struct fn_stats, with cell_context.page; rows of struct cpu_stats. */
extern const struct layout functions_pane, cpus_pane;
/*
 * The same rows in the HTML page, which puts the name first. A column has a member, and the unit
 * CELL_COUNT, CELL_NS or CELL_RATE.
 */
extern const struct layout functions_page, cpus_page;
/* Rows of struct kind_stats; those of the HTML page. */
extern const struct layout kinds_pane, kinds_page;
/* Rows of struct by_stats. */
extern const struct layout senders_pane, victims_pane, cgroups_pane, cgroup_senders_pane,
	others_pane;

/* Returns the name of a struct fn_stats. */
struct cell function__name(const struct cell_context *ctx);
/* Return "comm[1234]", or a path; for a sum of several "(others)" or "(in interrupts)". */
struct cell by__process_name(const struct cell_context *ctx);
struct cell by__cgroup_name(const struct cell_context *ctx);

/*
 * Returns the kind in row @place of a table, from 0 on; NULL: there are no more rows. A kind whose
 * interrupts another kind also counts comes after that other kind, and its name is indented.
 */
const struct kind_stats *kinds__at(const struct snapshot *snap, size_t place);

/* Print one paragraph: how many of each kind were sent and arrived. */
void view__kinds_line(const struct snapshot *snap);

/* Print the tables of kinds, TLB flushes and wake-ups. */
void view__kinds(const struct snapshot *snap);

#endif /* IPITRACE_VIEW_TABLE_TABLE_H */
