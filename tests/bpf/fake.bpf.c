// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel memory for made-up csds: a map that the test writes from user space,
 * and the map's address in the kernel, so that the programs under test read
 * flags and lists as they read those of a real csd.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "fake.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fake_memory);
} memory SEC(".maps");

SEC("raw_tp")
int address(void *ctx)
{
	__u32 zero = 0;
	struct fake_memory *m = bpf_map_lookup_elem(&memory, &zero);

	(void)ctx;
	if (!m)
		return 0;
	m->address = (__u64)m;
	m->task = bpf_get_current_task();
	m->regs = bpf_task_pt_regs(bpf_get_current_task_btf());
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
