/* SPDX-License-Identifier: GPL-2.0 */
/* A row of bars, one for each number. */
#ifndef IPITRACE_VIEW_TOP_SPARKLINE_H
#define IPITRACE_VIEW_TOP_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>

/* Room for @nr bars with the NUL. */
#define SPARKLINE_BYTES(nr) (3 * (nr) + 1)

/*
 * The bars of @values, the largest of which is full; 0 is a blank, and what is
 * more than 0 is no blank. In ASCII without @utf8.
 */
void sparkline(const double *values, size_t nr, bool utf8, char *text);

#endif /* IPITRACE_VIEW_TOP_SPARKLINE_H */
