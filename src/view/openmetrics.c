// SPDX-License-Identifier: GPL-2.0
#include "view/view.h"

/* The figures to write, and the writer, for the functions that write samples. */
struct exposition {
	struct metrics_writer *writer;
	const struct metrics *m;
	const struct metrics_process *process;
	const struct row *row; /* the row whose samples are written */
};

/* A family, and the function that writes its samples. */
struct row {
	struct metrics_family family;
	void (*samples)(const struct exposition *e);
	size_t offset; /* of the number or histogram, in the struct from which the samples come */
	unsigned int needs; /* bits, RUNS to SENDS */
};

/* The figures that a row needs. If they are unknown, the family is left out: 0 would be wrong. */
enum {
	RUNS = 1 << 0, /* csds are followed to where they run */
	CALLS = 1 << 1, /* only calls are followed: a kernel without csd tracepoints */
	IRQS = 1 << 2,
	RESCHEDULES = 1 << 3,
	ONLINE = 1 << 4,
	INTERRUPTIONS = 1 << 5,
	KINDS = 1 << 6,
	BEGIN_UNSEEN = 1 << 7,
	WAITS_UNSEEN = 1 << 8,
	UNFILTERED = 1 << 9,
	CPU_SECONDS = 1 << 10,
	RESIDENT = 1 << 11,
	STARTED = 1 << 12,
	STOLEN = 1 << 13, /* only for a guest whose host says how much time it takes */
	STORMS = 1 << 14,
	SENDS = 1 << 15,
	TEXTFILE = 1 << 16,
};

/* Returns what is known, as bits. */
static unsigned int find_known(const struct exposition *e)
{
	const struct metrics *m = e->m;

	return (m->how.source == SOURCE_CSD ? RUNS : CALLS) | (m->known.irqs ? IRQS : 0) |
	       (m->reschedules_known ? RESCHEDULES : 0) | (m->nr_online ? ONLINE : 0) |
	       (m->interruptions_known ? INTERRUPTIONS : 0) | (m->known.kinds ? KINDS : 0) |
	       (m->known.begin_unseen ? BEGIN_UNSEEN : 0) |
	       (m->known.waits_unseen ? WAITS_UNSEEN : 0) | (m->how.filtered ? 0 : UNFILTERED) |
	       (m->storms_known ? STORMS : 0) | (m->known.sends ? SENDS : 0) |
	       (m->stolen.known ? STOLEN : 0) | (e->process->cpu_seconds ? CPU_SECONDS : 0) |
	       (e->process->resident_bytes ? RESIDENT : 0) |
	       (e->process->start_time ? STARTED : 0) | (e->process->textfile ? TEXTFILE : 0);
}

static void write_sample(const struct exposition *e, struct metrics_value value)
{
	static const struct metrics_label none[] = { {} };

	e->writer->sample(e->writer, none, value);
}

/* Write a sample with the label @name. */
static void write_labelled(const struct exposition *e, const char *name, const char *label,
			   struct metrics_value value)
{
	const struct metrics_label labels[] = { { name, label }, {} };

	e->writer->sample(e->writer, labels, value);
}

/* Returns the row's number in @record: a time in ns, or a count. */
static struct metrics_value get_value(const struct exposition *e, const void *record)
{
	uint64_t n = *(const uint64_t *)((const char *)record + e->row->offset);

	return e->row->family.unit ? VALUE_NS(n) : VALUE_COUNT(n);
}

/* Write a number of struct metrics. */
static void write_number(const struct exposition *e)
{
	write_sample(e, get_value(e, e->m));
}

/* Write a histogram for each group. */
static void write_groups(const struct exposition *e)
{
	const struct metrics *m = e->m;
	char value[METRICS_LABEL];
	const struct metrics_label labels[] = { { m->plan.by_cpu ? "cpu" : "node", value }, {} };

	for (size_t i = 0; i < m->nr_groups; i++) {
		if (!m->groups[i].shown)
			continue;
		metrics__group_label(m, i, value);
		e->writer->hist(e->writer, labels,
				(const void *)((const char *)&m->groups[i] + e->row->offset));
	}
}

static void write_source(const struct exposition *e)
{
	write_labelled(e, "figures", e->m->how.source == SOURCE_CSD ? "csds" : "calls",
		       VALUE_COUNT(1));
}

