// SPDX-License-Identifier: GPL-2.0
/* command/top: when it refuses, its session, its keys, the file of -o, and that the terminal is given back. */
#include "captured.h"
#include "command_run.h"
#include "run_file.h"
#include "view/top/screen.h"

static int tty; /* the descriptors that are terminals, a bit for each */
static bool known, gone, resized;
static int open_result, begin_result;
static const char *typed; /* keys to come */
static int opened, drawn;

int __wrap_isatty(int fd)
{
	return tty >> fd & 1;
}

bool __wrap_terminal__known(void)
{
	return known;
}

int __wrap_terminal__open(int code)
{
	assert_int_equal(code, EXIT_FAILED);
	opened++;
	return open_result;
}

int __wrap_terminal__begin(struct canvas *canvas)
{
	return begin_result;
}

void __wrap_terminal__end(void)
{
	opened = 0;
}

int __wrap_terminal__fd(void)
{
	return 77;
}

bool __wrap_terminal__signals(struct canvas *canvas)
{
	return resized;
}

bool __wrap_terminal__input(struct input *input, bool *is_gone)
{
	*is_gone = gone;
	if (!*typed)
		return false;
	*input = (struct input){ .key = SCREEN_CHAR, .ch = *typed++ };
	return true;
}

void __wrap_terminal__draw(const struct canvas *canvas)
{
	drawn++;
}

void __wrap_screen__draw(struct screen *screen, struct canvas *canvas)
{
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	opts.command = COMMAND_TOP;
	tty = 1 << STDIN_FILENO | 1 << STDOUT_FILENO;
	known = true;
	gone = resized = false;
	open_result = begin_result = 0;
	typed = "";
	opened = drawn = 0;
	setenv("TERM", "strange", 1);
	return 0;
}

static const char *said(void (*session)(void))
{
	unlink(path);
	return run_command(command_top, session);
}

static void refused(const char *why)
{
	assert_string_equal(said(NULL), why);
	assert_int_equal(status, EXIT_CANNOT);
	assert_int_equal(given.runs, 0);
}

TEST_F(a_screen_needs_a_terminal)
{
	const char *needs = "ipitrace: top: without a terminal use ipitrace summary\n";

	tty = 1 << STDIN_FILENO;
	refused(needs);
	tty = 1 << STDOUT_FILENO;
	refused(needs);
	tty |= 1 << STDIN_FILENO;
	known = false;
	refused("ipitrace: top: the terminal TERM=strange has no screen: use ipitrace summary\n");
	unsetenv("TERM");
	refused("ipitrace: top: the terminal TERM= has no screen: use ipitrace summary\n");
}

static double interval;

static void play_session(void)
{
	struct collect_config config = {};

	interval = given.opts->interval;
	assert_true(given.ops->users);
	assert_false(given.ops->any_source || given.ops->windowless || given.ops->nameless);
	assert_int_equal(given.feeds->which, FEED_ALL);
	assert_true(given.feeds->unwatched && given.feeds->reports.json);
	assert_non_null(given.feeds->reports.take_report);
	/* Rows of senders name their cgroups. */
	given.ops->configure(given.ctx, given.opts, &config);
	assert_int_equal(config.by_key, BY_SENDER);
	config.by_key = BY_VICTIM;
	given.ops->configure(given.ctx, given.opts, &config);
	assert_int_equal(config.by_key, BY_VICTIM);
	assert_int_equal(given.ops->fd(given.ctx), 77);
	given.result = EXIT_CANNOT;
}

TEST_F(the_session_of_a_screen)
{
	opts.duration = 60;
	said(play_session);
	assert_true(interval == 1);
	assert_int_equal(status, EXIT_CANNOT);
	opts.interval = 3;
	said(play_session);
	assert_true(interval == 3);
}

static void begin(void)
{
	assert_int_equal(given.ops->open(given.ctx, given.opts, NULL), EXIT_DONE);
	assert_int_equal(given.ops->begun(given.ctx), EXIT_DONE);
	assert_int_equal(opened, 1);
}

