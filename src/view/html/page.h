/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A capture as one HTML file, which needs no network. C adds up and writes the data; the scripts in
 * this folder draw the data (page.html, *.js, *.css, joined by build.mk).
 */
#ifndef IPITRACE_VIEW_HTML_PAGE_H
#define IPITRACE_VIEW_HTML_PAGE_H

#include <inttypes.h>
#include "model/diff.h"
#include "view/capture/capture.h"

struct page;

/* NULL without memory. */
struct page *page__open(void);

/* Add the next line of a capture. The page shows only how many csds there are. 0 or -ENOMEM. */
int page__add(struct page *page, const struct capture_record *record);

/* Say on the page how complete the capture is: @note, one sentence. */
void page__note(struct page *page, const char *note);

/* Write the file. 0, -ENOMEM, or the negative errno of @file. */
int page__write(struct page *page, FILE *file);

struct page_totals {
	uint64_t windows, stalls, storms; /* storms: without notes */
};

/* Get how many windows, stalls and storms the page has. */
void page__totals(const struct page *page, struct page_totals *totals);

void page__close(struct page *page);

/*
 * The page of a running `serve`: the same file without data. The page gets each window as a line,
 * which live.js adds to the data.
 */

/* The most pairs of CPUs of a window, on machines with more than BIN_EDGES_CPUS CPUs. */
#define LIVE_EDGES 4096

struct live_page {
	double interval; /* seconds from window to window */
	double keeps; /* seconds that are kept */
	bool details; /* the lines have the names of tasks and cgroups */
};

/* The Content-Security-Policy of the page. */
extern const char live_policy[];

/* Returns the file without data: @len bytes from malloc(); NULL without memory. */
char *live_view__page(const struct live_page *page, size_t *len);

/*
 * Returns a window as a line of JSON with its newline: @len bytes from malloc(); NULL without
 * memory. @details as in struct live_page.
 */
char *live_view__window(const struct snapshot *snap, bool details, size_t *len);

/*
 * Write `report --diff` as a file of its own, of tables without a script. @names: of the files;
 * @tolerance: percent. 0 or the negative errno of @file.
 */
int diff_page__write(FILE *file, const struct diff *diff, const char *const names[2],
		     double tolerance);

/* The callers of each function, by the samples of all windows. */

/* The most callers of all functions together. Further callers are left out. */
#define CALLERS_MAX 4096

/* The callers of one function that a page shows. */
#define CALLERS_SHOWN 8

/* All zero bytes except @details: none. */
struct run_callers {
	bool details; /* the names of tasks and cgroups are shown, and distinguish callers */
	struct caller_line *rows;
	size_t nr, room;
	json_t *by_func; /* "func\nmodule" -> {what distinguishes callers -> index in rows} */
	struct strings *strings; /* the names of rows */
};

/* Add the callers of a window's functions. 0 or -ENOMEM. */
int run_callers__add(struct run_callers *run, const struct snapshot *snap);

/* Returns "func\nmodule" -> [the most frequent callers], a new object. NULL without memory. */
json_t *run_callers__json(const struct run_callers *run);

void run_callers__free(struct run_callers *run);

/*
 * Stalls, or storms: the latest report of each that lasts, and the longest that are over. A capture
 * may have a million; a page shows some.
 */

/* The reports that a page shows. */
#define REPORTS_SHOWN 200

/* The most reports of what is over that are kept. */
#define REPORTS_OVER (2 * REPORTS_SHOWN)

/* All zero bytes: none. */
struct page_reports {
	struct lasting ongoing;
	struct kept_report *over; /* up to REPORTS_OVER reports of what is over */
	size_t nr_over;
};

/* Add a report. 0, -EINVAL if it has no id, -ENOMEM. */
int reports__add(struct page_reports *r, const struct parsed_report *report,
		 const struct capture_line *line);

/*
 * Returns the *@nr longest reports, the longest first. The caller frees the array, but not the
 * texts, which are @r's. NULL without memory.
 */
struct kept_report *reports__longest(const struct page_reports *r, size_t *nr);

void reports__free(struct page_reports *r);

