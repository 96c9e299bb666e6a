/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A way to write metrics: as text (metrics_text.c) or as protobuf (metrics_proto.c).
 * openmetrics.c says which metrics there are, family by family.
 */
#ifndef IPITRACE_VIEW_METRICS_WRITER_H
#define IPITRACE_VIEW_METRICS_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "model/hist.h"
#include "view/proto.h"

enum metrics_type {
	METRICS_COUNTER,
	METRICS_GAUGE,
	METRICS_HISTOGRAM,
};

struct metrics_family {
	const char *name; /* without _total, which counters get */
	enum metrics_type type;
	const char *unit; /* the end of the name, where that is a unit; NULL: none */
	const char *help;
};

/* Lists of labels end with a name that is NULL. Values may hold any bytes. */
struct metrics_label {
	const char *name;
	const char *value;
};

/* A whole number, or, exactly, as many ns in seconds, or a number with some digits. */
struct metrics_value {
	bool ns;
	uint8_t digits; /* behind the point: the value is real, not n */
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
	/* The last word; 0 or -ENOMEM. Errors of the stream stay the stream's. */
	int (*end)(struct metrics_writer *writer);
};

/* Longer than any symbol. */
#define METRICS_LABEL_BYTES 1024

/*
 * Copy a label's value as it may be published: '?' stands for each control character
 * but a newline, and for each byte that is not UTF-8. Prometheus refuses a whole
 * scrape for one such byte.
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

/* As OpenMetrics 1.0, or as text 0.0.4. */
void metrics_text__init(struct metrics_text *text, FILE *out, bool openmetrics);

struct metrics_proto {
	struct metrics_writer writer;
	FILE *out;
	struct proto body; /* of the last family */
	bool open; /* there is a family */
	enum metrics_type type; /* the family's */
};

/* As io.prometheus.client.MetricFamily, each behind its length, with native histograms. */
void metrics_proto__init(struct metrics_proto *proto, FILE *out);

#endif /* IPITRACE_VIEW_METRICS_WRITER_H */
