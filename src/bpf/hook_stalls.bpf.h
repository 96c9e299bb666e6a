/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls of the second source: a sender that waits too long, an interrupt that lasts too
 * long. Reported when they end; while they last, user space finds them in hook_calls and
 * hook_cpus. Without a threshold the verifier removes all of this.
 */
#ifndef IPITRACE_BPF_HOOK_STALLS_BPF_H
#define IPITRACE_BPF_HOOK_STALLS_BPF_H

#include "abi/hook.h"
#include "abi/stall_event.h"
#include "bpf/config.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/stall_events.bpf.h"
#include "bpf/under_way.bpf.h"

/* Note in @call, which begins now as @made, what its stall needs: a sender that waits is a task. */
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
static __always_inline void hook_stall_wait(void *ctx, const struct hook_call *over, __u64 now)
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
	stall_event_stack(ev, ctx, STACK_CALL);
	stall_event_submit(ev);
}

/* An interrupt of @kind, begun at @begun, ends on @cpu at @now: report a long one. */
static __always_inline void hook_stall_interrupt(void *ctx, __u32 cpu, enum ipi_kind kind,
						 __u64 begun, __u64 now)
{
	struct stall_event *ev;
	__u64 id;

	if (!stall_threshold_ns || hook_filters || now - begun <= stall_threshold_ns)
		return;
	ev = stall_event_reserve(PHASE_INTERRUPT, begun, now);
	if (!ev)
		return;
	id = bpf_get_current_pid_tgid();
	ev->dst = cpu;
	ev->irq = kind;
	ev->victim_pid = id;
	ev->victim_tgid = id >> 32;
	ev->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(ev->victim_comm, sizeof(ev->victim_comm));
	stall_event_stack(ev, ctx, STACK_INTERRUPTED);
	stall_event_submit(ev);
}

#endif /* IPITRACE_BPF_HOOK_STALLS_BPF_H */
