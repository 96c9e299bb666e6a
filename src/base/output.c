// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include "base/output.h"
#include "base/write_all.h"

/* A window's report in one write. */
static char buffer[1 << 16];
/* A FILE remembers that a write failed, but not why. */
static int error;

static ssize_t stdout_write(void *cookie, const char *buf, size_t len)
{
	int err = error ? error : write_all(STDOUT_FILENO, buf, len, NULL);

	(void)cookie;
	error = err;
	errno = -err;
	return err ? 0 : len;
}

static ssize_t stderr_write(void *cookie, const char *buf, size_t len)
{
	(void)cookie;
	return write_all(STDERR_FILENO, buf, len, NULL) ? 0 : len;
}

void output__open(void)
{
	FILE *out = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = stdout_write });
	FILE *err = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = stderr_write });

	if (out) {
		setvbuf(out, buffer, _IOFBF, sizeof(buffer));
		stdout = out;
	}
	if (err) {
		setvbuf(err, NULL, _IONBF, 0);
		stderr = err;
	}
}

int output__flush(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	if (error)
		return error;
	return errno ? -errno : -EIO;
}
