/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel/smp.c as far as ipitrace sees it: the queue of each CPU, its flush, and
 * the events of each csd, each at its time and on its CPU. Line numbers in
 * comments are those of 6.12.
 */
#ifndef SCALE_SMP_H
#define SCALE_SMP_H

#include <stdbool.h>
#include <stdint.h>
#include "capture.h"

#define TASKS_PER_CPU 5
#define TASKS_MAX     (TASKS_PER_CPU * CPUS_MAX)

/* A csd's way to another CPU. Each has a function and a call site of its own. */
enum csd_kind {
	CSD_SYNC, /* the sender waits */
	CSD_ASYNC, /* unlocked before its function is called */
	CSD_TTWU, /* a wake-up; all those of a flush are one run */
	NR_CSD_KINDS,
};

struct smp_counts {
	uint64_t csds; /* that have been entered */
	uint64_t by_kind[NR_CSD_KINDS];
	uint64_t ipis;
	uint64_t batches; /* of wake-ups */
	uint64_t again; /* ASYNC csds that were queued again before their entry event */
};

extern struct smp_counts smp_counts;

/* @over: called when a call is over: what it queued has run. */
void smp_reset(void (*over)(void));
/* Is @cpu in a synchronous call? */
bool smp_is_calling(uint32_t cpu);
/* Is @task being woken? */
bool smp_is_waking(uint32_t task);
/* Each plans a call for @at. One CPU makes only one synchronous call at once. */
void smp_call_single(uint64_t at, uint32_t from, uint32_t to);
void smp_call_many(uint64_t at, uint32_t from); /* to all others */
void smp_call_async(uint64_t at, uint32_t from, uint32_t to); /* by the one csd of @to */
void smp_wake(uint64_t at, uint32_t from, uint32_t task); /* on the task's CPU, not @from */
uint32_t smp_cpu_of(uint32_t task);
/* Let time pass until nothing is to happen any more. */
void smp_run(void);

#endif /* SCALE_SMP_H */
