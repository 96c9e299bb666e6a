/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls of kernel/smp.c's functions, from entry to return, whatever attaches the programs there
 * (hooks.bpf.c). A call is counted when it returns, on the CPU and in the epoch of its return.
 */
#ifndef IPITRACE_BPF_HOOK_CALLS_BPF_H
#define IPITRACE_BPF_HOOK_CALLS_BPF_H

#include "bpf/edges.bpf.h"
#include "bpf/samples.bpf.h"
#include "bpf/under_way.bpf.h"

/* In place of a call site a row has the kernel's function that was called: one of these. */
extern const void smp_call_function_single __ksym __weak;
extern const void smp_call_function_single_async __ksym __weak;
extern const void smp_call_function_many_cond __ksym __weak;
extern const void __smp_call_single_queue __ksym __weak;
extern const void sched_ttwu_pending __ksym __weak;

extern const void __cpu_online_mask __ksym __weak;

/*
 * By row: 1 if a condition, whose result is not seen, chose among the CPUs of some call: then the
 * row's count of csds is an upper bound. (The values of an array map are 8 bytes apart in any
 * case.)
 */
MAPPED_ARRAY(hook_at_most, __u64, FN_ROWS + 1);

static __always_inline __u32 hook_row(__u64 func, const void *site)
{
	/* @func is 0 if the kernel hides the function's address. */
	return func ? fn_row(TABLE_FN, func, (__u64)site) : FN_OTHER;
}

/*
 * Count @n csds of @row, sent by this CPU, and sample the sender's stack now and then.
 * Programs of several functions count in the place of FN_OTHER, so the adds are atomic.
 */
static __always_inline void hook_csds_count(void *ctx, __u32 row, __u32 cpu, __u32 n, __u32 e)
{
	struct hot_row *hot = hot_row(TABLE_FN, row, cpu, e);
	struct fn_bank *fn = hot ? NULL : fn_bank(TABLE_FN, row, cpu, e);
	__u64 before = 0;

	if (hot)
		before = count_atomic(&hot->count, n);
	else if (fn)
		before = count_atomic(&fn->count, n);
	if (by_key_sends(by_key)) {
		fn = fn_bank(TABLE_BY, by_sender_row(), cpu, e);
		if (fn)
			count_atomic(&fn->count, n);
	}
	if (sample_due_among(before, n) && sample_wanted(row, cpu, before, e))
		sample_take(ctx, row, before + n, e);
}

/* Count a csd from @src, this CPU, to @dst. */
static __always_inline void hook_edge_count(struct hook_bank *bank, __u32 src, __u32 dst, __u32 e)
{
	__u32 place;
	struct edge_rec *edge = edge_claim(src, dst, &place);

	count_atomic(edge ? &edge->count[e & 1] : &bank->edges_other, 1);
}

static __always_inline void hook_local_count(__u64 func, const void *site, __u32 cpu, __u32 e)
{
	struct hook_bank *bank = hook_bank(cpu, e);

	if (!bank)
		return;
	count_atomic(&bank->local, 1);
	row_count_local(TABLE_FN, hook_row(func, site), cpu, e);
}

/* Begin the call @made, which is over when the kernel's function returns. */
static __always_inline void hook_begin(const struct hook_call *made, struct hook_bank *bank,
				       __u32 e)
{
	struct hook_call *call;

	count_atomic(&bank->begun, 1);
	call = hook_call_claim(made->key, bank, e);
	if (!call)
		return;
	call->row = made->row;
	call->epoch = e;
	call->targets = made->targets;
	call->dst = made->dst;
	call->wait_in = made->wait_in;
	if (stall_threshold_ns)
		hook_watch(call, made);
	/* The clock is read last, so that the sender's time has no time of this program. */
	call->begun = bpf_ktime_get_ns();
	store_release(&call->key, made->key);
}

/*
 * End the call of @key, which returns @ret at @now; *@over gets the call. Returns the bank to count
 * in; NULL: the call was not seen to begin, or was refused. @ctx: the program's context.
 */
static __always_inline struct hook_bank *hook_end(void *ctx, __u64 key, long ret, __u64 now,
						  struct hook_call *over, __u32 e)
{
	struct hook_call *call = hook_call_find(key);
	__u32 cpu = bpf_get_smp_processor_id();
	struct hook_bank *bank = hook_bank(cpu, e);

	if (!call || !bank)
		return NULL;
	*over = *call;
	hook_call_leave(call, bank, e);
	count_atomic(&bank->returned, 1);
	if (ret < 0) {
		count_atomic(&bank->refused, 1);
		hook_unsent(over->dst);
		return NULL;
	}
	if (over->wait_in) {
		/* At least 1: to row_add_call() 0 means that the wait is not known. */
		__u64 ns = now > over->begun ? now - over->begun : 1;
		const struct worst_call worst = {
			.begun = over->begun,
			.csds = over->targets,
			.src = cpu,
			.last = over->targets == 1 ? over->dst : LAST_UNKNOWN,
		};

		hist_add_shared(&bank->wait, ns, hist_slot(ns));
		row_add_call(TABLE_FN, over->row, &worst, ns, e);
		/* The task that runs now is the sender: the call returns to it. */
		if (by_key_sends(by_key))
			row_add_call(TABLE_BY, by_sender_row(), &worst, ns, e);
		hook_report_wait(ctx, over, now);
	}
	return bank;
}

