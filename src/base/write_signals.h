/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The signals that end a process whose write fails: SIGPIPE where nobody reads, SIGXFSZ where
 * the file would pass `ulimit -f`. Ignored, write() returns EPIPE or EFBIG instead.
 */
#ifndef IPITRACE_BASE_WRITE_SIGNALS_H
#define IPITRACE_BASE_WRITE_SIGNALS_H

void write_signals__ignore(void);

/* As in a fresh process: for a program to be executed, which inherits what is ignored. */
void write_signals__reset(void);

#endif /* IPITRACE_BASE_WRITE_SIGNALS_H */
