// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/byte_ring.h"
#include "base/clock.h"
#include "base/ticker.h"
#include "capture/format.h"
#include "capture/writer.h"
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "collect/config.h"
#include "command/command.h"
#include "command/limits.h"
#include "host/machine.h"
#include "host/steal_time.h"
#include "model/host.h"
#include "model/ledger.h"
#include "model/snapshot.h"
#include "model/totals.h"
#include "run/session.h"
#include "stall/stall_run.h"
#include "stall/watcher_threads.h"
#include "storm/storm_run.h"
#include "view/json/capture.h"
#include "view/json/snapshot.h"
#include "view/json/stall.h"
#include "view/json/storm.h"
#include "view/options.h"
#include "view/text/record.h"

#define FILE_DEFAULT "ipitrace.ndjson.zst"

/* Reports of one watcher on their way to the file; one takes 2 KB. */
#define REPORTS_BYTES (1 << 20)

/* Lines wait so long for their frame to be full: what a kill loses. */
#define FRAME_NS 5000000000ULL

struct record {
	const struct options *opts;
	const char *path;
	int fd;
	int timer_fd;
	struct capture_writer *writer;
	uint64_t flushed; /* when the last frame was written */
	bool terminal; /* stderr is one: show the progress */
	uint64_t began;
	struct record_progress progress;
	struct stall_run stalls;
	struct storm_run storms;
	struct byte_ring reports[WATCHERS_MAX];
};

static int file_failed(const struct record *r, int err)
{
	return fail(EXIT_FAILED, "%s: %s", r->path, strerror(-err));
}

/* Whole lines into the capture, and with -j to stdout. Returns a negative errno of the file, or 0. */
static int put(struct record *r, const char *text, size_t len)
{
	if (r->opts->json)
		fwrite(text, 1, len, stdout);
	return capture_writer__add(r->writer, text, len);
}

/* A line as malloc() gave it. Returns an exit status. */
static int put_line(struct record *r, char *line)
{
	int err = line ? put(r, line, strlen(line)) : -ENOMEM;

	free(line);
	return err ? file_failed(r, err) : EXIT_DONE;
}

/* The first and the last line are the file's alone: `report -j` leaves them out, too. */
static int file_line(struct record *r, char *line)
{
	int err = line ? capture_writer__add(r->writer, line, strlen(line)) : -ENOMEM;

	free(line);
	return err ? file_failed(r, err) : EXIT_DONE;
}

/* The watchers' reports so far. Returns an exit status. */
static int take_reports(struct record *r)
{
	static char text[REPORTS_BYTES];
	int err = 0;

	for (int i = 0; i < WATCHERS_MAX && !err; i++)
		err = put(r, text, byte_ring__take(&r->reports[i], text, sizeof(text)));
	return err ? file_failed(r, err) : EXIT_DONE;
}

/* By a watcher, while a CPU may be stuck: the main thread writes the report later. */
static int report_stall(void *ctx, unsigned int which, const char *report, size_t len)
{
	struct record *r = ctx;

	/* A report without room is counted, and the stall's next one may find room. */
	byte_ring__put(&r->reports[which], report, len);
	return 0;
}

static int report_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
			uint64_t time)
{
	return put_line(ctx, json__storm_line(storm, evidence, time));
}

static void configure(void *ctx, const struct options *opts, struct collect_config *config)
{
	struct record *r = ctx;

	config->keep_sums = true;
	r->stalls.threshold = limits__stall(opts);
	stall_run__configure(&r->stalls, config);
}

static int head_write(struct record *r)
{
	struct host host;
	struct capture_head head = {
		.host = &host,
		.options = r->opts->words,
		.nr_options = r->opts->nr_words,
		.program = r->opts->program ? r->opts->program[0] : NULL,
		.mono = mono_ns(),
		.minor = CAPTURE_MINOR,
	};

	machine__read(&host);
	clock_gettime(CLOCK_REALTIME, &head.started);
	return file_line(r, json__capture_line(&head));
}

static int flush(struct record *r)
{
	int err = capture_writer__flush(r->writer);

	r->flushed = mono_ns();
	return err ? file_failed(r, err) : EXIT_DONE;
}

