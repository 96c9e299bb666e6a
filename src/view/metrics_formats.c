// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/sanitize.h"
#include "view/view.h"

#define NS 1000000000ULL

/* Longer than any symbol. */
#define LABEL_BYTES 1024

/*
 * Copy a label's value as it may be published: '?' replaces each control character except a
 * newline, and each byte that is not UTF-8. Prometheus refuses a whole scrape because of one such
 * byte.
 */
static void clean_label(char text[LABEL_BYTES], const char *value)
{
	char *line = text, *newline;

	sanitize_utf8(text, LABEL_BYTES, value);
	while ((newline = strchr(line, '\n'))) {
		size_t len;

		*newline = '\0';
		len = sanitize(line, newline - line + 1, line);
		line[len] = '\n';
		memmove(line + len + 1, newline + 1, strlen(newline + 1) + 1);
		line += len + 1;
	}
	sanitize(line, strlen(line) + 1, line);
}

/*
 * Print the header of a family. In the text format a counter's header ends in _total, as its
 * samples do; in OpenMetrics only the samples do. OpenMetrics requires a UNIT line if the name ends
 * in a unit.
 */
static void print_family(struct metrics_writer *writer, const struct metrics_family *f)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };
	struct metrics_text *text = (struct metrics_text *)writer;
	const char *total = f->type == METRICS_COUNTER && !text->openmetrics ? "_total" : "";

	text->family = *f;
	fprintf(text->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", f->name, total, f->help, f->name,
		total, types[f->type]);
	if (f->unit && text->openmetrics)
		fprintf(text->out, "# UNIT %s %s\n", f->name, f->unit);
}

static void print_quoted(FILE *out, const char *value)
{
	char text[LABEL_BYTES];

	clean_label(text, value);
	fputc('"', out);
	for (const char *at = text; *at; at++) {
		if (*at == '"' || *at == '\\')
			fputc('\\', out);
		if (*at == '\n')
			fputs("\\n", out);
		else
			fputc(*at, out);
	}
	fputc('"', out);
}

/* Print the labels between braces. @le: one more label, a bucket's upper bound; NULL: no bucket. */
static void print_labels(FILE *out, const struct metrics_label *labels, const char *le)
{
	const char *comma = "";

	if (!labels->name && !le)
		return;
	fputc('{', out);
	for (; labels->name; labels++, comma = ",") {
		fprintf(out, "%s%s=", comma, labels->name);
		print_quoted(out, labels->value);
	}
	if (le)
		fprintf(out, "%sle=\"%s\"", comma, le);
	fputc('}', out);
}

static void print_number(FILE *out, struct metrics_value value)
{
	if (value.digits)
		fprintf(out, " %.*f", value.digits, value.real);
	else if (value.ns)
		/* Print integers, because a double would round. */
		fprintf(out, " %" PRIu64 ".%09" PRIu64, (uint64_t)(value.n / NS),
			(uint64_t)(value.n % NS));
	else
		fprintf(out, " %" PRIu64, value.n);
}

static void print_line(struct metrics_text *text, const char *suffix,
		       const struct metrics_label *labels, const char *le,
		       struct metrics_value value)
{
	fprintf(text->out, "%s%s", text->family.name, suffix);
	print_labels(text->out, labels, le);
	print_number(text->out, value);
}

static void print_sample(struct metrics_writer *writer, const struct metrics_label *labels,
			 struct metrics_value value)
{
	struct metrics_text *text = (struct metrics_text *)writer;

	print_line(text, text->family.type == METRICS_COUNTER ? "_total" : "", labels, NULL, value);
	fputc('\n', text->out);
}

struct exemplar {
	struct metrics_label labels[3];
	char dst[12];
};

static void make_exemplar(struct exemplar *exemplar, const struct metrics_worst *worst)
{
	struct metrics_label *label = exemplar->labels;

	snprintf(exemplar->dst, sizeof(exemplar->dst), "%u", worst->dst);
	*label++ = (struct metrics_label){ "dst", exemplar->dst };
	if (*worst->func)
		*label++ = (struct metrics_label){ "func", worst->func };
	*label = (struct metrics_label){};
}

static void print_hist(struct metrics_writer *writer, const struct metrics_label *labels,
		       const struct metrics_hist *h)
{
	struct metrics_text *text = (struct metrics_text *)writer;
	uint64_t counts[METRICS_BUCKETS];
	/* The text format of OpenMetrics has exemplars, the older one has not. */
	size_t worst = text->openmetrics ? metrics_hist__worst_bucket(h) : SIZE_MAX;
	struct exemplar example;
	char le[32];

	metrics_hist__cumulate(h, counts);
	for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
		if (i < METRICS_BUCKETS)
			snprintf(le, sizeof(le), "%.10g", metrics_hist__bound(i) / 1e9);
		else
			snprintf(le, sizeof(le), "+Inf");
		print_line(text, "_bucket", labels, le,
			   VALUE_COUNT(i < METRICS_BUCKETS ? counts[i] : h->count));
		if (i == worst) {
			make_exemplar(&example, &h->worst);
			fputs(" # ", text->out);
			print_labels(text->out, example.labels, NULL);
			print_number(text->out, VALUE_NS(h->worst.ns));
			print_number(text->out, VALUE_REAL(h->worst.time, 3));
		}
		fputc('\n', text->out);
	}
	print_line(text, "_sum", labels, NULL, VALUE_NS(h->sum));
	fputc('\n', text->out);
	print_line(text, "_count", labels, NULL, VALUE_COUNT(h->count));
	fputc('\n', text->out);
}

