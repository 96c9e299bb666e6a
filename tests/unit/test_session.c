// SPDX-License-Identifier: GPL-2.0
/*
 * run/session: the order of a run, what ends it and with which status, and what each way out gives back.
 */
#include "made_run.h"

/* What goes before a run's first window. */
#define PREPARED  "symbols cgroups interrupts signals fork bind users gate"
#define ATTACHED  PREPARED " feeds-configure configure watch attach watched"
#define OPENED	  ATTACHED " feeds-open open"
#define BEGUN	  OPENED " timer ticker arrivals begin program drop confine begun feeds-begin"
#define WAITED(s) " arm wait allow stacks" s
#define CUT	  " sync before-cut arrivals cut feeds-cut names users-names paths kinds feeds-window"
#define CLOSED \
	" stop close feeds-close detach symbols-close users-close cgroups-close interrupts-close signals-close"
#define WHOLE BEGUN WAITED("") CUT " last-window feeds-end end" CLOSED

/* Begin a test with an own made-up run. */
#define RUN_TEST(name) TEST(name, made_setup, NULL)

RUN_TEST(the_order_of_a_run)
{
	run(&all_ops);
	assert_string_equal(seen->log, WHOLE);
	assert_members(*seen, status, EXIT_DONE, last, true, cut.by, CUT_NOT, nr_kept, 1, said, "",
		       tick_ns, 5000000);
	assert_true(seen->config.user_stacks);
	assert_false(seen->config.any_source);
	assert_false(seen->sockets);
	assert_int_equal(seen->config.program, 0);
}

RUN_TEST(a_command_may_do_nothing)
{
	static const struct session_ops none = { .any_source = true, .sockets = true };

	opts.verbose = true;
	run(&none);
	assert_string_equal(
		seen->log,
		"symbols cgroups interrupts signals fork bind feeds-configure watch attach "
		"watched feeds-open timer arrivals begin program drop confine feeds-begin arm wait "
		"sync arrivals cut feeds-cut names paths kinds feeds-window feeds-end stop feeds-close "
		"detach symbols-close cgroups-close interrupts-close signals-close");
	assert_members(*seen, status, EXIT_DONE, sockets, true, verbose, true, config.any_source,
		       true, config.user_stacks, false);
	assert_int_equal(seen->waits[0], -1);
	assert_string_equal(seen->slow,
			    "the kernel has not answered, as BPF programs are loaded and "
			    "attached,");
	assert_int_equal(seen->slow_ns, 3 * SECOND);
}

/* What a failing part leaves: all before it is closed, and nothing after it begins. */
static void check_failure(const char *part, int failure, int status, const char *said)
{
	static char want[sizeof(seen->log)];
	char word[32];
	const char *at;
	bool users;

	made_setup(NULL);
	made.fails = part;
	made.failure = failure;
	made.polls = strstr("feeds-tick tick", part) ? "k" : !strcmp(part, "readable") ? "r" : "t";
	run(&all_ops);
	snprintf(word, sizeof(word), " %s", part);
	/* Where the log has the part: the last word before the end of the run. */
	at = strstr(seen->log, " stop close");
	assert_non_null(at);
	if (at - seen->log < (long)strlen(word) || strncmp(at - strlen(word), word, strlen(word)))
		print_error("not at once after %s: %s\n", part, seen->log);
	assert_memory_equal(at - strlen(word), word, strlen(word));
	users = strstr(seen->log, " users ") && strcmp(part, "users");
	snprintf(want, sizeof(want),
		 " stop close feeds-close%s symbols-close%s cgroups-close interrupts-close%s",
		 strstr(seen->log, " watched ") ? " detach" : "", users ? " users-close" : "",
		 strcmp(part, "signals") ? " signals-close" : "");
	assert_string_equal(at, want);
	assert_string_equal(seen->said, said);
	assert_int_equal(seen->status, status);
}

#define FEW_THREADS                                                                              \
	"no more threads are allowed: raise ulimit -u, pids.max of the cgroup, or TasksMax= of " \
	"the unit"

