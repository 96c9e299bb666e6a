/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts without a csd, reschedules and irq_works, by who sends them: in rows of TABLE_FN
 * (abi/table.h), with samples of the sender as for csds; and in rows of TABLE_BY.
 */
#ifndef IPITRACE_BPF_SENDS_BPF_H
#define IPITRACE_BPF_SENDS_BPF_H

#include "bpf/records.bpf.h"
#include "bpf/samples.bpf.h"

/*
 * Count an interrupt sent at @callsite. @callback: an irq_work's function; 0: a reschedule. Only
 * for ipi_send_cpu(), which does not nest in itself. If the table is full, this function counts
 * nothing: user space knows how many interrupts of the kind were sent, and therefore how many found
 * no row.
 */
static __always_inline void send_count(void *ctx, __u32 cpu, __u64 callsite, __u64 callback,
				       __u32 e)
{
	__u64 func = callback ? callback & ~SEND_BIT : SEND_RESCHEDULE;
	__u32 row = fn_row(TABLE_FN, func, callsite);
	__u64 n;

	if (row == FN_OTHER)
		return;
	/*
	 * Not in hot_rows: only one program may add to a counter there, and for `count` that is
	 * csd_queue().
	 */
	n = row_count_shared(TABLE_FN, row, cpu, e);
	if (sample_due(n) && sample_wanted(row, cpu, n, e))
		sample_take(ctx, row, n + 1, e);
}

/* Count an interrupt of @kind by sender, for --by; like send_count(), in the shared row. */
static __always_inline void send_count_by(__u32 cpu, enum ipi_kind kind, __u32 e)
{
	__u32 row = by_sender_row();
	struct fn_bank *fn = fn_bank(TABLE_BY, row, cpu, e);

	if (!fn)
		return;
	if (sample_due(__sync_fetch_and_add(
		    kind == KIND_RESCHEDULE ? &fn->reschedules : &fn->irq_works, 1)))
		by_rename(row);
}

/*
 * Count and record a reschedule or an irq_work's interrupt, which this CPU, @cpu, sends. Out of
 * line to keep the stack of ipi_send_cpu() small: a function whose stack has 64 bytes or more gets
 * a private stack (check_max_stack_depth_subprog(), 6.13), which takes time at each IPI of a csd,
 * too.
 */
__noinline int send_take(struct bpf_raw_tracepoint_args *ctx, __u32 cpu, __u32 e)
{
	__u64 dst = ctx->args[0], callsite = ctx->args[1], callback = ctx->args[2];
	enum ipi_kind kind = callback ? KIND_IRQ_WORK : KIND_RESCHEDULE;

	if (keep_sums)
		send_count(ctx, cpu, callsite, callback, e);
	if (by_key_sends(by_key))
		send_count_by(cpu, kind, e);
	if (keep_kind(kind))
		record_send(ctx, cpu, dst, callsite, callback, kind);
	return 0;
}

#endif /* IPITRACE_BPF_SENDS_BPF_H */
