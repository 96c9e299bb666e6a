// SPDX-License-Identifier: GPL-2.0
/* Runs that end before their time, and the exit status of a gate beside PROGRAM's. */
#include <poll.h>
#include <signal.h>
#include "base/write_all.h"
#include "cli/diag.h"
#include "child_status.h"
#include "printed.h"
#include "run/parts.h"
#include "unit.h"

static char *program[] = { "make", NULL };
static const struct child none = { .go_fd = -1 };
static const struct child runs = { .pid = 77, .go_fd = -1 };
static const struct child held = { .pid = 77, .go_fd = 5 };
static const struct child ended = { .pid = 77, .go_fd = -1, .ended = true };
static const struct child failed = { .pid = 77, .go_fd = -1, .ended = true, .status = 3 << 8 };

#define CUT(opts, child, ...) \
	cut_short(&(opts), &(child), &(struct run_end){ .ns = 1430000000, __VA_ARGS__ })

TEST(a_run_to_its_end_is_whole)
{
	const struct options endless = {}, timed = { .duration = 1.43 };
	const struct options with = { .program = program },
			     both = { .program = program, .duration = 9 };

	assert_int_equal(CUT(endless, none, .signal = "SIGINT").by, CUT_NOT);
	assert_int_equal(CUT(endless, none, .unread = true).by, CUT_NOT);
	assert_int_equal(CUT(timed, none).by, CUT_NOT);
	assert_int_equal(CUT(timed, none, .unread = true).by, CUT_NOT);
	assert_int_equal(CUT(with, ended).by, CUT_NOT);
	assert_int_equal(CUT(both, ended).by, CUT_NOT);
}

TEST(what_cuts_a_run_short_is_named)
{
	const struct options timed = { .duration = 60 };
	const struct options with = { .program = program },
			     both = { .program = program, .duration = 1 };
	struct cut_short cut = CUT(timed, none, .signal = "SIGTERM");

	assert_members(cut, by, CUT_SIGNAL, why, "SIGTERM came after 1.43 s of 60.00 s");
	cut = CUT(with, runs, .signal = "SIGINT");
	assert_members(cut, by, CUT_SIGNAL, why,
		       "SIGINT came after 1.43 s, before make (process 77) ended");
	cut = CUT(both, runs);
	assert_members(cut, by, CUT_PROGRAM, why,
		       "make has not ended after 1.43 s, and goes on as process 77");
	cut = CUT(both, held);
	assert_members(cut, by, CUT_PROGRAM, why, "make was not started");
	cut = CUT(timed, none, .unread = true);
	assert_members(cut, by, CUT_READER, why, "nobody reads stdout after 1.43 s of 60.00 s");
}

/* joint_status() of a run of stalls, and its line on stderr. */
struct joint {
	bool exit_code, quiet, with;
	int own;
	const struct child *child;
	enum cut_by by;
	int status;
	const char *said; /* NULL: nothing */
};

static int got;

static void judge(const void *of)
{
	const struct joint *joint = of;
	const struct options opts = {
		.command = COMMAND_STALLS,
		.exit_code = joint->exit_code,
		.quiet = joint->quiet,
		.program = joint->with ? program : NULL,
	};
	const struct cut_short cut = { joint->by, "it rained" };

	got = joint_status(&opts, joint->own, joint->child, &cut);
	fputc('\n', stderr);
}

