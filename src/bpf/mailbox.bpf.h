/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mailboxes: csds that were queued to a CPU and have not run there. Each
 * destination has a box, a small table with open addressing. The sender puts
 * a csd into it at the queue event, the destination finds it at the entry. The
 * kernel runs the csds of a flush by type (SYNC first, TTWU last; 6.12
 * kernel/smp.c:474), not in the order of queueing, so the key is the csd's
 * address.
 *
 * The same csd may be in a box twice: an ASYNC csd is unlocked before its function is called (6.12
 * kernel/smp.c:549), so it may be queued again before its entry event. The second instance is in a
 * later flush, so the older one runs first. A third instance, or a second one of a SYNC or TTWU
 * csd, shows that an earlier run was not seen: the csd of that run counts as lost.
 *
 * The sender that claimed a slot writes all of the slot while its csd word is SLOT_CLAIMED, and the
 * csd word last. Some places are reserved for csds whose sender waits (place_is_reserved()): a
 * claim for another csd passes over them. In a slot that is in use, besides the csd word only
 * `fresh` and `fetch` change, and `time` at the end of a part (bpf/parts.bpf.h).
 */
#ifndef IPITRACE_BPF_MAILBOX_BPF_H
#define IPITRACE_BPF_MAILBOX_BPF_H

#include "bpf/calls.bpf.h"

/*
 * Each CPU has a horizon: every csd that was queued to the CPU before `flushed`
 * minus HORIZON_MARGIN_NS has left the CPU's queue, whether its run was seen or
 * not.
 *
 * Advance the horizon: @slot's csd was entered on this CPU at @now. If it was
 * queued after the entry of an earlier csd, it is in a later flush than that
 * csd: the list is taken whole at the start of a flush (llist_del_all()), in
 * the order of queueing. So the earlier flush is over, and every csd that was
 * queued before the earlier csd has left the queue.
 */
static __always_inline void horizon_advance(struct cpu_rec *rec, struct slot *slot, __u64 now)
{
	if (slot->time <= rec->batch_entered)
		return;
	rec->flushed = rec->batch_queued;
	rec->batch_queued = slot->time;
	rec->batch_entered = now;
	rec->batch_ran = 0;
}

/* Whether @slot's csd must have left the queue of @dst. */
static __always_inline bool horizon_passed(__u32 dst, struct slot *slot)
{
	struct cpu_rec *rec = cpu_rec(dst);

	return rec && slot->time + HORIZON_MARGIN_NS < *(volatile __u64 *)&rec->flushed;
}

/*
 * Places that a search reads inline; bpf_loop() reads the rest, which is rare.
 * The verifier walks through each turn of an inline loop, and ipitrace cannot
 * collect before the verifier is done.
 */
#define PROBES_INLINE 3

/* Reads of a place, counted for a test (tests/vm/judge/scale-test). */
#ifdef COUNT_PROBES
__u64 probes_counted = 0;
#define probe_count() count_atomic(&probes_counted, 1)
#else
#define probe_count() ((void)0)
#endif

/*
 * Returns the number of slots of @box, which is a CPU, or nr_cpus: the irq_works' box and its
 * cpu_rec come after those of the CPUs.
 */
static __always_inline __u32 box_slots(__u32 box)
{
	return box == nr_cpus ? irq_work_slots : mailbox_slots;
}

/* Returns the index of the slot in @box where the search for @csd begins. */
static __always_inline __u32 box_home(__u32 box, __u64 csd)
{
	return box * mailbox_slots + (csd_home(csd) & (box_slots(box) - 1));
}

/* Returns the index of the slot at @distance from @home in the box of @cpu, for a search. */
static __always_inline __u32 cpu_probe(__u32 cpu, __u32 home, __u32 distance)
{
	probe_count();
	return cpu * mailbox_slots + ((home + distance) & (mailbox_slots - 1));
}

/* Returns the index of the slot at @distance from @home in the irq_works' box, for a search. */
static __always_inline __u32 irq_work_probe(__u32 home, __u32 distance)
{
	probe_count();
	return nr_cpus * mailbox_slots + ((home + distance) & (irq_work_slots - 1));
}

/*
 * Fetch the cache line of the slot @at, which moves from the sender to
 * the destination and back; a move takes as long as a clock read. A cmpxchg
 * waits for the line, a store does not. So a store to a byte that nobody reads
 * starts the move, and the clock is read meanwhile.
 */
static __always_inline void slot_fetch(__u32 at)
{
	struct slot *slot = slot_at(at);

	if (slot)
		*(volatile __u8 *)&slot->fetch = 0;
}

/* The instance of a csd to find, if the csd is in the box twice. */
enum instance {
	OLDEST, /* the one that runs first */
	NEWEST,
	ANY,
	FRESH, /* the one that this CPU's csd_queue() has just put there */
};

/*
 * Returns the distances from their home slots at which csds may lie in the box of @rec: a bit for
 * each.
 */
