/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps `fn_keys`, `fns`, `hot_rows`, `samples`, `user_stacks` and `edges`: csds by function and
 * call site, by the key of --by, by sender and target, and sampled stacks.
 */
#ifndef IPITRACE_ABI_TABLE_H
#define IPITRACE_ABI_TABLE_H

#include "abi/call.h"
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "abi/work.h"

/*
 * Rows of a table; one more row is the sum of the keys that found no row. Two tables share one pair
 * of maps: TABLE_FN by function, which always exists, and TABLE_BY by enum by_key, which exists
 * with --by.
 */
#define FN_ROWS		  256
#define FN_OTHER	  FN_ROWS
#define FN_BUSY		  1 /* in fn_key.func: a CPU fills the key */
#define TABLE_FN	  0
#define TABLE_BY	  1
#define FN_NONE		  0xffffffffU /* not a row */
/*
 * A shard is a copy of the table's counts for a part of the CPUs, so that not all CPUs write the
 * same cache lines. With up to this many CPUs one shard is enough, because most counts are in hot
 * rows.
 */
#define FN_ONE_SHARD_CPUS 64
#define FN_MAX_SHARDS	  2

/*
 * TABLE_FN also has rows of interrupts without a csd, by call site. In place of func, a reschedule
 * has SEND_RESCHEDULE, and an irq_work that a CPU raises for itself has its function without bit
 * 63, which is set in each kernel address. These rows have only counts and samples.
 */
#define SEND_RESCHEDULE 2
#define SEND_BIT	(1ULL << 63)

/* Whether @func, of a key in TABLE_FN, is an interrupt without a csd. */
static inline int key_is_send(__u64 func)
{
	return func > FN_BUSY && !(func & SEND_BIT);
}

/*
 * For which keys a row of TABLE_BY is reserved. Otherwise a shell that starts many short processes
 * could fill all rows: the process that sends most would find none, and nobody would see whose
 * processes found none.
 */
enum row_use {
	ROW_ANY,
	ROW_LATE, /* for frequent keys that come late */
	ROW_USER, /* for a user: the sum of the user's keys that found no row */
};

/* One row in eight is reserved, and one in four of these for a user. */
#define ROW_USER_STEP 32
#define USER_ROWS     (FN_ROWS / ROW_USER_STEP)

static inline enum row_use row_use(__u32 row)
{
	return !row_is_reserved(row) ? ROW_ANY : row % ROW_USER_STEP == 31 ? ROW_USER : ROW_LATE;
}

/* Returns where the search for a key of TABLE_BY begins: never at a reserved row. */
static inline __u32 by_home(__u32 hash)
{
	return row_is_reserved(hash) ? hash ^ 4 : hash;
}

/* Each key of TABLE_BY has this bit, so that no key is 0 or FN_BUSY. */
#define BY_MARK	     (1ULL << 62)
/* The key for sends by interrupts: a task that was interrupted is not their sender. */
#define BY_INTERRUPT (1ULL << 61)
/* With a user id: the key of a ROW_USER. */
#define BY_USER	     (1ULL << 60)
/* No search finds a key with this bit: user space is freeing its row (collect/read_tables.c). */
#define BY_RETIRED   (1ULL << 63)

/*
 * The key of a row. TABLE_FN: a function, and the call site of its csds, which is 0 for local runs.
 * TABLE_BY: func is BY_MARK and a tgid, and callsite the cgroup of that process; or func is BY_MARK
 * and a cgroup, or BY_MARK, BY_USER and a user id, and callsite is 0.
 */
struct fn_key {
	__u64 func; /* 0 if free; FN_BUSY while being filled; BY_RETIRED */
	__u64 callsite;
	char comm[COMM_LEN]; /* TABLE_BY: the task's name in the last sample */
};

/* One bank of a row's counters, without those in hot rows. Any CPU adds to them. */
struct fn_bank {
	__u64 count; /* csds queued; with BY_VICTIM csds entered */
	__u64 samples; /* csds of this row that should have been sampled */
	__u64 local; /* functions run without an IPI */
	/* TABLE_BY: interrupts sent without a csd; not with BY_VICTIM. */
	__u64 reschedules;
	__u64 irq_works;
	/* Synchronous calls that have ended, and their csds. */
	__u64 calls;
	__u64 call_csds;
	__u64 call_csds_max;
	/* The calls whose end was seen: their number, and then the senders' time in them, ns. */
	__u64 waits;
	__u64 wait_sum;
	__u64 wait_max;
	__u64 wait_away; /* the part of wait_sum in which the senders' CPUs ran other tasks */
	__u64 delay_stolen; /* steal time, ns: bpf/steal.bpf.h */
	__u64 handler_stolen;
	__u64 stolen_csds; /* csds of which the delay or the function's time has steal time */
	/*
	 * The call of worst_ns. A CPU sets worst_busy with a cmpxchg, then writes the call; a CPU
	 * that cannot set worst_busy writes nothing. Unless worst_ns is wait_max, the call of
	 * wait_max is unknown.
	 */
	struct worst_call worst;
	__u64 worst_ns;
	__u64 worst_busy;
	struct hist_bank delay;
	struct hist_bank handler;
};

