// SPDX-License-Identifier: GPL-2.0
/* command/summary: its windows, which page is whose, the words around the page, --html; `hist`. */
#include "command_run.h"
#include "membarrier_window.h"
#include "view/text/views.h"

static char *make[] = { "/usr/bin/make", "-j4", NULL };
static char page[8]; /* picture_run */

/* The terminal. */
static struct screen_size size;
static bool terminal; /* stdout and stderr are one */
static bool keys;
static int keys_open;

/* What was shown. */
static struct brief brief; /* of the latest page */
static uint64_t csds; /* of the latest page */
static int pages, redrawn;
static char words[512]; /* the texts of the latest page */
static char note[64];

/* --html */
static int pages_closed, pages_ended, page_status;

bool __wrap_redraw__possible(void)
{
	return size.rows;
}

struct screen_size __wrap_redraw__size(void)
{
	return size;
}

int __wrap_isatty(int fd)
{
	return terminal;
}

void __wrap_redraw__note_run(const char *doing, double seconds)
{
	snprintf(note, sizeof(note), "%s %g", doing, seconds);
}

void __wrap_redraw__note_end(void)
{
	strcat(note, ".");
}

void __wrap_redraw__frame(const char *text, bool first)
{
	assert_string_equal(text, "page\n");
	assert_int_equal(first, !redrawn);
	redrawn++;
}

bool __wrap_quit_key__open(void)
{
	keys_open += keys;
	return keys;
}

int __wrap_quit_key__fd(void)
{
	return 7;
}

bool __wrap_quit_key__pressed(void)
{
	return true;
}

void __wrap_quit_key__close(void)
{
	keys_open = 0;
}

int __wrap_view__brief(FILE *file, const struct snapshot *snap, const struct brief *of)
{
	brief = *of;
	csds = snap->ledger.queued;
	pages++;
	snprintf(words, sizeof(words), "%s|%s|%s|%s", of->program, of->filters, of->again, of->ran);
	fputs("page\n", file);
	return 0;
}

int __wrap_picture_run__open(struct picture_run **run, const struct options *of)
{
	*run = (void *)page;
	return EXIT_DONE;
}

struct sink __wrap_picture_run__page(struct picture_run *run)
{
	return (struct sink){ .ctx = run };
}

int __wrap_picture_run__end(struct picture_run *run)
{
	assert_ptr_equal(run, page);
	pages_ended++;
	return page_status;
}

void __wrap_picture_run__close(struct picture_run *run)
{
	pages_closed += run == (void *)page;
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	memset(&size, 0, sizeof(size));
	memset(&brief, 0, sizeof(brief));
	terminal = keys = false;
	keys_open = pages = redrawn = pages_closed = pages_ended = 0;
	page_status = EXIT_DONE;
	*note = *words = '\0';
	program_invocation_name = "ipitrace";
	unsetenv("SUDO_USER");
	return 0;
}

#define TEST_RUN(name) TEST(name, setup, printed_restore)

static void begin(void)
{
	const struct collect_config none = { .program = 1234 };
	struct collect_config config = none;

	if (given.ops->configure)
		given.ops->configure(given.ctx, given.opts, &config);
	if (given.ops->open)
		assert_int_equal(given.ops->open(given.ctx, given.opts, NULL), EXIT_DONE);
	assert_int_equal(given.ops->begun(given.ctx), EXIT_DONE);
}

/* A window of second @at. */
static void window(uint64_t at, uint64_t nr, bool last)
{
	struct snapshot snap = membarrier_window(at * SECOND, 1, nr);

	snap.window.last = last;
	assert_int_equal(given.ops->window(given.ctx, &snap, given.opts), EXIT_DONE);
}

static void end(void)
{
	const struct cut_short cut = {};

	given.result = given.ops->end ? given.ops->end(given.ctx, given.opts, &cut) : EXIT_DONE;
}

static void play_window(void)
{
	begin();
	window(1, 10, true);
	end();
}

static void play_windows(void)
{
	begin();
	window(1, 10, false);
	window(2, 20, false);
	window(3, 40, true);
	end();
}

/* The session's own options, which differ from the command line's. */
static double interval;
static uint64_t early;
static unsigned int feeds;

static void play_nothing(void)
{
	interval = given.opts->interval;
	early = given.ops->early_ns;
	feeds = given.feeds ? given.feeds->which : 0;
}

