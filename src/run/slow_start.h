/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A message on stderr if the kernel holds the thread that loads and attaches BPF programs. Another thread
 * writes the message, because the first one does not come back from the kernel.
 */
#ifndef IPITRACE_RUN_SLOW_START_H
#define IPITRACE_RUN_SLOW_START_H

#include <stddef.h>
#include <stdint.h>

struct slow_start;

/*
 * Watch the calling thread until slow_start__end(). If the thread stays in one system call for @ns,
 * write "ipitrace: @message for 3 s: the kernel waits in A < B" on stderr; only root sees the
 * functions A and B. After this message the watching thread ends the process when a signal makes
 * @stop_fd readable (-1: never), because the held thread sees no signal. Returns NULL without
 * memory or without a thread: then nobody watches.
 */
struct slow_start *slow_start__begin(uint64_t ns, const char *message, int stop_fd);

/*
 * Write into @text what holds a thread, as the end of that message: its @state and its CPU as in
 * /proc/PID/stat, and its @stack, "A < B"; "": the thread runs, or the user may not see the stack.
 */
void slow_start__where(char state, unsigned int cpu, const char *stack, char *text, size_t size);

/* End the watch. @s may be NULL. */
void slow_start__end(struct slow_start *s);

#endif /* IPITRACE_RUN_SLOW_START_H */