struct fn_rec {
	struct fn_bank bank[NR_BANKS];
};

/*
 * The map `hot_rows`: each CPU's own counts of a few rows of a table. The rows of the map `fns` are
 * shared, so each count there moves a cache line between CPUs. In each window the first rows that a
 * CPU counts get places that only this CPU writes.
 */

/* Places of a CPU in each table and bank; HOT_PLACES_MANY with more than HOT_FEW_CPUS CPUs. */
#define HOT_PLACES	8
#define HOT_PLACES_MANY 4
#define HOT_FEW_CPUS	448

/* The first slot of the histogram in a hot row; its slots have 64 ns to 262,143 ns. */
#define HOT_FIRST 20
#define HOT_SLOTS 48

/*
 * A part of a histogram, ns. A value outside, or whose slot is full, is counted in the shared row
 * and in the CPU's histogram instead.
 */
struct hot_hist {
	__u64 sum;
	__u64 max;
	__u32 slots[HOT_SLOTS];
};

/* A row's counts on one CPU; struct fn_bank explains them. */
struct hot_row {
	__u32 owner; /* the row + 1; 0 if free */
	__u32 call_csds_max; /* written by csd_queue() */
	/*
	 * Where csds are followed, one program, which does not run inside itself, writes each of
	 * these: not atomic. The second source adds to `count` atomically (bpf/hook_calls.bpf.h).
	 */
	__u64 count; /* written by csd_queue(); with BY_VICTIM by csd_entry() */
	__u64 local; /* written by csd_entry() */
	__u64 calls; /* this member and the next four are written by csd_queue() */
	__u64 call_csds;
	__u64 waits;
	__u64 wait_sum;
	__u64 wait_max;
	struct worst_call worst; /* the call of wait_max */
	struct hot_hist delay; /* written by csd_entry() */
	struct hot_hist handler; /* written by csd_exit() */
};

_Static_assert(sizeof(struct hot_row) * HOT_PLACES_MANY % CACHE_LINE == 0,
	       "no two CPUs share a cache line");

#define SAMPLES 512 /* samples in each bank */

/* A csd at its queue event: bpf/samples.bpf.h has which csds of a row are sampled. */
struct sample {
	__u64 cgroup; /* cgroup id of the task; 0 if unknown */
	__u32 row;
	__u32 tgid;
	__u32 nr; /* frames in stack */
	__u32 uid; /* the task's real user id, in the first user namespace */
	char comm[COMM_LEN];
	__u64 stack[STACK_DEPTH];
	__u64 nth; /* the csd's number in its place: the row, or the CPU's hot row */
	__u32 cpu; /* src: the CPU that queued the csd */
	__u8 kworker; /* 1: the task is a kworker, which runs a work of queued_by */
	__u8 own_exe; /* 1: the task is called ipitrace..., and runs the file that ipitrace runs */
	__u16 contained; /* 1: the task is in a PID namespace other than the first */
	struct work_queuer queued_by; /* valid if kworker is set */
};

#define USER_DEPTH 24
/* Words of the stack that are copied: they hold the first callers of most system calls. */
#define USER_WORDS 64

/*
 * The map `user_stacks`: where in its program the task of the sample with the same index entered
 * the kernel. The kernel finds the frames by frame pointers. Programs without frame pointers are
 * unwound later, from the registers and words.
 */
struct user_stack {
	__u64 ip; /* 0: the task has no user code, and no other member is valid */
	__u64 sp;
	__u64 fp; /* x86: rbp; arm64: x29 */
	__u64 lr; /* arm64: the link register; x86: 0 */
	__u32 nr; /* number of frames, the first is ip */
	__u32 words; /* how many words were copied, from sp on */
	__u64 frames[USER_DEPTH];
	__u64 stack[USER_WORDS];
};

/*
 * Maximum number of targets kept for each sender; the csds to other targets are summed in
 * edges_other. Large machines keep fewer, because all pairs of CPUs would take too much memory.
 */
#define EDGE_MAX      256
#define EDGE_MAX_512  128 /* with more than 512 CPUs */
#define EDGE_MAX_2048 64 /* with more than 2,048 CPUs */
/* The least number of places for each sender, so that no two senders share a cache line. */
#define EDGE_MIN      8

/* csds from one sender to one target. */
struct edge_rec {
	__u32 dst; /* the target + 1; 0 if free */
	/* The next three are of the sender's latest synchronous call, if it has a csd to dst. */
	__u16 place; /* place of the csd's slot in the target's mailbox */
	__u16 next; /* 1 + the place of the call's next edge_rec; 0 if there is none */
	__u64 part; /* the call's `begun`; or PART_ENDED | the end */
	__u64 count[NR_BANKS]; /* written only by csd_queue() */
	__u32 nested[NR_BANKS]; /* written only by csd_queue_twin() */
};

/* In edge_rec.part: another sender needed the csd's slot, and has stored the csd's end here. */
#define PART_ENDED (1ULL << 63)
/* Not a place: the sender has no edge_rec for the target. */
#define EDGE_NONE  0xffffU

#endif /* IPITRACE_ABI_TABLE_H */
