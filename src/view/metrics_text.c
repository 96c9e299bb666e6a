// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <string.h>
#include "base/sanitize.h"
#include "view/openmetrics.h"

#define NS 1000000000ULL

void metrics_label__clean(char text[METRICS_LABEL_BYTES], const char *value)
{
	char *line = text, *newline;

	sanitize_utf8(text, METRICS_LABEL_BYTES, value);
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
 * Print the header of a family. OpenMetrics only puts _total on a counter's samples, the text
 * format also on the header. OpenMetrics requires a UNIT line if the name ends in a unit.
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
	char text[METRICS_LABEL_BYTES];

	metrics_label__clean(text, value);
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

/* Print the labels between their braces; @le: one more label, of a bucket. */
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

void metrics_exemplar__make(struct metrics_exemplar *exemplar, const struct metrics_worst *worst)
{
	struct metrics_label *label = exemplar->labels;

	snprintf(exemplar->dst, sizeof(exemplar->dst), "%u", worst->dst);
	*label++ = (struct metrics_label){ "dst", exemplar->dst };
	if (*worst->func)
		*label++ = (struct metrics_label){ "func", worst->func };
	*label = (struct metrics_label){};
}

static void print_exemplar(FILE *out, const struct metrics_worst *worst)
{
	struct metrics_exemplar example;

	metrics_exemplar__make(&example, worst);
	fputs(" # ", out);
	print_labels(out, example.labels, NULL);
	print_number(out, VALUE_NS(worst->ns));
	print_number(out, VALUE_REAL(worst->time, 3));
}

static void print_hist(struct metrics_writer *writer, const struct metrics_label *labels,
		       const struct metrics_hist *h)
{
	struct metrics_text *text = (struct metrics_text *)writer;
	uint64_t counts[METRICS_BUCKETS];
	/* The text format has no exemplars. */
	size_t worst = text->openmetrics ? metrics_hist__worst_bucket(h) : SIZE_MAX;
	char le[32];

	metrics_hist__cumulate(h, counts);
	for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
		if (i < METRICS_BUCKETS)
			snprintf(le, sizeof(le), "%.10g", metrics_hist__bound(i) / 1e9);
		else
			snprintf(le, sizeof(le), "+Inf");
		print_line(text, "_bucket", labels, le,
			   VALUE_COUNT(i < METRICS_BUCKETS ? counts[i] : h->count));
		if (i == worst)
			print_exemplar(text->out, &h->worst);
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
