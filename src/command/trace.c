// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "command/command.h"
#include "command/trace_run.h"
#include "host/machine.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "model/totals.h"
#include "run/session.h"
#include "view/json/trace.h"
#include "view/lines.h"
#include "view/text/redraw.h"
#include "view/text/trace.h"

#define NS 1000000000LL

struct trace {
	struct trace_run run;
	int timer_fd;
};

static void configure(void *ctx, const struct options *opts, struct collect_config *config)
{
	trace_run__configure(&((struct trace *)ctx)->run, opts, config);
}

static int trace_open(void *ctx, const struct options *opts, struct collector *collector)
{
	struct trace *t = ctx;
	struct host host;
	int64_t began; /* CLOCK_REALTIME */
	int err = trace_run__open(&t->run, opts, collector);

	if (!err)
		t->timer_fd = ticker__open(TRACE_POLL_NS);
	if (!err && t->timer_fd < 0)
		err = t->timer_fd;
	if (err)
		return fail(EXIT_FAILED, "start: %s", strerror(-err));
	if (!opts->json)
		t->run.view.columns = redraw__size().columns;
	if (opts->json || opts->quiet)
		return EXIT_DONE;
	machine__read(&host);
	began = (int64_t)t->run.view.began + wall_clock__realtime();
	view__trace_head(&t->run.view, &host, &(struct timespec){ began / NS, began % NS },
			 &t->run.lines);
	return output_status(lines__flush(&t->run.lines));
}

static int trace_fd(void *ctx)
{
	return ((struct trace *)ctx)->timer_fd;
}

static int readable(void *ctx, bool *over)
{
	struct trace *t = ctx;
	int err = 0, status;

	if (!ticker__due(t->timer_fd))
		return EXIT_DONE;
	status = trace_run__poll(&t->run, &err);
	/* The reader of stdout is gone. */
	*over = err == -EPIPE;
	return status == EXIT_DONE ? output_status(err) : status;
}

static int window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct trace *t = ctx;

	(void)opts;
	trace_run__window(&t->run, snap);
	return output_status(t->run.lines.err);
}

static int trace_finish(void *ctx, const struct options *opts)
{
	struct trace *t = ctx;
	int err = 0, status = trace_run__end(&t->run, &err);

	if (status != EXIT_DONE)
		return status;
	if (!err && opts->json)
		err = trace_run__end_line(&t->run);
	/* -q hides the summary, but never a loss. */
	if (!err && (!opts->quiet || trace_totals__lost(&t->run.totals)))
		view__trace_end(stderr, &t->run.totals);
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
	int status = trace_run__check(opts);
	struct trace *t;

	if (status != EXIT_DONE)
		return status;
	t = calloc(1, sizeof(*t));
	if (!t)
		return fail(EXIT_FAILED, "start: %s", strerror(ENOMEM));
	t->timer_fd = -1;
	t->run.print = opts->json ? json__trace : view__trace;
	t->run.lines.fd = STDOUT_FILENO;
	status = session__run(opts, &ops, t);
	trace_run__close(&t->run);
	if (t->timer_fd >= 0)
		close(t->timer_fd);
	free(t);
	return status;
}
