// SPDX-License-Identifier: GPL-2.0
/* The stalls of a run: what is opened for them, who gets their reports and when, what a failure leaves. */
#include "run/parts.h"
#include "printed.h"

static struct options opts;
static struct feeds feeds;
static struct collector collector;
static struct collect_config config;
static struct trace_run run;

/* What the made functions do. */
static int fail_backtraces, fail_open, fail_begin, fail_tend, fail_end, fail_sink;

/* What they were asked: c configure, b backtraces, o open, w begin, t tend, e end, x close, p a report is put. */
static char asked[64];
static struct reporter_config reports;
static char put[256];

static void note(char what)
{
	size_t len = strlen(asked);

	assert_in_range(len, 0, sizeof(asked) - 2);
	asked[len] = what;
}

void __wrap_stall_run__configure(struct stall_run *stalls, struct collect_config *c)
{
	assert_ptr_equal(stalls, &feeds.stalls);
	c->watch_threshold = stalls->threshold;
	note('c');
}

int __wrap_stall_run__open_backtraces(struct stall_run *stalls, char *why, size_t size)
{
	note('b');
	snprintf(why, size, "no sysrq here");
	return fail_backtraces;
}

int __wrap_stall_run__open(struct stall_run *stalls, struct collector *c,
			   const struct reporter_config *how)
{
	assert_ptr_equal(c, &collector);
	reports = *how;
	note('o');
	return fail_open;
}

int __wrap_stall_run__begin(struct stall_run *stalls)
{
	note('w');
	return fail_begin;
}

int __wrap_stall_run__tend(struct stall_run *stalls)
{
	note('t');
	return fail_tend;
}

int __wrap_stall_run__end(struct stall_run *stalls, struct stall_totals *sum)
{
	sum->lost = 9;
	note('e');
	return fail_end;
}

void __wrap_stall_run__close(struct stall_run *stalls)
{
	assert_ptr_equal(stalls, &feeds.stalls);
	note('x');
}

static int put_lines(void *ctx, enum line_type type, const char *lines, size_t len)
{
	size_t before = strlen(put);

	assert_ptr_equal(ctx, put);
	assert_int_equal(type, LINE_STALL);
	assert_in_range(before + len, 0, sizeof(put) - 1);
	memcpy(put + before, lines, len);
	note('p');
	return fail_sink;
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	memset(&config, 0, sizeof(config));
	memset(asked, 0, sizeof(asked));
	memset(put, 0, sizeof(put));
	memset(&reports, 0, sizeof(reports));
	fail_backtraces = fail_open = fail_begin = fail_tend = fail_end = fail_sink = 0;
	feeds = (struct feeds){
		.which = FEED_STALLS,
		.sink = { .ctx = put, .put = put_lines },
		.ring_bytes = 4096,
	};
	return 0;
}

static int teardown(void **state)
{
	feeds__close(&feeds);
	return 0;
}

static void open_feed(void)
{
	feeds__configure(&feeds, &opts, &config);
	assert_int_equal(feeds__open(&feeds, &opts, &collector), 0);
}

/* A watcher reports a stall. */
static void report(const char *line)
{
	assert_int_equal(reports.write(reports.ctx, 0, line, strlen(line)), 0);
}

TEST_F(the_threshold_is_the_options)
{
	feeds__configure(&feeds, &opts, &config);
	assert_int_equal(config.watch_threshold, THRESHOLD_DEFAULT);
	opts.threshold = 5;
	feeds__configure(&feeds, &opts, &config);
	assert_int_equal(config.watch_threshold, 5);
	opts.flight.on.threshold = 6;
	feeds__configure(&feeds, &opts, &config);
	assert_int_equal(config.watch_threshold, 6);
	assert_int_equal(config.watch_phases, 0);
	assert_false(feeds.stalls.unwatched);
	feeds.reports.phases = 2;
	feeds.unwatched = true;
	feeds__configure(&feeds, &opts, &config);
	assert_int_equal(config.watch_phases, 2);
	assert_true(feeds.stalls.unwatched);
}

TEST_F(reports_are_json_on_their_way_to_the_sink)
{
	open_feed();
	assert_string_equal(asked, "co");
	assert_true(reports.json);
	assert_int_equal(reports.backtrace, 0);
	report("one\n");
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_string_equal(asked, "cotp");
	assert_string_equal(put, "one\n");
	/* What is left at the end. */
	report("two\n");
	assert_int_equal(feeds__end(&feeds), 0);
	assert_string_equal(asked, "cotpep");
	assert_string_equal(put, "one\ntwo\n");
	assert_int_equal(feeds.sum.lost, 9);
}