RUN_TEST(the_way_out_of_each_part)
{
	static const struct {
		const char *part;
		int failure;
		const char *said; /* after "ipitrace: " */
	} parts[] = {
		{ "signals", -EMFILE, "start: Too many open files" },
		{ "fork", -EAGAIN, "start: " FEW_THREADS },
		{ "bind", -EPERM, "sched_setaffinity: Operation not permitted" },
		{ "bind", -EINVAL, "sched_setaffinity: Invalid argument" },
		{ "users", -ENOMEM, "start: Cannot allocate memory" },
		{ "gate", -EIO, "start: Input/output error" },
		{ "feeds-open", -EPERM, "start: Operation not permitted" },
		{ "open", -EIO, "start: Input/output error" },
		{ "timer", -EMFILE, "timer: Too many open files" },
		{ "ticker", -EMFILE, "start: Too many open files" },
		{ "drop", -EPERM, "cannot give up root: Operation not permitted" },
		{ "begun", -EAGAIN, "threads: " FEW_THREADS },
		{ "feeds-begin", -EAGAIN, "threads: " FEW_THREADS },
		{ "arm", -EINVAL, "timer: Invalid argument" },
		{ "wait", -ENOMEM, "poll: Cannot allocate memory" },
		{ "feeds-tick", -ENOSPC, "stdout: No space left on device" },
		{ "tick", -ENOSPC, "stdout: No space left on device" },
		{ "readable", -ENOSPC, "stdout: No space left on device" },
		{ "cut", -EIO, "end of a window: Input/output error" },
		{ "kinds", -ENOMEM, "end of a window: Cannot allocate memory" },
		{ "feeds-window", -ENOMEM, "a report: Cannot allocate memory" },
		{ "last-window", -ENOSPC, "stdout: No space left on device" },
		{ "feeds-end", -ENOSPC, "stdout: No space left on device" },
		{ "end", -ENOSPC, "stdout: No space left on device" },
	};
	char said[256];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		snprintf(said, sizeof(said), "ipitrace: %s\n", parts[i].said);
		check_failure(parts[i].part, parts[i].failure,
			      parts[i].failure == -EAGAIN ? EXIT_CANNOT : EXIT_FAILED, said);
	}
}

RUN_TEST(programs_that_cannot_be_attached)
{
	made.fails = "attach";
	made.failure = -ENOMEM;
	run(&all_ops);
	assert_string_equal(seen->log, ATTACHED " stop close feeds-close symbols-close users-close "
						"cgroups-close interrupts-close signals-close");
	assert_members(*seen, status, EXIT_FAILED, said,
		       "ipitrace: start: Cannot allocate memory\n");
	made.failure = -EPERM;
	run(&all_ops);
	assert_members(*seen, status, EXIT_CANNOT, said, "ipitrace: the kernel lacks it (-1)\n");
}

/* Once all is open: watchers must not wait for memory. */
RUN_TEST(memory_is_locked_if_there_are_watchers)
{
	made.locks = true;
	run(&all_ops);
	assert_has(seen->log, "feeds-open open lock timer");
}

