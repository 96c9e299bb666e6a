/* SPDX-License-Identifier: GPL-2.0 */
/* The tasks of a kernel in memory, and the stacks of those that do not run. */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_TASKS_H
#define IPITRACE_COLLECT_KCORE_QUEUES_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "collect/kcore/queues/image.h"

/* @task: the address of a task_struct. */
typedef void task_fn(void *ctx, uint64_t task);

/*
 * Call @see for each thread, running or not. The lists are read while they
 * change: threads that come or go meanwhile may be missed. Nothing where @image's
 * facts lack the lists.
 */
void tasks__each(const struct image *image, task_fn *see, void *ctx);

/* Whether a CPU runs @task. */
bool tasks__runs(const struct image *image, uint64_t task);

/* The stack pointer of @task, which does not run; 0: unknown. */
uint64_t tasks__sp(const struct image *image, uint64_t task);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_TASKS_H */
