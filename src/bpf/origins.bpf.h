/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who queued what lies in a slot: one origin for each slot, at the same
 * index. Only where user space wants it: the task's name alone costs as much
 * as a second look at the clock.
 */
#ifndef IPITRACE_ORIGINS_BPF_H
#define IPITRACE_ORIGINS_BPF_H

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

#endif /* IPITRACE_ORIGINS_BPF_H */
