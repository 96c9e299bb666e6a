/* SPDX-License-Identifier: GPL-2.0 */
/* `isolated`: all that interrupts a CPU; the ring buffer `interruptions`, the map `interrupted`. */
#ifndef IPITRACE_ABI_INTERRUPTION_H
#define IPITRACE_ABI_INTERRUPTION_H

#include "abi/limits.h"
#include "abi/work.h"

enum interruption_kind {
	/* Interruptions that have a time of their own. */
	INTERRUPTION_VECTOR, /* an interrupt; id: its vector (x86), else its reason in comm */
	INTERRUPTION_IRQ, /* a handler of a device; id: its number, comm: its name */
	INTERRUPTION_SOFTIRQ, /* a soft interrupt; id: enum of include/linux/interrupt.h */
	INTERRUPTION_CSD, /* a function of an IPI, with its sender; inside a vector, or in idle */
	/* Marks, without a time: the reason of the interrupt or task around the mark. */
	INTERRUPTION_TIMER, /* a timer's function begins; id: 1 for an hrtimer */
	INTERRUPTION_WORK, /* a function of a workqueue begins */
	/* Marks of a sender, before the interrupt arrives, because the arrival has no event. */
	INTERRUPTION_WAKE_SENT, /* a reschedule is sent */
	INTERRUPTION_IRQ_WORK, /* an irq_work is queued, from another CPU or by the CPU itself */
	/* Marks of the scheduler. */
	INTERRUPTION_SWITCH, /* the task of pid, tgid, comm begins to run */
	INTERRUPTION_MOVED, /* pid, tgid, comm moves the task of id, prev_tgid, text to the CPU */
	INTERRUPTION_TICK, /* the tick cannot stop; id: enum tick_dep_bits as a mask */
	/* The task of pid, tgid, comm wakes the stopper thread of CPU id, which moves tasks. */
	INTERRUPTION_STOPPER,
	INTERRUPTION_FORK, /* a thread of tgid forks the process id; on any CPU */
	NR_INTERRUPTIONS,
};

/* The first three kinds begin and end on the CPU; struct interrupted has a place for each. */
#define INTERRUPTION_TIMED 3

/* Times are CLOCK_MONOTONIC ns. Events of one CPU come in the order of their ends. */
struct interruption {
	__u64 start; /* when the interruption began; for a mark, the mark's time */
	__u64 end;
	/* start of the outermost interruption around this one; if there is none, `start` */
	__u64 outer;
	/* time from start to end without the time of inner interruptions and of the host */
	__u64 self;
	/* INTERRUPTION_SWITCH: this CPU's time so far in interruptions, or taken by the host */
	__u64 inside;
	/*
	 * time from start to end in which the host did not run the CPU; INTERRUPTION_SWITCH: all
	 * such time so far; 0: not known
	 */
	__u64 host;
	__u64 func; /* 0 if there is none */
	__u32 cpu; /* the CPU that is interrupted */
	__u32 src; /* the sender's CPU */
	__u32 id;
	/* the thread that sends, or that a sending interrupt stopped; or the next task; 0: idle */
	__u32 pid;
	__u32 tgid;
	__s32 stack; /* the sender's stack, as in struct origin */
	__u8 kind; /* enum interruption_kind */
	__u8 interrupt; /* the sender is an interrupt, not a task */
	__u8 kthread; /* INTERRUPTION_SWITCH: the next task is a kernel thread */
	__u8 preempted; /* INTERRUPTION_SWITCH: the previous task could have kept running */
	/* INTERRUPTION_SWITCH: pid of the previous task; VECTOR: of the interrupted task */
	__u32 prev;
	__u32 prev_tgid;
	__u8 prev_kthread;
	/* INTERRUPTION_CSD: queued before collection; has no sender and no time of its own */
	__u8 orphan;
	__u8 by_kthread; /* the sender is a kernel thread */
	/* the sender is a kworker, or INTERRUPTION_WORK; its work was queued by queued_by */
	__u8 kworker;
	/* name of the sender, of the next task (SWITCH), or of the interrupt (VECTOR, IRQ) */
	char comm[COMM_LEN];
	char text[COMM_LEN]; /* name of the task of prev; INTERRUPTION_MOVED: of the moved task */
	struct work_queuer queued_by; /* valid if kworker is set */
};

/* The current interruptions of a CPU. Only that CPU writes them. */
struct interrupted {
	/* time of all past interruptions, except those inside current ones, and of the host, ns */
	__u64 inside;
	__u64 host; /* time in which the host did not run the CPU, ns */
	__u64 clock; /* 1 + the steal clock when it was last read; 0: it was never read */
	__u64 outer; /* start of the outermost current interruption */
	__u32 depth; /* number of current interruptions */
	__u32 pad;
	__u64 start[INTERRUPTION_TIMED]; /* by kind: its start; 0 if it is not current */
	__u64 before[INTERRUPTION_TIMED]; /* value of `inside` at its start */
	__u64 host_before[INTERRUPTION_TIMED]; /* value of `host` at its start */
} __attribute__((aligned(CACHE_LINE)));

/* Bytes for 80,000 events. User space reads them four times a second. */
#define INTERRUPTIONS_BYTES (1 << 24)

#endif /* IPITRACE_ABI_INTERRUPTION_H */
