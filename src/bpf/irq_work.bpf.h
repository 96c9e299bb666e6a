/* SPDX-License-Identifier: GPL-2.0 */
/*
 * irq_works queued to another CPU: a queue event, but nothing fires when
 * they run. The work tells: its PENDING bit is set from before the queue
 * event (irq_work_claim()) until just before its function is called
 * (irq_work_single(); 6.12 kernel/irq_work.c). They are looked at when the
 * same work is queued again, when their box is full, and by sweep() at each
 * cut.
 */
#ifndef IPITRACE_BPF_IRQ_WORK_BPF_H
#define IPITRACE_BPF_IRQ_WORK_BPF_H

#include "abi/cpu.h"
#include "abi/mailbox.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/mailbox.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/records.bpf.h"

static __always_inline bool irq_work_pending(__u64 work)
{
	return csd_cast(work)->node.u_flags & IRQ_WORK_PENDING;
}

/* @slot's work (it is at @at) has run: count it under the CPU that it was queued to. */
static __always_inline void irq_work_matched(struct slot *slot, __u32 at, __u64 work, __u32 e)
{
	struct cpu_rec *rec = cpu_rec(slot->dst);
	struct record_place place = {};
	bool ours;

	if (keep_csds)
		record_begin(&place, at, slot->dst);
	ours = slot_leave(slot, work, nr_cpus, e);
	if (ours && rec)
		count_atomic(&cpu_bank(rec, e)->irq_work, 1);
	if (keep_csds)
		record_end(&place, ours);
}

/* @work is being queued, so what we have of it has run. */
static __always_inline void irq_work_settle(__u64 work, __u32 e)
{
	__u32 at = box_find_far(nr_cpus, work, OLDEST);
	struct slot *slot = slot_at(at);

	if (slot)
		irq_work_matched(slot, at, work, e);
}

/* Look at the work in slot @at, if there is one of @e or before. */
__noinline int irq_work_look(__u32 at, __u32 e)
{
	struct slot *slot = slot_at(at);
	__u64 work;

	if (!slot)
		return 0;
	work = *(volatile __u64 *)&slot->csd;
	if (work <= SLOT_TAKEN || slot->epoch > e)
		return 0;
	if (!irq_work_pending(work) || past_horizon(slot->dst, slot))
		irq_work_matched(slot, at, work, e);
	return 0;
}

struct reap {
	__u32 hash;
	__u32 e;
};

static long reap_next(__u32 i, struct reap *r)
{
	irq_work_look(box_at(nr_cpus, r->hash, i), r->e);
	return 0;
}

/* Make room where @work would go. */
static __always_inline void irq_work_reap(__u64 work, __u32 e)
{
	struct reap r = { .hash = hash64(work), .e = e };

	bpf_loop(MAILBOX_PROBES, reap_next, &r, 0);
}

#endif /* IPITRACE_BPF_IRQ_WORK_BPF_H */
