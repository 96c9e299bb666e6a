// SPDX-License-Identifier: GPL-2.0
/* A helper process: what it keeps of its starter, what ends it, and what does not. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
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
	/* "." and "..", and the directory's own. */
	return n - 3;
}

/* Gives its account once, then waits for the end of its starter. */
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

static void keeps_its_own_and_outlives_ctrl_c(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	struct account account;
	int fds[2], socket, status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	pid = helper_process__start(&socket);
	if (!pid)
		account_main((const int[NR_FDS]){ socket, fds[0] });
	assert_true(pid > 0);
	assert_int_equal(recv(socket, &account, sizeof(account), 0), sizeof(account));
	assert_string_equal(account.name, "ipitest-helper");
	assert_int_equal(account.nr_fds, NR_FDS);
	assert_int_equal(account.given, 'x');

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		assert_int_equal(kill(pid, signals[i]), 0);
	close(socket);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	close(fds[0]);
	close(fds[1]);
}

/* A descriptor may stand where another is to go: ipitrace may be started with 0 closed. */
static void keeps_descriptors_that_are_in_the_way(void **state)
{
	struct account account;
	int fds[2], socket;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "y", 1), 1);
	pid = helper_process__start(&socket);
	if (!pid) {
		dup2(fds[0], SOCKET);
		account_main((const int[NR_FDS]){ socket, SOCKET });
	}
	assert_int_equal(recv(socket, &account, sizeof(account), 0), sizeof(account));
	assert_int_equal(account.nr_fds, NR_FDS);
	assert_int_equal(account.given, 'y');
	close(socket);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(fds[0]);
	close(fds[1]);
}

static void ends_where_a_descriptor_is_not_open(void **state)
{
	int socket, status;
	pid_t pid;

	(void)state;
	pid = helper_process__start(&socket);
	if (!pid) {
		helper_process__begin("ipitest-helper", (const int[NR_FDS]){ socket, -1 }, NR_FDS);
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	close(socket);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_its_own_and_outlives_ctrl_c),
		cmocka_unit_test(keeps_descriptors_that_are_in_the_way),
		cmocka_unit_test(ends_where_a_descriptor_is_not_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
