/* SPDX-License-Identifier: GPL-2.0 */
/* The second source: calls under way, from a function's entry to its return; stalls. */
#ifndef IPITRACE_BPF_UNDER_WAY_BPF_H
#define IPITRACE_BPF_UNDER_WAY_BPF_H

#include "abi/hook.h"
#include "bpf/stall_events.bpf.h"

const volatile __u32 hook_slots = HOOK_CALLS_MIN; /* a power of two */

/* Indexed by CPU. */
MAPPED_ARRAY(hook_cpus, struct hook_cpu, 1);

/* A hash by the key, with hook_slots entries. */
MAPPED_ARRAY(hook_calls, struct hook_call, HOOK_CALLS_MIN);

static __always_inline struct hook_bank *hook_bank(__u32 cpu, __u32 e)
{
	struct hook_cpu *rec = bpf_map_lookup_elem(&hook_cpus, &cpu);

	return rec ? &rec->bank[e & 1] : NULL;
}

/*
 * Note that a call to @dst begins at @now; SENT_SEVERAL: the call may have no interrupt. An
 * interrupt that runs on @dst now, or that of an earlier call, may still take the call's csd.
 *
 * With a filter neither delays nor stalls of interrupts are reported, because it is not known which
 * interrupts belong to the calls that the filter lets through.
 */
static __always_inline void hook_sent(__u32 dst, __u64 now)
{
	struct hook_cpu *rec = has_filter ? NULL : bpf_map_lookup_elem(&hook_cpus, &dst);
	__u64 sent;

	if (!rec || *(volatile __u64 *)&rec->sent == SENT_SEVERAL)
		return;
	sent = __sync_val_compare_and_swap(&rec->sent, 0, now);
	if (sent || *(volatile __u64 *)&rec->irq_begun)
		*(volatile __u64 *)&rec->sent = SENT_SEVERAL;
}

static __always_inline void hook_sent_now(__u32 dst)
{
	hook_sent(dst, has_filter ? 0 : bpf_ktime_get_ns());
}

/*
 * Note that a call to @dst has no interrupt: the next interrupt must not take the time when this
 * call began.
 */
static __always_inline void hook_unsent(__u32 dst)
{
	struct hook_cpu *rec = has_filter ? NULL : bpf_map_lookup_elem(&hook_cpus, &dst);

	if (rec && *(volatile __u64 *)&rec->sent)
		*(volatile __u64 *)&rec->sent = SENT_SEVERAL;
}

static __always_inline struct hook_call *hook_call_at(__u64 key, __u32 distance)
{
	__u32 at = (hash64(key) + distance) & (hook_slots - 1);

	return bpf_map_lookup_elem(&hook_calls, &at);
}

/* Returns the call of @key that is under way; NULL: its entry was not seen. */
static __always_inline struct hook_call *hook_call_find(__u64 key)
{
	for (__u32 i = 0; i < HOOK_PROBES; i++) {
		struct hook_call *call = hook_call_at(key, i);

		if (call && *(volatile __u64 *)&call->key == key)
			return call;
	}
	return NULL;
}

/* Free the record of @call, which ends in epoch @e. */
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
 * Returns a free record, claimed for the call of @key, which begins now. Its `epoch` is still that
 * of an earlier call, so the reader of a cut passes over it. NULL: there is none.
 */
static __always_inline struct hook_call *hook_call_claim(__u64 key, struct hook_bank *bank, __u32 e)
{
	struct hook_call *call = hook_call_find(key);

	/* The call with this key has left its stack frame: its return was not seen. */
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

/*
 * Stalls: a sender that waits too long, an interrupt that lasts too long. The programs report them
 * when they end; while they last, user space finds them in hook_calls and hook_cpus. Without a
 * threshold the verifier removes all of this.
 */

/* Copy what a stall report needs from @made to @call, which begins now. Only a task waits. */
static __always_inline void hook_watch(struct hook_call *call, const struct hook_call *made)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 id = bpf_get_current_pid_tgid();

	if (!made->wait_in)
		return;
	call->func = made->func;
	call->src = made->src;
	call->at_most = made->at_most;
	call->pid = id;
	call->tgid = id >> 32;
	call->slices = bpf_core_field_exists(task->sched_info.pcount) ?
			       BPF_CORE_READ(task, sched_info.pcount) :
			       0;
}

/* The call @over returned to its sender, which runs here, at @now: report a long wait. */
static __always_inline void hook_report_wait(void *ctx, const struct hook_call *over, __u64 now)
{
	struct stall_event *ev;

	if (!stall_threshold_ns || now - over->begun <= stall_threshold_ns)
		return;
	ev = stall_event_reserve(PHASE_WAIT, over->begun, now);
	if (!ev)
		return;
	ev->func = over->func;
	ev->call = over->begun;
	ev->src = over->src;
	ev->dst = over->targets == 1 && !over->at_most ? over->dst : over->src;
	ev->nr_targets = over->at_most ? 0 : over->targets;
	ev->unlisted = 1;
	ev->wait_in = over->wait_in;
	ev->sender_known = 1;
	ev->sender_pid = over->pid;
	ev->sender_tgid = over->tgid;
	bpf_get_current_comm(ev->sender_comm, sizeof(ev->sender_comm));
	stall_event_set_stack(ev, ctx, STACK_CALL);
	stall_event_submit(ev);
}

/* An interrupt of @kind, begun at @begun, ends on @cpu at @now: report a long one. */
static __always_inline void hook_report_interrupt(void *ctx, __u32 cpu, enum ipi_kind kind,
						  __u64 begun, __u64 now)
{
	struct stall_event *ev;

	if (!stall_threshold_ns || has_filter || now - begun <= stall_threshold_ns)
		return;
	ev = stall_event_reserve(PHASE_INTERRUPT, begun, now);
	if (!ev)
		return;
	ev->dst = cpu;
	ev->irq = kind;
	stall_event_set_victim(ev, 0);
	stall_event_set_stack(ev, ctx, STACK_INTERRUPTED);
	stall_event_submit(ev);
}

#endif /* IPITRACE_BPF_UNDER_WAY_BPF_H */
