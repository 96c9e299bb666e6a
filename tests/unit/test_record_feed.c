// SPDX-License-Identifier: GPL-2.0
/* The records of a run: what the collector is asked for, when they are read and printed, their totals. */
#include "run/parts.h"
#include "printed.h"

#define LOADED 0x1234

static struct options opts;
static struct trace_run run;
static struct feeds feeds;
static struct collector collector;
static struct collect_config config;

/* What the made functions do. */
static bool no_symbols, no_names,
	hidden; /* they cannot be opened; nor kept; the kernel hides addresses */
static int fail_sweep, fail_gather, fail_finish, fail_line;
static bool no_end_line; /* without memory */
static struct record due[8];
static size_t nr_due, next_due;

/* What they were asked. */
static char
	asked[128]; /* s sweep, g gather, f finish, p a record is printed, l the lines are written */
static struct naming naming;
static char written[4096];
static int nr_symbols; /* open */

static void note(char what)
{
	size_t len = strlen(asked);

	assert_in_range(len, 0, sizeof(asked) - 2);
	asked[len] = what;
}

char *__real_json__trace_end_line(const struct trace_totals *totals);
char *__wrap_json__trace_end_line(const struct trace_totals *totals)
{
	return no_end_line ? NULL : __real_json__trace_end_line(totals);
}

int __wrap_symbols__open(struct symbols **s, const char *path, const char *modules)
{
	*s = (void *)&opts;
	nr_symbols += !no_symbols;
	return no_symbols ? -ENOENT : 0;
}

int __wrap_symbols__load(struct symbols *s, void (*see)(void *ctx, uint64_t addr, const char *name),
			 void *ctx)
{
	return hidden ? -EPERM : 0;
}

uint64_t __wrap_symbols__address(const struct symbols *s, const char *name)
{
	assert_string_equal(name, "generic_exec_single");
	return LOADED;
}

void __wrap_symbols__find(struct symbols *s, struct symbol *symbol, bool func, uint64_t now)
{
	symbol->name = func ? "function" : "site";
}

int __wrap_symbols__frames(struct symbols *s, struct stack_sample *sample, uint64_t now)
{
	for (uint32_t i = 0; i < sample->nr; i++)
		sample->stack[i].name = "frame";
	return 0;
}

void __wrap_symbols__close(struct symbols *s)
{
	nr_symbols -= s == (void *)&opts;
}

int __wrap_collector__sweep(struct collector *c)
{
	assert_ptr_equal(c, &collector);
	note('s');
	return fail_sweep;
}

uint32_t __wrap_collector__stack(const struct collector *c, int32_t id, uint64_t *stack)
{
	assert_ptr_equal(c, &collector);
	for (int i = 0; i < id; i++)
		stack[i] = 100 + i;
	return id;
}

int __wrap_records__gather(struct records *records, uint64_t now)
{
	assert_ptr_equal(records, &run.records);
	assert_in_range(now, 1, mono_ns());
	note('g');
	return fail_gather;
}

int __wrap_records__finish(struct records *records)
{
	note('f');
	return fail_finish;
}

const struct record *__wrap_records__next(struct records *records)
{
	return next_due < nr_due ? &due[next_due++] : NULL;
}

uint64_t __wrap_records__dropped(const struct records *records, enum ipi_kind kind)
{
	return 1 << kind;
}

uint64_t __wrap_records__brief(const struct records *records)
{
	return 77;
}

struct trace_names *__real_trace_names__open(const struct naming *n);
struct trace_names *__wrap_trace_names__open(const struct naming *n)
{
	naming = *n;
	return no_names ? NULL : __real_trace_names__open(n);
}

static void print(const struct trace_view *view, const struct record *r, struct lines *lines)
{
	assert_ptr_equal(view, &run.view);
	note('p');
	lines__end(lines, stpcpy(lines__begin(lines, 2), "r\n"));
	if (fail_line)
		lines__fail(lines, fail_line);
}

static int take_lines(void *ctx, const char *text, size_t len)
{
	size_t before = strlen(written);

	assert_in_range(before + len, 0, sizeof(written) - 1);
	memcpy(written + before, text, len);
	note('l');
	return 0;
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	memset(&run, 0, sizeof(run));
	memset(&feeds, 0, sizeof(feeds));
	memset(&config, 0, sizeof(config));
	memset(due, 0, sizeof(due));
	memset(asked, 0, sizeof(asked));
	memset(written, 0, sizeof(written));
	no_symbols = no_names = hidden = false;
	fail_sweep = fail_gather = fail_finish = fail_line = 0;
	no_end_line = false;
	nr_due = next_due = 0;
	nr_symbols = 0;
	run.print = print;
	run.lines.write = take_lines;
	feeds.records = &run;
	return 0;
}

