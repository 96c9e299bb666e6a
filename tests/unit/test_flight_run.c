// SPDX-License-Identifier: GPL-2.0
/* command/flight_run: which --exec is refused, what is a trigger, what is said of each file. Recorder and clerk are made up. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "command_run.h"
#include "host/machine.h"
#include "made_root.h"
#include "stall/stall_run.h"

static struct flight_run run;
static struct feeds feeds;
static struct trace_run records;
static char recorder[1]; /* its address is that of the flight recorder */
static struct flight_config recording;
static struct trigger triggers[4];
static int nr_triggers;
static struct flight_state recorder_has;
static char added[64];

static struct clerk_config clerk_has;
static int clerk_status, file_answer; /* what the clerk says */
static int nr_happened, nr_finished;
static bool was_whole;

int __wrap_clerk__open(struct clerk **clerk, const struct clerk_config *config)
{
	clerk_has = *config;
	*clerk = (void *)&clerk_has;
	return clerk_status;
}

void __wrap_clerk__happened(struct clerk *clerk)
{
	nr_happened++;
}

int __wrap_clerk__file(struct clerk *clerk)
{
	assert_ptr_equal(clerk, &clerk_has);
	return file_answer ?: memfd_create("file", MFD_CLOEXEC);
}

void __wrap_clerk__finished(struct clerk *clerk, const struct trigger *trigger, bool whole,
			    char *name, size_t size)
{
	nr_finished++;
	was_whole = whole;
	snprintf(name, size, "NAME");
}

void __wrap_clerk__close(struct clerk *clerk)
{
	assert_ptr_equal(clerk, &clerk_has);
}

int __wrap_flight__open(struct flight **flight, const struct flight_config *config)
{
	recording = *config;
	*flight = (void *)recorder;
	return 0;
}

void __wrap_flight__trigger(struct flight *flight, const struct trigger *trigger)
{
	assert_ptr_equal(flight, recorder);
	triggers[nr_triggers++] = *trigger;
}

int __wrap_flight__add(void *flight, const char *text, size_t len)
{
	assert_ptr_equal(flight, recorder);
	snprintf(added, sizeof(added), "%.*s", (int)len, text);
	return 7;
}

static int nr_tended, nr_stopped;

void __wrap_flight__tend(struct flight *flight)
{
	nr_tended++;
}

struct flight_state __wrap_flight__state(const struct flight *flight)
{
	return recorder_has;
}

void __wrap_flight__stop(struct flight *flight)
{
	nr_stopped++;
}

void __wrap_flight__close(struct flight *flight)
{
	assert_true(!flight || flight == (void *)recorder);
}

static int gather_result;

int __wrap_trace_run__gather(struct trace_run *trace)
{
	assert_ptr_equal(trace, &records);
	return gather_result;
}

uint64_t __wrap_trace_run__dropped(const struct trace_run *trace)
{
	return 3;
}

void __wrap_json__trace(const struct trace_view *view, const struct record *r, struct lines *lines)
{
	snprintf(added, sizeof(added), "record of CPU %u", r->src);
}

static sigset_t signals_before;

static int setup(void **state)
{
	root_setup(state);
	memset(&opts, 0, sizeof(opts));
	memset(&feeds, 0, sizeof(feeds));
	memset(&records, 0, sizeof(records));
	memset(&run, 0, sizeof(run));
	memset(&recorder_has, 0, sizeof(recorder_has));
	run.file_fd = run.signal_fd = -1;
	opts.command = COMMAND_RECORD;
	opts.output = "/dir/f.zst";
	opts.quiet = true;
	opts.flight.span = 5 * 1000000000ULL;
	opts.flight.size = 1 << 20;
	feeds.records = &records;
	clerk_status = file_answer = gather_result = nr_triggers = nr_happened = nr_finished = 0;
	nr_tended = nr_stopped = 0;
	sigprocmask(SIG_SETMASK, NULL, &signals_before);
	return 0;
}

static int teardown(void **state)
{
	printed_restore(state);
	if (run.clerk)
		flight_run__close(&run);
	sigprocmask(SIG_SETMASK, &signals_before, NULL);
	return root_teardown(state);
}

static int result; /* of what is printed */
static int (*called)(void);

static void print_call(const void *of)
{
	result = called();
	fputc('\n', stderr);
}

