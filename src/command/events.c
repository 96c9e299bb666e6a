// SPDX-License-Identifier: GPL-2.0
/*
 * With --events a watcher writes the stall that it sees itself, as in `stalls`, because the main
 * thread may be held up by the same CPU. The main thread writes storms, and all that goes to the
 * page.
 */
#include <poll.h>
#include "command/parts.h"

/* Room for reports of one watcher on their way to the page: at least for two of the longest. */
#define RING_BYTES (2 * REPORT_BYTES)

struct events {
	bool print; /* --events */
	/* The page of `serve` or --html. If all functions are NULL, there is no page. */
	struct events_page page;
	struct report_rings rings; /* rings for reports on their way to the page */
	struct stall_run stalls;
	struct storm_run storms;
	char *lines[WATCHERS_MAX];
	uint64_t unwritten; /* storms that were lost, because stdout did not take them in time */
};

#define LINE_BYTES (REPORT_BYTES + JSON_EVENT_BYTES)

static uint64_t unix_ms(void)
{
	return clock_ns(CLOCK_REALTIME) / 1000000;
}

static int report_stall(void *ctx, unsigned int which, const char *report, size_t len)
{
	struct events *e = ctx;

	if (e->page.put)
		report_rings__put(&e->rings, which, report, len);
	if (!e->print)
		return 0;
	len = json__event(e->lines[which], LINE_BYTES, report, len, unix_ms());
	return len ? write_all(STDOUT_FILENO, e->lines[which], len, NULL) : -ENOMEM;
}

static int print_storm(struct events *e, const char *line)
{
	struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };
	size_t len = strlen(line);
	char *event;
	int err = -ENOMEM;

	/* A reader that hangs must not hold up the main thread, which counts csds. */
	if (!poll(&room, 1, 0)) {
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

	if (!err && e->page.put)
		err = e->page.put(e->page.ctx, LINE_STORM, line, strlen(line));
	if (!err && e->print)
		err = print_storm(e, line);
	free(line);
	return err;
}

struct events *events__new(const struct options *opts, struct collect_config *config)
{
	struct events *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->print = opts->events;
	e->stalls.unwatched = !e->print;
	e->stalls.threshold = limits__stall(opts);
	config->keep_sums = true;
	config->count_events = true;
	stall_run__configure(&e->stalls, config);
	return e;
}

void events__draw(struct events *e, struct events_page page)
{
	if (e)
		e->page = page;
}

int events__open(struct events *e, const struct options *opts, struct collector *collector)
{
	const struct reporter_config how = { .json = true, .write = report_stall, .ctx = e };
	const struct storm_limits limits = limits__storm(opts);
	int err = e ? stall_run__open(&e->stalls, collector, &how) : -ENOMEM;

	if (!err)
		err = storm_run__open(&e->storms, &limits, "", report_storm, e);
	/* Memory for a report on its way to the page, and to stdout. */
	if (!err && e->page.put)
		err = report_rings__open(&e->rings, RING_BYTES);
	for (int i = 0; i < WATCHERS_MAX && !err && e->print; i++) {
		e->lines[i] = malloc(LINE_BYTES);
		err = e->lines[i] ? 0 : -ENOMEM;
	}
	if (!err && e->print)
		watcher_threads__lock_memory();
	return err;
}

int events__begin(struct events *e)
{
	return e ? stall_run__begin(&e->stalls) : 0;
}

/* Add reports to the page: for report_rings__take(). */
static int page_add(void *ctx, const char *lines, size_t len)
{
	struct events *e = ctx;

	return e->page.put(e->page.ctx, LINE_STALL, lines, len);
}

static int reports_take(struct events *e)
{
	return e->page.put ? report_rings__take(&e->rings, page_add, e) : 0;
}

int events__tend(struct events *e)
{
	int err = e ? stall_run__tend(&e->stalls) : 0;

	return err || !e ? err : reports_take(e);
}

void events__cut(struct events *e)
{
	if (e)
		storm_run__cut(&e->storms);
}

int events__judge(struct events *e, const struct snapshot *snap)
{
	return storm_run__judge(&e->storms, snap);
}

const struct storm_detector *events__storms(const struct events *e)
{
	return e->storms.detector;
}

int events__window(struct events *e, const struct snapshot *snap)
{
	int err = 0;

	if (!e)
		return 0;
	if (e->page.window)
		err = e->page.window(e->page.ctx, snap,
				     storm_detector__nearest(e->storms.detector));
	return err ? part_status("the page", err) : storm_run__report(&e->storms);
}

int events__end(struct events *e)
{
	struct stall_totals sum;
	int err;

	if (!e)
		return EXIT_DONE;
	err = stall_run__end(&e->stalls, &sum);
	stalls_missing__say(&sum);
	if (!err && e->page.at_end)
		err = reports_take(e);
	if (e->page.at_end && report_rings__refused(&e->rings))
		fail(EXIT_DONE, "%" PRIu64 " stall%s missing: the page had no room",
		     report_rings__refused(&e->rings),
		     report_rings__refused(&e->rings) == 1 ? " is" : "s are");
	if (!err)
		err = storm_run__end(&e->storms);
	if (e->unwritten)
		fail(EXIT_DONE,
		     "reports of storms are missing: %" PRIu64 ", because the reader of stdout "
		     "was too slow",
		     e->unwritten);
	return err;
}

void events__close(struct events *e)
{
	if (!e)
		return;
	stall_run__close(&e->stalls);
	storm_run__close(&e->storms);
	report_rings__close(&e->rings);
	for (int i = 0; i < WATCHERS_MAX; i++)
		free(e->lines[i]);
	free(e);
}
