/* SPDX-License-Identifier: GPL-2.0 */
/* A stall that is over, as the BPF programs tell user space. */
#ifndef IPITRACE_ABI_STALL_EVENT_H
#define IPITRACE_ABI_STALL_EVENT_H

#include "abi/limits.h"

/* What of a csd, or of a call, took long. */
enum stall_phase {
	PHASE_DELIVERY, /* from the queue event to the function's entry */
	PHASE_HANDLER, /* from its entry to its exit */
	PHASE_WAIT, /* the sender's, from the call to its return */
	NR_PHASES,
};

/* What the stack of a stall_event shows. */
enum stack_of {
	STACK_NONE,
	STACK_INTERRUPTED, /* delivery: what the function's entry interrupted */
	STACK_SLEEP, /* handler: where it first slept */
	STACK_END, /* handler: at its exit */
	STACK_CALL, /* wait: the sender at its return */
};

/* When one target of a call began and ended. */
struct target_time {
	__u64 entry;
	__u64 end;
	__u32 dst;
	__u32 pad;
};

#define TARGETS_MAX 64

/* A stall that is over. Times are CLOCK_MONOTONIC ns, 0: not known. */
struct stall_event {
	__u64 time; /* when it was over */
	__u64 start; /* of the phase */
	__u64 func;
	__u64 callsite;
	__u64 csd; /* not for PHASE_WAIT */
	__u64 call; /* as in stall.h */
	__u64 sent; /* delivery: when its IPI was sent; up to a tick later */
	__u64 arrived; /* delivery: when the destination ran the first of its queue */
	__u64 cgroup; /* of the victim */
	__u32 src;
	__u32 dst; /* of PHASE_WAIT: the last target to end */
	/* The sender's task: pid is the thread's. */
	__u32 sender_pid;
	__u32 sender_tgid;
	/* Who was interrupted, or slept; tgid 0 is idle. */
	__u32 victim_pid;
	__u32 victim_tgid;
	char sender_comm[COMM_LEN];
	char victim_comm[COMM_LEN];
	__u8 phase; /* enum stall_phase */
	__u8 slept; /* it scheduled between entry and exit */
	__u8 sender_known; /* else an interrupt sent it, or it is not told */
	__u8 wait_in; /* enum wait_in */
	__u8 stack_of; /* enum stack_of */
	__u8 pad[3];
	__u32 nr; /* frames in stack, from the inside */
	__u32 nr_targets; /* PHASE_WAIT: of the call; TARGETS_MAX are told */
	__u64 stack[STACK_DEPTH];
	struct target_time targets[TARGETS_MAX];
};

#endif /* IPITRACE_ABI_STALL_EVENT_H */
