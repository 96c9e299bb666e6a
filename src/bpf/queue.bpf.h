/* SPDX-License-Identifier: GPL-2.0 */
/* The queue event of a csd: counted, and put into the destination's mailbox. */
#ifndef IPITRACE_BPF_QUEUE_BPF_H
#define IPITRACE_BPF_QUEUE_BPF_H

#include "bpf/calls_fentry.bpf.h"
#include "bpf/irq_work.bpf.h"
#include "bpf/samples.bpf.h"

/*
 * Read the arguments of csd_queue_cpu (6.5: 949fa3f11ced, bf5a8c26ad7c).
 * Returns whether the filters admit the csd.
 */
static __always_inline bool queued_read(struct bpf_raw_tracepoint_args *ctx, struct queued *q)
{
	q->dst = ctx->args[0];
	q->callsite = ctx->args[1];
	q->func = ctx->args[2];
	q->csd = ctx->args[3];
	q->src = bpf_get_smp_processor_id();
	if (!admitted(q->src, q->dst, q->func))
		return false;
	q->type = csd_type(q->csd);
	q->box = q->type == CSD_TYPE_IRQ_WORK ? nr_cpus : q->dst;
	q->home = box_home(q->box, q->csd);
	return true;
}

/*
 * Drop the earlier instances of @q's csd that must have run. Returns whether
 * an instance is left that may still run.
 */
static __always_inline bool queued_settle(struct queued *q, __u32 e)
{
	if (q->box != nr_cpus)
		return box_settle(q->box, q->csd, e);
	irq_work_settle(q->csd, e);
	return false;
}

/*
 * @q is a SYNC csd: find its call. Returns the slot at its home if that slot is claimed
 * now, because a part of this CPU's last call left its end time there; else NO_SLOT.
 */
static __always_inline __u32 queued_begin(struct queued *q, struct joining *join, __u32 e)
{
	if (waits_by_task)
		join->begun = wait_join(q->src, q->dst, q->func, &join->wait_in);
	return call_begin(join, q, e) ? q->home : NO_SLOT;
}

/*
 * Put @q into its box. Returns the index of its slot; NO_SLOT if there was no room. The clock is
 * read after everything that may take long, because what comes after the reading counts as the
 * csd's delay; and before the slot is claimed, because the slot's cache line comes to this CPU
 * meanwhile. Where records are kept, the slot is claimed before the clock is read: a reader that
 * reads the clock and then finds no claimed slot knows all that was queued until then
 * (collect/read_records.c).
 */
static __always_inline __u32 queued_put(void *ctx, struct queued *q, bool nested, __u32 e)
{
	struct joining join = { .wait_in = WAIT_UNKNOWN };
	__u64 now = keep_csds() ? 0 : bpf_ktime_get_ns();
	/* An interrupt that queues a csd while csd_queue() runs does not wait for the csd. */
	bool joins = q->type == CSD_TYPE_SYNC && !nested;
	__u32 at = joins ? queued_begin(q, &join, e) : NO_SLOT;
	struct slot *slot;
	__u8 flags;

	if (!keep_csds() && join.reread_clock)
		now = bpf_ktime_get_ns();
	if (at == NO_SLOT)
		at = box_claim(q, e);
	flags = queued_settle(q, e) ? SLOT_HAS_OLDER : 0;
	if (at == NO_SLOT) {
		if (q->box == nr_cpus)
			irq_work_reap(q->csd, e);
		at = box_claim_far(q->box, q->csd, q->type, e);
	}
	slot = slot_at(at);
	if (!slot)
		return NO_SLOT;
	slot->epoch = e;
	slot->from = FROM(q->src, q->row, q->by);
	slot->type = q->type;
	slot->fresh = 1;
	if (keep_origins)
		origin_put(ctx, at, q->func, q->callsite);
	if (keep_interruptions)
		origin_set_work(at);
	if (keep_csds() && steal_preempted(q->dst))
		flags |= SLOT_PREEMPTED;
	if (keep_csds())
		now = bpf_ktime_get_ns();
	slot->time = now;
	/*
	 * `dst` and `since` are one word. It is stored once, because a reader that finds an
	 * irq_work here uses `dst` as an index.
	 */
	if (q->box == nr_cpus)
		slot->dst = q->dst;
	else
		slot->since = joins ? call_join(&join, q, at, now, &flags) : NO_CALL;
	if (keep_csds())
		origin_set_call(at, joins ? call_number(q->src) : 0);
	slot->flags = flags;
	store_release(&slot->csd, q->csd);
	return at;
}

/*
 * Count @q in @row of @table. Returns how many csds were counted in the same place before.
 * csd_queue() and csd_queue_twin() interrupt each other, so only csd_queue() counts in the hot row.
 */