/* The labels of the sums of CPUs that have no own series: not isolated, isolated. */
static const char *const rest_labels[2] = { "other", "other_isolated" };

/* Write a sample of the CPU @cpu. */
static void write_cpu_sample(const struct exposition *e, size_t cpu, struct metrics_value value)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", cpu);
	write_labelled(e, "cpu", text, value);
}

/* Write a number of struct metrics_sums for each CPU. */
static void write_cpus(const struct exposition *e)
{
	const struct metrics *m = e->m;

	for (size_t i = 0; i < m->nr_cpus; i++)
		if (m->cpus[i].own)
			write_cpu_sample(e, i, get_value(e, &m->cpus[i].sums));
	for (int i = 0; i < 2; i++)
		if (m->rest[i].shown)
			write_labelled(e, "cpu", rest_labels[i], get_value(e, &m->rest[i].sums));
}

static void write_isolated(const struct exposition *e)
{
	const struct metrics *m = e->m;

	for (size_t i = 0; i < m->nr_cpus; i++)
		if (m->cpus[i].own)
			write_cpu_sample(e, i, VALUE_COUNT(cpuset__has(&m->isolated, i)));
	for (int i = 0; i < 2; i++)
		if (m->rest[i].shown)
			write_labelled(e, "cpu", rest_labels[i], VALUE_COUNT(i));
}

/* Write a number of struct metrics_fn for each function. */
static void write_functions(const struct exposition *e)
{
	/* After the last function: the sum of all others. */
	for (size_t i = 0; i <= e->m->nr_fns; i++) {
		const struct metrics_fn *fn = i < e->m->nr_fns ? &e->m->fns[i] : &e->m->other;
		const struct metrics_label labels[] = {
			{ "func", fn->func ? fn->func : "other" },
			{ "module", fn->module ? fn->module : "" },
			{},
		};

		e->writer->sample(e->writer, labels, get_value(e, fn));
	}
}

static void write_interruption(const struct exposition *e, const char *cpu, const char *cause,
			       uint64_t count)
{
	const struct metrics_label labels[] = { { "cpu", cpu }, { "cause", cause }, {} };

	e->writer->sample(e->writer, labels, VALUE_COUNT(count));
}

static void write_interruptions(const struct exposition *e)
{
	const struct metrics *m = e->m;
	char cpu[24];

	for (size_t i = 0; i < m->nr_interruptions; i++) {
		snprintf(cpu, sizeof(cpu), "%u", m->interruptions[i].cpu);
		write_interruption(e, cpu, m->interruptions[i].cause, m->interruptions[i].count);
	}
	write_interruption(e, rest_labels[1], "other", m->interruptions_other);
	write_interruption(e, rest_labels[1], "lost", m->interruptions_lost);
}

static void write_reasons(const struct exposition *e)
{
	const struct metrics *m = e->m;

	for (size_t i = 0; i < m->nr_reasons; i++)
		write_labelled(e, "reason", m->reasons[i].name, VALUE_COUNT(m->reasons[i].csds));
	write_labelled(e, "reason", "other", VALUE_COUNT(m->reasons_other));
	write_labelled(e, "reason", "unknown", VALUE_COUNT(m->reasons_unknown));
}

static void write_send(const struct exposition *e, enum ipi_kind kind, const char *callback,
		       const char *cause, uint64_t count)
{
	const struct metrics_label labels[] = {
		{ "kind", kind_names[kind] }, { "callback", callback }, { "cause", cause }, {}
	};

	e->writer->sample(e->writer, labels, VALUE_COUNT(count));
}

static void write_sends(const struct exposition *e)
{
	const struct metrics *m = e->m;

	for (size_t i = 0; i < m->nr_sends; i++)
		write_send(e, m->sends[i].kind, m->sends[i].callback, m->sends[i].cause,
			   m->sends[i].count);
	for (int kind = KIND_CALL_FUNCTION + 1; kind < NR_KINDS; kind++)
		write_send(e, kind, "other", "other", m->sends_other[kind]);
}

/* Write a number of struct metrics_storm for each name. */
static void write_storms(const struct exposition *e)
{
	const struct metrics *m = e->m;

	for (size_t i = 0; i < m->nr_storms; i++)
		write_labelled(e, "name", m->storms[i].name, get_value(e, &m->storms[i]));
	write_labelled(e, "name", "other", get_value(e, &m->storms_other));
}

