/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The csds that were queued to a CPU and have not run there: a small table
 * with open addressing for each destination, in which a sender puts a csd
 * at its queue event and the destination finds it at its entry. The kernel
 * runs what it flushes by type (SYNC first, TTWU last; 6.12
 * kernel/smp.c:474), not in the order of queueing, so a csd is looked up by
 * its address.
 *
 * The same csd may be here twice: an ASYNC one is unlocked before its
 * function is called (6.12 kernel/smp.c:549), so it may be queued again
 * before its entry event. The later one is in a later flush, so the older
 * one runs first. Not three times, and a SYNC or TTWU one never twice: if
 * it is found again, the earlier run was not seen, and that one is lost.
 *
 * Everything outside a slot's csd word is written while the word says
 * SLOT_CLAIMED, by the one who claimed it.
 */
#ifndef IPITRACE_BPF_MAILBOX_BPF_H
#define IPITRACE_BPF_MAILBOX_BPF_H

#include "abi/cpu.h"
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/table.h"
#include "bpf/calls.bpf.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/kernel.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/origins.bpf.h"
#include "bpf/records.bpf.h"
#include "bpf/samples.bpf.h"
#include "bpf/tables.bpf.h"

#define NO_SLOT 0xffffffffU

/*
 * So many places are looked at in line, the rest, hardly ever, by
 * bpf_loop(): the verifier walks through each turn of a loop, and its time
 * is our time from exec to collecting.
 */
#define PROBES_INLINE 3

/* A test counts the places that were looked at (tests/vm/scale-test). */
#ifdef COUNT_LOOKS
__u64 looks = 0;
#define looked() count_atomic(&looks, 1)
#else
#define looked() ((void)0)
#endif

/* The box of the irq_works lies behind those of the CPUs; so does its rec. */
static __always_inline __u32 box_slots(__u32 box)
{
	return box == nr_cpus ? irq_work_slots : mailbox_slots;
}

static __always_inline __u32 box_place(__u32 box, __u32 hash, __u32 distance)
{
	return box * mailbox_slots + ((hash + distance) & (box_slots(box) - 1));
}

static __always_inline __u32 box_at(__u32 box, __u32 hash, __u32 distance)
{
	looked();
	return box_place(box, hash, distance);
}

/*
 * A slot's cache line goes from the sender to the destination and back, which
 * takes as long as a clock read. A cmpxchg waits for it; a store does not, so
 * one that nobody reads sends for the line, and the clock is read meanwhile.
 */
static __always_inline void box_fetch(__u32 box, __u64 csd)
{
	struct slot *slot = slot_at(box_place(box, hash64(csd), 0));

	if (slot)
		*(volatile __u8 *)&slot->fetch = 0;
}

/* Which one, where a csd is there twice. */
enum which {
	OLDEST, /* it runs first */
	NEWEST,
	ANY,
	FRESH, /* the one that this CPU's csd_queue() has just put there */
};

/* A search through the places of @csd in @box, nearest first. */
struct search {
	__u64 csd;
	__u64 reach; /* distances worth a look */
	__u64 time; /* of what was found */
	__u32 box;
	__u32 hash;
	__u32 cpu;
	__u32 found; /* a slot's index, or NO_SLOT */
	enum which which;
};

/* Returns whether the search is over. */
static __always_inline bool find_at(struct search *s, __u32 distance)
{
	__u32 at = box_at(s->box, s->hash, distance);
	struct slot *slot = slot_at(at);

	if (!slot || *(volatile __u64 *)&slot->csd != s->csd)
		return false;
	if (s->which == FRESH) {
		if (slot->fresh && from_src(slot->from) == s->cpu)
			s->found = at;
		return s->found != NO_SLOT;
	}
	if (s->found == NO_SLOT || (slot->time < s->time) == (s->which == OLDEST)) {
		s->found = at;
		s->time = slot->time;
	}
	return s->which == ANY || (s->which == OLDEST && !slot->has_older);
}

static long find_next(__u32 i, struct search *s)
{
	return !(s->reach >> (i & 63)) || find_at(s, i);
}

/* All of the search, wherever it leads. */
__noinline __u32 box_find_far(__u32 box, __u64 csd, __u32 which)
{
	struct cpu_rec *rec = cpu_rec(box);
	struct search s = {
		.csd = csd,
		.box = box,
		.hash = hash64(csd),
		.cpu = bpf_get_smp_processor_id(),
		.found = NO_SLOT,
		.which = which,
	};

	if (!rec)
		return NO_SLOT;
	s.reach = *(volatile __u64 *)&rec->reach;
	bpf_loop(MAILBOX_PROBES, find_next, &s, 0);
	return s.found;
}

/*
 * @which instance of @csd in @box: the index of its slot, NO_SLOT if there is
 * none.
 */
