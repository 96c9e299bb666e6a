// SPDX-License-Identifier: GPL-2.0
/*
 * The metrics of many simulated hosts, for a Prometheus to scrape: ipifleet RECORDED HOSTS.
 *
 * RECORDED has what real windows held: functions, and how delays, handlers and waits were
 * spread. A host of 2 to 512 CPUs repeats one of them at a rate of its own, with noise and
 * a tide, through model/metrics and view/openmetrics: budget, CPUs that stand out, and
 * the text are those of `serve`. Time passes for a host when it is scraped.
 *
 * GET /sd has the targets (http_sd_configs), /N the metrics of host N. GET /trouble begins
 * a storm on STORMS hosts and makes one CPU of another host slow.
 */
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "abi/hist_slots.h"
#include "base/clock.h"
#include "cli/options.h"
#include "model/host.h"
#include "model/metrics.h"
#include "model/snapshot.h"
#include "serve/serve.h"
#include "view/view.h"

#define PROFILES_MAX  8
#define FUNCTIONS_MAX 64
#define CPUS_MAX      512
#define STORMS	      3
#define STORM_FUNC    "flush_tlb_func"
/* csds a second on each CPU, and how much later everything arrives on the slow CPU. */
#define STORM_RATE    20000.0
#define SLOW	      400

struct profile {
	double seconds;
	size_t nr_fns;
	struct fn_stats fns[FUNCTIONS_MAX]; /* count, local, sums; the names are the JSON's */
	uint64_t count; /* of all functions */
	struct hist delay, handler, wait;
};

struct simulated {
	struct metrics metrics;
	struct host host;
	const struct profile *profile;
	size_t nr_cpus;
	double rate; /* times the profile's, for each CPU */
	uint64_t seed;
	uint64_t last; /* ns */
	bool storms;
	int slow; /* a CPU; -1: none */
};

static struct profile profiles[PROFILES_MAX];
static size_t nr_profiles, nr_hosts;
static struct simulated *hosts;
static char where[64];

static double chance(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*seed >> 11) / (double)(1ULL << 53);
}

/* @x, rounded up or down so that the mean is @x. */
static uint64_t whole(double x, uint64_t *seed)
{
	return x + chance(seed);
}

static void hist_load(struct hist *hist, const json_t *buckets)
{
	for (size_t i = 0; i < json_array_size(buckets); i++) {
		const json_t *bucket = json_array_get(buckets, i);
		uint32_t slot = hist_slot(json_integer_value(json_array_get(bucket, 0)));
		uint64_t n = json_integer_value(json_array_get(bucket, 1));

		hist->slots[slot] += n;
		hist->count += n;
	}
}

static uint64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void profile_load(struct profile *p, const json_t *from)
{
	const json_t *fns = json_object_get(from, "functions");

	p->seconds = json_number_value(json_object_get(from, "seconds"));
	for (; p->nr_fns < json_array_size(fns) && p->nr_fns < FUNCTIONS_MAX; p->nr_fns++) {
		const json_t *fn = json_array_get(fns, p->nr_fns);
		struct fn_stats *to = &p->fns[p->nr_fns];

		to->func.name = json_string_value(json_object_get(fn, "func"));
		to->func.module = json_string_value(json_object_get(fn, "module"));
		to->count = number(fn, "count");
		to->local = number(fn, "local");
		to->handler.sum = number(fn, "handler");
		to->wait.sum = number(fn, "wait");
		p->count += to->count;
	}
	hist_load(&p->delay, json_object_get(from, "delay"));
	hist_load(&p->handler, json_object_get(from, "handler"));
	hist_load(&p->wait, json_object_get(from, "wait"));
}

/* About @n durations, spread as in @like, each @times as long. */
static void hist_draw(struct hist *to, const struct hist *like, double n, double times,
		      uint64_t *seed)
{
	for (uint32_t slot = 0; slot < HIST_SLOTS && like->count; slot++) {
		uint64_t ns = (hist_lower(slot) + hist_upper(slot)) / 2 * times;
		uint64_t nr;

		if (!like->slots[slot])
			continue;
		nr = whole(n * like->slots[slot] / like->count, seed);
		if (!nr)
			continue;
		to->slots[hist_slot(ns)] += nr;
		to->count += nr;
		to->sum += nr * ns;
		if (ns > to->max)
			to->max = ns;
	}
}

