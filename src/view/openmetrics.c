// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <string.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "base/sanitize.h"
#include "model/ledger.h"
#include "model/metrics.h"
#include "model/metrics_hist.h"
#include "model/names.h"
#include "view/openmetrics.h"

#define NS 1000000000ULL

struct exposition {
	FILE *out;
	const struct metrics *m;
	bool openmetrics;
};

enum family_type { COUNTER, GAUGE, HISTOGRAM };

/*
 * A family's header. @name has no _total: OpenMetrics puts the suffix on a counter's
 * samples only, the text format on the header too. OpenMetrics requires a UNIT
 * line where the name ends in a unit.
 */
static void family(const struct exposition *e, const char *name, enum family_type type,
		   const char *unit, const char *help)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };
	const char *total = type == COUNTER && !e->openmetrics ? "_total" : "";

	fprintf(e->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, total, help, name, total,
		types[type]);
	if (unit && e->openmetrics)
		fprintf(e->out, "# UNIT %s %s\n", name, unit);
}

/* In integers, since a double would round. */
static void seconds(FILE *out, uint64_t ns)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64 "\n", (uint64_t)(ns / NS), (uint64_t)(ns % NS));
}

/* The number at @at in @of, which is @time in ns, or a count. */
static void amount(FILE *out, const void *of, size_t at, bool time)
{
	uint64_t n = *(const uint64_t *)((const char *)of + at);

	if (time)
		seconds(out, n);
	else
		fprintf(out, "%" PRIu64 "\n", n);
}

/* Longer than any symbol. */
#define LABEL_BYTES 1024

static void label_line(FILE *out, char *line)
{
	sanitize(line, strlen(line) + 1, line);
	for (; *line; line++) {
		if (*line == '"' || *line == '\\')
			fputc('\\', out);
		fputc(*line, out);
	}
}

/* A label's value, escaped. Prometheus refuses a whole scrape for a byte that is not UTF-8. */
static void label(FILE *out, const char *value)
{
	char text[LABEL_BYTES], *line = text, *newline;

	sanitize_utf8(text, sizeof(text), value);
	while ((newline = strchr(line, '\n'))) {
		*newline = '\0';
		label_line(out, line);
		fputs("\\n", out);
		line = newline + 1;
	}
	label_line(out, line);
}

/* @label: a name and its value in quotes. */
static void hist(FILE *out, const char *name, const char *label, const struct metrics_hist *h)
{
	uint64_t counts[METRICS_BUCKETS];

	metrics_hist__cumulate(h, counts);
	for (size_t i = 0; i < METRICS_BUCKETS; i++)
		fprintf(out, "%s_bucket{%s,le=\"%.10g\"} %" PRIu64 "\n", name, label,
			metrics_hist__bound(i) / 1e9, counts[i]);
	fprintf(out, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name, label, h->count);
	fprintf(out, "%s_sum{%s} ", name, label);
	seconds(out, h->sum);
	fprintf(out, "%s_count{%s} %" PRIu64 "\n", name, label, h->count);
}

/* A histogram for each group; @at: its offset in struct metrics_group. */
static void hists_by_group(const struct exposition *e, const char *name, size_t at,
			   const char *help)
{
	char value[METRICS_LABEL], text[METRICS_LABEL + 8];

	family(e, name, HISTOGRAM, "seconds", help);
	for (size_t i = 0; i < e->m->nr_groups; i++) {
		if (!e->m->groups[i].shown)
			continue;
		metrics__group_label(e->m, i, value);
		snprintf(text, sizeof(text), "%s=\"%s\"", e->m->plan.by_cpu ? "cpu" : "node",
			 value);
		hist(e->out, name, text, (const void *)((const char *)&e->m->groups[i] + at));
	}
}

static void hists(const struct exposition *e)
{
	hists_by_group(e, "ipitrace_delay_seconds", offsetof(struct metrics_group, delay),
		       "From the queue event to the function's entry, by the CPU that ran it.");
	hists_by_group(e, "ipitrace_handler_seconds", offsetof(struct metrics_group, handler),
		       "From the function's entry to its exit, by the CPU that ran it.");
	hists_by_group(
		e, "ipitrace_wait_seconds", offsetof(struct metrics_group, wait),
		"In a synchronous call, until the last of its targets was done, by the sender.");
}

/* The sums of the CPUs without series of their own: not isolated, isolated. */
static const char *const rest_labels[2] = { "other", "other_isolated" };