static void window(uint64_t at)
{
	const struct snapshot snap = membarrier_window(at * SECOND, 1, 10);

	assert_int_equal(given.ops->window(given.ctx, &snap, given.opts), EXIT_DONE);
}

static void end(void)
{
	const struct cut_short cut = {};

	given.result = given.ops->end(given.ctx, given.opts, &cut);
	assert_int_equal(opened, 0);
}

/* Returns whether @keys end the run. */
static bool keys(const char *text)
{
	bool over = false;

	typed = text;
	assert_int_equal(given.ops->readable(given.ctx, &over), EXIT_DONE);
	return over;
}

static void play_keys(void)
{
	begin();
	assert_int_equal(drawn, 1);
	assert_false(keys(""));
	assert_int_equal(drawn, 1);
	assert_false(keys("p"));
	assert_int_equal(drawn, 2);
	resized = true;
	assert_false(keys(""));
	assert_int_equal(drawn, 3);
	resized = false;
	window(1);
	assert_int_equal(drawn, 4);
	/* No key after q counts, and a screen that ends is not drawn. */
	assert_true(keys("pqp"));
	assert_string_equal(typed, "p");
	assert_int_equal(drawn, 4);
	gone = true;
	assert_true(keys(""));
	given.feeds->sum.lost = 3;
	end();
}

TEST_F(keys_end_and_draw)
{
	assert_string_equal(said(play_keys), "ipitrace: no room for 3 stalls, which are missing\n");
	assert_int_equal(status, EXIT_DONE);
}

static void play_stall(void)
{
	const struct incident incident = { .phase = PHASE_HANDLER };
	const struct storm storm = { .id = 2 };
	const struct storm_evidence evidence = {};
	const struct feeds *feeds = given.feeds;
	const char *line = "{\"schema\":\"ipitrace/1\",\"type\":\"stall\"}\n";

	begin();
	window(1);
	window(2);
	assert_int_equal(feeds->reports.take_report(feeds->reports.ctx, &incident, 1, line,
						    strlen(line)),
			 0);
	assert_int_equal(feeds->storm(feeds->ctx, &storm, &evidence, SECOND), 0);
	drawn = 0;
	assert_false(keys(""));
	assert_int_equal(drawn, 1);
	assert_false(keys(""));
	assert_int_equal(drawn, 1);
	keys("w");
	keys(opts.quiet ? "w" : "");
	end();
}

static void play_nothing(void)
{
	begin();
	window(1);
	end();
}

TEST_F(a_key_writes_what_is_kept)
{
	opts.output = path;
	said(play_stall);
	assert_captured(path, "0 1 1 2 4 9 ");
	/* Each time the whole file. */
	opts.quiet = true;
	said(play_stall);
	assert_captured(path, "0 1 1 2 4 9 ");
	assert_has(captured_first, "\"part\":1,");
	said(play_nothing);
	assert_captured(path, "0 9 ");
	opts.output = NULL;
	said(play_stall);
	assert_int_equal(status, EXIT_DONE);
	assert_int_equal(access(path, F_OK), -1);
}

static void play_no_screen(void)
{
	if (given.ops->open(given.ctx, given.opts, NULL))
		given.result = EXIT_CANNOT;
	else
		given.result = given.ops->begun(given.ctx);
}

TEST_F(the_terminal_is_given_back)
{
	begin_result = -ENOTTY;
	assert_has(said(play_no_screen), "ipitrace: the screen: Inappropriate ioctl");
	assert_int_equal(status, EXIT_FAILED);
	assert_int_equal(opened, 0);
	begin_result = 0;
	open_result = -EIO;
	said(play_no_screen);
	assert_int_equal(status, EXIT_CANNOT);
	assert_int_equal(opened, 0);
}

TEST_MAIN(make_dir, remove_dir)
