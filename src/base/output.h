/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stdout and stderr over write_all(): a reader that does not read cannot hold
 * up the end of a run, and the errno of a write that failed is kept.
 */
#ifndef IPITRACE_BASE_OUTPUT_H
#define IPITRACE_BASE_OUTPUT_H

/* Before anything is written. Without memory the streams stay as they are. */
void output__open(void);

/* Flush stdout. 0, or the negative errno of the first write to stdout that failed. */
int output__flush(void);

#endif /* IPITRACE_BASE_OUTPUT_H */