/* The csds of CPU @cpu in @dt seconds. */
static double csds(const struct simulated *h, size_t cpu, double dt)
{
	/* Some CPUs get more than others, always the same ones. */
	double weight = 0.5 + (cpu * 2654435761u % 1000) / 1000.0 + 3 * !cpu;

	return h->profile->count / h->profile->seconds * h->rate * weight * dt +
	       (h->storms ? STORM_RATE * dt : 0);
}

static void cpu_draw(struct simulated *h, struct cpu_stats *cpu, double n)
{
	double late = (int)cpu->cpu == h->slow ? SLOW : 1;

	hist_draw(&cpu->delay, &h->profile->delay, n, late, &h->seed);
	hist_draw(&cpu->handler, &h->profile->handler, n, 1, &h->seed);
	hist_draw(&cpu->wait, &h->profile->wait, n / 2, 1, &h->seed);
	cpu->received = cpu->delay.count;
	cpu->sent = whole(n, &h->seed);
}

static void fns_draw(struct simulated *h, struct fn_stats *fns, uint64_t total, double storm)
{
	const struct profile *p = h->profile;

	memcpy(fns, p->fns, sizeof(*fns) * p->nr_fns);
	for (size_t i = 0; i < p->nr_fns; i++) {
		double part = (total - storm) / p->count;

		if (!strcmp(fns[i].func.name, STORM_FUNC))
			part += storm / fns[i].count;
		fns[i].count = whole(p->fns[i].count * part, &h->seed);
		fns[i].local = whole(p->fns[i].local * part, &h->seed);
		fns[i].handler.sum = p->fns[i].handler.sum * part;
		fns[i].wait.sum = p->fns[i].wait.sum * part;
	}
}

/* Let the time since the last scrape pass. */
static void advance(struct simulated *h)
{
	static struct cpu_stats cpus[CPUS_MAX];
	static struct fn_stats fns[FUNCTIONS_MAX];
	struct snapshot snap = { .host = &h->host, .cpus = cpus, .nr_cpus = h->nr_cpus, .fns = fns };
	uint64_t now = mono_ns(), total = 0;
	double dt = (now - h->last) / 1e9, tide = 1 + 0.5 * sin(now / 120e9 + h->rate);

	memset(cpus, 0, sizeof(*cpus) * h->nr_cpus);
	for (size_t i = 0; i < h->nr_cpus; i++) {
		cpus[i].cpu = i;
		cpu_draw(h, &cpus[i], csds(h, i, dt) * tide);
		total += cpus[i].received;
	}
	fns_draw(h, fns, total, h->storms ? STORM_RATE * dt * tide * h->nr_cpus : 0);
	snap.nr_fns = h->profile->nr_fns;
	snap.ledger.queued = snap.ledger.function = total;
	snap.known.kinds = true;
	snap.kinds[KIND_CALL_FUNCTION] = total / 2;
	clock_gettime(CLOCK_REALTIME, &snap.window.start);
	snap.window.mono_start = h->last;
	snap.window.mono_end = h->last = now;
	if (metrics__add(&h->metrics, &snap))
		exit(1);
}

static void page(struct simulated *h, FILE *out, enum metrics_format format)
{
	struct metrics_process process = { .cpu_seconds = h->metrics.windows * 0.001,
					   .resident_bytes = 12 << 20,
					   .start_time = 1795176075 };

	advance(h);
	view__metrics(out, &h->metrics, &process, format);
}

static void targets(FILE *out)
{
	for (size_t i = 0; i < nr_hosts; i++)
		fprintf(out,
			"%s{\"targets\": [\"%s\"], \"labels\": {\"__metrics_path__\": \"/%zu\", "
			"\"instance\": \"host%zu\"}}",
			i ? ",\n" : "[", where, i, i);
	fputs("]\n", out);
}

