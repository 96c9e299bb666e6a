/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two maps that every part uses. Each other map stands with the part that
 * owns it. User space sets max_entries before load, so 1 is a placeholder.
 */
#ifndef IPITRACE_BPF_MAPS_BPF_H
#define IPITRACE_BPF_MAPS_BPF_H

#include "abi/cpu.h"
#include "abi/mailbox.h"
#include "bpf/kernel.bpf.h"

/* By CPU; the entry behind the last CPU belongs to the irq_works' box. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_rec);
} cpus SEC(".maps");

/* The mailboxes: mailbox_slots for each CPU, then irq_work_slots. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

/* In place of a slot's index: there is none. */
#define NO_SLOT 0xffffffffU

static __always_inline struct cpu_rec *cpu_rec(__u32 cpu)
{
	return bpf_map_lookup_elem(&cpus, &cpu);
}

/* The bank of epoch @e. */
static __always_inline struct cpu_bank *cpu_bank(struct cpu_rec *rec, __u32 e)
{
	return &rec->bank[e & 1];
}

static __always_inline struct slot *slot_at(__u32 i)
{
	return bpf_map_lookup_elem(&slots, &i);
}

#endif /* IPITRACE_BPF_MAPS_BPF_H */
