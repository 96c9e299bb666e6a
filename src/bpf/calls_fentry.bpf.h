/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synchronous calls, seen by their task. Where the kernel accepts fentry and
 * fexit programs, a call begins at the entry of the kernel's function, not at
 * its first csd, and ends at the return of smp_call_function_single(), not at
 * its target's end. The time in between is derived from the csds in any case
 * (calls.bpf.h).
 *
 * No program is attached to the return of smp_call_function_many_cond(): it
 * would turn that function's return address into the trampoline's, which the
 * queue events would then show to every tracer as the call site (_RET_IP_,
 * 6.12 kernel/smp.c:851). Such a call ends with its last target or its own
 * local run.
 */
#ifndef IPITRACE_BPF_CALLS_FENTRY_BPF_H
#define IPITRACE_BPF_CALLS_FENTRY_BPF_H

#include "bpf/calls.bpf.h"

/* Indexed by a hash of the task's address. Has wait_slots entries, a power of two. */
MAPPED_ARRAY(waits, struct wait_rec, WAITS_MIN);

/*
 * Returns the record of @task's latest call. Another task may take that record; then the call
 * begins at its first csd. The key is the task, not the CPU: the task may be preempted before it
 * queues its csds, and from 7.3 on may leave its CPU while it waits.
 */
static __always_inline struct wait_rec *wait_of(__u64 task)
{
	__u32 at = hash64(task) & (wait_slots - 1);

	return bpf_map_lookup_elem(&waits, &at);
}

/* Returns the running task's call of @func; NULL: its entry was not seen. */
static __always_inline struct wait_rec *wait_of_current(__u64 func)
{
	__u64 task = bpf_get_current_task();
	struct wait_rec *wait = wait_of(task);

	return wait && wait->task == task && wait->func == func ? wait : NULL;
}

static __always_inline int wait_begin(void *ctx, enum wait_in wait_in)
{
	__u64 task = bpf_get_current_task(), func = 0;
	struct wait_rec *wait = wait_of(task);

	if (!epoch || !wait)
		return 0;
	/* 6.12's verifier refuses to load a pointer to a function from the context. */
	bpf_get_func_arg(ctx, 1, &func);
	wait->task = 0;
	wait->func = func;
	wait->wait_in = wait_in;
	wait->src = WAIT_UNQUEUED;
	wait->begun = bpf_ktime_get_ns();
	wait->task = task;
	return 0;
}

/*
 * Whether @wait belongs to a call that can queue no csd to @dst now, on the CPU of @rec: the
 * entry of the task's call was not seen, and @wait belongs to the call before. The kernel
 * runs no program at an entry while the same program is preempted on that CPU
 * (__bpf_prog_enter_recur(), 6.12 kernel/bpf/trampoline.c). A call queues its csds with
 * preemption off, and then sends its IPI.
 */
static __always_inline bool wait_is_old(const struct wait_rec *wait, const struct call_rec *rec,
					__u32 dst)
{
	return wait->src != WAIT_UNQUEUED &&
	       (wait->begun != rec->begun || wait->wait_in == WAIT_SINGLE || rec->sent ||
		dst <= rec->last_dst);
}

/*
 * Returns when the running task's call of @func began; 0: not seen. *@wait_in gets where the sender
 * waits. @src: the CPU that queues a csd to @dst for the task now.
 */
static __always_inline __u64 wait_join(__u32 src, __u32 dst, __u64 func, enum wait_in *wait_in)
{
	struct wait_rec *wait = wait_of_current(func);
	struct call_rec *rec = call_rec(src);

	if (!wait || !rec || wait_is_old(wait, rec, dst))
		return 0;
	wait->src = src;
	*wait_in = wait->wait_in;
	return wait->begun;
}

/*
 * The running task's call of @func returns, or the task has run @func itself as a part of its call:
 * the call lasts at least until now. If its last target ended earlier, then the sender's own CPU
 * held the task up since, with an interrupt for example; that is a part of its wait.
 */
static __always_inline void wait_end(__u64 func)
{
	struct wait_rec *wait = wait_of_current(func);
	/*
	 * Read the clock before the check: fexit programs can be preempted
	 * (preempt=full, PREEMPT_RT), and a time read later may belong to
	 * another call of the CPU by then.
	 */
	__u64 now = bpf_ktime_get_ns();
	struct task_call *call;
	struct call_rec *rec;

	if (!wait)
		return;
	if (calls_at_once) {
		call = task_call_at(task_call_find(wait->src, wait->begun));
		/*
		 * A task that was away may come back long after its call ended: then the targets'
		 * ends count.
		 */
		if (call && !call->away && !call->away_since)
			call->task_end = now;
		return;
	}
	rec = call_rec(wait->src);
	/* A call that is not its CPU's latest has queued no csd: do not change the end there. */
	if (rec && wait->begun == *(volatile __u64 *)&rec->begun)
		rec->task_end = now;
}

/*
 * Arguments: preempt, prev, next, ..., since 4.20. Loaded only where calls_at_once is set. For
 * tasks without a call the program only reads two words.
 */
SEC("?raw_tp/sched_switch")
int call_switched(struct bpf_raw_tracepoint_args *ctx)
{
	struct call_rec *rec = call_rec(bpf_get_smp_processor_id());

	if (!rec)
		return 0;
	if (rec->waiter && rec->waiter == ctx->args[1])
		task_call_leave(rec, ctx->args[1]);
	if (*(volatile __u64 *)&nr_away)
		task_call_return(rec, ctx->args[2]);
	return 0;
}

/* Arguments: cpu, func, info, wait; wait is a bool in 7.3. */
SEC("fentry/smp_call_function_single")
int single_begin(__u64 *ctx)
{
	return (__u8)ctx[3] ? wait_begin(ctx, WAIT_SINGLE) : 0;
}

SEC("fexit/smp_call_function_single")
int single_end(__u64 *ctx)
{
	__u64 func = 0;

	if (!(__u8)ctx[3])
		return 0;
	bpf_get_func_arg(ctx, 1, &func);
	wait_end(func);
	return 0;
}

/* Arguments: mask, func, info, scf_flags, cond_func. */
SEC("fentry/smp_call_function_many_cond")
int many_begin(__u64 *ctx)
{
	return ctx[3] & SCF_WAIT ? wait_begin(ctx, WAIT_MANY) : 0;
}

#endif /* IPITRACE_BPF_CALLS_FENTRY_BPF_H */
