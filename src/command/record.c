// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "abi/limits.h"
#include "base/byte_ring.h"
#include "base/clock.h"
#include "base/ticker.h"
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "collect/config.h"
#include "command/command.h"
#include "command/limits.h"
#include "command/record_file.h"
#include "command/trace_run.h"
#include "host/steal_time.h"
#include "model/ledger.h"
#include "model/snapshot.h"
#include "model/totals.h"
#include "run/session.h"
#include "stall/stall_run.h"
#include "stall/watcher_threads.h"
#include "storm/storm_run.h"
#include "view/json/snapshot.h"
#include "view/json/stall.h"
#include "view/json/storm.h"
#include "view/json/trace.h"
#include "view/options.h"
#include "view/text/record.h"

/* Reports of one watcher on their way to the file; one takes 2 KB. */
#define REPORTS_BYTES (1 << 20)

/* stall_run__tend() wants to be called so much more rarely than trace_run__poll(). */
#define TEND_TICKS (STEAL_PERIOD_NS / TRACE_POLL_NS)

struct recording {
	const struct options *opts;
	struct record_file file;
	int timer_fd;
	uint64_t ticks;
	bool terminal; /* stderr is one: show the progress */
	uint64_t began;
	struct record_progress progress;
	struct stall_run stalls;
	struct storm_run storms;
	struct trace_run trace; /* with --trace */
	struct byte_ring reports[WATCHERS_MAX];
};

/* Whole lines into the file, and with -j to stdout. Returns an exit status. */
static int put(struct recording *r, const char *text, size_t len)
{
	if (r->opts->json)
		fwrite(text, 1, len, stdout);
	return record_file__put(&r->file, text, len);
}

/* A line as malloc() gave it. Returns an exit status. */
static int put_line(struct recording *r, char *line)
{
	int status = line ? put(r, line, strlen(line)) : output_status(-ENOMEM);

	free(line);
	return status;
}

/* The watchers' reports so far. Returns an exit status. */
static int take_reports(struct recording *r)
{
	static char text[REPORTS_BYTES];
	int status = EXIT_DONE;

	for (int i = 0; i < WATCHERS_MAX && status == EXIT_DONE; i++)
		status = put(r, text, byte_ring__take(&r->reports[i], text, sizeof(text)));
	return status;
}

/* By a watcher, while a CPU may be stuck: the main thread writes the report later. */
static int report_stall(void *ctx, unsigned int which, const char *report, size_t len)
{
	struct recording *r = ctx;

	/* A report without room is counted, and the stall's next one may find room. */
	byte_ring__put(&r->reports[which], report, len);
	return 0;
}

static int report_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
			uint64_t time)
{
	return put_line(ctx, json__storm_line(storm, evidence, time));
}

static int write_records(void *ctx, const char *text, size_t len)
{
	return put(ctx, text, len);
}

/* @err, as a part of the run returned it: an exit status of put(), or a negative errno. */
static int status_of(int err, const char *part)
{
	return err < 0 ? fail(EXIT_FAILED, "%s: %s", part, strerror(-err)) : err;
}

static void configure(void *ctx, const struct options *opts, struct collect_config *config)
{
	struct recording *r = ctx;

	config->keep_sums = true;
	if (opts->trace)
		trace_run__configure(&r->trace, opts, config);
	r->stalls.threshold = limits__stall(opts);
	stall_run__configure(&r->stalls, config);
}

static int open_all(void *ctx, const struct options *opts, struct collector *collector)
{
	struct recording *r = ctx;
	const struct reporter_config how = {
		.backtrace = opts->backtrace,
		.json = true,
		.write = report_stall,
		.ctx = r,
	};
	const struct storm_limits limits = limits__storm(opts);
	char why[160];
	int err;

	if (opts->backtrace && stall_run__open_backtraces(&r->stalls, why, sizeof(why)))
		return fail(EXIT_CANNOT, "--backtrace: %s", why);
	err = stall_run__open(&r->stalls, collector, &how);
	for (int i = 0; i < WATCHERS_MAX && !err; i++)
		err = byte_ring__open(&r->reports[i], REPORTS_BYTES);
	if (!err)
		err = storm_run__open(&r->storms, &limits, report_storm, r);
	if (!err && opts->trace)
		err = trace_run__open(&r->trace, opts, collector);
	if (!err)
		r->timer_fd = ticker__open(opts->trace ? TRACE_POLL_NS : STEAL_PERIOD_NS);
	if (!err && r->timer_fd < 0)
		err = r->timer_fd;
	if (err)
		return fail(EXIT_FAILED, "start: %s", strerror(-err));
	watcher_threads__lock_memory();
	return record_file__open(&r->file, opts);
}

static int begun(void *ctx)
{
	struct recording *r = ctx;
	int err = stall_run__begin(&r->stalls);

	r->began = mono_ns();
	return err ? fail(EXIT_FAILED, "threads: %s", strerror(-err)) : EXIT_DONE;
}

static int timer(void *ctx)
{
	return ((struct recording *)ctx)->timer_fd;
}

