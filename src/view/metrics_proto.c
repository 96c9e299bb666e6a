// SPDX-License-Identifier: GPL-2.0
/*
 * Field numbers and types are those of io/prometheus/client/metrics.proto in
 * prometheus/client_model; a field's number never changes there. nanopb's library encodes;
 * its generated code is not used, for it would hold a whole message in memory.
 */
#include <pb_encode.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "abi/hist_slots.h"
#include "base/memory_text.h"
#include "model/hist.h"
#include "view/metrics_writer.h"

/* MetricFamily */
#define FAMILY_NAME   1
#define FAMILY_HELP   2
#define FAMILY_TYPE   3
#define FAMILY_METRIC 4
#define FAMILY_UNIT   5

#define TYPE_COUNTER   0
#define TYPE_GAUGE     1
#define TYPE_HISTOGRAM 4

/* Metric */
#define METRIC_LABEL	 1
#define METRIC_GAUGE	 2
#define METRIC_COUNTER	 3
#define METRIC_HISTOGRAM 7

/* LabelPair */
#define LABEL_NAME  1
#define LABEL_VALUE 2

/* Gauge, Counter */
#define NUMBER_VALUE 1

/* Histogram */
#define HIST_COUNT	    1
#define HIST_SUM	    2
#define HIST_BUCKET	    3
#define HIST_SCHEMA	    5
#define HIST_ZERO_THRESHOLD 6
#define HIST_ZERO_COUNT	    7
#define HIST_POSITIVE_SPAN  12
#define HIST_POSITIVE_DELTA 13

/* Bucket */
#define BUCKET_COUNT	1
#define BUCKET_BOUND	2
#define BUCKET_EXEMPLAR 3

/* BucketSpan */
#define SPAN_OFFSET 1
#define SPAN_LENGTH 2

/* Exemplar */
#define EXEMPLAR_LABEL 1
#define EXEMPLAR_VALUE 2
#define EXEMPLAR_TIME  3

/* Timestamp */
#define TIME_SECONDS 1
#define TIME_NANOS   2

/* The width of the zero bucket that Prometheus' own clients have, 2^-128. */
#define ZERO_THRESHOLD \
	2.938735877055718769921841343055614194546663891930218803771879265696043148e-39

typedef bool encode_fn(pb_ostream_t *to, const void *of);

/* A message within another: its length precedes it, so @encode runs twice. */
static bool message(pb_ostream_t *to, uint32_t field, encode_fn *encode, const void *of)
{
	pb_ostream_t size = PB_OSTREAM_SIZING;

	return encode(&size, of) && pb_encode_tag(to, PB_WT_STRING, field) &&
	       pb_encode_varint(to, size.bytes_written) && encode(to, of);
}

static bool string(pb_ostream_t *to, uint32_t field, const char *text)
{
	return pb_encode_tag(to, PB_WT_STRING, field) &&
	       pb_encode_string(to, (const pb_byte_t *)text, strlen(text));
}

static bool whole(pb_ostream_t *to, uint32_t field, uint64_t n)
{
	return pb_encode_tag(to, PB_WT_VARINT, field) && pb_encode_varint(to, n);
}

/* Encode a field of type sint32 or sint64. */
static bool with_sign(pb_ostream_t *to, uint32_t field, int64_t n)
{
	return pb_encode_tag(to, PB_WT_VARINT, field) && pb_encode_svarint(to, n);
}

static bool real(pb_ostream_t *to, uint32_t field, double value)
{
	return pb_encode_tag(to, PB_WT_64BIT, field) && pb_encode_fixed64(to, &value);
}

static bool label_pair(pb_ostream_t *to, const void *of)
{
	const struct metrics_label *label = of;
	char text[METRICS_LABEL_BYTES];

	metrics_label__clean(text, label->value);
	return string(to, LABEL_NAME, label->name) && string(to, LABEL_VALUE, text);
}

