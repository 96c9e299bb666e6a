/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The horizon of each CPU: every csd queued to it before `flushed` less
 * HORIZON_MARGIN_NS has left its queue, whether its run was seen or not.
 */
#ifndef IPITRACE_BPF_HORIZON_BPF_H
#define IPITRACE_BPF_HORIZON_BPF_H

#include "abi/cpu.h"
#include "abi/mailbox.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"

/*
 * @slot's csd was entered on this CPU at @now. If it was queued after the
 * entry of an earlier csd, it is in a later flush than that csd: the list is
 * taken whole at the start of a flush (llist_del_all()), in the order of
 * queueing. So the earlier flush is over, and with it every csd that was
 * queued before the earlier csd.
 */
static __always_inline void horizon_advance(struct cpu_rec *rec, struct slot *slot, __u64 now)
{
	if (slot->time <= rec->batch_entered)
		return;
	rec->flushed = rec->batch_queued;
	rec->batch_queued = slot->time;
	rec->batch_entered = now;
}

/* Whether @slot's csd must have left the queue of @dst. */
static __always_inline bool horizon_passed(__u32 dst, struct slot *slot)
{
	struct cpu_rec *rec = cpu_rec(dst);

	return rec && slot->time + HORIZON_MARGIN_NS < *(volatile __u64 *)&rec->flushed;
}

#endif /* IPITRACE_BPF_HORIZON_BPF_H */
