/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The map `hot_rows`: each CPU's own counts of a few rows of a table. The rows of
 * the map `fns` are shared, so each count there moves a cache line between the
 * CPUs that count. In each window the first rows that a CPU counts get places
 * that only this CPU writes.
 */
#ifndef IPITRACE_ABI_HOT_ROW_H
#define IPITRACE_ABI_HOT_ROW_H

#include "abi/call.h"
#include "abi/hist_slots.h"
#include "abi/limits.h"

/* Places of a CPU in each table and bank: fewer on machines with more CPUs than that. */
#define HOT_PLACES	8
#define HOT_PLACES_MANY 4
#define HOT_FEW_CPUS	448

/* The slots that a hot row has: hist_slot() of 64 ns to 262,143 ns. */
#define HOT_FIRST 20
#define HOT_SLOTS 48

/*
 * A part of a histogram, ns. A value that lies outside, or whose slot is full, is
 * counted in the shared row and in the CPU's histogram instead.
 */
struct hot_hist {
	__u64 sum;
	__u64 max;
	__u32 slots[HOT_SLOTS];
};

/* A row's counts on one CPU; what each means: struct fn_bank. */
struct hot_row {
	__u32 owner; /* the row + 1; 0: free */
	__u32 call_csds_max; /* by csd_queue() */
	/* Each is added to by one program, which does not nest in itself: plain. */
	__u64 count; /* by csd_queue(); BY_VICTIM: by csd_entry() */
	__u64 local; /* by csd_entry() */
	__u64 calls; /* these by csd_queue() */
	__u64 call_csds;
	__u64 waits;
	__u64 wait_sum;
	__u64 wait_max;
	struct worst_call worst; /* the call of wait_max */
	struct hot_hist delay; /* by csd_entry() */
	struct hot_hist handler; /* by csd_exit() */
};

_Static_assert(sizeof(struct hot_row) * HOT_PLACES_MANY % CACHE_LINE == 0,
	       "no two CPUs share a cache line");

#endif /* IPITRACE_ABI_HOT_ROW_H */