TEST(a_gate_has_a_status_for_each_end)
{
	static const struct joint joints[] = {
		{ true, false, false, EXIT_DONE, &none, CUT_NOT, EXIT_DONE, NULL },
		{ true, false, false, EXIT_FOUND, &none, CUT_SIGNAL, EXIT_FOUND, NULL },
		{ true, false, false, EXIT_DONE, &none, CUT_SIGNAL, EXIT_FAILED,
		  "stalls: no verdict: it rained" },
		{ true, true, true, EXIT_DONE, &runs, CUT_PROGRAM, EXIT_FAILED,
		  "it rained; nothing was found" },
		{ true, false, true, EXIT_DONE, &failed, CUT_NOT, 3,
		  "stalls found nothing; make ended with status 3" },
		{ true, false, true, EXIT_DONE, &ended, CUT_NOT, EXIT_DONE, NULL },
		{ true, true, true, EXIT_FOUND, &runs, CUT_PROGRAM, EXIT_FOUND_BESIDE,
		  "stalls found a stall: status 5; make has not ended, and goes on as process 77" },
		{ true, true, true, EXIT_FOUND, &failed, CUT_NOT, EXIT_FOUND_BESIDE,
		  "make ended with status 3" },
		{ true, false, true, EXIT_CANNOT, &held, CUT_PROGRAM, EXIT_CANNOT, NULL },
		/* No gate. */
		{ false, false, true, EXIT_DONE, &runs, CUT_PROGRAM, EXIT_DONE, NULL },
		{ false, false, true, EXIT_DONE, &failed, CUT_SIGNAL, EXIT_DONE, NULL },
		{ false, false, true, EXIT_DONE, &failed, CUT_NOT, 3, NULL },
		{ false, false, false, EXIT_DONE, &none, CUT_SIGNAL, EXIT_DONE, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(joints); i++) {
		char *text = printed_to(stderr, judge, &joints[i]);

		assert_int_equal(got, joints[i].status);
		if (joints[i].said)
			assert_has(text, joints[i].said);
		else
			assert_string_equal(text, "\n");
	}
}

/* In a new process. Returns 0, or the number of the check that failed. */
static int wait_for_signals(void)
{
	struct signals signals;
	int stop_fd, child_fd;
	sigset_t blocked;
	pid_t pid;

	/* A shell's job in the background ignores SIGINT. */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	signals__hold();
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	if (!sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGTERM) ||
	    sigismember(&blocked, SIGHUP))
		return 1;
	if (signals__open(&signals) || signals__stop(&signals) || signals__stopped_by())
		return 2;
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	if (!sigismember(&blocked, SIGCHLD))
		return 3;
	/* One that is ignored ends no run, as with nohup(1). */
	raise(SIGHUP);
	if (signals__stop(&signals) || signals__stopped_by())
		return 4;
	raise(SIGTERM);
	if (!signals__stop(&signals) || !signals__stopped_by() ||
	    strcmp(signals__stopped_by(), "SIGTERM") || write_all__pause(1))
		return 5;
	raise(SIGINT);
	if (strcmp(signals__stopped_by(), "SIGINT"))
		return 6;
	pid = fork();
	if (!pid)
		_exit(0);
	if (poll(&(struct pollfd){ .fd = signals.child_fd, .events = POLLIN }, 1, 60000) != 1)
		return 7;
	signals__child_seen(&signals);
	if (poll(&(struct pollfd){ .fd = signals.child_fd, .events = POLLIN }, 1, 0))
		return 8;
	stop_fd = signals.stop_fd;
	child_fd = signals.child_fd;
	if (!(fcntl(stop_fd, F_GETFD) & FD_CLOEXEC) || !(fcntl(child_fd, F_GETFD) & FD_CLOEXEC))
		return 9;
	signals__close(&signals);
	/* The other one is for writes that are still to come. */
	if (fcntl(child_fd, F_GETFD) >= 0 || signals.child_fd != -1 || fcntl(stop_fd, F_GETFD) < 0)
		return 10;
	/* Whoever has that number now keeps it. */
	if (dup2(stop_fd, child_fd) != child_fd)
		return 11;
	signals__close(&signals);
	return fcntl(child_fd, F_GETFD) < 0 ? 12 : 0;
}

TEST(signals_end_a_run_unless_they_are_ignored)
{
	assert_int_equal(child_status(wait_for_signals), 0);
}

TEST_MAIN(NULL, NULL)
