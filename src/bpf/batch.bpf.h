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
#include "bpf/origins.bpf.h"
#include "bpf/stall_events.bpf.h"
#include "bpf/stalls.bpf.h"

/* More than a list can hold: one csd for each task. */
#define BATCH_MAX (1 << 22)

struct batch {
	__u64 csd; /* the last one taken */
	__u64 now;
	__u32 cpu;
	__u32 e;
};

/*
 * The wake-up @t, not the first of its batch, is entered too late: report its delivery, without
 * a stack, which is that of the first.
 */
static __always_inline void batch_delivery(const struct cpu_rec *rec, __u32 cpu, __u64 csd,
					   const struct taken *t, __u64 now)
{
	struct stall_event *ev = stall_event_reserve(PHASE_DELIVERY, t->queued, now);

	if (!ev)
		return;
	if (rec->depth + 1 < FRAMES)
		stall_event_sender(ev, frame_origin(cpu, rec->depth + 1));
	ev->src = t->src;
	ev->dst = cpu;
	stall_event_victim(ev, csd);
	stall_event_arrived(ev, rec);
	stall_event_submit(ev);
}

/* Out of line to keep the walk's callback small. */
__noinline int batch_take_one(__u32 cpu, __u64 csd, __u32 e, __u64 now)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct taken t;

	box_take(cpu, csd, e, now, true, &t);
	if (rec && stall_threshold_ns && t.row != FN_NONE && now > t.queued + stall_threshold_ns)
		batch_delivery(rec, cpu, csd, &t, now);
	return 0;
}

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
	batch_take_one(b->cpu, b->csd, b->e, b->now);
	return 0;
}

/*
 * Take the csds that follow @csd, the first, out of the box of this CPU, @cpu. Returns
 * whether there are any.
 */
static __always_inline bool batch_take(__u32 cpu, __u64 csd, __u32 e, __u64 now)
{
	struct batch b = { .csd = csd, .now = now, .cpu = cpu, .e = e };

	return bpf_loop(BATCH_MAX, batch_next, &b, 0) > 1;
}

#endif /* IPITRACE_BPF_BATCH_BPF_H */
