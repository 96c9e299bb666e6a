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

#endif /* IPITRACE_BPF_KERNEL_BPF_H */
