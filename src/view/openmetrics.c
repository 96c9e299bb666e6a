// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <stdio.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "model/call_ledger.h"
#include "model/ledger.h"
#include "model/metrics.h"
#include "model/metrics_hist.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "view/metrics_writer.h"
#include "view/openmetrics.h"

struct exposition {
	struct metrics_writer *writer;
	const struct metrics *m;
};

static void family(const struct exposition *e, const char *name, enum metrics_type type,
		   const char *unit, const char *help)
{
	const struct metrics_family f = { name, type, unit, help };

	e->writer->family(e->writer, &f);
}

static void sample(const struct exposition *e, struct metrics_value value)
{
	static const struct metrics_label none[] = { {} };

	e->writer->sample(e->writer, none, value);
}

/* A sample with the label @name. */
static void labelled(const struct exposition *e, const char *name, const char *label,
		     struct metrics_value value)
{
	const struct metrics_label labels[] = { { name, label }, {} };

	e->writer->sample(e->writer, labels, value);
}

/* The number at @at in @of, which is @time in ns, or a count. */
static struct metrics_value amount(const void *of, size_t at, bool time)
{
	uint64_t n = *(const uint64_t *)((const char *)of + at);

	return time ? VALUE_NS(n) : VALUE_COUNT(n);
}

/* A histogram for each group; @at: its offset in struct metrics_group. */
static void hists_by_group(const struct exposition *e, const char *name, size_t at,
			   const char *help)
{
	const struct metrics *m = e->m;
	char value[METRICS_LABEL];
	const struct metrics_label labels[] = { { m->plan.by_cpu ? "cpu" : "node", value }, {} };

	family(e, name, METRICS_HISTOGRAM, "seconds", help);
	for (size_t i = 0; i < m->nr_groups; i++) {
		if (!m->groups[i].shown)
			continue;
		metrics__group_label(m, i, value);
		e->writer->hist(e->writer, labels,
				(const void *)((const char *)&m->groups[i] + at));
	}
}

/* Whether csds are followed to where they run; else there are no metrics of that. */
static bool sees_runs(const struct exposition *e)
{
	return e->m->source == SOURCE_CSD;
}

static void source(const struct exposition *e)
{
	family(e, "ipitrace_source_info", METRICS_GAUGE, NULL,
	       "Always 1; figures=\"calls\": a kernel without csd tracepoints, whose delays and "
	       "functions' runs are not known and have no series.");
	labelled(e, "figures", sees_runs(e) ? "csds" : "calls", VALUE_COUNT(1));
}

static void hists(const struct exposition *e)
{
	if (sees_runs(e)) {
		hists_by_group(
			e, "ipitrace_delay_seconds", offsetof(struct metrics_group, delay),
			"From the queue event to the function's entry, by the CPU that ran it.");
		hists_by_group(e, "ipitrace_handler_seconds",
			       offsetof(struct metrics_group, handler),
			       "From the function's entry to its exit, by the CPU that ran it.");
	}
	hists_by_group(
		e, "ipitrace_wait_seconds", offsetof(struct metrics_group, wait),
		sees_runs(e) ?
			"In a synchronous call, until the last of its targets was done, by the sender." :
			"In a synchronous call, until it returned, by the sender.");
}

/* The sums of the CPUs without series of their own: not isolated, isolated. */
static const char *const rest_labels[2] = { "other", "other_isolated" };

/* A sample of the CPU @cpu. */
static void cpu_sample(const struct exposition *e, size_t cpu, struct metrics_value value)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", cpu);
	labelled(e, "cpu", text, value);
}

/* A counter for each CPU; @at: its offset in struct metrics_sums; @time: in ns. */
static void cpu_counters(const struct exposition *e, const char *name, size_t at, bool time,
			 const char *help)
{
	const struct metrics *m = e->m;

	family(e, name, METRICS_COUNTER, time ? "seconds" : NULL, help);
	for (size_t i = 0; i < m->nr_cpus; i++)
		if (m->cpus[i].own)
			cpu_sample(e, i, amount(&m->cpus[i].sums, at, time));
	for (int i = 0; i < 2; i++)
		if (m->rest[i].shown)
			labelled(e, "cpu", rest_labels[i], amount(&m->rest[i].sums, at, time));
}

