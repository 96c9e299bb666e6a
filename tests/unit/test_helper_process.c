// SPDX-License-Identifier: GPL-2.0
/* A helper process: what it keeps of its starter, what ends it, and what does not. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "base/helper_process.h"
#include "fork_fails.h"

/* How many of these calls succeed before one fails; -1: all of them. */
static int pipes_granted = -1, sockets_granted = -1;

/* Whether a call fails, with @err, that has @granted. */
static bool is_refused(int *granted, int err)
{
	errno = err;
	return *granted >= 0 && !(*granted)--;
}

int __real_pipe2(int *fds, int flags);
int __wrap_pipe2(int *fds, int flags)
{
	return is_refused(&pipes_granted, EMFILE) ? -1 : __real_pipe2(fds, flags);
}

int __real_socketpair(int domain, int type, int protocol, int *fds);
int __wrap_socketpair(int domain, int type, int protocol, int *fds)
{
	return is_refused(&sockets_granted, ENFILE) ?
		       -1 :
		       __real_socketpair(domain, type, protocol, fds);
}

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

TEST(what_cannot_be_made_is_an_error_and_leaves_nothing)
{
	int fds = list_fds(NULL), socket = -7;

	pipes_granted = 0;
	assert_int_equal(helper_process__start(&socket), -EMFILE);
	assert_int_equal(list_fds(NULL), fds);
	sockets_granted = 0;
	assert_int_equal(helper_process__start(&socket), -ENFILE);
	assert_int_equal(list_fds(NULL), fds);
	fork_error = EAGAIN;
	assert_int_equal(helper_process__start(&socket), -EAGAIN);
	assert_int_equal(list_fds(NULL), fds);
	assert_int_equal(helpers__own()->nr, 0);
	pipes_granted = sockets_granted = -1;
	fork_error = 0;
}

/* A helper with so many descriptors of its own; it ends with 7, or with 1 if there are too many. */
static int status_with(int nr_fds)
{
	int fds[HELPER_FDS + 1], socket, status;
	pid_t pid = helper_process__start(&socket);

	if (!pid) {
		for (int i = 0; i < nr_fds; i++)
			fds[i] = socket;
		helper_process__begin("ipitest-helper", fds, nr_fds);
		_exit(descriptors() == nr_fds + 1 ? 7 : 8);
	}
	close(socket);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	helpers__forget(pid);
	return WEXITSTATUS(status);
}

TEST(a_helper_keeps_a_few_descriptors)
{
	assert_int_equal(status_with(0), 7);
	assert_int_equal(status_with(HELPER_FDS), 7);
	assert_int_equal(status_with(HELPER_FDS + 1), 1);
}

TEST(the_list_of_helpers_has_an_end)
{
	static const struct helpers empty;
	const struct helpers *own = helpers__own();

	assert_false(helpers__have(NULL, 1));
	assert_false(helpers__have(&empty, 0));
	helpers__add(0);
	helpers__add(-1);
	assert_int_equal(own->nr, 0);
	for (int i = 1; i <= HELPERS_MAX + 1; i++)
		helpers__add(i);
	assert_int_equal(own->nr, HELPERS_MAX);
	assert_true(helpers__have(own, 1));
	assert_true(helpers__have(own, HELPERS_MAX));
	assert_false(helpers__have(own, HELPERS_MAX + 1));
	helpers__forget(2);
	assert_int_equal(own->nr, HELPERS_MAX - 1);
	assert_false(helpers__have(own, 2));
	for (int i = 1; i <= HELPERS_MAX; i++)
		assert_int_equal(helpers__have(own, i), i != 2);
	for (int i = 1; i <= HELPERS_MAX; i++)
		helpers__forget(i);
	assert_int_equal(own->nr, 0);
}

TEST(a_descriptor_is_passed_or_an_error)
{
	int socket[2], ends[2], fd;
	char byte;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socket), 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pass_fd__receive(socket[1], MSG_DONTWAIT), -EAGAIN);
	pass_fd__send(socket[0], ends[1]);
	pass_fd__send(socket[0], -ENOTDIR);
	pass_fd__send(socket[0], 0);
	fd = pass_fd__receive(socket[1], 0);
	assert_true(fd > ends[1]);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(fd, "z", 1), 1);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(byte, 'z');
	close(fd);
	assert_int_equal(pass_fd__receive(socket[1], 0), -ENOTDIR);
	fd = pass_fd__receive(socket[1], 0);
	assert_true(fd > 0);
	close(fd);
	/* A message without a descriptor, one that is cut, and the end. */
	assert_int_equal(send(socket[0], (const int[]){ 0 }, sizeof(int), 0), sizeof(int));
	assert_int_equal(pass_fd__receive(socket[1], 0), -1);
	assert_int_equal(send(socket[0], "abc", 3, 0), 3);
	assert_int_equal(pass_fd__receive(socket[1], 0), -EPIPE);
	close(socket[0]);
	assert_int_equal(pass_fd__receive(socket[1], 0), -EPIPE);
	/* SIGPIPE would end the test. */
	pass_fd__send(socket[1], ends[0]);
	close(socket[1]);
	close(ends[0]);
	close(ends[1]);
}

TEST(who_becomes_a_program_reports_why_not)
{
	const int err = ENOEXEC;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], &err, sizeof(err)), sizeof(err));
	assert_int_equal(write(ends[1], &err, sizeof(err) - 1), sizeof(err) - 1);
	assert_int_equal(become__wait(ends[0]), -ENOEXEC);
	assert_int_equal(become__wait(ends[0]), 0);
	close(ends[1]);
	assert_int_equal(become__wait(ends[0]), 0);
	close(ends[0]);
}

/* A process that does not end is not waited for; one that has ended is forgotten. */
TEST(an_end_is_waited_for_so_long)
{
	int socket;
	pid_t pid = helper_process__start(&socket);
	char byte;

	if (!pid) {
		helper_process__begin("ipitest-helper", &socket, 1);
		recv(0, &byte, 1, 0);
		_exit(0);
	}
	helper_process__await_end(pid, 3);
	assert_true(helpers__have(helpers__own(), pid));
	close(socket);
	helper_process__await_end(pid, 60000);
	assert_false(helpers__have(helpers__own(), pid));
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
}

TEST_MAIN(NULL, NULL)
