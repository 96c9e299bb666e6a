/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slots of the log-linear histogram, the same for BPF and user space. Values are ns. Each value
 * below 4 has a slot; from 4 on each octave has HIST_SUB slots, so a slot is at most 25 % as wide
 * as its lower bound. The last slot also has all values above 2^41 ns (37 minutes).
 */
#ifndef IPITRACE_ABI_HIST_SLOTS_H
#define IPITRACE_ABI_HIST_SLOTS_H

#include <linux/types.h>

#define HIST_SUB_BITS 2
#define HIST_SUB      (1 << HIST_SUB_BITS)
#define HIST_SLOTS    160

/*
 * Returns floor(log2(v)), 0 < v < 2^63. BPF has no instruction for a logarithm, so this function
 * halves the word again and again: without branches, because the verifier would follow each path.
 */
static inline __u32 hist_log2(__u64 v)
{
	__u32 l = 0, half;

	half = (0xffffffffULL - v) >> 63 << 5; /* 32 if v is larger, else 0 */
	v >>= half;
	l += half;
	half = (0xffffULL - v) >> 63 << 4;
	v >>= half;
	l += half;
	half = (0xffULL - v) >> 63 << 3;
	v >>= half;
	l += half;
	half = (0xfULL - v) >> 63 << 2;
	v >>= half;
	l += half;
	half = (0x3ULL - v) >> 63 << 1;
	v >>= half;
	return l + half + (v >> 1);
}

/* Returns the slot for @v, which is below 2^63; less than HIST_SLOTS. */
static inline __u32 hist_slot(__u64 v)
{
	__u32 l, slot;

	if (v < HIST_SUB)
		return v;
	l = hist_log2(v);
	slot = (l - HIST_SUB_BITS + 1) * HIST_SUB + ((v >> (l - HIST_SUB_BITS)) & (HIST_SUB - 1));
	return slot < HIST_SLOTS ? slot : HIST_SLOTS - 1;
}

/* Returns the smallest value of @slot. */
static inline __u64 hist_lower(__u32 slot)
{
	__u32 l;

	if (slot < HIST_SUB)
		return slot;
	l = slot / HIST_SUB + HIST_SUB_BITS - 1;
	return (__u64)(HIST_SUB + slot % HIST_SUB) << (l - HIST_SUB_BITS);
}

/* Returns the largest value of @slot. */
static inline __u64 hist_upper(__u32 slot)
{
	return slot + 1 < HIST_SLOTS ? hist_lower(slot + 1) - 1 : (__u64)-1 >> 1;
}

/* One bank of a histogram, ns. The number of samples is the sum of the slots. */
struct hist_bank {
	__u64 sum;
	__u64 max;
	__u64 slots[HIST_SLOTS];
};

#endif /* IPITRACE_ABI_HIST_SLOTS_H */
