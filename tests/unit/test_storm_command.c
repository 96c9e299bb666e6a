// SPDX-License-Identifier: GPL-2.0
/* command/storm: its windows, what it prints of them and of their storms, its exit status. */
#include "command_run.h"
#include "membarrier_window.h"

static struct collector collector;

/* The windows of a made-up run. */
struct made_window {
	double seconds;
	uint64_t csds;
	uint64_t lost;
};

static struct made_window windows[8];
static size_t nr_windows;
static struct cut_short cut;
static double interval; /* of the session's options */

static void play(void)
{
	const struct session_ops *ops = given.ops;
	const struct options *run = given.opts;
	const struct storm_limits limits = options_limits__storm(run);
	struct feeds *feeds = given.feeds;
	uint64_t now = 77 * SECOND;

	assert_true(ops->any_source && ops->users && !ops->windowless && !ops->nameless);
	assert_int_equal(feeds->which, FEED_STORMS | FEED_EVIDENCE);
	interval = run->interval;
	assert_int_equal(storm_run__open(&feeds->storms, &limits, NULL, feeds->storm, feeds->ctx),
			 0);
	assert_int_equal(ops->open(given.ctx, run, &collector), EXIT_DONE);
	assert_int_equal(ops->begun(given.ctx), EXIT_DONE);
	for (size_t i = 0; i < nr_windows; i++) {
		struct snapshot snap = membarrier_window(now, windows[i].seconds, windows[i].csds);

		snap.window.last = i + 1 == nr_windows;
		snap.ledger.lost_by[0] = windows[i].lost;
		now = snap.window.mono_end;
		assert_int_equal(storm_run__judge(&feeds->storms, &snap), 0);
		assert_int_equal(feeds->sink.window(feeds->sink.ctx, &snap, NULL), 0);
		assert_int_equal(storm_run__report(&feeds->storms), 0);
		assert_int_equal(ops->window(given.ctx, &snap, run), EXIT_DONE);
	}
	assert_int_equal(storm_run__end(&feeds->storms), 0);
	given.result = ops->end(given.ctx, run, &cut);
	storm_run__close(&feeds->storms);
}

static const char *said(void)
{
	return run_command(command_storm, play);
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

#define TEST_RUN(name) TEST(name, setup, printed_restore)

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
		said();
		assert_true(interval == cases[i].want);
		assert_int_equal(status, EXIT_DONE);
	}
}

TEST_RUN(the_head_is_printed_once)
{
	said();
	assert_int_equal(count_words(out, "node"), 1);
	opts.quiet = true;
	said();
	assert_string_equal(out, "");
	opts.quiet = false;
	opts.json = true;
	said();
	assert_lacks(out, "ipitrace storm");
	assert_int_equal(count_words(out, "\"type\":\"no_storm\""), 1);
}

TEST_RUN(a_storm_is_printed_as_it_begins)
{
	add_storm();
	said();
	assert_has(out, "membarrier");
	assert_int_equal(count_words(out, "node"), 1);
	assert_int_equal(status, EXIT_DONE);
	/* The head comes first. */
	assert_true(strstr(out, "node") < strstr(out, "membarrier"));
	opts.json = true;
	said();
	assert_has(out, "\"type\":\"storm\"", "\"membarrier\"", "\"cost_ns_per_s\":24000000,",
		   "\"handler_ns_per_s\":15000000,", "\"wait_ns_per_s\":9000000,");
	assert_lacks(out, "no_storm");
	opts.json = false;
	opts.quiet = true;
	said();
	assert_has(out, "membarrier");
}

TEST_RUN(a_gate_by_what_was_found)
{
	opts.exit_code = opts.quiet = true;
	assert_string_equal(said(), "");
	assert_int_equal(status, EXIT_DONE);
	add_storm();
	said();
	assert_int_equal(status, EXIT_FOUND);
	/* What was lost hides nothing that was found. */
	windows[0].lost = 100000;
	said();
	assert_int_equal(status, EXIT_FOUND);
}

/* A storm lasts for two windows, in which its csds may all be lost. */
TEST_RUN(a_gate_that_lost_csds_of_two_windows)
{
	opts.exit_code = opts.quiet = true;
	windows[1].lost = 700;
	windows[2].lost = 900;
	windows[3].lost = 1;
	assert_has(said(),
		   "ipitrace: storm: not certain: 1600 IPIs of two windows could not be followed");
	assert_int_equal(status, EXIT_FAILED);
}

TEST_RUN(a_gate_with_a_window_that_was_late)
{
	opts.exit_code = opts.quiet = true;
	make_windows(4, 1, 700);
	windows[2].seconds = 40;
	windows[2].csds = 28000;
	assert_has(said(), "ipitrace: storm: not certain: a window of 1 s lasted 40 s");
	assert_int_equal(status, EXIT_FAILED);
	/* As long as it was asked for. */
	opts.interval = 40;
	assert_string_equal(said(), "");
	assert_int_equal(status, EXIT_DONE);
}

TEST_MAIN(host_setup, NULL)
