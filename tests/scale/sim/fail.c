// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli/exit_status.h"
#include "fail.h"

static _Noreturn void end(int status, const char *format, va_list args)
{
	fflush(stdout);
	fputs("lines: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	exit(status);
}

_Noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	end(EXIT_FAILED, format, args);
}

_Noreturn void cannot(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	end(EXIT_CANNOT, format, args);
}
