// SPDX-License-Identifier: GPL-2.0
#include "model/callers.h"
#include "run/parts.h"
#include "view/json/json.h"

/*
 * How often the buffers of records are read: often enough for a reader's eye. The buffers hold many
 * times what the highest rate puts there meanwhile.
 */
#define RECORDS_NS 50000000

/* With records, stalls are tended in one of this many ticks. */
#define STALL_TICKS (STEAL_PERIOD_NS / RECORDS_NS)

static void configure_records(struct trace_run *run, const struct options *opts,
			      struct collect_config *config)
{
	config->record_kinds = opts->record_kinds ? opts->record_kinds : 1U << KIND_CALL_FUNCTION;
	config->record_slots = opts->buffer;
	config->keep_stacks = opts->stacks;
	config->min_delay = opts->min_delay;
	config->min_handler = opts->min_handler;
	config->min_wait = opts->min_wait;
	if (symbols__open(&run->symbols, NULL, NULL))
		run->symbols = NULL;
	if (run->symbols && !symbols__load(run->symbols, NULL, NULL))
		config->single_func = symbols__address(run->symbols, "generic_exec_single");
	run->totals.csds_wanted = config->record_kinds >> KIND_CALL_FUNCTION & 1;
}

static void name_symbol(void *ctx, struct symbol *symbol, bool func)
{
	struct trace_run *run = ctx;

	if (run->symbols)
		symbols__find(run->symbols, symbol, func, mono_ns());
}

static void read_stack(void *ctx, int32_t id, struct stack_sample *sample)
{
	struct trace_run *run = ctx;
	uint64_t frames[STACK_DEPTH];

	sample->nr = collector__stack(run->collector, id, frames);
	for (uint32_t i = 0; i < sample->nr; i++)
		sample->stack[i] = (struct symbol){ .addr = frames[i] };
	if (run->symbols)
		symbols__frames(run->symbols, sample, mono_ns());
	/* The file takes long to read on a large machine, and few stacks need it. */
	if (callers__sent_in_own_softirq(sample) &&
	    softnet__may_have_handed(run->handed, softnet__handed(NULL)))
		callers__doubt_backlog(sample);
}

static int open_records(struct trace_run *run, const struct options *opts,
			struct collector *collector)
{
	struct naming naming = { run, name_symbol, opts->stacks ? read_stack : NULL };

	run->collector = collector;
	run->handed = softnet__handed(NULL);
	records__open(&run->records, &collector->maps);
	run->records.min_delay = opts->min_delay;
	run->records.min_handler = opts->min_handler;
	run->records.min_wait = opts->min_wait;
	run->view.names = trace_names__open(&naming);
	run->view.began = mono_ns();
	run->view.sees_interrupts = collector->sees_interrupts;
	return run->view.names ? 0 : -ENOMEM;
}

/* Print the records that are due. Returns 0 or what the lines' write function returned. */
static int print_records(struct trace_run *run)
{
	const struct record *r;

	while (!run->lines.err && (r = records__next(&run->records))) {
		run->totals.records++;
		run->totals.csds += r->kind == KIND_CALL_FUNCTION;
		run->print(&run->view, r, &run->lines);
	}
	return lines__flush(&run->lines);
}

int trace_run__gather(struct trace_run *run)
{
	int status = part_status("records", records__gather(&run->records, mono_ns()));

	return status == EXIT_DONE ? print_records(run) : status;
}

uint64_t trace_run__dropped(const struct trace_run *run)
{
	uint64_t dropped = 0;

	for (int kind = 0; kind < NR_KINDS; kind++)
		dropped += records__dropped(&run->records, kind);
	return dropped;
}

/* Print the records that are left after collection, and complete the totals. */
static int end_records(struct trace_run *run)
{
	int status = part_status("records", records__finish(&run->records));

	if (status != EXIT_DONE)
		return status;
	status = print_records(run);
	run->totals.dropped = trace_run__dropped(run);
	run->totals.brief = records__brief(&run->records);
	run->totals.late = run->records.late;
	run->totals.ended = mono_ns();
	return status;
}

int trace_run__end_line(struct trace_run *run)
{
	char *line = json__trace_end_line(&run->totals);

	if (!line)
		return -ENOMEM;
	lines__end(&run->lines, stpcpy(lines__begin(&run->lines, strlen(line)), line));
	free(line);
	return lines__flush(&run->lines);
}

void feeds__configure(struct feeds *feeds, const struct options *opts,
		      struct collect_config *config)
{
	config->keep_sums |= feeds->which & FEED_FIGURES;
	config->count_events = feeds->which & FEED_EVIDENCE;
	if (feeds->records)
		configure_records(feeds->records, opts, config);
	if (!(feeds->which & FEED_STALLS))
		return;
	feeds->stalls.threshold = options_limits__stall(opts);
	feeds->stalls.unwatched = feeds->unwatched;
	stall_run__configure(&feeds->stalls, config);
	config->watch_phases = feeds->reports.phases;
}