/* Begin a call to one CPU, @dst. */
static __always_inline void one_begin(__u64 key, __u64 func, const void *site, __u32 dst,
				      enum wait_in wait_in)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch;
	struct hook_bank *bank = hook_bank(cpu, e);
	struct hook_call made = {
		.key = key, .func = func, .src = cpu, .targets = 1, .dst = dst, .wait_in = wait_in
	};

	if (!e || !bank || !admitted(cpu, dst, func))
		return;
	if (dst == cpu) {
		hook_local_count(func, site, cpu, e);
		return;
	}
	made.row = hook_row(func, site);
	hook_sent_now(dst);
	hook_begin(&made, bank, e);
}

static __always_inline void one_end(void *ctx, __u64 key, long ret)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch;
	struct hook_bank *bank;
	struct hook_call over;

	if (!e)
		return;
	bank = hook_end(ctx, key, ret, now, &over, e);
	if (!bank)
		return;
	hook_edge_count(bank, cpu, over.dst, e);
	hook_csds_count(ctx, over.row, cpu, 1, e);
}

/* The walk through the CPUs of a mask. */
struct hook_walk {
	const __u64 *mask;
	struct hook_bank *bank;
	__u64 word; /* the mask's word with the current CPU; only CPUs that are online */
	__u64 func;
	__u32 cpu; /* the sender: the CPU on which this program runs */
	__u32 e;
	__u64 begun; /* when the call began, for hook_sent(); 0 with has_filter */
	__u32 dst; /* the last target */
	__u32 targets;
	bool local; /* the sender is in the mask */
};

/*
 * Note a call to CPU @cpu if the mask has that CPU. bpf_for_each_map_elem() calls this for each
 * entry of hook_cpus.
 */
static long hook_target_next(void *map __attribute__((unused)), const __u32 *cpu,
			     void *value __attribute__((unused)), struct hook_walk *w)
{
	__u64 online = ~0ULL;
	__u32 i = *cpu;

	if (!(i & 63)) {
		bpf_probe_read_kernel(&w->word, sizeof(w->word), w->mask + i / 64);
		if (&__cpu_online_mask)
			bpf_probe_read_kernel(&online, sizeof(online),
					      (const __u64 *)&__cpu_online_mask + i / 64);
		w->word &= online;
	}
	if (!(w->word >> (i & 63) & 1))
		return 0;
	if (i == w->cpu) {
		w->local = true;
		return 0;
	}
	if (!admitted(w->cpu, i, w->func))
		return 0;
	hook_sent(i, w->begun);
	w->dst = i;
	w->targets++;
	hook_edge_count(w->bank, w->cpu, i, w->e);
	return 0;
}

/*
 * Begin a call to the CPUs of @mask. Which CPUs a condition passes over is not seen. The mask is
 * read now, because the caller may change it before the call returns.
 */
static __always_inline void many_begin(void *ctx, __u64 key, const __u64 *mask, __u64 func,
				       __u32 flags, __u64 cond)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch;
	struct hook_walk walk = {
		.bank = hook_bank(cpu, e), .mask = mask, .func = func, .cpu = cpu, .e = e
	};
	struct hook_call made = { .key = key,
				  .func = func,
				  .src = cpu,
				  .at_most = cond != 0,
				  .wait_in = flags & SCF_WAIT ? WAIT_MANY : WAIT_UNKNOWN };
	__u64 *at_most;

	if (!e || !walk.bank)
		return;
	if (!has_filter)
		walk.begun = cond ? SENT_SEVERAL : bpf_ktime_get_ns();
	/* hook_cpus has an entry for each possible CPU. */
	bpf_for_each_map_elem(&hook_cpus, hook_target_next, &walk, 0);
	/*
	 * The kernel also asks a condition about the local run. Its result is not seen: count no
	 * local run then.
	 */
	if (flags & SCF_RUN_LOCAL && walk.local && !cond && admitted(cpu, cpu, func))
		hook_local_count(func, &smp_call_function_many_cond, cpu, e);
	if (!walk.targets)
		return;
	made.row = hook_row(func, &smp_call_function_many_cond);
	made.targets = walk.targets;
	made.dst = walk.dst;
	at_most = cond ? bpf_map_lookup_elem(&hook_at_most, &made.row) : NULL;
	if (at_most)
		*at_most = 1;
	hook_csds_count(ctx, made.row, cpu, walk.targets, e);
	hook_begin(&made, walk.bank, e);
}

static __always_inline void many_end(void *ctx, __u64 key)
{
	__u64 now = bpf_ktime_get_ns();
	struct hook_call over;
	__u32 e = epoch;

	if (e)
		hook_end(ctx, key, 0, now, &over, e);
}

/*
 * Count a wake-up or an irq_work, which pass only through __smp_call_single_queue(). Other csds are
 * counted at the functions above; from 6.2 on they pass through __smp_call_single_queue(), too.
 * Nobody waits for a wake-up or an irq_work, so it counts as returned at once.
 */
static __always_inline void queue_begin(void *ctx, __u32 dst, struct __call_single_node *node)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch;
	__u32 type = BPF_CORE_READ(node, u_flags) & CSD_FLAG_TYPE_MASK;
	struct hook_bank *bank = hook_bank(cpu, e);
	__u64 func = (__u64)&sched_ttwu_pending;

	if (!e || !bank || (type != CSD_TYPE_TTWU && type != CSD_TYPE_IRQ_WORK))
		return;
	if (type == CSD_TYPE_IRQ_WORK)
		func = (__u64)BPF_CORE_READ((struct irq_work *)node, func);
	if (!admitted(cpu, dst, func))
		return;
	count_atomic(&bank->begun, 1);
	count_atomic(&bank->returned, 1);
	hook_sent_now(dst);
	hook_edge_count(bank, cpu, dst, e);
	hook_csds_count(ctx, hook_row(func, &__smp_call_single_queue), cpu, 1, e);
}

#endif /* IPITRACE_BPF_HOOK_CALLS_BPF_H */
