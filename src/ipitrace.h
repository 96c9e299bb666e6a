/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the BPF programs and user space: the layout of the maps.
 *
 * All of it is sized once, at load, from the possible CPUs; all of it is
 * mapped into user space, which reads it without system calls.
 *
 * Every counter stands in two banks. A window has an epoch; each program
 * reads `epoch` once and counts in the bank of that epoch's parity. User
 * space ends a window by raising the epoch and waiting until all programs
 * that may have read the old one have returned: then the old bank is at
 * rest, and it is read and cleared while the other one fills. So each event
 * falls wholly into one window. Epoch 0: nothing is counted.
 */
#ifndef IPITRACE_H
#define IPITRACE_H

#include <linux/types.h>
#include "hist.h"

#define NR_BANKS  2
#define MAX_CPUS  4096
#define CPU_WORDS (MAX_CPUS / 64)

/*
 * Rows of a table; one more row sums what found no place. There are two
 * tables in one pair of maps: by function, always, and by what --by asks for.
 */
#define FN_ROWS	      256
#define FN_OTHER      FN_ROWS
#define FN_BUSY	      1
#define TABLE_FN      0
#define TABLE_BY      1
#define FN_NONE	      0xffffffffU
#define FN_MAX_SHARDS 4

/* Destinations that are kept for each sender; the rest is summed. */
#define EDGE_MAX 256
/* A multiple of cache lines for each sender. */
#define EDGE_MIN 8

/* Outstanding csds that one destination's mailbox can hold. */
#define MAILBOX_SLOTS  512
/* How far from its hash a csd may lie; `reach` has a bit for each. */
#define MAILBOX_PROBES 64

/*
 * More than lies between a queue event and the llist_add behind it: there
 * the sender can be interrupted, and a hypervisor can take its CPU away.
 */
#define HORIZON_MARGIN_NS 1000000000ULL

/* Functions that nest on one CPU. */
#define FRAMES 8

/* Why a csd could not be followed; lost_names[] in snapshot.c. */
enum lost_reason {
	LOST_QUEUE_UNSEEN, /* the kernel skipped the queue programs (recursion) */
	LOST_MAILBOX_FULL, /* no place in the destination's mailbox */
	LOST_RUN_UNSEEN, /* it must have run, but its entry was not seen */
	NR_LOST,
};

/* Interrupts by what they are for; kind_names[] in snapshot.c. */
enum ipi_kind {
	KIND_CALL_FUNCTION,
	KIND_RESCHEDULE,
	KIND_IRQ_WORK,
	NR_KINDS,
};

/* What the second table is by. */
enum by_key {
	BY_NONE, /* there is none */
	BY_SENDER, /* the sending process: tgid, cgroup */
	BY_CGROUP, /* the sending task's cgroup */
	BY_VICTIM, /* the interrupted process: tgid, cgroup */
};

/* In a key of the second table: keeps it apart from 0 and FN_BUSY. */
#define BY_MARK	     (1ULL << 62)
/* It was sent from an interrupt: the task there has nothing to do with it. */
#define BY_INTERRUPT (1ULL << 61)

#define COMM_LEN    16
#define STACK_DEPTH 24
#define SAMPLES	    512 /* for each bank */

/* A csd at its queue event, the first, second, fourth, ... of its row. */
struct sample {
	__u64 cgroup; /* of the task; 0: not told */
	__u32 row;
	__u32 tgid;
	__u32 nr; /* frames in stack */
	__u32 pad;
	char comm[COMM_LEN];
	__u64 stack[STACK_DEPTH];
};

/* One bank of a histogram, in ns; the number of samples is the slots' sum. */
struct hist_bank {
	__u64 sum;
	__u64 max;
	__u64 slots[HIST_SLOTS];
};

/* One bank of a CPU's counters, in csds unless the name says otherwise. */
struct cpu_bank {
	/*
	 * As the sender. A queue event fires with interrupts on, so an IPI's
	 * own queue events may fall between load and store: atomic.
	 */
	__u64 recovered; /* queue events that the second program alone saw */
	__u64 edges_other;
	__u64 lost[NR_LOST];
	__u64 kinds[NR_KINDS]; /* interrupts */
	/* As the destination, written by whoever finds that it has run. */
	__u64 irq_work;
	/*
	 * csds of an earlier epoch that left this CPU's mailbox in this one:
	 * they were in flight at the cut, though its reader may come too late
	 * to see them. The mailbox is stable while begun == left.
	 */
	__u64 leave_begun;
	__u64 left;
	/* As the destination, by this CPU with interrupts off: plain. */
	__u64 function;
	__u64 ttwu;
	__u64 local;
	__u64 orphans;
	__u64 exit_unseen; /* matched, but no handler time could be had */
	/* Empty where the CPU has a shard of the functions' table for itself. */
	struct hist_bank delay;
	struct hist_bank handler;
};