static int open_stalls(struct feeds *feeds, const struct options *opts, struct collector *collector)
{
	struct reporter_config config = feeds->reports;
	char why[160];
	int err;

	config.backtrace = opts->backtrace;
	if (opts->backtrace && stall_run__open_backtraces(&feeds->stalls, why, sizeof(why)))
		return fail(EXIT_CANNOT, "--backtrace: %s", why);
	if (feeds->ring_bytes && !config.write) {
		config.json = true;
		config.write = report_rings__put;
		config.ctx = &feeds->rings;
	}
	err = stall_run__open(&feeds->stalls, collector, &config);
	if (!err && feeds->ring_bytes)
		err = report_rings__open(&feeds->rings, feeds->ring_bytes);
	return err;
}

int feeds__put_lines(struct feeds *feeds, enum line_type type, const char *lines, size_t len)
{
	const struct sink *sink = &feeds->sink;

	return sink->put ? part_status("the page", sink->put(sink->ctx, type, lines, len)) : 0;
}

/* Pass a storm to the sink. A storm_report_fn. */
static int put_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
		     uint64_t time)
{
	struct feeds *feeds = ctx;
	char *line;
	int err;

	if (!feeds->sink.put)
		return 0;
	line = json__storm_line(storm, evidence, time);
	err = line ? feeds__put_lines(feeds, LINE_STORM, line, strlen(line)) : -ENOMEM;
	free(line);
	return err;
}

int feeds__open(struct feeds *feeds, const struct options *opts, struct collector *collector)
{
	const struct storm_limits limits = options_limits__storm(opts);
	int err = feeds->which & FEED_STALLS ? open_stalls(feeds, opts, collector) : 0;

	if (!err && feeds->which & FEED_STORMS)
		err = storm_run__open(&feeds->storms, &limits,
				      feeds->which & FEED_EVIDENCE ? "" : NULL,
				      feeds->storm ?: put_storm, feeds->storm ? feeds->ctx : feeds);
	if (!err && feeds->records)
		err = open_records(feeds->records, opts, collector);
	return err;
}

int feeds__begin(struct feeds *feeds)
{
	return feeds->which & FEED_STALLS ? stall_run__begin(&feeds->stalls) : 0;
}

uint64_t feeds__period(const struct feeds *feeds)
{
	return feeds->records ? RECORDS_NS : feeds->which & FEED_STALLS ? STEAL_PERIOD_NS : 0;
}

static int put_stalls(void *ctx, const char *lines, size_t len)
{
	return feeds__put_lines(ctx, LINE_STALL, lines, len);
}

/* Pass on the reports of stalls that have come. */
static int take_reports(struct feeds *feeds)
{
	return feeds->ring_bytes && !feeds->crew ?
		       report_rings__take(&feeds->rings, put_stalls, feeds) :
		       0;
}

int feeds__tick(struct feeds *feeds)
{
	struct trace_run *run = feeds->records;
	int err = 0;

	if (run && run->totals.csds_wanted)
		err = part_status("records", collector__sweep(run->collector));
	if (!err && run && !feeds->crew)
		err = trace_run__gather(run);
	if (err || !(feeds->which & FEED_STALLS) || (run && ++feeds->ticks % STALL_TICKS))
		return err;
	return stall_run__tend(&feeds->stalls) ?: take_reports(feeds);
}

void feeds__cut(struct feeds *feeds)
{
	if (feeds->which & FEED_EVIDENCE)
		storm_run__cut(&feeds->storms);
}

int feeds__window(struct feeds *feeds, const struct snapshot *snap)
{
	const struct sink *sink = &feeds->sink;
	int err;

	if (feeds->records)
		trace_totals__add(&feeds->records->totals, snap);
	if (!(feeds->which & FEED_STORMS))
		return 0;
	err = part_status("storms", storm_run__judge(&feeds->storms, snap));
	if (!err && sink->window)
		err = part_status("the page",
				  sink->window(sink->ctx, snap,
					       storm_detector__nearest(feeds->storms.detector)));
	return err ?: storm_run__report(&feeds->storms);
}

int feeds__end(struct feeds *feeds)
{
	int err = 0;

	if (feeds->which & FEED_STALLS)
		err = stall_run__end(&feeds->stalls, &feeds->sum) ?: take_reports(feeds);
	if (feeds->crew)
		return err;
	if (!err && feeds->which & FEED_STORMS)
		err = storm_run__end(&feeds->storms);
	if (!err && feeds->records)
		err = end_records(feeds->records);
	return err;
}

void feeds__close(struct feeds *feeds)
{
	struct trace_run *run = feeds->records;

	stall_run__close(&feeds->stalls);
	report_rings__close(&feeds->rings);
	storm_run__close(&feeds->storms);
	if (!run)
		return;
	records__close(&run->records);
	trace_names__close(run->view.names);
	symbols__close(run->symbols);
}
