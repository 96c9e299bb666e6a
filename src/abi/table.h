/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps `fn_keys`, `fns`, `samples` and `edges`: csds by function and call
 * site, by the key of --by, by sender and destination, and sampled stacks.
 */
#ifndef IPITRACE_ABI_TABLE_H
#define IPITRACE_ABI_TABLE_H

#include "abi/call.h"
#include "abi/hist_slots.h"
#include "abi/limits.h"

/*
 * Rows of a table; one more row sums the keys that found no row. Two tables
 * share one pair of maps: TABLE_FN by function, always, and TABLE_BY by enum
 * by_key.
 */
#define FN_ROWS		  256
#define FN_OTHER	  FN_ROWS
#define FN_BUSY		  1
#define TABLE_FN	  0
#define TABLE_BY	  1
#define FN_NONE		  0xffffffffU
/* Up to so many CPUs one shard is enough: most counts are in hot rows (abi/hot_row.h). */
#define FN_ONE_SHARD_CPUS 64
#define FN_MAX_SHARDS	  2

/* In a key of the second table: keeps the key apart from 0 and FN_BUSY. */
#define BY_MARK	     (1ULL << 62)
/* An interrupt sent the csd: the interrupted task has nothing to do with it. */
#define BY_INTERRUPT (1ULL << 61)
/* User space gives the row back: no search finds the key any more (collect/read_tables.c). */
#define BY_RETIRED   (1ULL << 63)

/*
 * The key of a row. In the function table callsite is 0 for local runs. In the
 * second table func is tgid or cgroup | BY_MARK, and callsite is a tgid's cgroup.
 */
struct fn_key {
	__u64 func; /* 0: free; FN_BUSY: being filled; BY_RETIRED */
	__u64 callsite;
	char comm[COMM_LEN]; /* second table: the task's name when last sampled */
};

/* One bank of a row's counters, without those in hot rows (abi/hot_row.h). Any CPU adds. */
struct fn_bank {
	__u64 count; /* csds queued; BY_VICTIM: entered */
	__u64 samples; /* csds of this row that were due to be sampled */
	__u64 local; /* functions run without an IPI */
	/* Synchronous calls that are over, and their csds. */
	__u64 calls;
	__u64 call_csds;
	__u64 call_csds_max;
	/* The senders' time in those calls whose end was seen, ns. */
	__u64 waits;
	__u64 wait_sum;
	__u64 wait_max;
	__u64 wait_away; /* the part of wait_sum in which the senders' CPUs ran other tasks */
	/*
	 * The call of worst_ns, written by who sets worst_busy by a cmpxchg; who cannot
	 * goes on. Unless worst_ns is wait_max, the call of wait_max is not known.
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

#define SAMPLES 512 /* for each bank */

/* A csd at its queue event: the first, second, fourth, ... of its row. */
struct sample {
	__u64 cgroup; /* of the task; 0: not known */
	__u32 row;
	__u32 tgid;
	__u32 nr; /* frames in stack */
	__u32 pad;
	char comm[COMM_LEN];
	__u64 stack[STACK_DEPTH];
};

/*
 * Destinations kept for each sender; the others are summed in edges_other. There
 * are fewer on large machines, where memory for all pairs of CPUs would be too much.
 */
#define EDGE_MAX      256
#define EDGE_MAX_512  128 /* with more than 512 CPUs */
#define EDGE_MAX_2048 64 /* with more than 2,048 CPUs */
/* Fewest places for each sender, so that no two senders share a cache line. */
#define EDGE_MIN      8

/* csds from one sender to one destination. */
struct edge_rec {
	__u32 dst; /* the destination + 1; 0: free */
	/* These three: the sender's latest synchronous call, if it has a csd to @dst. */
	__u16 place; /* the csd's slot in the destination's box */
	__u16 next; /* 1 + the place of the call's next edge_rec; 0: none */
	__u64 part; /* the call's `begun`; or PART_ENDED | the end */
	__u64 count[NR_BANKS]; /* by csd_queue() alone */
	__u32 nested[NR_BANKS]; /* by csd_queue_twin() alone */
};

/* Another sender needed the slot, and has left the end here. */
#define PART_ENDED (1ULL << 63)
/* In place of an edge_rec's place: the sender has none for the destination. */
#define EDGE_NONE  0xffffU

#endif /* IPITRACE_ABI_TABLE_H */
