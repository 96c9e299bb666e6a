// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "base/clock.h"
#include "cli/diag.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "command/trace_run.h"
#include "host/symbols.h"
#include "model/symbol.h"
#include "view/json/trace.h"
#include "view/naming.h"
#include "view/trace_names.h"

int trace_run__check(const struct options *opts)
{
	if (!opts->func || !(opts->record_kinds & ~(1U << KIND_CALL_FUNCTION)))
		return EXIT_DONE;
	return fail(EXIT_USAGE,
		    "--func %s: an interrupt names no function: --kind call_function alone",
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
	if (run->symbols && !symbols__load(run->symbols))
		config->single_func = symbols__address(run->symbols, "generic_exec_single");
	run->totals.csds_wanted = config->record_kinds >> KIND_CALL_FUNCTION & 1;
}

static void name(void *ctx, struct symbol *symbol, bool func)
{
	struct trace_run *run = ctx;

	if (run->symbols)
		symbols__find(run->symbols, symbol, func, mono_ns());
}

static void stack(void *ctx, int32_t id, struct stack_sample *sample)
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
	struct naming naming = { run, name, opts->stacks ? stack : NULL };

	run->collector = collector;
	records__open(&run->records, collector__maps(collector));
	run->records.min_delay = opts->min_delay;
	run->records.min_handler = opts->min_handler;
	run->records.min_wait = opts->min_wait;
	run->view.names = trace_names__open(&naming);
	run->view.began = mono_ns();
	run->view.sees_interrupts = collector__sees_interrupts(collector);
	return run->view.names ? 0 : -ENOMEM;
}

/* Print the records that are due. Returns 0 or the negative errno of the lines. */
static int show(struct trace_run *run)
{
	const struct record *r;

	while (!run->lines.err && (r = records__next(&run->records))) {
		run->totals.records++;
		run->totals.csds += r->kind == KIND_CALL_FUNCTION;
		run->print(&run->view, r, &run->lines);
	}
	return lines__flush(&run->lines);
}

static int records_failed(int err)
{
	return fail(EXIT_FAILED, "records: %s", strerror(-err));
}

int trace_run__sweep(struct trace_run *run)
{
	int err = run->totals.csds_wanted ? collector__sweep(run->collector) : 0;

	return err ? records_failed(err) : EXIT_DONE;
}

int trace_run__gather(struct trace_run *run, int *lines_err)
{
	int err = records__gather(&run->records, mono_ns());

	if (err)
		return records_failed(err);
	*lines_err = show(run);
	return EXIT_DONE;
}

int trace_run__poll(struct trace_run *run, int *lines_err)
{
	int status = trace_run__sweep(run);

	return status == EXIT_DONE ? trace_run__gather(run, lines_err) : status;
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

int trace_run__end(struct trace_run *run, int *lines_err)
{
	int err = records__finish(&run->records);

	if (err)
		return records_failed(err);
	*lines_err = show(run);
	run->totals.dropped = trace_run__dropped(run);
	run->totals.brief = records__brief(&run->records);
	run->totals.late = run->records.late;
	run->totals.ended = mono_ns();
	return EXIT_DONE;
}

int trace_run__end_line(struct trace_run *run)
{
	char *json = json__trace_end(&run->totals);
	char *to;

	if (!json)
		return -ENOMEM;
	to = lines__begin(&run->lines, strlen(json) + 1);
	lines__end(&run->lines, stpcpy(stpcpy(to, json), "\n"));
	free(json);
	return lines__flush(&run->lines);
}

void trace_run__close(struct trace_run *run)
{
	records__close(&run->records);
	trace_names__close(run->view.names);
	symbols__close(run->symbols);
}
