/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Origins: who queued each csd. Reading the task's name costs as much as a second
 * clock read, so origins are kept only where user space asks for them.
 */
#ifndef IPITRACE_BPF_ORIGINS_BPF_H
#define IPITRACE_BPF_ORIGINS_BPF_H

#include "abi/record.h"
#include "bpf/config.bpf.h"

/* The origin of the csd in the slot of the same index. */
MAPPED_ARRAY(origins, struct origin, 1);

/* The origins of the csds that run now: FRAMES for each CPU, like its frames. */
MAPPED_ARRAY(frame_origins, struct origin, FRAMES);

/* The stacks of origins and records, by hash; filled where keep_stacks is set. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__uint(value_size, STACK_DEPTH * sizeof(__u64));
} stacks SEC(".maps");

#define EEXIST 17 /* include/uapi/asm-generic/errno-base.h */

/*
 * Keep the kernel's stack, and return its index in `stacks`, or NO_STACK. Of two stacks with one
 * hash the map keeps the first; the stack without its first frame, which is that of this program,
 * has another hash.
 */
static __always_inline __s32 stack_keep(void *ctx)
{
	long at;

	if (!keep_stacks)
		return NO_STACK;
	at = bpf_get_stackid(ctx, &stacks, 0);
	if (at == -EEXIST)
		at = bpf_get_stackid(ctx, &stacks, 1);
	return at < 0 ? NO_STACK : at;
}

/* Fill the origin of slot @at, which this program has claimed and not published yet. */
static __always_inline void origin_put(void *ctx, __u32 at, __u64 func, __u64 callsite)
{
	struct origin *origin = bpf_map_lookup_elem(&origins, &at);
	__u64 id = bpf_get_current_pid_tgid();

	if (!origin)
		return;
	origin->func = func;
	origin->callsite = callsite;
	origin->stack = stack_keep(ctx);
	origin->interrupt = in_interrupt();
	origin->pid = id;
	origin->tgid = id >> 32;
	if (stall_threshold_ns)
		origin->task = bpf_get_current_task();
	if (!stall_threshold_ns || record_kinds)
		bpf_get_current_comm(origin->comm, sizeof(origin->comm));
}

/* Note that the csd in slot @at belongs to the call @number of its sender; 0: to no call. */
static __always_inline void origin_set_call(__u32 at, __u64 number)
{
	struct origin *origin = bpf_map_lookup_elem(&origins, &at);

	if (origin)
		origin->call = number;
}

/* Returns the index of the frame at @depth of @cpu in the maps that have FRAMES entries a CPU. */
static __always_inline __u32 frame_index(__u32 cpu, __u32 depth)
{
	return cpu * FRAMES + (depth & (FRAMES - 1));
}

static __always_inline struct origin *frame_origin(__u32 cpu, __u32 depth)
{
	__u32 at = frame_index(cpu, depth);

	return bpf_map_lookup_elem(&frame_origins, &at);
}

/* Copy the origin of slot @at, about to be freed, to the frame in which its csd runs next. */
static __always_inline void origin_keep(__u32 cpu, __u32 depth, __u32 at)
{
	struct origin *to = frame_origin(cpu, depth);
	struct origin *from = bpf_map_lookup_elem(&origins, &at);

	if (to && from)
		*to = *from;
}

#endif /* IPITRACE_BPF_ORIGINS_BPF_H */
