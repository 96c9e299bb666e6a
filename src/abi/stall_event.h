/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls: the ring buffer `stall_events` for stalls that are over; the program `evidence`, its
 * question and its answers, for stalls that go on.
 */
#ifndef IPITRACE_ABI_STALL_EVENT_H
#define IPITRACE_ABI_STALL_EVENT_H

#include "abi/limits.h"

/* The part of a csd's life, or of a call, that took too long. */
enum stall_phase {
	PHASE_DELIVERY, /* from the queue event to the function's entry */
	PHASE_HANDLER, /* from the function's entry to its exit */
	PHASE_WAIT, /* the sender's time, from the call to its return */
	/* A CPU's time in an interrupt, if the functions that the interrupt runs are unknown. */
	PHASE_INTERRUPT,
	NR_PHASES,
};

/* Which stack a stall_event has. */
enum stack_of {
	STACK_NONE,
	STACK_INTERRUPTED, /* delivery: the task that the function's entry interrupted */
	STACK_SLEEP, /* handler: the function, where it first slept */
	STACK_END, /* handler: the function, at its exit */
	STACK_CALL, /* wait: the sender at its return */
	/* No event has this stack. */
	STACK_NMI, /* the CPU while it is stuck, by --backtrace */
};

/* When one target of a call ran the function. */
struct target_time {
	__u64 entry;
	__u64 end;
	__u32 dst;
	__u32 pad;
};

#define TARGETS_MAX 64

/* A stall that is over; a wait without its targets. Times are CLOCK_MONOTONIC ns, 0 if unknown. */
struct stall_event {
	__u64 time; /* end of the phase */
	__u64 start; /* start of the phase */
	__u64 func;
	__u64 callsite;
	__u64 csd; /* not set for PHASE_WAIT */
	__u64 call; /* call_rec's `begun` */
	__u64 sent; /* delivery: when the IPI was sent; may be up to a tick too early */
	__u64 arrived; /* delivery: when the target entered the first csd of the flush */
	__u64 ran; /* delivery: for how long functions of that flush ran from `arrived` on, ns */
	__u64 stolen; /* steal time of dst, ns, at most; see stolen_known */
	__u64 src_stolen; /* delivery: steal time of src, ns, at most; known if `stolen` is known */
	__u64 cgroup; /* cgroup id of the victim */
	__u32 src; /* not set for PHASE_INTERRUPT */
	__u32 dst; /* for PHASE_WAIT: the last target that ended */
	/* The task of the sender; sender_pid is its thread id. */
	__u32 sender_pid;
	__u32 sender_tgid;
	/* The task that was interrupted, or that slept; tgid 0: idle. */
	__u32 victim_pid;
	__u32 victim_tgid;
	char sender_comm[COMM_LEN];
	char victim_comm[COMM_LEN];
	__u8 phase; /* enum stall_phase */
	__u8 slept; /* the function slept between entry and exit */
	__u8 sender_known; /* 0: an interrupt queued the csd, or the sender is unknown */
	__u8 wait_in; /* enum wait_in */
	__u8 stack_of; /* enum stack_of */
	__u8 irq; /* enum ipi_kind of PHASE_INTERRUPT */
	/* PHASE_WAIT: this is no wait_event; dst is src if the call has several targets. */
	__u8 unlisted;
	__u8 stolen_known; /* the host reports dst's steal time (bpf/steal.bpf.h) */
	__u32 nr; /* frames in stack, innermost first */
	__u32 nr_targets; /* PHASE_WAIT: targets of the call */
	__u64 stack[STACK_DEPTH];
};

/*
 * The event of a wait whose targets are known, at most TARGETS_MAX. Other events have no targets,
 * which take four times as much room as the rest, because a batch of wake-ups has hundreds of
 * events.
 */
struct wait_event {
	struct stall_event event;
	struct target_time targets[TARGETS_MAX];
};

/* Whether @event is the first part of a wait_event. */
static inline int stall_event_has_targets(const struct stall_event *event)
{
	return event->phase == PHASE_WAIT && !event->unlisted;
}

/*
 * User space runs the program `evidence` before it reports a stall that goes on. For a csd that was
 * not seen to run, or to end, the program reads the state of the csd in the kernel's own memory.
 * Its answers:
 */
enum evidence {
	EVIDENCE_NONE, /* nothing shows that the csd is still outstanding */
	/* The csd is outstanding: locked, its task being woken, or its CPU in an interrupt. */
	EVIDENCE_SEEN,
	EVIDENCE_LOST, /* the csd has run unseen; the program has counted that and freed its slot */
	EVIDENCE_UNKNOWN, /* unknown on this kernel, or the CPU's idle task may run the function */
};

enum evidence_of {
	EVIDENCE_OF_SLOT, /* a csd that is queued */
	EVIDENCE_OF_FRAME, /* a function that runs */
	EVIDENCE_OF_CPU, /* the CPU dst; the answer is a word of LOOK_*, not an enum evidence */
};

/*
 * The state of a CPU in a word. The counts are the lowest bits of the kernel's counts since boot.
 * Only x86 has them, until its counters became an array (between 6.18 and 7.2).
 */
#define LOOK_COUNT_BITS	     14
#define LOOK_COUNT_MASK	     ((1U << LOOK_COUNT_BITS) - 1)
#define LOOK_TIMERS(word)    ((word)&LOOK_COUNT_MASK) /* interrupts of its timer */
/* interrupts that bring functions */
#define LOOK_CALLS(word)     ((word) >> LOOK_COUNT_BITS & LOOK_COUNT_MASK)
#define LOOK_INTERRUPT	     (1U << 28) /* the CPU is in a hard interrupt, or in an NMI */
#define LOOK_INTERRUPT_KNOWN (1U << 29)
#define LOOK_COUNTS_KNOWN    (1U << 30)
#define LOOK_PREEMPTED	     (1U << 31) /* the host does not run the CPU, which is not idle */

/* The context of the program: its arguments, a word each. */
struct evidence_question {
	__u64 of; /* enum evidence_of */
	__u64 csd;
	__u64 func;
	__u64 dst;
	__u64 at; /* index of the slot */
	__u64 queued; /* the `time` of the slot */
	/* free the slot if the csd has run, even if the csd may be about to be entered */
	__u64 give_back;
	__u64 sync; /* for a frame: a sender waits for the csd */
};

#endif /* IPITRACE_ABI_STALL_EVENT_H */
