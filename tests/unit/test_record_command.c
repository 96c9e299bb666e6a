// SPDX-License-Identifier: GPL-2.0
/* command/record: its session, the lines of its file, pictures, losses, the flight recorder's part. */
#include <sys/stat.h>
#include "captured.h"
#include "command_run.h"
#include "run_file.h"
#include "storm/detector.h"

static struct collector collector;
static char picture[8];
static struct flight *const recorder = (void *)dir;

static bool terminal;
static int lines_drawn, pictures_ended, pictures_closed, picture_result;
static int progresses;
static struct record_progress progress; /* the latest */
static char handed[256]; /* types of lines that the recorder got */
static struct trigger triggered;
static int triggers;
static int fork_status, forks, flights_ended, flights_closed;

static const char *detached;

const char *__wrap_programs__detached(const struct programs *programs)
{
	return detached;
}

int __wrap_isatty(int fd)
{
	return terminal;
}

void __wrap_view__record_progress(const struct record_progress *of)
{
	struct stat st;

	progress = *of;
	progresses++;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(of->bytes, st.st_size);
}

int __wrap_picture_run__open(struct picture_run **run, const struct options *of)
{
	assert_true(of->html || of->perfetto);
	*run = (void *)picture;
	return EXIT_DONE;
}

int __wrap_picture_run__put(struct picture_run *run, const char *text, size_t len)
{
	assert_int_equal(text[len - 1], '\n');
	lines_drawn++;
	return picture_result;
}

int __wrap_picture_run__end(struct picture_run *run)
{
	assert_ptr_equal(run, picture);
	pictures_ended++;
	return EXIT_DONE;
}

void __wrap_picture_run__close(struct picture_run *run)
{
	pictures_closed += run == (void *)picture;
}

int __wrap_flight_run__fork(struct flight_run *run, struct options *of)
{
	assert_true(of->trace);
	forks++;
	run->flight = recorder;
	return fork_status;
}

int __wrap_flight_run__open(struct flight_run *run, struct feeds *feeds)
{
	assert_true(feeds->crew);
	return EXIT_DONE;
}

int __wrap_flight_run__tend(struct flight_run *run, bool *over)
{
	*over = true;
	return EXIT_DONE;
}

int __wrap_flight_run__end(struct flight_run *run)
{
	flights_ended++;
	return EXIT_FAILED;
}

void __wrap_flight_run__progress(const struct flight_run *run, struct record_progress *to)
{
	to->flight = true;
	to->files = 3;
}

void __wrap_flight_run__close(struct flight_run *run)
{
	flights_closed++;
}

int __wrap_flight__start(struct flight *flight)
{
	assert_ptr_equal(flight, recorder);
	return 0;
}

void __wrap_flight__hand_over(struct flight *flight, char *line)
{
	enum line_type type;

	assert_ptr_equal(flight, recorder);
	assert_int_equal(capture_line__type(line, strlen(line), &type), 0);
	snprintf(handed + strlen(handed), sizeof(handed) - strlen(handed), "%d ", type);
	free(line);
}

void __wrap_flight__trigger(struct flight *flight, const struct trigger *trigger)
{
	assert_ptr_equal(flight, recorder);
	triggered = *trigger;
	triggers++;
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	memset(&progress, 0, sizeof(progress));
	opts.command = COMMAND_RECORD;
	opts.output = path;
	opts.quiet = true;
	terminal = false;
	lines_drawn = pictures_ended = pictures_closed = picture_result = progresses = 0;
	forks = flights_ended = flights_closed = triggers = 0;
	fork_status = EXIT_DONE;
	*handed = '\0';
	return 0;
}

static void begin(void)
{
	assert_int_equal(given.ops->open(given.ctx, given.opts, &collector), EXIT_DONE);
	assert_int_equal(given.ops->begun(given.ctx), EXIT_DONE);
}

/* A window of second @at, in which @lost csds were lost. */
static int window(uint64_t at, uint64_t lost)
{
	struct snapshot snap = membarrier_window(at * SECOND, 1, 10);
	int err;

	snap.ledger.lost_by[0] = lost;
	err = given.feeds->sink.window(given.feeds->sink.ctx, &snap, NULL);
	if (err)
		return err;
	return given.ops->window(given.ctx, &snap, given.opts);
}

static void put(enum line_type type, const char *line)
{
	given.result = given.feeds->sink.put(given.feeds->sink.ctx, type, line, strlen(line));
}

#define STALL "{\"schema\":\"ipitrace/1\",\"type\":\"stall\"}\n"

static void end(void)
{
	const struct cut_short cut = {};

	if (!given.result)
		given.result = given.ops->end(given.ctx, given.opts, &cut);
}

static void play(void)
{
	begin();
	given.result = window(1, 0) ?: window(2, 0);
	put(LINE_STALL, STALL);
	end();
}

