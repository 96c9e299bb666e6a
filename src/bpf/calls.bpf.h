/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synchronous calls, derived from their csds: which csds belong to one call,
 * and when the last of them ended. The sender waits for all of them
 * (csd_lock_wait(), 6.12 kernel/smp.c:412, :895), so the sender waited until
 * that last end.
 *
 * The targets leave the end times in the csds' slots (parts.bpf.h). The sender adds up a call when
 * it begins its next one, unless user space does so before, at a cut (collect/read_calls.c).
 */
#ifndef IPITRACE_BPF_CALLS_BPF_H
#define IPITRACE_BPF_CALLS_BPF_H

#include "bpf/parts.bpf.h"
#include "bpf/task_calls.bpf.h"

/* A queue event on this CPU. */
struct queued {
	__u64 csd;
	__u64 func;
	__u64 callsite;
	__u32 src; /* this CPU */
	__u32 dst;
	__u32 box; /* dst, or nr_cpus for an irq_work */
	__u32 home; /* the slot where the search for the csd begins */
	__u32 row; /* row of (func, callsite) in TABLE_FN */
	__u32 by; /* the sender's row in TABLE_BY */
	__u32 place; /* place of the edge from src to dst (edges.bpf.h), or EDGE_NONE */
	__u8 type; /* CSD_TYPE_* */
};

/* The least size of a task's stack on x86 and arm64: KASAN and pages of 64 KiB make it larger. */
#define TASK_STACK 0x4000

/*
 * Whether @csd or @other lies on the running task's stack. The csd of a call to one CPU lies there
 * (csd_stack in smp_call_function_single()); the csds of a call to many CPUs are per-CPU variables.
 * This difference separates two calls if a tracer gives all calls the same call site
 * (model/callsite.h).
 */
static __always_inline bool is_on_stack(__u64 csd, __u64 other)
{
	__u64 stack = (__u64)bpf_get_current_task_btf()->stack;

	return csd - stack < TASK_STACK || other - stack < TASK_STACK;
}

/*
 * Whether @q, a SYNC csd, begins a new call. The targets of one call are in
 * ascending order, each with a csd of its own, and then the call is sealed. A
 * call of an earlier epoch is over: user space may have added it up. (If each
 * target of a call to many CPUs has an IPI pending, no IPI is sent, and nothing
 * seals the call: two such calls in a row, of the same function, may be taken
 * for one.)
 */
static __always_inline bool call_is_new(struct call_rec *rec, const struct queued *q, __u32 e)
{
	return rec->sealed || rec->func != q->func || rec->callsite != q->callsite ||
	       rec->csd == q->csd || q->dst <= rec->last_dst || rec->epoch != (__u16)e ||
	       (calls_at_once && rec->waiter != bpf_get_current_task()) ||
	       is_on_stack(q->csd, rec->csd);
}

/* Add up the latest call of @rec, which belongs to this CPU; @parts: the ends of the call. */
static __always_inline void call_add_up(struct call_rec *rec, const struct parts *parts, __u32 e)
{
	const struct worst_call call = {
		.begun = parts->call,
		.csds = rec->csds,
		.src = parts->src,
		.last = parts->last,
		.tgid = rec->tgid,
	};
	__u64 ns = parts->end > parts->call ? parts->end - parts->call : 0;

	if (ns)
		hist_add(&rec->wait[e & 1], ns, hist_slot(ns));
	row_add_call(TABLE_FN, rec->row, &call, ns, e);
	if (by_key_sends(by_key))
		row_add_call(TABLE_BY, rec->by, &call, ns, e);
}

/* Add to @parts the ends of @rec's latest call that are not in slots. */
static __always_inline void call_take_ends(const struct call_rec *rec, struct parts *parts)
{
	if (rec->direct && *(volatile __u64 *)&rec->direct_end > parts->end) {
		parts->end = rec->direct_end;
		parts->last = LAST_UNKNOWN;
	}
	if (rec->task_end <= parts->end)
		return;
	parts->end = rec->task_end;
	/* The sender ran the function itself, after its targets. */
	if (rec->wait_in == WAIT_MANY)
		parts->last = parts->src;
}

