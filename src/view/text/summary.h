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

#endif /* IPITRACE_VIEW_TEXT_SUMMARY_H */
