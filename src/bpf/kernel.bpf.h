/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's types, the BPF helpers, and reads of the kernel's structures: csds, stacks. */
#ifndef IPITRACE_BPF_KERNEL_BPF_H
#define IPITRACE_BPF_KERNEL_BPF_H

#include "vmlinux.h"
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "abi/limits.h"

/* A kfunc since 6.2; the ipi tracepoints came with 6.4, the csd ones with 6.5. */
extern void *bpf_rdonly_cast(void *obj, __u32 btf_id) __ksym;

static __always_inline struct __call_single_data *csd_cast(__u64 csd)
{
	return bpf_rdonly_cast((void *)csd, bpf_core_type_id_kernel(struct __call_single_data));
}

/* CSD_TYPE_* */
static __always_inline __u8 csd_type(__u64 csd)
{
	return csd_cast(csd)->node.u_flags & CSD_FLAG_TYPE_MASK;
}

/* Copy the kernel's stack, innermost frame first. Returns how many frames there are. */
static __always_inline __u32 stack_take(void *ctx, __u64 stack[STACK_DEPTH])
{
	long size = bpf_get_stack(ctx, stack, STACK_DEPTH * sizeof(*stack), 0);

	return size > 0 ? size / sizeof(*stack) : 0;
}

/*
 * Loops whose body the verifier walks through once: by bpf_loop(), which came with 5.17, or
 * in an object for older kernels (FOR_OLD_KERNELS) by a walk over a map, which came with
 * 5.13 (bpf_for_each_map_elem()).
 */

/* LOOP_BODY() follows the body of a loop, `long body(__u32 i, type *ctx)`: not 0 ends the loop. */
#ifdef FOR_OLD_KERNELS
#define LOOP_MOST 1024

/* The values mean nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LOOP_MOST);
	__type(key, __u32);
	__type(value, __u32);
} loop_turns SEC(".maps");

#define LOOP_BODY(body, type)                                                      \
	static long body##_turn(void *map __attribute__((unused)), const __u32 *i, \
				void *value __attribute__((unused)), type *ctx)    \
	{                                                                          \
		return body(*i, ctx);                                              \
	}
/* @n turns, but no more than LOOP_MOST; the body ends the loop if @n is less. */
#define loop_n(n, body, ctx) bpf_for_each_map_elem(&loop_turns, body##_turn, ctx, 0)
#else
#define LOOP_BODY(body, type)
#define loop_n(n, body, ctx) bpf_loop(n, body, ctx, 0)
#endif

#endif /* IPITRACE_BPF_KERNEL_BPF_H */