static int own_write(void *ctx, unsigned int which, const char *text, size_t len)
{
	return 0;
}

TEST_F(a_command_may_take_the_reports_itself)
{
	feeds.reports.write = own_write;
	open_feed();
	assert_ptr_equal(reports.write, own_write);
	assert_false(reports.json);
	assert_null(reports.ctx);
	/* It uses the rings all the same. */
	assert_int_equal(report_rings__put(&feeds.rings, 0, "r\n", 2), 0);
	assert_int_equal(report_rings__refused(&feeds.rings), 0);
}

TEST_F(without_a_ring_reports_go_elsewhere)
{
	feeds.ring_bytes = 0;
	open_feed();
	assert_null(reports.write);
	assert_false(reports.json);
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_int_equal(feeds__end(&feeds), 0);
	assert_string_equal(asked, "cote");
}

TEST_F(a_crew_takes_the_reports)
{
	feeds.crew = true;
	open_feed();
	report("one\n");
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_int_equal(feeds__end(&feeds), 0);
	assert_string_equal(asked, "cote");
	assert_int_equal(feeds.sum.lost, 9);
}

static int status;

static void open_again(const void *of)
{
	status = feeds__open(&feeds, &opts, &collector);
}

static void tick(const void *of)
{
	status = feeds__tick(&feeds);
}

TEST_F(backtraces_are_opened_first)
{
	opts.backtrace = 10;
	open_feed();
	assert_string_equal(asked, "cbo");
	assert_int_equal(reports.backtrace, 10);
	fail_backtraces = -EPERM;
	assert_string_equal(printed_to(stderr, open_again, NULL),
			    "ipitrace: --backtrace: no sysrq here\n");
	assert_int_equal(status, EXIT_CANNOT);
	assert_string_equal(asked, "cbob");
}

TEST_F(a_failure_opens_nothing_more)
{
	struct trace_run records = {};

	feeds.which |= FEED_STORMS;
	feeds.records = &records;
	fail_open = -ENOMEM;
	assert_int_equal(feeds__open(&feeds, &opts, &collector), -ENOMEM);
	assert_null(feeds.storms.detector);
	assert_null(records.collector);
	assert_null(feeds.rings.text);
	feeds.records = NULL;
}

TEST_F(failures_are_passed_on)
{
	open_feed();
	fail_begin = -EAGAIN;
	assert_int_equal(feeds__begin(&feeds), -EAGAIN);
	report("one\n");
	fail_tend = -EPIPE;
	assert_int_equal(feeds__tick(&feeds), -EPIPE);
	assert_string_equal(put, "");
	fail_tend = 0;
	fail_sink = -ENOSPC;
	assert_string_equal(printed_to(stderr, tick, NULL),
			    "ipitrace: the page: No space left on device\n");
	assert_int_equal(status, EXIT_FAILED);
	fail_end = -EPIPE;
	report("two\n");
	assert_int_equal(feeds__end(&feeds), -EPIPE);
	assert_string_equal(put, "one\n");
}

TEST_F(a_run_without_stalls_has_no_watchers)
{
	feeds.which = FEED_FIGURES;
	open_feed();
	assert_int_equal(feeds__begin(&feeds), 0);
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_int_equal(feeds__end(&feeds), 0);
	assert_string_equal(asked, "");
	assert_true(config.keep_sums);
}

/* Records are read more often than stalls need to be tended. */
TEST_F(with_records_stalls_are_tended_now_and_then)
{
	uint64_t ticks = 3 * STEAL_PERIOD_NS / 50000000;

	feeds__configure(&feeds, &opts, &config);
	feeds.records = &run;
	/* It reads the records. */
	feeds.crew = true;
	assert_int_equal(feeds__period(&feeds), 50000000);
	for (uint64_t i = 1; i <= ticks; i++) {
		assert_int_equal(feeds__tick(&feeds), 0);
		assert_int_equal(strlen(asked), 1 + 3 * i / ticks);
	}
	assert_string_equal(asked, "cttt");
	feeds.records = NULL;
}

TEST_MAIN(NULL, NULL)
