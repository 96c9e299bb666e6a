/* SPDX-License-Identifier: GPL-2.0 */
/*
 * `trace`: one record a csd once it has run, and one an interrupt sent, of
 * the kinds that are asked for.
 *
 * Each CPU has a ring of its own, so there is no lock: all CPUs would share
 * the one of a BPF ring buffer (6.12 kernel/bpf/ringbuf.c). A program takes a
 * place by an atomic add, for one that interrupts it may want the next; the
 * place's number, written last, tells the reader that the record is whole.
 * What finds no place is dropped and counted: the reader is not overtaken.
 *
 * Between entry and exit a record lies in `entered`, where its frame is: it
 * is there before its slot is free, and until it is in the ring. So a reader
 * that looks at the slots, then at `entered`, then at the rings misses none
 * (records.c).
 */
#ifndef IPITRACE_BPF_RECORDS_BPF_H
#define IPITRACE_BPF_RECORDS_BPF_H

#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/record.h"
#include "bpf/calls.bpf.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/filter.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_ring);
} record_rings SEC(".maps");

/* By CPU and frame: what is entered and not left. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record);
} entered SEC(".maps");

/*
 * More than the programs that may lie one above the other on a CPU, each
 * between its look at the reader's place and the taking of its own.
 */
#define RECORDS_NESTED 16

#define keep_kind(kind) (record_kinds >> (kind)&1)
#define keep_csds	keep_kind(KIND_CALL_FUNCTION)

/* Where a record is written. */
struct record_place {
	struct record_ring *ring;
	struct record *record; /* NULL: none is free */
	__u64 seq;
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

/* The place's record is whole; or dropped, if there is no place. */
static __always_inline void record_publish(struct record_place *place, enum ipi_kind kind)
{
	if (place->record)
		store_release(&place->record->seq, place->seq);
	else if (place->ring)
		count_atomic(&place->ring->dropped[kind], 1);
}

static __always_inline bool lasted(__u64 ns, __u64 min)
{
	return !min || (ns != NOT_KNOWN && ns >= min);
}

/* Whether it lasted as long as was asked for; else it is only counted. */
static __always_inline bool record_wanted(__u64 delay, __u64 handler)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct record_ring *ring;

	if (lasted(delay, min_delay) && lasted(handler, min_handler))
		return true;
	ring = bpf_map_lookup_elem(&record_rings, &cpu);
	if (ring)
		count_atomic(&ring->brief, 1);
	return false;
}

/* What the slot @at and its origin say; the time last: with it `entered` has it. */
static __always_inline void record_fill(struct record *r, __u32 at, __u32 dst, __u64 delay)
{
	struct origin *origin = bpf_map_lookup_elem(&origins, &at);
	struct slot *slot = slot_at(at);

	if (!origin || !slot)
		return;
	r->func = origin->func;
	r->callsite = origin->callsite;
	r->delay = delay;
	r->handler = NOT_KNOWN;
	r->wait = NOT_KNOWN;
	r->pid = origin->pid;
	r->tgid = origin->tgid;
	r->stack = origin->stack;
	r->src = from_src(slot->from);
	r->dst = dst;
	r->kind = KIND_CALL_FUNCTION;
	r->type = slot->type;
	r->interrupt = origin->interrupt;
	__builtin_memcpy(r->comm, origin->comm, sizeof(r->comm));
	store_release(&r->time, slot->time);
}

/* Copy @r, which is in `entered`, to the ring. */
static __always_inline void record_put(struct record *r)
{
	struct record_place place;
	struct record *to;

	if (record_wanted(r->delay, r->handler)) {
		record_take(&place);
		to = place.record;
		if (to) {
			to->time = r->time;
			to->func = r->func;
			to->callsite = r->callsite;
			to->delay = r->delay;
			to->handler = r->handler;
			to->wait = r->wait;
			to->pid = r->pid;
			to->tgid = r->tgid;
			to->stack = r->stack;
			to->src = r->src;
			to->dst = r->dst;
			to->kind = r->kind;
			to->type = r->type;
			to->interrupt = r->interrupt;
			__builtin_memcpy(to->comm, r->comm, sizeof(to->comm));
		}
		record_publish(&place, KIND_CALL_FUNCTION);
	}
	store_release(&r->time, 0);
}

