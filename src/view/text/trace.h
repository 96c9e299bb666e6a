/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_TEXT_TRACE_H
#define IPITRACE_VIEW_TEXT_TRACE_H

#include <stdio.h>
#include <time.h>
#include "abi/record.h"
#include "model/host.h"
#include "model/totals.h"
#include "view/lines.h"
#include "view/trace_names.h"

/* The columns' names, below the time of day (CLOCK_REALTIME) from which their times count. */
void view__trace_head(const struct trace_view *view, const struct host *host,
		      const struct timespec *began, struct lines *lines);

/* One record as a line, and a line for each frame of its stack. */
void view__trace(const struct trace_view *view, const struct record *r, struct lines *lines);

/* One line: how many records, how many lost, and why. */
void view__trace_end(FILE *out, const struct trace_totals *totals);

#endif /* IPITRACE_VIEW_TEXT_TRACE_H */
