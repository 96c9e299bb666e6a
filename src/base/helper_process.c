// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/helper_process.h"

pid_t helper_process__start(int *socket)
{
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	pid = fork();
	if (pid < 0)
		pid = -errno;
	if (pid <= 0)
		close(fds[0]);
	if (pid)
		close(fds[1]);
	*socket = fds[!pid];
	return pid;
}

/*
 * All but @fds are closed: ipitrace's output, which somebody may read to its end, is not held
 * open; nor are its BPF programs, which would stay loaded.
 */
static bool descriptors_keep(const int *fds, int nr_fds)
{
	int copies[HELPER_FDS];

	/* Move all out of the way first: each may have the number that another is to get. */
	for (int i = 0; i < nr_fds; i++) {
		copies[i] = fcntl(fds[i], F_DUPFD, nr_fds);
		if (copies[i] < 0)
			return false;
	}
	for (int i = 0; i < nr_fds; i++)
		if (dup2(copies[i], i) != i)
			return false;
	return !syscall(SYS_close_range, nr_fds, ~0U, 0);
}

void helper_process__begin(const char *name, const int *fds, int nr_fds)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };

	/* Ctrl-C goes to all processes of the terminal; this one ends with ipitrace. */
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, name);
	if (nr_fds > HELPER_FDS || !descriptors_keep(fds, nr_fds))
		_exit(1);
}
