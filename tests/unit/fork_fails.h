/* SPDX-License-Identifier: GPL-2.0 */
/* No process can be made, as long as a test says so. */
#ifndef IPITRACE_TESTS_FORK_FAILS_H
#define IPITRACE_TESTS_FORK_FAILS_H

#include "unit.h"

static int fork_error; /* errno of fork(2); 0: the call succeeds */

pid_t __real_fork(void);
pid_t __wrap_fork(void)
{
	if (!fork_error)
		return __real_fork();
	errno = fork_error;
	return -1;
}

#endif /* IPITRACE_TESTS_FORK_FAILS_H */
