/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_HIST_H
#define IPITRACE_VIEW_TEXT_HIST_H

#include <stdbool.h>
#include "model/snapshot.h"

/* For each CPU histograms of delay, handler time and wait, to stdout. @quiet: no heading. */
void view__hist(const struct snapshot *snap, bool quiet);

/* The samples of octave number @o: text shows an octave a line, JSON has the finer slots. */
uint64_t view__octave(const struct hist *hist, int o);

#endif /* IPITRACE_VIEW_TEXT_HIST_H */
