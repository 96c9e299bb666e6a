// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <unistd.h>
#include "base/become.h"
#include "base/write_all.h"

void become__program(char **argv, int report_fd)
{
	sigset_t none;
	int err;

	write_signals__set(SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	err = errno;
	(void)!write(report_fd, &err, sizeof(err));
	_exit(err == ENOENT ? 127 : 126);
}

int become__wait(int report_fd)
{
	int err;
	ssize_t len;

	do {
		len = read(report_fd, &err, sizeof(err));
	} while (len < 0 && errno == EINTR);
	return len == sizeof(err) ? -err : 0;
}
