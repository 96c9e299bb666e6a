/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters, maxima and histograms: some are written by one CPU only, others by any CPU. Keys that a
 * table has no room for.
 */
#ifndef IPITRACE_BPF_COUNT_BPF_H
#define IPITRACE_BPF_COUNT_BPF_H

#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "bpf/kernel.bpf.h"

#define count_atomic(p, n) __sync_fetch_and_add((p), (n))

/*
 * A store of @v that other CPUs see after all stores before it. x86 keeps stores in
 * order; arm64 does not, and clang 14 knows no BPF release store, so an atomic
 * with fetch, which is fully ordered, takes its place.
 */
#ifdef __TARGET_ARCH_x86
#define store_release(p, v)                              \
	do {                                             \
		asm volatile("" ::: "memory");           \
		*(volatile __typeof__(*(p)) *)(p) = (v); \
	} while (0)
#else
#define store_release(p, v) ((void)__sync_lock_test_and_set((p), (v)))
#endif

/* Add @ns to @h. Only one program, on the CPU that owns @h, may do so. @slot: hist_slot(@ns). */
static __always_inline void hist_add(struct hist_bank *h, __u64 ns, __u32 slot)
{
	h->sum += ns;
	if (ns > h->max)
		h->max = ns;
	if (slot < HIST_SLOTS)
		h->slots[slot]++;
}

/* An attempt to raise *max to value. */
struct max_raise {
	__u64 *max;
	__u64 seen; /* *max, as it was last read */
	__u64 value;
};

/* Returns whether *max is at least the value now; else another CPU raised *max meanwhile. */
static __always_inline bool max_raise_try(struct max_raise *r)
{
	__u64 was;

	if (r->value <= r->seen)
		return true;
	was = __sync_val_compare_and_swap(r->max, r->seen, r->value);
	if (was == r->seen)
		return true;
	r->seen = was;
	return false;
}

static long max_raise_next(__u32 i __attribute__((unused)), struct max_raise *r)
{
	return max_raise_try(r);
}

LOOP_BODY(max_raise_next, struct max_raise)

static __always_inline void max_raise_far(struct max_raise r)
{
	struct max_raise far = r;

	loop_n(1 << 20, max_raise_next, &far);
}

/* Raise *@max to @value unless *@max is larger; any CPU may do so at the same time. */
static __always_inline void max_raise(__u64 *max, __u64 value)
{
	struct max_raise r = { .max = max, .seen = *(volatile __u64 *)max, .value = value };

	if (!max_raise_try(&r))
		max_raise_far(r);
}

/* Add @ns to @h; any CPU may do so at the same time. */
static __always_inline void hist_add_shared(struct hist_bank *h, __u64 ns, __u32 slot)
{
	count_atomic(&h->sum, ns);
	max_raise(&h->max, ns);
	if (slot < HIST_SLOTS)
		count_atomic(&h->slots[slot], 1);
}

static __always_inline __u32 popcount64(__u64 v)
{
	v -= v >> 1 & 0x5555555555555555ULL;
	v = (v & 0x3333333333333333ULL) + (v >> 2 & 0x3333333333333333ULL);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return v * 0x0101010101010101ULL >> 56;
}

/*
 * A key that found no row. Another key of the same entry lowers its count, and takes the entry once
 * the count is 0. So a key whose count grows comes more often than all other keys of its entry
 * together (Misra and Gries, 1982). CPUs write without locks, so a count may be wrong by a few.
 */
struct late_key {
	__u64 func;
	__u64 callsite;
	__u64 seen;
};

/* The tables that reserve rows. */
enum {
	LATE_BY,
	LATE_WAKES,
	NR_LATE,
};

ARRAY_MAP(late_keys, struct late_key, NR_LATE *LATE_KEYS, 0);

/*
 * Count the key, which found no row of @table. Returns whether it comes often enough for a reserved
 * row.
 */
static __always_inline bool late_key_count(__u32 table, __u64 func, __u64 callsite, __u32 hash)
{
	__u32 at = table * LATE_KEYS + (hash >> 8 & (LATE_KEYS - 1));
	struct late_key *key = bpf_map_lookup_elem(&late_keys, &at);

	if (!key)
		return false;
	if (key->func == func && key->callsite == callsite)
		return ++key->seen >= LATE_OFTEN;
	if (key->seen) {
		key->seen--;
		return false;
	}
	key->func = func;
	key->callsite = callsite;
	key->seen = 1;
	return false;
}

#endif /* IPITRACE_BPF_COUNT_BPF_H */
