/* SPDX-License-Identifier: GPL-2.0 */
/*
 * `trace`: a record for each csd that has run and for each interrupt that was
 * sent, of the kinds that the options select.
 *
 * Each CPU has a ring of its own, without a lock; a BPF ring buffer has one
 * lock for all CPUs (6.12 kernel/bpf/ringbuf.c). A program takes a place by an
 * atomic add, because an interrupt's program may take the next place meanwhile;
 * the place's number, written last, marks the record as whole. A record that
 * finds no place is dropped and counted: writers never overtake the reader.
 *
 * Between entry and exit a record lies in `entered`, at the index of its frame:
 * from before its slot is free until the record is in the ring. So a reader that reads
 * the slots, then `entered`, then the rings misses no record
 * (collect/read_records.c).
 */
#ifndef IPITRACE_BPF_RECORDS_BPF_H
#define IPITRACE_BPF_RECORDS_BPF_H

#include "bpf/interruptions.bpf.h"
#include "bpf/steal.bpf.h"

/* The rings: record_slots for each CPU. */
MAPPED_ARRAY(records, struct record, 1);

/* The rings' heads and tails, by CPU. */
MAPPED_ARRAY(record_rings, struct record_ring, 1);

/* The csds that run now: FRAMES for each CPU, like its frames. */
MAPPED_ARRAY(entered, struct record, 1);

/*
 * More than the programs that can interrupt each other on a CPU, each between
 * its read of the reader's place and its atomic add.
 */
#define RECORDS_NESTED 16

/* A place in this CPU's ring. */
struct record_place {
	struct record_ring *ring;
	struct record *record; /* NULL: none is free */
	__u64 seq; /* the number that the record gets when it is whole */
};

static __always_inline void record_take(struct record_place *place)
{
	__u32 cpu = bpf_get_smp_processor_id(), at;
	struct record_ring *ring = bpf_map_lookup_elem(&record_rings, &cpu);

	place->ring = ring;
	place->record = NULL;
	if (!ring)
		return;
	if (*(volatile __u64 *)&ring->head - *(volatile __u64 *)&ring->tail >
	    record_slots - RECORDS_NESTED)
		return;
	place->seq = __sync_fetch_and_add(&ring->head, 1) + 1;
	at = cpu * record_slots + ((place->seq - 1) & (record_slots - 1));
	place->record = bpf_map_lookup_elem(&records, &at);
}

/*
 * Publish the record at @place, which is whole. If there was no place, count the record as dropped.
 */
static __always_inline void record_publish(struct record_place *place, enum ipi_kind kind)
{
	if (place->record)
		store_release(&place->record->seq, place->seq);
	else if (place->ring)
		count_atomic(&place->ring->dropped[kind], 1);
}

/* Whether @ns is long enough. With a minimum, a time that is not known is too short. */
static __always_inline bool is_long_enough(__u64 ns, __u64 min)
{
	return !min || (ns != NOT_KNOWN && ns >= min);
}

/* Whether a csd with these times is recorded; if not, count it as brief. */
static __always_inline bool record_wanted(__u64 delay, __u64 handler, __u64 wait)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct record_ring *ring;

	if (is_long_enough(delay, min_delay) && is_long_enough(handler, min_handler) &&
	    is_long_enough(wait, min_wait))
		return true;
	ring = bpf_map_lookup_elem(&record_rings, &cpu);
	if (ring)
		count_atomic(&ring->brief, 1);
	return false;
}

/* Mark the times of @r as unknown: its function has not ended, and nobody has waited for it. */
static __always_inline void record_mark_unfinished(struct record *r)
{
	r->handler = NOT_KNOWN;
	r->handler_stolen = NOT_KNOWN;
	r->wait = NOT_KNOWN;
}

/* Fill @r from slot @at and its origin. The time comes last: it marks an entry of `entered`. */
static __always_inline void record_fill(struct record *r, __u32 at, __u32 dst, __u64 delay,
					__u64 stolen)
{
	struct origin *origin = bpf_map_lookup_elem(&origins, &at);
	struct slot *slot = slot_at(at);

	if (!origin || !slot)
		return;
	r->func = origin->func;
	r->callsite = origin->callsite;
	r->delay = delay;
	r->delay_stolen = steal_clocks ? stolen : NOT_KNOWN;
	record_mark_unfinished(r);
	r->call = origin->call;
	r->pid = origin->pid;
	r->tgid = origin->tgid;
	r->stack = origin->stack;
	r->src = from_src(slot->from);
	r->src_stolen = r->delay_stolen == NOT_KNOWN ?
				NOT_KNOWN :
				stolen_since(r->src, slot->time, delay, slot->time + delay);
	r->dst = dst;
	r->kind = KIND_CALL_FUNCTION;
	r->type = slot->type;
	r->interrupt = origin->interrupt;
	r->preempted = !!(slot->flags & SLOT_PREEMPTED);
	__builtin_memcpy(r->comm, origin->comm, sizeof(r->comm));
	store_release(&r->time, slot->time);
}

/* Move @r, of the frame at @depth, from `entered` to the ring. */
static __always_inline void record_put(struct record *r, __u32 depth)
{
	struct record_place place;

	if (keep_interruptions) {
		interruption_submit_csd(r, depth);
	} else if (record_wanted(r->delay, r->handler, r->wait)) {
		record_take(&place);
		/* Copy all members except the number, which comes last. */
		if (place.record)
			__builtin_memcpy(&place.record->time, &r->time,
					 sizeof(*r) - offsetof(struct record, time));
		record_publish(&place, KIND_CALL_FUNCTION);
	}
	store_release(&r->time, 0);
}

