// SPDX-License-Identifier: GPL-2.0
#include <sys/prctl.h>
#include "base/helper_process.h"
#include "run/parts.h"

int child__fork(struct child *child, char **argv)
{
	int go[2], error[2], err;
	char byte;

	*child = (struct child){ .go_fd = -1, .error_fd = -1 };
	if (!argv)
		return 0;
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(error, O_CLOEXEC)) {
		err = -errno;
		goto close_go;
	}
	child->pid = fork();
	if (!child->pid) {
		close(go[1]);
		close(error[0]);
		/* Wait for child__start(); without it, the run has ended. */
		if (read(go[0], &byte, 1) != 1)
			_exit(0);
		/* execve() frees ipitrace's memory: the IPIs that it costs have PROGRAM's name. */
		prctl(PR_SET_NAME, basename(argv[0]));
		become__program(argv, error[1]);
	}
	close(go[0]);
	close(error[1]);
	child->go_fd = go[1];
	child->error_fd = error[0];
	if (child->pid > 0)
		return 0;
	err = -errno;
	child->pid = 0;
	child__close(child);
	return err;

close_go:
	close(go[0]);
	close(go[1]);
	return err;
}

int child__start(struct child *child)
{
	if (!child->pid)
		return 0;
	if (write(child->go_fd, "", 1) != 1)
		return -errno;
	close(child->go_fd);
	child->go_fd = -1;
	return become__wait(child->error_fd);
}

bool child__poll(struct child *child)
{
	if (child->pid && !child->ended)
		child->ended = waitpid(child->pid, &child->status, WNOHANG) == child->pid;
	return child->ended;
}

int child__exit_status(const struct child *child)
{
	if (!child->ended)
		return 0;
	if (WIFSIGNALED(child->status))
		return 128 + WTERMSIG(child->status);
	return WEXITSTATUS(child->status);
}

void child__close(struct child *child)
{
	if (child->go_fd >= 0)
		close(child->go_fd);
	if (child->error_fd >= 0)
		close(child->error_fd);
	child->go_fd = child->error_fd = -1;
}