static __always_inline __u64 queued_count(const struct queued *q, __u32 table, __u32 row,
					  bool nested, __u32 e)
{
	return nested ? row_count_shared(table, row, q->src, e) : row_count(table, row, q->src, e);
}

/* Count @q by function and sample its caller. Returns the function's row. */
static __always_inline __u32 queued_sum(void *ctx, const struct queued *q, bool nested, __u32 e)
{
	__u32 row = fn_row(TABLE_FN, q->func, q->callsite);
	__u64 n = queued_count(q, TABLE_FN, row, nested, e);

	if (sample_due(n) && sample_wanted(row, q->src, n, e))
		sample_take(ctx, row, n + 1, e);
	return row;
}

/* Count @q by sender, for --by. Returns the sender's row in TABLE_BY. */
static __always_inline __u32 queued_sum_by(const struct queued *q, bool nested, __u32 e)
{
	__u32 row = by_sender_row();

	if (sample_due(queued_count(q, TABLE_BY, row, nested, e)))
		by_rename(row);
	return row;
}

/*
 * Count @q by function, edge and sender, and put it into its box. @nested:
 * csd_queue() did not see the csd. Returns what queued_put() returns.
 */
static __always_inline __u32 queued_record(void *ctx, struct queued *q, struct cpu_bank *bank,
					   bool nested, __u32 e)
{
	__u32 at;

	slot_fetch(q->home);
	if (steal_clocks)
		steal_look(cpu_rec(q->dst), q->dst, 0);
	/* The host may take the sender's CPU after this event and before the IPI is sent. */
	if (steal_clocks && calls_are_reported())
		steal_look(cpu_rec(q->src), q->src, 0);
	q->row = keep_sums ? queued_sum(ctx, q, nested, e) : FN_OTHER;
	q->by = by_key_sends(by_key) ? queued_sum_by(q, nested, e) : FN_OTHER;
	q->place = edge_count(bank, q->src, q->dst, nested, e);
	at = queued_put(ctx, q, nested, e);
	if (at == NO_SLOT) {
		count_atomic(&bank->lost[LOST_MAILBOX_FULL], 1);
		unseen_count(bank, 0, q->type == CSD_TYPE_SYNC);
	}
	if (keep_interruptions && q->type == CSD_TYPE_IRQ_WORK)
		interruption_sent(ctx, INTERRUPTION_IRQ_WORK, q->dst, q->func);
	return at;
}

/*
 * Note that csd_queue() begins or ends on this CPU. A csd that a filter drops has no slot that
 * would show which of the two programs saw it.
 */
static __always_inline void queuing_set(struct cpu_rec *rec, bool begins)
{
	if (has_filter)
		*(volatile __u32 *)&rec->queuing = begins;
}

/*
 * Called by csd_queue_twin() for a csd that the filter drops: count the csd if csd_queue() did not
 * see the csd.
 */
static __always_inline void dropped_count(struct cpu_rec *rec, __u32 e)
{
	/*
	 * The kernel did not run csd_queue() for this csd, because it is running for another csd.
	 */
	if (has_filter && *(volatile __u32 *)&rec->queuing)
		cpu_bank(rec, e)->recovered++;
}

/*
 * Whether @csd is the last csd that csd_queue() saw on this CPU. Nearly always
 * it is the csd that csd_queue_twin() is called for: then forget the csd here, and note in its slot
 * that both programs have seen it. If an interrupt came in between and queued csds, @csd is not
 * the last csd, and csd_queue_twin() has to search the slots.
 */
static __always_inline bool queued_last_take(struct cpu_rec *rec, __u64 csd)
{
	struct slot *slot;

	if (rec->queued_csd != csd)
		return false;
	rec->queued_csd = 0;
	slot = slot_at(rec->queued_at);
	if (slot)
		slot->fresh = 0;
	return true;
}

/*
 * The csd of the queue event @ctx on this CPU, @cpu, is not the last csd that csd_queue() saw: do
 * csd_queue()'s work if it did not see the csd. Out of line, so that csd_queue_twin() needs no
 * private stack (see send_take()).
 */
__noinline int queued_recover(struct bpf_raw_tracepoint_args *ctx, __u32 cpu, __u32 e)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	const bool nested = true;
	struct cpu_bank *bank;
	struct slot *slot;
	struct queued q;

	if (!rec)
		return 0;
	if (!queued_read(ctx, &q)) {
		dropped_count(rec, e);
		return 0;
	}
	slot = slot_at(box_find_far(q.box, q.csd, FRESH));
	if (slot) {
		slot->fresh = 0;
		return 0;
	}
	bank = cpu_bank(rec, e);
	bank->recovered++;
	queued_record(ctx, &q, bank, nested, e);
	return 0;
}

#endif /* IPITRACE_BPF_QUEUE_BPF_H */
