/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frequency transitions, counted by the kernel without a BPF program: a perf
 * counter on power:cpu_frequency for each CPU. It costs nothing while no
 * frequency changes.
 */
#ifndef IPITRACE_CPUFREQ_H
#define IPITRACE_CPUFREQ_H

#include "facts.h"

struct cpufreq;

/*
 * Needs root: later cpufreq__since() does not. Attaches, which patches the
 * kernel. 0 and *@cf, or a negative errno.
 */
int cpufreq__open(struct cpufreq **cf);
void cpufreq__close(struct cpufreq *cf);

/*
 * Transitions since the last call, each once for every CPU of its policy;
 * false where they cannot be counted.
 */
bool cpufreq__since(struct cpufreq *cf, uint64_t *events);

/* The policies as they are now; the counters' fields stay. */
void cpufreq__policies(struct cpufreq_facts *facts);

#endif /* IPITRACE_CPUFREQ_H */
