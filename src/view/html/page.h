/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A capture as one HTML file, which needs no network. C adds up and writes the data; the
 * scripts beside this file draw it (page.html, *.js, *.css, joined by build.mk).
 */
#ifndef IPITRACE_VIEW_HTML_PAGE_H
#define IPITRACE_VIEW_HTML_PAGE_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

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

#endif /* IPITRACE_VIEW_HTML_PAGE_H */
