/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts without a csd, reschedules and irq_works, by who sends them: in rows of TABLE_FN
 * (abi/table.h), with samples of the sender as for csds; and in rows of TABLE_BY.
 */
#ifndef IPITRACE_BPF_SENDS_BPF_H
#define IPITRACE_BPF_SENDS_BPF_H

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

#endif /* IPITRACE_BPF_SENDS_BPF_H */