static void write_stalls(const struct exposition *e)
{
	const struct metrics_stalls *s = &e->m->stalls;

	if (e->m->how.source == SOURCE_CSD) {
		write_labelled(e, "phase", "delivery", VALUE_COUNT(s->delivery));
		write_labelled(e, "phase", "handler", VALUE_COUNT(s->handler));
	}
	write_labelled(e, "phase", "wait", VALUE_COUNT(s->wait));
}

static void write_stolen(const struct exposition *e)
{
	write_labelled(e, "phase", "delivery", VALUE_NS(e->m->stolen.delay));
	write_labelled(e, "phase", "handler", VALUE_NS(e->m->stolen.handler));
}

static void write_threshold(const struct exposition *e)
{
	write_sample(e, VALUE_NS(metrics__threshold(e->m)));
}

static void write_interrupts(const struct exposition *e)
{
	for (int i = 0; i < NR_KINDS; i++)
		write_labelled(e, "kind", kind_names[i], get_value(e, &e->m->irqs[i]));
}

static void write_kinds(const struct exposition *e)
{
	for (int i = 0; i < NR_KINDS; i++)
		write_labelled(e, "kind", kind_names[i], VALUE_COUNT(e->m->kinds[i]));
}

static void write_matched(const struct exposition *e)
{
	const struct ledger *l = &e->m->ledger;

	write_labelled(e, "how", "function", VALUE_COUNT(l->function));
	write_labelled(e, "how", "ttwu", VALUE_COUNT(l->ttwu));
	write_labelled(e, "how", "irq_work", VALUE_COUNT(l->irq_work));
}

static void write_lost(const struct exposition *e)
{
	for (int i = 0; i < NR_LOST; i++)
		if (i != LOST_QUEUE_UNSEEN || !e->m->how.filtered)
			write_labelled(e, "reason", lost_names[i],
				       VALUE_COUNT(e->m->ledger.lost_by[i]));
}

static void write_lost_calls(const struct exposition *e)
{
	for (int i = 0; i < NR_HOOK_LOST; i++)
		if (i != HOOK_ENTRY_UNSEEN || e->m->known.entry_unseen)
			write_labelled(e, "reason", hook_lost_names[i],
				       VALUE_COUNT(e->m->call_ledger.lost_by[i]));
}

static void write_version(const struct exposition *e)
{
	write_labelled(e, "version", VERSION, VALUE_COUNT(1));
}

static void write_cpu_seconds(const struct exposition *e)
{
	write_sample(e, VALUE_REAL(e->process->cpu_seconds, 6));
}

static void write_textfile_failures(const struct exposition *e)
{
	write_sample(e, VALUE_COUNT(e->process->textfile_failures));
}

static void write_resident(const struct exposition *e)
{
	write_sample(e, VALUE_COUNT(e->process->resident_bytes));
}

static void write_started(const struct exposition *e)
{
	write_sample(e, VALUE_REAL(e->process->start_time, 3));
}

