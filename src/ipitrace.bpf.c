// SPDX-License-Identifier: GPL-2.0
/*
 * Follows every csd from its queue event to its function's exit.
 *
 * raw_tp, not tp_btf: on a local run csd is NULL, which tp_btf's types
 * forbid; here arguments are scalars. Each program reads `epoch` once and
 * the clock at most once.
 */
#include "abi/call.h"
#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/record.h"
#include "abi/table.h"
#include "bpf/calls.bpf.h"
#include "bpf/calls_fentry.bpf.h"
#include "bpf/edges.bpf.h"
#include "bpf/filter.bpf.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/ipi_maps.bpf.h"
#include "bpf/ipis.bpf.h"
#include "bpf/irq_work.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/mailbox.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/origins.bpf.h"
#include "bpf/records.bpf.h"
#include "bpf/samples.bpf.h"
#include "bpf/sleepers.bpf.h"
#include "bpf/stalls.bpf.h"
#include "bpf/tables.bpf.h"
#include "bpf/wakes.bpf.h"

/* What a queue event says. */
struct queued {
	__u64 csd;
	__u64 func;
	__u64 callsite;
	__u32 src;
	__u32 dst;
	__u32 box;
	__u8 type;
};

/* The arguments of csd_queue_cpu (6.5: 949fa3f11ced, bf5a8c26ad7c). */
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
	return true;
}

/* Drop what the box has of @q's csd from earlier and has run. */
static __always_inline bool queued_settle(struct queued *q, __u32 e)
{
	if (q->box != nr_cpus)
		return box_settle(q->box, q->csd, e);
	irq_work_settle(q->csd, e);
	return false;
}

/* @q, a SYNC one, is of a call, which began so many ns ago; or NO_CALL. */
static __always_inline __u32 queued_joins(struct queued *q, __u64 now)
{
	enum wait_in wait_in = WAIT_UNKNOWN;
	__u64 begun = waits_by_task ? wait_join(q->src, q->func, &wait_in) : 0;

	return call_join(q->src, q->dst, q->csd, q->func, q->callsite, begun, wait_in, now);
}

/*
 * Put @q, queued at @now, into its box: the index of its slot, NO_SLOT if
 * there was no place. Where records are kept the slot is claimed before the
 * clock is read: who sees none claimed knows of all that was queued until
 * then (records.c).
 */
static __always_inline __u32 queued_put(void *ctx, struct queued *q, __u32 row, __u32 by, __u64 now,
					__u32 e)
{
	__u32 at = box_claim(q->box, q->csd);
	bool has_older = queued_settle(q, e);
	struct slot *slot;

	if (at == NO_SLOT) {
		if (q->box == nr_cpus)
			irq_work_reap(q->csd, e);
		at = box_claim_far(q->box, q->csd);
	}
	slot = slot_at(at);
	if (!slot)
		return NO_SLOT;
	slot->epoch = e;
	slot->from = FROM(q->src, row, by);
	slot->type = q->type;
	slot->fresh = 1;
	slot->has_older = has_older;
	if (keep_origins)
		origin_put(ctx, at, q->func, q->callsite);
	if (keep_csds)
		now = bpf_ktime_get_ns();
	slot->time = now;
	slot->since = NO_CALL;
	if (q->box == nr_cpus)
		slot->dst = q->dst;
	else if (q->type == CSD_TYPE_SYNC)
		slot->since = queued_joins(q, now);
	store_release(&slot->csd, q->csd);
	return at;
}

/* Count @q and follow it from here. Returns as queued_put(). */
static __always_inline __u32 queued_record(void *ctx, struct queued *q, struct cpu_bank *bank,
					   __u32 e)
{
	__u32 row, by = FN_OTHER, at;
	struct fn_bank *fn;
	__u64 now;

	box_fetch(q->box, q->csd);
	now = keep_csds ? 0 : bpf_ktime_get_ns();
	row = fn_row(TABLE_FN, q->func, q->callsite);
	fn = fn_bank(TABLE_FN, row, q->src, e);
	edge_count(bank, q->src, q->dst, e);
	if (fn && sample_due(__sync_fetch_and_add(&fn->count, 1)))
		sample_take(ctx, row, e);
	if (by_key == BY_SENDER || by_key == BY_CGROUP) {
		by = by_sender_row();
		fn = fn_bank(TABLE_BY, by, q->src, e);
		if (fn && sample_due(__sync_fetch_and_add(&fn->count, 1)))
			by_rename(by);
	}
	at = queued_put(ctx, q, row, by, now, e);
	if (at == NO_SLOT)
		count_atomic(&bank->lost[LOST_MAILBOX_FULL], 1);
	return at;
}

SEC("raw_tp/csd_queue_cpu")
int csd_queue(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 e = epoch, at;
	struct cpu_rec *rec;
	struct queued q;

	if (!e || !queued_read(ctx, &q))
		return 0;
	rec = cpu_rec(q.src);
	if (!rec)
		return 0;
	at = queued_record(ctx, &q, cpu_bank(rec, e), e);
	rec->queued_at = at;
	rec->queued_csd = q.csd;
	return 0;
}