static bool label_pairs(pb_ostream_t *to, uint32_t field, const struct metrics_label *labels)
{
	for (; labels->name; labels++)
		if (!message(to, field, label_pair, labels))
			return false;
	return true;
}

static bool timestamp(pb_ostream_t *to, const void *of)
{
	const double *time = of;
	uint64_t seconds = *time;

	return whole(to, TIME_SECONDS, seconds) && whole(to, TIME_NANOS, (*time - seconds) * 1e9);
}

static bool exemplar(pb_ostream_t *to, const void *of)
{
	const struct metrics_worst *worst = of;
	struct metrics_exemplar example;

	metrics_exemplar__make(&example, worst);
	return label_pairs(to, EXEMPLAR_LABEL, example.labels) &&
	       real(to, EXEMPLAR_VALUE, worst->ns / 1e9) &&
	       message(to, EXEMPLAR_TIME, timestamp, &worst->time);
}

struct bucket {
	double bound;
	uint64_t count;
	const struct metrics_worst *worst; /* NULL: not in this bucket */
};

static bool bucket(pb_ostream_t *to, const void *of)
{
	const struct bucket *b = of;

	return whole(to, BUCKET_COUNT, b->count) && real(to, BUCKET_BOUND, b->bound) &&
	       (!b->worst || message(to, BUCKET_EXEMPLAR, exemplar, b->worst));
}

/* The buckets of the text formats. A Prometheus with native histograms takes only their exemplar. */
static bool buckets(pb_ostream_t *to, const struct metrics_hist *h)
{
	size_t worst = metrics_hist__worst_bucket(h);
	uint64_t counts[METRICS_BUCKETS];

	metrics_hist__cumulate(h, counts);
	for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
		struct bucket b = { .bound = __builtin_inf(), .count = h->count };

		if (i < METRICS_BUCKETS) {
			b.bound = metrics_hist__bound(i) / 1e9;
			b.count = counts[i];
		}
		b.worst = i == worst ? &h->worst : NULL;
		if (!message(to, HIST_BUCKET, bucket, &b))
			return false;
	}
	return true;
}

/* Buckets that follow each other without a gap. */
struct span {
	int32_t offset; /* from the end of the span before, the first one's from bucket 0 */
	uint32_t length;
};

static bool span(pb_ostream_t *to, const void *of)
{
	const struct span *s = of;

	return with_sign(to, SPAN_OFFSET, s->offset) && whole(to, SPAN_LENGTH, s->length);
}

static bool spans(pb_ostream_t *to, const struct metrics_hist *h)
{
	struct span s = {};
	int32_t end = 0;

	for (uint32_t slot = 1; slot < HIST_SLOTS; slot++) {
		int32_t at = metrics_hist__native(slot);

		if (!h->slots[slot])
			continue;
		if (s.length && at != end) {
			if (!message(to, HIST_POSITIVE_SPAN, span, &s))
				return false;
			s.length = 0;
		}
		if (!s.length)
			s.offset = at - end;
		s.length++;
		end = at + 1;
	}
	return !s.length || message(to, HIST_POSITIVE_SPAN, span, &s);
}

/* The count of each bucket of the spans, as the difference to the one before. */
static bool deltas(pb_ostream_t *to, const struct metrics_hist *h)
{
	uint64_t before = 0;

	for (uint32_t slot = 1; slot < HIST_SLOTS; slot++) {
		if (!h->slots[slot])
			continue;
		if (!with_sign(to, HIST_POSITIVE_DELTA, h->slots[slot] - before))
			return false;
		before = h->slots[slot];
	}
	return true;
}

static bool histogram(pb_ostream_t *to, const void *of)
{
	const struct metrics_hist *h = of;

	return whole(to, HIST_COUNT, h->count) && real(to, HIST_SUM, h->sum / 1e9) &&
	       buckets(to, h) && with_sign(to, HIST_SCHEMA, METRICS_NATIVE_SCHEMA) &&
	       real(to, HIST_ZERO_THRESHOLD, ZERO_THRESHOLD) &&
	       whole(to, HIST_ZERO_COUNT, h->slots[0]) && spans(to, h) && deltas(to, h);
}

