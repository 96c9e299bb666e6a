/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps `queued_works`, `origin_works` and `entered_works`: the tasks whose works send. Members
 * with the name kworker are true also for the thread of a kthread_worker, which runs works, too.
 */
#ifndef IPITRACE_ABI_WORK_H
#define IPITRACE_ABI_WORK_H

#include "abi/limits.h"

/* The task that queued the work that a kworker, or a kthread_worker's thread, runs. */
struct work_queuer {
	__u32 pid; /* thread id */
	__u32 tgid; /* 0: it is not known who queued the work */
	char comm[COMM_LEN];
};

/*
 * The map `queued_works`: works as they were queued last, each at the hash of its address. A work
 * replaces another work that has the same place.
 */
#define WORKS	  1024
/* In queued_work.work: a CPU is writing the entry. */
#define WORK_BUSY 1

struct queued_work {
	__u64 work; /* its address; 0 if free; WORK_BUSY */
	__u64 func;
	struct work_queuer by;
};

#endif /* IPITRACE_ABI_WORK_H */
