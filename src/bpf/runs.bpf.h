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
#include "bpf/tables.bpf.h"

/* @func begins without an IPI: SCF_RUN_LOCAL, or a single call to the own CPU. */
static __always_inline void run_local(struct cpu_rec *rec, __u32 cpu, __u64 func, __u32 e)
{
	struct fn_bank *fn;

	frame_push(rec, func, 0, NULL, 0, e);
	call_seal(cpu);
	if (!admitted(cpu, cpu, func))
		return;
	cpu_bank(rec, e)->local++;
	fn = fn_bank(TABLE_FN, fn_row(TABLE_FN, func, 0), cpu, e);
	if (fn)
		count_atomic(&fn->local, 1);
	fn = by_key == BY_SENDER || by_key == BY_CGROUP ?
		     fn_bank(TABLE_BY, by_sender_row(), cpu, e) :
		     NULL;
	if (fn)
		count_atomic(&fn->local, 1);
}

/* The function in @frame, which was queued by an IPI, ended at @now: count its handler time. */
static __always_inline void run_ended(struct cpu_rec *rec, __u32 cpu, const struct frame *frame,
				      __u64 now, __u32 e)
{
	__u64 ns = now - frame->start;
	__u32 bin = hist_slot(ns);
	struct fn_bank *fn;

	hist_add_cpu(&cpu_bank(rec, e)->handler, ns, bin);
	fn = fn_bank(TABLE_FN, frame->row, cpu, e);
	if (fn)
		hist_add_row(&fn->handler, ns, bin);
	fn = by_key != BY_NONE ? fn_bank(TABLE_BY, frame->by, cpu, e) : NULL;
	if (fn)
		hist_add_row(&fn->handler, ns, bin);
}

#endif /* IPITRACE_BPF_RUNS_BPF_H */