/* By the CPU that ran them. */
static void cpu_runs(const struct exposition *e)
{
	cpu_counters(e, "ipitrace_received", offsetof(struct metrics_sums, received), false,
		     "csds queued to this CPU by others that have run.");
	cpu_counters(e, "ipitrace_cpu_delay_seconds", offsetof(struct metrics_sums, delay), true,
		     "From queue events to functions' entries, by the CPU that ran them.");
	cpu_counters(e, "ipitrace_cpu_handler_seconds", offsetof(struct metrics_sums, handler),
		     true,
		     "Time in functions that other CPUs sent: what they stole from this one.");
}

/* The interrupts themselves, where functions' runs are not seen. */
static void cpu_interrupts(const struct exposition *e)
{
	cpu_counters(e, "ipitrace_cpu_interrupts", offsetof(struct metrics_sums, interrupts), false,
		     "IPIs that this CPU received, of all kinds.");
	cpu_counters(e, "ipitrace_cpu_interrupt_seconds",
		     offsetof(struct metrics_sums, interrupt_ns), true,
		     "Time in these interrupts: what they stole from this CPU.");
}

static void cpus(const struct exposition *e)
{
	const struct metrics *m = e->m;

	cpu_counters(e, "ipitrace_sent", offsetof(struct metrics_sums, sent), false,
		     "csds that this CPU queued to others.");
	if (m->reschedules_known)
		cpu_counters(e, "ipitrace_reschedules", offsetof(struct metrics_sums, reschedules),
			     false,
			     "Reschedule interrupts that this CPU received; they carry no csd.");
	if (sees_runs(e))
		cpu_runs(e);
	else if (m->irqs_known)
		cpu_interrupts(e);
	cpu_counters(e, "ipitrace_cpu_wait_seconds", offsetof(struct metrics_sums, wait), true,
		     "Time in synchronous calls, as the sender.");
	family(e, "ipitrace_cpu_isolated", METRICS_GAUGE, NULL,
	       "Whether the CPU is isolated or nohz_full, and so wants to be left alone.");
	for (size_t i = 0; i < m->nr_cpus; i++)
		if (m->cpus[i].own)
			cpu_sample(e, i, VALUE_COUNT(cpuset__has(&m->isolated, i)));
	for (int i = 0; i < 2; i++)
		if (m->rest[i].shown)
			labelled(e, "cpu", rest_labels[i], VALUE_COUNT(i));
	if (m->nr_online) {
		family(e, "ipitrace_cpus", METRICS_GAUGE, NULL, "CPUs that are online.");
		sample(e, VALUE_COUNT(m->nr_online));
	}
}

/* A counter for each function; @at: its offset in struct metrics_fn; @time: in ns. */
static void fn_counters(const struct exposition *e, const char *name, size_t at, bool time,
			const char *help)
{
	family(e, name, METRICS_COUNTER, time ? "seconds" : NULL, help);
	/* After the last function: the sum of all others. */
	for (size_t i = 0; i <= e->m->nr_fns; i++) {
		const struct metrics_fn *fn = i < e->m->nr_fns ? &e->m->fns[i] : &e->m->other;
		const struct metrics_label labels[] = {
			{ "func", fn->func ? fn->func : "other" },
			{ "module", fn->module ? fn->module : "" },
			{},
		};

		e->writer->sample(e->writer, labels, amount(fn, at, time));
	}
}

static void fns(const struct exposition *e)
{
	fn_counters(
		e, "ipitrace_calls", offsetof(struct metrics_fn, calls), false,
		sees_runs(e) ?
			"csds queued to other CPUs; func=\"other\": those without series of their own." :
			"csds to other CPUs, at most: those that a condition passes over are not seen.");
	fn_counters(e, "ipitrace_local_calls", offsetof(struct metrics_fn, local), false,
		    "Functions run on the sender itself, without an IPI.");
	if (sees_runs(e))
		fn_counters(e, "ipitrace_function_handler_seconds",
			    offsetof(struct metrics_fn, handler), true,
			    "Time in the function, on all CPUs: what it stole.");
	fn_counters(e, "ipitrace_function_wait_seconds", offsetof(struct metrics_fn, wait), true,
		    "Time that senders waited for the function, in synchronous calls.");
}

