// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <unistd.h>
#include "base/write_all.h"

int write_all(int fd, const char *buf, size_t len, size_t *done)
{
	size_t at = 0;
	int err = 0;

	while (at < len && !err) {
		ssize_t n = write(fd, buf + at, len - at);

		if (n >= 0)
			at += n;
		else if (errno != EINTR)
			err = -errno;
	}
	if (done)
		*done = at;
	return err;
}
