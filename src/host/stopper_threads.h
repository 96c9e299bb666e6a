/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often the stopper threads ran: once for each running task that is moved
 * to another CPU, and for stop_machine(). A plain reschedule interrupt names no
 * cause; these runs point at one.
 */
#ifndef IPITRACE_HOST_STOPPER_THREADS_H
#define IPITRACE_HOST_STOPPER_THREADS_H

#include <stdbool.h>
#include <stdint.h>

struct stopper_threads;

/*
 * @root: where the kernel's files are, "" outside tests; kept, not copied.
 * 0 and *@st, or a negative errno: -ENOENT if no stopper thread is visible, as in a container.
 */
int stopper_threads__open(struct stopper_threads **st, const char *root);
void stopper_threads__close(struct stopper_threads *st);

/*
 * Runs since the last call, or since opening, also of CPUs that came meanwhile. False, and 0 runs: they are not
 * known, because @st is NULL, or because a thread cannot be read now or could
 * not at the last call (/proc with hidepid, and ipitrace is no longer root).
 */
bool stopper_threads__since(struct stopper_threads *st, uint64_t *runs);

#endif /* IPITRACE_HOST_STOPPER_THREADS_H */
