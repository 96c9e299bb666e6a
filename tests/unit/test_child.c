// SPDX-License-Identifier: GPL-2.0
/* run/child: PROGRAM waits until the run has begun, and has then what the shell would have given it. */
#include <signal.h>
#include <sys/prctl.h>
#include "run/parts.h"
#include "fork_fails.h"
#include "scratch_file.h"

static int pipes_granted = -1; /* how many pipes there can be; -1: any number */
static int name_fd = -1; /* a new process writes its name there, and executes nothing; -1: none */
static int nr_fds; /* descriptors that were open before the test */

int __real_pipe2(int *fds, int flags);
int __wrap_pipe2(int *fds, int flags)
{
	/* No program gets the other end. */
	assert_int_equal(flags, O_CLOEXEC);
	if (pipes_granted < 0 || pipes_granted--)
		return __real_pipe2(fds, flags);
	errno = EMFILE;
	return -1;
}

int __real_execvp(const char *file, char *const *argv);
int __wrap_execvp(const char *file, char *const *argv)
{
	char name[16] = "";

	if (name_fd < 0)
		return __real_execvp(file, argv);
	prctl(PR_GET_NAME, name);
	_exit(write(name_fd, name, sizeof(name)) != sizeof(name));
}

static int setup(void **state)
{
	fork_error = 0;
	pipes_granted = name_fd = -1;
	nr_fds = list_fds(NULL);
	scratch_setup(state);
	scratch_write("", 0);
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(list_fds(NULL), nr_fds);
	return scratch_teardown(state);
}

/* The shell as PROGRAM, with @command, in which $0 is the path of the test's file. */
static char **shell(const char *command)
{
	static char *argv[5];

	argv[0] = "sh";
	argv[1] = "-c";
	argv[2] = (char *)command;
	argv[3] = scratch_path;
	return argv;
}

static const char *content(void)
{
	static char text[512];
	FILE *file = fopen(scratch_path, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

/* Wait as a run does, which looks now and then. */
static void await_end(struct child *child)
{
	while (!child__poll(child)) {
		assert_int_equal(child__exit_status(child), 0);
		usleep(1000);
	}
	/* The process is reaped once, and its end stays known. */
	assert_true(child__poll(child));
}

/* What PROGRAM ends with, as a shell says that. */
static int status_of(char **argv, int err)
{
	struct child child;

	assert_int_equal(child__fork(&child, argv), 0);
	assert_int_equal(child__start(&child), err);
	/* A program that was executed has its end of no pipe; one that was not has reported that. */
	assert_int_equal(child.go_fd, -1);
	await_end(&child);
	child__close(&child);
	return child__exit_status(&child);
}

TEST_F(a_program_has_the_exit_status_that_a_shell_shows)
{
	char *nowhere[] = { "/nowhere/program", NULL }, *file[] = { scratch_path, NULL };

	assert_int_equal(status_of(shell("exit 3"), 0), 3);
	assert_int_equal(status_of(shell("exit 0"), 0), 0);
	assert_int_equal(status_of(shell("kill -9 $$"), 0), 128 + SIGKILL);
	assert_int_equal(status_of(shell("echo done >\"$0\""), 0), 0);
	assert_string_equal(content(), "done\n");
	assert_int_equal(status_of(nowhere, -ENOENT), 127);
	assert_int_equal(status_of(file, -EACCES), 126);
}

TEST_F(a_program_that_is_not_started_never_runs)
{
	struct child child;
	int status;

	assert_int_equal(child__fork(&child, shell("echo ran >\"$0\"; exit 3")), 0);
	assert_true(child.pid > 0);
	assert_false(child__poll(&child));
	assert_int_equal(child__exit_status(&child), 0);
	child__close(&child);
	assert_members(child, go_fd, -1, error_fd, -1);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_int_equal(status, 0);
	assert_string_equal(content(), "");
}

TEST_F(without_a_program_nothing_is_waited_for)
{
	struct child child;

	assert_int_equal(child__fork(&child, NULL), 0);
	assert_members(child, pid, 0, go_fd, -1, error_fd, -1, ended, false);
	assert_int_equal(child__start(&child), 0);
	assert_false(child__poll(&child));
	assert_int_equal(child__exit_status(&child), 0);
	child__close(&child);
}

/* Signals that ipitrace blocks or ignores are not blocked or ignored in PROGRAM. */
TEST_F(a_program_has_its_signals)
{
	static const char command[] =
		"while read key mask; do case $key in SigBlk:) echo $mask;; "
		"SigIgn:) echo $((0x$mask >> 12 & 1)) $((0x$mask >> 24 & 1));; esac; done "
		"</proc/self/status >\"$0\"";
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(status_of(shell(command), 0), 0);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_string_equal(content(), "0000000000000000\n0 0\n");
}

/* Its exec frees memory, and the IPIs of that belong to PROGRAM. */
TEST_F(a_process_has_its_programs_name_before_exec)
{
	char *argv[] = { "/some/where/prog", NULL }, name[16] = "";
	struct child child;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	name_fd = fds[1];
	assert_int_equal(child__fork(&child, argv), 0);
	assert_int_equal(child__start(&child), 0);
	assert_int_equal(read(fds[0], name, sizeof(name)), sizeof(name));
	assert_string_equal(name, "prog");
	await_end(&child);
	child__close(&child);
	close(fds[0]);
	close(fds[1]);
}

TEST_F(a_process_that_was_killed_cannot_start)
{
	struct child child;

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(child__fork(&child, shell("exit 3")), 0);
	assert_int_equal(kill(child.pid, SIGKILL), 0);
	await_end(&child);
	assert_int_equal(child__start(&child), -EPIPE);
	assert_int_equal(child__exit_status(&child), 128 + SIGKILL);
	child__close(&child);
	signal(SIGPIPE, SIG_DFL);
}

/* Without a process no descriptor is left, which the teardown sees. */
TEST_F(what_cannot_be_made_is_an_error)
{
	struct child child;

	for (pipes_granted = 0; pipes_granted < 2;) {
		int granted = pipes_granted;

		assert_int_equal(child__fork(&child, shell("exit 3")), -EMFILE);
		assert_int_equal(list_fds(NULL), nr_fds);
		pipes_granted = granted + 1;
	}
	pipes_granted = -1;
	fork_error = EAGAIN;
	assert_int_equal(child__fork(&child, shell("exit 3")), -EAGAIN);
	assert_members(child, pid, 0, go_fd, -1, error_fd, -1);
	assert_int_equal(child__start(&child), 0);
}

TEST_MAIN(NULL, NULL)