/* A function that runs now; they nest when one calls another locally. */
struct frame {
	__u64 start; /* CLOCK_MONOTONIC ns */
	__u64 func;
	__u32 row; /* FN_NONE: not to be counted at its exit */
	__u32 by; /* its row in the second table */
	__u64 call; /* of @src that waits for it; 0: none */
	__u32 src;
	__u32 slept; /* 1 + the index of its struct sleeper; 0: it did not */
	/* Of its csd; only where stalls are watched for. */
	__u64 csd;
	__u64 queued;
};

#define CACHE_LINE 64

/* One for each possible CPU, and one more, the irq_works' (see slot). */
struct cpu_rec {
	/*
	 * The distances from their hash at which csds were ever put. Every
	 * sender reads it, hardly one writes: a cache line of its own.
	 */
	__u64 reach;
	/* What follows is this CPU's own. */
	/*
	 * The horizon: all that was queued to this CPU before `flushed`
	 * (CLOCK_MONOTONIC ns) less HORIZON_MARGIN_NS has left its queue.
	 * See horizon() in mailbox.bpf.h.
	 */
	__u64 flushed __attribute__((aligned(CACHE_LINE)));
	__u64 batch_queued;
	__u64 batch_entered;
	__u64 next; /* the walk through a TTWU batch */
	/* What csd_queue() saw last, until its twin has seen it. */
	__u64 queued_csd;
	__u32 queued_at; /* its slot, if it found one */
	__u32 pad2;
	__u32 depth;
	__u32 pad;
	struct frame frames[FRAMES];
	struct cpu_bank bank[NR_BANKS];
} __attribute__((aligned(CACHE_LINE)));

/* The kernel's function that a sender waits in. */
enum wait_in {
	WAIT_UNKNOWN, /* told from the csds */
	WAIT_SINGLE, /* smp_call_function_single() */
	WAIT_MANY, /* smp_call_function_many_cond() */
};

/*
 * The synchronous calls of one CPU, which makes one after the other: up to
 * 7.2 it waits with preemption off. Told from the csds of a call, which the
 * same CPU queues one behind the other; `begun` identifies it, together with
 * the CPU.
 */
struct call_rec {
	/* By the sender alone, with preemption off. */
	__u64 begun; /* of the latest call, CLOCK_MONOTONIC ns */
	__u64 func;
	__u64 callsite;
	__u64 csd; /* the last one queued */
	__u64 queued; /* csds of all calls */
	__u32 last_dst;
	__u32 sent; /* an IPI was: what is queued next is of another call */
	__u64 sent_at; /* its IPI was; this and what follows where stalls are watched for */
	__u32 in; /* enum wait_in */
	__u32 tick; /* in which it queued last */
	/*
	 * By its targets. A call is over when the next one's first target
	 * ends, which then adds it up; or when all is done that was queued.
	 */
	__u64 call __attribute__((aligned(CACHE_LINE))); /* whose ends these are; 0: none */
	__u64 ended; /* the last end so far */
	__u64 done; /* csds of all calls */
	__u32 row;
	__u32 pad2;
	struct hist_bank wait[NR_BANKS];
} __attribute__((aligned(CACHE_LINE)));

/* The latest synchronous call of a task, by a hash of its address. */
struct wait_rec {
	__u64 task; /* struct task_struct's address; 0: none */
	__u64 begun; /* CLOCK_MONOTONIC ns */
	__u64 func;
	__u32 src; /* the CPU that queued for it */
	__u32 in; /* enum wait_in */
};

/* Room for the tasks of @nr_cpus; a power of two. */
#define WAITS_PER_CPU 4
#define WAITS_MIN     64

/* When the latest call from a sender to this CPU began and ended here. */
struct end_rec {
	__u64 call;
	__u64 entry;
	__u64 end;
	__u64 pad;
};

/* A task whose function slept: its frames while it is away. */
struct sleeper {
	__u64 task; /* SLOT_FREE, or struct task_struct's address */
	__u32 away; /* it is not on a CPU now */
	__u32 depth;
	__u32 cpu; /* that it was interrupted on */
	__u32 nr; /* frames in stack */
	struct frame frames[FRAMES];
	__u64 stack[STACK_DEPTH]; /* where it slept first */
};

#define SLEEPERS 16