static void interruption(const struct exposition *e, const char *cpu, const char *cause,
			 uint64_t count)
{
	const struct metrics_label labels[] = { { "cpu", cpu }, { "cause", cause }, {} };

	e->writer->sample(e->writer, labels, VALUE_COUNT(count));
}

static void interruptions(const struct exposition *e)
{
	const struct metrics *m = e->m;
	char cpu[24];

	if (!m->interruptions_known)
		return;
	family(e, "ipitrace_isolated_interruptions", METRICS_COUNTER, NULL,
	       "Interruptions of isolated CPUs; cause=\"lost\": events that may hide one each.");
	for (size_t i = 0; i < m->nr_interruptions; i++) {
		snprintf(cpu, sizeof(cpu), "%u", m->interruptions[i].cpu);
		interruption(e, cpu, m->interruptions[i].cause, m->interruptions[i].count);
	}
	interruption(e, rest_labels[1], "other", m->interruptions_other);
	interruption(e, rest_labels[1], "lost", m->interruptions_lost);
}

static void reasons(const struct exposition *e)
{
	const struct metrics *m = e->m;

	family(e, "ipitrace_reasons", METRICS_COUNTER, NULL,
	       "csds by why they were sent, estimated from sampled stacks; their sum is exact.");
	for (size_t i = 0; i < m->nr_reasons; i++)
		labelled(e, "reason", m->reasons[i].name, VALUE_COUNT(m->reasons[i].csds));
	labelled(e, "reason", "other", VALUE_COUNT(m->reasons_other));
	labelled(e, "reason", "unknown", VALUE_COUNT(m->reasons_unknown));
}

static void stalls(const struct exposition *e)
{
	const struct metrics_stalls *s = &e->m->stalls;

	family(e, "ipitrace_stalls", METRICS_COUNTER, NULL,
	       "What took ipitrace_stall_threshold_seconds or longer, folded or not, once it was over.");
	if (sees_runs(e)) {
		labelled(e, "phase", "delivery", VALUE_COUNT(s->delivery));
		labelled(e, "phase", "handler", VALUE_COUNT(s->handler));
	}
	labelled(e, "phase", "wait", VALUE_COUNT(s->wait));
	family(e, "ipitrace_stall_threshold_seconds", METRICS_GAUGE, "seconds",
	       "--threshold, rounded up to where a slot of ipitrace's histograms begins.");
	sample(e, VALUE_NS(metrics__threshold(e->m)));
}

/* Where functions' runs are not seen. */
static void interrupts(const struct exposition *e)
{
	const struct irq_sum *irqs = e->m->irqs;

	if (!e->m->irqs_known)
		return;
	family(e, "ipitrace_interrupts", METRICS_COUNTER, NULL, "IPIs received, on all CPUs.");
	for (int i = 0; i < NR_KINDS; i++)
		labelled(e, "kind", kind_names[i], VALUE_COUNT(irqs[i].count));
	family(e, "ipitrace_interrupt_seconds", METRICS_COUNTER, "seconds",
	       "Time in these interrupts.");
	for (int i = 0; i < NR_KINDS; i++)
		labelled(e, "kind", kind_names[i], VALUE_NS(irqs[i].sum));
}

static void kinds(const struct exposition *e)
{
	if (!e->m->kinds_known)
		return;
	family(e, "ipitrace_ipis", METRICS_COUNTER, NULL, "Interrupts sent.");
	for (int i = 0; i < NR_KINDS; i++)
		labelled(e, "kind", kind_names[i], VALUE_COUNT(e->m->kinds[i]));
}

static void counter(const struct exposition *e, const char *name, uint64_t n, const char *help)
{
	family(e, name, METRICS_COUNTER, NULL, help);
	sample(e, VALUE_COUNT(n));
}