/* A counter for each CPU; @at: its offset in struct metrics_sums; @time: in ns. */
static void cpu_counters(const struct exposition *e, const char *name, size_t at, bool time,
			 const char *help)
{
	const struct metrics *m = e->m;

	family(e, name, COUNTER, time ? "seconds" : NULL, help);
	for (size_t i = 0; i < m->nr_cpus; i++) {
		if (!m->cpus[i].own)
			continue;
		fprintf(e->out, "%s_total{cpu=\"%zu\"} ", name, i);
		amount(e->out, &m->cpus[i].sums, at, time);
	}
	for (int i = 0; i < 2; i++) {
		if (!m->rest[i].shown)
			continue;
		fprintf(e->out, "%s_total{cpu=\"%s\"} ", name, rest_labels[i]);
		amount(e->out, &m->rest[i].sums, at, time);
	}
}

static void cpus(const struct exposition *e)
{
	const struct metrics *m = e->m;

	cpu_counters(e, "ipitrace_sent", offsetof(struct metrics_sums, sent), false,
		     "csds that this CPU queued to others.");
	cpu_counters(e, "ipitrace_received", offsetof(struct metrics_sums, received), false,
		     "csds queued to this CPU by others that have run.");
	cpu_counters(e, "ipitrace_cpu_delay_seconds", offsetof(struct metrics_sums, delay), true,
		     "From queue events to functions' entries, by the CPU that ran them.");
	cpu_counters(e, "ipitrace_cpu_handler_seconds", offsetof(struct metrics_sums, handler),
		     true,
		     "Time in functions that other CPUs sent: what they stole from this one.");
	cpu_counters(e, "ipitrace_cpu_wait_seconds", offsetof(struct metrics_sums, wait), true,
		     "Time in synchronous calls, as the sender.");
	family(e, "ipitrace_cpu_isolated", GAUGE, NULL,
	       "Whether the CPU is isolated or nohz_full, and so wants to be left alone.");
	for (size_t i = 0; i < m->nr_cpus; i++)
		if (m->cpus[i].own)
			fprintf(e->out, "ipitrace_cpu_isolated{cpu=\"%zu\"} %d\n", i,
				cpuset__has(&m->isolated, i));
	for (int i = 0; i < 2; i++)
		if (m->rest[i].shown)
			fprintf(e->out, "ipitrace_cpu_isolated{cpu=\"%s\"} %d\n", rest_labels[i],
				i);
	if (m->nr_online) {
		family(e, "ipitrace_cpus", GAUGE, NULL, "CPUs that are online.");
		fprintf(e->out, "ipitrace_cpus %zu\n", m->nr_online);
	}
}

static void fn_sample(const struct exposition *e, const char *name, const struct metrics_fn *fn)
{
	fprintf(e->out, "%s_total{func=\"", name);
	label(e->out, fn->func ? fn->func : "other");
	fputs("\",module=\"", e->out);
	label(e->out, fn->module ? fn->module : "");
	fputs("\"} ", e->out);
}

/* A counter for each function; @at: its offset in struct metrics_fn; @time: in ns. */
static void fn_counters(const struct exposition *e, const char *name, size_t at, bool time,
			const char *help)
{
	family(e, name, COUNTER, time ? "seconds" : NULL, help);
	/* After the last function: the sum of all others. */
	for (size_t i = 0; i <= e->m->nr_fns; i++) {
		const struct metrics_fn *fn = i < e->m->nr_fns ? &e->m->fns[i] : &e->m->other;

		fn_sample(e, name, fn);
		amount(e->out, fn, at, time);
	}
}

static void fns(const struct exposition *e)
{
	fn_counters(
		e, "ipitrace_calls", offsetof(struct metrics_fn, calls), false,
		"csds queued to other CPUs; func=\"other\": those without series of their own.");
	fn_counters(e, "ipitrace_local_calls", offsetof(struct metrics_fn, local), false,
		    "Functions run on the sender itself, without an IPI.");
	fn_counters(e, "ipitrace_function_handler_seconds", offsetof(struct metrics_fn, handler),
		    true, "Time in the function, on all CPUs: what it stole.");
	fn_counters(e, "ipitrace_function_wait_seconds", offsetof(struct metrics_fn, wait), true,
		    "Time that senders waited for the function, in synchronous calls.");
}

static void reason(const struct exposition *e, const char *name, uint64_t csds)
{
	fputs("ipitrace_reasons_total{reason=\"", e->out);
	label(e->out, name);
	fprintf(e->out, "\"} %" PRIu64 "\n", csds);
}

static void reasons(const struct exposition *e)
{
	family(e, "ipitrace_reasons", COUNTER, NULL,
	       "csds by why they were sent, estimated from sampled stacks; their sum is exact.");
	for (size_t i = 0; i < e->m->nr_reasons; i++)
		reason(e, e->m->reasons[i].name, e->m->reasons[i].csds);
	reason(e, "other", e->m->reasons_other);
	reason(e, "unknown", e->m->reasons_unknown);
}

