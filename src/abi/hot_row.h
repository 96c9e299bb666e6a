/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The map `hot_rows`: each CPU's own counts of a few rows of a table. The rows of
 * the map `fns` are shared, so each count there moves a cache line between the
 * CPUs that count. In each window the first rows that a CPU counts get a place
 * of its own, and only this CPU writes there.
 */
#ifndef IPITRACE_ABI_HOT_ROW_H
#define IPITRACE_ABI_HOT_ROW_H

#include "abi/hist_slots.h"
#include "abi/limits.h"

#define HOT_ROWS 4

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
	__u32 pad;
	/* Counted by csd_queue() alone, or by csd_entry() alone for BY_VICTIM: plain. */
	__u64 count;
	/* Counted at entries and exits, with interrupts off: plain. */
	__u64 local;
	__u64 waits;
	__u64 wait_sum;
	__u64 wait_max;
	struct hot_hist delay;
	struct hot_hist handler;
};

struct hot_bank {
	struct hot_row rows[HOT_ROWS];
};

/* By table and CPU. */
struct hot_rec {
	struct hot_bank bank[NR_BANKS];
} __attribute__((aligned(CACHE_LINE)));

#endif /* IPITRACE_ABI_HOT_ROW_H */
