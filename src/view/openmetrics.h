/* SPDX-License-Identifier: GPL-2.0 */
/* Metrics in the three formats that Prometheus reads. */
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

enum metrics_format {
	METRICS_TEXT, /* 0.0.4 */
	METRICS_OPENMETRICS, /* 1.0: with units and exemplars */
	METRICS_PROTOBUF, /* with exemplars, and native histograms beside the others */
};

/* The formats' Content-Type. */
#define TEXT_TYPE	 "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PROTOBUF_TYPE                                                                \
	"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; " \
	"encoding=delimited"

/* 0 or -ENOMEM. The caller checks @out for errors. */
int view__metrics(FILE *out, const struct metrics *m, const struct metrics_process *process,
		  enum metrics_format format);

#endif /* IPITRACE_VIEW_OPENMETRICS_H */
