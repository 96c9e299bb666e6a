/* SPDX-License-Identifier: GPL-2.0 */
/* The calls of the second source that are under way: from a function's entry to its return. */
#ifndef IPITRACE_BPF_UNDER_WAY_BPF_H
#define IPITRACE_BPF_UNDER_WAY_BPF_H

#include "abi/hash.h"
#include "abi/hook.h"
#include "abi/limits.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"

const volatile __u32 hook_slots = HOOK_CALLS_MIN; /* a power of two */

/*
 * Some calls are filtered out. Then no delays are told, and no interrupt's stall is: no filter
 * can tell which interrupts it lets through.
 */
const volatile bool hook_filters = false;

/* By CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hook_cpu);
} hook_cpus SEC(".maps");

/* By a hash of the key; hook_slots. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, HOOK_CALLS_MIN);
	__type(key, __u32);
	__type(value, struct hook_call);
} hook_calls SEC(".maps");

static __always_inline struct hook_bank *hook_bank(__u32 cpu, __u32 e)
{
	struct hook_cpu *rec = bpf_map_lookup_elem(&hook_cpus, &cpu);

	return rec ? &rec->bank[e & 1] : NULL;
}

/*
 * A call to @dst begins at @now; SENT_SEVERAL: it may have no interrupt. An interrupt that runs
 * there may yet take the call's csd, as the interrupt of an earlier call may.
 */
static __always_inline void hook_sent(__u32 dst, __u64 now)
{
	struct hook_cpu *rec = hook_filters ? NULL : bpf_map_lookup_elem(&hook_cpus, &dst);
	__u64 sent;

	if (!rec || *(volatile __u64 *)&rec->sent == SENT_SEVERAL)
		return;
	sent = __sync_val_compare_and_swap(&rec->sent, 0, now);
	if (sent || *(volatile __u64 *)&rec->irq_begun)
		*(volatile __u64 *)&rec->sent = SENT_SEVERAL;
}

static __always_inline void hook_sent_now(__u32 dst)
{
	hook_sent(dst, hook_filters ? 0 : bpf_ktime_get_ns());
}

/* A call to @dst has no interrupt: the time of its beginning must not wait for another's. */
static __always_inline void hook_unsent(__u32 dst)
{
	struct hook_cpu *rec = hook_filters ? NULL : bpf_map_lookup_elem(&hook_cpus, &dst);

	if (rec && *(volatile __u64 *)&rec->sent)
		*(volatile __u64 *)&rec->sent = SENT_SEVERAL;
}

static __always_inline struct hook_call *hook_call_at(__u64 key, __u32 distance)
{
	__u32 at = (hash64(key) + distance) & (hook_slots - 1);

	return bpf_map_lookup_elem(&hook_calls, &at);
}

/* The call of @key that is under way; NULL: its entry was not seen. */
static __always_inline struct hook_call *hook_call_find(__u64 key)
{
	for (__u32 i = 0; i < HOOK_PROBES; i++) {
		struct hook_call *call = hook_call_at(key, i);

		if (call && *(volatile __u64 *)&call->key == key)
			return call;
	}
	return NULL;
}

/* Free the place of @call, which ends in epoch @e. */
static __always_inline void hook_call_leave(struct hook_call *call, struct hook_bank *bank, __u32 e)
{
	bool earlier = call->epoch != e;

	if (earlier)
		count_atomic(&bank->leave_begun, 1);
	store_release(&call->key, 0);
	if (earlier)
		count_atomic(&bank->left, 1);
}

/*
 * A place for the call that begins now, with @key in it; its `epoch` is still another's,
 * so the reader of a cut passes over it. NULL: there is none.
 */
static __always_inline struct hook_call *hook_call_claim(__u64 key, struct hook_bank *bank, __u32 e)
{
	struct hook_call *call = hook_call_find(key);

	/* The key is of a frame that is gone: its return was not seen. */
	if (call) {
		hook_call_leave(call, bank, e);
		count_atomic(&bank->lost[HOOK_RETURN_UNSEEN], 1);
	}
	for (__u32 i = 0; i < HOOK_PROBES; i++) {
		call = hook_call_at(key, i);
		if (call && !__sync_val_compare_and_swap(&call->key, 0, 1))
			return call;
	}
	count_atomic(&bank->lost[HOOK_NO_ROOM], 1);
	return NULL;
}

#endif /* IPITRACE_BPF_UNDER_WAY_BPF_H */