/*
 * Claim @rec's @call. Returns whether the sender, and not user space, has to add the call up. User
 * space raises the epoch, and waits for the programs of the old epoch, before it adds up calls.
 */
static __always_inline bool call_claim(struct call_rec *rec, __u64 call, __u32 e)
{
	if (rec->epoch != (__u16)e)
		return call && __sync_val_compare_and_swap(&rec->call, call, 0) == call;
	if (!call || rec->call != call)
		return false;
	*(volatile __u64 *)&rec->call = 0;
	return true;
}

/*
 * The latest call of @src, this CPU, is over: add it up, unless user space has. All csds of that
 * call have ended, because up to 7.2 a sender waits with preemption off. (Where a sender may be
 * preempted, task_call_settle() takes the place of this function.) Returns whether @keep, the slot
 * that this CPU needs next, is claimed now.
 */
__noinline int call_collect(__u32 src, __u32 keep, __u32 e)
{
	struct call_rec *rec = call_rec(src);
	struct parts parts = { .src = src, .keep = keep, .last = LAST_UNKNOWN };
	bool ours;

	if (!rec)
		return 0;
	parts.call = rec->begun;
	parts.next = rec->parts;
	ours = call_claim(rec, parts.call, e);
	rec->parts = 0;
	parts_take(&parts);
	if (ours) {
		call_take_ends(rec, &parts);
		call_add_up(rec, &parts, e);
	}
	return parts.kept;
}

/* Note that all csds of the latest call of @rec are queued. */
static __always_inline void call_seal(struct call_rec *rec)
{
	struct task_call *call = calls_at_once ? task_call_at(rec->at) : NULL;

	/* Once the call is over, another call may have taken its record. */
	if (call && !rec->sealed && call->begun == rec->begun)
		*(volatile __u32 *)&call->sealed = 1;
	rec->sealed = 1;
}

/* A SYNC csd that is being queued on this CPU, and the call that it belongs to. */
struct joining {
	/* When the call began; 0: not known, so the call begins when this csd is queued. */
	__u64 begun;
	enum wait_in wait_in; /* where the sender waits */
	bool is_new; /* the csd is the call's first */
	/*
	 * Read the clock again after the call before is added up, because that call had several
	 * csds: to add it up takes some 100 ns for each csd, to read the clock 20 ns.
	 */
	bool reread_clock;
};

/*
 * Count a call that begins on @src and whose entry was not seen, though entries are traced: the
 * call counts as begun with its first csd.
 */
static __always_inline void begin_unseen_count(__u32 src, __u32 e)
{
	struct cpu_rec *rec = cpu_rec(src);

	if (rec)
		cpu_bank(rec, e)->begin_unseen++;
}

/*
 * When a call begins on this CPU, set the counts of ended csds to those of queued csds, because all
 * csds of the CPU's earlier calls have ended: an end that was counted for a wrong call, or twice,
 * must not make the counts differ for ever. The cache line that the targets write is read at most
 * once in a tick.
 */
static __always_inline void call_resync(struct call_rec *rec)
{
	__u32 tick = bpf_jiffies64();

	if (rec->direct && *(volatile __u64 *)&rec->direct_done != rec->direct)
		*(volatile __u64 *)&rec->direct_done = rec->direct;
	if (!calls_are_reported() || rec->tick == tick)
		return;
	rec->tick = tick;
	if (*(volatile __u64 *)&rec->done != rec->queued)
		*(volatile __u64 *)&rec->done = rec->queued;
}

/*
 * If the csd begins a call, add up the call before. Returns whether the slot @q->home was a slot of
 * that call, and is claimed now.
 */
static __always_inline bool call_begin(struct joining *join, const struct queued *q, __u32 e)
{
	struct call_rec *rec = call_rec(q->src);
	bool kept;

	if (!rec)
		return false;
	join->is_new = join->begun ? join->begun != rec->begun : call_is_new(rec, q, e);
	if (!join->is_new)
		return false;
	join->reread_clock = rec->csds > 1;
	if (waits_by_task && keep_sums && !join->begun)
		begin_unseen_count(q->src, e);
	if (calls_at_once) {
		task_call_settle(q->src, !in_interrupt(), e);
		rec->epoch = e;
		return false;
	}
	kept = keep_sums && call_collect(q->src, q->home, e);
	call_resync(rec);
	rec->epoch = e;
	return kept;
}

