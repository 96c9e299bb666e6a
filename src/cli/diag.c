// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "cli/diag.h"
#include "cli/exit_status.h"

int fail(int status, const char *format, ...)
{
	va_list args;

	fputs("ipitrace: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

int output_status(int err)
{
	static bool gone;

	errno = 0;
	if (!err && !gone && (fflush(stdout) || ferror(stdout)))
		err = errno ? -errno : -EIO;
	gone |= err == -EPIPE;
	if (gone || !err)
		return EXIT_DONE;
	return fail(EXIT_FAILED, "stdout: %s", strerror(-err));
}
