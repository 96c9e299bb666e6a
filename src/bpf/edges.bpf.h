/* SPDX-License-Identifier: GPL-2.0 */
/*
 * csds by sender and destination: for each sender a small table by
 * destination. With up to EDGE_MAX CPUs every destination has a place; beyond
 * that the destinations first seen are kept, and the others are summed under
 * the sender.
 */
#ifndef IPITRACE_BPF_EDGES_BPF_H
#define IPITRACE_BPF_EDGES_BPF_H

#include "abi/cpu.h"
#include "abi/table.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"

#define EDGE_PROBES 8

/* edge_slots for each sender. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct edge_rec);
} edges SEC(".maps");

/* @nested: for csd_queue_twin(), which csd_queue()'s plain add may not meet. */
static __always_inline void edge_count(struct cpu_bank *bank, __u32 src, __u32 dst, bool nested,
				       __u32 e)
{
	int i;

	for (i = 0; i < EDGE_PROBES; i++) {
		__u32 at = src * edge_slots + ((dst + i) & (edge_slots - 1));
		struct edge_rec *edge = bpf_map_lookup_elem(&edges, &at);
		__u32 key;

		if (!edge)
			break;
		key = *(volatile __u32 *)&edge->dst;
		if (!key)
			key = __sync_val_compare_and_swap(&edge->dst, 0, dst + 1);
		if (!key || key == dst + 1) {
			if (nested)
				edge->nested[e & 1]++;
			else
				edge->count[e & 1]++;
			return;
		}
	}
	count_atomic(&bank->edges_other, 1);
}

#endif /* IPITRACE_BPF_EDGES_BPF_H */
