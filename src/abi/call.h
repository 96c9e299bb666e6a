/* SPDX-License-Identifier: GPL-2.0 */
/* The maps of synchronous calls: `calls`, `task_calls`, `away_tasks`, `waits` and `ends`. */
#ifndef IPITRACE_ABI_CALL_H
#define IPITRACE_ABI_CALL_H

#include "abi/hist_slots.h"
#include "abi/limits.h"

/* The kernel function in which a sender waits. */
enum wait_in {
	WAIT_UNKNOWN, /* unknown; the call is known only from its csds */
	WAIT_SINGLE, /* smp_call_function_single() */
	WAIT_MANY, /* smp_call_function_many_cond() */
};

/*
 * The synchronous calls of one CPU. Up to Linux 7.2 a sender waits with preemption off, so a CPU
 * makes its calls one after the other. From 7.3 on a CPU still queues the csds of its calls one
 * after the other, and struct task_call has the rest of each call. The csds of a call identify the
 * call, because one CPU queues them in a row. The CPU and `begun` are the call's key.
 */
struct call_rec {
	/* Only the sender writes these, with preemption off. */
	__u64 begun; /* when the latest call began, CLOCK_MONOTONIC ns */
	__u64 func;
	__u64 callsite;
	__u64 csd; /* the csd that was queued last */
	__u64 queued; /* number of csds of all calls */
	__u32 last_dst;
	__u32 sent; /* the call's IPI was sent */
	/* sent_at is set only if stalls are watched for. */
	__u64 sent_at; /* the time of that IPI, or of the last queue event before it */
	__u16 wait_in; /* enum wait_in */
	/*
	 * All csds of the call are queued: the next csd begins another call. The sender queues a
	 * call's csds one after the other, but between two of them csd_lock() may make the sender
	 * wait for a stuck CPU, while earlier targets end.
	 */
	__u16 sealed;
	__u32 tick; /* jiffy of the last queue event, if the ends of calls are reported */
	/*
	 * `begun` of the call whose wait must still be added up, or 0. Either the sender adds up
	 * the wait, when it begins its next call, or user space does, at a cut: the side whose
	 * cmpxchg sets this word to 0. User space does not touch a call that began in the current
	 * epoch, so for such a call the sender needs no cmpxchg.
	 */
	__u64 call;
	__u64 task_end; /* when a task of this CPU last saw a call end, CLOCK_MONOTONIC ns */
	__u16 row; /* row in TABLE_FN of the call's function */
	__u16 by; /* row in TABLE_BY of the call's sender, if that table has rows of senders */
	__u16 parts; /* 1 + the place of the call's first edge_rec; 0 if it has none */
	__u16 epoch; /* lower bits of the epoch in which the call began */
	__u64 direct; /* number of csds, of all calls, to targets that have no edge_rec */
	__u64 number; /* number of the latest call; this CPU's calls are numbered from 1 */
	__u32 csds; /* csds of the latest call so far */
	__u32 tgid; /* sender of the latest call; 0: an interrupt, or the idle task */
	/* Used only if calls have records of their own (struct task_call). */
	__u64 waiter; /* the task that runs here and has a call; 0 if it has none */
	__u32 waiter_at; /* 1 + the place of that call in `task_calls` */
	__u32 at; /* 1 + the place of the latest call; 0 if there is none */
	struct hist_bank wait[NR_BANKS]; /* the senders' time in calls */
	__u64 away[NR_BANKS]; /* the part of that time in which the CPU ran other tasks */
	/*
	 * Written by the targets: by targets without an edge_rec, and by all targets if the end of
	 * each call is reported.
	 */
	/* how many of the csds in `queued` have ended */
	__u64 done __attribute__((aligned(CACHE_LINE)));
	__u64 direct_done; /* how many of the csds in `direct` have ended */
	__u64 direct_end; /* the latest end of these, CLOCK_MONOTONIC ns */
	/* latest end of the csds in `done`; if only stalls are reported, of long calls only */
	__u64 end;
} __attribute__((aligned(CACHE_LINE)));