/* What is known of the csd in slot @at without its exit, into the ring. */
static __always_inline void record_slot(__u32 at, __u32 dst, __u64 delay)
{
	struct record_place place;

	if (!record_wanted(delay, NOT_KNOWN))
		return;
	record_take(&place);
	if (place.record)
		record_fill(place.record, at, dst, delay);
	record_publish(&place, KIND_CALL_FUNCTION);
}

/* The place in `entered` of the frame at @depth, if it is taken. */
static __always_inline struct record *record_entered(__u32 cpu, __u32 depth)
{
	__u32 at = cpu * FRAMES + (depth & (FRAMES - 1));

	return bpf_map_lookup_elem(&entered, &at);
}

/* The exit of the frame at @depth was not seen: no handler time. */
__noinline int record_abandon_far(__u32 cpu, __u32 depth)
{
	struct record *r = record_entered(cpu, depth);

	if (r && r->time)
		record_put(r);
	return 0;
}

/*
 * The csd in slot @at is entered on @cpu, this one, in the frame @depth; the
 * slot is ours still. @follows: a batch has one exit, its first csd's.
 */
static __always_inline void record_entry(__u32 cpu, __u32 depth, __u32 at, __u64 delay,
					 bool follows)
{
	struct record *r = record_entered(cpu, depth);

	if (follows) {
		record_slot(at, cpu, delay);
		return;
	}
	if (!r)
		return;
	if (r->time)
		record_abandon_far(cpu, depth);
	record_fill(r, at, cpu, delay);
}

/* @frame, which was at @depth, ends at @now; its call was told so. */
static __always_inline void record_exit(__u32 cpu, __u32 depth, const struct frame *frame,
					__u64 now)
{
	struct record *r = record_entered(cpu, depth);

	if (!r || !r->time)
		return;
	r->handler = now - frame->start;
	if (frame->call && call_is_over(frame->src))
		r->wait = now - frame->call;
	record_put(r);
}

/*
 * The irq_work in slot @at has run, it seems: who empties that records it, and
 * the place is taken before, so that it is never out of sight.
 */
static __always_inline void record_begin(struct record_place *place, __u32 at, __u32 dst)
{
	if (min_delay || min_handler)
		return;
	record_take(place);
	if (place->record)
		record_fill(place->record, at, dst, NOT_KNOWN);
}

static __always_inline void record_end(struct record_place *place, bool ours)
{
	if (ours && !record_wanted(NOT_KNOWN, NOT_KNOWN))
		return;
	if (!ours && !place->record)
		return;
	if (!ours)
		place->record->kind = RECORD_VOID;
	record_publish(place, KIND_CALL_FUNCTION);
}

/* An interrupt is sent. Its place is taken before the clock is read. */
static __always_inline void record_send(void *ctx, __u32 src, __u32 dst, __u64 callsite, __u64 func,
					enum ipi_kind kind)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct record_place place;
	struct record *r;

	record_take(&place);
	r = place.record;
	if (r) {
		r->time = bpf_ktime_get_ns();
		r->func = func;
		r->callsite = callsite;
		r->delay = NOT_KNOWN;
		r->handler = NOT_KNOWN;
		r->wait = NOT_KNOWN;
		r->src = src;
		r->dst = dst;
		r->kind = kind;
		r->type = 0;
		r->stack = keep_stacks ? bpf_get_stackid(ctx, &stacks, 0) : NO_STACK;
		r->interrupt = in_interrupt();
		r->pid = r->interrupt ? 0 : id;
		r->tgid = r->interrupt ? 0 : id >> 32;
		r->comm[0] = '\0';
		if (!r->interrupt)
			bpf_get_current_comm(r->comm, sizeof(r->comm));
	}
	record_publish(&place, kind);
}

#endif /* IPITRACE_BPF_RECORDS_BPF_H */