static bool value_of(pb_ostream_t *to, const void *of)
{
	const double *value = of;

	return real(to, NUMBER_VALUE, *value);
}

struct metric {
	const struct metrics_label *labels;
	enum metrics_type type;
	double value;
	const struct metrics_hist *hist;
};

static bool metric(pb_ostream_t *to, const void *of)
{
	const struct metric *m = of;

	if (!label_pairs(to, METRIC_LABEL, m->labels))
		return false;
	if (m->hist)
		return message(to, METRIC_HISTOGRAM, histogram, m->hist);
	return message(to, m->type == METRICS_COUNTER ? METRIC_COUNTER : METRIC_GAUGE, value_of,
		       &m->value);
}

static bool stream_write(pb_ostream_t *stream, const pb_byte_t *bytes, size_t len)
{
	return fwrite(bytes, 1, len, stream->state) == len;
}

static pb_ostream_t stream_of(FILE *file)
{
	return (pb_ostream_t){ .callback = stream_write, .state = file, .max_size = SIZE_MAX };
}

/* Write the last family behind its length. */
static void flush(struct metrics_proto *proto)
{
	pb_ostream_t to = stream_of(proto->out);

	if (!proto->body)
		return;
	if (fclose(proto->body))
		proto->failed = true;
	else if (!pb_encode_string(&to, (const pb_byte_t *)proto->bytes, proto->len))
		proto->failed = true;
	free(proto->bytes);
	proto->body = NULL;
	proto->bytes = NULL;
}

static void family(struct metrics_writer *writer, const struct metrics_family *f)
{
	static const uint32_t types[] = { TYPE_COUNTER, TYPE_GAUGE, TYPE_HISTOGRAM };
	struct metrics_proto *proto = (struct metrics_proto *)writer;
	char name[128];
	pb_ostream_t to;

	flush(proto);
	proto->family = *f;
	proto->body = memory_text__open(&proto->bytes, &proto->len);
	if (!proto->body) {
		proto->failed = true;
		return;
	}
	snprintf(name, sizeof(name), "%s%s", f->name, f->type == METRICS_COUNTER ? "_total" : "");
	to = stream_of(proto->body);
	if (!string(&to, FAMILY_NAME, name) || !string(&to, FAMILY_HELP, f->help) ||
	    !whole(&to, FAMILY_TYPE, types[f->type]) ||
	    (f->unit && !string(&to, FAMILY_UNIT, f->unit)))
		proto->failed = true;
}

static void metric_write(struct metrics_proto *proto, const struct metric *m)
{
	pb_ostream_t to;

	if (!proto->body)
		return;
	to = stream_of(proto->body);
	if (!message(&to, FAMILY_METRIC, metric, m))
		proto->failed = true;
}

static void sample(struct metrics_writer *writer, const struct metrics_label *labels,
		   struct metrics_value value)
{
	struct metrics_proto *proto = (struct metrics_proto *)writer;
	struct metric m = { .labels = labels, .type = proto->family.type };

	m.value = value.digits ? value.real : value.ns ? value.n / 1e9 : value.n;
	metric_write(proto, &m);
}

static void hist(struct metrics_writer *writer, const struct metrics_label *labels,
		 const struct metrics_hist *h)
{
	struct metric m = { .labels = labels, .type = METRICS_HISTOGRAM, .hist = h };

	metric_write((struct metrics_proto *)writer, &m);
}

static int end(struct metrics_writer *writer)
{
	struct metrics_proto *proto = (struct metrics_proto *)writer;

	flush(proto);
	return proto->failed ? -ENOMEM : 0;
}

void metrics_proto__init(struct metrics_proto *proto, FILE *out)
{
	*proto = (struct metrics_proto){
		.writer = { .family = family, .sample = sample, .hist = hist, .end = end },
		.out = out,
	};
}
