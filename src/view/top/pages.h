/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of the keys 1 to 9, a row for each function, CPU, sender ... of a window; the pages below. */
#ifndef IPITRACE_VIEW_TOP_PAGES_H
#define IPITRACE_VIEW_TOP_PAGES_H

#include "view/top/source.h"

/* The words of the line of tables: "functions", "CPUs", ... */
extern const char *const table_names[NR_TABLES];

/* Fill in @page, which is all zero, with the table @kind. */
void tables__make(const struct source *source, enum page_kind kind, struct page *page);

/*
 * The programs have room for one key. A sender's row names its cgroup too, so
 * senders and cgroups come from the same rows; a window without the rows that a
 * table needs has a note which says so.
 */
void by__senders(const struct source *source, struct page *page);
void by__victims(const struct source *source, struct page *page);
void by__cgroups(const struct source *source, struct page *page);

/* The pages below. */
void by__process(const struct source *source, struct place place, struct page *page);
void by__cgroup(const struct source *source, struct place place, struct page *page);

void edges__make(const struct source *source, struct page *page);

/*
 * Fill in @page, which is all zero, for @place, which is no table. A page whose
 * subject is not in this window says so.
 */
void details__make(const struct source *source, struct place place, struct page *page);

#endif /* IPITRACE_VIEW_TOP_PAGES_H */
