/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_HIST_H
#define IPITRACE_VIEW_TEXT_HIST_H

#include <stdbool.h>
#include "model/snapshot.h"

/* A histogram of delay and one of handler time for each CPU, to stdout. */
void view__hist(const struct snapshot *snap, bool quiet);

#endif /* IPITRACE_VIEW_TEXT_HIST_H */
