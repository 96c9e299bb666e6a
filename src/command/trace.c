// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"

int trace_run__check(const struct options *opts)
{
	if (!opts->func || !(opts->record_kinds & ~(1U << KIND_CALL_FUNCTION)))
		return EXIT_DONE;
	return fail(EXIT_USAGE,
		    "--func %s: an interrupt names no function; use only --kind call_function",
		    opts->func);
}

void trace_run__configure(struct trace_run *run, const struct options *opts,
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
}

int trace_run__open(struct trace_run *run, const struct options *opts, struct collector *collector)
{
	struct naming naming = { run, name_symbol, opts->stacks ? read_stack : NULL };

	run->collector = collector;
	records__open(&run->records, &collector->maps);
	run->records.min_delay = opts->min_delay;
	run->records.min_handler = opts->min_handler;
	run->records.min_wait = opts->min_wait;
	run->view.names = trace_names__open(&naming);
	run->view.began = mono_ns();
	run->view.sees_interrupts = collector->sees_interrupts;
	return run->view.names ? 0 : -ENOMEM;
}

/* Print the records that are due. Returns 0 or the negative errno of the lines. */
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

int trace_run__sweep(struct trace_run *run)
{
	return run->totals.csds_wanted ? part_status("records", collector__sweep(run->collector)) :
					 EXIT_DONE;
}

int trace_run__gather(struct trace_run *run)
{
	int status = part_status("records", records__gather(&run->records, mono_ns()));

	return status == EXIT_DONE ? print_records(run) : status;
}

int trace_run__poll(struct trace_run *run)
{
	int status = trace_run__sweep(run);

	return status == EXIT_DONE ? trace_run__gather(run) : status;
}

uint64_t trace_run__dropped(const struct trace_run *run)
{
	uint64_t dropped = 0;

	for (int kind = 0; kind < NR_KINDS; kind++)
		dropped += records__dropped(&run->records, kind);
	return dropped;
}

void trace_run__window(struct trace_run *run, const struct snapshot *snap)
{
	run->totals.queued += snap->ledger.queued;
	run->totals.in_flight = snap->ledger.in_flight;
	run->totals.filtered = snap->how.filtered;
	for (int i = 0; i < NR_LOST; i++)
		run->totals.lost_by[i] += snap->ledger.lost_by[i];
}

int trace_run__end(struct trace_run *run)
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

void trace_run__close(struct trace_run *run)
{
	records__close(&run->records);
	trace_names__close(run->view.names);
	symbols__close(run->symbols);
}

/* --keys: the lines of records on their way to stdout. */
struct key_lines {
	const struct key_list *keys;
	struct lines out;
	uint64_t lines;
};

/* Write the keys of a record's line that --keys names. A capture_line_fn. */
static int keys_put(void *ctx, const struct capture_line *line)
{
	struct key_lines *k = ctx;
	char *to = lines__begin(&k->out, json_keys__room(k->keys, line->len) + 1);

	if (line->type == LINE_IPI)
		to = json_keys__write(to, k->keys, line->text, line->len);
	else
		to = mempcpy(to, line->text, line->len);
	if (!to)
		return -EBADMSG;
	*to++ = '\n';
	lines__end(&k->out, to);
	return k->out.err;
}

/* Takes the lines of struct trace_run. */
static int key_lines_put(void *ctx, const char *text, size_t len)
{
	struct key_lines *k = ctx;
	int err = lines__each(text, len, &k->lines, keys_put, k);

	return err ? err : lines__flush(&k->out);
}

#define NS 1000000000LL

static void configure_trace(void *ctx, const struct options *opts, struct collect_config *config)
{
	trace_run__configure(ctx, opts, config);
}

static int trace_open(void *ctx, const struct options *opts, struct collector *collector)
{
	struct trace_run *run = ctx;
	struct host host;
	int64_t began; /* CLOCK_REALTIME */
	int err = trace_run__open(run, opts, collector);

	if (err)
		return err;
	if (!opts->json)
		run->view.columns = redraw__size().columns;
	if (opts->json || opts->quiet)
		return EXIT_DONE;
	machine__read(&host);
	began = (int64_t)run->view.began + wall_clock__realtime();
	view__trace_head(&run->view, &host, &(struct timespec){ began / NS, began % NS },
			 &run->lines);
	return output_status(lines__flush(&run->lines));
}

static int tick_trace(void *ctx, bool *over)
{
	(void)over;
	return trace_run__poll(ctx);
}

static int add_window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct trace_run *run = ctx;

	(void)opts;
	trace_run__window(run, snap);
	return run->lines.err;
}

static int trace_finish(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	struct trace_run *run = ctx;
	int err = trace_run__end(run);

	(void)cut;
	if (!err && opts->json)
		err = trace_run__end_line(run);
	/* -q hides the summary, but never a loss. */
	if (!err && (!opts->quiet || trace_totals__lost(&run->totals)))
		view__trace_end(stderr, &run->totals);
	return err ? err : output_status(0);
}

int command_trace(const struct options *opts)
{
	static const struct session_ops ops = {
		.configure = configure_trace,
		.open = trace_open,
		.tick_ns = TRACE_POLL_NS,
		.tick = tick_trace,
		.window = add_window,
		.nameless = true,
		.end = trace_finish,
	};
	int status = trace_run__check(opts);
	struct key_lines *keys;
	struct trace_run *run;

	if (status != EXIT_DONE)
		return status;
	if (opts->keys.nr && !opts->json)
		return fail(EXIT_USAGE, "trace --keys: needs --json (see ipitrace trace --help)");
	run = calloc(1, sizeof(*run));
	keys = opts->keys.nr ? calloc(1, sizeof(*keys)) : NULL;
	if (!run || (opts->keys.nr && !keys)) {
		free(run);
		free(keys);
		return part_status("start", -ENOMEM);
	}
	if (keys) {
		keys->keys = &opts->keys;
		keys->out.fd = STDOUT_FILENO;
		run->lines.write = key_lines_put;
		run->lines.ctx = keys;
	}
	run->print = opts->json ? json__trace : view__trace;
	run->lines.fd = STDOUT_FILENO;
	status = session__run(opts, &ops, run);
	trace_run__close(run);
	free(run->lines.ctx);
	free(run);
	return status;
}
