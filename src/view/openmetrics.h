/* SPDX-License-Identifier: GPL-2.0 */
/* Metrics in Prometheus' two text formats. */
#ifndef IPITRACE_VIEW_OPENMETRICS_H
#define IPITRACE_VIEW_OPENMETRICS_H

#include <stdio.h>
#include "model/metrics.h"

/* The cost of ipitrace itself. A field of 0 is left out. */
struct metrics_process {
	double cpu_seconds;
	uint64_t resident_bytes;
	double start_time; /* seconds since 1970 */
};

/* The formats' Content-Type. */
#define TEXT_TYPE	 "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* As OpenMetrics 1.0, or as text 0.0.4. The caller checks @out for errors. */
void view__metrics(FILE *out, const struct metrics *m, const struct metrics_process *process,
		   bool openmetrics);

#endif /* IPITRACE_VIEW_OPENMETRICS_H */
