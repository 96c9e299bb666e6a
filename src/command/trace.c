// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "base/clock.h"
#include "base/ticker.h"
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "collect/read_records.h"
#include "command/command.h"
#include "host/symbols.h"
#include "host/machine.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "model/symbol.h"
#include "model/totals.h"
#include "run/session.h"
#include "view/json/trace.h"
#include "view/lines.h"
#include "view/naming.h"
#include "view/text/trace.h"
#include "view/trace.h"
#include "view/trace_names.h"

/*
 * How often the buffers are read: often enough for the eye, while the buffers
 * hold many times what the highest rate puts there meanwhile.
 */
#define POLL_NS 50000000

struct trace {
	const struct options *opts;
	struct collector *collector;
	struct symbols *symbols; /* NULL: addresses stay addresses */
	struct records records;
	struct trace_view view;
	struct trace_totals end;
	struct lines lines;
	int timer_fd;
};

static void configure(void *ctx, const struct options *opts, struct collect_config *config)
{
	struct trace *t = ctx;

	config->record_kinds = opts->record_kinds ? opts->record_kinds : 1U << KIND_CALL_FUNCTION;
	config->record_slots = opts->buffer;
	config->keep_stacks = opts->stacks;
	config->min_delay = opts->min_delay;
	config->min_handler = opts->min_handler;
	if (symbols__open(&t->symbols, NULL, NULL))
		t->symbols = NULL;
	if (t->symbols && !symbols__load(t->symbols))
		config->single_func = symbols__address(t->symbols, "generic_exec_single");
	t->opts = opts;
	t->end.csds_wanted = config->record_kinds >> KIND_CALL_FUNCTION & 1;
}

static void name(void *ctx, struct symbol *symbol, bool func)
{
	struct trace *t = ctx;

	if (t->symbols)
		symbols__find(t->symbols, symbol, func, mono_ns());
}

static void stack(void *ctx, int32_t id, struct stack_sample *sample)
{
	struct trace *t = ctx;
	uint64_t frames[STACK_DEPTH];

	sample->nr = collector__stack(t->collector, id, frames);
	for (uint32_t i = 0; i < sample->nr; i++)
		sample->stack[i] = (struct symbol){ .addr = frames[i] };
}

static int trace_open(void *ctx, const struct options *opts, struct collector *collector)
{
	struct trace *t = ctx;
	struct naming naming = { t, name, opts->stacks ? stack : NULL };
	struct host host;

	t->collector = collector;
	records__open(&t->records, collector__maps(collector));
	t->view.names = trace_names__open(&naming);
	t->view.began = mono_ns();
	t->view.sees_interrupts = collector__sees_interrupts(collector);
	if (!t->view.names)
		return fail(EXIT_FAILED, "start: %s", strerror(ENOMEM));
	t->timer_fd = ticker__open(POLL_NS);
	if (t->timer_fd < 0)
		return fail(EXIT_FAILED, "start: %s", strerror(-t->timer_fd));
	if (opts->json || opts->quiet)
		return EXIT_DONE;
	machine__read(&host);
	view__trace_head(&host, time(NULL), &t->lines);
	return output_status(lines__flush(&t->lines));
}

static int trace_fd(void *ctx)
{
	return ((struct trace *)ctx)->timer_fd;
}

/* Print the records that are due. Returns 0 or the negative errno of stdout. */
static int show(struct trace *t)
{
	const struct record *r;

	while (!t->lines.err && (r = records__next(&t->records))) {
		t->end.records++;
		t->end.csds += r->kind == KIND_CALL_FUNCTION;
		if (t->opts->json)
			json__trace(&t->view, r, &t->lines);
		else
			view__trace(&t->view, r, &t->lines);
	}
	return lines__flush(&t->lines);
}

static int readable(void *ctx, bool *over)
{
	struct trace *t = ctx;
	int err = 0;

	if (!ticker__due(t->timer_fd))
		return EXIT_DONE;
	if (t->end.csds_wanted)
		err = collector__sweep(t->collector);
	if (!err)
		err = records__gather(&t->records, mono_ns());
	if (err)
		return fail(EXIT_FAILED, "records: %s", strerror(-err));
	err = show(t);
	/* The reader of stdout is gone. */
	*over = err == -EPIPE;
	return output_status(err);
}

static int window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct trace *t = ctx;

	(void)opts;
	t->end.queued += snap->ledger.queued;
	t->end.in_flight = snap->ledger.in_flight;
	t->end.filtered = snap->how.filtered;
	for (int i = 0; i < NR_LOST; i++)
		t->end.lost_by[i] += snap->ledger.lost_by[i];
	return output_status(t->lines.err);
}

static void end_line(struct trace *t)
{
	char *json = json__trace_end(&t->end);
	char *to;

	if (json) {
		to = lines__begin(&t->lines, strlen(json) + 1);
		lines__end(&t->lines, stpcpy(stpcpy(to, json), "\n"));
	}
	free(json);
}

static int trace_finish(void *ctx, const struct options *opts)
{
	struct trace *t = ctx;
	int err = records__finish(&t->records);

	if (err)
		return fail(EXIT_FAILED, "records: %s", strerror(-err));
	err = show(t);
	for (int kind = 0; kind < NR_KINDS; kind++)
		t->end.dropped += records__dropped(&t->records, kind);
	t->end.brief = records__brief(&t->records);
	t->end.late = t->records.late;
	if (!err && opts->json) {
		end_line(t);
		err = lines__flush(&t->lines);
	}
	/* -q hides the summary, but never a loss. */
	if (!err && (!opts->quiet || trace_totals__lost(&t->end)))
		view__trace_end(stderr, &t->end);
	return output_status(err);
}

int command_trace(const struct options *opts)
{
	static const struct session_ops ops = {
		.configure = configure,
		.open = trace_open,
		.fd = trace_fd,
		.readable = readable,
		.window = window,
		.nameless = true,
		.end = trace_finish,
	};
	struct trace *t;
	int status;

	if (opts->func && opts->record_kinds & ~(1U << KIND_CALL_FUNCTION))
		return fail(EXIT_USAGE,
			    "--func %s: an interrupt names no function: --kind "
			    "call_function alone",
			    opts->func);
	t = calloc(1, sizeof(*t));
	if (!t)
		return fail(EXIT_FAILED, "start: %s", strerror(ENOMEM));
	t->timer_fd = -1;
	t->lines.fd = STDOUT_FILENO;
	status = session__run(opts, &ops, t);
	records__close(&t->records);
	trace_names__close(t->view.names);
	symbols__close(t->symbols);
	if (t->timer_fd >= 0)
		close(t->timer_fd);
	free(t);
	return status;
}
