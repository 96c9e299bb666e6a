// SPDX-License-Identifier: GPL-2.0
/* What the reader and the opener can no longer do: each case is a process of its own. */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include "host/user/user.h"
#include "skip.h"
#include "unit.h"

/* If a call fails, it also proves that the filter lets the call pass. */
typedef void call_fn(void);

static void opens(void)
{
	open("/dev/null", O_RDONLY);
}

static void connects(void)
{
	socket(AF_UNIX, SOCK_STREAM, 0);
}

static void executes(void)
{
	execl("/bin/true", "true", NULL);
}

static void forks(void)
{
	if (!fork())
		_exit(0);
}

static void signals(void)
{
	kill(getppid(), 0);
}

static void traces(void)
{
	ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void removes(void)
{
	unlink("/nonexistent");
}

static void lifts_limits(void)
{
	setrlimit(RLIMIT_AS, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
}

static void outlives(void)
{
	fcntl(0, F_SETFL, 0);
}

static void makes_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void sets_a_timer(void)
{
	setitimer(ITIMER_PROF, &(struct itimerval){}, NULL);
}

static void receives(void)
{
	char byte;

	recv(-1, &byte, 1, 0);
}

/* 0, or the signal that ends a process that makes @call once it is confined. */
static int ended_by(int (*confine)(void), call_fn *call)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		if (confine())
			_exit(1);
		call();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || !WEXITSTATUS(status));
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(neither_can_do_more_than_it_needs)
{
	static call_fn *const calls[] = { connects, executes, forks,	    signals,   traces,
					  removes,  outlives, lifts_limits, makes_code };

	if (skip_if(SANITIZED, "sanitized builds are not confined"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		assert_int_equal(ended_by(namer__confine, calls[i]), SIGSYS);
		assert_int_equal(ended_by(opener__confine, calls[i]), SIGSYS);
	}
	assert_int_equal(ended_by(namer__confine, receives), 0);
	assert_int_equal(ended_by(opener__confine, receives), 0);
	/* The reader opens nothing, the opener has no timer. */
	assert_int_equal(ended_by(namer__confine, opens), SIGSYS);
	assert_int_equal(ended_by(opener__confine, opens), 0);
	assert_int_equal(ended_by(namer__confine, sets_a_timer), 0);
	assert_int_equal(ended_by(opener__confine, sets_a_timer), SIGSYS);
}

TEST_MAIN(NULL, NULL)
