/* SPDX-License-Identifier: GPL-2.0 */
/* Prometheus' text formats. */
#ifndef IPITRACE_VIEW_OPENMETRICS_H
#define IPITRACE_VIEW_OPENMETRICS_H

#include <stdio.h>
#include "model/metrics.h"

/* What ipitrace itself takes; what is 0 is not told. */
struct metrics_process {
	double cpu_seconds;
	uint64_t resident_bytes;
	double start_time; /* seconds since 1970 */
};

#define TEXT_TYPE	 "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* As text 0.0.4, or as OpenMetrics 1.0. @out's errors are the caller's to look at. */
void view__metrics(FILE *out, const struct metrics *m, const struct metrics_process *process,
		   bool openmetrics);

#endif /* IPITRACE_VIEW_OPENMETRICS_H */
