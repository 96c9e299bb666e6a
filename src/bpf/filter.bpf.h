/* SPDX-License-Identifier: GPL-2.0 */
/* What -c and -f let through; without them nothing of this is left. */
#ifndef IPITRACE_FILTER_BPF_H
#define IPITRACE_FILTER_BPF_H

static __always_inline bool cpu_admitted(__u32 cpu)
{
	return cpu < MAX_CPUS && (cpu_filter[(cpu / 64) & (CPU_WORDS - 1)] >> (cpu % 64) & 1);
}

static __always_inline bool admitted(__u32 src, __u32 dst, __u64 func)
{
	if (filter_cpus && !cpu_admitted(src) && !cpu_admitted(dst))
		return false;
	if (filter_funcs && !bpf_map_lookup_elem(&func_filter, &func))
		return false;
	return true;
}

#endif /* IPITRACE_FILTER_BPF_H */