/* Returns what @call says, without the newline that printed_to() needs. */
static const char *said_by(int (*call)(void))
{
	char *text;

	called = call;
	text = printed_to(stderr, print_call, NULL);
	text[strlen(text) - 1] = '\0';
	return text;
}

static int check_exec(void)
{
	return flight_run__check(&opts);
}

static int open_run(void)
{
	return flight_run__fork(&run, &opts) ?: flight_run__open(&run, &feeds);
}

static int tend(void)
{
	bool over = false;
	int status_of = flight_run__tend(&run, &over);

	return status_of ?: over ? -1 : 0;
}

static int end(void)
{
	return flight_run__end(&run);
}

TEST_F(a_command_is_judged_by_its_first_word)
{
	static const struct {
		const char *exec, *said; /* "": it may run; @: the test's directory */
	} rows[] = {
		{ NULL, "" },
		{ "sh", "" },
		{ " \t\nsh -c 'true'", "" },
		{ "true;false", "" },
		{ "nosuch_command x", "nosuch_command: no such command" },
		{ "  nosuch_command", "nosuch_command: no such command" },
		{ "nosuch_command;x", "nosuch_command: no such command" },
		/* Not plain for the shell. */
		{ "nosuch_$x", "" },
		{ "-nosuch_command", "" },
		{ "$nosuch", "" },
		{ "", "" },
		{ "@/tool a", "" },
		{ "@/data", "@/data: Permission denied" },
		{ "@/none a", "@/none: No such file or directory" },
		{ "@/sub", "@/sub: Is a directory" },
	};

	root_file("/tool", "");
	root_file("/data", "");
	root_file("/sub/x", "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *row = rows[i].exec, *words = rows[i].said;
		char exec[128], want[256] = "", tool[128];

		snprintf(tool, sizeof(tool), "%s/tool", root);
		assert_int_equal(chmod(tool, 0755), 0);
		snprintf(exec, sizeof(exec), "%s%s", row && *row == '@' ? root : "",
			 row && *row == '@' ? row + 1 :
			 row		    ?:
					      "");
		if (*words)
			snprintf(want, sizeof(want), "ipitrace: record: --exec %s%s\n",
				 *words == '@' ? root : "", words + (*words == '@'));
		opts.flight.exec = row ? exec : NULL;
		assert_string_equal(said_by(check_exec), want);
		assert_int_equal(result, *words ? EXIT_USAGE : EXIT_DONE);
	}
}

TEST_F(the_clerk_has_what_the_options_say)
{
	sigset_t blocked;

	assert_string_equal(said_by(open_run), "");
	assert_int_equal(result, EXIT_DONE);
	assert_members(clerk_has, path, "/dir/f.zst", max_files, FLIGHT_FILES_DEFAULT, signal, 0);
	assert_null(clerk_has.keep);
	assert_null(clerk_has.exec);
	/* Without --on. */
	assert_true(opts.flight.on.stall && opts.flight.on.storm);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	assert_true(sigismember(&blocked, SIGUSR1));
	assert_members(recording, before, opts.flight.span, after, FLIGHT_AFTER_NS, size, 1 << 20);
	assert_ptr_equal(recording.head, &run.head);
	assert_true(run.file_fd >= 0);
	flight_run__close(&run);
	opts.flight.on = (struct flight_conditions){ .delay = 5 };
	opts.flight.max_files = 3;
	opts.flight.exec = "true";
	opts.flight.signal = 12;
	assert_string_equal(said_by(open_run), "");
	assert_members(clerk_has, max_files, 3, exec, "true", signal, 12);
	assert_false(opts.flight.on.stall || opts.flight.on.storm);
	assert_int_equal(run.max_files, 3);
	for (int i = 0; i < 3; i++) {
		flight_run__close(&run);
		opts.flight.keep =
			(struct keep_limits){ .count = i == 0, .bytes = i == 1, .age = i == 2 };
		said_by(open_run);
		assert_ptr_equal(clerk_has.keep, &opts.flight.keep);
		assert_int_equal(run.max_files, 0);
	}
}

