/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often a tracepoint was hit, counted by the kernel without a BPF
 * program: a perf counter for each CPU. It costs nothing while nothing hits.
 */
#ifndef IPITRACE_TRACECOUNT_H
#define IPITRACE_TRACECOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct tracecount;

/*
 * @event: such as "power/cpu_frequency". Needs root, reading does not.
 * Attaches, which patches the kernel. 0 and *@tc, or a negative errno and
 * NULL.
 */
int tracecount__open(struct tracecount **tc, const char *event);
void tracecount__close(struct tracecount *tc);

/* Since the last call, or the opening; false where @tc is NULL. */
bool tracecount__since(struct tracecount *tc, uint64_t *events);

#endif /* IPITRACE_TRACECOUNT_H */