static __always_inline __u64 reach_of(const struct cpu_rec *rec)
{
	return *(volatile __u64 *)&rec->reach[0] | *(volatile __u64 *)&rec->reach[1];
}

/* Note that a csd of epoch @e lies at the distance of @bit from its home slot in @rec's box. */
static __always_inline void reach_add(struct cpu_rec *rec, __u64 bit, __u32 e)
{
	__u64 *reach = &rec->reach[e & 1];

	if (!(*(volatile __u64 *)reach & bit))
		__sync_fetch_and_or(reach, bit);
}

/* A search through the places of @csd in @box, from its home slot on. */
struct search {
	__u64 csd;
	__u64 reach; /* a bit for each distance that may hold a csd; of a claim: for its slot */
	__u64 time; /* of the slot found so far */
	__u32 box;
	__u32 mask; /* of the box: its slots less 1 */
	__u32 home; /* csd_home() */
	__u32 cpu; /* the CPU that searches, for FRESH */
	__u32 found; /* a slot's index, or NO_SLOT */
	enum instance instance;
	bool skips_reserved; /* a claim may not take a place that place_is_reserved() */
};

/*
 * Returns the index of the slot at @distance. A search has its box's mask in a member, because a
 * branch by kind of box at each place would double the paths that the verifier has to walk.
 */
static __always_inline __u32 search_probe(const struct search *s, __u32 distance)
{
	probe_count();
	return s->box * mailbox_slots + ((s->home + distance) & s->mask);
}

/* Returns a search for @instance of @csd in @box; @mask: the mask of that box. */
static __always_inline struct search search_of(__u32 box, __u32 mask, __u64 csd,
					       enum instance instance)
{
	return (struct search){
		.csd = csd,
		.box = box,
		.mask = mask,
		.home = csd_home(csd),
		.cpu = bpf_get_smp_processor_id(),
		.found = NO_SLOT,
		.instance = instance,
	};
}

/* Check the slot at @distance. Returns whether the search is over. */
static __always_inline bool search_check(struct search *s, __u32 distance)
{
	__u32 at = search_probe(s, distance);
	struct slot *slot = slot_at(at);

	if (!slot || *(volatile __u64 *)&slot->csd != s->csd)
		return false;
	if (s->instance == FRESH) {
		if (slot->fresh && from_src(slot->from) == s->cpu)
			s->found = at;
		return s->found != NO_SLOT;
	}
	if (s->found == NO_SLOT || (slot->time < s->time) == (s->instance == OLDEST)) {
		s->found = at;
		s->time = slot->time;
	}
	return s->instance == ANY || (s->instance == OLDEST && !(slot->flags & SLOT_HAS_OLDER));
}

static long find_next(__u32 i, struct search *s)
{
	return !(s->reach >> (i & 63)) || search_check(s, i);
}

/* Find what box_find() finds, but read all places in bpf_loop(), and none inline. */
__noinline __u32 box_find_far(__u32 box, __u64 csd, __u32 instance)
{
	struct cpu_rec *rec = cpu_rec(box);
	struct search s = search_of(box, box_slots(box) - 1, csd, instance);

	if (!rec)
		return NO_SLOT;
	s.reach = reach_of(rec);
	bpf_loop(MAILBOX_PROBES, find_next, &s, 0);
	return s.found;
}

/*
 * Returns the index of the slot of @csd's @instance in the box of @cpu; NO_SLOT if there is none.
 */
static __always_inline __u32 box_find(__u32 cpu, __u64 csd, enum instance instance)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct search s = search_of(cpu, mailbox_slots - 1, csd, instance);
	__u32 i;

	if (!rec)
		return NO_SLOT;
	s.reach = reach_of(rec);
	for (i = 0; i < PROBES_INLINE && s.reach >> i; i++)
		if (search_check(&s, i))
			return s.found;
	if (s.reach >> PROBES_INLINE)
		return box_find_far(cpu, csd, instance);
	return s.found;
}

/*
 * Claim the slot @at in @box if it is free. Returns whether the caller has it now. The
 * cmpxchg comes without a read before it, so that the cache line, which the destination
 * wrote last, moves here only once.
 */
static __always_inline bool slot_claim(__u32 at, __u32 box)
{
	struct slot *slot = slot_at(at);
	__u64 was;

	if (!slot)
		return false;
	was = __sync_val_compare_and_swap(&slot->csd, SLOT_FREE, SLOT_CLAIMED);
	return was == SLOT_FREE || (slot_ended_call(was) && part_evict(at, box, was));
}

static long claim_next(__u32 i, struct search *s)
{
	__u32 distance = i + 1, at;

	if (s->skips_reserved && place_is_reserved(s->home + distance))
		return 0;
	at = search_probe(s, distance);
	if (!slot_claim(at, s->box))
		return 0;
	s->found = at;
	s->reach = 1ULL << (distance & 63);
	return 1;
}

