/* SPDX-License-Identifier: GPL-2.0 */
/* What the hypervisor took from each CPU, over the last few seconds. */
#ifndef IPITRACE_HOST_STEAL_TIME_H
#define IPITRACE_HOST_STEAL_TIME_H

#include <stdint.h>

struct steal_time;

/* Take a sample about as often. */
#define STEAL_PERIOD_NS 100000000ULL

/* @path: NULL for /proc/stat. 0 and *@s, or a negative errno. */
int steal_time__open(struct steal_time **s, const char *path, uint32_t nr_cpus);
void steal_time__close(struct steal_time *s);

/* Take a sample; by one thread at a time. */
void steal_time__sample(struct steal_time *s, uint64_t now);

/*
 * What was taken from @cpu since a sample before @start, ns, by the kernel's
 * ticks: 0 where it was less than one. By one thread at a time, which need
 * not be the one that samples. Takes no memory.
 */
uint64_t steal_time__since(struct steal_time *s, uint32_t cpu, uint64_t start);

#endif /* IPITRACE_HOST_STEAL_TIME_H */
