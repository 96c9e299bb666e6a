/* SPDX-License-Identifier: GPL-2.0 */
/* The maps that every part uses. Each other map is in the header of the part that owns it. */
#ifndef IPITRACE_BPF_MAPS_BPF_H
#define IPITRACE_BPF_MAPS_BPF_H

#include "abi/cpu.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"

/* Indexed by CPU. The entry after the last CPU belongs to the irq_works' box. */
MAPPED_ARRAY(cpus, struct cpu_rec, 1);

/* The mailboxes: mailbox_slots for each CPU, then irq_work_slots. */
MAPPED_ARRAY(slots, struct slot, 1);

/* Indexed by the CPU that sends. */
MAPPED_ARRAY(calls, struct call_rec, 1);

/* Not an index: there is no slot. */
#define NO_SLOT 0xffffffffU

static __always_inline struct cpu_rec *cpu_rec(__u32 cpu)
{
	return bpf_map_lookup_elem(&cpus, &cpu);
}

/* Returns the bank of epoch @e. */
static __always_inline struct cpu_bank *cpu_bank(struct cpu_rec *rec, __u32 e)
{
	return &rec->bank[e & 1];
}

static __always_inline struct slot *slot_at(__u32 i)
{
	return bpf_map_lookup_elem(&slots, &i);
}

static __always_inline struct call_rec *call_rec(__u32 cpu)
{
	return bpf_map_lookup_elem(&calls, &cpu);
}

#endif /* IPITRACE_BPF_MAPS_BPF_H */
