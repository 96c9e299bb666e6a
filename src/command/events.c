// SPDX-License-Identifier: GPL-2.0
/*
 * With --events a watcher writes the stall that it sees itself, as in `stalls`: the main
 * thread may be held up by the same CPU. Storms are the main thread's, and so is all that
 * goes to the page.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/byte_ring.h"
#include "base/clock.h"
#include "base/write_all.h"
#include "cli/diag.h"
#include "collect/config.h"
#include "command/command.h"
#include "command/events.h"
#include "host/steal_time.h"
#include "model/totals.h"
#include "stall/stall_run.h"
#include "stall/watcher_threads.h"
#include "storm/storm_run.h"
#include "view/json/stamp.h"
#include "view/json/storm.h"

/* Reports of one watcher on their way to the page: at least two of the longest. */
#define RING_BYTES (2 * REPORT_BYTES)

struct events {
	bool print; /* --events */
	struct live *live; /* NULL: there is no page */
	struct byte_ring rings[WATCHERS_MAX];
	char *taken; /* RING_BYTES out of a ring */
	struct stall_run stalls;
	struct storm_run storms;
	char *lines[WATCHERS_MAX];
	int timer_fd;
	uint64_t unwritten; /* storms that stdout had no room for */
};

#define LINE_BYTES (REPORT_BYTES + JSON_EVENT_BYTES)

static uint64_t unix_ms(void)
{
	return clock_ns(CLOCK_REALTIME) / 1000000;
}

static int report_stall(void *ctx, unsigned int which, const char *report, size_t len)
{
	struct events *e = ctx;

	if (e->live)
		byte_ring__put(&e->rings[which], report, len);
	if (!e->print)
		return 0;
	len = json__event(e->lines[which], LINE_BYTES, report, len, unix_ms());
	return len ? write_all(STDOUT_FILENO, e->lines[which], len, NULL) : -ENOMEM;
}

/* A reader that hangs must not hold up the main thread, which counts and answers scrapes. */
static bool stdout_has_room(void)
{
	struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&room, 1, 0) != 0;
}

static int print_storm(struct events *e, const char *line)
{
	size_t len = strlen(line);
	char *event;
	int err = -ENOMEM;

	if (!stdout_has_room()) {
		e->unwritten++;
		return 0;
	}
	event = malloc(len + JSON_EVENT_BYTES);
	if (event) {
		len = json__event(event, len + JSON_EVENT_BYTES, line, len, unix_ms());
		err = write_all(STDOUT_FILENO, event, len, NULL);
	}
	free(event);
	return err;
}

static int report_storm(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
			uint64_t time)
{
	struct events *e = ctx;
	char *line = json__storm_line(storm, evidence, time);
	int err = line ? 0 : -ENOMEM;

	if (!err && e->live)
		err = live__storms(e->live, line, strlen(line));
	if (!err && e->print)
		err = print_storm(e, line);
	free(line);
	return err;
}

struct events *events__new(const struct options *opts, struct collect_config *config,
			   struct live *live)
{
	struct events *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->timer_fd = -1;
	e->print = opts->events;
	e->live = live;
	e->stalls.unwatched = !e->print;
	e->stalls.threshold = limits__stall(opts);
	config->keep_sums = true;
	config->count_events = true;
	stall_run__configure(&e->stalls, config);
	return e;
}

/* Memory for the ways of a report: to the page, to stdout. 0 or -ENOMEM. */
static int buffers_open(struct events *e)
{
	int err = 0;

	for (int i = 0; i < WATCHERS_MAX && e->live && !err; i++)
		err = byte_ring__open(&e->rings[i], RING_BYTES);
	e->taken = e->live ? malloc(RING_BYTES) : NULL;
	if (e->live && !e->taken)
		err = -ENOMEM;
	for (int i = 0; i < WATCHERS_MAX && e->print && !err; i++) {
		e->lines[i] = malloc(LINE_BYTES);
		err = e->lines[i] ? 0 : -ENOMEM;
	}
	return err;
}

int events__open(struct events *e, const struct options *opts, struct collector *collector)
{
	const struct reporter_config how = { .json = true, .write = report_stall, .ctx = e };
	const struct storm_limits limits = limits__storm(opts);
	int err = e ? stall_run__open(&e->stalls, collector, &how) : -ENOMEM;

	if (!err)
		err = storm_run__open(&e->storms, &limits, report_storm, e);
	if (!err)
		err = buffers_open(e);
	if (!err)
		e->timer_fd = ticker__open(STEAL_PERIOD_NS);
	if (!err && e->timer_fd < 0)
		err = e->timer_fd;
	if (err)
		return fail(EXIT_FAILED, "start: %s", strerror(-err));
	if (e->print)
		watcher_threads__lock_memory();
	return EXIT_DONE;
}

int events__begin(struct events *e)
{
	int err = e ? stall_run__begin(&e->stalls) : 0;

	return err ? fail(EXIT_FAILED, "threads: %s", strerror(-err)) : EXIT_DONE;
}

int events__fd(const struct events *e)
{
	return e->timer_fd;
}

/* The reports so far, to the page. 0 or -ENOMEM. */
static int reports_take(struct events *e)
{
	int err = 0;

	for (int i = 0; i < WATCHERS_MAX && e->live && !err; i++)
		err = live__stalls(e->live, e->taken,
				   byte_ring__take(&e->rings[i], e->taken, RING_BYTES));
	return err;
}

int events__tend(struct events *e, bool *over)
{
	int err;

	if (!e || !ticker__due(e->timer_fd))
		return EXIT_DONE;
	err = stall_run__tend(&e->stalls);
	if (!err)
		err = reports_take(e);
	*over = err;
	return output_status(err);
}

void events__cut(struct events *e)
{
	if (e)
		storm_run__cut(&e->storms);
}

int events__window(struct events *e, const struct snapshot *snap)
{
	int err = e ? storm_run__judge(&e->storms, snap) : 0, page;

	if (!e || err)
		return output_status(err);
	page = e->live ? live__window(e->live, snap, storm_detector__nearest(e->storms.detector)) :
			 0;
	if (page)
		return fail(EXIT_FAILED, "the page: %s", strerror(-page));
	return output_status(storm_run__report(&e->storms));
}

int events__end(struct events *e)
{
	struct stall_totals sum;
	int err;

	if (!e)
		return EXIT_DONE;
	err = stall_run__end(&e->stalls, &sum);
	stalls_missing__say(&sum);
	if (!err)
		err = storm_run__end(&e->storms);
	if (e->unwritten)
		fail(EXIT_DONE, "reports of storms are missing: %" PRIu64 ", for stdout was full",
		     e->unwritten);
	return output_status(err);
}

void events__close(struct events *e)
{
	if (!e)
		return;
	stall_run__close(&e->stalls);
	storm_run__close(&e->storms);
	if (e->timer_fd >= 0)
		close(e->timer_fd);
	free(e->taken);
	for (int i = 0; i < WATCHERS_MAX; i++)
		byte_ring__close(&e->rings[i]);
	for (int i = 0; i < WATCHERS_MAX; i++)
		free(e->lines[i]);
	free(e);
}
