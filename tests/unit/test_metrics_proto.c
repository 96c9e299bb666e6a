// SPDX-License-Identifier: GPL-2.0
/* Metrics as Prometheus' protobuf: families, samples, both kinds of histograms, exemplars. */
#include "metrics_text.h"
#include "model/hist.h"
#include "packet_fields.h"

/* The messages of io/prometheus/client/metrics.proto. */
enum message { NUMBER, LABEL, TIME, EXEMPLAR, BUCKET, SPAN, HISTOGRAM, METRIC, FAMILY };

#define IS_NUMBER   1
#define IS_SIGNED   2
#define IS_DOUBLE   3
#define IS_TEXT	    4
#define MESSAGE(of) (16 + (of))

/* The names and types of a message's fields, by their numbers. */
static const struct field_kind {
	const char *name;
	int type;
} kinds[][14] = {
	[NUMBER] = { [1] = { "value", IS_DOUBLE } },
	[LABEL] = { [1] = { "name", IS_TEXT }, [2] = { "value", IS_TEXT } },
	[TIME] = { [1] = { "seconds", IS_NUMBER }, [2] = { "nanos", IS_NUMBER } },
	[EXEMPLAR] = { [1] = { "label", MESSAGE(LABEL) },
		       [2] = { "value", IS_DOUBLE },
		       [3] = { "timestamp", MESSAGE(TIME) } },
	[BUCKET] = { [1] = { "cumulative_count", IS_NUMBER },
		     [2] = { "upper_bound", IS_DOUBLE },
		     [3] = { "exemplar", MESSAGE(EXEMPLAR) } },
	[SPAN] = { [1] = { "offset", IS_SIGNED }, [2] = { "length", IS_NUMBER } },
	[HISTOGRAM] = { [1] = { "sample_count", IS_NUMBER },
			[2] = { "sample_sum", IS_DOUBLE },
			[3] = { "bucket", MESSAGE(BUCKET) },
			[5] = { "schema", IS_SIGNED },
			[6] = { "zero_threshold", IS_DOUBLE },
			[7] = { "zero_count", IS_NUMBER },
			[12] = { "positive_span", MESSAGE(SPAN) },
			[13] = { "positive_delta", IS_SIGNED } },
	[METRIC] = { [1] = { "label", MESSAGE(LABEL) },
		     [2] = { "gauge", MESSAGE(NUMBER) },
		     [3] = { "counter", MESSAGE(NUMBER) },
		     [7] = { "histogram", MESSAGE(HISTOGRAM) } },
	[FAMILY] = { [1] = { "name", IS_TEXT },
		     [2] = { "help", IS_TEXT },
		     [3] = { "type", IS_NUMBER },
		     [4] = { "metric", MESSAGE(METRIC) },
		     [5] = { "unit", IS_TEXT } },
};

/* Write the message's fields as protobuf's text format has them, but without the texts of help. */
static void show_message(FILE *out, enum message message, const uint8_t *at, const uint8_t *end)
{
	while (at < end) {
		uint64_t value;
		const uint8_t *bytes;
		uint64_t number = field_read(&at, &value, &bytes);
		const struct field_kind *kind = &kinds[message][number];
		double real;

		assert_true(number < ARRAY_SIZE(kinds[message]) && kind->name);
		assert_true(at <= end);
		if (kind->type >= IS_TEXT)
			assert_non_null(bytes);
		memcpy(&real, &value, sizeof(real));
		if (kind->type == IS_NUMBER)
			fprintf(out, "%s:%" PRIu64 " ", kind->name, value);
		else if (kind->type == IS_SIGNED)
			fprintf(out, "%s:%" PRId64 " ", kind->name,
				(int64_t)(value >> 1 ^ -(value & 1)));
		else if (kind->type == IS_DOUBLE)
			fprintf(out, "%s:%.12g ", kind->name, real);
		else if (kind->type == IS_TEXT && strcmp(kind->name, "help"))
			fprintf(out, "%s:\"%.*s\" ", kind->name, (int)value, bytes);
		else if (kind->type >= MESSAGE(0)) {
			fprintf(out, "%s{ ", kind->name);
			show_message(out, kind->type - MESSAGE(0), bytes, bytes + value);
			fputs("} ", out);
		}
	}
}

