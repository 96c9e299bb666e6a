// SPDX-License-Identifier: GPL-2.0
/* The feeds of records and of stalls: what they ask of the collector, who gets what, and in which order. */
#include "collect/collector.h"
#include "collect/read_bank.h"
#include "run/parts.h"
#include "membarrier_window.h"
#include "printed.h"

static char text[512]; /* what was called */
static struct collector collector = { .sees_interrupts = true };
static bool nameless; /* the kernel shows no names */
static struct record due[3]; /* of the next gathering */
static size_t nr_due, nr_given;
static int gather_result, finish_result;
static struct reporter_config reports; /* the stalls' */

#define note(...) text_append(text, sizeof(text), __VA_ARGS__)

int __wrap_symbols__open(struct symbols **s, const char *path, const char *modules)
{
	*s = nameless ? NULL : (void *)&collector;
	return nameless ? -EACCES : 0;
}

int __wrap_symbols__load(struct symbols *s, void (*see)(void *ctx, uint64_t addr, const char *name),
			 void *ctx)
{
	return 0;
}

uint64_t __wrap_symbols__address(const struct symbols *s, const char *name)
{
	return !strcmp(name, "generic_exec_single") ? 0x77 : 0;
}

void __wrap_symbols__close(struct symbols *s)
{
	if (s)
		note("names ");
}

uint64_t __wrap_softnet__handed(const char *path)
{
	return 42;
}

int __wrap_collector__sweep(struct collector *c)
{
	assert_ptr_equal(c, &collector);
	note("sweep ");
	return 0;
}

void __wrap_records__open(struct records *records, const struct maps *maps)
{
	*records = (struct records){ .maps = maps };
}

int __wrap_records__gather(struct records *records, uint64_t now)
{
	nr_given = 0;
	note("gather ");
	return gather_result;
}

int __wrap_records__finish(struct records *records)
{
	nr_given = 0;
	records->late = 9;
	note("finish ");
	return finish_result;
}

const struct record *__wrap_records__next(struct records *records)
{
	return nr_given < nr_due ? &due[nr_given++] : NULL;
}

uint64_t __wrap_records__dropped(const struct records *records, enum ipi_kind kind)
{
	return 10 + kind;
}

uint64_t __wrap_records__brief(const struct records *records)
{
	return 8;
}

void __wrap_records__close(struct records *records)
{
	note("close ");
}

void __wrap_stall_run__configure(struct stall_run *run, struct collect_config *config)
{
	note("%s threshold %d ", run->unwatched ? "unwatched" : "watched", (int)run->threshold);
}

int __wrap_stall_run__open(struct stall_run *run, struct collector *c,
			   const struct reporter_config *config)
{
	assert_ptr_equal(c, &collector);
	reports = *config;
	return 0;
}

int __wrap_stall_run__begin(struct stall_run *run)
{
	note("begin ");
	return 0;
}

int __wrap_stall_run__tend(struct stall_run *run)
{
	note("tend ");
	return 0;
}

int __wrap_stall_run__end(struct stall_run *run, struct stall_totals *sum)
{
	note("end ");
	return 0;
}

void __wrap_stall_run__close(struct stall_run *run)
{
	note("shut ");
}

static void take_record(const struct trace_view *view, const struct record *r, struct lines *lines)
{
	note("%d ", (int)r->time);
}

static int take_text(void *ctx, const char *line, size_t len)
{
	note("%.*s", (int)len, line);
	return 0;
}

static struct trace_run run;
static struct options opts;

static int setup(void **state)
{
	*text = '\0';
	run = (struct trace_run){ .print = take_record, .lines.write = take_text };
	opts = (struct options){};
	nameless = false;
	nr_due = nr_given = 0;
	gather_result = finish_result = 0;
	for (size_t i = 0; i < ARRAY_SIZE(due); i++)
		due[i] = (struct record){ .time = i + 1,
					  .kind = i ? KIND_CALL_FUNCTION : KIND_RESCHEDULE };
	return 0;
}

