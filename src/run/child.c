// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "run/child.h"

static void __attribute__((noreturn)) held(int go_fd, int error_fd, char **argv)
{
	sigset_t none;
	char go;
	int err;

	if (read(go_fd, &go, 1) != 1)
		_exit(0);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	err = errno;
	if (write(error_fd, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

int child__fork(struct child *program, char **argv)
{
	int go[2], error[2], err;

	*program = (struct child){ .go_fd = -1, .error_fd = -1 };
	if (!argv)
		return 0;
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(error, O_CLOEXEC)) {
		err = -errno;
		goto close_go;
	}
	program->pid = fork();
	if (!program->pid) {
		close(go[1]);
		close(error[0]);
		held(go[0], error[1], argv);
	}
	close(go[0]);
	close(error[1]);
	program->go_fd = go[1];
	program->error_fd = error[0];
	if (program->pid > 0)
		return 0;
	err = -errno;
	program->pid = 0;
	child__close(program);
	return err;

close_go:
	close(go[0]);
	close(go[1]);
	return err;
}

int child__start(struct child *program)
{
	int err = 0;

	if (!program->pid)
		return 0;
	if (write(program->go_fd, "", 1) != 1)
		return -errno;
	close(program->go_fd);
	program->go_fd = -1;
	/* End of file once the exec has closed the other end. */
	if (read(program->error_fd, &err, sizeof(err)) != sizeof(err))
		err = 0;
	return -err;
}

bool child__poll(struct child *program)
{
	if (program->pid && !program->ended)
		program->ended = waitpid(program->pid, &program->status, WNOHANG) == program->pid;
	return program->ended;
}

int child__exit_status(const struct child *program)
{
	if (!program->ended)
		return 0;
	if (WIFSIGNALED(program->status))
		return 128 + WTERMSIG(program->status);
	return WEXITSTATUS(program->status);
}

void child__close(struct child *program)
{
	if (program->go_fd >= 0)
		close(program->go_fd);
	if (program->error_fd >= 0)
		close(program->error_fd);
	program->go_fd = program->error_fd = -1;
}
