/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synchronous calls, told from their csds: which ones are of one call, and
 * when the last of them has ended. The sender waits for them all
 * (csd_lock_wait(), 6.12 kernel/smp.c:412, :895), so that is how long it
 * waited.
 *
 * The sender writes its own line of call_rec, the targets another one; none
 * reads the other's, for that would move it between the CPUs at each call.
 */
#ifndef IPITRACE_BPF_CALLS_BPF_H
#define IPITRACE_BPF_CALLS_BPF_H

#include "abi/call.h"
#include "abi/hist_slots.h"
#include "abi/mailbox.h"
#include "abi/table.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/tables.bpf.h"

static __always_inline struct call_rec *call_rec(__u32 cpu)
{
	return bpf_map_lookup_elem(&calls, &cpu);
}

/*
 * Whether a csd to @dst begins a new call. The targets of one call are in
 * ascending order, each with a csd of its own, and then IPIs are sent. (Where
 * none is, to CPUs that poll in idle or have some already, two calls through
 * the same function may be taken for one.)
 */
static __always_inline bool call_is_new(struct call_rec *rec, __u64 csd, __u64 func, __u64 callsite,
					__u32 dst)
{
	return rec->sent || rec->func != func || rec->callsite != callsite || rec->csd == csd ||
	       dst <= rec->last_dst;
}

/*
 * A SYNC csd is queued on this CPU at @now, for a call that began in @wait_in at @begun,
 * 0 where that is not told. Returns how long ago its call began, ns.
 */
static __always_inline __u32 call_join(__u32 src, __u32 dst, __u64 csd, __u64 func, __u64 callsite,
				       __u64 begun, enum wait_in wait_in, __u64 now)
{
	struct call_rec *rec = call_rec(src);
	__u64 since;

	if (!rec)
		return NO_CALL;
	if (begun && now - begun < NO_CALL)
		rec->begun = begun;
	else if (call_is_new(rec, csd, func, callsite, dst))
		rec->begun = now;
	rec->func = func;
	rec->callsite = callsite;
	rec->csd = csd;
	rec->last_dst = dst;
	rec->sent = 0;
	if (watch_ns) {
		rec->sent_at = now;
		rec->tick = bpf_jiffies64();
	}
	rec->wait_in = wait_in;
	since = now - rec->begun;
	if (since >= NO_CALL)
		return NO_CALL;
	rec->queued++;
	return since;
}

/* An IPI was sent by this CPU: what it queues next is of another call. */
static __always_inline void call_sent(__u32 src)
{
	struct call_rec *rec = call_rec(src);

	if (!rec)
		return;
	/*
	 * The first behind its csds is the call's own: while the sender waits,
	 * interrupts there send others. A clock costs: it is read only if the
	 * tick is another one. The ticks themselves tell no time, for they
	 * stand still while the CPU that counts them is the one that is stuck.
	 */
	if (watch_ns && !rec->sent && rec->tick != (__u32)bpf_jiffies64())
		rec->sent_at = bpf_ktime_get_ns();
	rec->sent = 1;
}

/* A sender on @src has waited for @ns, for the function in @row. */
static __always_inline void wait_add(struct call_rec *rec, __u32 row, __u64 ns, __u32 e)
{
	struct fn_bank *fn = fn_bank(TABLE_FN, row, bpf_get_smp_processor_id(), e);

	hist_add_shared(&rec->wait[e & 1], ns, hist_slot(ns));
	if (!fn)
		return;
	if (fn_own) {
		fn->waits++;
		fn->wait_sum += ns;
		if (ns > fn->wait_max)
			fn->wait_max = ns;
		return;
	}
	count_atomic(&fn->waits, 1);
	count_atomic(&fn->wait_sum, ns);
	raise_to(&fn->wait_max, ns);
}

/*
 * A csd of @src's @call has ended here at @now. The first one of a call finds
 * the call before, which is over, and adds it up: the kernel unlocks a SYNC
 * csd only behind its exit event (6.12 kernel/smp.c:517), so nothing of that
 * one can still come. User space does the same at a cut (call_settle() in
 * banks.c), and leaves 0 behind.
 */
static __always_inline void call_ended(__u32 src, __u64 call, __u32 row, __u64 now, __u32 e)
{
	struct call_rec *rec = call_rec(src);
	__u64 was, ended, seen;

	if (!rec)
		return;
	was = *(volatile __u64 *)&rec->call;
	ended = *(volatile __u64 *)&rec->ended;
	if (was != call) {
		seen = __sync_val_compare_and_swap(&rec->call, was, call);
		if (seen == was && was)
			wait_add(rec, rec->row, ended - was, e);
		if (seen == was || (!seen && !__sync_val_compare_and_swap(&rec->call, 0, call)))
			rec->row = row;
	}
	raise_to(&rec->ended, now);
	count_atomic(&rec->done, 1);
}

/* A csd of @src's that somebody waits for will not be seen to end. */
static __always_inline void call_lost(__u32 src)
{
	struct call_rec *rec = call_rec(src);

	if (rec)
		count_atomic(&rec->done, 1);
}

/* Whether all has ended that @src has queued; as far as its calls tell it. */
static __always_inline bool call_is_over(__u32 src)
{
	struct call_rec *rec = call_rec(src);

	return rec && *(volatile __u64 *)&rec->done == *(volatile __u64 *)&rec->queued;
}

#endif /* IPITRACE_BPF_CALLS_BPF_H */
