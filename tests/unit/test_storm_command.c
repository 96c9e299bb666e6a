// SPDX-License-Identifier: GPL-2.0
/* command/storm: its windows, what it prints of them and of their storms, its exit status. */
#include "command/parts.h"
#include "membarrier_window.h"
#include "printed.h"

static struct collector collector;

/* The windows of a made-up run. */
struct made_window {
	double seconds;
	uint64_t csds;
	uint64_t lost;
};

static struct options opts;
static struct made_window windows[8];
static size_t nr_windows;
static struct cut_short cut;
static double interval; /* of the session's options */
static int status;

/* The session's part, without a kernel. */
int __wrap_session__run(const struct options *run, const struct session_ops *ops,
			struct feeds *feeds, void *ctx)
{
	const struct storm_limits limits = limits__storm(run);
	uint64_t now = 77 * SECOND;
	int err;

	assert_true(ops->any_source && ops->users && !ops->windowless && !ops->nameless);
	assert_int_equal(feeds->which, FEED_STORMS | FEED_EVIDENCE);
	interval = run->interval;
	assert_int_equal(storm_run__open(&feeds->storms, &limits, NULL, feeds->storm, feeds->ctx),
			 0);
	assert_int_equal(ops->open(ctx, run, &collector), EXIT_DONE);
	assert_int_equal(ops->begun(ctx), EXIT_DONE);
	for (size_t i = 0; i < nr_windows; i++) {
		struct snapshot snap = membarrier_window(now, windows[i].seconds, windows[i].csds);

		snap.window.last = i + 1 == nr_windows;
		snap.ledger.lost_by[0] = windows[i].lost;
		now = snap.window.mono_end;
		assert_int_equal(storm_run__judge(&feeds->storms, &snap), 0);
		assert_int_equal(feeds->sink.window(feeds->sink.ctx, &snap, NULL), 0);
		assert_int_equal(storm_run__report(&feeds->storms), 0);
		assert_int_equal(ops->window(ctx, &snap, run), EXIT_DONE);
	}
	err = storm_run__end(&feeds->storms);
	assert_int_equal(err, 0);
	err = ops->end(ctx, run, &cut);
	storm_run__close(&feeds->storms);
	return err;
}

static void run_command(const void *of)
{
	status = command_storm(&opts);
	/* So that there is something to read. */
	putchar('\n');
}

static void gate(const void *of)
{
	printed(run_command, NULL);
	fputc('\n', stderr);
}

/* So many windows of @seconds, each with @csds. */
static void make_windows(size_t nr, double seconds, uint64_t csds)
{
	nr_windows = nr;
	for (size_t i = 0; i < nr; i++)
		windows[i] = (struct made_window){ seconds, csds, 0 };
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	memset(&cut, 0, sizeof(cut));
	opts.command = COMMAND_STORM;
	make_windows(4, 1, 3);
	return 0;
}

#define TEST_RUN(name) TEST(name, setup, NULL)

static void add_storm(void)
{
	windows[2].csds = windows[3].csds = 30000;
}

TEST_RUN(a_storm_needs_two_windows)
{
	static const struct {
		double duration, interval, want;
	} cases[] = { { 0, 0, 0 },  { 0, 3, 3 },  { 10, 0, 1 },	  { 2, 0, 1 },
		      { 1, 0, .5 }, { 10, 2, 2 }, { 1, 0.2, 0.2 } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		opts.duration = cases[i].duration;
		opts.interval = cases[i].interval;
		printed(run_command, NULL);
		assert_true(interval == cases[i].want);
		assert_int_equal(status, EXIT_DONE);
	}
}

/* How often @text has @word. */
static int count_words(const char *text, const char *word)
{
	int nr = 0;

	for (; (text = strstr(text, word)); text++)
		nr++;
	return nr;
}

TEST_RUN(the_head_is_printed_once)
{
	const char *text = printed(run_command, NULL);

	assert_int_equal(count_words(text, "node"), 1);
	opts.quiet = true;
	assert_string_equal(printed(run_command, NULL), "\n");
	opts.quiet = false;
	opts.json = true;
	text = printed(run_command, NULL);
	assert_lacks(text, "ipitrace storm");
	assert_int_equal(count_words(text, "\"type\":\"no_storm\""), 1);
}

TEST_RUN(a_storm_is_printed_as_it_begins)
{
	const char *text;

	add_storm();
	text = printed(run_command, NULL);
	assert_has(text, "membarrier");
	assert_int_equal(count_words(text, "node"), 1);
	assert_int_equal(status, EXIT_DONE);
	/* The head comes first. */
	assert_true(strstr(text, "node") < strstr(text, "membarrier"));
	opts.json = true;
	text = printed(run_command, NULL);
	assert_has(text, "\"type\":\"storm\"", "\"membarrier\"", "\"cost_ns_per_s\":24000000,",
		   "\"handler_ns_per_s\":15000000,", "\"wait_ns_per_s\":9000000,");
	assert_lacks(text, "no_storm");
	opts.json = false;
	opts.quiet = true;
	assert_has(printed(run_command, NULL), "membarrier");
}

TEST_RUN(a_gate_by_what_was_found)
{
	opts.exit_code = opts.quiet = true;
	assert_string_equal(printed_to(stderr, gate, NULL), "\n");
	assert_int_equal(status, EXIT_DONE);
	add_storm();
	printed_to(stderr, gate, NULL);
	assert_int_equal(status, EXIT_FOUND);
	/* What was lost hides nothing that was found. */
	windows[0].lost = 100000;
	printed_to(stderr, gate, NULL);
	assert_int_equal(status, EXIT_FOUND);
}

/* A storm lasts for two windows, in which its csds may all be lost. */
TEST_RUN(a_gate_that_lost_csds_of_two_windows)
{
	opts.exit_code = opts.quiet = true;
	windows[1].lost = 700;
	windows[2].lost = 900;
	windows[3].lost = 1;
	assert_has(printed_to(stderr, gate, NULL),
		   "ipitrace: storm: not certain: 1600 csds of two windows could not be followed");
	assert_int_equal(status, EXIT_FAILED);
}

TEST_RUN(a_gate_with_a_window_that_was_late)
{
	opts.exit_code = opts.quiet = true;
	make_windows(4, 1, 700);
	windows[2].seconds = 40;
	windows[2].csds = 28000;
	assert_has(printed_to(stderr, gate, NULL),
		   "ipitrace: storm: not certain: a window of 1 s lasted 40 s");
	assert_int_equal(status, EXIT_FAILED);
	/* As long as it was asked for. */
	opts.interval = 40;
	assert_string_equal(printed_to(stderr, gate, NULL), "\n");
	assert_int_equal(status, EXIT_DONE);
}

TEST_MAIN(host_setup, NULL)
