/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of processes and cgroups, from the rows of --by. */
#ifndef IPITRACE_VIEW_TOP_BY_H
#define IPITRACE_VIEW_TOP_BY_H

#include "view/top/source.h"

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

#endif /* IPITRACE_VIEW_TOP_BY_H */