TEST_RUN(a_report_about_program_has_one_window)
{
	opts.program = make;
	run_command(command_summary, play_nothing);
	assert_true(interval == WHOLE_RUN);
	run_command(command_hist, play_nothing);
	assert_true(interval == WHOLE_RUN);
	/* Each window has room for a limited number of stacks. */
	opts.folded = true;
	run_command(command_summary, play_nothing);
	assert_true(!interval);
	opts.folded = false;
	opts.duration = 3;
	run_command(command_summary, play_nothing);
	assert_true(!interval);
	run_command(command_hist, play_nothing);
	assert_true(!interval);
	assert_int_equal(feeds, 0);
}

static void play_kernel(void)
{
	assert_true(given.ops->any_source);
	assert_false(given.ops->windowless || given.ops->nameless || given.ops->unattended);
}

static void play_users(void)
{
	play_kernel();
	assert_true(given.ops->users);
	given.result = EXIT_CANNOT;
}

/* Whatever the session returns, this is the exit status. */
TEST_RUN(any_kernel_will_do)
{
	run_command(command_summary, play_users);
	assert_int_equal(status, EXIT_CANNOT);
	assert_int_equal(given.runs, 1);
	run_command(command_hist, play_kernel);
	assert_int_equal(status, EXIT_DONE);
}

/* The first part of a long window is shown early, if pages are drawn over one another. */
TEST_RUN(a_reader_does_not_wait_for_the_first_window)
{
	opts.interval = 2;
	run_command(command_summary, play_nothing);
	assert_int_equal(early, 0);
	size = (struct screen_size){ 80, BRIEF_ROWS_MIN };
	run_command(command_summary, play_nothing);
	assert_int_equal(early, SECOND);
	opts.interval = 1;
	run_command(command_summary, play_nothing);
	assert_int_equal(early, 0);
}

static void not_in_place(void)
{
	run_command(command_summary, play_nothing);
	assert_int_equal(early, 0);
	memset(&opts, 0, sizeof(opts));
	opts.interval = 2;
}

TEST_RUN(pages_below_one_another)
{
	size = (struct screen_size){ 80, BRIEF_ROWS_MIN };
	opts.interval = 2;
	opts.scroll = true;
	not_in_place();
	opts.output = "file";
	not_in_place();
	opts.duration = 2;
	not_in_place();
	opts.all_kinds = true;
	not_in_place();
	opts.stacks = true;
	not_in_place();
	opts.self = true;
	not_in_place();
	opts.program = make;
	not_in_place();
	opts.duration = 3;
	run_command(command_summary, play_nothing);
	assert_int_equal(early, SECOND);
	size.rows--;
	not_in_place();
}

static void play_early(void)
{
	assert_int_equal(given.ops->fd(given.ctx), -1);
	begin();
	assert_int_equal(given.ops->fd(given.ctx), keys ? 7 : -1);
	window(1, 10, false);
	assert_int_equal(csds, 10);
	assert_string_equal(brief.ends, keys ? "q ends" : "Ctrl-C ends");
	assert_false(brief.total);
	/* The second part of the first window. */
	window(2, 20, false);
	assert_int_equal(csds, opts.interval > 1 ? 30 : 20);
	window(3, 40, false);
	assert_int_equal(csds, 40);
	window(4, 1, true);
	/* The last page is of the whole run. */
	assert_int_equal(csds, 71);
	assert_true(brief.total);
	end();
	assert_int_equal(keys_open, 0);
}

TEST_RUN(pages_over_one_another)
{
	size = (struct screen_size){ 100, 30 };
	keys = true;
	opts.interval = 2;
	run_command(command_summary, play_early);
	assert_int_equal(redrawn, 4);
	assert_string_equal(out, "");
	assert_int_equal(brief.columns, 100);
	assert_int_equal(brief.rows, 30);
	keys = false;
	opts.interval = 1;
	redrawn = 0;
	run_command(command_summary, play_early);
	assert_int_equal(redrawn, 4);
	opts.scroll = true;
	run_command(command_summary, play_windows);
	assert_string_equal(out, "page\n\npage\n\npage\n\n");
	assert_int_equal(csds, 40);
	assert_false(brief.total);
}

static void play_key(void)
{
	bool over = false;

	begin();
	assert_int_equal(given.ops->readable(given.ctx, &over), EXIT_DONE);
	assert_true(over);
	assert_int_equal(keys_open, 1);
	given.result = EXIT_FAILED;
}

/* A run that failed gives the keys back, too. */
TEST_RUN(the_key_q_ends_the_run)
{
	size = (struct screen_size){ 80, 24 };
	keys = true;
	run_command(command_summary, play_key);
	assert_int_equal(keys_open, 0);
	assert_int_equal(status, EXIT_FAILED);
	opts.scroll = true;
	run_command(command_summary, begin);
	assert_int_equal(keys_open, 0);
}