static int finish_text(struct metrics_writer *writer)
{
	struct metrics_text *text = (struct metrics_text *)writer;

	if (text->openmetrics)
		fputs("# EOF\n", text->out);
	return 0;
}

void metrics_text__init(struct metrics_text *text, FILE *out, bool openmetrics)
{
	*text = (struct metrics_text){
		.writer = { .family = print_family,
			    .sample = print_sample,
			    .hist = print_hist,
			    .end = finish_text },
		.out = out,
		.openmetrics = openmetrics,
	};
}

/*
 * Field numbers and types are those of io/prometheus/client/metrics.proto in
 * prometheus/client_model; a field's number never changes there.
 */

enum { FAMILY_NAME = 1, FAMILY_HELP = 2, FAMILY_TYPE = 3, FAMILY_METRIC = 4, FAMILY_UNIT = 5 };
enum { TYPE_COUNTER = 0, TYPE_GAUGE = 1, TYPE_HISTOGRAM = 4 };
enum { METRIC_LABEL = 1, METRIC_GAUGE = 2, METRIC_COUNTER = 3, METRIC_HISTOGRAM = 7 };
enum { LABEL_NAME = 1, LABEL_VALUE = 2 };
enum { NUMBER_VALUE = 1 }; /* of a Gauge, of a Counter */
enum { HIST_COUNT = 1, HIST_SUM = 2, HIST_BUCKET = 3, HIST_SCHEMA = 5 };
enum { HIST_ZERO_THRESHOLD = 6, HIST_ZERO_COUNT = 7 };
enum { HIST_POSITIVE_SPAN = 12, HIST_POSITIVE_DELTA = 13 };
enum { BUCKET_COUNT = 1, BUCKET_BOUND = 2, BUCKET_EXEMPLAR = 3 };
enum { SPAN_OFFSET = 1, SPAN_LENGTH = 2 };
enum { EXEMPLAR_LABEL = 1, EXEMPLAR_VALUE = 2, EXEMPLAR_TIME = 3 };
enum { TIME_SECONDS = 1, TIME_NANOS = 2 };

/* The width of the zero bucket that Prometheus' own clients have, 2^-128. */
#define ZERO_THRESHOLD \
	2.938735877055718769921841343055614194546663891930218803771879265696043148e-39

static void put_labels(struct proto *p, uint32_t field, const struct metrics_label *labels)
{
	char text[LABEL_BYTES];

	for (; labels->name; labels++) {
		clean_label(text, labels->value);
		proto__begin(p, field);
		proto__string(p, LABEL_NAME, labels->name);
		proto__string(p, LABEL_VALUE, text);
		proto__end(p);
	}
}

static void put_exemplar(struct proto *p, const struct metrics_worst *worst)
{
	struct exemplar example;
	uint64_t seconds = worst->time;

	make_exemplar(&example, worst);
	proto__begin(p, BUCKET_EXEMPLAR);
	put_labels(p, EXEMPLAR_LABEL, example.labels);
	proto__double(p, EXEMPLAR_VALUE, worst->ns / 1e9);
	proto__begin(p, EXEMPLAR_TIME);
	proto__uint(p, TIME_SECONDS, seconds);
	proto__uint(p, TIME_NANOS, (worst->time - seconds) * 1e9);
	proto__end(p);
	proto__end(p);
}

/* Put one bucket. @worst: the worst duration, if it is in this bucket; else NULL. */
static void put_bucket(struct proto *p, double bound, uint64_t count,
		       const struct metrics_worst *worst)
{
	proto__begin(p, HIST_BUCKET);
	proto__uint(p, BUCKET_COUNT, count);
	proto__double(p, BUCKET_BOUND, bound);
	if (worst)
		put_exemplar(p, worst);
	proto__end(p);
}

/*
 * Put the same buckets as the text formats have. A Prometheus that takes native histograms reads
 * only the exemplar in them.
 */
static void put_buckets(struct proto *p, const struct metrics_hist *h)
{
	size_t worst = metrics_hist__worst_bucket(h);
	uint64_t counts[METRICS_BUCKETS];

	metrics_hist__cumulate(h, counts);
	for (size_t i = 0; i < METRICS_BUCKETS; i++)
		put_bucket(p, metrics_hist__bound(i) / 1e9, counts[i],
			   i == worst ? &h->worst : NULL);
	put_bucket(p, __builtin_inf(), h->count, worst == METRICS_BUCKETS ? &h->worst : NULL);
}

