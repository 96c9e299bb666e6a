/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs know: the configuration that user space sets before
 * load, the maps, and how a counter is counted.
 */
#ifndef IPITRACE_BPF_MAPS_BPF_H
#define IPITRACE_BPF_MAPS_BPF_H

#include "abi/call.h"
#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/table.h"
#include "bpf/kernel.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_rec);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct origin);
} origins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__uint(value_size, STACK_DEPTH * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct edge_rec);
} edges SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FN_ROWS);
	__type(key, __u32);
	__type(value, struct fn_key);
} fn_keys SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FN_ROWS + 1);
	__type(key, __u32);
	__type(value, struct fn_rec);
} fns SEC(".maps");

/* How many samples each bank was asked to hold; the rest was dropped. */
__u64 samples_taken[NR_BANKS] = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, NR_BANKS *SAMPLES);
	__type(key, __u32);
	__type(value, struct sample);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct call_rec);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WAITS_MIN);
	__type(key, __u32);
	__type(value, struct wait_rec);
} waits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u8);
} func_filter SEC(".maps");

static __always_inline struct cpu_rec *cpu_rec(__u32 cpu)
{
	return bpf_map_lookup_elem(&cpus, &cpu);
}

static __always_inline struct cpu_bank *cpu_bank(struct cpu_rec *rec, __u32 e)
{
	return &rec->bank[e & 1];
}

static __always_inline struct slot *slot_at(__u32 i)
{
	return bpf_map_lookup_elem(&slots, &i);
}

#endif /* IPITRACE_BPF_MAPS_BPF_H */
