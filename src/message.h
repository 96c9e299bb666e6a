/* SPDX-License-Identifier: GPL-2.0 */
/* What goes to stderr: one line each, "ipitrace: ...". */
#ifndef IPITRACE_MESSAGE_H
#define IPITRACE_MESSAGE_H

/* Say it and return @status, so that `return fail(...)` reads well. */
int __attribute__((format(printf, 2, 3))) fail(int status, const char *format, ...);

#endif /* IPITRACE_MESSAGE_H */
