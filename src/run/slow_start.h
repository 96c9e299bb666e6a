/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A message on stderr if the kernel holds this thread, which loads and attaches BPF programs. By a thread of
 * its own, since the caller does not come back from the kernel.
 */
#ifndef IPITRACE_RUN_SLOW_START_H
#define IPITRACE_RUN_SLOW_START_H

#include <stdint.h>

struct slow_start;

/*
 * Until slow_start__end(): if the calling thread is in one call of the kernel for @ns, say "ipitrace: @message
 * for 3 s: the kernel waits in A < B", where a user may read that. After that a signal (@stop_fd is
 * readable; -1: none) ends the process. NULL: no memory, no thread; then nothing is said.
 */
struct slow_start *slow_start__begin(uint64_t ns, const char *message, int stop_fd);

/* @s may be NULL. */
void slow_start__end(struct slow_start *s);

#endif /* IPITRACE_RUN_SLOW_START_H */