static char *shown; /* a line a family */

/* Show the metrics: each family comes after its length. */
static const char *show(void)
{
	size_t len;
	FILE *out = open_memstream(&shown, &len);
	const uint8_t *at, *end;

	assert_non_null(out);
	print(METRICS_PROTOBUF);
	at = (const uint8_t *)text;
	end = at + text_len;
	while (at < end) {
		uint64_t family = varint_read(&at);

		assert_true(at + family <= end);
		show_message(out, FAMILY, at, at + family);
		fputc('\n', out);
		at += family;
	}
	assert_int_equal(fclose(out), 0);
	return shown;
}

static int setup(void **state)
{
	const struct metrics_config config = {
		.threshold = THRESHOLD_DEFAULT,
		.max_fns = 4,
		.series = SERIES_DEFAULT,
		.nr_cpus = 4,
	};

	return metrics__init(&metrics, &config, NULL);
}

static int forget(void **state)
{
	free(shown);
	shown = NULL;
	return teardown(state);
}

/* The line of the family @name, which must be there once. The caller frees the line. */
static char *family(const char *name)
{
	char begin[128];
	const char *at;

	snprintf(begin, sizeof(begin), "name:\"%s\" type:", name);
	at = strstr(shown, begin);
	if (!at)
		fail_msg("no %s in\n%s", name, shown);
	assert_int_equal(count_words(shown, begin), 1);
	return strndup(at, strcspn(at, "\n"));
}

static void check_family(const char *name, const char *want)
{
	char *line = family(name);

	assert_string_equal(line, want);
	free(line);
}

TEST(families_have_a_type_and_a_unit, setup, forget)
{
	show();
	check_family("ipitrace_windows_total", "name:\"ipitrace_windows_total\" type:0 "
					       "metric{ counter{ value:0 } } ");
	check_family("ipitrace_build_info",
		     "name:\"ipitrace_build_info\" type:1 "
		     "metric{ label{ name:\"version\" value:\"" VERSION "\" } gauge{ value:1 } } ");
	check_family("ipitrace_process_cpu_seconds_total",
		     "name:\"ipitrace_process_cpu_seconds_total\" type:0 unit:\"seconds\" "
		     "metric{ counter{ value:1.5 } } ");
	check_family("ipitrace_process_resident_memory_bytes",
		     "name:\"ipitrace_process_resident_memory_bytes\" type:1 unit:\"bytes\" "
		     "metric{ gauge{ value:4096 } } ");
	check_family("ipitrace_process_start_time_seconds",
		     "name:\"ipitrace_process_start_time_seconds\" type:1 unit:\"seconds\" "
		     "metric{ gauge{ value:1795176075.5 } } ");
	assert_lacks(shown, "ipitrace_delay_seconds");
}

