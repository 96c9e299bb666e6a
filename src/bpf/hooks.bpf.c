// SPDX-License-Identifier: GPL-2.0
/*
 * The second source, for kernels without csd tracepoints (before 6.5): an object of its
 * own. Programs at the entries and returns of kernel/smp.c's functions see each call: by
 * fentry and fexit, or by kprobes where the kernel does not load fentry programs. Programs at
 * the vectors see the interrupts that arrive (hook_irqs.bpf.h).
 *
 * The object loads from 5.13 on: it has no bpf_loop(), which came with 5.17, and no
 * kfuncs, such as bpf_rdonly_cast() of 6.2. It does not see when a csd's function runs on a target.
 */
#define FOR_OLD_KERNELS
/* Kernels of its time have the preempt count's address. */
#define SEES_INTERRUPTS

#include "bpf/events.bpf.h"
#include "bpf/hook_calls.bpf.h"
#include "bpf/hook_irqs.bpf.h"
#include "bpf/modules.bpf.h"
#include <bpf/bpf_tracing.h>

/*
 * Returns the key of a call: the address of the program's context, which lies in the frame of the
 * call on its task's stack. The verifier lets no program compute with that address, so it is
 * copied.
 */
static __always_inline __u64 hook_key(void *ctx)
{
	void *address = ctx;
	__u64 key = 0;

	bpf_probe_read_kernel(&key, sizeof(key), &address);
	return key;
}

/*
 * Read an argument that points to a function or to a mask: the verifier (6.12) refuses to load it
 * directly.
 */
static __always_inline __u64 read_pointer(const __u64 *arg)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), arg);
	return value;
}

/* Arguments: cpu, func, info, wait, which is a bool in 7.3; then the result. */
SEC("fentry/smp_call_function_single")
int hook_single(__u64 *ctx)
{
	one_begin(hook_key(ctx), read_pointer(&ctx[1]), &smp_call_function_single, ctx[0],
		  (__u8)ctx[3] ? WAIT_SINGLE : WAIT_UNKNOWN);
	return 0;
}

SEC("fexit/smp_call_function_single")
int hook_single_end(__u64 *ctx)
{
	one_end(ctx, hook_key(ctx), (int)ctx[4]);
	return 0;
}

/* Arguments: cpu, csd; then the result: -EBUSY if the csd is still queued. */
SEC("fentry/smp_call_function_single_async")
int hook_async(__u64 *ctx)
{
	struct __call_single_data *csd = (void *)ctx[1];

	one_begin(hook_key(ctx), (__u64)BPF_CORE_READ(csd, func), &smp_call_function_single_async,
		  ctx[0], WAIT_UNKNOWN);
	return 0;
}

SEC("fexit/smp_call_function_single_async")
int hook_async_end(__u64 *ctx)
{
	one_end(ctx, hook_key(ctx), (int)ctx[2]);
	return 0;
}

/* Arguments: mask, func, info, scf_flags, cond_func. */
SEC("fentry/smp_call_function_many_cond")
int hook_many(__u64 *ctx)
{
	many_begin(ctx, hook_key(ctx), (const __u64 *)read_pointer(&ctx[0]), read_pointer(&ctx[1]),
		   ctx[3], read_pointer(&ctx[4]));
	return 0;
}

SEC("fexit/smp_call_function_many_cond")
int hook_many_end(__u64 *ctx)
{
	many_end(ctx, hook_key(ctx));
	return 0;
}

/* Arguments: cpu, node. */
SEC("fentry/__smp_call_single_queue")
int hook_queue(__u64 *ctx)
{
	queue_begin(ctx, ctx[0], (void *)ctx[1]);
	return 0;
}

/*
 * The same entries and returns by kprobes and kretprobes, for kernels that take no fentry
 * programs: arm64 before 6.4 has no direct calls from ftrace (2aa6ac03516d). A call's key is
 * where its caller's stack ends: the same at entry and return, and no other call has it
 * meanwhile.
 */

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

char LICENSE[] SEC("license") = "GPL";
