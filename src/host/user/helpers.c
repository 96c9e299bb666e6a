// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/privileges.h"
#include "host/user/helpers.h"
#include "host/user/namer.h"
#include "host/user/opener.h"

/*
 * The opener's capabilities: for /proc/PID/maps and root (ptrace_may_access()), for files and
 * directories of other users, and, since 5.9, for map_files.
 */
static const unsigned int opener_caps[] = { CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
					    CAP_CHECKPOINT_RESTORE };

#define NR_CAPS (sizeof(opener_caps) / sizeof(*opener_caps))

/* Ctrl-C goes to all processes of the terminal; these end when ipitrace is done with them. */
static void helper_begin(int socket, const char *name)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	int keep = dup2(socket, 0);

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, name);
	/* ipitrace's output, which somebody may read to its end, is not held open. */
	if (keep || syscall(SYS_close_range, 1, ~0U, 0))
		_exit(1);
}

static void __attribute__((noreturn)) opener_main(int socket)
{
	helper_begin(socket, "ipitrace-open");
	if (!privileges__drop_but(opener_caps, NR_CAPS))
		opener__run(0);
	_exit(0);
}

static void __attribute__((noreturn)) reader_main(int socket)
{
	static struct name_request request;
	static struct name_answer answer;
	struct namer *namer;
	pid_t opener;
	int fds[2];

	helper_begin(socket, "ipitrace-names");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		_exit(1);
	opener = fork();
	if (!opener)
		opener_main(fds[1]);
	close(fds[1]);
	namer = privileges__drop() ? NULL : namer__new(fds[0]);
	while (namer && recv(0, &request, sizeof(request), 0) == sizeof(request)) {
		answer.id = request.id;
		namer__name(namer, request.tgid, &request.stack, &answer.named);
		if (send(0, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	close(fds[0]);
	if (opener > 0)
		waitpid(opener, NULL, 0);
	_exit(0);
}

pid_t helpers__start(int *socket)
{
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	pid = fork();
	if (!pid)
		reader_main(fds[1]);
	if (pid < 0)
		pid = -errno;
	close(fds[1]);
	if (pid < 0)
		close(fds[0]);
	*socket = fds[0];
	return pid;
}