/* The spans are of the slots that have samples; each delta is to the bucket before. */
TEST(a_histogram_has_buckets_of_both_kinds, setup, forget)
{
	static const struct {
		uint64_t ns, n;
	} delays[] = { { 0, 2 },    { 1024, 5 },    { 1280, 3 },   { 1536, 4 },
		       { 4096, 1 }, { 700000, 10 }, { 1000000, 1 } };
	struct cpu_stats cpus[2] = { { .cpu = 0, .sent = 3 }, { .cpu = 1 } };
	struct fn_stats fn = { .func = { .addr = 1, .name = "slow" } };
	struct snapshot snap = { .cpus = cpus, .nr_cpus = 2, .fns = &fn, .nr_fns = 1 };
	char want[512];
	char *line;

	snap.window.start = (struct timespec){ 1795176075, 250000000 };
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		hist_put(&cpus[1].delay, delays[i].ns, delays[i].n);
		hist_put(&fn.delay, delays[i].ns, delays[i].n);
	}
	fn.count = cpus[1].received = cpus[1].delay.count;
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	show();
	line = family("ipitrace_delay_seconds");
	assert_has(line, "name:\"ipitrace_delay_seconds\" type:4 unit:\"seconds\" metric{ "
			 "label{ name:\"cpu\" value:\"0\" } histogram{ sample_count:0 ");
	snprintf(want, sizeof(want),
		 "metric{ label{ name:\"cpu\" value:\"1\" } histogram{ sample_count:26 "
		 "sample_sum:%.12g bucket{ cumulative_count:2 upper_bound:1.27e-07 } ",
		 cpus[1].delay.sum / 1e9);
	assert_has(line, want);
	assert_has(line, "bucket{ cumulative_count:14 upper_bound:2.047e-06 } ",
		   "bucket{ cumulative_count:15 upper_bound:0.000524287 } "
		   "bucket{ cumulative_count:26 upper_bound:0.001048575 "
		   "exemplar{ label{ name:\"dst\" value:\"1\" } "
		   "label{ name:\"func\" value:\"slow\" } value:0.001 "
		   "timestamp{ seconds:1795176075 nanos:250000000 } } } "
		   "bucket{ cumulative_count:26 upper_bound:0.002097151 } ");
	/* The bucket of 1,024 ns to 1,279 ns has the number -78: 2^(-79/4) s and more. */
	assert_has(line, "bucket{ cumulative_count:26 upper_bound:inf } schema:2 "
			 "zero_threshold:2.93873587706e-39 zero_count:2 "
			 "positive_span{ offset:-78 length:3 } positive_span{ offset:5 length:1 } "
			 "positive_span{ offset:28 length:1 } positive_span{ offset:1 length:1 } "
			 "positive_delta:5 positive_delta:-2 positive_delta:1 positive_delta:-3 "
			 "positive_delta:9 positive_delta:-9 } } ");
	assert_int_equal(count_words(line, "exemplar{"), 1);
	assert_int_equal(count_words(line, "bucket{"), 2 * (METRICS_BUCKETS + 1));
	free(line);
	check_family("ipitrace_sent_total", "name:\"ipitrace_sent_total\" type:0 "
					    "metric{ label{ name:\"cpu\" value:\"0\" } "
					    "counter{ value:3 } } "
					    "metric{ label{ name:\"cpu\" value:\"1\" } "
					    "counter{ value:0 } } ");
}

/* The worst delay is longer than each bound, and its function is not known. */
TEST(the_last_bucket_has_an_exemplar, setup, forget)
{
	struct cpu_stats cpu = { .cpu = 3, .received = 1 };
	struct snapshot snap = { .cpus = &cpu, .nr_cpus = 1 };
	uint64_t ns = metrics_hist__bound(METRICS_BUCKETS - 1) + 1;
	char want[256];

	snap.window.start.tv_sec = 5;
	hist_put(&cpu.delay, ns, 1);
	assert_int_equal(metrics__add(&metrics, &snap), 0);
	show();
	snprintf(want, sizeof(want),
		 "bucket{ cumulative_count:0 upper_bound:%.12g } "
		 "bucket{ cumulative_count:1 upper_bound:inf "
		 "exemplar{ label{ name:\"dst\" value:\"3\" } value:%.12g "
		 "timestamp{ seconds:5 nanos:0 } } } ",
		 metrics_hist__bound(METRICS_BUCKETS - 1) / 1e9, ns / 1e9);
	assert_has(shown, want);
}

/* Prometheus refuses a whole scrape because of a byte that is not UTF-8. */
TEST(labels_are_clean, setup, forget)
{
	struct fn_stats fn = { .func = { .addr = 1, .name = "\"a\\\n\x01\xff\xc3\xa4" },
			       .count = 1 };
	struct snapshot snap = { .fns = &fn, .nr_fns = 1 };

	assert_int_equal(metrics__add(&metrics, &snap), 0);
	assert_has(show(), "label{ name:\"func\" value:\"\"a\\\n??\xc3\xa4\" }");
}

TEST_MAIN(NULL, NULL)
