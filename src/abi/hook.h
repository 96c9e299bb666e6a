/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps of the second source (src/bpf/hooks.bpf.c), for kernels without csd tracepoints: the
 * calls of kernel/smp.c from entry to return, and the interrupts that arrive.
 */
#ifndef IPITRACE_ABI_HOOK_H
#define IPITRACE_ABI_HOOK_H

#include "abi/hist_slots.h"
#include "abi/limits.h"

/* Why a call could not be followed; named by hook_lost_names[] in model/names.c. */
enum hook_lost {
	HOOK_ENTRY_UNSEEN, /* the kernel skipped the program at the entry (recursion) */
	HOOK_NO_ROOM, /* there were too many calls at once */
	HOOK_RETURN_UNSEEN, /* the kernel skipped the program at the return */
	NR_HOOK_LOST,
};

/* Interrupts of one kind on one CPU, with their time, ns. */
struct hook_irq {
	__u64 count;
	__u64 sum;
	__u64 max;
};

/* One bank of a CPU's counters. */
struct hook_bank {
	/* Counted for this CPU as the sender. Interrupts on this CPU make calls, too: atomic. */
	__u64 begun; /* calls */
	__u64 returned;
	/* the returned calls that the kernel refused: it sent nothing for them */
	__u64 refused;
	__u64 lost[NR_HOOK_LOST];
	__u64 local; /* functions run without an IPI */
	__u64 edges_other; /* csds to targets that have no edge_rec */
	/*
	 * Calls of an earlier epoch that returned in this epoch. They were under way at the cut,
	 * though the reader of the cut may come too late to see them. The calls under way are
	 * stable while leave_begun == left.
	 */
	__u64 leave_begun;
	__u64 left;
	struct hist_bank wait; /* waits in synchronous calls */
	/* Counted by this CPU as the receiver, with interrupts off: not atomic. */
	struct hist_bank delay; /* see struct hook_cpu */
	struct hook_irq irqs[NR_KINDS];
};

/*
 * In hook_cpu.sent: the next interrupt may belong to several calls, or to another call, so no delay
 * is known.
 */
#define SENT_SEVERAL 1

/* One for each possible CPU. */
struct hook_cpu {
	/*
	 * When the call to this CPU that has had no interrupt yet began, CLOCK_MONOTONIC ns;
	 * SENT_SEVERAL if there are several such calls; 0 if there is none. The time from the call
	 * to the next call-function interrupt is a delay.
	 */
	__u64 sent;
	/* start of the interrupt that runs now, CLOCK_MONOTONIC ns; 0 if there is none */
	__u64 irq_begun;
	__u64 irq_kind; /* enum ipi_kind of the last interrupt */
	struct hook_bank bank[NR_BANKS];
} __attribute__((aligned(CACHE_LINE)));

/*
 * A call under way. Its key is an address in the frame of the call on its task's stack: the key is
 * the same at entry and return, and no other call has the same key meanwhile.
 */
struct hook_call {
	__u64 key; /* 0 if free; 1 while a program fills the record of a new call */
	__u64 begun; /* CLOCK_MONOTONIC ns */
	__u32 row;
	__u32 epoch;
	__u32 targets; /* maximum number of csds */
	__u32 dst; /* target of a call to one CPU */
	__u16 wait_in; /* enum wait_in; 0: the sender does not wait */
	/* Set only if stalls are watched for, and the sender waits. */
	__u16 at_most; /* 1: `targets` is an upper bound, because a condition may leave out some */
	__u32 src;
	__u32 pid; /* the sender's thread */
	__u32 tgid;
	__u64 func;
	__u64 slices; /* how often the sender had got a CPU when the call began; 0 if unknown */
} __attribute__((aligned(CACHE_LINE)));

_Static_assert(sizeof(struct hook_call) == CACHE_LINE, "a call is one line");

/* Number of calls under way for each CPU; the map's size is rounded up to a power of two. */
#define HOOK_CALLS_PER_CPU 8
#define HOOK_CALLS_MIN	   256
/* A call is at most this many places after the place of its key's hash. */
#define HOOK_PROBES	   8

#endif /* IPITRACE_ABI_HOOK_H */