static void stalls(const struct exposition *e)
{
	const struct metrics_stalls *s = &e->m->stalls;

	family(e, "ipitrace_stalls", COUNTER, NULL,
	       "What took ipitrace_stall_threshold_seconds or longer, once it was over.");
	fprintf(e->out, "ipitrace_stalls_total{phase=\"delivery\"} %" PRIu64 "\n", s->delivery);
	fprintf(e->out, "ipitrace_stalls_total{phase=\"handler\"} %" PRIu64 "\n", s->handler);
	fprintf(e->out, "ipitrace_stalls_total{phase=\"wait\"} %" PRIu64 "\n", s->wait);
	family(e, "ipitrace_stall_threshold_seconds", GAUGE, "seconds",
	       "--threshold, rounded up to where a slot of ipitrace's histograms begins.");
	fputs("ipitrace_stall_threshold_seconds ", e->out);
	seconds(e->out, metrics__threshold(e->m));
}

static void counter(const struct exposition *e, const char *name, uint64_t n, const char *help)
{
	family(e, name, COUNTER, NULL, help);
	fprintf(e->out, "%s_total %" PRIu64 "\n", name, n);
}

static void ledger(const struct exposition *e)
{
	const struct ledger *l = &e->m->ledger;

	counter(e, "ipitrace_queued", l->queued,
		"csds queued; = matched + in_flight + lost, exactly, in each scrape.");
	family(e, "ipitrace_matched", COUNTER, NULL, "csds known to have run.");
	fprintf(e->out, "ipitrace_matched_total{how=\"function\"} %" PRIu64 "\n", l->function);
	fprintf(e->out, "ipitrace_matched_total{how=\"ttwu\"} %" PRIu64 "\n", l->ttwu);
	fprintf(e->out, "ipitrace_matched_total{how=\"irq_work\"} %" PRIu64 "\n", l->irq_work);
	family(e, "ipitrace_in_flight", GAUGE, NULL, "csds queued and not yet run.");
	fprintf(e->out, "ipitrace_in_flight %" PRIu64 "\n", l->in_flight);
	family(e, "ipitrace_lost", COUNTER, NULL, "csds that could not be followed.");
	for (int i = 0; i < NR_LOST; i++)
		if (i != LOST_QUEUE_UNSEEN || !e->m->filtered)
			fprintf(e->out, "ipitrace_lost_total{reason=\"%s\"} %" PRIu64 "\n",
				lost_names[i], l->lost_by[i]);
	if (!e->m->filtered)
		counter(e, "ipitrace_sends_unseen", e->m->sends_unseen,
			"Interrupts sent that are counted under no kind.");
	if (!e->m->filtered)
		counter(e, "ipitrace_orphans", l->orphans, "csds that ran without a queue event.");
}

static void self(const struct exposition *e, const struct metrics_process *process)
{
	family(e, "ipitrace_build_info", GAUGE, NULL, "Always 1; the version is a label.");
	fprintf(e->out, "ipitrace_build_info{version=\"%s\"} 1\n", VERSION);
	counter(e, "ipitrace_windows", e->m->windows, "Windows collected so far.");
	/* Not process_*: node_exporter, which may serve this as a text file, exports its own. */
	if (process->cpu_seconds) {
		family(e, "ipitrace_process_cpu_seconds", COUNTER, "seconds",
		       "CPU time of ipitrace, BPF not included.");
		fprintf(e->out, "ipitrace_process_cpu_seconds_total %.6f\n", process->cpu_seconds);
	}
	if (process->resident_bytes) {
		family(e, "ipitrace_process_resident_memory_bytes", GAUGE, "bytes",
		       "Resident memory of ipitrace.");
		fprintf(e->out, "ipitrace_process_resident_memory_bytes %" PRIu64 "\n",
			process->resident_bytes);
	}
	if (process->start_time) {
		family(e, "ipitrace_process_start_time_seconds", GAUGE, "seconds",
		       "When collection began, since 1970.");
		fprintf(e->out, "ipitrace_process_start_time_seconds %.3f\n", process->start_time);
	}
}

void view__metrics(FILE *out, const struct metrics *m, const struct metrics_process *process,
		   bool openmetrics)
{
	const struct exposition e = { .out = out, .m = m, .openmetrics = openmetrics };

	self(&e, process);
	/* Before the first window nothing is measured: families are absent, not 0. */
	if (m->windows) {
		hists(&e);
		cpus(&e);
		fns(&e);
		reasons(&e);
		stalls(&e);
		if (m->kinds_known) {
			family(&e, "ipitrace_ipis", COUNTER, NULL, "Interrupts sent.");
			for (int i = 0; i < NR_KINDS; i++)
				fprintf(out, "ipitrace_ipis_total{kind=\"%s\"} %" PRIu64 "\n",
					kind_names[i], m->kinds[i]);
		}
		ledger(&e);
	}
	if (openmetrics)
		fputs("# EOF\n", out);
}
