// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include "view/text/block.h"
#include "view/text/paragraph.h"
#include "view/text/style.h"

/* Behind what stands in the first line up to column @indent. */
static void __attribute__((format(printf, 2, 0)))
wrapped(int indent, const char *format, va_list args)
{
	char lines[2560];
	struct block wrap;

	block__begin(&wrap, lines, sizeof(lines));
	block__vwrap(&wrap, indent, format, args);
	fputs(lines, stdout);
}

void paragraph__labelled(const char *label, int indent, const char *format, ...)
{
	va_list args;

	printf("%s%-*s%s", style__on(STYLE_HEAD), indent, label, style__off());
	va_start(args, format);
	wrapped(indent, format, args);
	va_end(args);
}

void paragraph__dim_labelled(const char *label, int indent, const char *format, ...)
{
	va_list args;

	printf("%s%-*s", style__on(STYLE_DIM), indent, label);
	va_start(args, format);
	wrapped(indent, format, args);
	va_end(args);
	fputs(style__off(), stdout);
}

void paragraph__rest(int indent, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	wrapped(indent, format, args);
	va_end(args);
}

void paragraph__dim(int indent, const char *format, ...)
{
	va_list args;

	printf("%s%*s", style__on(STYLE_DIM), indent, "");
	va_start(args, format);
	wrapped(indent, format, args);
	va_end(args);
	fputs(style__off(), stdout);
}