/*
 * Whether csd_queue() has been here with @csd: nearly always it was the last
 * that it saw. If an interrupt came in between, and csds were queued there,
 * the slot tells.
 */
static __always_inline bool queued_last(struct cpu_rec *rec, __u64 csd)
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
 * The kernel does not run a program inside itself: an IPI that interrupts
 * csd_queue(), and whose function queues another csd, goes unseen by it. This
 * program, attached behind it, sees whether csd_queue() has been here, and
 * does its work where it was skipped.
 */
SEC("raw_tp/csd_queue_cpu")
int csd_queue_twin(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 e = epoch, cpu = bpf_get_smp_processor_id();
	struct cpu_rec *rec = cpu_rec(cpu);
	struct cpu_bank *bank;
	struct slot *slot;
	struct queued q;

	if (!e || !rec || queued_last(rec, ctx->args[3]) || !queued_read(ctx, &q))
		return 0;
	slot = slot_at(box_find_far(q.box, q.csd, FRESH));
	if (slot) {
		slot->fresh = 0;
		return 0;
	}
	bank = cpu_bank(rec, e);
	count_atomic(&bank->recovered, 1);
	queued_record(ctx, &q, bank, e);
	return 0;
}

/* Its exit was not seen. */
static __always_inline void frame_lost(struct cpu_rec *rec, const struct frame *frame, __u32 e)
{
	if (frame->row == FN_NONE)
		return;
	cpu_bank(rec, e)->exit_unseen++;
	if (frame->call)
		call_lost(frame->src);
}

/* @t: NULL for one whose handler time is not to be counted. */
static __always_inline void frame_push(struct cpu_rec *rec, __u64 func, __u64 csd,
				       const struct taken *t, __u64 now, __u32 e)
{
	struct frame *frame = &rec->frames[rec->depth & (FRAMES - 1)];

	/* Full: the oldest makes room. */
	if (rec->depth >= FRAMES)
		frame_lost(rec, frame, e);
	frame->start = now;
	frame->func = func;
	frame->row = t ? t->row : FN_NONE;
	rec->depth++;
	if (!t)
		return;
	frame->by = t->by;
	frame->call = t->call;
	frame->src = t->src;
	frame->slept = 0;
	if (watch_ns) {
		frame->csd = csd;
		frame->queued = t->queued;
	}
}

__noinline int frames_lost(__u32 cpu, __u32 from, __u32 to, __u32 e)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	int i;

	for (i = 0; rec && i < FRAMES && from < to; i++, from++) {
		frame_lost(rec, &rec->frames[from & (FRAMES - 1)], e);
		if (keep_csds && e)
			record_abandon_far(cpu, from);
	}
	return 0;
}

/*
 * The frame that an exit of @func ends: the topmost of that function. What
 * lies above it came to no exit here. NULL: its entry was not seen.
 */
static __always_inline struct frame *frame_pop(struct cpu_rec *rec, __u32 cpu, __u64 func, __u32 e)
{
	__u32 depth = rec->depth, top = depth;
	int i;

	for (i = 0; i < FRAMES && depth; i++) {
		struct frame *frame = &rec->frames[--depth & (FRAMES - 1)];

		if (frame->func != func)
			continue;
		rec->depth = depth;
		if (depth + 1 != top)
			frames_lost(cpu, depth + 1, top, e);
		return frame;
	}
	return NULL;
}

/* A run without an IPI: SCF_RUN_LOCAL, or a single call to the own CPU. */
static __always_inline void entry_local(struct cpu_rec *rec, __u32 cpu, __u64 func, __u32 e)
{
	struct fn_bank *fn;

	frame_push(rec, func, 0, NULL, 0, e);
	if (!admitted(cpu, cpu, func))
		return;
	cpu_bank(rec, e)->local++;
	fn = fn_bank(TABLE_FN, fn_row(TABLE_FN, func, 0), cpu, e);
	if (fn)
		count_atomic(&fn->local, 1);
	fn = by_key == BY_SENDER || by_key == BY_CGROUP ?
		     fn_bank(TABLE_BY, by_sender_row(), cpu, e) :
		     NULL;
	if (fn)
		count_atomic(&fn->local, 1);
}

struct batch {
	__u64 csd;
	__u64 now;
	__u32 cpu;
	__u32 e;
};

static long batch_next(__u32 i __attribute__((unused)), struct batch *b)
{
	struct cpu_rec *rec = cpu_rec(b->cpu);

	if (!rec)
		return 1;
	/* By way of a map a kernel pointer becomes the scalar that we need. */
	*(volatile __u64 *)&rec->next = (__u64)csd_cast(b->csd)->node.llist.next;
	b->csd = *(volatile __u64 *)&rec->next;
	if (!b->csd)
		return 1;
	box_take_next(b->cpu, b->csd, b->e, b->now);
	return 0;
}

/*
 * All wake-ups of a flush are one entry and exit, with the csd of the first
 * (sched_ttwu_pending(), 6.12 kernel/smp.c:566); the list is private until
 * it walks it. The bound is out of reach: one for each task.
 */
