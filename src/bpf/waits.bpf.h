/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long senders wait, exactly: at the entry and the return of the
 * kernel's two functions in which a task waits for others. Where these
 * programs do not load it is told from the csds (calls.bpf.h).
 *
 * A call is known by its task: up to 7.2 that stays on its CPU while it
 * waits, but not on the way there, and later not at all.
 */
#ifndef IPITRACE_WAITS_BPF_H
#define IPITRACE_WAITS_BPF_H

/* scf_flags of smp_call_function_many_cond() (5.17 to 7.3 kernel/smp.c) */
#define SCF_WAIT 1

/* Calls that found no place among the waits. */
__u64 waits_dropped = 0;

static __always_inline struct wait_rec *wait_at(__u64 task, __u32 distance)
{
	__u32 at = (hash64(task) + distance) & (wait_slots - 1);

	return bpf_map_lookup_elem(&waits, &at);
}

static __always_inline struct wait_rec *wait_find(__u64 task)
{
	__u32 i;

	for (i = 0; i < WAIT_PROBES; i++) {
		struct wait_rec *wait = wait_at(task, i);

		if (wait && *(volatile __u64 *)&wait->task == task)
			return wait;
	}
	return NULL;
}

static __always_inline struct wait_rec *wait_claim(__u64 task)
{
	struct wait_rec *wait = wait_find(task);
	__u32 i;

	/* Its return was not seen. */
	if (wait)
		return wait;
	for (i = 0; i < WAIT_PROBES; i++) {
		wait = wait_at(task, i);
		if (wait && !__sync_val_compare_and_swap(&wait->task, SLOT_FREE, task))
			return wait;
	}
	return NULL;
}

static __always_inline int wait_begin(void *ctx, enum wait_in in)
{
	struct wait_rec *wait;
	__u64 func = 0, id;

	if (!epoch)
		return 0;
	wait = wait_claim(bpf_get_current_task());
	if (!wait) {
		count_atomic(&waits_dropped, 1);
		return 0;
	}
	/* 6.12's verifier knows no pointers to functions in the context. */
	bpf_get_func_arg(ctx, 1, &func);
	wait->func = func;
	wait->targets = 0;
	wait->in = in;
	if (watch_ns) {
		id = bpf_get_current_pid_tgid();
		wait->pid = id;
		wait->tgid = id >> 32;
		bpf_get_current_comm(wait->comm, sizeof(wait->comm));
	}
	wait->start = bpf_ktime_get_ns();
	return 0;
}

static __always_inline void wait_stall(void *ctx, struct wait_rec *wait, __u64 now)
{
	struct stall_event *ev = event_begin(PHASE_WAIT, wait->start, now);

	if (!ev)
		return;
	ev->func = wait->func;
	ev->call = wait->start;
	ev->src = wait->src;
	ev->dst = wait->src;
	ev->sender_known = 1;
	ev->sender_pid = wait->pid;
	ev->sender_tgid = wait->tgid;
	__builtin_memcpy(ev->sender_comm, wait->comm, COMM_LEN);
	ev->wait_in = wait->in;
	event_targets(ev);
	event_stack(ev, ctx, STACK_CALL);
	event_end(ev);
}

/* A call that queued nothing ran on its own CPU alone: nobody waited. */
static __always_inline int wait_end(void *ctx)
{
	struct wait_rec *wait = wait_find(bpf_get_current_task());
	__u64 now = bpf_ktime_get_ns();
	struct call_rec *rec;
	__u32 e = epoch;

	if (!wait)
		return 0;
	rec = wait->targets && e ? call_rec(wait->src) : NULL;
	if (rec) {
		wait_add(rec, wait->row, now - wait->start, e);
		if (watch_ns && now - wait->start > watch_ns)
			wait_stall(ctx, wait, now);
	}
	wait->start = 0;
	store_release(&wait->task, SLOT_FREE);
	return 0;
}

/* A SYNC csd is queued: when its call began; 0 where that was not seen. */
static __always_inline __u64 wait_join(__u32 src, __u32 row)
{
	struct wait_rec *wait = wait_find(bpf_get_current_task());

	if (!wait)
		return 0;
	if (!wait->targets)
		wait->row = row;
	wait->src = src;
	wait->targets++;
	return wait->start;
}

/* (cpu, func, info, wait); wait is bool in 7.3. */
SEC("fentry/smp_call_function_single")
int single_begin(__u64 *ctx)
{
	return (__u8)ctx[3] ? wait_begin(ctx, WAIT_SINGLE) : 0;
}

SEC("fexit/smp_call_function_single")
int single_end(__u64 *ctx)
{
	return (__u8)ctx[3] ? wait_end(ctx) : 0;
}

/* (mask, func, info, scf_flags, cond_func) */
SEC("fentry/smp_call_function_many_cond")
int many_begin(__u64 *ctx)
{
	return ctx[3] & SCF_WAIT ? wait_begin(ctx, WAIT_MANY) : 0;
}

SEC("fexit/smp_call_function_many_cond")
int many_end(__u64 *ctx)
{
	return ctx[3] & SCF_WAIT ? wait_end(ctx) : 0;
}

#endif /* IPITRACE_WAITS_BPF_H */
