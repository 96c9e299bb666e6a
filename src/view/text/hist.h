/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_HIST_H
#define IPITRACE_VIEW_TEXT_HIST_H

#include <stdbool.h>
#include "model/snapshot.h"

/* For each CPU histograms of delay, handler time and wait, to stdout. @quiet: no heading. */
void view__hist(const struct snapshot *snap, bool quiet);

#endif /* IPITRACE_VIEW_TEXT_HIST_H */