static int readable(void *ctx, bool *over)
{
	struct recording *r = ctx;
	int status = EXIT_DONE, err = 0;

	(void)over;
	if (!ticker__due(r->timer_fd))
		return EXIT_DONE;
	if (r->opts->trace)
		status = trace_run__poll(&r->trace, &err);
	if (status != EXIT_DONE || err)
		return status != EXIT_DONE ? status : status_of(err, "trace");
	if (r->opts->trace && ++r->ticks % TEND_TICKS)
		return EXIT_DONE;
	stall_run__tend(&r->stalls);
	status = take_reports(r);
	return status == EXIT_DONE ? record_file__tend(&r->file) : status;
}

static const struct record_progress *progress(struct recording *r)
{
	r->progress.ns = mono_ns() - r->began;
	r->progress.bytes = record_file__bytes(&r->file);
	return &r->progress;
}

static void cut(void *ctx)
{
	storm_run__cut(&((struct recording *)ctx)->storms);
}

static int window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	const struct view_options view = { .stacks = opts->stacks };
	struct recording *r = ctx;
	int status = put_line(r, json__snapshot_line(snap, &view));

	if (status != EXIT_DONE)
		return status;
	if (opts->trace)
		trace_run__window(&r->trace, snap);
	r->progress.csds += snap->ledger.queued;
	r->progress.lost += ledger__lost(&snap->ledger);
	if (r->terminal)
		view__record_progress(progress(r));
	return status_of(storm_run__window(&r->storms, snap), "storm");
}

/* The records that are left, and the line that ends `trace -j`. Returns an exit status. */
static int trace_end(struct recording *r)
{
	int err = 0, status;

	if (!r->opts->trace)
		return EXIT_DONE;
	status = trace_run__end(&r->trace, &err);
	if (status != EXIT_DONE)
		return status;
	r->progress.lost += r->trace.totals.dropped;
	if (!err)
		err = trace_run__end_line(&r->trace);
	return status_of(err, "trace");
}

/* The reports that are left, and the line that ends `stalls -j`. Returns an exit status. */
static int stalls_end(struct recording *r)
{
	struct stall_totals sum;
	char line[512];
	int status;

	stall_run__end(&r->stalls, &sum);
	status = take_reports(r);
	for (int i = 0; i < WATCHERS_MAX; i++)
		r->file.stalls_dropped += r->reports[i].refused;
	if (r->file.stalls_dropped)
		fail(EXIT_DONE, "%" PRIu64 " reports of stalls found no room",
		     r->file.stalls_dropped);
	if (status != EXIT_DONE)
		return status;
	return put(r, line, json__stalls_end(line, sizeof(line), &sum));
}

static int end(void *ctx, const struct options *opts)
{
	struct recording *r = ctx;
	int status = stalls_end(r);

	if (status == EXIT_DONE)
		status = status_of(storm_run__end(&r->storms), "storm");
	if (status == EXIT_DONE)
		status = trace_end(r);
	if (status == EXIT_DONE)
		status = record_file__end(&r->file);
	if (status != EXIT_DONE)
		return status;
	/* -q hides the summary, but never a loss. */
	if (!opts->quiet || r->progress.lost)
		view__record_end(progress(r), r->file.path, r->terminal);
	return output_status(0);
}

static void close_all(void *ctx)
{
	struct recording *r = ctx;

	stall_run__close(&r->stalls);
	storm_run__close(&r->storms);
	trace_run__close(&r->trace);
	for (int i = 0; i < WATCHERS_MAX; i++)
		byte_ring__close(&r->reports[i]);
	if (r->timer_fd >= 0)
		close(r->timer_fd);
}

/* An option of the records is nothing without them. Returns an exit status. */
static int check(const struct options *opts)
{
	const char *option = opts->record_kinds ? "kind" :
			     opts->min_delay	? "min-delay" :
			     opts->min_handler	? "min-handler" :
			     opts->buffer	? "buffer" :
						  NULL;

	if (option && !opts->trace)
		return fail(EXIT_USAGE, "record: --%s needs --trace", option);
	/* Windows count csds, so the programs of csds must run. */
	if (opts->record_kinds && !(opts->record_kinds >> KIND_CALL_FUNCTION & 1))
		return fail(EXIT_USAGE, "record: --kind needs call_function among its kinds");
	return trace_run__check(opts);
}

int command_record(const struct options *opts)
{
	static const struct session_ops ops = {
		.configure = configure,
		.open = open_all,
		.begun = begun,
		.fd = timer,
		.readable = readable,
		.cut = cut,
		.window = window,
		.end = end,
		.close = close_all,
	};
	struct options windowed = *opts;
	int status = check(opts), closed;
	struct recording *r;

	if (status != EXIT_DONE)
		return status;
	r = calloc(1, sizeof(*r));
	if (!r)
		return fail(EXIT_FAILED, "start: %s", strerror(ENOMEM));
	r->opts = opts;
	r->timer_fd = r->file.fds[0] = r->file.fds[1] = -1;
	r->trace.print = json__trace;
	r->trace.lines.write = write_records;
	r->trace.lines.ctx = r;
	r->terminal = !opts->quiet && isatty(STDERR_FILENO);
	/* -d alone still means several windows. */
	if (!opts->interval)
		windowed.interval = 1;
	status = session__run(&windowed, &ops, r);
	closed = record_file__close(&r->file);
	free(r);
	return status == EXIT_DONE ? closed : status;
}
