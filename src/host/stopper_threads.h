/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often the stopper threads ran: once for each running task that is moved
 * to another CPU, and for stop_machine(). A plain reschedule interrupt names no
 * cause; these runs point at one.
 */
#ifndef IPITRACE_HOST_STOPPER_THREADS_H
#define IPITRACE_HOST_STOPPER_THREADS_H

#include <stdint.h>

struct stopper_threads;

/*
 * @root is put before each path: "", except in tests. 0 and *@st, or a negative
 * errno: -ENOENT if no stopper thread is visible, as in a container.
 */
int stopper_threads__open(struct stopper_threads **st, const char *root);
void stopper_threads__close(struct stopper_threads *st);

/* Runs since the last call, or since opening; also of CPUs that came meanwhile. */
uint64_t stopper_threads__since(struct stopper_threads *st);

#endif /* IPITRACE_HOST_STOPPER_THREADS_H */
