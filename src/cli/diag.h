/* SPDX-License-Identifier: GPL-2.0 */
/* Messages on stderr, one line each, "ipitrace: ...", safe for a terminal; with exit statuses. */
#ifndef IPITRACE_CLI_DIAG_H
#define IPITRACE_CLI_DIAG_H

#include <stdint.h>
#include "base/write_all.h"
#include "cli/exit_status.h"
#include "cli/options.h"

/*
 * Flush stdout. @err: the negative errno of a write that failed already, -ENOMEM if a view had no
 * memory for its report, or 0. Returns an exit status: EXIT_FAILED, after a message, if writing
 * failed. EPIPE is no failure: the reader has seen enough.
 */
int output_status(int err);

/*
 * With --output FILE, of a command that does not write FILE itself, stdout is FILE from here on,
 * and messages of output_status() name FILE. A PROGRAM that was forked before this keeps the old
 * stdout. Call this once nothing can be wrong with the options, and before anything is written.
 * Returns an exit status; a failure has been reported.
 */
int output_begin(const struct options *opts);

/* Write the message and return @status, for `return fail(...)`. */
int __attribute__((format(printf, 2, 3))) fail(int status, const char *format, ...);

/* The status of what @part returned: a negative errno is reported as "@part: why", others stay. */
int part_status(const char *part, int err);

/* Say that what was at @path is at @old now. */
void diag__renamed(const char *path, const char *old);

/* Have @call called before each message: a screen gives the terminal back. */
void diag__before(void (*call)(void));

/* As new_file__open(), but a failure, and a file that was renamed, have been reported. */
int output_file__open(const char *path, const char *old, enum new_file_kind kind);

#endif /* IPITRACE_CLI_DIAG_H */