/*
 * Write a span, which is @length buckets without a gap. @offset: the number of empty buckets since
 * the previous span; for the first span, the number of its first bucket.
 */
static void put_span(struct proto *p, int32_t offset, uint32_t length)
{
	proto__begin(p, HIST_POSITIVE_SPAN);
	proto__sint(p, SPAN_OFFSET, offset);
	proto__uint(p, SPAN_LENGTH, length);
	proto__end(p);
}

/* Write the spans of the slots that have samples. Slot 0 is the zero bucket, and in no span. */
static void put_spans(struct proto *p, const struct metrics_hist *h)
{
	int32_t end = 0, offset = 0;
	uint32_t length = 0;

	for (uint32_t slot = 1; slot < HIST_SLOTS; slot++) {
		int32_t bucket = metrics_hist__native(slot);

		if (!h->slots[slot])
			continue;
		if (length && bucket != end) {
			put_span(p, offset, length);
			length = 0;
		}
		if (!length)
			offset = bucket - end;
		length++;
		end = bucket + 1;
	}
	if (length)
		put_span(p, offset, length);
}

/* Write the last family after its length. */
static void finish_family(struct metrics_proto *proto)
{
	struct proto *p = &proto->body;

	if (!proto->open)
		return;
	proto__end(p);
	if (!p->err)
		fwrite(p->bytes, 1, p->len, proto->out);
	p->len = 0;
}

static void put_family(struct metrics_writer *writer, const struct metrics_family *f)
{
	static const uint32_t types[] = { TYPE_COUNTER, TYPE_GAUGE, TYPE_HISTOGRAM };
	struct metrics_proto *proto = (struct metrics_proto *)writer;
	struct proto *p = &proto->body;
	char name[128];

	finish_family(proto);
	proto->type = f->type;
	proto->open = true;
	snprintf(name, sizeof(name), "%s%s", f->name, f->type == METRICS_COUNTER ? "_total" : "");
	proto__begin(p, PROTO_NO_FIELD);
	proto__string(p, FAMILY_NAME, name);
	proto__string(p, FAMILY_HELP, f->help);
	proto__uint(p, FAMILY_TYPE, types[f->type]);
	if (f->unit)
		proto__string(p, FAMILY_UNIT, f->unit);
}

static void put_sample(struct metrics_writer *writer, const struct metrics_label *labels,
		       struct metrics_value value)
{
	struct metrics_proto *proto = (struct metrics_proto *)writer;
	struct proto *p = &proto->body;

	proto__begin(p, FAMILY_METRIC);
	put_labels(p, METRIC_LABEL, labels);
	proto__begin(p, proto->type == METRICS_COUNTER ? METRIC_COUNTER : METRIC_GAUGE);
	proto__double(p, NUMBER_VALUE,
		      value.digits ? value.real :
		      value.ns	   ? value.n / 1e9 :
				     value.n);
	proto__end(p);
	proto__end(p);
}

static void put_hist(struct metrics_writer *writer, const struct metrics_label *labels,
		     const struct metrics_hist *h)
{
	struct proto *p = &((struct metrics_proto *)writer)->body;
	uint64_t before = 0;

	proto__begin(p, FAMILY_METRIC);
	put_labels(p, METRIC_LABEL, labels);
	proto__begin(p, METRIC_HISTOGRAM);
	proto__uint(p, HIST_COUNT, h->count);
	proto__double(p, HIST_SUM, h->sum / 1e9);
	put_buckets(p, h);
	proto__sint(p, HIST_SCHEMA, METRICS_NATIVE_SCHEMA);
	proto__double(p, HIST_ZERO_THRESHOLD, ZERO_THRESHOLD);
	proto__uint(p, HIST_ZERO_COUNT, h->slots[0]);
	put_spans(p, h);
	/* The count of each bucket of the spans is the difference to the bucket before. */
	for (uint32_t slot = 1; slot < HIST_SLOTS; slot++) {
		if (!h->slots[slot])
			continue;
		proto__sint(p, HIST_POSITIVE_DELTA, h->slots[slot] - before);
		before = h->slots[slot];
	}
	proto__end(p);
	proto__end(p);
}

static int finish_proto(struct metrics_writer *writer)
{
	struct metrics_proto *proto = (struct metrics_proto *)writer;

	finish_family(proto);
	free(proto->body.bytes);
	return proto->body.err;
}

void metrics_proto__init(struct metrics_proto *proto, FILE *out)
{
	*proto = (struct metrics_proto){
		.writer = { .family = put_family,
			    .sample = put_sample,
			    .hist = put_hist,
			    .end = finish_proto },
		.out = out,
	};
}