TEST_RUN(what_the_page_says_of_the_run)
{
	run_command(command_summary, play_window);
	assert_string_equal(out, "page\n\n");
	assert_members(brief, columns, BRIEF_COLUMNS, rows, BRIEF_ROWS, hints, 0, quiet, 0, by_cpu,
		       0);
	assert_true(brief.asked == 1);
	assert_null(brief.ends);
	assert_non_null(brief.nearest);
	size = (struct screen_size){ 100, 10 };
	terminal = opts.quiet = true;
	opts.by = RANK_CPU;
	opts.interval = 3;
	run_command(command_summary, play_windows);
	assert_true(brief.asked == 3);
	assert_members(brief, quiet, 1, by_cpu, 1, columns, 100, rows, 10);
	assert_string_equal(brief.ends, "Ctrl-C ends");
	/* The first page had them. */
	assert_int_equal(brief.hints, false);
	opts.duration = 3;
	run_command(command_summary, play_window);
	assert_string_equal(out, "page\n");
	assert_null(brief.ends);
	assert_int_equal(brief.hints, true);
	opts = (struct options){ .program = make };
	run_command(command_summary, play_window);
	assert_true(!brief.asked);
	assert_null(brief.ends);
}

TEST_RUN(commands_to_paste)
{
	char *odd[] = { "sh", "-c", "a;b", NULL };
	char long_word[80] = "";

	run_command(command_summary, play_window);
	assert_string_equal(words, "ipitrace|||");
	setenv("SUDO_USER", "me", 1);
	opts.program = make;
	run_command(command_summary, play_window);
	assert_string_equal(words, "sudo ipitrace|| -- /usr/bin/make -j4|make[1234]");
	program_invocation_name = "./my ipitrace";
	opts.program = odd;
	run_command(command_summary, play_window);
	assert_string_equal(words, "sudo ipitrace|||sh[1234]");
	/* Not all senders are counted. */
	opts.pid = 5;
	run_command(command_summary, play_window);
	assert_string_equal(words, "sudo ipitrace| -p 5||");
	memset(long_word, 'x', sizeof(long_word) - 1);
	odd[1] = long_word;
	odd[2] = NULL;
	opts.pid = 0;
	opts.src.given = true;
	cpuset__add(&opts.src.set, 3);
	run_command(command_summary, play_window);
	assert_string_equal(words, "sudo ipitrace| --src 3||");
}

TEST_RUN(filters_of_commands_to_paste)
{
	opts.cpus.given = opts.src.given = opts.dst.given = true;
	for (int cpu = 0; cpu < 3; cpu++) {
		cpuset__add(&opts.cpus.set, cpu);
		cpuset__add(&opts.dst.set, 2 * cpu);
	}
	cpuset__add(&opts.src.set, 9);
	opts.pid = 17;
	run_command(command_summary, play_window);
	assert_string_equal(words, "ipitrace| -c 0-2 --src 9 --dst 0,2,4 -p 17||");
	/* Without all filters the commands would choose other csds. */
	for (int cpu = 0; cpu < 1000; cpu += 2) {
		cpuset__add(&opts.cpus.set, cpu);
		cpuset__add(&opts.dst.set, cpu);
	}
	run_command(command_summary, play_window);
	assert_string_equal(words, "ipitrace|||");
}

static void noted(int (*command)(const struct options *), const char *want)
{
	*note = '\0';
	run_command(command, play_window);
	assert_string_equal(note, want);
}

TEST_RUN(a_run_of_one_window_says_that_it_measures)
{
	noted(command_summary, ".");
	noted(command_hist, ".");
	opts.duration = 3;
	noted(command_summary, "measuring 3.");
	noted(command_hist, "measuring 3.");
	opts.quiet = true;
	noted(command_summary, ".");
	noted(command_hist, ".");
	opts.quiet = false;
	opts.json = true;
	noted(command_summary, ".");
	noted(command_hist, ".");
	opts.json = false;
	opts.program = make;
	noted(command_summary, ".");
	noted(command_hist, ".");
	opts.program = NULL;
	opts.interval = 1;
	noted(command_summary, ".");
	noted(command_hist, ".");
	opts.interval = 3;
	noted(command_summary, "measuring 3.");
}

