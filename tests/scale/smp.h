/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel/smp.c as far as ipitrace sees it: the queue of each CPU, its flush, and
 * the events of each csd, each at its time and on its CPU. Line numbers in
 * comments are those of 6.12.
 */
#ifndef SCALE_SMP_H
#define SCALE_SMP_H

#include "machine.h"

#define TASKS_PER_CPU 5
#define TASKS_MAX     (TASKS_PER_CPU * CPUS_MAX)
#define TO_ALL	      CPUS_MAX /* the target of a call to all others */

extern struct smp_counts {
	uint64_t csds; /* that have been entered */
	uint64_t wakeups; /* of them */
	uint64_t batches; /* of wake-ups */
	uint64_t again; /* ASYNC csds that were queued again before their entry event */
} smp_counts;

/* @over: called when a call is over: what it queued has run. Chance begins anew. */
void smp_reset(void (*over)(void));
/* Is @cpu in a synchronous call? */
bool smp_is_calling(uint32_t cpu);
/* Is @task being woken? */
bool smp_is_waking(uint32_t task);
/* Each plans a call for @at. One CPU makes only one synchronous call at once. */
void smp_call(uint64_t at, uint32_t from, uint32_t to);
void smp_call_async(uint64_t at, uint32_t from, uint32_t to); /* by the one csd of @to */
void smp_wake(uint64_t at, uint32_t from,
	      uint32_t task); /* on CPU @task % sim.nr_cpus, not @from */
/* Let time pass until nothing is to happen any more. */
void smp_run(void);

uint64_t chance(void); /* the same in each run */
/* From @low to @low * 2^@octaves, evenly on a logarithmic scale. */
uint64_t chance_spread(double low, double octaves);

enum workload { PAIR, RING, RANDOM, BROADCAST, STORM, WAKEUPS, REQUEUE, MIXED, NR_WORKLOADS };

extern const char *const workload_names[NR_WORKLOADS];

struct run {
	/* Those that were counted. */
	uint64_t calls;
	struct smp_counts smp;
	/* With those of the warm-up. */
	uint64_t all_csds, all_wakeups;
};

/*
 * Run @workload (README.md) on fresh maps: first until every line that it uses
 * has been used, then cache_count(), then the calls that are counted.
 */
void workload_run(enum workload workload, struct run *run);

#endif /* SCALE_SMP_H */
