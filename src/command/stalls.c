// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "abi/stall_event.h"
#include "base/cpuset.h"
#include "cli/diag.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "command/command.h"
#include "host/steal_time.h"
#include "host/machine.h"
#include "model/host.h"
#include "model/totals.h"
#include "run/session.h"
#include "stall/name_cache.h"
#include "stall/reporter.h"
#include "stall/watcher_threads.h"
#include "view/json/stall.h"
#include "view/text/stalls.h"

struct stalls {
	struct collector *collector;
	struct name_cache *names;
	struct reporter *reporter;
	struct watcher_threads *watchers;
	int timer_fd;
	int error; /* negative errno of writing a report */
};

static uint64_t threshold(const struct options *opts)
{
	return opts->threshold ? opts->threshold : THRESHOLD_DEFAULT;
}

static void configure(void *ctx, const struct options *opts, struct collect_config *config)
{
	struct stalls *s = ctx;

	config->watch_threshold = threshold(opts);
	/* open_all() reports a failure; configure() cannot. */
	if (name_cache__open(&s->names))
		s->names = NULL;
	config->flush_func = s->names ? name_cache__flush_func(s->names) : 0;
	config->single_func = s->names ? name_cache__single_func(s->names) : 0;
}

static void head(const struct options *opts)
{
	struct host host;

	machine__read(&host);
	view__stalls_head(&host, threshold(opts));
}

/* The timer of the main thread's part, which watchers must not do: reporter__tend(). */
static int timer_open(struct stalls *s)
{
	struct itimerspec when = { .it_value.tv_nsec = 1 };

	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	when.it_interval.tv_nsec = STEAL_PERIOD_NS;
	if (s->timer_fd < 0 || timerfd_settime(s->timer_fd, 0, &when, NULL))
		return -errno;
	return 0;
}

static int open_all(void *ctx, const struct options *opts, struct collector *collector)
{
	struct stalls *s = ctx;
	struct reporter_config config = {
		.moments = collector__moment_reader(collector),
		.names = s->names,
		.threshold = threshold(opts),
		.nr_cpus = cpuset__end(collector__possible(collector)),
		.json = opts->json,
		.fd = STDOUT_FILENO,
	};
	int err = watcher_threads__open(&s->watchers);

	s->collector = collector;
	if (!err && !s->names)
		err = -ENOMEM;
	if (!err)
		err = reporter__open(&s->reporter, &config);
	if (!err)
		err = timer_open(s);
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
	int err = watcher_threads__start(s->watchers, reporter__scan, s->reporter);

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
	uint64_t ticks;

	if (read(s->timer_fd, &ticks, sizeof(ticks)) != sizeof(ticks))
		return EXIT_DONE;
	watcher_threads__place(s->watchers);
	collector__find_offline(s->collector);
	s->error = reporter__maintain(s->reporter);
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

	watcher_threads__stop(s->watchers);
	s->error = reporter__finish(s->reporter, &sum);
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

	watcher_threads__close(s->watchers);
	reporter__close(s->reporter);
	name_cache__close(s->names);
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
