// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/sanitize.h"
#include "base/write_all.h"
#include "cli/diag.h"

/* A path of PATH_MAX bytes and the words around it. */
#define MESSAGE_BYTES 8192

static void (*before)(void);

void diag__before(void (*call)(void))
{
	before = call;
}

int fail(int status, const char *format, ...)
{
	char text[MESSAGE_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* Words of the user, paths and names: any bytes. */
	sanitize(text, sizeof(text), text);
	if (before)
		before();
	fprintf(stderr, "ipitrace: %s\n", text);
	return status;
}

void diag__renamed(const char *path, const char *old)
{
	fail(EXIT_DONE, "%s: what was there is %s now", path, old);
}

int output_status(int err)
{
	static bool gone;

	if (!err && !gone)
		err = output__flush();
	gone |= err == -EPIPE;
	if (gone || !err)
		return EXIT_DONE;
	if (err == -ENOMEM)
		return fail(EXIT_FAILED, "a report: %s", strerror(ENOMEM));
	if (err == -ETIMEDOUT)
		return fail(EXIT_FAILED,
			    "stdout: nobody reads it: at least %" PRIu64 " bytes are lost",
			    write_all__unwritten());
	return fail(EXIT_FAILED, "stdout: %s", strerror(-err));
}

int output_file__open(const char *path, const char *old, enum new_file_kind kind)
{
	struct new_file file;
	int fd = new_file__open(&file, path, old, kind);

	if (fd < 0)
		fail(EXIT_FAILED, "%s: %s", file.name, file.why);
	else if (*file.old)
		diag__renamed(path, file.old);
	return fd;
}