/*
 * Do what box_claim() does, but only at the distances from 1 on. @type: the type of @csd. An
 * irq_work takes any place, because no sender waits for a csd in the irq_works' box.
 */
__noinline __u32 box_claim_far(__u32 box, __u64 csd, __u8 type, __u32 e)
{
	struct cpu_rec *rec = cpu_rec(box);
	struct search s = {
		.csd = csd,
		.box = box,
		.mask = box_slots(box) - 1,
		.home = csd_home(csd),
		.found = NO_SLOT,
		.skips_reserved = type == CSD_TYPE_ASYNC || type == CSD_TYPE_TTWU,
	};

	if (!rec)
		return NO_SLOT;
	bpf_loop(MAILBOX_PROBES - 1, claim_next, &s, 0);
	if (s.found != NO_SLOT)
		reach_add(rec, s.reach, e);
	return s.found;
}

/*
 * Claim a free slot for @q. Returns its index; NO_SLOT if no slot is free in which a search would
 * find the csd.
 */
static __always_inline __u32 box_claim(const struct queued *q, __u32 e)
{
	struct cpu_rec *rec = cpu_rec(q->box);

	if (!rec)
		return NO_SLOT;
	probe_count();
	if (!slot_claim(q->home, q->box))
		return box_claim_far(q->box, q->csd, q->type, e);
	reach_add(rec, 1, e);
	return q->home;
}

/*
 * Do what slot_leave() does, for a csd of an earlier epoch: by the counters around the cmpxchg the
 * reader of the cut accounts for the csd (struct cpu_bank).
 */
__noinline int slot_leave_late(__u32 at, __u64 csd, __u64 to, __u32 box, __u32 e)
{
	struct cpu_rec *rec = cpu_rec(box);
	struct slot *slot = slot_at(at);
	struct cpu_bank *bank;
	bool ours;

	if (!rec || !slot)
		return false;
	bank = cpu_bank(rec, e);
	__sync_fetch_and_add(&bank->leave_begun, 1);
	ours = __sync_val_compare_and_swap(&slot->csd, csd, to) == csd;
	if (ours)
		__sync_fetch_and_add(&bank->left, 1);
	else
		__sync_fetch_and_add(&bank->leave_begun, -1);
	return ours;
}

/*
 * Set @slot of @box, whose index is @at, to @to, SLOT_FREE or SLOT_RUNS, if it still
 * holds @csd, which has left the queue. Returns whether this program set it.
 */
static __always_inline bool slot_leave(struct slot *slot, __u32 at, __u64 csd, __u64 to, __u32 box,
				       __u32 e)
{
	if (slot->epoch == e)
		return __sync_val_compare_and_swap(&slot->csd, csd, to) == csd;
	return slot_leave_late(at, csd, to, box, e);
}

/*
 * Count @csd, in the slot @at of @box, as lost, because its run was not seen. Returns whether this
 * program counted it.
 */
__noinline int slot_lose(__u32 at, __u64 csd, __u32 box, __u32 e)
{
	struct cpu_rec *rec = cpu_rec(bpf_get_smp_processor_id());
	struct slot *slot = slot_at(at);
	bool part, sync, waited;
	__u64 call, queued;
	__u32 src;

	if (!rec || !slot)
		return false;
	part = slot->flags & SLOT_PART;
	sync = slot->type == CSD_TYPE_SYNC;
	queued = slot->time;
	waited = slot->since != NO_CALL;
	call = queued - slot->since;
	src = from_src(slot->from);
	if (!slot_leave(slot, at, csd, SLOT_FREE, box, e))
		return false;
	count_atomic(&cpu_bank(rec, e)->lost[LOST_RUN_UNSEEN], 1);
	unseen_count(cpu_bank(rec, e), waited ? call : queued, sync);
	if (waited)
		call_lost(src, call, part);
	return true;
}

/*
 * @csd is in @dst's box and is being put there again: drop the instances that
 * must have run unseen. Returns whether an instance is left that may still run.
 */
__noinline __u32 box_settle_found(__u32 dst, __u64 csd, __u32 e)
{
	int i;

	/* A box has at most two instances: two turns can drop both, and the third finds none. */
	for (i = 0; i < 3; i++) {
		__u32 newest = box_find_far(dst, csd, NEWEST), oldest = newest;
		struct slot *slot = slot_at(newest);

		if (!slot)
			return false;
		if (slot->flags & SLOT_HAS_OLDER)
			oldest = box_find_far(dst, csd, OLDEST);
		if (oldest == newest && slot->type == CSD_TYPE_ASYNC && !horizon_passed(dst, slot))
			return true;
		slot_lose(oldest, csd, dst, e);
	}
	return false;
}

/* Do what box_settle_found() does, if @csd is in @dst's box at all. */
static __always_inline bool box_settle(__u32 dst, __u64 csd, __u32 e)
{
	return box_find(dst, csd, ANY) != NO_SLOT && box_settle_found(dst, csd, e);
}

#endif /* IPITRACE_BPF_MAILBOX_BPF_H */
