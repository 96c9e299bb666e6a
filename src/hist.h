/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The log-linear histogram's geometry, the same on both sides of the map:
 * slot <-> bound. Values are ns. Values below 4 have a slot each; above,
 * each octave has HIST_SUB slots, so a slot is at most 25 % as wide as its
 * lower bound. The last slot also takes all that is longer than 2^41 ns
 * (37 minutes).
 */
#ifndef IPITRACE_HIST_H
#define IPITRACE_HIST_H

#include <linux/types.h>

#define HIST_SUB_BITS 2
#define HIST_SUB (1 << HIST_SUB_BITS)
#define HIST_SLOTS 160

/* floor(log2(v)), v > 0; BPF has no instruction for it, so by halves. */
static inline __u32 hist_log2(__u64 v)
{
	__u32 l = 0;

	if (v >> 32) {
		v >>= 32;
		l += 32;
	}
	if (v >> 16) {
		v >>= 16;
		l += 16;
	}
	if (v >> 8) {
		v >>= 8;
		l += 8;
	}
	if (v >> 4) {
		v >>= 4;
		l += 4;
	}
	if (v >> 2) {
		v >>= 2;
		l += 2;
	}
	return l + (v >> 1);
}

/* The slot that counts @v; always < HIST_SLOTS. */
static inline __u32 hist_slot(__u64 v)
{
	__u32 l, slot;

	if (v < HIST_SUB)
		return v;
	l = hist_log2(v);
	slot = (l - HIST_SUB_BITS + 1) * HIST_SUB +
	       ((v >> (l - HIST_SUB_BITS)) & (HIST_SUB - 1));
	return slot < HIST_SLOTS ? slot : HIST_SLOTS - 1;
}

/* The smallest value that @slot counts. */
static inline __u64 hist_lower(__u32 slot)
{
	__u32 l;

	if (slot < HIST_SUB)
		return slot;
	l = slot / HIST_SUB + HIST_SUB_BITS - 1;
	return (__u64)(HIST_SUB + slot % HIST_SUB) << (l - HIST_SUB_BITS);
}

/* The largest value that @slot counts (inclusive). */
static inline __u64 hist_upper(__u32 slot)
{
	return slot + 1 < HIST_SLOTS ? hist_lower(slot + 1) - 1 : (__u64)-1 >> 1;
}

#endif /* IPITRACE_HIST_H */
