/* SPDX-License-Identifier: GPL-2.0 */
/* A case that ends its process, or confines it for good: in a process of its own. */
#ifndef IPITRACE_TESTS_CHILD_STATUS_H
#define IPITRACE_TESTS_CHILD_STATUS_H

#include <sys/wait.h>
#include <unistd.h>
#include "unit.h"

/* The exit code of a process that runs @body, or 128 + the signal. */
static inline int child_status(int (*body)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

#endif /* IPITRACE_TESTS_CHILD_STATUS_H */
