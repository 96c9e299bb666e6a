/* SPDX-License-Identifier: GPL-2.0 */
/* Runs of functions, counted: local runs at their entry, the others at their exit. */
#ifndef IPITRACE_BPF_RUNS_BPF_H
#define IPITRACE_BPF_RUNS_BPF_H

#include "abi/cpu.h"
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "abi/table.h"
#include "bpf/calls.bpf.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/filter.bpf.h"
#include "bpf/frames.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/rows.bpf.h"
#include "bpf/tables.bpf.h"

/* @func begins without an IPI: SCF_RUN_LOCAL, or a single call to the own CPU. */
static __always_inline void run_local(struct cpu_rec *rec, __u32 cpu, __u64 func, __u32 e)
{
	frame_push(rec, cpu, func, 0, NULL, 0, e);
	call_ran_locally(cpu, func);
	if (!admitted(cpu, cpu, func))
		return;
	cpu_bank(rec, e)->local++;
	if (keep_sums)
		row_local(TABLE_FN, fn_row(TABLE_FN, func, 0), cpu, e);
	if (by_key_sends(by_key))
		row_local(TABLE_BY, by_sender_row(), cpu, e);
}

/* The function in @frame, which was queued by an IPI, ended at @now: count its handler time. */
static __always_inline void run_ended(struct cpu_rec *rec, __u32 cpu, const struct frame *frame,
				      __u64 now, __u32 e)
{
	__u64 ns = now - frame->start;
	__u32 bin = hist_slot(ns);

	if (!row_add(TABLE_FN, frame->row, ROW_HANDLER, cpu, ns, bin, e))
		hist_add(&cpu_bank(rec, e)->handler, ns, bin);
	if (by_key != BY_NONE)
		row_add(TABLE_BY, frame->by, ROW_HANDLER, cpu, ns, bin, e);
}

#endif /* IPITRACE_BPF_RUNS_BPF_H */
