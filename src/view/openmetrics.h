/* SPDX-License-Identifier: GPL-2.0 */
/* Metrics in the three formats that Prometheus reads. */
#ifndef IPITRACE_VIEW_OPENMETRICS_H
#define IPITRACE_VIEW_OPENMETRICS_H

#include <stdio.h>
#include "model/metrics.h"
#include "view/view.h"

/* The cost of ipitrace itself. A field of 0 is left out. */
struct metrics_process {
	double cpu_seconds;
	uint64_t resident_bytes;
	double start_time; /* seconds since 1970 */
};

enum metrics_format {
	METRICS_TEXT, /* 0.0.4 */
	METRICS_OPENMETRICS, /* 1.0: with units and exemplars */
	METRICS_PROTOBUF, /* with exemplars; has native histograms in addition to the usual ones */
};

/* The formats' Content-Type. */
#define TEXT_TYPE	 "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PROTOBUF_TYPE                                                                \
	"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; " \
	"encoding=delimited"

/* Write all metrics. 0 or -ENOMEM. The caller checks @out for errors. */
int view__metrics(FILE *out, const struct metrics *m, const struct metrics_process *process,
		  enum metrics_format format);

/* A way to write metrics: as text (metrics_text.c) or as protobuf (metrics_proto.c). */

enum metrics_type { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

struct metrics_family {
	const char *name; /* name without _total, which is added for counters */
	enum metrics_type type;
	const char *unit; /* the end of the name, where that is a unit; NULL: none */
	const char *help;
};

/* Lists of labels end with a name that is NULL. Values may hold any bytes. */
struct metrics_label {
	const char *name;
	const char *value;
};

/*
 * A whole number; or a number of ns, written exactly in seconds; or a real number with some digits.
 */
struct metrics_value {
	bool ns;
	uint8_t digits; /* after the point: the value is real, not n */
	uint64_t n;
	double real;
};

#define VALUE_COUNT(value)	  ((struct metrics_value){ .n = (value) })
#define VALUE_NS(value)		  ((struct metrics_value){ .ns = true, .n = (value) })
#define VALUE_REAL(value, places) ((struct metrics_value){ .digits = (places), .real = (value) })

struct metrics_writer {
	void (*family)(struct metrics_writer *writer, const struct metrics_family *family);
	/* A sample, or a histogram, of the last family. */
	void (*sample)(struct metrics_writer *writer, const struct metrics_label *labels,
		       struct metrics_value value);
	void (*hist)(struct metrics_writer *writer, const struct metrics_label *labels,
		     const struct metrics_hist *hist);
	/* Write the end. 0 or -ENOMEM; the caller checks the stream for errors. */
	int (*end)(struct metrics_writer *writer);
};

/* Longer than any symbol. */
#define METRICS_LABEL_BYTES 1024

/*
 * Copy a label's value as it may be published: '?' replaces each control character except a newline,
 * and each byte that is not UTF-8. Prometheus refuses a whole scrape because of one such byte.
 */
void metrics_label__clean(char text[METRICS_LABEL_BYTES], const char *value);

/* The labels of an exemplar, for OpenMetrics and protobuf. */
struct metrics_exemplar {
	struct metrics_label labels[3];
	char dst[12];
};

void metrics_exemplar__make(struct metrics_exemplar *exemplar, const struct metrics_worst *worst);

struct metrics_text {
	struct metrics_writer writer;
	FILE *out;
	bool openmetrics;
	struct metrics_family family;
};

/* Write as OpenMetrics 1.0, or as text 0.0.4. */
void metrics_text__init(struct metrics_text *text, FILE *out, bool openmetrics);

struct metrics_proto {
	struct metrics_writer writer;
	FILE *out;
	struct proto body; /* the last family, whose samples are being written */
	bool open; /* there is a family */
	enum metrics_type type; /* the family's */
};

/* Write as io.prometheus.client.MetricFamily, each after its length, with native histograms. */
void metrics_proto__init(struct metrics_proto *proto, FILE *out);

#endif /* IPITRACE_VIEW_OPENMETRICS_H */
