/* SPDX-License-Identifier: GPL-2.0 */
/* A list of globs, with commas in between: 'flush_tlb*,ipi_mb'. */
#ifndef IPITRACE_CLI_GLOBS_H
#define IPITRACE_CLI_GLOBS_H

#include <stdbool.h>

/* Room for a list, and so for one glob. */
#define GLOBS_BYTES 1024

/* Copy the next glob to @glob and move *@rest behind it; false: there is none. */
bool globs__next(const char **rest, char *glob);

/* Whether one of @list matches @name. */
bool globs__match(const char *list, const char *name);

#endif /* IPITRACE_CLI_GLOBS_H */
