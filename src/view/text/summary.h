/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_SUMMARY_H
#define IPITRACE_VIEW_TEXT_SUMMARY_H

#include <stdbool.h>
#include "view/options.h"
#include "model/snapshot.h"

/* One window's report to stdout, 80 columns. */
void view__summary(const struct snapshot *snap, const struct view_options *opts);

/* The heading of `ipitrace @what`: "ipitrace summary: vm, 6.12; 1.00 s from 08:55:01". */
void view__head(const struct snapshot *snap, const char *what);

#endif /* IPITRACE_VIEW_TEXT_SUMMARY_H */
