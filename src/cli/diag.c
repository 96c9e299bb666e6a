// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/output.h"
#include "base/write_all.h"
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
