/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often a tracepoint was hit, counted by the kernel without a BPF
 * program: a perf counter for each CPU. It costs nothing without hits.
 */
#ifndef IPITRACE_HOST_TRACEPOINT_COUNTER_H
#define IPITRACE_HOST_TRACEPOINT_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

struct tracepoint_counter;

/*
 * @event is like "power/cpu_frequency". Opening needs root, reading does not.
 * It attaches to the tracepoint, which patches kernel text. 0 and *@tc, or a
 * negative errno and NULL.
 */
int tracepoint_counter__open(struct tracepoint_counter **tc, const char *event);
/*
 * The same, with counters from @open (a file descriptor or a negative errno) and
 * the list of online CPUs in the file @online, which is kept, not copied.
 */
int tracepoint_counter__open_by(struct tracepoint_counter **tc, uint64_t id,
				int (*open)(uint64_t id, int cpu), const char *online);
void tracepoint_counter__close(struct tracepoint_counter *tc);

/*
 * Hits since the last call, or since opening. Follows CPUs that go and come: a
 * CPU's hits before it goes are kept, and a CPU that came since the last call
 * counts from now on. False: not known, because @tc is NULL, or because a CPU
 * came and this process may no longer open a counter.
 */
bool tracepoint_counter__since(struct tracepoint_counter *tc, uint64_t *events);

#endif /* IPITRACE_HOST_TRACEPOINT_COUNTER_H */
