/* SPDX-License-Identifier: GPL-2.0 */
/* How many descriptors are open: what is opened must be closed. */
#ifndef IPITRACE_TESTS_OPEN_FDS_H
#define IPITRACE_TESTS_OPEN_FDS_H

#include <fcntl.h>

static inline int count_fds(void)
{
	int nr = 0;

	for (int fd = 0; fd < 1024; fd++)
		nr += fcntl(fd, F_GETFD) >= 0;
	return nr;
}

#endif /* IPITRACE_TESTS_OPEN_FDS_H */