static int file_open(struct record *r)
{
	int err, status;

	r->fd = open(r->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (r->fd < 0)
		return file_failed(r, -errno);
	err = capture_writer__open(&r->writer, r->fd);
	status = err ? file_failed(r, err) : head_write(r);
	return status == EXIT_DONE ? flush(r) : status;
}

static int open_all(void *ctx, const struct options *opts, struct collector *collector)
{
	struct record *r = ctx;
	const struct reporter_config how = { .json = true, .write = report_stall, .ctx = r };
	const struct storm_limits limits = limits__storm(opts);
	int err = stall_run__open(&r->stalls, collector, &how);

	for (int i = 0; i < WATCHERS_MAX && !err; i++)
		err = byte_ring__open(&r->reports[i], REPORTS_BYTES);
	if (!err)
		err = storm_run__open(&r->storms, &limits, report_storm, r);
	if (!err)
		r->timer_fd = ticker__open(STEAL_PERIOD_NS);
	if (!err && r->timer_fd < 0)
		err = r->timer_fd;
	if (err)
		return fail(EXIT_FAILED, "start: %s", strerror(-err));
	watcher_threads__lock_memory();
	return file_open(r);
}

static int begun(void *ctx)
{
	struct record *r = ctx;
	int err = stall_run__begin(&r->stalls);

	r->began = mono_ns();
	return err ? fail(EXIT_FAILED, "threads: %s", strerror(-err)) : EXIT_DONE;
}

static int timer(void *ctx)
{
	return ((struct record *)ctx)->timer_fd;
}

static int readable(void *ctx, bool *over)
{
	struct record *r = ctx;
	int status;

	(void)over;
	if (!ticker__due(r->timer_fd))
		return EXIT_DONE;
	stall_run__tend(&r->stalls);
	status = take_reports(r);
	if (status != EXIT_DONE || mono_ns() - r->flushed < FRAME_NS)
		return status;
	return flush(r);
}

static const struct record_progress *progress(struct record *r)
{
	r->progress.ns = mono_ns() - r->began;
	r->progress.bytes = capture_writer__bytes(r->writer);
	return &r->progress;
}

static void cut(void *ctx)
{
	storm_run__cut(&((struct record *)ctx)->storms);
}

static int window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	const struct view_options view = { .stacks = opts->stacks };
	struct record *r = ctx;
	int status = put_line(r, json__snapshot_line(snap, &view)), err;

	if (status != EXIT_DONE)
		return status;
	r->progress.csds += snap->ledger.queued;
	r->progress.lost += ledger__lost(&snap->ledger);
	if (r->terminal)
		view__record_progress(progress(r));
	err = storm_run__window(&r->storms, snap);
	return err < 0 ? fail(EXIT_FAILED, "storm: %s", strerror(-err)) : err;
}

/* The reports that are left, and the line that ends `stalls -j`. Returns an exit status. */
static int stalls_end(struct record *r)
{
	struct stall_totals sum;
	char line[512];
	int status, err;

	stall_run__end(&r->stalls, &sum);
	status = take_reports(r);
	if (status != EXIT_DONE)
		return status;
	err = put(r, line, json__stalls_end(line, sizeof(line), &sum));
	return err ? file_failed(r, err) : EXIT_DONE;
}

static int end(void *ctx, const struct options *opts)
{
	struct record *r = ctx;
	struct capture_foot foot = {};
	int status = stalls_end(r), err;

	if (status != EXIT_DONE)
		return status;
	err = storm_run__end(&r->storms);
	if (err)
		return err < 0 ? fail(EXIT_FAILED, "storm: %s", strerror(-err)) : err;
	for (int i = 0; i < WATCHERS_MAX; i++)
		foot.stalls_dropped += r->reports[i].refused;
	if (foot.stalls_dropped)
		fail(EXIT_DONE, "%" PRIu64 " reports of stalls found no room", foot.stalls_dropped);
	foot.lines = capture_writer__lines(r->writer) + 1;
	foot.mono = mono_ns();
	status = file_line(r, json__capture_end_line(&foot));
	if (status == EXIT_DONE)
		status = flush(r);
	if (status == EXIT_DONE && (!opts->quiet || r->progress.lost))
		view__record_end(progress(r), r->path, r->terminal);
	return status == EXIT_DONE ? output_status(0) : status;
}

static void close_all(void *ctx)
{
	struct record *r = ctx;

	stall_run__close(&r->stalls);
	storm_run__close(&r->storms);
	for (int i = 0; i < WATCHERS_MAX; i++)
		byte_ring__close(&r->reports[i]);
	if (r->timer_fd >= 0)
		close(r->timer_fd);
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
	struct record r = { .opts = opts, .fd = -1, .timer_fd = -1 };
	int status;

	r.terminal = !opts->quiet && isatty(STDERR_FILENO);
	r.path = opts->output ? opts->output : FILE_DEFAULT;
	/* -d alone still means several windows. */
	if (!opts->interval)
		windowed.interval = 1;
	status = session__run(&windowed, &ops, &r);
	capture_writer__close(r.writer);
	if (r.fd >= 0 && close(r.fd) && status == EXIT_DONE)
		status = file_failed(&r, -errno);
	return status;
}