/*
 * Add @q, queued at @now into the slot @at, to its call. Returns the call's age, ns, or NO_CALL;
 * *@flags gets SLOT_PART if the sender collects the end time from that slot.
 */
static __always_inline __u32 call_join(const struct joining *join, const struct queued *q, __u32 at,
				       __u64 now, __u8 *flags)
{
	struct call_rec *rec = call_rec(q->src);
	struct edge_rec *edge;
	__u64 since;

	if (!rec)
		return NO_CALL;
	if (join->is_new) {
		rec->begun = join->begun ? join->begun : now;
		rec->row = q->row;
		if (by_key_sends(by_key))
			rec->by = q->by;
		rec->number++;
		rec->csds = 0;
		if (keep_sums)
			rec->tgid = in_interrupt() ? 0 : current_tgid();
	}
	rec->csds++;
	rec->func = q->func;
	rec->callsite = q->callsite;
	rec->csd = q->csd;
	rec->last_dst = q->dst;
	rec->sent = 0;
	/* smp_call_function_single() queues one csd. */
	rec->sealed = join->wait_in == WAIT_SINGLE ||
		      (q->callsite >= single_from && q->callsite < single_to) ||
		      (calls_are_reported() && is_on_stack(q->csd, q->csd));
	if (stall_threshold_ns)
		rec->sent_at = now;
	if (calls_are_reported())
		rec->tick = bpf_jiffies64();
	rec->wait_in = join->wait_in;
	since = now - rec->begun;
	if (join->is_new)
		store_release(&rec->call, rec->begun);
	if (calls_at_once)
		return task_call_join(rec, join->is_new, q->src) && since < NO_CALL ? since :
										      NO_CALL;
	if (since >= NO_CALL)
		return NO_CALL;
	rec->queued++;
	if (!keep_sums)
		return since;
	edge = q->place == EDGE_NONE ? NULL : edge_at(q->src, q->place);
	if (!edge) {
		rec->direct++;
		return since;
	}
	part_add(edge, at, rec->begun, rec->parts);
	rec->parts = q->place + 1;
	*flags |= SLOT_PART;
	return since;
}

/*
 * This CPU, @src, sent an IPI. If the IPI belongs to the CPU's call, seal the call: all its csds
 * are queued. An interrupt between two csds of the call may queue a csd and send an IPI, too: that
 * IPI has another call site, unless a tracer hides both. Both tracepoints take the call site from
 * the return address of the same function (_RET_IP_ in __smp_call_single_queue() and in
 * smp_call_function_many_cond(), into which send_call_function_single_ipi() is inlined; 6.5 to 7.3
 * kernel/smp.c).
 */
static __always_inline void call_sent(__u32 src, __u64 callsite)
{
	struct call_rec *rec = call_rec(src);

	/* An interrupt's IPI is not that of the call, because no interrupt waits for a call. */
	if (!rec || rec->callsite != callsite || in_interrupt())
		return;
	/*
	 * The first IPI after the csds is the call's own: while the sender
	 * waits, interrupts there may send more IPIs from the same call site. A
	 * clock read is costly, so the clock is read only if the tick has
	 * changed. Ticks do not measure time: they do not change while the CPU
	 * that counts them is stuck.
	 */
	if (stall_threshold_ns && !rec->sent && rec->tick != (__u32)bpf_jiffies64())
		rec->sent_at = bpf_ktime_get_ns();
	rec->sent = 1;
	call_seal(rec);
}

/*
 * @func runs locally on @src, this CPU. If the call that @src queued last has the same function,
 * seal that call: the local run comes after the IPIs, so all csds are queued. An interrupt between
 * two csds may run another function. Nothing is done unless the ends of calls are reported one by
 * one.
 */
