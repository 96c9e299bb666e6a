/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts: the csds of a synchronous call, whose end times its sender collects. A csd's
 * slot has moved to its target's cache at the entry, and moves back when the sender uses
 * the slot again. So the target leaves the end time in the slot, and no other cache line moves.
 *
 * The sender keeps a list of the parts in its own edge_recs. If another sender
 * needs the slot earlier, that sender moves the end time to the edge_rec.
 */
#ifndef IPITRACE_BPF_PARTS_BPF_H
#define IPITRACE_BPF_PARTS_BPF_H

#include "bpf/edges.bpf.h"
#include "bpf/maps.bpf.h"

/*
 * Count a csd whose end was, or will be, missed, if the csd may be a stall: then a gate that saw no
 * stall must not pass. The csd has been outstanding since @since; 0: it may be outstanding for any
 * time. @waited: a sender waits for the csd.
 */
static __always_inline void unseen_count(struct cpu_bank *bank, __u64 since, bool waited)
{
	if (!stall_threshold_ns || (since && bpf_ktime_get_ns() - since <= stall_threshold_ns))
		return;
	count_atomic(&bank->late_unseen, 1);
	if (waited)
		count_atomic(&bank->waits_unseen, 1);
}

/*
 * Note that the csd of @edge, in the slot @at, is a part of @call; @first: 1 + the place of the
 * first edge_rec in the call's list so far; 0: the list is empty.
 */
static __always_inline void part_add(struct edge_rec *edge, __u32 at, __u64 call, __u16 first)
{
	edge->place = at & (mailbox_slots - 1);
	edge->next = first;
	edge->part = call;
}

/*
 * Leave the end time of @frame's function, @now, in the slot of its part; 0: its exit was not seen.
 */
static __always_inline void part_end(const struct frame *frame, __u64 now)
{
	struct slot *slot = slot_at(frame->part - 1);

	if (!slot)
		return;
	slot->time = now;
	store_release(&slot->csd, slot_ended(frame->call));
}

/*
 * Take the end time of @src's csd, a part of @call, out of @slot. Then the slot is free, or
 * stays claimed for @src if @keep. Returns 0 if the csd is not there, has not ended, or its exit
 * was not seen; then no slot is kept. The slot is claimed before the time is read, because
 * arm64 does not keep loads in order.
 */
static __always_inline __u64 part_take(struct slot *slot, __u32 src, __u64 call, bool keep)
{
	__u64 word = slot_ended(call), end;

	if (__sync_val_compare_and_swap(&slot->csd, word, SLOT_CLAIMED) != word)
		return 0;
	/*
	 * Another sender's call may have begun at the same nanosecond: leave that call's end in the
	 * slot.
	 */
	if (from_src(slot->from) != src) {
		store_release(&slot->csd, word);
		return 0;
	}
	end = slot->time;
	if (!keep || !end)
		store_release(&slot->csd, SLOT_FREE);
	return end;
}

/* A walk through the parts of a call. */
struct parts {
	__u64 call;
	__u64 end; /* the latest end so far */
	__u16 last; /* the CPU of this end, or LAST_UNKNOWN */
	__u32 src;
	__u32 next; /* as in struct edge_rec */
	__u32 keep; /* the slot that @src needs next, which stays claimed; NO_SLOT: none */
	bool kept; /* @keep was the slot of a part, and is claimed */
};

/*
 * Take the end of the next part. Returns 1 after the last part. Not inlined, so that the
 * verifier walks through this function once, whatever the earlier parts left in @parts.
 */
__noinline int part_next_take(struct parts *parts)
{
	struct edge_rec *edge;
	struct slot *slot;
	__u64 end = 0, left;
	__u32 at;

	if (!parts || !parts->next)
		return 1;
	edge = edge_at(parts->src, parts->next - 1);
	if (!edge)
		return 1;
	at = (edge->dst - 1) * mailbox_slots + edge->place;
	slot = slot_at(at);
	if (slot)
		end = part_take(slot, parts->src, parts->call, at == parts->keep);
	if (end && at == parts->keep)
		parts->kept = true;
	left = *(volatile __u64 *)&edge->part;
	if (!end && left & PART_ENDED)
		end = left & ~PART_ENDED;
	if (end > parts->end) {
		parts->end = end;
		parts->last = edge->dst - 1;
	}
	parts->next = edge->next;
	return 0;
}

static long part_next(__u32 i __attribute__((unused)), struct parts *parts)
{
	return part_next_take(parts) != 0;
}

/* Take the ends of all parts. */
static __always_inline void parts_take(struct parts *parts)
{
	if (!part_next_take(parts) && parts->next)
		bpf_loop(edge_slots, part_next, parts, 0);
}

/*
 * Claim the slot @at of @box, whose @word says that a part of a call has ended: first move the end
 * time to the edge_rec of the call's sender. Returns whether the slot is claimed.
 * The time is read by an atomic operation, which arm64 orders after the read of @word.
 */
__noinline int part_evict(__u32 at, __u32 box, __u64 word)
{
	struct slot *slot = slot_at(at);
	struct edge_rec *edge;
	__u64 call = slot_ended_call(word), end;
	__u32 src;

	if (!slot)
		return 0;
	end = __sync_fetch_and_add(&slot->time, 0);
	src = from_src(slot->from);
	if (*(volatile __u64 *)&slot->csd != word)
		return 0;
	edge = edge_find(src, box);
	if (edge)
		__sync_val_compare_and_swap(&edge->part, call, PART_ENDED | end);
	return __sync_val_compare_and_swap(&slot->csd, word, SLOT_CLAIMED) == word;
}

#endif /* IPITRACE_BPF_PARTS_BPF_H */
