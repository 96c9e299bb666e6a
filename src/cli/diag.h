/* SPDX-License-Identifier: GPL-2.0 */
/* Messages on stderr, one line each, "ipitrace: ...", safe for a terminal; with exit statuses. */
#ifndef IPITRACE_CLI_DIAG_H
#define IPITRACE_CLI_DIAG_H

#include <stdint.h>
#include "base/write_all.h"
#include "cli/exit_status.h"
#include "cli/options.h"

/*
 * Flush stdout. @err is the negative errno of a write that failed already, -ENOMEM if a view had no
 * memory for its report, or 0. Returns an exit status: EXIT_FAILED, after a message, if writing
 * failed. EPIPE is no failure, because the reader wanted no more.
 */
int output_status(int err);

/*
 * If the options have --output FILE, and the command does not write FILE itself, make FILE the new
 * stdout, and the name in messages of output_status(). A PROGRAM that was forked before keeps the
 * old stdout. Call this after all checks of the options, and before anything is written. Returns an
 * exit status; a failure has been reported.
 */
int output_begin(const struct options *opts);

/* Write the message and return @status, for `return fail(...)`. */
int __attribute__((format(printf, 2, 3))) fail(int status, const char *format, ...);

/*
 * Returns the exit status for @err, the result of @part. A negative errno is reported as "@part:
 * why", or with advice if too few files may be open; an exit status is returned unchanged.
 */
int part_status(const char *part, int err);

/* Report that the file at @path was renamed to @old. */
void diag__renamed(const char *path, const char *old);

/* Set a function that is called before each message: a screen then restores the terminal. */
void diag__before(void (*call)(void));

/*
 * Do what new_file__open() does for @path, which --@option names (NULL: no option does), and report
 * a failure, and the renaming of an existing file. @file may be NULL.
 */
int output_file__open(struct new_file *file, const char *option, const char *path, const char *old,
		      enum new_file_kind kind);

#endif /* IPITRACE_CLI_DIAG_H */
