/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who queued what lies in a slot: one origin for each slot, at the same
 * index. Only where user space wants it: the task's name alone costs as much
 * as a second look at the clock.
 */
#ifndef IPITRACE_BPF_ORIGINS_BPF_H
#define IPITRACE_BPF_ORIGINS_BPF_H

#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/record.h"
#include "bpf/config.bpf.h"
#include "bpf/filter.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"

/* Who queued the csd of a frame: by CPU, then as its frames. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FRAMES);
	__type(key, __u32);
	__type(value, struct origin);
} frame_origins SEC(".maps");

/* For the slot @at, which is ours and not published yet. */
static __always_inline void origin_put(void *ctx, __u32 at, __u64 func, __u64 callsite)
{
	struct origin *origin = bpf_map_lookup_elem(&origins, &at);
	__u64 id = bpf_get_current_pid_tgid();

	if (!origin)
		return;
	origin->func = func;
	origin->callsite = callsite;
	origin->stack = keep_stacks ? bpf_get_stackid(ctx, &stacks, 0) : NO_STACK;
	origin->interrupt = in_interrupt();
	if (origin->interrupt) {
		origin->pid = 0;
		origin->tgid = 0;
		origin->comm[0] = '\0';
		return;
	}
	origin->pid = id;
	origin->tgid = id >> 32;
	if (watch_ns)
		origin->task = bpf_get_current_task();
	else
		bpf_get_current_comm(origin->comm, sizeof(origin->comm));
}

static __always_inline struct origin *frame_origin(__u32 cpu, __u32 depth)
{
	__u32 at = cpu * FRAMES + (depth & (FRAMES - 1));

	return bpf_map_lookup_elem(&frame_origins, &at);
}

/* The slot @at is about to be given up: its function runs next on @cpu. */
static __always_inline void origin_keep(__u32 cpu, __u32 depth, __u32 at)
{
	struct origin *to = frame_origin(cpu, depth);
	struct origin *from = bpf_map_lookup_elem(&origins, &at);

	if (to && from)
		*to = *from;
}

#endif /* IPITRACE_BPF_ORIGINS_BPF_H */
