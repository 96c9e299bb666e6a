// SPDX-License-Identifier: GPL-2.0
/*
 * The second source, for kernels without csd tracepoints (before 6.5): an object of its
 * own. Programs at the entries and returns of kernel/smp.c's functions see each call: by
 * fentry and fexit, or where these do not load by kprobes (hook_probes.bpf.h). Programs at
 * the vectors see the interrupts that arrive (hook_irqs.bpf.h).
 *
 * Loads from 5.13 on: without bpf_loop(), of 5.17. When a csd's function runs on a target is
 * not seen; how long functions run is seen where programs can be attached to them (from
 * 5.15 on: hook_irqs.bpf.h).
 */
#define FOR_OLD_KERNELS
#include "bpf/events.bpf.h"
#include "bpf/hook_calls.bpf.h"
#include "bpf/hook_irqs.bpf.h"
#include "bpf/hook_probes.bpf.h"
#include "bpf/kernel.bpf.h"

/*
 * A call's key: the context of these programs lies in the frame of the call on its task's
 * stack. The verifier lets nobody compute with a context's address: copy it.
 */
static __always_inline __u64 hook_key(void *ctx)
{
	void *address = ctx;
	__u64 key = 0;

	bpf_probe_read_kernel(&key, sizeof(key), &address);
	return key;
}

/* An argument that is a pointer to a function, or to a mask: the verifier (6.12) refuses loads of these. */
static __always_inline __u64 pointer(const __u64 *arg)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), arg);
	return value;
}

/* Arguments: cpu, func, info, wait, which is a bool in 7.3; then the result. */
SEC("fentry/smp_call_function_single")
int hook_single(__u64 *ctx)
{
	one_begin(hook_key(ctx), pointer(&ctx[1]), &smp_call_function_single, ctx[0],
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
	many_begin(ctx, hook_key(ctx), (const __u64 *)pointer(&ctx[0]), pointer(&ctx[1]), ctx[3],
		   pointer(&ctx[4]));
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

char LICENSE[] SEC("license") = "GPL";
