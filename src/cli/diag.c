// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/sanitize.h"
#include "cli/diag.h"
#include "cli/exit_status.h"

/* A path of PATH_MAX bytes and the words around it. */
#define MESSAGE_BYTES 8192

int fail(int status, const char *format, ...)
{
	char text[MESSAGE_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* Words of the user, paths and names: any bytes. */
	sanitize(text, sizeof(text), text);
	fprintf(stderr, "ipitrace: %s\n", text);
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