/* The hosts with troubles are spread over the sizes. */
static void trouble(FILE *out)
{
	for (size_t i = 0; i < STORMS; i++) {
		size_t at = (nr_hosts / 4 * (i + 1) + i) % nr_hosts;

		hosts[at].storms = true;
		fprintf(out, "storm host%zu\n", at);
	}
	hosts[nr_hosts - 1].slow = hosts[nr_hosts - 1].nr_cpus / 2;
	fprintf(out, "slow host%zu %d\n", nr_hosts - 1, hosts[nr_hosts - 1].slow);
}

static void answer(void *ctx, const struct http_request *request, struct http_answer *answer)
{
	static const enum metrics_format formats[] = { METRICS_TEXT, METRICS_OPENMETRICS,
						       METRICS_PROTOBUF };
	static const char *const types[] = { TEXT_TYPE, OPENMETRICS_TYPE, PROTOBUF_TYPE };
	enum http_format format = http_accept__format(request->accept);
	const char *path = request->path;
	FILE *out = open_memstream(&answer->body, &answer->len);
	size_t at = strtoul(path + 1, NULL, 10);

	(void)ctx;
	if (!out)
		exit(1);
	answer->status = 200;
	answer->type = types[format];
	if (!strcmp(path, "/sd")) {
		answer->type = "application/json";
		targets(out);
	} else if (!strcmp(path, "/trouble")) {
		answer->type = "text/plain";
		trouble(out);
	} else if (at < nr_hosts) {
		page(&hosts[at], out, formats[format]);
	} else {
		answer->status = 404;
	}
	fclose(out);
}

static void host_make(struct simulated *h, size_t i)
{
	static const size_t sizes[] = { 2, 4, 8, 16, 32, 64, 96, 128, 256, 512 };
	struct metrics_config config = { .threshold = THRESHOLD_DEFAULT,
					 .max_fns = MAX_FUNCTIONS_DEFAULT,
					 .series = SERIES_DEFAULT };
	struct numa numa = {};

	h->seed = i * 7919 + 1;
	h->nr_cpus = config.nr_cpus = sizes[i % (sizeof(sizes) / sizeof(*sizes))];
	h->profile = &profiles[i % nr_profiles];
	/* Most hosts are quiet, some busy. */
	h->rate = exp(6 * chance(&h->seed) - 4) / sqrt(h->nr_cpus);
	h->slow = -1;
	h->last = mono_ns();
	numa.nr_nodes = h->nr_cpus / 64 ? h->nr_cpus / 64 : 1;
	for (size_t n = 0; n < numa.nr_nodes; n++)
		numa.ids[n] = n;
	for (size_t cpu = 0; cpu < h->nr_cpus; cpu++) {
		cpuset__add(&h->host.online, cpu);
		numa.nodes[cpu] = cpu * numa.nr_nodes / h->nr_cpus;
		/* One host in ten isolates a quarter of its CPUs. */
		if (i % 10 == 5 && cpu >= h->nr_cpus * 3 / 4)
			cpuset__add(&config.isolated, cpu);
	}
	if (metrics__init(&h->metrics, &config, &numa))
		exit(1);
}

int main(int argc, char **argv)
{
	json_t *recorded = argc == 3 ? json_load_file(argv[1], 0, NULL) : NULL;
	struct sockaddr_storage addr;
	struct http *http;
	socklen_t len;

	if (!recorded || (nr_hosts = strtoul(argv[2], NULL, 10)) < STORMS + 1) {
		fprintf(stderr, "usage: ipifleet RECORDED HOSTS\n");
		return 2;
	}
	/* A Prometheus that hangs up must not end all hosts. */
	signal(SIGPIPE, SIG_IGN);
	for (; nr_profiles < json_array_size(recorded) && nr_profiles < PROFILES_MAX; nr_profiles++)
		profile_load(&profiles[nr_profiles], json_array_get(recorded, nr_profiles));
	hosts = calloc(nr_hosts, sizeof(*hosts));
	for (size_t i = 0; hosts && i < nr_hosts; i++)
		host_make(&hosts[i], i);
	if (!hosts || http__address("127.0.0.1:0", &addr, &len) ||
	    http__open(&http, &addr, len, answer, NULL))
		return 1;
	snprintf(where, sizeof(where), "%s", http__where(http));
	if (http__start(http))
		return 1;
	printf("%s\n", where);
	fflush(stdout);
	pause();
	http__close(http);
	return 0;
}