static __always_inline __u32 box_find(__u32 box, __u64 csd, enum which which)
{
	struct cpu_rec *rec = cpu_rec(box);
	struct search s = {
		.csd = csd,
		.box = box,
		.hash = hash64(csd),
		.cpu = bpf_get_smp_processor_id(),
		.found = NO_SLOT,
		.which = which,
	};
	__u32 i;

	if (!rec)
		return NO_SLOT;
	s.reach = *(volatile __u64 *)&rec->reach;
	for (i = 0; i < PROBES_INLINE && s.reach >> i; i++)
		if (find_at(&s, i))
			return s.found;
	if (s.reach >> PROBES_INLINE)
		return box_find_far(box, csd, which);
	return s.found;
}

/*
 * Returns whether the slot at @distance is ours now. No look before the
 * cmpxchg: the destination wrote there last, and so the line moves once.
 */
static __always_inline bool claim_at(struct search *s, __u32 distance)
{
	__u32 at = box_at(s->box, s->hash, distance);
	struct slot *slot = slot_at(at);

	if (!slot || __sync_val_compare_and_swap(&slot->csd, SLOT_FREE, SLOT_CLAIMED) != SLOT_FREE)
		return false;
	s->found = at;
	s->reach = 1ULL << (distance & 63);
	return true;
}

static long claim_next(__u32 i, struct search *s)
{
	return claim_at(s, i + 1);
}

static __always_inline void reach_add(struct cpu_rec *rec, __u64 bit)
{
	if (!(*(volatile __u64 *)&rec->reach & bit))
		__sync_fetch_and_or(&rec->reach, bit);
}

__noinline __u32 box_claim_far(__u32 box, __u64 csd)
{
	struct cpu_rec *rec = cpu_rec(box);
	struct search s = {
		.csd = csd,
		.box = box,
		.hash = hash64(csd),
		.found = NO_SLOT,
	};

	if (!rec)
		return NO_SLOT;
	bpf_loop(MAILBOX_PROBES - 1, claim_next, &s, 0);
	if (s.found != NO_SLOT)
		reach_add(rec, s.reach);
	return s.found;
}

/* A free slot for @csd in @box, now SLOT_CLAIMED; NO_SLOT: none in reach. */
static __always_inline __u32 box_claim(__u32 box, __u64 csd)
{
	struct search s = { .csd = csd, .box = box, .hash = hash64(csd) };
	struct cpu_rec *rec = cpu_rec(box);

	if (!rec)
		return NO_SLOT;
	if (!claim_at(&s, 0))
		return box_claim_far(box, csd);
	reach_add(rec, s.reach);
	return s.found;
}

/*
 * Empty a slot that still holds @csd, for whoever finds that it has run.
 * Where that csd belongs to an earlier epoch, the counters around it let the
 * reader of the cut between them know. Returns whether it was us.
 */
static __always_inline bool slot_leave(struct slot *slot, __u64 csd, __u32 box, __u32 e)
{
	struct cpu_rec *rec;
	struct cpu_bank *bank;
	bool ours;

	if (slot->epoch == e)
		return __sync_val_compare_and_swap(&slot->csd, csd, SLOT_FREE) == csd;
	rec = cpu_rec(box);
	if (!rec)
		return false;
	bank = cpu_bank(rec, e);
	__sync_fetch_and_add(&bank->leave_begun, 1);
	ours = __sync_val_compare_and_swap(&slot->csd, csd, SLOT_FREE) == csd;
	if (ours)
		__sync_fetch_and_add(&bank->left, 1);
	else
		__sync_fetch_and_add(&bank->leave_begun, -1);
	return ours;
}

static __always_inline bool past_horizon(__u32 dst, struct slot *slot)
{
	struct cpu_rec *rec = cpu_rec(dst);

	return rec && slot->time + HORIZON_MARGIN_NS < *(volatile __u64 *)&rec->flushed;
}

/*
 * @csd is found in @dst's box while it is put there again: drop what must
 * have run unseen. Returns whether one is left that may still run.
 */
__noinline __u32 box_settle_found(__u32 dst, __u64 csd, __u32 e)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_rec *rec = cpu_rec(cpu);
	int i;

	for (i = 0; rec && i < 3; i++) {
		__u32 newest = box_find_far(dst, csd, NEWEST), oldest = newest;
		struct slot *slot = slot_at(newest);

		if (!slot)
			return false;
		if (slot->has_older)
			oldest = box_find_far(dst, csd, OLDEST);
		if (oldest == newest && slot->type == CSD_TYPE_ASYNC && !past_horizon(dst, slot))
			return true;
		slot = slot_at(oldest);
		if (slot && slot_leave(slot, csd, dst, e)) {
			count_atomic(&cpu_bank(rec, e)->lost[LOST_RUN_UNSEEN], 1);
			if (slot->since != NO_CALL)
				call_lost(from_src(slot->from));
		}
	}
	return false;
}

