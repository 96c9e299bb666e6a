/* SPDX-License-Identifier: GPL-2.0 */
/* How counters, maxima and histograms are counted: by one CPU alone, or by any. */
#ifndef IPITRACE_BPF_COUNT_BPF_H
#define IPITRACE_BPF_COUNT_BPF_H

#include "bpf/kernel.bpf.h"
#include "abi/hist_slots.h"
#include "bpf/config.bpf.h"

#define count_atomic(p, n) __sync_fetch_and_add((p), (n))

/*
 * Where the order between CPUs matters. x86 keeps stores in order; arm64
 * does not, and clang 14 knows no BPF release store, so an atomic with
 * fetch, which is fully ordered, does it.
 */
static __always_inline void store_release(__u64 *p, __u64 v)
{
#ifdef __TARGET_ARCH_x86
	asm volatile("" ::: "memory");
	*(volatile __u64 *)p = v;
#else
	__sync_lock_test_and_set(p, v);
#endif
}

static __always_inline __u32 hash64(__u64 v)
{
	return (v * 0x61c8864680b583ebULL) >> 32;
}

/* By the one CPU that owns @h, with interrupts off. @slot: hist_slot(@ns). */
static __always_inline void hist_add(struct hist_bank *h, __u64 ns, __u32 slot)
{
	h->sum += ns;
	if (ns > h->max)
		h->max = ns;
	if (slot < HIST_SLOTS)
		h->slots[slot]++;
}

struct raise {
	__u64 *max;
	__u64 seen;
	__u64 to;
};

/* Returns whether *max is at least @to now. */
static __always_inline bool raise_max(struct raise *r)
{
	__u64 was;

	if (r->to <= r->seen)
		return true;
	was = __sync_val_compare_and_swap(r->max, r->seen, r->to);
	if (was == r->seen)
		return true;
	r->seen = was;
	return false;
}

static long raise_again(__u32 i __attribute__((unused)), struct raise *r)
{
	return raise_max(r);
}

static __always_inline void raise_far(struct raise r)
{
	struct raise far = r;

	bpf_loop(1 << 20, raise_again, &far, 0);
}

/* Others may raise it too: then again. */
static __always_inline void raise_to(__u64 *max, __u64 to)
{
	struct raise r = { .max = max, .seen = *(volatile __u64 *)max, .to = to };

	if (!raise_max(&r))
		raise_far(r);
}

/* By any CPU. */
static __always_inline void hist_add_shared(struct hist_bank *h, __u64 ns, __u32 slot)
{
	count_atomic(&h->sum, ns);
	raise_to(&h->max, ns);
	if (slot < HIST_SLOTS)
		count_atomic(&h->slots[slot], 1);
}

/* With a shard for each CPU nobody else writes there while interrupts are off. */
#define fn_own (fn_shards >= nr_cpus)

/* A CPU's own, by an entry or an exit; where a shard is its own, that tells all of it. */
static __always_inline void hist_add_cpu(struct hist_bank *h, __u64 ns, __u32 slot)
{
	if (!fn_own)
		hist_add(h, ns, slot);
}

/* A shard's, by an entry or an exit, of a function or an interrupt. */
static __always_inline void hist_add_row(struct hist_bank *h, __u64 ns, __u32 slot)
{
	if (fn_own)
		hist_add(h, ns, slot);
	else
		hist_add_shared(h, ns, slot);
}

static __always_inline __u32 popcount64(__u64 v)
{
	v -= v >> 1 & 0x5555555555555555ULL;
	v = (v & 0x3333333333333333ULL) + (v >> 2 & 0x3333333333333333ULL);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return v * 0x0101010101010101ULL >> 56;
}

#endif /* IPITRACE_BPF_COUNT_BPF_H */