static void ledger(const struct exposition *e)
{
	const struct ledger *l = &e->m->ledger;

	counter(e, "ipitrace_queued", l->queued,
		"csds queued; = matched + in_flight + lost, exactly, in each scrape.");
	family(e, "ipitrace_matched", METRICS_COUNTER, NULL, "csds known to have run.");
	labelled(e, "how", "function", VALUE_COUNT(l->function));
	labelled(e, "how", "ttwu", VALUE_COUNT(l->ttwu));
	labelled(e, "how", "irq_work", VALUE_COUNT(l->irq_work));
	family(e, "ipitrace_in_flight", METRICS_GAUGE, NULL, "csds queued and not yet run.");
	sample(e, VALUE_COUNT(l->in_flight));
	family(e, "ipitrace_lost", METRICS_COUNTER, NULL, "csds that could not be followed.");
	for (int i = 0; i < NR_LOST; i++)
		if (i != LOST_QUEUE_UNSEEN || !e->m->filtered)
			labelled(e, "reason", lost_names[i], VALUE_COUNT(l->lost_by[i]));
	if (e->m->begin_unseen_known)
		counter(e, "ipitrace_begin_unseen", e->m->begin_unseen,
			"Calls whose wait is timed from their first csd: their entry was not seen.");
	if (e->m->waits_unseen_known)
		counter(e, "ipitrace_waits_unseen", e->m->waits_unseen,
			"Waits, or times off the CPU in them, whose records found no room.");
	if (e->m->filtered)
		return;
	counter(e, "ipitrace_sends_unseen", e->m->sends_unseen,
		"Interrupts sent that are counted under no kind.");
	counter(e, "ipitrace_orphans", l->orphans, "csds that ran without a queue event.");
}

static void call_ledger(const struct exposition *e)
{
	const struct call_ledger *l = &e->m->call_ledger;

	counter(e, "ipitrace_calls_begun", l->begun,
		"Calls; = returned + under_way + lost, exactly, in each scrape.");
	counter(e, "ipitrace_calls_returned", l->returned, "Calls that returned.");
	counter(e, "ipitrace_calls_refused", l->refused,
		"Of those returned, calls that the kernel refused: nothing was sent.");
	family(e, "ipitrace_calls_under_way", METRICS_GAUGE, NULL, "Calls begun and not returned.");
	sample(e, VALUE_COUNT(l->under_way));
	family(e, "ipitrace_lost", METRICS_COUNTER, NULL, "Calls that could not be followed.");
	for (int i = 0; i < NR_HOOK_LOST; i++)
		if (i != HOOK_ENTRY_UNSEEN || e->m->entry_unseen_known)
			labelled(e, "reason", hook_lost_names[i], VALUE_COUNT(l->lost_by[i]));
}

static void self(const struct exposition *e, const struct metrics_process *process)
{
	family(e, "ipitrace_build_info", METRICS_GAUGE, NULL, "Always 1; the version is a label.");
	labelled(e, "version", VERSION, VALUE_COUNT(1));
	counter(e, "ipitrace_windows", e->m->windows, "Windows collected so far.");
	/* Not process_*: node_exporter, which may serve this as a text file, exports its own. */
	if (process->cpu_seconds) {
		family(e, "ipitrace_process_cpu_seconds", METRICS_COUNTER, "seconds",
		       "CPU time of ipitrace, BPF not included.");
		sample(e, VALUE_REAL(process->cpu_seconds, 6));
	}
	if (process->resident_bytes) {
		family(e, "ipitrace_process_resident_memory_bytes", METRICS_GAUGE, "bytes",
		       "Resident memory of ipitrace.");
		sample(e, VALUE_COUNT(process->resident_bytes));
	}
	if (process->start_time) {
		family(e, "ipitrace_process_start_time_seconds", METRICS_GAUGE, "seconds",
		       "When collection began, since 1970.");
		sample(e, VALUE_REAL(process->start_time, 3));
	}
}

int view__metrics(FILE *out, const struct metrics *m, const struct metrics_process *process,
		  enum metrics_format format)
{
	struct metrics_text text;
	struct metrics_proto proto;
	struct exposition e = { .m = m };

	if (format == METRICS_PROTOBUF) {
		metrics_proto__init(&proto, out);
		e.writer = &proto.writer;
	} else {
		metrics_text__init(&text, out, format == METRICS_OPENMETRICS);
		e.writer = &text.writer;
	}
	self(&e, process);
	/* Before the first window nothing is measured: families are absent, not 0. */
	if (m->windows) {
		source(&e);
		hists(&e);
		cpus(&e);
		fns(&e);
		reasons(&e);
		interruptions(&e);
		stalls(&e);
		kinds(&e);
		interrupts(&e);
		if (sees_runs(&e))
			ledger(&e);
		else
			call_ledger(&e);
	}
	return e.writer->end(e.writer);
}
