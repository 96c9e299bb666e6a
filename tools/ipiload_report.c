// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipiload.h"

/* Call this last. A reader that leaves early, as head(1) does, is no failure. */
int finish_stdout(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	if (errno == EPIPE)
		return EXIT_DONE;
	fprintf(stderr, "ipiload: cannot write to stdout: %s\n", strerror(errno));
	return EXIT_FAILED;
}

/* One puts(), so that errno is still that of the write when finish_stdout() reads it. */
static int print_json(json_t *root)
{
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	if (!text) {
		fprintf(stderr, "ipiload: no memory for the report\n");
		return EXIT_FAILED;
	}
	puts(text);
	free(text);
	return finish_stdout();
}

static json_t *percentile_json(const struct hist *hist, unsigned int percent)
{
	return hist->count ? json_integer(hist_percentile(hist, percent)) : json_null();
}

static json_t *round_trip_json(const struct hist *hist)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I}", "p50", percentile_json(hist, 50), "p90",
			 percentile_json(hist, 90), "p99", percentile_json(hist, 99), "max",
			 hist->count ? json_integer(hist->max) : json_null(), "sum",
			 (json_int_t)hist->sum, "count", (json_int_t)hist->count);
}

static json_t *cpus_json(const struct cpuset *cpus)
{
	json_t *array = json_array();
	int cpu;

	for_each_cpu(cpu, cpus)
		json_array_append_new(array, json_integer(cpu));
	return array;
}

static json_t *senders_json(const struct run *run)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < run->senders_made; i++) {
		const struct sender *s = &run->senders[i];

		json_array_append_new(array, json_pack("{s:i, s:i, s:I}", "cpu", s->cpu, "tid",
						       (int)s->tid, "calls", (json_int_t)s->calls));
	}
	return array;
}

static json_t *receivers_json(const struct run *run)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < run->receivers_made; i++) {
		const struct receiver *r = &run->receivers[i];

		json_array_append_new(array,
				      json_pack("{s:i, s:i}", "cpu", r->cpu, "tid", (int)r->tid));
	}
	return array;
}

struct totals {
	uint64_t calls;
	uint64_t errors;
	double seconds; /* time to the end of the last sender */
	double rate;
	struct hist round_trip;
};

static void sum_results(const struct run *run, struct totals *totals)
{
	uint64_t end = run->start_ns;

	for (unsigned int i = 0; i < run->senders_made; i++) {
		const struct sender *s = &run->senders[i];

		totals->calls += s->calls;
		totals->errors += s->errors;
		hist_merge(&totals->round_trip, &s->round_trip);
		if (s->end_ns > end)
			end = s->end_ns;
	}
	totals->seconds = (double)(end - run->start_ns) / NSEC_PER_SEC;
	totals->rate = totals->seconds > 0 ? totals->calls / totals->seconds : 0;
}

static void print_summary(const struct run *run, const struct totals *totals)
{
	const struct hist *hist = &totals->round_trip;

	fprintf(stderr, "ipiload: %s: %llu calls in %.3f s, %.0f a second", run->load->name,
		(unsigned long long)totals->calls, totals->seconds, totals->rate);
	if (hist->count)
		fprintf(stderr, "; round trip p50 %.1f us, p99 %.1f us, max %.1f us",
			hist_percentile(hist, 50) / 1e3, hist_percentile(hist, 99) / 1e3,
			hist->max / 1e3);
	fputc('\n', stderr);
}

int report_print(const struct run *run)
{
	static struct totals totals; /* 30 KiB of buckets: not on the stack */

	sum_results(run, &totals);
	if (!run->opts->quiet && !run->failed)
		print_summary(run, &totals);
	return print_json(json_pack(
		"{s:s, s:s, s:I, s:I, s:f, s:f, s:o, s:o, s:o, s:o}", "schema", "ipiload/1", "load",
		run->load->name, "calls", (json_int_t)totals.calls, "errors",
		(json_int_t)totals.errors, "duration_s", totals.seconds, "rate_per_s", totals.rate,
		"cpus", cpus_json(&run->opts->cpus), "senders", senders_json(run), "receivers",
		receivers_json(run), "round_trip_ns", round_trip_json(&totals.round_trip)));
}

static int list_json(void)
{
	const struct load *load;
	json_t *array = json_array();

	for (size_t i = 0; (load = load_at(i)); i++) {
		const char *why = load_missing(load);

		json_array_append_new(array, json_pack("{s:s, s:s?, s:b, s:s?, s:s}", "load",
						       load->name, "func", load->func, "available",
						       !why, "why", why, "about", load->about));
	}
	return print_json(json_pack("{s:s, s:o}", "schema", "ipiload/1", "loads", array));
}

int report_list(bool json)
{
	const struct load *load;

	if (json)
		return list_json();
	printf("%-21s %-18s %s\n", "LOAD", "FUNC EXPECTED", "A CALL");
	for (size_t i = 0; (load = load_at(i)); i++) {
		const char *why = load_missing(load);

		printf("%-21s %-18s %s%s%s%s\n", load->name, load->func ? load->func : "-",
		       load->about, why ? " (not here: " : "", why ? why : "", why ? ")" : "");
	}
	return finish_stdout();
}
