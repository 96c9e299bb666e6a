/* SPDX-License-Identifier: GPL-2.0 */
/* The map `sleepers`: tasks that were interrupted by a function that then slept. */
#ifndef IPITRACE_ABI_SLEEPER_H
#define IPITRACE_ABI_SLEEPER_H

#include "abi/cpu.h"
#include "abi/limits.h"

#define SLEEPERS 16

/* A task, and the frames of its CPU while the task is away. */
struct sleeper {
	__u64 task; /* SLOT_FREE, or struct task_struct's address */
	__u32 away; /* the task is on no CPU now */
	__u32 depth;
	__u32 cpu; /* the CPU on which the task was interrupted */
	__u32 nr; /* frames in stack */
	struct frame frames[FRAMES];
	__u64 stack[STACK_DEPTH]; /* where the function slept first */
};

#endif /* IPITRACE_ABI_SLEEPER_H */
