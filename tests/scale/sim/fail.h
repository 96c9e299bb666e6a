/* SPDX-License-Identifier: GPL-2.0 */
/* The end of the simulator: a line on stderr, and a status of cli/exit_status.h. */
#ifndef SCALE_FAIL_H
#define SCALE_FAIL_H

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* This machine lacks something. */
_Noreturn void cannot(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* SCALE_FAIL_H */
