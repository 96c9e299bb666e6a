/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's types, the BPF helpers, and what the kernel's structures say: csds, stacks. */
#ifndef IPITRACE_BPF_KERNEL_BPF_H
#define IPITRACE_BPF_KERNEL_BPF_H

#include "vmlinux.h"
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "abi/limits.h"

/* csd and ipi tracepoints came with 6.5 and 6.4; these kfuncs with 6.2. */
extern void *bpf_rdonly_cast(void *obj, __u32 btf_id) __ksym;

static __always_inline struct __call_single_data *csd_cast(__u64 csd)
{
	return bpf_rdonly_cast((void *)csd, bpf_core_type_id_kernel(struct __call_single_data));
}

static __always_inline __u8 csd_type(__u64 csd)
{
	return csd_cast(csd)->node.u_flags & CSD_FLAG_TYPE_MASK;
}

/* The kernel's stack here, from the inside: how many frames there are. */
static __always_inline __u32 stack_take(void *ctx, __u64 stack[STACK_DEPTH])
{
	long size = bpf_get_stack(ctx, stack, STACK_DEPTH * sizeof(*stack), 0);

	return size > 0 ? size / sizeof(*stack) : 0;
}

#endif /* IPITRACE_BPF_KERNEL_BPF_H */