static __always_inline void entry_batch(__u32 cpu, __u64 csd, __u32 e, __u64 now)
{
	struct batch b = { .csd = csd, .now = now, .cpu = cpu, .e = e };

	bpf_loop(1 << 22, batch_next, &b, 0);
}

SEC("raw_tp/csd_function_entry")
int csd_entry(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 func = ctx->args[0], csd = ctx->args[1], now;
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_rec *rec = cpu_rec(cpu);
	__u32 e = epoch;
	struct taken t;

	if (!e || !rec)
		return 0;
	if (!csd) {
		entry_local(rec, cpu, func, e);
		return 0;
	}
	box_fetch(cpu, csd);
	now = bpf_ktime_get_ns();
	box_take(cpu, csd, e, now, false, &t);
	if (csd_type(csd) == CSD_TYPE_TTWU)
		entry_batch(cpu, csd, e, now);
	frame_push(rec, func, csd, t.row == FN_NONE ? NULL : &t, now, e);
	if (watch_ns && t.row != FN_NONE && now > t.queued + watch_ns)
		watch_delivery(ctx, cpu, rec->depth - 1, t.queued, now);
	return 0;
}

SEC("raw_tp/csd_function_exit")
int csd_exit(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch, bin;
	struct cpu_rec *rec = cpu_rec(cpu);
	struct frame *frame;
	struct fn_bank *fn;
	__u64 ns, now;

	if (!rec)
		return 0;
	frame = frame_pop(rec, cpu, ctx->args[0], e);
	if (!e || !frame)
		return 0;
	if (frame->row == FN_NONE) {
		if (waits_by_task && !ctx->args[1])
			wait_end(ctx->args[0]);
		return 0;
	}
	now = bpf_ktime_get_ns();
	ns = now - frame->start;
	bin = hist_slot(ns);
	hist_add_cpu(&cpu_bank(rec, e)->handler, ns, bin);
	fn = fn_bank(TABLE_FN, frame->row, cpu, e);
	if (fn)
		hist_add_row(&fn->handler, ns, bin);
	fn = by_key != BY_NONE ? fn_bank(TABLE_BY, frame->by, cpu, e) : NULL;
	if (fn)
		hist_add_row(&fn->handler, ns, bin);
	if (frame->call)
		call_ended(frame->src, frame->call, frame->row, now, e);
	if (keep_csds)
		record_exit(cpu, rec->depth, frame, now);
	if (watch_ns)
		watch_exit(ctx, cpu, rec->depth, now);
	frame->row = FN_NONE;
	return 0;
}

/*
 * callback (6.4) is NULL for a reschedule. An irq_work's is its function,
 * and it is always raised on the own CPU (irq_work_raise()); a call function
 * to the own CPU needs no IPI.
 */
SEC("raw_tp/ipi_send_cpu")
int ipi_send_cpu(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 dst = ctx->args[0], cpu = bpf_get_smp_processor_id(), e = epoch;
	struct cpu_rec *rec = cpu_rec(cpu);
	enum ipi_kind kind = KIND_CALL_FUNCTION;

	if (!e || !rec)
		return 0;
	if (!ctx->args[2])
		kind = KIND_RESCHEDULE;
	else if (dst == cpu)
		kind = KIND_IRQ_WORK;
	else
		call_sent(cpu);
	if (!admitted(cpu, dst, 0))
		return 0;
	count_atomic(&cpu_bank(rec, e)->kinds[kind], 1);
	if (kind != KIND_CALL_FUNCTION && keep_kind(kind))
		record_send(ctx, cpu, dst, ctx->args[1], ctx->args[2], kind);
	return 0;
}

/* A mask is sent for call functions only, to the CPUs whose list was empty. */
SEC("raw_tp/ipi_send_cpumask")
int ipi_send_cpumask(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id(), e = epoch, n = 0, i;
	struct cpu_rec *rec = cpu_rec(cpu);
	const __u64 *mask = (const __u64 *)ctx->args[0];

	if (!e || !rec)
		return 0;
	call_sent(cpu);
	if (!sender_admitted(cpu))
		return 0;
	for (i = 0; i < CPU_WORDS && i * 64 < nr_cpus; i++) {
		__u64 word = 0;

		if (bpf_probe_read_kernel(&word, sizeof(word), mask + i))
			break;
		if (filter_cpus && !has_cpu(cpu_filter, cpu))
			word &= cpu_filter[i];
		if (filter_dst)
			word &= dst_filter[i];
		n += popcount64(word);
	}
	count_atomic(&cpu_bank(rec, e)->kinds[KIND_CALL_FUNCTION], n);
	return 0;
}

static long sweep_slot(__u32 i, __u32 *e)
{
	irq_work_look(nr_cpus * mailbox_slots + i, *e);
	return 0;
}

/*
 * Run by user space behind a cut, attached to nothing, for the epoch that
 * has ended: its argument.
 */
SEC("raw_tp")
int sweep(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 e = ctx->args[0];

	bpf_loop(irq_work_slots, sweep_slot, &e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
