/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_SUMMARY_H
#define IPITRACE_VIEW_TEXT_SUMMARY_H

#include <stdbool.h>
#include "model/snapshot.h"
#include "view/options.h"

/* One window's report with all figures to stdout, 80 columns. */
void view__summary(const struct snapshot *snap, const struct view_options *opts);

/* The sections that options ask for besides the page: kinds, stacks, ipitrace's own cost. */
void view__sections(const struct snapshot *snap, const struct view_options *opts);

/*
 * The heading of `ipitrace @what`: "ipitrace summary: vm, 6.12; 1.00 s from 08:55:01", a
 * window that is shorter than the @asked seconds "partial: 0.34 s"; 0: it is not judged.
 * @ran: PROGRAM, where all senders are counted while it runs; NULL or "": none.
 */
void view__head(const struct snapshot *snap, const char *what, double asked, const char *ran);

/* The same for a run that goes on behind @snap: when it began, not how long it took. */
void view__head_open(const struct snapshot *snap, const char *what);

#endif /* IPITRACE_VIEW_TEXT_SUMMARY_H */