/*
 * The longest call in a row's counts, in two words. A tgid has 22 bits (PID_MAX_LIMIT in
 * include/linux/threads.h).
 */
struct worst_call {
	__u64 begun; /* CLOCK_MONOTONIC ns */
	__u64 csds : 13; /* csds of the call; 0: this struct is empty */
	__u64 src : 12;
	__u64 last : 16; /* the CPU that ended last, perhaps src itself; LAST_UNKNOWN */
	__u64 tgid : 23; /* the sender; 0: an interrupt, the idle task, or unknown */
};

_Static_assert(MAX_CPUS <= 1 << 12, "a CPU has 12 bits, a number of CPUs 13");

#define LAST_UNKNOWN 0xffff

#define TASK_CALL_FREE	  0
#define TASK_CALL_CLAIMED 1 /* a CPU fills the record, or is about to free it */

/* The record of a key is at the place hash64(key), or less than this many places after it. */
#define TASK_CALL_PROBES 8

/* Records for each CPU, and the least number in all; the sum is rounded up to a power of two. */
#define TASK_CALLS_PER_CPU 8
#define TASK_CALLS_MIN	   256

/*
 * A call whose task may be preempted while it waits (bpf/task_calls.bpf.h): the map `task_calls`, a
 * hash by the key.
 */
struct task_call {
	/* All CPUs read this part. The key is stored last. Targets write `done` and `ended`. */
	__u64 key; /* TASK_CALL_*, or task_call_key() */
	__u64 done; /* number of csds that have ended, or whose end will not be seen */
	__u64 ended; /* task_call_ended(): the latest end */
	__u64 begun; /* CLOCK_MONOTONIC ns */
	__u32 src;
	__u32 tgid; /* this member and the next four are as in struct call_rec */
	__u16 row;
	__u16 by;
	__u16 wait_in;
	__u16 epoch;
	__u64 pad;
	/* Written by the sender, and by the CPUs that its task leaves and arrives on. */
	__u32 csds __attribute__((aligned(CACHE_LINE)));
	__u32 sealed;
	__u64 task; /* address of struct task_struct */
	__u64 task_end;
	/* when the task left its CPU, CLOCK_MONOTONIC ns; 0 while it is on a CPU */
	__u64 away_since;
	__u64 away; /* time for which the task was away before that, ns */
} __attribute__((aligned(CACHE_LINE)));

/* A waiting task that is on no CPU now. */
struct away_task {
	__u64 task; /* address of struct task_struct; 0 if free */
	__u32 at; /* 1 + the place of its call in `task_calls` */
	__u32 pad;
};

/* Returns the key of the call that @src began at @begun. That time is nearly unique by itself. */
static inline __u64 task_call_key(__u32 src, __u64 begun)
{
	return begun ^ (__u64)src << 52;
}

/* Returns a word for an end on @cpu, @ns after the call began; the larger, the later the end. */
static inline __u64 task_call_ended(__u64 ns, __u16 cpu)
{
	return ns << 16 | cpu;
}

static inline __u64 task_call_ended_ns(__u64 ended)
{
	return ended >> 16;
}

static inline __u16 task_call_ended_cpu(__u64 ended)
{
	return ended & 0xffff;
}

/* The latest synchronous call of a task: a hash by the task's address. */
struct wait_rec {
	__u64 task; /* address of struct task_struct; 0 if there is none */
	__u64 begun; /* CLOCK_MONOTONIC ns */
	__u64 func;
	__u32 src; /* the CPU that queued the task's csds; WAIT_UNQUEUED before the first */
	__u32 wait_in; /* enum wait_in */
};

#define WAIT_UNQUEUED (~0U)

/* Entries of `waits` for each CPU, and the least number in all; rounded up to a power of two. */
#define WAITS_PER_CPU 4
#define WAITS_MIN     64

/* The latest call from a sender to this CPU: when its function ran here, CLOCK_MONOTONIC ns. */
struct end_rec {
	__u64 call; /* `begun` of the call; 0 if there is none */
	__u64 entry;
	__u64 end;
	__u64 pad;
};

#endif /* IPITRACE_ABI_CALL_H */
