/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs that came since the beginning. User space maps the parts of CPUs that have been
 * online, and looks at each cut; a CPU may come, be counted and go between two cuts.
 * Loaded only where a possible CPU was offline at the beginning.
 */
#ifndef IPITRACE_BPF_HOTPLUGGED_BPF_H
#define IPITRACE_BPF_HOTPLUGGED_BPF_H

#include "abi/limits.h"
#include "bpf/kernel.bpf.h"

__u8 hotplugged[MAX_CPUS] = {}; /* 1: this CPU came, or is about to */

/*
 * For each step in which a CPU comes or goes: in cpuhp_invoke_callback() of kernel/cpu.c,
 * whose first steps are taken before the CPU runs (CPUHP_CREATE_THREADS and so on, in
 * 6.5 to 7.3). Arguments: cpu, target, idx, fun.
 */
SEC("?raw_tp/cpuhp_enter")
int cpu_hotplugged(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 cpu = ctx->args[0];

	if (cpu < MAX_CPUS)
		hotplugged[cpu] = 1;
	return 0;
}

#endif /* IPITRACE_BPF_HOTPLUGGED_BPF_H */
