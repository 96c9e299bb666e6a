/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TTWU batches. All wake-ups of a flush are one entry and exit, with the csd of
 * the first (sched_ttwu_pending(), 6.12 kernel/smp.c:566). The list is private
 * until that function walks it, so the entry program can walk the list too.
 */
#ifndef IPITRACE_BPF_BATCH_BPF_H
#define IPITRACE_BPF_BATCH_BPF_H

#include "abi/cpu.h"
#include "bpf/delivery.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"

/* More than a list can hold: one csd for each task. */
#define BATCH_MAX (1 << 22)

struct batch {
	__u64 csd; /* the last one taken */
	__u64 now;
	__u32 cpu;
	__u32 e;
};

static long batch_next(__u32 i __attribute__((unused)), struct batch *b)
{
	struct cpu_rec *rec = cpu_rec(b->cpu);

	if (!rec)
		return 1;
	/* A store to a map and a load from it turn the kernel pointer into a scalar. */
	*(volatile __u64 *)&rec->next = (__u64)csd_cast(b->csd)->node.llist.next;
	b->csd = *(volatile __u64 *)&rec->next;
	if (!b->csd)
		return 1;
	box_take_next(b->cpu, b->csd, b->e, b->now);
	return 0;
}

/* Take the csds that follow @csd, the first, out of the box of this CPU, @cpu. */
static __always_inline void batch_take(__u32 cpu, __u64 csd, __u32 e, __u64 now)
{
	struct batch b = { .csd = csd, .now = now, .cpu = cpu, .e = e };

	bpf_loop(BATCH_MAX, batch_next, &b, 0);
}

#endif /* IPITRACE_BPF_BATCH_BPF_H */