/*
 * Windows added up into a bounded number of bins. A capture may have a day of windows; a page shows
 * a few hundred points. When all bins are taken, each two neighbours become one.
 *
 * With many CPUs there are fewer bins, because each CPU has histograms in each bin.
 */
#define BINS_MAX 240
#define BINS_MIN 16
#define BIN_CPUS 8192 /* CPUs of all bins together */

/* Functions that have a row in a bin. The others are added up in the row of name 0. */
#define BIN_FUNCS 64

/* Up to this many CPUs a bin has its own edges; up to RUN_EDGES_CPUS only the whole run has. */
#define BIN_EDGES_CPUS 64
#define RUN_EDGES_CPUS 1024

/* Functions by name and module. A hostile capture may have any number of them. */
#define PAGE_NAMES_MAX 4096

/* Each row of a bin begins with these members. */
struct bin_row {
	uint32_t id; /* the CPU, or the function's name: an index of names */
	uint64_t unknown; /* bits of form__unknown() that all of the windows have */
};

struct bin_cpu {
	struct bin_row row;
	struct cpu_stats sums;
};

struct bin_func {
	struct bin_row row;
	struct fn_stats sums; /* without the symbols, which are the window's */
};

/* csds by sender and target: a square of counts. */
struct edges {
	uint32_t side; /* CPUs below this number have a row and a column */
	uint64_t *counts; /* indexed by src * side + dst */
};

struct bin {
	uint64_t start, end; /* CLOCK_MONOTONIC ns */
	uint64_t covered; /* ns of windows; less than end - start if there are gaps */
	uint32_t windows;
	struct ledger ledger;
	uint64_t open; /* number of windows whose ledger does not close */
	struct bin_cpu *cpus; /* ascending */
	size_t nr_cpus;
	struct bin_func *funcs;
	size_t nr_funcs;
	struct edges edges;
};

struct bins {
	struct bin bins[BINS_MAX];
	size_t nr;
	uint32_t windows_a_bin; /* in a full bin; 0: no window yet */
	json_t *names; /* [[func, module]...]; the first entry is for all other functions */
	json_t *name_numbers; /* "func\nmodule" -> index */
	struct edges edges; /* edges of the whole run */
	uint64_t edges_other;
};

/* Add a window. 0, -EINVAL if the window has no length or no CPUs, -ENOMEM. */
int bins__add(struct bins *b, const struct snapshot *snap);

/*
 * Make one bin of @snap's window in @b, which is all zero bytes; without edges if there are more
 * than BIN_EDGES_CPUS CPUs. 0 or -ENOMEM. The caller calls bins__free() in either case.
 */
int bins__window(struct bins *b, const struct snapshot *snap);

void bins__free(struct bins *b);

/*
 * The page's tables of CPUs and of functions. A bin has a row for each CPU, and for each function:
 * an array of the CPU's number, or of the index of the function's name, and of some members of the
 * record. The page's data say which members these are, and which columns show them.
 */
struct page_table;
extern const struct page_table page_cpus, page_functions;

/*
 * Write @nr rows, an array of struct bin_cpu or struct bin_func, with commas between the rows. A
 * member is null if its bit of bin_row.unknown says so, or if nothing was measured.
 */
void page_table__put(FILE *file, const struct page_table *table, const void *rows, size_t nr);

/*
 * Returns these tables, and that of kinds of interrupts, whose rows are not in bins: {"cpus": T,
 * "functions": T, "kinds": T}, T: {"members": [[name, how rows add up]...], "columns": [[title,
 * unit, the member's index, a histogram's figure or null]...]}. NULL without memory; the caller
 * frees it.
 */
json_t *page_tables__json(void);

/* The version of the data: the scripts of a page that has another version load the page again. */
#define PAGE_FORMAT 2

/* Write @bin, with its times in ns since @first. The caller checks @file for errors. */
void bin_json__put(FILE *file, const struct bin *bin, uint64_t first);

/* Write [src, dst, count, src, dst, count...] of the pairs that have a csd. */
void bin_json__put_edges(FILE *file, const struct edges *edges);

#endif /* IPITRACE_VIEW_HTML_PAGE_H */
