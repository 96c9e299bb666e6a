/* SPDX-License-Identifier: GPL-2.0 */
/* What goes to stderr: one line each, "ipitrace: ...". */
#ifndef IPITRACE_CLI_DIAG_H
#define IPITRACE_CLI_DIAG_H

/*
 * Write out what stdout holds. @err: a negative errno if writing failed
 * already, or 0. An exit status: EXIT_FAILED, and said, if it failed; but a
 * reader that is gone has seen enough, and is no failure.
 */
int output_status(int err);

/* Say it and return @status, so that `return fail(...)` reads well. */
int __attribute__((format(printf, 2, 3))) fail(int status, const char *format, ...);

#endif /* IPITRACE_CLI_DIAG_H */
