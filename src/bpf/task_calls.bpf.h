/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls of tasks that may be preempted while they wait (calls_at_once; from Linux 7.3 on).
 * Several tasks of one CPU may then wait at once, so each call has a record of its own, by the
 * CPU that queued its csds and the time at which it began; the targets leave their ends there,
 * and not in slots (parts.bpf.h). A call queues its csds with preemption off, as ever.
 *
 * The record is given back by whoever finds that the call is over: its CPU as that begins another
 * call, user space at a cut, or, where no sums are kept, the target that ends last.
 *
 * While a task waits its CPU may do other work. A program at sched_switch measures for how long.
 */
#ifndef IPITRACE_BPF_TASK_CALLS_BPF_H
#define IPITRACE_BPF_TASK_CALLS_BPF_H

#include "abi/call.h"
#include "abi/hash.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"

/* By a hash of the key; task_call_slots. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct task_call);
} task_calls SEC(".maps");

/* The tasks that left their CPU while they wait, by a hash of the task; task_call_slots. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct away_task);
} away_tasks SEC(".maps");

/* How many those are. */
__u64 nr_away = 0;

/* Calls, and times away, that found no room. */
__u64 task_calls_lost = 0;

/* @at: 1 + the place. */
static __always_inline struct task_call *task_call_at(__u32 at)
{
	__u32 place = (at - 1) & (task_call_slots - 1);

	return at ? bpf_map_lookup_elem(&task_calls, &place) : NULL;
}

/* 1 + the place of @src's call that began at @begun; 0: there is none. */
__noinline __u32 task_call_find(__u32 src, __u64 begun)
{
	__u64 key = task_call_key(src, begun);
	__u32 i;

	for (i = 0; i < TASK_CALL_PROBES; i++) {
		__u32 at = 1 + ((task_call_hash(key) + i) & (task_call_slots - 1));
		struct task_call *call = task_call_at(at);

		if (call && *(volatile __u64 *)&call->key == key)
			return at;
	}
	return 0;
}

/* A place for @src's call that begins at @begun, with no key yet; 0: there is none. */
__noinline __u32 task_call_claim(__u32 src, __u64 begun)
{
	__u64 key = task_call_key(src, begun);
	__u32 i;

	for (i = 0; i < TASK_CALL_PROBES; i++) {
		__u32 at = 1 + ((task_call_hash(key) + i) & (task_call_slots - 1));
		struct task_call *call = task_call_at(at);

		if (!call || __sync_val_compare_and_swap(&call->key, TASK_CALL_FREE,
							 TASK_CALL_CLAIMED) != TASK_CALL_FREE)
			continue;
		call->begun = begun;
		call->src = src;
		call->csds = 0;
		call->sealed = 0;
		call->away_since = 0;
		call->away = 0;
		call->task_end = 0;
		call->done = 0;
		call->ended = 0;
		return at;
	}
	count_atomic(&task_calls_lost, 1);
	return 0;
}

/* Whether all csds of @call are queued and have ended. */
static __always_inline bool task_call_over(const struct task_call *call)
{
	return *(volatile __u32 *)&call->sealed &&
	       *(volatile __u64 *)&call->done >= *(volatile __u32 *)&call->csds;
}

/* The task that waits on this CPU in @rec's latest call leaves the CPU. */
__noinline int task_call_leave(struct call_rec *rec, __u64 task)
{
	struct task_call *call;
	__u32 i;

	if (!rec)
		return 0;
	call = task_call_at(rec->waiter_at);
	rec->waiter = 0;
	if (!call || call->task != task || call->key <= TASK_CALL_CLAIMED || task_call_over(call))
		return 0;
	for (i = 0; i < TASK_CALL_PROBES; i++) {
		__u32 at = (hash64(task) + i) & (task_call_slots - 1);
		struct away_task *away = bpf_map_lookup_elem(&away_tasks, &at);

		if (!away || __sync_val_compare_and_swap(&away->task, 0, task))
			continue;
		away->at = rec->waiter_at;
		call->away_since = bpf_ktime_get_ns();
		count_atomic(&nr_away, 1);
		return 0;
	}
	count_atomic(&task_calls_lost, 1);
	return 0;
}

/* How long @call's task was away since @call->away_since until @now, or until the call was over. */
static __always_inline __u64 task_call_away(const struct task_call *call, __u64 now)
{
	__u64 since = call->away_since, end;

	if (!since)
		return 0;
	end = task_call_over(call) ? call->begun + task_call_ended_ns(call->ended) : now;
	if (end > now)
		end = now;
	return end > since ? end - since : 0;
}

/* @task comes to this CPU: if it waits in a call, it was away until now. */
__noinline int task_call_return(struct call_rec *rec, __u64 task)
{
	struct task_call *call = NULL;
	__u32 i;

	if (!rec)
		return 0;
	for (i = 0; i < TASK_CALL_PROBES; i++) {
		__u32 at = (hash64(task) + i) & (task_call_slots - 1);
		struct away_task *away = bpf_map_lookup_elem(&away_tasks, &at);

		if (!away || away->task != task)
			continue;
		rec->waiter_at = away->at;
		call = task_call_at(away->at);
		store_release(&away->task, 0);
		count_atomic(&nr_away, -1);
		break;
	}
	/* The call was over, and its record given back. */
	if (!call || call->task != task || call->key <= TASK_CALL_CLAIMED)
		return 0;
	call->away += task_call_away(call, bpf_ktime_get_ns());
	call->away_since = 0;
	rec->waiter = task;
	return 0;
}

#endif /* IPITRACE_BPF_TASK_CALLS_BPF_H */
