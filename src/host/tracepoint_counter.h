/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often a tracepoint was hit, counted by the kernel without a BPF
 * program: a perf counter for each CPU. It costs nothing while nothing hits.
 */
#ifndef IPITRACE_HOST_TRACEPOINT_COUNTER_H
#define IPITRACE_HOST_TRACEPOINT_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

struct tracepoint_counter;

/*
 * @event: such as "power/cpu_frequency". Needs root, reading does not.
 * Attaches, which patches the kernel. 0 and *@tc, or a negative errno and
 * NULL.
 */
int tracepoint_counter__open(struct tracepoint_counter **tc, const char *event);
void tracepoint_counter__close(struct tracepoint_counter *tc);

/* Since the last call, or the opening; false where @tc is NULL. */
bool tracepoint_counter__since(struct tracepoint_counter *tc, uint64_t *events);

#endif /* IPITRACE_HOST_TRACEPOINT_COUNTER_H */
