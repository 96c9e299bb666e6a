// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "abi/stall_event.h"
#include "base/ticker.h"
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "command/command.h"
#include "command/limits.h"
#include "host/steal_time.h"
#include "host/machine.h"
#include "model/host.h"
#include "model/totals.h"
#include "run/session.h"
#include "stall/reporter.h"
#include "stall/stall_run.h"
#include "stall/watcher_threads.h"
#include "view/json/stall.h"
#include "view/text/stalls.h"

struct stalls {
	struct stall_run run;
	int timer_fd; /* for stall_run__tend() */
	int error; /* negative errno of writing a report */
};

static void configure(void *ctx, const struct options *opts, struct collect_config *config)
{
	struct stalls *s = ctx;

	s->run.threshold = limits__stall(opts);
	stall_run__configure(&s->run, config);
}

static void head(const struct options *opts)
{
	struct host host;

	machine__read(&host);
	view__stalls_head(&host, limits__stall(opts));
}

static int open_all(void *ctx, const struct options *opts, struct collector *collector)
{
	const struct reporter_config config = { .json = opts->json, .fd = STDOUT_FILENO };
	struct stalls *s = ctx;
	int err = stall_run__open(&s->run, collector, &config);

	if (!err)
		s->timer_fd = ticker__open(STEAL_PERIOD_NS);
	if (!err && s->timer_fd < 0)
		err = s->timer_fd;
	if (err)
		return fail(EXIT_FAILED, "start: %s", strerror(-err));
	if (!opts->json && !opts->quiet)
		head(opts);
	watcher_threads__lock_memory();
	/* Flush the heading first: the watchers write to the descriptor themselves. */
	return output_status(0);
}

static int begun(void *ctx)
{
	struct stalls *s = ctx;
	int err = stall_run__begin(&s->run);

	return err ? fail(EXIT_FAILED, "threads: %s", strerror(-err)) : EXIT_DONE;
}

static int fd(void *ctx)
{
	const struct stalls *s = ctx;

	return s->timer_fd;
}

static int readable(void *ctx, bool *over)
{
	struct stalls *s = ctx;

	if (!ticker__due(s->timer_fd))
		return EXIT_DONE;
	s->error = stall_run__tend(&s->run);
	/* end() reports the error. */
	*over = s->error;
	return EXIT_DONE;
}

static int end(void *ctx, const struct options *opts)
{
	struct stalls *s = ctx;
	struct stall_totals sum;
	char line[512];
	bool found = false;
	int status;

	s->error = stall_run__end(&s->run, &sum);
	for (int i = 0; i < NR_PHASES; i++)
		found |= sum.found[i];
	if (s->error)
		return output_status(s->error);
	if (opts->json)
		fwrite(line, 1, json__stalls_end(line, sizeof(line), &sum), stdout);
	else
		view__stalls_end(&sum);
	status = output_status(0);
	return status == EXIT_DONE && found && opts->exit_code ? EXIT_FOUND : status;
}

static void close_all(void *ctx)
{
	struct stalls *s = ctx;

	stall_run__close(&s->run);
	if (s->timer_fd >= 0)
		close(s->timer_fd);
}

int command_stalls(const struct options *opts)
{
	static const struct session_ops ops = {
		.configure = configure,
		.windowless = true,
		.open = open_all,
		.begun = begun,
		.fd = fd,
		.readable = readable,
		.end = end,
		.close = close_all,
	};
	struct stalls s = { .timer_fd = -1 };

	return session__run(opts, &ops, &s);
}
