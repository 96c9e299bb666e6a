/* SPDX-License-Identifier: GPL-2.0 */
/* Sets of CPUs and the kernel's way of writing them: 0,2-5. */
#ifndef IPILOAD_CPUS_H
#define IPILOAD_CPUS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/* NR_CPUS of the largest distribution kernels; glibc's own cpu_set_t ends at 1,024. */
#define MAX_CPUS      8192
#define BITS_PER_WORD (8 * sizeof(unsigned long))

struct cpu_set {
	unsigned long word[MAX_CPUS / BITS_PER_WORD];
};

/* NULL, or what is wrong with it. A CPU named twice is in the set once. */
const char *cpus_parse(const char *text, struct cpu_set *set);
void cpus_add(struct cpu_set *set, unsigned int cpu);
bool cpus_has(const struct cpu_set *set, unsigned int cpu);
unsigned int cpus_count(const struct cpu_set *set);
/* The first CPU from cpu on, or -1. */
int cpus_next(const struct cpu_set *set, unsigned int cpu);
/* The n-th CPU of the set, going round; the set must not be empty. */
int cpus_nth(const struct cpu_set *set, unsigned int n);
/* -1 and errno. */
int cpus_read(const char *path, struct cpu_set *set);
int cpus_allowed(struct cpu_set *set);
int cpus_pin(pid_t tid, int cpu);

#endif