static const char *said(void (*session)(void))
{
	/* Or a message would say that the file of the last run has another name. */
	unlink(path);
	return run_command(command_record, session);
}

/* enum line_type: capture 0, snapshot 1, stall 2, stalls_end 3, no_storm 5, trace_end 7, capture_end 9. */
TEST_F(the_lines_of_a_file)
{
	assert_string_equal(said(play), "");
	assert_int_equal(status, EXIT_DONE);
	assert_captured(path, "0 1 1 2 3 5 9 ");
	assert_has(captured_last, "\"lines\":7,", "\"stalls_dropped\":0,");
	assert_string_equal(out, "");
	opts.json = true;
	said(play);
	/* The file's own lines are not printed. */
	assert_has(out, "\"type\":\"snapshot\"", STALL, "\"stalls_end\"", "\"no_storm\"");
	assert_lacks(out, "capture");
	opts.trace = true;
	said(play);
	assert_captured(path, "0 1 1 2 3 5 7 9 ");
}

static void play_storm(void)
{
	begin();
	given.feeds->storms.found = 1;
	end();
}

TEST_F(no_storm_is_a_line)
{
	said(play_storm);
	assert_captured(path, "0 3 9 ");
}

static double interval;

static void play_session(void)
{
	const struct feeds *feeds = given.feeds;
	const struct trace_run *records = feeds->records;

	interval = given.opts->interval;
	assert_true(given.ops->users);
	assert_false(given.ops->any_source || given.ops->windowless || given.ops->nameless);
	assert_int_equal(feeds->which, FEED_ALL);
	/* Watchers see stalls while a cut waits for a CPU. */
	assert_false(feeds->unwatched);
	assert_int_equal(feeds->ring_bytes, 1 << 20);
	assert_int_equal(feeds->crew, opts.flight.span > 0);
	assert_int_equal(!records, !opts.trace && !opts.flight.span);
	assert_int_equal(given.opts->trace, records != NULL);
	assert_int_equal(!feeds->reports.found, !opts.flight.span);
	if (!records)
		return;
	assert_ptr_equal(records->print, opts.flight.span ? flight_run__record : json__trace);
	if (opts.flight.span)
		assert_ptr_equal(records->lines.write, flight_run__add);
	assert_int_equal(records->lines.ctx == given.ctx, !opts.flight.span);
}

TEST_F(the_session_of_a_recording)
{
	sigset_t set;

	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	opts.duration = 10;
	said(play_session);
	assert_true(interval == 1);
	/* A SIGUSR1 ends nothing. */
	sigprocmask(SIG_SETMASK, NULL, &set);
	assert_true(sigismember(&set, SIGUSR1));
	opts.interval = 0.5;
	opts.trace = true;
	said(play_session);
	assert_true(interval == 0.5);
	assert_int_equal(forks, 0);
	opts.trace = false;
	opts.flight.span = SECOND;
	said(play_session);
	assert_int_equal(forks, 1);
}

static void play_records(void)
{
	struct trace_run *records = given.feeds->records;
	const char *line = "{\"schema\":\"ipitrace/1\",\"type\":\"ipi\",\"time\":5}\n";

	begin();
	records->lines.write(records->lines.ctx, line, strlen(line));
	records->totals.dropped = 2;
	end();
}

TEST_F(records_are_lines_too)
{
	opts.trace = true;
	/* -q hides the summary, but never a loss. */
	assert_has(said(play_records), "2 lost", path);
	assert_captured(path, "0 6 3 5 7 9 ");
}

/* A comparison of files does not pass on what `record` did not watch. */
TEST_F(what_was_not_watched_is_in_the_file)
{
	said(play);
	assert_captured(path, "0 1 1 2 3 5 9 ");
	assert_has(captured_last, "\"detached\":null,\"stretched\":0");
	detached = "csd_queue";
	said(play);
	detached = NULL;
	assert_captured(path, "0 1 1 2 3 5 9 ");
	assert_has(captured_last, "\"detached\":\"csd_queue\"");
}

static void play_losses(void)
{
	begin();
	given.result = window(1, 4) ?: window(2, 5);
	given.feeds->rings.rings[1].refused = 1;
	end();
}

TEST_F(a_loss_is_never_hidden)
{
	const char *text = said(play_losses);

	assert_has(text, "ipitrace: 1 report of stalls found no room\n", "9 lost", path);
	assert_captured(path, "0 1 1 3 5 9 ");
	assert_has(captured_last, "\"stalls_dropped\":1,");
	assert_int_equal(status, EXIT_DONE);
	assert_int_equal(progresses, 0);
	opts.quiet = false;
	assert_has(said(play), "20 csds", "0 lost", path);
}

