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
#ifndef IPITRACE_MAILBOX_BPF_H
#define IPITRACE_MAILBOX_BPF_H

#define NO_SLOT 0xffffffffU

/*
 * So many places are looked at in line, the rest, hardly ever, by
 * bpf_loop(): the verifier walks through each turn of a loop, and its time
 * is our time from exec to collecting.
 */
#define PROBES_INLINE 3

/* The box of the irq_works lies behind those of the CPUs; so does its rec. */
static __always_inline __u32 box_slots(__u32 box)
{
	return box == nr_cpus ? irq_work_slots : mailbox_slots;
}

static __always_inline __u32 box_at(__u32 box, __u32 hash, __u32 distance)
{
	return box * mailbox_slots + ((hash + distance) & (box_slots(box) - 1));
}

/* Which one, where a csd is there twice. */
enum which {
	OLDEST, /* it runs first */
	NEWEST,
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
		if (slot->fresh && slot->src == s->cpu)
			s->found = at;
		return s->found != NO_SLOT;
	}
	if (s->found == NO_SLOT || (slot->time < s->time) == (s->which == OLDEST)) {
		s->found = at;
		s->time = slot->time;
	}
	return s->which == OLDEST && !slot->has_older;
}

static long find_next(__u32 i, struct search *s)
{
	return !(s->reach >> (i + PROBES_INLINE)) || find_at(s, i + PROBES_INLINE);
}

/* By value: so that in the near search nothing of it has to be in memory. */
static __always_inline __u32 find_far(struct search s)
{
	struct search far = s;

	bpf_loop(MAILBOX_PROBES - PROBES_INLINE, find_next, &far, 0);
	return far.found;
}

/*
 * @which instance of @csd in @box: the index of its slot, NO_SLOT if there is
 * none.
 */
__noinline __u32 box_find(__u32 box, __u64 csd, __u32 which)
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
	return s.reach >> PROBES_INLINE ? find_far(s) : s.found;
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

static __always_inline struct search claim_far(struct search s)
{
	struct search far = s;

	bpf_loop(MAILBOX_PROBES - 1, claim_next, &far, 0);
	return far;
}

/* A free slot for @csd in @box, now SLOT_CLAIMED; NO_SLOT: none in reach. */
__noinline __u32 box_claim(__u32 box, __u64 csd)
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
	if (!claim_at(&s, 0))
		s = claim_far(s);
	if (s.found != NO_SLOT && !(*(volatile __u64 *)&rec->reach & s.reach))
		__sync_fetch_and_or(&rec->reach, s.reach);
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
 * While @csd is put into @dst's box again: drop what must have run unseen.
 * Returns whether one is left that may still run.
 */
static __always_inline bool box_settle(struct cpu_bank *bank, __u32 dst, __u64 csd, __u32 e)
{
	int i;

	for (i = 0; i < 3; i++) {
		__u32 newest = box_find(dst, csd, NEWEST), oldest = newest;
		struct slot *slot = slot_at(newest);

		if (!slot)
			return false;
		if (slot->has_older)
			oldest = box_find(dst, csd, OLDEST);
		if (oldest == newest && slot->type == CSD_TYPE_ASYNC && !past_horizon(dst, slot))
			return true;
		slot = slot_at(oldest);
		if (slot && slot_leave(slot, csd, dst, e))
			count_atomic(&bank->lost[LOST_RUN_UNSEEN], 1);
	}
	return false;
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

/* Rows of the two tables in one number, as a subprogram returns it. */
#define ROWS(row, by) ((__u64)(by) << 32 | (row))

/*
 * @csd is entered on @cpu, this one, with interrupts off: account for its
 * delivery. Returns its rows; FN_NONE if its queue event was not seen.
 */
__noinline __u64 box_take(__u32 cpu, __u64 csd, __u32 e, __u64 now)
{
	__u32 at = box_find(cpu, csd, OLDEST), row, by, bin;
	struct cpu_rec *rec = cpu_rec(cpu);
	struct cpu_bank *bank;
	struct fn_bank *fn;
	struct slot *slot;
	__u64 delay = 0;

	if (!rec)
		return FN_NONE;
	bank = cpu_bank(rec, e);
	slot = slot_at(at);
	if (!slot) {
		bank->orphans++;
		return FN_NONE;
	}
	if (now > slot->time)
		delay = now - slot->time;
	horizon(rec, slot, now);
	if (slot->type == CSD_TYPE_TTWU)
		bank->ttwu++;
	else
		bank->function++;
	bin = hist_slot(delay);
	hist_add(&bank->delay, delay, bin);
	row = slot->row;
	fn = fn_bank(TABLE_FN, row, cpu, e);
	if (fn)
		hist_add_shared(&fn->delay, delay, bin);
	by = by_key == BY_VICTIM ? by_victim_row() : slot->by;
	fn = by_key != BY_NONE ? fn_bank(TABLE_BY, by, cpu, e) : NULL;
	if (fn)
		hist_add_shared(&fn->delay, delay, bin);
	if (fn && by_key == BY_VICTIM)
		count_atomic(&fn->count, 1);
	if (slot->epoch == e)
		store_release(&slot->csd, SLOT_FREE);
	else
		slot_leave(slot, csd, cpu, e);
	return ROWS(row, by);
}

#endif /* IPITRACE_MAILBOX_BPF_H */