static __always_inline void call_ran_locally(__u32 src, __u64 func)
{
	struct call_rec *rec = calls_are_reported() ? call_rec(src) : NULL;

	if (rec && rec->func == func)
		call_seal(rec);
}

/*
 * @dst needs no IPI from @src, this CPU. If the last csd of this CPU's call went to @dst, seal the
 * call: all its csds are queued. An interrupt between two csds may wake a task on @dst, but makes
 * no call.
 */
static __always_inline void call_needs_no_ipi(__u32 src, __u32 dst)
{
	struct call_rec *rec = call_rec(src);

	if (rec && rec->last_dst == dst && !in_interrupt())
		call_seal(rec);
}

/* Returns the number of the call that @src, this CPU, queued last. */
static __always_inline __u64 call_number(__u32 src)
{
	struct call_rec *rec = call_rec(src);

	return rec ? rec->number : 0;
}

/* Count the end, at @now, of the csd in @frame, whose sender has no edge_rec for this CPU. */
static __always_inline void direct_ended(const struct frame *frame, __u64 now)
{
	struct call_rec *rec = call_rec(frame->src);

	if (!rec)
		return;
	/*
	 * The end may belong to an earlier call: if a cut comes between two csds of a call, for
	 * example, the later csds count as another call (call_is_new()).
	 */
	if (*(volatile __u64 *)&rec->begun == frame->call)
		max_raise(&rec->direct_end, now);
	count_atomic(&rec->direct_done, 1);
}

/*
 * Count the end of the csd in @frame, at @now. Returns when its call ended if the call is sealed
 * and no csd of it is left; else 0. The program that counts the last end need not have read the
 * latest time: another CPU may read the clock later, and count earlier. So each program stores its
 * time before it counts.
 */
static __always_inline __u64 call_count_end(const struct frame *frame, __u64 now)
{
	struct call_rec *rec = call_rec(frame->src);
	/*
	 * `stalls` asks only for long calls: at the end of a shorter call this program reads no
	 * cache line that the sender writes.
	 */
	__u64 least = keep_csds() ? 0 : frame->call + stall_threshold_ns, done, end;

	if (!rec)
		return 0;
	/* The end may belong to an earlier call, as in direct_ended(). */
	if (now > least && frame->call == *(volatile __u64 *)&rec->begun)
		max_raise(&rec->end, now);
	done = __sync_fetch_and_add(&rec->done, 1) + 1;
	end = *(volatile __u64 *)&rec->end;
	if (end <= least || !*(volatile __u16 *)&rec->sealed ||
	    done != *(volatile __u64 *)&rec->queued ||
	    frame->call != *(volatile __u64 *)&rec->begun)
		return 0;
	return end;
}

/*
 * Count the end, here at @now, of the csd in @frame, for which a sender waits. If it was the last
 * csd of a sealed call that somebody asks for, returns when the call ended, and returns that to
 * only one caller; else 0.
 */
static __always_inline __u64 call_ended(const struct frame *frame, __u64 now)
{
	if (calls_at_once)
		return task_call_end(frame->src, frame->call, now);
	if (frame->part)
		part_end(frame, now);
	else if (keep_sums)
		direct_ended(frame, now);
	return calls_are_reported() ? call_count_end(frame, now) : 0;
}

/*
 * The end of a SYNC csd of @src's @call will not be seen: count the csd as done, unless @src has
 * begun another call since: then call_resync() has set the counts already. @part: the csd has a
 * slot for its end time.
 */
static __always_inline void call_lost(__u32 src, __u64 call, bool part)
{
	struct task_call *own = calls_at_once ? task_call_at(task_call_find(src, call)) : NULL;
	struct call_rec *rec = call_rec(src);

	if (own)
		count_atomic(&own->done, 1);
	if (calls_at_once || !rec || *(volatile __u64 *)&rec->begun != call)
		return;
	if (calls_are_reported())
		count_atomic(&rec->done, 1);
	if (!part)
		count_atomic(&rec->direct_done, 1);
}

#endif /* IPITRACE_BPF_CALLS_BPF_H */
