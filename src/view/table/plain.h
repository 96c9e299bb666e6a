/* SPDX-License-Identifier: GPL-2.0 */
/* A table as plain text: its headings, then a row at a time, so that lines can stand between them. */
#ifndef IPITRACE_VIEW_TABLE_PLAIN_H
#define IPITRACE_VIEW_TABLE_PLAIN_H

#include <stdio.h>
#include "view/table/column.h"

struct plain {
	FILE *out;
	const struct layout *layout;
	int columns; /* of the first screen, whose names are cut; 0: a report's, where they get a line */
};

/* An empty line, the groups if there are any, the headings. @first: in place of the first one; NULL. */
void plain__heads(const struct plain *plain, const char *first);

void plain__row(const struct plain *plain, const struct row_of *of);

#endif /* IPITRACE_VIEW_TABLE_PLAIN_H */
