/* SPDX-License-Identifier: GPL-2.0 */
/* The ring buffer `interruptions` and the map `interrupted`: `isolated`, all that stops a CPU. */
#ifndef IPITRACE_ABI_INTERRUPTION_H
#define IPITRACE_ABI_INTERRUPTION_H

#include "abi/limits.h"

enum interruption_kind {
	/* Each with a time of its own. */
	INTERRUPTION_VECTOR, /* an interrupt; id: its vector (x86), else its reason in comm */
	INTERRUPTION_IRQ, /* a handler of a device; id: its number, comm: its name */
	INTERRUPTION_SOFTIRQ, /* id: enum of include/linux/interrupt.h */
	INTERRUPTION_CSD, /* a function of an IPI, with its sender; inside a vector, or in idle */
	/* Marks, without a time: they name the reason of the interrupt or task around them. */
	INTERRUPTION_TIMER, /* a timer's function begins; id: 1 for an hrtimer */
	INTERRUPTION_WORK, /* a function of a workqueue begins */
	/* Marks of a sender, before the interrupt comes: there is no event at the other end. */
	INTERRUPTION_WAKE_SENT, /* a reschedule is sent */
	INTERRUPTION_IRQ_WORK, /* an irq_work is queued, from another CPU or by the CPU itself */
	/* Marks of the scheduler. */
	INTERRUPTION_SWITCH, /* the task of pid, tgid, comm begins to run */
	INTERRUPTION_MOVED, /* the task of id, prev_tgid, text is moved to the CPU by pid, tgid, comm */
	INTERRUPTION_TICK, /* the tick cannot stop; id: enum tick_dep_bits as a mask */
	/* The task of pid, tgid, comm wakes the stopper thread of CPU id, which moves tasks. */
	INTERRUPTION_STOPPER,
	INTERRUPTION_FORK, /* the process id is born of a thread of tgid; on any CPU */
	NR_INTERRUPTIONS,
};

/* The first three kinds begin and end on the CPU; struct interrupted has a place for each. */
#define INTERRUPTION_TIMED 3

/* Times are CLOCK_MONOTONIC ns. Events of one CPU come in the order of their ends. */
struct interruption {
	__u64 start; /* of a mark: when it happened */
	__u64 end;
	__u64 outer; /* the start of the outermost interruption around this one; else `start` */
	__u64 self; /* the part of the time from start to end that no inner interruption took */
	__u64 inside; /* INTERRUPTION_SWITCH: the time that this CPU's interruptions took so far */
	__u64 func; /* 0: none */
	__u32 cpu; /* the CPU that is interrupted */
	__u32 src; /* the sender's CPU */
	__u32 id;
	__u32 pid; /* the sender's thread; the next task's; 0: idle, or an interrupt */
	__u32 tgid;
	__s32 stack; /* the sender's, as in struct origin */
	__u8 kind; /* enum interruption_kind */
	__u8 interrupt; /* the sender is an interrupt, not a task */
	__u8 kthread; /* INTERRUPTION_SWITCH: the next task is a kernel thread */
	__u8 preempted; /* INTERRUPTION_SWITCH: the task before wanted to go on */
	__u32 prev; /* INTERRUPTION_SWITCH: the pid of the task before; VECTOR: of the task interrupted */
	__u32 prev_tgid;
	__u8 prev_kthread;
	__u8 orphan; /* INTERRUPTION_CSD: queued before collection; no sender, no time of its own */
	__u8 by_kthread; /* the sender is a kernel thread */
	__u8 pad;
	char comm[COMM_LEN];
	char text[COMM_LEN]; /* the task of prev; INTERRUPTION_MOVED: who is moved */
};

/* A CPU's interruptions that are open. Only that CPU writes them. */
struct interrupted {
	__u64 inside; /* the time of all interruptions that are over, except the part inside open ones */
	__u64 outer; /* the start of the outermost open one */
	__u32 depth; /* how many are open */
	__u32 pad;
	__u64 start[INTERRUPTION_TIMED]; /* 0: not open */
	__u64 before[INTERRUPTION_TIMED]; /* `inside` when it was entered */
} __attribute__((aligned(CACHE_LINE)));

/* Room for 80,000 events; user space reads them four times a second. */
#define INTERRUPTIONS_BYTES (1 << 24)

#endif /* IPITRACE_ABI_INTERRUPTION_H */
