/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synchronous calls, derived from their csds: which csds belong to one call,
 * and when the last of them ended. The sender waits for all of them
 * (csd_lock_wait(), 6.12 kernel/smp.c:412, :895), so that is how long it
 * waited.
 *
 * The sender writes a line of call_rec, the targets write another line.
 * Neither reads the other's line: that would move it between the CPUs at each
 * call.
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
#include "bpf/rows.bpf.h"

/* By CPU, the sender. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct call_rec);
} calls SEC(".maps");

/* Whether somebody asks for the end of each call: `trace`, `stalls`, `waits`. */
static __always_inline bool calls_are_reported(void)
{
	return keep_csds() || stall_threshold_ns;
}

static __always_inline struct call_rec *call_rec(__u32 cpu)
{
	return bpf_map_lookup_elem(&calls, &cpu);
}

/*
 * Whether a csd to @dst begins a new call. The targets of one call are in
 * ascending order, each with a csd of its own, and then the call is sealed.
 * (Where nothing seals a call to many CPUs, because all of them have an IPI
 * pending, two calls through the same function may be taken for one.)
 */
static __always_inline bool call_is_new(struct call_rec *rec, __u64 csd, __u64 func, __u64 callsite,
					__u32 dst)
{
	return rec->sealed || rec->func != func || rec->callsite != callsite || rec->csd == csd ||
	       dst <= rec->last_dst;
}

/*
 * Add a SYNC csd, queued on this CPU at @now, to its call. @begun: when the
 * call began, and in @wait_in; 0 if that is not known. Returns the call's age,
 * ns, or NO_CALL.
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
	/* smp_call_function_single() queues one csd. */
	rec->sealed = wait_in == WAIT_SINGLE || (callsite >= single_from && callsite < single_to);
	if (stall_threshold_ns) {
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

/*
 * This CPU, @src, sent an IPI. If it is its call's own, all csds of the call are
 * queued. An interrupt between two csds of the call may queue a csd and send an
 * IPI, too: that IPI has another call site. Both tracepoints take the call site
 * from the return address of the same function (_RET_IP_ in
 * __smp_call_single_queue() and in smp_call_function_many_cond(), into which
 * send_call_function_single_ipi() is inlined; 6.5 to 7.3 kernel/smp.c).
 */
static __always_inline void call_sent(__u32 src, __u64 callsite)
{
	struct call_rec *rec = call_rec(src);

	if (!rec || rec->callsite != callsite)
		return;
	/*
	 * The first IPI after the csds is the call's own: while the sender
	 * waits, interrupts there may send others from the same call site. A
	 * clock read is costly, so the clock is read only if the tick has
	 * changed. Ticks do not measure time: they stand still while the CPU
	 * that counts them is stuck.
	 */
	if (stall_threshold_ns && !rec->sent && rec->tick != (__u32)bpf_jiffies64())
		rec->sent_at = bpf_ktime_get_ns();
	rec->sent = 1;
	rec->sealed = 1;
}

/*
 * The call that @src queued last needs no IPI, or runs its function locally
 * now, which it does after the IPIs: all its csds are queued. Only where ends of
 * calls are reported one by one.
 */
static __always_inline void call_seal(__u32 src)
{
	struct call_rec *rec = calls_are_reported() ? call_rec(src) : NULL;

	if (rec)
		rec->sealed = 1;
}

/* A sender has waited for @ns, for the function in @row; @rec: the sender's. */
static __always_inline void wait_add(struct call_rec *rec, __u32 row, __u64 ns, __u32 e)
{
	hist_add_shared(&rec->wait[e & 1], ns, hist_slot(ns));
	row_wait(row, bpf_get_smp_processor_id(), ns, e);
}

/* @call becomes the call of @rec's ends; the call before is over, and is added up. */
static __always_inline void call_follow(struct call_rec *rec, __u64 was, __u64 call, __u32 row,
					__u32 e)
{
	__u64 ended = *(volatile __u64 *)&rec->ended;
	__u64 seen = __sync_val_compare_and_swap(&rec->call, was, call);

	/* `ended` is an earlier call's if no end of @was has raised it. */
	if (seen == was && was && ended > was)
		wait_add(rec, rec->row, ended - was, e);
	if (seen == was || (!seen && !__sync_val_compare_and_swap(&rec->call, 0, call)))
		rec->row = row;
}

/*
 * A csd of @src's @call ended here at @now. The first csd of a call to end finds
 * the previous call, which is over, and adds it up: the kernel unlocks a SYNC
 * csd only after its exit event (6.12 kernel/smp.c:517), so no end of the
 * previous call can still come. User space does the same at a cut
 * (call_settle() in collect/read_cpus.c), and leaves 0 in `call`.
 *
 * From 7.3 on a sender may be preempted while it waits, and another call of the
 * same CPU begin before: then a late end of the older call finds the younger
 * call here, and counts for neither.
 *
 * Returns whether it was the last csd of @src's sealed call, for one caller
 * alone; always false where nobody asks.
 */
static __always_inline bool call_ended(__u32 src, __u64 call, __u32 row, __u64 now, __u32 e)
{
	struct call_rec *rec = call_rec(src);
	__u64 was, done;

	if (!rec)
		return false;
	was = *(volatile __u64 *)&rec->call;
	if (was < call)
		call_follow(rec, was, call, row, e);
	if (was <= call)
		max_raise(&rec->ended, now);
	done = __sync_fetch_and_add(&rec->done, 1) + 1;
	return calls_are_reported() && *(volatile __u16 *)&rec->sealed &&
	       done == *(volatile __u64 *)&rec->queued && call == *(volatile __u64 *)&rec->begun;
}

/* The end of a SYNC csd of @src will not be seen: count it as done. */
static __always_inline void call_lost(__u32 src)
{
	struct call_rec *rec = call_rec(src);

	if (rec)
		count_atomic(&rec->done, 1);
}

#endif /* IPITRACE_BPF_CALLS_BPF_H */
