/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The map `cpus`: counters, running functions and the horizon of each CPU. The map `sleepers`:
 * tasks that were interrupted by a function that then slept.
 */
#ifndef IPITRACE_ABI_CPU_H
#define IPITRACE_ABI_CPU_H

#include "abi/hist_slots.h"
#include "abi/limits.h"

/* One bank of a CPU's counters. A count without another noun in its name counts csds. */
struct cpu_bank {
	/*
	 * Counted for this CPU as the sender; but lost[LOST_RUN_UNSEEN], late_unseen and
	 * waits_unseen for the CPU that found the loss. These counters are atomic: a queue event
	 * fires with interrupts on, so an interrupt's queue event may come between load and store.
	 */
	__u64 edges_other; /* csds to targets that have no edge_rec */
	__u64 lost[NR_LOST];
	/*
	 * csds that may have been a stall without being seen, and those of them for which a sender
	 * waited. Counted only if stalls are watched for.
	 */
	__u64 late_unseen;
	__u64 waits_unseen;
	/* Each of these is counted by one program, which does not run inside itself: not atomic. */
	__u64 recovered; /* csds that only csd_queue_twin() saw, even if a filter drops them */
	__u64 begin_unseen; /* calls timed from their first csd because their entry was not seen */
	__u64 kinds[NR_KINDS]; /* interrupts sent by ipi_send_cpu() */
	__u64 mask_sent; /* call-function interrupts sent by ipi_send_cpumask() */
	/* Counted for this CPU as the target, by the CPU that finds that the irq_work has run. */
	__u64 irq_work;
	/*
	 * csds of an earlier epoch that left this CPU's mailbox in this epoch. They were in flight
	 * at the cut, though the reader of the cut may come too late to see them. The mailbox is
	 * stable while leave_begun == left.
	 */
	__u64 leave_begun;
	__u64 left;
	/* Counted by this CPU as the target, with interrupts off: not atomic. */
	__u64 function; /* functions entered, of SYNC and ASYNC csds */
	__u64 ttwu; /* functions entered, of CSD_TYPE_TTWU */
	__u64 local; /* functions run without an IPI */
	__u64 orphans; /* functions entered whose queue event was not seen */
	__u64 exit_unseen; /* matched csds without a handler time */
	__u64 delay_stolen; /* steal time, ns: bpf/steal.bpf.h */
	__u64 handler_stolen;
	__u64 stolen_csds; /* csds of which the delay or the function's time has steal time */
	/* Durations, ns, that found no room in the CPU's hot rows of TABLE_FN (abi/table.h). */
	struct hist_bank delay;
	struct hist_bank handler;
};

/* A function that runs now. A function that it calls on the same CPU has a frame of its own. */
struct frame {
	__u64 start; /* CLOCK_MONOTONIC ns */
	__u64 func;
	__u32 row; /* row in TABLE_FN; FN_NONE: the exit is not counted */
	__u32 by; /* row in TABLE_BY */
	__u64 call; /* the call of @src that waits for this function; 0 if no sender waits */
	__u32 part; /* 1 + the slot in which @src finds the end; 0 if there is none */
	__u32 stolen; /* 1: the csd is counted in stolen_csds; not set without steal clocks */
	__u32 src;
	__u32 slept; /* 1 + the index of its struct sleeper; 0 if it did not sleep */
	/* The csd and the time of its queue event; set only if stalls are watched for. */
	__u64 csd;
	__u64 queued;
};

/* The steal clock had the value `steal` from `since` (CLOCK_MONOTONIC ns) until the next note. */
struct steal_note {
	__u64 since;
	__u64 steal; /* ns */
};

#define STEALS 32

/* The map has one for each possible CPU, and one more for the irq_works (see struct slot). */
struct cpu_rec {
	/*
	 * The distances from their home slots at which csds may be, a bit for each. A sender sets a
	 * bit in the bank of its epoch; a search reads both banks. At a cut user space keeps in the
	 * old bank only the bits of csds that are still there, so that a burst does not make every
	 * later search long. Every sender reads these words, few write them, so they have a cache
	 * line of their own.
	 */
	__u64 reach[NR_BANKS];
	/*
	 * The steal clock (bpf/steal.bpf.h) is in the same cache line as `reach`, because each
	 * sender reads both.
	 */
	__u64 steal_clock; /* address of this CPU's clock in the kernel; 0 if it has none */
	__u64 steal; /* value of the clock in the latest note, ns */
	__u64 steal_since;
	__u32 steal_nr; /* number of notes so far */
	__u32 steal_busy; /* 1 while a CPU writes a note */
	/*
	 * Only this CPU writes the members from here on, except `steals`, `queue` (queues_find()),
	 * the banks (struct cpu_bank), and `flushed` while the CPU is offline (offline__note()).
	 *
	 * The horizon: all csds that were queued to this CPU before `flushed` (CLOCK_MONOTONIC ns)
	 * minus HORIZON_MARGIN_NS have left its queue. See bpf/mailbox.bpf.h.
	 */
	__u64 flushed __attribute__((aligned(CACHE_LINE)));
	/* The current flush: when its first csd was queued, and entered, CLOCK_MONOTONIC ns. */
	__u64 batch_queued;
	__u64 batch_entered;
	__u64 batch_ran; /* for how long functions of this flush have run, ns; only for stalls */
	__u64 next; /* the csd that the walk through a TTWU batch has reached */
	/* The csd that csd_queue() saw last, until the second queue program has seen it. */
	__u64 queued_csd;
	__u32 queued_at; /* the slot of queued_csd, if there is one */
	__u32 queuing; /* 1 while csd_queue() runs; set only if a filter drops csds */
	__u32 depth; /* number of functions that run now; the latest FRAMES of them have a frame */
	__u32 pad;
	struct frame frames[FRAMES];
	struct steal_note steals[STEALS]; /* written by the CPU that set steal_busy */
	__u64 queue; /* address of this CPU's struct rq in the kernel; 0: not known */
	struct cpu_bank bank[NR_BANKS];
} __attribute__((aligned(CACHE_LINE)));

#define SLEEPERS 16

/*
 * An entry of the map `sleepers`: a task that was interrupted by a function that then slept, and
 * the frames of its CPU while the task is away.
 */
struct sleeper {
	__u64 task; /* SLOT_FREE, or the address of struct task_struct */
	__u32 away; /* the task is on no CPU now */
	__u32 depth; /* as in struct cpu_rec */
	__u32 cpu; /* the CPU on which the task was interrupted */
	__u32 nr; /* frames in stack */
	struct frame frames[FRAMES];
	__u64 stack[STACK_DEPTH]; /* stack at which the function first slept */
};

#endif /* IPITRACE_ABI_CPU_H */