#define FAMILY(name, type, unit, samples, at, needs, help)                           \
	{                                                                            \
		{ "ipitrace_" name, METRICS_##type, unit, help }, samples, at, needs \
	}
#define COUNT(name, ...) FAMILY(name, COUNTER, NULL, __VA_ARGS__)
#define TIME(name, ...)	 FAMILY(name, COUNTER, "seconds", __VA_ARGS__)
#define AT(type, member) offsetof(struct type, member)

/*
 * The names do not begin with process_: node_exporter, which may serve this text as a file, has
 * metrics of that name.
 */
static const struct row process_rows[] = {
	FAMILY("build_info", GAUGE, NULL, write_version, 0, 0, "Always 1; the version is a label."),
	COUNT("windows", write_number, AT(metrics, windows), 0, "Windows collected so far."),
	TIME("process_cpu_seconds", write_cpu_seconds, 0, CPU_SECONDS,
	     "CPU time of ipitrace, BPF not included."),
	COUNT("textfile_failures", write_textfile_failures, 0, TEXTFILE,
	      "Texts of --textfile that could not be written: the file kept the older text."),
	FAMILY("process_resident_memory_bytes", GAUGE, "bytes", write_resident, 0, RESIDENT,
	       "Resident memory of ipitrace."),
	FAMILY("process_start_time_seconds", GAUGE, "seconds", write_started, 0, STARTED,
	       "When collection began, since 1970."),
};

static const struct row measured_rows[] = {
	FAMILY("source_info", GAUGE, NULL, write_source, 0, 0,
	       "Always 1; figures=\"calls\": a kernel without csd tracepoints, whose delays and "
	       "functions' runs are not known and have no series."),
	FAMILY("delay_seconds", HISTOGRAM, "seconds", write_groups, AT(metrics_group, delay), RUNS,
	       "Time from a csd's queueing to the function's entry, by the CPU that ran the "
	       "function."),
	FAMILY("handler_seconds", HISTOGRAM, "seconds", write_groups, AT(metrics_group, handler),
	       RUNS,
	       "Time from the function's entry to its exit, by the CPU that ran the function."),
	FAMILY("wait_seconds", HISTOGRAM, "seconds", write_groups, AT(metrics_group, wait), RUNS,
	       "Time for which senders waited in synchronous calls, until the last target was "
	       "done, by the sender's CPU."),
	FAMILY("wait_seconds", HISTOGRAM, "seconds", write_groups, AT(metrics_group, wait), CALLS,
	       "Time for which senders waited in synchronous calls, until the call returned, by "
	       "the sender's CPU."),
	COUNT("sent", write_cpus, AT(metrics_sums, sent), 0,
	      "csds that this CPU queued to others."),
	COUNT("reschedules", write_cpus, AT(metrics_sums, reschedules), RESCHEDULES,
	      "Reschedule interrupts that this CPU received; they carry no csd."),
	COUNT("received", write_cpus, AT(metrics_sums, received), RUNS,
	      "csds queued to this CPU by others that have run."),
	TIME("cpu_delay_seconds", write_cpus, AT(metrics_sums, delay), RUNS,
	     "Time from csds' queueing to the functions' entries, by the CPU that ran the "
	     "functions."),
	TIME("cpu_handler_seconds", write_cpus, AT(metrics_sums, handler), RUNS,
	     "Time in functions that other CPUs sent to this CPU."),
	TIME("stolen_seconds", write_stolen, 0, RUNS | STOLEN,
	     "Time in which the host ran something else while a csd was delivered or its function "
	     "ran, at most."),
	TIME("delay_stolen_seconds", write_number, AT(metrics, stolen.delay), RUNS | STOLEN,
	     "The old name of ipitrace_stolen_seconds with phase=\"delivery\"."),
	TIME("handler_stolen_seconds", write_number, AT(metrics, stolen.handler), RUNS | STOLEN,
	     "The old name of ipitrace_stolen_seconds with phase=\"handler\"."),
	COUNT("cpu_interrupts", write_cpus, AT(metrics_sums, interrupts), CALLS | IRQS,
	      "IPIs that this CPU received, of all kinds."),
	TIME("cpu_interrupt_seconds", write_cpus, AT(metrics_sums, interrupt_ns), CALLS | IRQS,
	     "Time that this CPU spent in these interrupts."),
	TIME("cpu_wait_seconds", write_cpus, AT(metrics_sums, wait), 0,
	     "Time in synchronous calls, as the sender."),
	FAMILY("cpu_isolated", GAUGE, NULL, write_isolated, 0, 0,
	       "1 if the CPU is isolated or nohz_full, otherwise 0."),
	FAMILY("cpus", GAUGE, NULL, write_number, AT(metrics, nr_online), ONLINE,
	       "CPUs that are online."),
	COUNT("calls", write_functions, AT(metrics_fn, calls), RUNS,
	      "csds queued to other CPUs; func=\"other\": those without series of their own."),
	COUNT("calls", write_functions, AT(metrics_fn, calls), CALLS,
	      "csds to other CPUs, an upper bound: the caller's condition may leave CPUs out."),
	COUNT("local_calls", write_functions, AT(metrics_fn, local), 0,
	      "Functions run on the sender itself, without an IPI."),
	TIME("function_handler_seconds", write_functions, AT(metrics_fn, handler), RUNS,
	     "Time in the function, on all CPUs."),
	TIME("function_wait_seconds", write_functions, AT(metrics_fn, wait), 0,
	     "Time that senders waited for the function, in synchronous calls."),
	COUNT("reasons", write_reasons, 0, 0,
	      "csds by why they were sent, estimated from sampled stacks; their sum is exact."),
	COUNT("sends", write_sends, 0, SENDS,
	      "Reschedules and irq_works, which have no csd, by the irq_work's function and by "
	      "cause, estimated from sampled stacks; the sum of a kind is exact."),
	COUNT("isolated_interruptions", write_interruptions, 0, INTERRUPTIONS,
	      "Interruptions of isolated CPUs; cause=\"lost\": lost events, each of which may hide "
	      "an interruption."),
	FAMILY("storm", GAUGE, NULL, write_storms, AT(metrics_storm, lasts), STORMS,
	       "1 while a storm of that name lasts, as ipitrace storm finds and names them."),
	COUNT("storms", write_storms, AT(metrics_storm, begun), STORMS, "Storms that began."),
	COUNT("stalls", write_stalls, 0, 0,
	      "Deliveries, functions and waits that took ipitrace_stall_threshold_seconds or "
	      "longer, counted at their end; results of other stalls count, too."),
	FAMILY("stall_threshold_seconds", GAUGE, "seconds", write_threshold, 0, 0,
	       "--threshold, rounded up to where a slot of ipitrace's histograms begins."),
	COUNT("ipis", write_kinds, 0, KINDS, "Interrupts sent."),
	COUNT("interrupts", write_interrupts, AT(irq_sum, count), IRQS,
	      "IPIs received, on all CPUs."),
	TIME("interrupt_seconds", write_interrupts, AT(irq_sum, sum), IRQS,
	     "Time in these interrupts."),
	COUNT("queued", write_number, AT(metrics, ledger.queued), RUNS,
	      "csds queued; = matched + in_flight + lost, exactly, in each scrape."),
	COUNT("matched", write_matched, 0, RUNS, "csds known to have run."),
	FAMILY("in_flight", GAUGE, NULL, write_number, AT(metrics, ledger.in_flight), RUNS,
	       "csds queued and not yet run."),
	COUNT("lost", write_lost, 0, RUNS, "csds that could not be followed."),
	COUNT("begin_unseen", write_number, AT(metrics, begin_unseen), RUNS | BEGIN_UNSEEN,
	      "Calls whose wait is timed from their first csd, because their entry was not seen."),
	COUNT("waits_unseen", write_number, AT(metrics, waits_unseen), RUNS | WAITS_UNSEEN,
	      "Waits, or sleeps during waits, for whose records there was no room."),
	COUNT("sends_unseen", write_number, AT(metrics, sends_unseen), RUNS | UNFILTERED,
	      "Interrupts sent that are counted under no kind."),
	COUNT("orphans", write_number, AT(metrics, ledger.orphans), RUNS | UNFILTERED,
	      "csds that ran without a queue event."),
	COUNT("calls_begun", write_number, AT(metrics, call_ledger.begun), CALLS,
	      "Calls; = returned + under_way + lost, exactly, in each scrape."),
	COUNT("calls_returned", write_number, AT(metrics, call_ledger.returned), CALLS,
	      "Calls that returned."),
	COUNT("calls_refused", write_number, AT(metrics, call_ledger.refused), CALLS,
	      "Of those returned, calls that the kernel refused: nothing was sent."),
	FAMILY("calls_under_way", GAUGE, NULL, write_number, AT(metrics, call_ledger.under_way),
	       CALLS, "Calls begun and not returned."),
	COUNT("lost", write_lost_calls, 0, CALLS, "Calls that could not be followed."),
};

static void write_rows(struct exposition *e, const struct row *rows, size_t nr)
{
	unsigned int known = find_known(e);

	for (size_t i = 0; i < nr; i++) {
		if ((known & rows[i].needs) != rows[i].needs)
			continue;
		e->row = &rows[i];
		e->writer->family(e->writer, &e->row->family);
		e->row->samples(e);
	}
}

int view__metrics(FILE *out, const struct metrics *m, const struct metrics_process *process,
		  enum metrics_format format)
{
	struct metrics_text text;
	struct metrics_proto proto;
	struct exposition e = { .m = m, .process = process };

	if (format == METRICS_PROTOBUF) {
		metrics_proto__init(&proto, out);
		e.writer = &proto.writer;
	} else {
		metrics_text__init(&text, out, format == METRICS_OPENMETRICS);
		e.writer = &text.writer;
	}
	write_rows(&e, process_rows, sizeof(process_rows) / sizeof(*process_rows));
	/* Before the first window nothing is measured. */
	if (m->windows)
		write_rows(&e, measured_rows, sizeof(measured_rows) / sizeof(*measured_rows));
	return e.writer->end(e.writer);
}
