/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The same entries and returns by kprobes and kretprobes, for kernels that take no fentry
 * programs: arm64 before 6.4 has no direct calls from ftrace (2aa6ac03516d). A call's key is
 * where its caller's stack ends: the same at entry and return, and no other call has it
 * meanwhile.
 */
#ifndef IPITRACE_BPF_HOOK_PROBES_BPF_H
#define IPITRACE_BPF_HOOK_PROBES_BPF_H

#include "bpf/hook_calls.bpf.h"
#include "bpf/kernel.bpf.h"
#include <bpf/bpf_tracing.h>

/* On x86 the return address is on the stack at the entry, and gone at the return. */
#ifdef __TARGET_ARCH_x86
#define RETURN_ADDRESS sizeof(__u64)
#else
#define RETURN_ADDRESS 0
#endif

static __always_inline __u64 entry_key(const struct pt_regs *regs)
{
	return PT_REGS_SP(regs) + RETURN_ADDRESS;
}

static __always_inline __u64 return_key(const struct pt_regs *regs)
{
	return PT_REGS_SP(regs);
}

SEC("kprobe/smp_call_function_single")
int probe_single(struct pt_regs *ctx)
{
	one_begin(entry_key(ctx), PT_REGS_PARM2(ctx), &smp_call_function_single, PT_REGS_PARM1(ctx),
		  (__u8)PT_REGS_PARM4(ctx) ? WAIT_SINGLE : WAIT_UNKNOWN);
	return 0;
}

SEC("kretprobe/smp_call_function_single")
int probe_single_end(struct pt_regs *ctx)
{
	one_end(ctx, return_key(ctx), (int)PT_REGS_RC(ctx));
	return 0;
}

SEC("kprobe/smp_call_function_single_async")
int probe_async(struct pt_regs *ctx)
{
	struct __call_single_data *csd = (void *)PT_REGS_PARM2(ctx);

	one_begin(entry_key(ctx), (__u64)BPF_CORE_READ(csd, func), &smp_call_function_single_async,
		  PT_REGS_PARM1(ctx), WAIT_UNKNOWN);
	return 0;
}

SEC("kretprobe/smp_call_function_single_async")
int probe_async_end(struct pt_regs *ctx)
{
	one_end(ctx, return_key(ctx), (int)PT_REGS_RC(ctx));
	return 0;
}

SEC("kprobe/smp_call_function_many_cond")
int probe_many(struct pt_regs *ctx)
{
	many_begin(ctx, entry_key(ctx), (const __u64 *)PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
		   PT_REGS_PARM4(ctx), PT_REGS_PARM5(ctx));
	return 0;
}

SEC("kretprobe/smp_call_function_many_cond")
int probe_many_end(struct pt_regs *ctx)
{
	many_end(ctx, return_key(ctx));
	return 0;
}

SEC("kprobe/__smp_call_single_queue")
int probe_queue(struct pt_regs *ctx)
{
	queue_begin(ctx, PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx));
	return 0;
}

#endif /* IPITRACE_BPF_HOOK_PROBES_BPF_H */