/* It has said why itself. */
RUN_TEST(a_status_ends_the_run_without_a_word)
{
	static const char *const parts[] = { "gate",	     "feeds-open",  "open",	 "begun",
					     "feeds-begin",  "feeds-tick",  "tick",	 "readable",
					     "feeds-window", "last-window", "feeds-end", "end" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		check_failure(parts[i], EXIT_CANNOT, EXIT_CANNOT, "");
}

/* Files of the machine that are not there leave a figure unknown. */
RUN_TEST(a_run_needs_neither_names_nor_interrupts)
{
	static const char *const parts[] = { "symbols", "cgroups", "interrupts" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		made_setup(NULL);
		made.fails = parts[i];
		made.failure = -ENOENT;
		run(&all_ops);
		assert_int_equal(seen->status, EXIT_DONE);
		assert_has(seen->log, "last-window", "kinds");
		if (!i)
			assert_lacks(seen->log, " names", "symbols-close");
		if (i == 1)
			assert_lacks(seen->log, "cgroups-close");
		if (i == 2)
			assert_has(seen->log, "arrivals unknown begin", "arrivals unknown cut");
	}
	made_setup(NULL);
	made.fails = "names";
	made.failure = -ENOMEM;
	run(&all_ops);
	assert_has(seen->log, " names users-names paths stop close");
	assert_int_equal(seen->status, EXIT_FAILED);
	assert_string_equal(seen->said, "ipitrace: end of a window: Cannot allocate memory\n");
}

RUN_TEST(a_window_may_have_no_names)
{
	struct session_ops ops = { ALL_OPS, .nameless = true };

	made.hidden = true;
	run(&ops);
	assert_lacks(seen->log, " names", " paths");
	assert_int_equal(seen->names, NAMES_SHOWN);
	run(&all_ops);
	assert_int_equal(seen->names, NAMES_NEED_SYSLOG);
	made.syslog = true;
	run(&all_ops);
	assert_int_equal(seen->names, NAMES_RESTRICTED);
	made.hidden = false;
	run(&all_ops);
	assert_int_equal(seen->names, NAMES_SHOWN);
	/* There is no /proc. */
	made.fails = "symbols";
	made.failure = -ENOENT;
	run(&all_ops);
	assert_int_equal(seen->names, NAMES_UNREADABLE);
}

RUN_TEST(how_tlbs_are_flushed)
{
	run(&all_ops);
	assert_members(*seen, flush_way, made.flush_way, config.host_flushes, false);
	assert_lacks(seen->log, "asids");
	made.flush_way = FLUSH_BY_HOST;
	made.asids = true;
	run(&all_ops);
	assert_members(*seen, flush_way, FLUSH_BY_HOST, config.host_flushes, true);
	assert_has(seen->log, "asids");
}

RUN_TEST(windows_go_on_until_the_duration_is_over)
{
	opts.interval = 1000;
	made.polls = "ttt";
	made.fails = "window";
	made.failure = EXIT_CANNOT;
	run(&all_ops);
	/* The first one is not the last. */
	assert_has(seen->log, " feeds-window window stop");
	assert_false(seen->last);
	assert_in_range(seen->armed, seen->begun + 1000 * SECOND, seen->armed_at + 1000 * SECOND);
	made.fails = NULL;
	made.polls = "tts";
	run(&all_ops);
	assert_has(seen->log,
		   CUT " window" WAITED(CUT) " window" WAITED(CUT) " last-window feeds-end");
	assert_int_equal(seen->nr_kept, 3);
	assert_true(seen->last);
}

RUN_TEST(a_first_window_may_end_early)
{
	struct session_ops ops = { ALL_OPS, .early_ns = 5 * SECOND };

	made.fails = "wait";
	made.failure = -EIO;
	run(&ops);
	assert_in_range(seen->armed, seen->begun + 5 * SECOND, seen->armed_at + 5 * SECOND);
}

RUN_TEST(a_run_without_windows)
{
	struct session_ops ops = { ALL_OPS, .windowless = true };

	run(&ops);
	assert_string_equal(seen->log, BEGUN WAITED("") " feeds-end end" CLOSED);
	assert_in_range(seen->armed, seen->begun + 3600 * SECOND, seen->armed_at + 3600 * SECOND);
	/* No timer ends it without a duration. */
	opts.duration = 0;
	made.polls = "os";
	run(&ops);
	assert_lacks(seen->log, " arm", " cut");
	assert_int_equal(seen->cut.by, CUT_NOT);
	assert_int_equal(seen->status, EXIT_DONE);
}

RUN_TEST(a_signal_ends_the_run)
{
	made.polls = "is";
	run(&all_ops);
	assert_has(seen->log, "wait allow stacks wait allow stacks sync",
		   "last-window feeds-end end stop");
	assert_members(*seen, status, EXIT_DONE, cut.by, CUT_SIGNAL);
	assert_has(seen->cut.why, "SIGTERM came after", "of 3600.00 s");
	/* A gate that has found nothing by then has no verdict. */
	opts.exit_code = true;
	opts.command = COMMAND_STALLS;
	run(&all_ops);
	assert_int_equal(seen->status, EXIT_FAILED);
	assert_has(seen->said, "stalls: no verdict: SIGTERM came after");
	made.end = EXIT_FOUND;
	run(&all_ops);
	assert_int_equal(seen->status, EXIT_FOUND);
	assert_string_equal(seen->said, "");
}

RUN_TEST(the_command_ends_the_run)
{
	made.polls = "k";
	made.tick_over = true;
	run(&all_ops);
	assert_has(seen->log, "stacks feeds-tick tick sync", "last-window feeds-end end stop");
	assert_members(*seen, status, EXIT_DONE, cut.by, CUT_NOT);
	/* Its reader is gone, which is no failure. */
	made.tick_over = false;
	made.fails = "tick";
	made.failure = -EPIPE;
	run(&all_ops);
	assert_has(seen->log, "feeds-tick tick sync", "last-window feeds-end end stop");
	assert_members(*seen, status, EXIT_DONE, said, "");
	/* A descriptor that is ready, and no tick. */
	made.fails = NULL;
	made.polls = "rt";
	run(&all_ops);
	assert_has(seen->log, "stacks readable wait");
	assert_lacks(seen->log, "feeds-tick");
}

RUN_TEST(the_feeds_say_how_often_they_are_polled)
{
	struct session_ops ops = { ALL_OPS };

	ops.tick_ns = 0;
	made.period = 20000000;
	made.polls = "kt";
	run(&ops);
	assert_int_equal(seen->tick_ns, 20000000);
	assert_has(seen->log, " ticker", " feeds-tick tick wait");
	made.period = 0;
	run(&ops);
	assert_lacks(seen->log, "ticker", "tick");
}

RUN_TEST(a_reader_that_is_gone_ends_the_run)
{
	opts.interval = 1000;
	made.polls = "tt";
	made.reader_gone = true;
	run(&all_ops);
	assert_has(seen->log, "feeds-window window feeds-end end stop");
	assert_members(*seen, status, EXIT_DONE, cut.by, CUT_READER, said, "");
}

/* New stacks of programs are named while the window lasts; seldom, while there are none. */
RUN_TEST(stacks_of_users_are_named_soon)
{
	static const int limits[] = { 50, 100, 200, 200, 200, 50, 100 };

	made.polls = "oooonot";
	run(&all_ops);
	assert_int_equal(seen->nr_waits, 7);
	for (int i = 0; i < 7; i++)
		assert_int_equal(seen->waits[i], limits[i]);
	opts.no_user = true;
	run(&all_ops);
	assert_int_equal(seen->waits[6], -1);
	assert_lacks(seen->log, " users", " stacks", " allow");
	assert_false(seen->config.user_stacks);
}

RUN_TEST(the_end_of_a_reader_is_said_once)
{
	opts.interval = 1000;
	made.polls = "tts";
	made.ended = "was ended by signal 9";
	run(&all_ops);
	assert_string_equal(seen->said,
			    "ipitrace: helper process was ended by signal 9: from now on names "
			    "of programs' functions are missing\n");
	assert_int_equal(seen->status, EXIT_DONE);
	made.ended = NULL;
	made.restarted = "hung";
	made.restarted_by = 42;
	run(&all_ops);
	assert_string_equal(seen->said,
			    "ipitrace: helper process hung for process 42: ipitrace started it "
			    "again, and names of that process's functions are missing\n");
	made.restarted_by = 0;
	run(&all_ops);
	assert_string_equal(seen->said,
			    "ipitrace: helper process hung: ipitrace started it again, and some "
			    "names of programs' functions are missing\n");
}

RUN_TEST(the_gate_holds_the_run)
{
	made.holds = 2;
	run(&all_ops);
	assert_has(seen->log, "users gate hold gate hold gate feeds-configure");
	assert_string_equal(seen->slow, "the made gate holds");
	assert_int_equal(seen->status, EXIT_DONE);
}

RUN_TEST(a_run_may_end_at_the_gate)
{
	static const char end[] = PREPARED
		" end-unattached stop close feeds-close symbols-close users-close "
		"cgroups-close interrupts-close signals-close";
	struct session_ops ops = { ALL_OPS };

	made.gate_over = true;
	run(&all_ops);
	assert_string_equal(seen->log, end);
	made.fails = "end-unattached";
	made.failure = EXIT_CANNOT;
	run(&all_ops);
	assert_int_equal(seen->status, EXIT_CANNOT);
	ops.end_unattached = NULL;
	run(&ops);
	assert_int_equal(seen->status, EXIT_DONE);
	assert_has(seen->log, "gate stop close");
	/* By a signal, or because the duration is over. */
	made.gate_over = false;
	made.holds = 9;
	made.stopped = true;
	run(&all_ops);
	assert_has(seen->log, "gate hold end-unattached");
	made.stopped = false;
	opts.duration = 1e-9;
	run(&all_ops);
	assert_has(seen->log, "gate hold end-unattached");
}

RUN_TEST(a_gate_that_never_opened_has_no_verdict)
{
	made.gate_over = true;
	opts.program = (char *[]){ "true", NULL };
	opts.exit_code = true;
	opts.command = COMMAND_STALLS;
	run(&all_ops);
	assert_int_equal(seen->status, EXIT_FAILED);
	assert_string_equal(seen->said,
			    "ipitrace: stalls: no verdict: true was not started; nothing was "
			    "found until then: status 4\n");
}

RUN_TEST(the_end_of_program_ends_the_run)
{
	opts.duration = 0;
	opts.program = (char *[]){ "sh", "-c", "exit 3", NULL };
	made.polls = "c";
	run(&all_ops);
	assert_has(seen->log, "last-window feeds-end end stop");
	assert_members(*seen, status, 3, cut.by, CUT_NOT, said, "");
	assert_true(seen->config.program > 0);
	/* It goes on after the run. */
	opts.duration = 3600;
	opts.program = (char *[]){ "sleep", "0.1", NULL };
	made.polls = "t";
	run(&all_ops);
	assert_members(*seen, status, 0, cut.by, CUT_PROGRAM);
	opts.program = (char *[]){ "/nowhere/program", NULL };
	run(&all_ops);
	/* Nothing has begun: files of an earlier run are still there. */
	assert_null(strstr(seen->log, "begin"));
	assert_members(*seen, status, EXIT_FAILED, said,
		       "ipitrace: /nowhere/program: No such file or directory\n");
}

RUN_TEST(functions_that_no_csd_ran_are_named)
{
	struct session_ops ops = { ALL_OPS };

	opts.func = "flush*";
	run(&ops);
	assert_string_equal(seen->said,
			    "ipitrace: --func flush*: no csd ran the 1 function that matches\n");
	assert_int_equal(seen->config.nr_funcs, 1);
	made.nr_funcs = 2;
	run(&ops);
	assert_string_equal(seen->said,
			    "ipitrace: --func flush*: no csd ran the 2 functions that match\n");
	/* Of a run of two windows, in one of which they ran. */
	made.queued = 1;
	run(&ops);
	assert_string_equal(seen->said, "");
	made.queued = 0;
	opts.quiet = true;
	run(&ops);
	assert_string_equal(seen->said, "");
	opts.quiet = false;
	opts.json = true;
	run(&ops);
	assert_string_equal(seen->said, "");
	opts.json = false;
	ops.unattended = true;
	run(&ops);
	assert_string_equal(seen->said, "");
	ops.unattended = false;
	ops.windowless = true;
	run(&ops);
	assert_string_equal(seen->said, "");
}

static void run_func_gate(struct session_ops *ops)
{
	opts.func = "flush*";
	opts.command = COMMAND_STALLS;
	opts.exit_code = true;
	run(ops);
}

RUN_TEST(a_gate_does_not_pass_on_modules_that_came_and_went)
{
	struct session_ops ops = { ALL_OPS };

	made.modules_gone = 1;
	run_func_gate(&ops);
	assert_members(*seen, status, EXIT_FAILED, cut.by, CUT_FUNCTIONS, cut.why,
		       "1 module came and went during the run, and may have had functions that "
		       "match --func");
	/* Which matters only to a gate with --func. */
	opts.exit_code = false;
	run(&ops);
	assert_members(*seen, status, EXIT_DONE, cut.by, CUT_NOT);
	opts.exit_code = true;
	opts.func = NULL;
	run(&ops);
	assert_members(*seen, status, EXIT_DONE, cut.by, CUT_NOT);
	opts.func = "flush*";
	made.modules_gone = 0;
	run(&ops);
	assert_members(*seen, status, EXIT_DONE, cut.by, CUT_NOT);
}

/* Of a module that stays, too. */
RUN_TEST(a_gate_does_not_pass_on_init_functions)
{
	struct session_ops ops = { ALL_OPS };

	made.init_dropped = 2;
	run_func_gate(&ops);
	assert_members(*seen, status, EXIT_FAILED, cut.by, CUT_FUNCTIONS, cut.why,
		       "2 csds ran init functions of modules that came during the run, which have "
		       "no names any more and may match --func");
	opts.exit_code = false;
	run(&ops);
	assert_members(*seen, status, EXIT_DONE, cut.by, CUT_NOT);
}

/* It comes before the programs are attached, which count modules, and goes before the run ends. */
RUN_TEST(a_gate_does_not_pass_on_a_module_that_came_before_the_attach)
{
	struct session_ops ops = { ALL_OPS };

	made.nr_funcs = 1;
	made.funcs_late = 2;
	run_func_gate(&ops);
	assert_members(*seen, status, EXIT_FAILED, cut.by, CUT_FUNCTIONS, cut.why,
		       "functions that match --func came during the run, and were not watched");
	opts.exit_code = false;
	run(&ops);
	assert_members(*seen, status, EXIT_DONE, cut.by, CUT_NOT);
}

RUN_TEST(options_are_checked_before_anything_begins)
{
	opts.pid = 0x7fffffff;
	run(&all_ops);
	assert_string_equal(
		seen->log,
		"symbols cgroups interrupts signals fork bind users stop close feeds-close "
		"symbols-close users-close cgroups-close interrupts-close signals-close");
	assert_int_equal(seen->status, EXIT_USAGE);
	opts.pid = 0;
	opts.output = "/nowhere/file";
	run(&all_ops);
	assert_has(seen->log, " users stop");
	assert_int_equal(seen->status, EXIT_FAILED);
}

RUN_TEST(where_ipitrace_itself_runs)
{
	opts.housekeeping.given = true;
	cpuset__add(&opts.housekeeping.set, MAX_CPUS - 1);
	run(&all_ops);
	assert_has(seen->log, "fork stop");
	assert_has(seen->said, ": this machine has only CPU");
	assert_int_equal(seen->status, EXIT_USAGE);
	memset(&opts.housekeeping.set, 0, sizeof(opts.housekeeping.set));
	cpuset__add(&opts.housekeeping.set, 0);
	run(&all_ops);
	assert_has(seen->log, "fork bind to those users");
	made.fails = "bind to those";
	made.failure = -EINVAL;
	run(&all_ops);
	assert_members(
		*seen, status, EXIT_USAGE, said,
		"ipitrace: --housekeeping: none of these CPUs is online: name a CPU that is\n");
	made.failure = -EPERM;
	run(&all_ops);
	assert_members(*seen, status, EXIT_FAILED, said,
		       "ipitrace: sched_setaffinity: Operation not permitted\n");
}

/* A directory for --ready-file. */
static char directory[] = "/tmp/ipitrace-test-XXXXXX";
static char ready[64], old[64];

static int ready_setup(void **state)
{
	made_setup(state);
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(ready, sizeof(ready), "%s/ready", directory);
	snprintf(old, sizeof(old), "%s/ready.old", directory);
	opts.ready_file = ready;
	return 0;
}

static int ready_teardown(void **state)
{
	if (unlink(ready))
		rmdir(ready);
	unlink(old);
	return rmdir(directory);
}

static void file_make(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

TEST(the_ready_file_is_there_when_collection_has_begun, ready_setup, ready_teardown)
{
	umask(0);
	file_make(ready, "");
	run(&all_ops);
	assert_members(*seen, status, EXIT_DONE, ready, true, ready_early, false, ready_mode,
		       S_IFREG | 0600, said, "");
	assert_int_equal(access(ready, F_OK), 0);
	/* A link is removed, and not followed. */
	unlink(ready);
	assert_int_equal(symlink(old, ready), 0);
	run(&all_ops);
	assert_members(*seen, status, EXIT_DONE, ready, true, ready_early, false);
	assert_int_equal(access(old, F_OK), -1);
}

TEST(a_file_with_bytes_is_kept, ready_setup, ready_teardown)
{
	struct stat st;

	file_make(ready, "mine");
	run(&all_ops);
	/* Of the first of the runs. */
	assert_int_equal(stat(old, &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(stat(ready, &st), 0);
	assert_int_equal(st.st_size, 0);
}

/* Whoever owns a directory above puts another one in its place, while the programs are attached. */
TEST(the_ready_file_is_in_the_directory_of_the_start, ready_setup, ready_teardown)
{
	char dirs[2][64], files[2][160];

	for (int i = 0; i < 2; i++) {
		snprintf(dirs[i], sizeof(dirs[i]), "%s/%c", directory, 'a' + i);
		snprintf(files[i], sizeof(files[i]), "%s/ready", dirs[i]);
		assert_int_equal(mkdir(dirs[i], 0700), 0);
		made.swap[i] = dirs[i];
	}
	opts.ready_file = files[0];
	run(&all_ops);
	assert_members(*seen, status, EXIT_DONE, ready, false, said, "");
	assert_int_equal(unlink(files[0]), 0);
	assert_int_equal(access(files[1], F_OK), -1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(rmdir(dirs[i]), 0);
}

/* A directory in which others' files stay. */
TEST(a_ready_file_that_stays_is_an_error, ready_setup, ready_teardown)
{
	char want[128];

	file_make(ready, "");
	made.unlink = -EPERM;
	run(&all_ops);
	made.unlink = 0;
	snprintf(want, sizeof(want), "ipitrace: --ready-file %s: Operation not permitted\n", ready);
	assert_members(*seen, status, EXIT_FAILED, log, "stop close feeds-close", said, want);
}

TEST(nothing_else_gives_way_to_the_ready_file, ready_setup, ready_teardown)
{
	static const char end[] = "stop close feeds-close";
	char want[128];

	assert_int_equal(mkdir(ready, 0700), 0);
	run(&all_ops);
	snprintf(want, sizeof(want), "ipitrace: --ready-file %s: Is a directory\n", ready);
	assert_members(*seen, status, EXIT_FAILED, log, end, said, want);
	assert_int_equal(rmdir(ready), 0);
	assert_int_equal(mkfifo(ready, 0600), 0);
	run(&all_ops);
	snprintf(want, sizeof(want), "ipitrace: --ready-file %s: File exists\n", ready);
	assert_members(*seen, status, EXIT_FAILED, log, end, said, want);
	opts.ready_file = "/nowhere/ready";
	run(&all_ops);
	assert_members(*seen, status, EXIT_FAILED, log, end, said,
		       "ipitrace: --ready-file /nowhere/ready: No such file or directory\n");
	opts.ready_file = "/etc/passwd/ready";
	run(&all_ops);
	assert_members(*seen, status, EXIT_FAILED, log, end, said,
		       "ipitrace: --ready-file /etc/passwd/ready: Not a directory\n");
}

TEST_MAIN(made_open, NULL)
