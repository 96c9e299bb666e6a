/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of the brief page: functions, CPUs, and the rows of --by. */
#ifndef IPITRACE_VIEW_TEXT_BRIEF_TABLES_H
#define IPITRACE_VIEW_TEXT_BRIEF_TABLES_H

#include <stddef.h>
#include <stdio.h>
#include "model/digest.h"
#include "model/snapshot.h"

struct brief_page {
	FILE *out;
	const struct snapshot *snap;
	const struct digest *digest;
	int columns;
};

/*
 * Each prints a heading and at most @lines lines; if there are more rows, the last line
 * counts those that are not shown.
 */
void brief__functions(const struct brief_page *page, size_t lines);
void brief__cpus(const struct brief_page *page, size_t lines);
void brief__by(const struct brief_page *page, size_t lines);

#endif /* IPITRACE_VIEW_TEXT_BRIEF_TABLES_H */