TEST_RUN(an_interval_alone_is_explained)
{
	opts.bare_interval = true;
	opts.interval = 2;
	assert_string_equal(run_command(command_summary, NULL), "");
	terminal = true;
	assert_string_equal(run_command(command_summary, NULL),
			    "ipitrace: prints a report every 2 s until Ctrl-C; "
			    "-d 2 prints one report of 2 s\n");
	opts.quiet = true;
	assert_string_equal(run_command(command_summary, NULL), "");
	opts.quiet = false;
	opts.program = make;
	assert_string_equal(run_command(command_summary, NULL), "");
	opts.program = NULL;
	opts.duration = 8;
	assert_string_equal(run_command(command_summary, NULL), "");
}

static void play_storm(void)
{
	begin();
	for (int at = 1; at <= 4; at++)
		window(at, at > 2 ? 30000 : 3, at == 4);
	end();
}

TEST_RUN(other_forms)
{
	opts.json = true;
	run_command(command_summary, play_storm);
	assert_int_equal(count_words(out, "\"type\":\"snapshot\""), 4);
	/* Of the last window. */
	assert_int_equal(count_words(out, "\"verdict\":\"storm\""), 1);
	run_command(command_hist, play_windows);
	assert_int_equal(count_words(out, "\"type\":\"snapshot\""), 3);
	assert_lacks(out, "\"verdict\":\"storm\"");
	opts.json = false;
	opts.full = true;
	run_command(command_summary, play_windows);
	assert_int_equal(count_words(out, "ipi_mb"), 3);
	opts.calls = true;
	run_command(command_summary, play_windows);
	assert_has(out, "ipitrace calls");
	run_command(command_hist, play_windows);
	assert_int_equal(count_words(out, "node"), 3);
	opts.quiet = true;
	run_command(command_hist, play_windows);
	assert_lacks(out, "node");
	assert_int_equal(pages, 0);
}

static void play_stacks(void)
{
	struct stack_sample sample = { .comm = "sender", .nr = 1, .stack[0].name = "sends" };
	struct snapshot snap = membarrier_window(SECOND, 1, 10);

	snap.samples = &sample;
	snap.nr_samples = 1;
	begin();
	assert_int_equal(given.ops->window(given.ctx, &snap, given.opts), EXIT_DONE);
	assert_int_equal(given.ops->window(given.ctx, &snap, given.opts), EXIT_DONE);
	end();
}

TEST_RUN(stacks_of_all_windows_at_the_end)
{
	opts.folded = true;
	run_command(command_summary, play_stacks);
	assert_int_equal(count_words(out, "sends"), 1);
	assert_has(out, "sender;", " 20\n");
	assert_int_equal(pages, 0);
}

static void play_page(void)
{
	/* As `record`, whose page this is. */
	assert_false(given.ops->any_source);
	assert_int_equal(given.feeds->which, FEED_ALL);
	assert_true(given.feeds->unwatched);
	assert_int_equal(given.feeds->ring_bytes, PAGE_RING_BYTES);
	interval = given.opts->interval;
	begin();
	assert_ptr_equal(given.feeds->sink.ctx, page);
	window(1, 10, false);
	window(2, 20, false);
	window(3, 40, true);
	given.feeds->sum.lost = 2;
	given.feeds->rings.rings[0].refused = 1;
	end();
}

#define MISSING                                               \
	"ipitrace: no room for 2 stalls, which are missing\n" \
	"ipitrace: 1 stall is missing: the page had no room\n"

/* A page has windows of 1 s, and the text is of the whole run. */
TEST_RUN(a_page_beside_the_text)
{
	opts.html = "page.html";
	opts.duration = 3;
	assert_string_equal(run_command(command_summary, play_page), MISSING);
	assert_true(interval == 1);
	assert_int_equal(pages, 1);
	assert_int_equal(csds, 70);
	assert_true(brief.asked == 3);
	assert_int_equal(pages_ended, 1);
	assert_int_equal(pages_closed, 1);
	assert_int_equal(status, EXIT_DONE);
	/* As many reports as windows. */
	opts.interval = 2;
	page_status = EXIT_FAILED;
	run_command(command_summary, play_page);
	assert_true(interval == 2);
	assert_int_equal(pages, 4);
	assert_int_equal(csds, 40);
	assert_int_equal(status, EXIT_FAILED);
	opts.interval = 0;
	opts.json = true;
	run_command(command_summary, play_page);
	assert_int_equal(count_words(out, "\"type\":\"snapshot\""), 3);
}

TEST_RUN(stdout_is_no_page)
{
	opts.html = "-";
	assert_has(run_command(command_summary, NULL), "summary --html -: stdout has the report");
	assert_int_equal(status, EXIT_USAGE);
	assert_int_equal(given.runs, 0);
}

TEST_MAIN(host_setup, NULL)