static __always_inline bool box_settle(__u32 dst, __u64 csd, __u32 e)
{
	return box_find(dst, csd, ANY) != NO_SLOT && box_settle_found(dst, csd, e);
}

/*
 * @slot's csd was entered on this CPU, at @now. If it was queued after the
 * entry of an earlier one, it is in a later flush than that one: the list is
 * taken whole at the start of a flush (llist_del_all()), in the order of
 * queueing. So that earlier flush is over, and with it everything that was
 * queued before it.
 */
static __always_inline void horizon(struct cpu_rec *rec, struct slot *slot, __u64 now)
{
	if (slot->time <= rec->batch_entered)
		return;
	rec->flushed = rec->batch_queued;
	rec->batch_queued = slot->time;
	rec->batch_entered = now;
}

/* What was taken out of a box, for the frame in which it runs. */
struct taken {
	__u64 queued; /* when */
	__u64 call; /* of @src that waits for it; 0: none */
	__u32 row; /* FN_NONE: its queue event was not seen */
	__u32 by;
	__u32 src;
	__u32 at; /* its slot, which others may have by now */
};

/*
 * The slot of @csd on @cpu, this one. Nearly always it is right where its
 * hash says, and then @taken: it says SLOT_TAKEN, by a cmpxchg without a look
 * before it, so that the line moves here once. One that belongs to an earlier
 * epoch has to leave in sight (slot_leave()), and is put back for that.
 */
static __always_inline struct slot *box_reach_for(__u32 cpu, __u64 csd, __u32 e, bool *taken,
						  __u32 *found)
{
	__u32 at = box_at(cpu, hash64(csd), 0), older = NO_SLOT;
	struct slot *slot = slot_at(at), *elder = NULL;

	*taken = false;
	if (!slot || __sync_val_compare_and_swap(&slot->csd, csd, SLOT_TAKEN) != csd) {
		*found = box_find(cpu, csd, OLDEST);
		return slot_at(*found);
	}
	if (slot->has_older) {
		older = box_find_far(cpu, csd, OLDEST);
		elder = slot_at(older);
	}
	/* A younger one may have come just now: ASYNC is unlocked by its run. */
	if (elder && elder->time > slot->time)
		elder = NULL;
	*taken = !elder && slot->epoch == e;
	if (!*taken)
		store_release(&slot->csd, csd);
	*found = elder ? older : at;
	return elder ? elder : slot;
}

/*
 * @csd is entered on @cpu, this one, with interrupts off: account for its
 * delivery, and say what it was. @follows: in the batch of another.
 */
static __always_inline void box_take(__u32 cpu, __u64 csd, __u32 e, __u64 now, bool follows,
				     struct taken *t)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct cpu_bank *bank;
	struct fn_bank *fn;
	struct slot *slot;
	__u64 delay = 0;
	__u32 bin, from;
	bool taken;

	__builtin_memset(t, 0, sizeof(*t));
	t->row = FN_NONE;
	if (!rec)
		return;
	bank = cpu_bank(rec, e);
	slot = box_reach_for(cpu, csd, e, &taken, &t->at);
	if (!slot) {
		bank->orphans++;
		return;
	}
	if (now > slot->time)
		delay = now - slot->time;
	horizon(rec, slot, now);
	if (slot->type == CSD_TYPE_TTWU)
		bank->ttwu++;
	else
		bank->function++;
	from = slot->from;
	t->queued = slot->time;
	t->row = from_row(from);
	t->by = from_by(from);
	t->src = from_src(from);
	if (slot->since != NO_CALL)
		t->call = slot->time - slot->since;
	if (watch_ns)
		origin_keep(cpu, rec->depth, t->at);
	if (keep_csds)
		record_entry(cpu, rec->depth, t->at, delay, follows);
	if (taken)
		store_release(&slot->csd, SLOT_FREE);
	else
		slot_leave(slot, csd, cpu, e);

	bin = hist_slot(delay);
	hist_add_cpu(&bank->delay, delay, bin);
	fn = fn_bank(TABLE_FN, t->row, cpu, e);
	if (fn)
		hist_add_row(&fn->delay, delay, bin);
	if (by_key == BY_NONE)
		return;
	if (by_key == BY_VICTIM)
		t->by = by_victim_row();
	fn = fn_bank(TABLE_BY, t->by, cpu, e);
	if (fn)
		hist_add_row(&fn->delay, delay, bin);
	if (fn && by_key == BY_VICTIM && sample_due(__sync_fetch_and_add(&fn->count, 1)))
		by_rename(t->by);
}

/* The same for the walk through a batch, whose callback is not to grow. */
__noinline int box_take_next(__u32 cpu, __u64 csd, __u32 e, __u64 now)
{
	struct taken t;

	box_take(cpu, csd, e, now, true, &t);
	return 0;
}

#endif /* IPITRACE_BPF_MAILBOX_BPF_H */
