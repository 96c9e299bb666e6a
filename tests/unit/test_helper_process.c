// SPDX-License-Identifier: GPL-2.0
/* A helper process: what it keeps of its starter, what ends it, and what does not. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "base/helper_process.h"
#include "unit.h"

enum {
	SOCKET,
	GIVEN,
	NR_FDS,
};

/* A process's account of itself. */
struct account {
	char name[16];
	int nr_fds;
	char given; /* read from the descriptor that it was given */
};

static int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	/* Without ".", ".." and the descriptor of the directory itself. */
	return n - 3;
}

/* A helper that reports once what it has, and then waits for the end of its starter. */
static void __attribute__((noreturn)) account_main(const int fds[NR_FDS])
{
	struct account account = {};
	char byte;

	helper_process__begin("ipitest-helper", fds, NR_FDS);
	account.nr_fds = descriptors();
	prctl(PR_GET_NAME, account.name);
	if (read(GIVEN, &account.given, 1) == 1)
		send(SOCKET, &account, sizeof(account), MSG_NOSIGNAL);
	recv(SOCKET, &byte, 1, 0);
	_exit(7);
}

TEST(keeps_its_own_and_outlives_ctrl_c)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	struct account account;
	int fds[2], socket, status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	pid = helper_process__start(&socket);
	if (!pid)
		account_main((const int[NR_FDS]){ socket, fds[0] });
	assert_true(pid > 0);
	assert_int_equal(recv(socket, &account, sizeof(account), 0), sizeof(account));
	assert_string_equal(account.name, "ipitest-helper");
	/* And the one that tells of its starter's end. */
	assert_members(account, nr_fds, NR_FDS + 1, given, 'x');

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		assert_int_equal(kill(pid, signals[i]), 0);
	close(socket);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	helpers__forget(pid);
	close(fds[0]);
	close(fds[1]);
}

/* A descriptor may have the number that another must get: ipitrace may be started with 0 closed. */
TEST(keeps_descriptors_that_are_in_the_way)
{
	struct account account;
	int fds[2], socket;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "y", 1), 1);
	pid = helper_process__start(&socket);
	if (!pid) {
		dup2(fds[0], SOCKET);
		account_main((const int[NR_FDS]){ socket, SOCKET });
	}
	assert_int_equal(recv(socket, &account, sizeof(account), 0), sizeof(account));
	/* And the one that tells of its starter's end. */
	assert_members(account, nr_fds, NR_FDS + 1, given, 'y');
	close(socket);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	helpers__forget(pid);
	close(fds[0]);
	close(fds[1]);
}

TEST(ends_where_a_descriptor_is_not_open)
{
	int socket, status;
	pid_t pid;

	pid = helper_process__start(&socket);
	if (!pid) {
		helper_process__begin("ipitest-helper", (const int[NR_FDS]){ socket, -1 }, NR_FDS);
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	helpers__forget(pid);
	close(socket);
}

/* A helper that never reads its socket, is another user than its starter, and is stopped. */
static void __attribute__((noreturn)) deaf_main(const int *fds, int nr)
{
	helper_process__begin("ipitest-helper", fds, nr);
	if (!geteuid() && setresuid(65534, 65534, 65534))
		_exit(1);
	helper_process__end_with_starter();
	raise(SIGSTOP);
	for (;;)
		pause();
}

TEST(ends_when_its_starter_is_killed)
{
	int alive[2], status;
	pid_t starter, helper;
	char byte;

	assert_int_equal(pipe(alive), 0);
	starter = fork();
	if (!starter) {
		int socket;

		helper = helper_process__start(&socket);
		if (!helper)
			deaf_main((const int[]){ socket, alive[1] }, 2);
		close(alive[0]);
		/* The process that has given up root may not send signals to others. */
		if (waitpid(helper, &status, WUNTRACED) != helper || !WIFSTOPPED(status) ||
		    (!geteuid() && setresuid(65533, 65533, 65533)))
			_exit(1);
		raise(SIGKILL);
	}
	close(alive[1]);
	assert_int_equal(waitpid(starter, &status, 0), starter);
	assert_true(WIFSIGNALED(status));
	/* The helper has the other end until it ends. */
	assert_int_equal(read(alive[0], &byte, 1), 0);
	close(alive[0]);
}

/* A helper that reads nothing, either, ends then. */
TEST(ends_when_it_is_forgotten)
{
	int fds = list_fds(NULL), socket, status;
	pid_t pid = helper_process__start(&socket);
	char byte;

	if (!pid) {
		helper_process__begin("ipitest-helper", &socket, 1);
		helper_process__end_with_starter();
		send(0, "", 1, MSG_NOSIGNAL);
		for (;;)
			pause();
	}
	assert_int_equal(recv(socket, &byte, 1, 0), 1);
	assert_true(helpers__have(helpers__own(), pid));
	/* Another helper's process, of which this process has nothing. */
	helpers__add(pid + 1);
	helpers__forget(pid + 1);
	assert_int_equal(list_fds(NULL), fds + 2);
	helpers__forget(pid);
	assert_false(helpers__have(helpers__own(), pid));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(socket);
	assert_int_equal(list_fds(NULL), fds);
}

TEST_MAIN(NULL, NULL)
