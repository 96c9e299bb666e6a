/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The frames of a CPU: a stack of the functions that run now, pushed at an
 * entry event and popped at the exit event, which names only the function.
 */
#ifndef IPITRACE_BPF_FRAMES_BPF_H
#define IPITRACE_BPF_FRAMES_BPF_H

#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/table.h"
#include "bpf/calls.bpf.h"
#include "bpf/config.bpf.h"
#include "bpf/delivery.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/parts.bpf.h"
#include "bpf/records.bpf.h"

/* The exit of the frame at @depth of @cpu was not seen. Out of line: the verifier sees it once. */
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
	if (frame->part)
		part_end(frame, 0);
	if (frame->call)
		call_lost(frame->src, frame->call, frame->part);
	return 0;
}

/*
 * @func begins. @t: its csd; NULL if its handler time is not counted. The depth is
 * published last: a watcher on another CPU reads all frames below the depth.
 */
static __always_inline void frame_push(struct cpu_rec *rec, __u32 cpu, __u64 func, __u64 csd,
				       const struct taken *t, __u64 now, __u32 e)
{
	struct frame *frame = &rec->frames[rec->depth & (FRAMES - 1)];

	/* If all frames are in use, the oldest one makes room. */
	if (rec->depth >= FRAMES)
		frame_lost(cpu, rec->depth, e);
	/* arm64: no watcher may see this frame's members before the depth that frame_pop() left. */
	if (stall_threshold_ns)
		store_release32(&rec->depth, rec->depth);
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
	if (t && stall_threshold_ns) {
		frame->csd = csd;
		frame->queued = t->queued;
	}
	store_release32(&rec->depth, rec->depth + 1);
}

/* The exits of the frames at the depths @from to @to - 1 were not seen. */
__noinline int frames_lost(__u32 cpu, __u32 from, __u32 to, __u32 e)
{
	int i;

	for (i = 0; i < FRAMES && from < to; i++, from++) {
		frame_lost(cpu, from, e);
		if (keep_csds() && e)
			record_abandon_far(cpu, from);
	}
	return 0;
}

/*
 * The frame that an exit of @func ends: the topmost of that function. The exits
 * of the frames above it were not seen. NULL: the entry was not seen.
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

#endif /* IPITRACE_BPF_FRAMES_BPF_H */