TEST_F(a_run_without_a_file_does_not_begin)
{
	static const struct {
		int answer;
		const char *why;
	} rows[] = { { -EINVAL, "not a regular file" },
		     { -EBUSY, "another process writes this file" },
		     { -EACCES, "Permission denied" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char want[128];

		file_answer = rows[i].answer;
		snprintf(want, sizeof(want), "ipitrace: /dir/f.zst: %s\n", rows[i].why);
		assert_string_equal(said_by(open_run), want);
		assert_int_equal(result, EXIT_FAILED);
		flight_run__close(&run);
	}
	clerk_status = EXIT_CANNOT;
	said_by(open_run);
	assert_int_equal(result, EXIT_CANNOT);
	assert_int_equal(run.signal_fd, -1);
}

TEST_F(an_armed_run_says_what_it_waits_for)
{
	static const struct {
		struct flight_conditions on;
		const char *said;
	} rows[] = {
		{ { .stall = true, .storm = true }, "at stall (1 ms), storm, SIGUSR1; files" },
		{ { .storm = true }, "at storm, SIGUSR1; files" },
		{ { .stall = true, .threshold = 2000000 }, "at stall (2 ms), SIGUSR1; files" },
		{ { .delay = 30000 }, "at delay (30 us), SIGUSR1; files" },
		{ { .stall = true, .storm = true, .delay = 1000000 },
		  "at stall (1 ms), storm, delay (1 ms), SIGUSR1; files" },
	};
	char here[256], want[300];

	opts.quiet = false;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		opts.flight.on = rows[i].on;
		assert_has(said_by(open_run), rows[i].said, " will be named as /dir/f");
		flight_run__close(&run);
	}
	opts.output = "f.zst";
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(want, sizeof(want), " will be named as %s/f", here);
	assert_has(said_by(open_run), want);
}

static struct incident incident = { .phase = PHASE_HANDLER,
				    .src = 1,
				    .dst = 2,
				    .start = 100,
				    .time = 150 };
static struct record record = { .time = 1000, .delay = 50, .src = 3, .dst = 4 };

TEST_F(what_is_a_trigger)
{
	struct lines lines = { .ctx = &run };
	uint64_t before = mono_ns();

	opts.flight.on = (struct flight_conditions){ .stall = true, .delay = 50 };
	said_by(open_run);
	flight_run__stall(&run, &incident, 9);
	assert_int_equal(nr_triggers, 1);
	assert_members(triggers[0], kind, TRIGGER_STALL, id, 9, phase, PHASE_HANDLER, src, 1, dst,
		       2, duration, 50);
	assert_in_range(triggers[0].time, before, mono_ns());
	flight_run__record(NULL, &record, &lines);
	assert_int_equal(nr_triggers, 2);
	assert_members(triggers[1], kind, TRIGGER_DELAY, time, 1050, id, 0, phase, PHASE_DELIVERY,
		       src, 3, dst, 4, duration, 50);
	/* Each record is a line. */
	assert_string_equal(added, "record of CPU 3");
	record.delay = 49;
	flight_run__record(NULL, &record, &lines);
	record.delay = NOT_KNOWN;
	flight_run__record(NULL, &record, &lines);
	opts.flight.on = (struct flight_conditions){ .storm = true };
	record.delay = 50;
	flight_run__record(NULL, &record, &lines);
	flight_run__stall(&run, &incident, 9);
	assert_int_equal(nr_triggers, 2);
}

TEST_F(lines_are_gathered)
{
	struct flight_gathered gathered = {};
	uint64_t before = mono_ns();

	said_by(open_run);
	assert_int_equal(recording.gather(&run, &gathered), EXIT_DONE);
	assert_in_range(gathered.settled, before, mono_ns());
	assert_int_equal(gathered.lost, 3);
	assert_int_equal(nr_triggers, 0);
	records.records.nr = 1;
	records.records.settled = 77;
	raise(SIGUSR1);
	assert_int_equal(recording.gather(&run, &gathered), EXIT_DONE);
	assert_int_equal(gathered.settled, 77);
	assert_int_equal(nr_triggers, 1);
	assert_int_equal(triggers[0].kind, TRIGGER_SIGNAL);
	assert_in_range(triggers[0].time, before, mono_ns());
	recording.gather(&run, &gathered);
	assert_int_equal(nr_triggers, 1);
	assert_int_equal(flight_run__add(&run, "a line", 4), 7);
	assert_string_equal(added, "a li");
}

