/* SPDX-License-Identifier: GPL-2.0 */
/* The filters that the options set. Without options the verifier removes all of this. */
#ifndef IPITRACE_BPF_FILTER_BPF_H
#define IPITRACE_BPF_FILTER_BPF_H

#include "abi/limits.h"
#include "bpf/config.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/task.bpf.h"

/* The functions that pass, by address; read where filter_funcs is set. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u8);
} func_filter SEC(".maps");

static __always_inline bool has_cpu(const volatile __u64 *set, __u32 cpu)
{
	return cpu < MAX_CPUS && (set[(cpu / 64) & (CPU_WORDS - 1)] >> (cpu % 64) & 1);
}

/* Whether the sender passes: its CPU @src, and its task, which runs now. */
static __always_inline bool sender_admitted(__u32 src)
{
	if (filter_src && !has_cpu(src_filter, src))
		return false;
	return !filter_tgid || (current_tgid() == filter_tgid && !in_interrupt());
}

/* Whether a csd or an interrupt passes all filters. For the sender, as the event happens. */
static __always_inline bool admitted(__u32 src, __u32 dst, __u64 func)
{
	if (filter_cpus && !has_cpu(cpu_filter, src) && !has_cpu(cpu_filter, dst))
		return false;
	if (filter_dst && !has_cpu(dst_filter, dst))
		return false;
	if (filter_funcs && !bpf_map_lookup_elem(&func_filter, &func))
		return false;
	return sender_admitted(src);
}

#endif /* IPITRACE_BPF_FILTER_BPF_H */
