// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "view/text/record.h"
#include "view/text/safe.h"
#include "view/text/units.h"

/* Back to the first column, and erase the line. */
#define ERASE "\r\033[K"

static void flight_print(const struct record_progress *progress)
{
	fprintf(stderr,
		"ipitrace: %s, %s csd%s, %s lost; the last %s in %sB of %sB; files: %" PRIu64,
		units__ns(progress->ns).s, units__count(progress->csds).s,
		units__plural(progress->csds), units__count(progress->lost).s,
		units__ns(progress->held_ns).s, units__count(progress->bytes).s,
		units__count(progress->size).s, progress->files);
}

static void figures_print(const struct record_progress *progress)
{
	if (progress->flight) {
		flight_print(progress);
		return;
	}
	fprintf(stderr, "ipitrace: %s, %s csd%s, %s lost, %sB", units__ns(progress->ns).s,
		units__count(progress->csds).s, units__plural(progress->csds),
		units__count(progress->lost).s, units__count(progress->bytes).s);
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
	if (progress->flight)
		fputs("\n", stderr);
	else
		fprintf(stderr, " in %s\n", safe__tail(path, 40).s);
}