TEST_F(a_terminal_shows_the_progress)
{
	terminal = true;
	said(play);
	assert_int_equal(progresses, 0);
	opts.quiet = false;
	said(play_losses);
	assert_int_equal(progresses, 2);
	assert_members(progress, csds, 20, lost, 9, flight, 0);
	assert_true(progress.bytes > 0);
	/* As `report` says, not how long the command took. */
	assert_int_equal(progress.ns, 2 * SECOND);
}

static void play_ticks(void)
{
	bool over = false;

	begin();
	assert_int_equal(given.ops->tick(given.ctx, &over), EXIT_DONE);
	assert_int_equal(over, opts.flight.span > 0);
}

TEST_F(lines_wait_for_their_frame)
{
	said(play_ticks);
	assert_int_equal(status, EXIT_DONE);
	opts.flight.span = SECOND;
	said(play_ticks);
}

TEST_F(pictures_get_the_same_lines)
{
	opts.html = "page.html";
	said(play);
	/* All but the last line of the file. */
	assert_int_equal(lines_drawn, 6);
	assert_int_equal(pictures_ended, 1);
	assert_int_equal(pictures_closed, 1);
}

static void play_full(void)
{
	begin();
	picture_result = EXIT_FAILED;
	given.result = window(1, 0);
	end();
}

/* The picture itself has reported the failure. */
TEST_F(a_picture_that_fails_ends_the_run)
{
	opts.html = "page.html";
	assert_string_equal(said(play_full), "");
	assert_int_equal(status, EXIT_FAILED);
	assert_int_equal(pictures_ended, 0);
	assert_int_equal(pictures_closed, 1);
	picture_result = 0;
}

/* The file ends with the last whole frame, which is that of the first line. */
static void play_failed(void)
{
	begin();
	given.result = EXIT_CANNOT;
}

TEST_F(a_run_that_failed_leaves_a_capture)
{
	said(play_failed);
	assert_int_equal(status, EXIT_CANNOT);
	captured_read(path);
	assert_string_equal(captured_types, "0 ");
}

static void play_unwritable(void)
{
	assert_int_equal(given.ops->open(given.ctx, given.opts, &collector), EXIT_FAILED);
	given.result = EXIT_FAILED;
}

TEST_F(a_file_that_cannot_be_created)
{
	opts.output = "/nonexistent/run";
	assert_has(said(play_unwritable),
		   "ipitrace: --output /nonexistent/run: no such directory\n");
	assert_int_equal(status, EXIT_FAILED);
}

static void refused(const char *why)
{
	assert_string_equal(said(NULL), why);
	assert_int_equal(status, EXIT_USAGE);
	assert_int_equal(given.runs + forks, 0);
}

TEST_F(what_is_refused_before_anything_is_opened)
{
	opts.html = "-";
	refused("ipitrace: record --html -: stdout has the report: needs a FILE "
		"(see ipitrace record --help)\n");
	opts.html = NULL;
	opts.flight.span = SECOND;
	opts.flight.exec = "/nonexistent";
	refused("ipitrace: record: --exec /nonexistent: No such file or directory\n");
}

static void play_flight(void)
{
	struct storm storm = { .news = STORM_BEGAN, .id = 7 };
	const struct storm_evidence evidence = {};

	begin();
	given.result = window(1, 3);
	given.feeds->storm(given.feeds->ctx, &storm, &evidence, 5 * SECOND);
	storm.note = true;
	given.feeds->storm(given.feeds->ctx, &storm, &evidence, 6 * SECOND);
	storm.note = false;
	storm.news = STORM_ENDED;
	given.feeds->storm(given.feeds->ctx, &storm, &evidence, 7 * SECOND);
	given.feeds->sum.lost = 2;
	given.feeds->rings.rings[0].refused = 4;
	end();
}

TEST_F(a_flight_has_no_file_of_its_own)
{
	const char *text;

	opts.flight.span = SECOND;
	opts.flight.on.storm = true;
	text = said(play_flight);
	assert_string_equal(handed, "1 4 4 4 ");
	assert_int_equal(triggers, 1);
	assert_members(triggered, kind, TRIGGER_STORM, time, 5 * SECOND, id, 7);
	assert_int_equal(access(path, F_OK), -1);
	/* The end is told although the last file failed. */
	assert_has(text, "no room for 2 stalls, which are missing",
		   "4 reports of stalls found no room", "5 lost", "files: 3");
	assert_int_equal(flights_ended, 1);
	assert_int_equal(flights_closed, 1);
	assert_int_equal(status, EXIT_FAILED);
	opts.flight.on.storm = false;
	opts.flight.on.stall = true;
	said(play_flight);
	assert_int_equal(triggers, 1);
}

TEST_F(a_flight_without_a_clerk)
{
	opts.flight.span = SECOND;
	fork_status = EXIT_CANNOT;
	assert_string_equal(said(NULL), "");
	assert_int_equal(status, EXIT_CANNOT);
	assert_members(given, runs, 0);
	assert_int_equal(flights_closed, 1);
}

TEST_MAIN(make_dir, remove_dir)
