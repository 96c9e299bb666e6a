/* SPDX-License-Identifier: GPL-2.0 */
/* Time that the hypervisor took from each CPU in the last few seconds. */
#ifndef IPITRACE_HOST_STEAL_TIME_H
#define IPITRACE_HOST_STEAL_TIME_H

#include <stdint.h>

struct steal_time;

/* How often to sample. */
#define STEAL_PERIOD_NS 100000000ULL

/* @path: NULL for /proc/stat. 0 and *@s, or a negative errno. */
int steal_time__open(struct steal_time **s, const char *path, uint32_t nr_cpus);
void steal_time__close(struct steal_time *s);

/* Take a sample at @now. One thread at a time may call this. */
void steal_time__sample(struct steal_time *s, uint64_t now);

/*
 * The time taken from @cpu since the last sample before @start, ns, in whole ticks of the kernel; 0
 * if unknown. One thread at a time may call this, beside the one that samples. Takes no memory.
 */
uint64_t steal_time__since(struct steal_time *s, uint32_t cpu, uint64_t start);

#endif /* IPITRACE_HOST_STEAL_TIME_H */