#define SLOT_FREE    0
#define SLOT_CLAIMED 1 /* by a sender, that fills it */
#define SLOT_TAKEN   2 /* by the destination, that empties it */

/*
 * A csd that was queued and has not run. The mailboxes of all destinations
 * lie one behind the other, then the irq_works' box: a work tells by itself
 * that it has run, and may be queued to another CPU next, so these are kept
 * by the work alone.
 */
struct slot {
	__u64 csd; /* SLOT_*, or the csd */
	__u64 time; /* of the queue event, CLOCK_MONOTONIC ns */
	__u32 epoch;
	__u32 from; /* FROM() */
	union {
		__u32 since; /* ns since the call began that it is of, or NO_CALL */
		__u32 dst; /* in the irq_works' box: nobody waits for one */
	};
	__u8 type; /* CSD_TYPE_* */
	__u8 fresh; /* the second queue program has not seen it yet */
	__u8 has_older; /* the same csd was still outstanding here */
	__u8 fetch; /* see box_fetch() in mailbox.bpf.h; says nothing */
};

/* Who queued the csd in the slot of the same index; valid while that is. */
struct origin {
	__u64 func;
	__u64 callsite;
	__u32 pid; /* the thread; 0: idle, or interrupt */
	__u32 tgid;
	__s32 stack; /* its number in the map of stacks; negative: none */
	__u8 interrupt; /* an interrupt queued it: no task is behind it */
	__u8 pad[3];
	union {
		char comm[COMM_LEN];
		__u64 task; /* struct task_struct's address, where stalls are watched for */
	};
};

/* A csd's sender and its rows in the two tables, in one word. */
#define FROM(src, row, by) ((__u32)(src) << 20 | (__u32)(by) << 10 | (row))
#define FROM_ROW(from)	   ((from)&0x3ff)
#define FROM_BY(from)	   ((from) >> 10 & 0x3ff)
#define FROM_SRC(from)	   ((from) >> 20)

/* Nobody waits for it, or the call began too long before. */
#define NO_CALL 0xffffffffU

/* Different stacks that can be kept; of two with one hash the later has none. */
#define STACKS	    16384
#define NOT_KNOWN   (~0ULL)
#define NO_STACK    (-1)
#define RECORD_VOID 0xff

/* What `trace` tells of a csd that has run, or of an interrupt sent. */
struct record {
	__u64 seq; /* its place in the ring + 1, once it is whole */
	__u64 time; /* queued or sent, CLOCK_MONOTONIC ns; in `running` 0: none */
	__u64 func; /* 0: of a reschedule, which has none */
	__u64 callsite;
	__u64 delay; /* NOT_KNOWN: of an irq_work, of an interrupt */
	__u64 handler; /* NOT_KNOWN: the same; exit not seen; not a batch's first */
	__u64 wait; /* the sender's, in the record of its call's last csd to end; NOT_KNOWN */
	__u32 pid; /* as in struct origin */
	__u32 tgid;
	__s32 stack;
	__u16 src;
	__u16 dst;
	__u8 kind; /* enum ipi_kind, of a csd KIND_CALL_FUNCTION; RECORD_VOID */
	__u8 type; /* CSD_TYPE_*, of a csd */
	__u8 interrupt;
	__u8 pad[5];
	char comm[COMM_LEN];
};

/* One for each CPU, whose records these are; places count up for ever. */
struct record_ring {
	__u64 head; /* the next place */
	__u64 dropped[NR_KINDS]; /* no place was free */
	__u64 brief; /* csds that did not last as long as was asked for */
	__u64 tail __attribute__((aligned(CACHE_LINE))); /* read up to here */
} __attribute__((aligned(CACHE_LINE)));

/*
 * The key of a row. Of the function table: callsite 0 for local runs. Of the
 * second: func is tgid or cgroup | BY_MARK, callsite is the cgroup of a tgid.
 */
struct fn_key {
	__u64 func; /* 0: free; FN_BUSY: being filled */
	__u64 callsite;
	char comm[COMM_LEN]; /* of the second table: of the first task seen */
};

struct fn_bank {
	__u64 count;
	__u64 local;
	/* The senders' time in synchronous calls, ns; by any CPU. */
	__u64 waits;
	__u64 wait_sum;
	__u64 wait_max;
	struct hist_bank delay;
	struct hist_bank handler;
};

struct fn_rec {
	struct fn_bank bank[NR_BANKS];
};

/* csds from one sender to one destination. */
struct edge_rec {
	__u32 dst; /* + 1; 0: free */
	__u32 pad;
	__u64 count[NR_BANKS];
};

#include "ipi_maps.h"

#endif /* IPITRACE_H */