static int teardown(void **state)
{
	feeds__close(&feeds);
	return nr_symbols ? -1 : 0;
}

static void open_feed(void)
{
	feeds__configure(&feeds, &opts, &config);
	assert_int_equal(feeds__open(&feeds, &opts, &collector), 0);
}

/* So many records are due, of which every other one is a csd's. */
static void come(size_t nr)
{
	nr_due = nr;
	next_due = 0;
	for (size_t i = 0; i < nr; i++)
		due[i].kind = i % 2 ? KIND_RESCHEDULE : KIND_CALL_FUNCTION;
}

TEST_F(csds_are_recorded_unless_kinds_are_named)
{
	open_feed();
	assert_members(config, record_kinds, 1 << KIND_CALL_FUNCTION, record_slots, 0, keep_stacks,
		       0, min_delay, 0, min_handler, 0, min_wait, 0, single_func, LOADED, keep_sums,
		       0);
	assert_true(run.totals.csds_wanted);
	assert_null(naming.stack);
}

TEST_F(the_options_are_the_collectors)
{
	opts.record_kinds = 1 << KIND_RESCHEDULE;
	opts.buffer = 64;
	opts.stacks = true;
	opts.min_delay = 1;
	opts.min_handler = 2;
	opts.min_wait = 3;
	open_feed();
	assert_members(config, record_kinds, 1 << KIND_RESCHEDULE, record_slots, 64, keep_stacks,
		       true, min_delay, 1, min_handler, 2, min_wait, 3);
	assert_members(run.records, min_delay, 1, min_handler, 2, min_wait, 3);
	assert_false(run.totals.csds_wanted);
	assert_ptr_equal(run.collector, &collector);
	assert_ptr_equal(run.records.maps, &collector.maps);
	assert_in_range(run.view.began, 1, mono_ns());
	assert_false(run.view.sees_interrupts);
}

TEST_F(whether_an_interrupt_sends_is_the_collectors_word)
{
	collector.sees_interrupts = true;
	open_feed();
	collector.sees_interrupts = false;
	assert_true(run.view.sees_interrupts);
}

TEST_F(a_kernel_that_hides_addresses)
{
	hidden = true;
	open_feed();
	assert_int_equal(config.single_func, 0);
}

TEST_F(names_and_stacks)
{
	struct symbol symbol = { .addr = 1 };
	struct stack_sample sample = {};

	opts.stacks = true;
	open_feed();
	assert_ptr_equal(naming.ctx, &run);
	naming.symbol(&run, &symbol, true);
	assert_string_equal(symbol.name, "function");
	naming.symbol(&run, &symbol, false);
	assert_string_equal(symbol.name, "site");
	naming.stack(&run, 3, &sample);
	assert_int_equal(sample.nr, 3);
	for (int i = 0; i < 3; i++)
		assert_members(sample.stack[i], addr, 100 + i, name, "frame", offset, 0);
}

TEST_F(without_names_addresses_stay)
{
	struct symbol symbol = { .addr = 1 };
	struct stack_sample sample = {};

	no_symbols = true;
	opts.stacks = true;
	open_feed();
	assert_null(run.symbols);
	assert_int_equal(config.single_func, 0);
	naming.symbol(&run, &symbol, true);
	assert_null(symbol.name);
	naming.stack(&run, 2, &sample);
	assert_int_equal(sample.nr, 2);
	assert_null(sample.stack[1].name);
	assert_int_equal(sample.stack[1].addr, 101);
}

TEST_F(no_memory_for_names)
{
	no_names = true;
	feeds__configure(&feeds, &opts, &config);
	assert_int_equal(feeds__open(&feeds, &opts, &collector), -ENOMEM);
}