#define TEST_FEEDS(name) TEST(name, setup, printed_restore)

/* Fails unless these were the calls since the last one. */
static void assert_calls(const char *want)
{
	assert_string_equal(text, want);
	*text = '\0';
}

static struct collect_config config;

static void open_feeds(struct feeds *feeds)
{
	config = (struct collect_config){};
	feeds__configure(feeds, &opts, &config);
	assert_int_equal(feeds__open(feeds, &opts, &collector), 0);
	*text = '\0';
}

TEST_FEEDS(records_are_asked_of_the_collector)
{
	struct feeds feeds = { .records = &run };

	opts.buffer = 64;
	opts.stacks = true;
	opts.min_delay = 11;
	opts.min_handler = 12;
	opts.min_wait = 13;
	open_feeds(&feeds);
	assert_members(config, record_kinds, 1 << KIND_CALL_FUNCTION, record_slots, 64, keep_stacks,
		       1, min_delay, 11, min_handler, 12, min_wait, 13, single_func, 0x77);
	assert_members(run, totals.csds_wanted, 1, handed, 42, records.min_delay, 11,
		       records.min_handler, 12, records.min_wait, 13, view.sees_interrupts, 1);
	assert_ptr_equal(run.collector, &collector);
	assert_ptr_equal(run.records.maps, &collector.maps);
	assert_true(run.view.began);
	feeds__close(&feeds);
	assert_calls("shut close names ");
}

TEST_FEEDS(records_may_be_of_other_kinds_and_have_no_names)
{
	struct feeds feeds = { .records = &run };

	nameless = true;
	opts.record_kinds = 1 << KIND_RESCHEDULE;
	open_feeds(&feeds);
	assert_members(config, record_kinds, 1 << KIND_RESCHEDULE, keep_stacks, 0, single_func, 0);
	assert_false(run.totals.csds_wanted);
	/* Without csds none is swept up. */
	nr_due = 1;
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_calls("gather 1 ");
	feeds__close(&feeds);
	assert_calls("shut close ");
}

TEST_FEEDS(records_are_printed_as_they_come)
{
	struct feeds feeds = { .records = &run };

	open_feeds(&feeds);
	nr_due = 2;
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_calls("sweep gather 1 2 ");
	nr_due = 3;
	assert_int_equal(feeds__end(&feeds), 0);
	assert_calls("finish 1 2 3 ");
	assert_members(run.totals, records, 5, csds, 3, dropped, 10 + 11 + 12, brief, 8, late, 9);
	assert_true(run.totals.ended);
	assert_int_equal(trace_run__dropped(&run), 10 + 11 + 12);
	/* The totals are the last line. */
	assert_int_equal(trace_run__end_line(&run), 0);
	assert_has(text, "\"type\":\"trace_end\"", "\"records\":5,");
	assert_int_equal(count_words(text, "\n"), 1);
	assert_int_equal(text[strlen(text) - 1], '\n');
	feeds__close(&feeds);
}

/* Its threads gather the records. */
TEST_FEEDS(a_crew_has_its_records_itself)
{
	struct feeds feeds = { .records = &run, .crew = true };

	open_feeds(&feeds);
	nr_due = 2;
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_calls("sweep ");
	assert_int_equal(feeds__end(&feeds), 0);
	assert_calls("");
	assert_int_equal(trace_run__gather(&run), 0);
	assert_calls("gather 1 2 ");
	feeds__close(&feeds);
}

static int failed; /* what the run of records returns */

static void tick(const void *feeds)
{
	failed = feeds__tick((struct feeds *)feeds);
}

static void end(const void *feeds)
{
	failed = feeds__end((struct feeds *)feeds);
}

