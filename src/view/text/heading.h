/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_HEADING_H
#define IPITRACE_VIEW_TEXT_HEADING_H

#include "model/snapshot.h"

/*
 * The heading of `ipitrace @what`: "ipitrace summary: vm, 6.12; 1.00 s from 08:55:01", a
 * window that is shorter than the @asked seconds "partial: 0.34 s"; 0: it is not judged.
 * @ran: PROGRAM, where all senders are counted while it runs; NULL or "": none.
 */
void view__head(const struct snapshot *snap, const char *what, double asked, const char *ran);

/* The same for a run that goes on behind @snap: when it began, not how long it took. */
void view__head_open(const struct snapshot *snap, const char *what);

#endif /* IPITRACE_VIEW_TEXT_HEADING_H */