TEST_F(a_tick_prints_what_is_due)
{
	open_feed();
	come(3);
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_string_equal(asked, "sgpppl");
	assert_string_equal(written, "r\nr\nr\n");
	assert_members(run.totals, records, 3, csds, 2);
	come(2);
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_members(run.totals, records, 5, csds, 3);
	/* The reader is gone: no more lines. */
	come(3);
	fail_line = -EPIPE;
	assert_int_equal(feeds__tick(&feeds), -EPIPE);
	assert_members(run.totals, records, 6, csds, 4);
	assert_int_equal(feeds__tick(&feeds), -EPIPE);
	assert_members(run.totals, records, 6);
}

/* Nothing else ends in a window that irq_works do. */
TEST_F(only_csds_need_sweeps)
{
	opts.record_kinds = 1 << KIND_RESCHEDULE;
	open_feed();
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_string_equal(asked, "g");
}

TEST_F(a_crew_gathers_by_itself)
{
	feeds.crew = true;
	open_feed();
	come(1);
	assert_int_equal(feeds__tick(&feeds), 0);
	assert_int_equal(feeds__end(&feeds), 0);
	assert_string_equal(asked, "s");
	assert_int_equal(trace_run__gather(&run), 0);
	assert_string_equal(asked, "sgpl");
}

static int status;

static void tick(const void *of)
{
	status = feeds__tick(&feeds);
}

static void end(const void *of)
{
	status = feeds__end(&feeds);
}

TEST_F(a_failure_of_the_reader)
{
	open_feed();
	come(1);
	fail_sweep = -EIO;
	assert_string_equal(printed_to(stderr, tick, NULL),
			    "ipitrace: records: Input/output error\n");
	assert_int_equal(status, EXIT_FAILED);
	assert_string_equal(asked, "s");
	fail_sweep = 0;
	fail_gather = -ENOMEM;
	assert_string_equal(printed_to(stderr, tick, NULL),
			    "ipitrace: records: Cannot allocate memory\n");
	assert_int_equal(status, EXIT_FAILED);
	assert_string_equal(asked, "ssg");
	fail_finish = -ENOMEM;
	assert_string_equal(printed_to(stderr, end, NULL),
			    "ipitrace: records: Cannot allocate memory\n");
	assert_int_equal(status, EXIT_FAILED);
	assert_string_equal(asked, "ssgf");
	/* They would claim that nothing was lost. */
	assert_int_equal(run.totals.ended, 0);
}

TEST_F(windows_add_up)
{
	struct snapshot snap = { .ledger = { .queued = 10, .in_flight = 4 } };

	open_feed();
	for (int i = 0; i < NR_LOST; i++)
		snap.ledger.lost_by[i] = 1 + i;
	assert_int_equal(feeds__window(&feeds, &snap), 0);
	assert_false(run.totals.filtered);
	snap.ledger.queued = 5;
	snap.ledger.in_flight = 3;
	snap.how.filtered = true;
	assert_int_equal(feeds__window(&feeds, &snap), 0);
	assert_members(run.totals, queued, 15, in_flight, 3, filtered, true);
	for (int i = 0; i < NR_LOST; i++)
		assert_int_equal(run.totals.lost_by[i], 2 * (1 + i));
}

TEST_F(the_end_completes_the_totals)
{
	open_feed();
	come(1);
	run.records.late = 5;
	assert_int_equal(feeds__end(&feeds), 0);
	assert_string_equal(asked, "fpl");
	assert_members(run.totals, records, 1, csds, 1, dropped, (1 << NR_KINDS) - 1, brief, 77,
		       late, 5);
	assert_in_range(run.totals.ended, run.view.began, mono_ns());
	assert_int_equal(trace_run__dropped(&run), (1 << NR_KINDS) - 1);
	assert_int_equal(trace_run__end_line(&run), 0);
	assert_has(written, "\"type\":\"trace_end\"", "\"records\":1,", "\"late\":5");
	assert_int_equal(written[strlen(written) - 1], '\n');
	assert_string_equal(asked, "fpll");
	no_end_line = true;
	assert_int_equal(trace_run__end_line(&run), -ENOMEM);
	assert_string_equal(asked, "fpll");
}

/* The lines that failed are no failure of the totals. */
TEST_F(the_end_of_a_run_that_nobody_reads)
{
	open_feed();
	come(2);
	fail_line = -EPIPE;
	assert_int_equal(feeds__end(&feeds), -EPIPE);
	assert_members(run.totals, records, 1, brief, 77);
	assert_int_equal(trace_run__end_line(&run), -EPIPE);
}

TEST_MAIN(NULL, NULL)
