/* SPDX-License-Identifier: GPL-2.0 */
/*
 * irq_works queued to another CPU have a queue event, but no event when they
 * run. ipitrace learns that a work ran from its PENDING flag, which is set from
 * before the queue event (irq_work_claim()) until just before the work's
 * function is called (irq_work_single(); 6.12 kernel/irq_work.c). The flag is
 * checked when the same work is queued again, when the irq_works' box is full,
 * and by sweep() at each cut.
 */
#ifndef IPITRACE_BPF_IRQ_WORK_BPF_H
#define IPITRACE_BPF_IRQ_WORK_BPF_H

#include "bpf/mailbox.bpf.h"
#include "bpf/records.bpf.h"

static __always_inline bool irq_work_pending(__u64 work)
{
	return csd_cast(work)->node.u_flags & IRQ_WORK_PENDING;
}

/* The work in slot @at has run: count it with the CPU to which it was queued. */
static __always_inline void irq_work_ran(struct slot *slot, __u32 at, __u64 work, __u32 e)
{
	struct cpu_rec *rec = cpu_rec(slot->dst);
	struct record_place place = {};
	bool ours;

	if (keep_csds())
		record_irq_work_begin(&place, at, slot->dst);
	ours = slot_leave(slot, at, work, SLOT_FREE, nr_cpus, e);
	if (ours && rec)
		count_atomic(&cpu_bank(rec, e)->irq_work, 1);
	if (keep_csds())
		record_irq_work_end(&place, ours);
}

/* Count @work as run if it is in the box: a work that is being queued again has run. */
static __always_inline void irq_work_settle(__u64 work, __u32 e)
{
	__u32 at = box_find_far(nr_cpus, work, OLDEST);
	struct slot *slot = slot_at(at);

	if (slot)
		irq_work_ran(slot, at, work, e);
}

/* Free slot @at if its work, queued in epoch @e or before, has run. */
__noinline int irq_work_check(__u32 at, __u32 e)
{
	struct slot *slot = slot_at(at);
	__u64 work;

	if (!slot)
		return 0;
	work = *(volatile __u64 *)&slot->csd;
	if (!slot_has_csd(work))
		return 0;
	/*
	 * Read the slot's work again by an atomic operation: after a plain read, arm64 may do the
	 * reads below first.
	 */
	work = __sync_fetch_and_add(&slot->csd, 0);
	if (!slot_has_csd(work) || slot->epoch > e)
		return 0;
	if (!irq_work_pending(work) || horizon_passed(slot->dst, slot))
		irq_work_ran(slot, at, work, e);
	return 0;
}

struct reap {
	__u32 home;
	__u32 e;
};

static long reap_next(__u32 i, struct reap *r)
{
	irq_work_check(irq_work_probe(r->home, i), r->e);
	return 0;
}

/* Make room for @work: free the slots, from its home on, whose works have run. */
static __always_inline void irq_work_reap(__u64 work, __u32 e)
{
	struct reap r = { .home = csd_home(work), .e = e };

	bpf_loop(MAILBOX_PROBES, reap_next, &r, 0);
}

static long irq_work_sweep_next(__u32 i, __u32 *e)
{
	irq_work_check(nr_cpus * mailbox_slots + i, *e);
	return 0;
}

/* Free the slots of all works of epoch @e or before that have run. */
static __always_inline void irq_work_sweep(__u32 e)
{
	bpf_loop(irq_work_slots, irq_work_sweep_next, &e, 0);
}

#endif /* IPITRACE_BPF_IRQ_WORK_BPF_H */
