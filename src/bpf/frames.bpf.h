/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The frames of a CPU: a stack of the functions that run now, pushed at an
 * entry event and popped at the exit event, which names only the function.
 */
#ifndef IPITRACE_BPF_FRAMES_BPF_H
#define IPITRACE_BPF_FRAMES_BPF_H

#include "bpf/delivery.bpf.h"

/* Count the unseen exit of the frame at @depth of @cpu. Out of line: the verifier walks it once. */
__noinline int frame_lost(__u32 cpu, __u32 depth, __u32 e)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	const struct frame *frame;

	if (!rec)
		return 0;
	frame = &rec->frames[depth & (FRAMES - 1)];
	if (frame->row == FN_NONE)
		return 0;
	cpu_bank(rec, e)->exit_unseen++;
	unseen_count(cpu_bank(rec, e), frame->call ?: frame->start, frame->call);
	if (frame->part)
		part_end(frame, 0);
	if (frame->call)
		call_lost(frame->src, frame->call, frame->part);
	return 0;
}

/*
 * Push a frame for @func, which begins. @t: its csd; NULL if its handler time is not counted. The
 * depth is published last: a watcher on another CPU reads all frames below the depth.
 */
static __always_inline void frame_push(struct cpu_rec *rec, __u32 cpu, __u64 func, __u64 csd,
				       const struct taken *t, __u64 now, __u32 e)
{
	struct frame *frame = &rec->frames[rec->depth & (FRAMES - 1)];

	/* If all frames are in use, the new frame takes the place of the oldest. */
	if (rec->depth >= FRAMES)
		frame_lost(cpu, rec->depth, e);
	/* arm64: a watcher that sees this frame must also see the depth that frame_pop() set. */
	if (stall_threshold_ns)
		store_release(&rec->depth, rec->depth);
	frame->start = now;
	frame->func = func;
	frame->row = t ? t->row : FN_NONE;
	if (t) {
		frame->by = t->by;
		frame->call = t->call;
		frame->part = t->part;
		frame->src = t->src;
		frame->slept = 0;
	}
	if (t && steal_clocks)
		frame->stolen = t->stolen;
	if (t && stall_threshold_ns) {
		frame->csd = csd;
		frame->queued = t->queued;
	}
	store_release(&rec->depth, rec->depth + 1);
}

/* Count the unseen exits of the frames at the depths @from to @to - 1. */
__noinline int frames_lost(__u32 cpu, __u32 from, __u32 to, __u32 e)
{
	int i;

	for (i = 0; i < FRAMES && from < to; i++, from++) {
		frame_lost(cpu, from, e);
		if (keep_csds() && e)
			record_abandon(cpu, from);
	}
	return 0;
}

/*
 * Returns the frame that an exit of @func ends: the topmost frame of that function. The exits of
 * the frames above it were not seen. NULL: the entry was not seen.
 */
static __always_inline struct frame *frame_pop(struct cpu_rec *rec, __u32 cpu, __u64 func, __u32 e)
{
	__u32 depth = rec->depth, top = depth;
	int i;

	for (i = 0; i < FRAMES && depth; i++) {
		struct frame *frame = &rec->frames[--depth & (FRAMES - 1)];

		if (frame->func != func)
			continue;
		rec->depth = depth;
		if (depth + 1 != top)
			frames_lost(cpu, depth + 1, top, e);
		return frame;
	}
	return NULL;
}

/*
 * Count a run of @func without an IPI, and push its frame: the sender's own run in a call to many
 * CPUs (SCF_RUN_LOCAL), or a call to the sender's own CPU. A local run is counted at its entry, any
 * other run at its exit.
 */
static __always_inline void run_local(struct cpu_rec *rec, __u32 cpu, __u64 func, __u32 e)
{
	/* A local run has no csd, and its time is not measured. */
	frame_push(rec, cpu, func, 0, NULL, 0, e);
	call_ran_locally(cpu, func);
	if (!admitted(cpu, cpu, func))
		return;
	cpu_bank(rec, e)->local++;
	if (keep_sums)
		row_count_local(TABLE_FN, fn_row(TABLE_FN, func, 0), cpu, e);
	if (by_key_sends(by_key))
		row_count_local(TABLE_BY, by_sender_row(), cpu, e);
}

/*
 * The function in @frame, which was queued by an IPI, ended at @now: count its handler time, and
 * what was @stolen of it.
 */
static __always_inline void run_ended(struct cpu_rec *rec, __u32 cpu, const struct frame *frame,
				      __u64 now, __u64 stolen, __u32 e)
{
	__u64 ns = now - frame->start;
	__u32 bin = hist_slot(ns);

	if (!row_add(TABLE_FN, frame->row, ROW_HANDLER, cpu, ns, bin, e))
		hist_add(&cpu_bank(rec, e)->handler, ns, bin);
	if (by_key != BY_NONE)
		row_add(TABLE_BY, frame->by, ROW_HANDLER, cpu, ns, bin, e);
	if (steal_clocks && stolen)
		stolen_add(cpu_bank(rec, e), frame->row, frame->by, ROW_HANDLER, stolen,
			   !frame->stolen, e);
}

#endif /* IPITRACE_BPF_FRAMES_BPF_H */
