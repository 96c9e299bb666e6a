// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "view/text/record.h"
#include "view/text/safe.h"
#include "view/text/units.h"

/* Back to the first column, and erase the line. */
#define ERASE "\r\033[K"

static void figures_print(const struct record_progress *progress)
{
	fprintf(stderr, "ipitrace: %s, %s csds, %s lost, %sB", units__ns(progress->ns).s,
		units__count(progress->csds).s, units__count(progress->lost).s,
		units__count(progress->bytes).s);
}

void view__record_progress(const struct record_progress *progress)
{
	fputs(ERASE, stderr);
	figures_print(progress);
}

void view__record_end(const struct record_progress *progress, const char *path, bool replaces)
{
	if (replaces)
		fputs(ERASE, stderr);
	figures_print(progress);
	fprintf(stderr, " in %s\n", safe__tail(path, 40).s);
}