/* Finish a file of @bytes, with the error @err. */
static void finish(enum trigger_kind kind, int bytes, int err)
{
	const struct trigger trigger = { .kind = kind, .phase = PHASE_WAIT, .src = 5, .dst = 6 };
	int fd = recording.create(&run, &trigger);

	assert_true(fd >= 0);
	if (bytes)
		assert_int_equal(write(fd, "text", bytes), bytes);
	recording.finished(&run, &trigger, fd, err);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

TEST_F(each_file_is_named)
{
	struct record_progress progress = { .lost = 2 };
	int first;

	opts.quiet = false;
	said_by(open_run);
	first = run.file_fd;
	finish(TRIGGER_STALL, 4, 0);
	assert_int_equal(run.file_fd, -1);
	assert_int_equal(fcntl(first, F_GETFD), -1);
	assert_int_equal(was_whole, true);
	finish(TRIGGER_STORM, 4, 0);
	finish(TRIGGER_SIGNAL, 4, -ENOSPC);
	assert_int_equal(was_whole, false);
	finish(TRIGGER_SIGNAL, 0, -ENOSPC);
	file_answer = -EACCES;
	assert_int_equal(recording.create(&run, &(struct trigger){ .kind = TRIGGER_DELAY }),
			 -EACCES);
	assert_int_equal(nr_happened, 5);
	assert_string_equal(said_by(tend),
			    "ipitrace: NAME: a stall, wait, CPU 5 to 6\n"
			    "ipitrace: NAME: a storm\n"
			    "ipitrace: NAME ends early: No space left on device\n"
			    "ipitrace: NAME ends early: No space left on device\n"
			    "ipitrace: no file for a delay: /dir/f.zst: Permission denied\n");
	assert_string_equal(said_by(tend), "");
	assert_int_equal(nr_tended, 2);
	recorder_has = (struct flight_state){
		.held_ns = 11, .held_bytes = 12, .dropped = true, .lost = 13
	};
	flight_run__progress(&run, &progress);
	assert_members(progress, flight, true, lost, 15, held_ns, 11, span_ns, opts.flight.span,
		       dropped, true, bytes, 12, size, 1 << 20, cut, 1, files, 3, max_files,
		       FLIGHT_FILES_DEFAULT);
	assert_int_equal(run.failed, 3);
	assert_string_equal(said_by(end), "");
	assert_int_equal(result, EXIT_FAILED);
	assert_int_equal(nr_stopped, 1);
}

TEST_F(a_quiet_run_says_what_fails)
{
	said_by(open_run);
	finish(TRIGGER_STALL, 4, 0);
	finish(TRIGGER_STORM, 4, 0);
	assert_string_equal(said_by(end), "");
	assert_int_equal(result, EXIT_DONE);
	finish(TRIGGER_STORM, 4, -EIO);
	assert_string_equal(said_by(end), "ipitrace: NAME ends early: Input/output error\n");
	assert_int_equal(result, EXIT_FAILED);
}

/* --exit: after the first whole file. */
TEST_F(a_run_may_end_with_its_first_file)
{
	opts.flight.exit = true;
	said_by(open_run);
	said_by(tend);
	assert_int_equal(result, 0);
	finish(TRIGGER_STALL, 4, -EIO);
	said_by(tend);
	assert_int_equal(result, 0);
	finish(TRIGGER_STALL, 4, 0);
	said_by(tend);
	assert_int_equal(result, -1);
	assert_int_equal(recording.create(&run, &(struct trigger){}), -ECANCELED);
	assert_int_equal(nr_happened, 2);
	recorder_has.status = EXIT_CANNOT;
	said_by(tend);
	assert_int_equal(result, EXIT_CANNOT);
	opts.flight.exit = false;
	recorder_has.status = 0;
	said_by(tend);
	assert_int_equal(result, 0);
}

/* What gather() returned ends the run. */
TEST_F(a_recorder_may_fail)
{
	struct flight_gathered gathered = {};

	said_by(open_run);
	recorder_has.status = EXIT_CANNOT;
	said_by(end);
	assert_int_equal(result, EXIT_CANNOT);
	gather_result = -EIO;
	assert_int_equal(recording.gather(&run, &gathered), EXIT_FAILED);
}

TEST_MAIN(NULL, NULL)