TEST_FEEDS(a_failure_of_records_is_said)
{
	struct feeds feeds = { .records = &run };

	open_feeds(&feeds);
	nr_due = 2;
	/* The reader is gone: nothing more is printed. */
	run.lines.err = -EPIPE;
	assert_int_equal(feeds__tick(&feeds), -EPIPE);
	assert_calls("sweep gather ");
	run.lines.err = 0;
	gather_result = finish_result = -EIO;
	assert_string_equal(printed_to(stderr, tick, &feeds),
			    "ipitrace: records: Input/output error\n");
	assert_int_equal(failed, EXIT_FAILED);
	assert_calls("sweep gather ");
	assert_string_equal(printed_to(stderr, end, &feeds),
			    "ipitrace: records: Input/output error\n");
	assert_int_equal(failed, EXIT_FAILED);
	assert_calls("finish ");
	assert_int_equal(run.totals.dropped, 0);
	feeds__close(&feeds);
}

/* The page gets lines; @ctx is the test's text. */
static int put_lines(void *ctx, enum line_type type, const char *lines, size_t len)
{
	assert_ptr_equal(ctx, text);
	assert_int_equal(type, LINE_STALL);
	note("%.*s", (int)len, lines);
	return 0;
}

/* Stalls alone are tended at each tick; beside records, less often. */
TEST_FEEDS(stalls_are_tended_at_their_own_pace)
{
	struct feeds alone = { .which = FEED_STALLS, .unwatched = true };
	struct feeds beside = { .which = FEED_STALLS, .records = &run, .crew = true };
	const int ticks = STEAL_PERIOD_NS / feeds__period(&beside);

	opts.threshold = 5000;
	feeds__configure(&alone, &opts, &config);
	assert_calls("unwatched threshold 5000 ");
	assert_int_equal(feeds__open(&alone, &opts, &collector), 0);
	assert_null(reports.write);
	assert_int_equal(feeds__begin(&alone), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(feeds__tick(&alone), 0);
	assert_int_equal(feeds__end(&alone), 0);
	assert_calls("begin tend tend end ");
	feeds__close(&alone);
	open_feeds(&beside);
	assert_true(ticks > 1);
	for (int i = 0; i < 2 * ticks; i++)
		assert_int_equal(feeds__tick(&beside), 0);
	assert_int_equal(count_words(text, "sweep "), 2 * ticks);
	assert_int_equal(count_words(text, "tend "), 2);
	assert_string_equal(text + strlen(text) - strlen("sweep tend "), "sweep tend ");
	feeds__close(&beside);
}

TEST_FEEDS(reports_of_stalls_reach_the_page)
{
	struct feeds feeds = { .which = FEED_STALLS,
			       .ring_bytes = 4096,
			       .reports.phases = 6,
			       .sink = { text, NULL, put_lines } };

	open_feeds(&feeds);
	assert_int_equal(config.watch_phases, 6);
	assert_true(reports.json && reports.write == report_rings__put);
	assert_ptr_equal(reports.ctx, &feeds.rings);
	assert_int_equal(reports.write(reports.ctx, 0, "{a}\n", 4), 0);
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_calls("tend {a}\n");
	/* Those of the end come, too. */
	assert_int_equal(reports.write(reports.ctx, 1, "{b}\n", 4), 0);
	assert_int_equal(feeds__end(&feeds), 0);
	assert_calls("end {b}\n");
	/* A crew takes them itself. */
	feeds.crew = true;
	assert_int_equal(reports.write(reports.ctx, 1, "{c}\n", 4), 0);
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_calls("tend ");
	feeds__close(&feeds);
}

/* The command writes the reports itself, and may put them into the rings. */
TEST_FEEDS(a_command_may_write_the_reports)
{
	struct feeds feeds = { .which = FEED_STALLS,
			       .ring_bytes = 4096,
			       .reports = { .write = report_rings__put, .ctx = &run } };

	open_feeds(&feeds);
	assert_false(reports.json);
	assert_ptr_equal(reports.ctx, &run);
	feeds__close(&feeds);
}

TEST_MAIN(host_setup, NULL)