/* Record the csd in slot @at without its exit. */
static __always_inline void record_slot(__u32 at, __u32 dst, __u64 delay, __u64 stolen)
{
	struct record_place place;

	/* `isolated` has one event, of the first csd, for a batch: one interrupt runs them all. */
	if (keep_interruptions || !record_wanted(delay, NOT_KNOWN, NOT_KNOWN))
		return;
	record_take(&place);
	if (place.record)
		record_fill(place.record, at, dst, delay, stolen);
	record_publish(&place, KIND_CALL_FUNCTION);
}

/* Returns the entry of `entered` for the frame at @depth; its time is 0 if it is free. */
static __always_inline struct record *entered_record(__u32 cpu, __u32 depth)
{
	__u32 at = frame_index(cpu, depth);

	return bpf_map_lookup_elem(&entered, &at);
}

/* The exit of the frame at @depth was not seen: record its csd without a handler time. */
__noinline int record_abandon(__u32 cpu, __u32 depth)
{
	struct record *r = entered_record(cpu, depth);

	if (r && r->time)
		record_put(r, depth);
	return 0;
}

/*
 * Begin the record of the csd in slot @at, which is not free yet: it is entered
 * on this CPU, @cpu, in the frame @depth. @follows: the csd is in a batch, and is
 * not its first; a batch has only one exit, that of its first csd.
 */
static __always_inline void record_entry(__u32 cpu, __u32 depth, __u32 at, __u64 delay,
					 __u64 stolen, bool follows)
{
	struct record *r = entered_record(cpu, depth);

	if (follows) {
		record_slot(at, cpu, delay, stolen);
		return;
	}
	if (!r)
		return;
	if (r->time)
		record_abandon(cpu, depth);
	if (keep_interruptions)
		entered_set_work(cpu, depth, at);
	record_fill(r, at, cpu, delay, stolen);
}

/* Drop the record of the csd in the frame at @depth, which is not to be recorded after all. */
static __always_inline void record_forget(__u32 cpu, __u32 depth)
{
	struct record *r = entered_record(cpu, depth);

	if (r)
		store_release(&r->time, 0);
}

/*
 * Record @frame, which was at @depth and ended at @now; @stolen: how much of its time was stolen;
 * @call_end: what call_ended() returned for its call.
 */
static __always_inline void record_exit(__u32 cpu, __u32 depth, const struct frame *frame,
					__u64 now, __u64 stolen, __u64 call_end)
{
	struct record *r = entered_record(cpu, depth);

	if (!r || !r->time)
		return;
	r->handler = now - frame->start;
	r->handler_stolen = steal_clocks ? stolen : NOT_KNOWN;
	if (call_end)
		r->wait = call_end - frame->call;
	record_put(r, depth);
}

/*
 * Begin the record of the irq_work in slot @at, which seems to have run. The
 * program that frees the slot records the work. It takes the place in the ring
 * before it frees the slot, so that the reader always sees the work in the slot
 * or in the ring.
 */
static __always_inline void record_irq_work_begin(struct record_place *place, __u32 at, __u32 dst)
{
	if (keep_interruptions || min_delay || min_handler || min_wait)
		return;
	record_take(place);
	if (place->record)
		record_fill(place->record, at, dst, NOT_KNOWN, NOT_KNOWN);
}

/* Publish an irq_work's record if @ours: this program freed the slot. If not, void the record. */
static __always_inline void record_irq_work_end(struct record_place *place, bool ours)
{
	if (keep_interruptions || (ours && !record_wanted(NOT_KNOWN, NOT_KNOWN, NOT_KNOWN)))
		return;
	if (!ours && !place->record)
		return;
	if (!ours)
		place->record->kind = RECORD_VOID;
	record_publish(place, KIND_CALL_FUNCTION);
}

/* Record an interrupt that is being sent. The record's place is taken before the clock is read. */
static __always_inline void record_send(void *ctx, __u32 src, __u32 dst, __u64 callsite, __u64 func,
					enum ipi_kind kind)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct record_place place;
	struct record *r;

	if (keep_interruptions) {
		interruption_sent(ctx, func ? INTERRUPTION_IRQ_WORK : INTERRUPTION_WAKE_SENT, dst,
				  func);
		return;
	}
	record_take(&place);
	r = place.record;
	if (r) {
		r->time = bpf_ktime_get_ns();
		r->func = func;
		r->callsite = callsite;
		r->delay = NOT_KNOWN;
		r->delay_stolen = NOT_KNOWN;
		r->src_stolen = NOT_KNOWN;
		record_mark_unfinished(r);
		r->call = 0;
		r->src = src;
		r->dst = dst;
		r->kind = kind;
		r->type = 0;
		r->stack = stack_keep(ctx);
		r->interrupt = in_interrupt();
		r->preempted = 0;
		r->pid = id;
		r->tgid = id >> 32;
		bpf_get_current_comm(r->comm, sizeof(r->comm));
	}
	record_publish(&place, kind);
}

#endif /* IPITRACE_BPF_RECORDS_BPF_H */
