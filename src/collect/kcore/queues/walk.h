/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One look at all csds of a kernel, through its memory alone: what is queued to
 * each CPU, which csds are locked, who waits for them.
 *
 * A csd is told from its lock: a synchronous csd is locked from the queueing to
 * the end of its function (kernel/smp.c). A sender that waits for a csd of its own
 * to be free (csd_lock()) before it queues anything cannot be told from one that
 * goes on: it is not among those that wait.
 */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_WALK_H
#define IPITRACE_COLLECT_KCORE_QUEUES_WALK_H

#include "collect/kcore/memory.h"
#include "collect/kcore/queues/facts.h"
#include "model/moment.h"

/*
 * Fill in @m, whose `now` is given: CLOCK_MONOTONIC of the kernel, 0 where that
 * is unknown. @earlier: the look before, NULL at the first. Nothing is trusted:
 * each walk is bounded, and a queue that changes meanwhile is left where it tears,
 * and counted. 0; -EFAULT: the memory has not even the CPUs; another negative
 * errno of reading.
 */
int walk__read(const struct queue_facts *facts, const struct memory *memory,
	       const struct moment *earlier, struct moment *m);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_WALK_H */
