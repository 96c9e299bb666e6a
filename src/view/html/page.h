/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A capture as one HTML file, which needs no network. C adds up and writes the data; the
 * scripts beside this file draw it (page.html, *.js, *.css, joined by build.mk).
 */
#ifndef IPITRACE_VIEW_HTML_PAGE_H
#define IPITRACE_VIEW_HTML_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "model/snapshot.h"
#include "view/lasting.h"

struct page;

/* NULL without memory. */
struct page *page__open(void);

/* The next object of a capture, which is no record. 0 or -ENOMEM. */
int page__add(struct page *page, json_t *object);

/* The next record, of which the page has the number alone. */
void page__add_record(struct page *page);

/* @note: one sentence on how complete the capture is; NULL: it is complete. */
void page__note(struct page *page, const char *note);

/* Write the file. 0, -ENOMEM, or the negative errno of @file. */
int page__write(struct page *page, FILE *file);

struct page_totals {
	uint64_t windows, stalls, storms; /* storms: without notes */
};

/* The parts of the page. */
void page__totals(const struct page *page, struct page_totals *totals);

void page__close(struct page *page);

/*
 * The same page, fed by a running `serve`: the file without data, and each window as a line,
 * which live.js adds to the data.
 */

/* Pairs of CPUs of a window, on machines whose pairs are not all kept (BIN_EDGES_CPUS). */
#define LIVE_EDGES 4096

struct live_page {
	double interval; /* seconds from window to window */
	double keeps; /* seconds that are kept */
	bool details; /* the lines have names of tasks and cgroups */
};

/* The Content-Security-Policy of the page. */
extern const char live_policy[];

/* All below: @len bytes from malloc(), NULL without memory. */

char *live_view__page(const struct live_page *page, size_t *len);

/* A window as a line of JSON, newline included; @details as above. */
char *live_view__window(const struct snapshot *snap, bool details, size_t *len);

/* The callers of each function, by the samples of all windows. */

/* Callers of different functions, processes and names; further ones are left out. */
#define CALLERS_MAX 4096

/* The callers of one function that a page shows. */
#define CALLERS_SHOWN 8

/*
 * Add the callers of one function of a snapshot to *@callers, NULL at first:
 * "func\nmodule" -> {what tells callers apart -> caller}. 0 or -ENOMEM.
 */
int callers_of_run__add(json_t **callers, size_t *nr, const json_t *function);

/*
 * "func\nmodule" -> [the most frequent callers], a new object; @callers: as above, or
 * NULL. NULL without memory.
 */
json_t *callers_of_run__all(const json_t *callers);

/*
 * Stalls, or storms: the latest report of each, and of those that are over the longest.
 * A capture may hold a million; a page shows some.
 */

/* All zero bytes: none. */
struct page_reports {
	struct lasting ongoing;
	json_t *over; /* an array, at most twice as long as what a page shows */
};

/* The reports that a page shows. */
#define REPORTS_SHOWN 200

/* Add a report. 0, -EINVAL if it has no id, -ENOMEM. */
int reports__add(struct page_reports *r, json_t *object);

/* How many there were, and of them: folded stalls, storms that are notes. */
uint64_t reports__nr(const struct page_reports *r);
uint64_t reports__aside(const struct page_reports *r);

/* The longest, the longest first: a new array. NULL without memory. */
json_t *reports__longest(struct page_reports *r);

void reports__free(struct page_reports *r);

#endif /* IPITRACE_VIEW_HTML_PAGE_H */
