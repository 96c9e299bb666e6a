/* SPDX-License-Identifier: GPL-2.0 */
/* The delivery of a csd: from the sender's slot to the destination's entry. */
#ifndef IPITRACE_BPF_DELIVERY_BPF_H
#define IPITRACE_BPF_DELIVERY_BPF_H

#include "bpf/mailbox.bpf.h"
#include "bpf/records.bpf.h"
#include "bpf/samples.bpf.h"
#include "bpf/stalls.bpf.h"

/* A csd that was taken out of a box, for the frame in which it runs. */
struct taken {
	__u64 queued; /* CLOCK_MONOTONIC ns */
	__u64 call; /* the call of @src that waits for the csd; 0: none */
	__u32 row; /* FN_NONE: the queue event was not seen */
	__u32 by; /* row in TABLE_BY */
	__u32 src;
	__u32 part; /* 1 + the slot in which @src collects the end time; 0: none */
	__u32 at; /* the slot in which the csd was; another csd may have the slot by now */
	__u32 stolen; /* 1: a part of the delay has steal time, and is counted */
};

/*
 * Returns the slot of @csd on this CPU, @cpu; *@found gets its index. Nearly always that is @home,
 * where the search begins. Then a cmpxchg sets the slot to SLOT_TAKEN, and *@taken is true; no read
 * comes before the cmpxchg, so that the cache line moves here only once. A csd of an earlier epoch
 * is put back, because slot_leave() must remove it.
 */
static __always_inline struct slot *box_find_or_take(__u32 cpu, __u64 csd, __u32 home, __u32 e,
						     bool *taken, __u32 *found)
{
	struct slot *slot = slot_at(home), *older = NULL;
	__u32 older_at = NO_SLOT;

	*taken = false;
	if (!slot || __sync_val_compare_and_swap(&slot->csd, csd, SLOT_TAKEN) != csd) {
		*found = box_find_far(cpu, csd, OLDEST);
		return slot_at(*found);
	}
	if (slot->flags & SLOT_HAS_OLDER) {
		older_at = box_find_far(cpu, csd, OLDEST);
		older = slot_at(older_at);
	}
	/*
	 * A run unlocks an ASYNC csd, which may then be queued again, so the instance in the other
	 * slot may be the younger one.
	 */
	if (older && older->time > slot->time)
		older = NULL;
	*taken = !older && slot->epoch == e;
	if (!*taken)
		store_release(&slot->csd, csd);
	*found = older ? older_at : home;
	return older ? older : slot;
}

/* Only after a delay longer than this, ns, does the program search for a newer instance. */
#define NEWER_NS 100000

/*
 * @csd, which is ASYNC, is entered on this CPU, @cpu. An instance of it was found in the slot
 * @found; @taken: as in box_find_or_take(). The kernel unlocks an ASYNC csd before its function,
 * and locks the csd again before the next queue event: if an instance is in a slot, and the csd is
 * not locked after that was seen, then that instance was taken out of the queue, and runs now;
 * older instances have run unseen. Returns the slot of the newest instance; NO_SLOT: @found is that
 * slot.
 */
__noinline __u32 box_find_newer(__u32 cpu, __u64 csd, __u32 found, bool taken, __u32 e)
{
	__u32 newest = box_find_far(cpu, csd, NEWEST);
	struct slot *slot = slot_at(found), *newer = slot_at(newest);
	__u64 order = 0;

	if (!slot || !newer || newest == found || newer->time <= slot->time)
		return NO_SLOT;
	/*
	 * An atomic operation, on a variable that no other CPU has, orders the read of the flags
	 * after the reads of the slot, also on arm64.
	 */
	if (__sync_val_compare_and_swap(&order, 0, 1) ||
	    csd_cast(csd)->node.u_flags & CSD_FLAG_LOCK)
		return NO_SLOT;
	if (taken)
		store_release(&slot->csd, csd);
	slot_lose(found, csd, cpu, e);
	return newest;
}

/*
 * Returns the slot of the instance of @csd that is entered on this CPU, @cpu, at @now: the newest
 * instance, because older instances have run unseen. *@taken and *@found are set as by
 * box_find_or_take().
 */
static __always_inline struct slot *box_instance(__u32 cpu, __u64 csd, __u32 home, __u32 e,
						 __u64 now, bool *taken, __u32 *found)
{
	struct slot *slot = box_find_or_take(cpu, csd, home, e, taken, found);
	__u32 newest;

	if (!slot || slot->type != CSD_TYPE_ASYNC || now <= slot->time + NEWER_NS)
		return slot;
	newest = box_find_newer(cpu, csd, *found, *taken, e);
	if (newest == NO_SLOT)
		return slot;
	*taken = false;
	*found = newest;
	return slot_at(newest);
}

/*
 * Count the run of @t as an orphan: user space emptied the slot of @t meanwhile, because the csd is
 * past the horizon, and counted the csd as lost (box_count() in collect/read_cpus.c).
 */
static __always_inline void box_take_back(struct cpu_rec *rec, struct cpu_bank *bank, bool ttwu,
					  bool follows, struct taken *t)
{
	if (ttwu)
		bank->ttwu--;
	else
		bank->function--;
	bank->orphans++;
	if (keep_csds() && !follows)
		record_forget(bpf_get_smp_processor_id(), rec->depth);
	t->row = FN_NONE;
	t->call = 0;
	t->part = 0;
}

/* Add the delay of @t, a csd that is entered on this CPU, @cpu. */
static __always_inline void delay_add(struct cpu_bank *bank, struct taken *t, __u32 cpu,
				      __u64 delay, __u32 e)
{
	__u32 bin = hist_slot(delay);

	if (!row_add(TABLE_FN, t->row, ROW_DELAY, cpu, delay, bin, e))
		hist_add(&bank->delay, delay, bin);
	if (by_key == BY_NONE)
		return;
	if (by_key == BY_VICTIM)
		t->by = by_victim_row();
	row_add(TABLE_BY, t->by, ROW_DELAY, cpu, delay, bin, e);
	if (by_key == BY_VICTIM && sample_due(row_count(TABLE_BY, t->by, cpu, e)))
		by_rename(t->by);
}

/*
 * @csd is entered on this CPU, @cpu, with interrupts off: count its delivery, and fill @t. @home:
 * the slot where the search for @csd begins. @follows: @csd is in a TTWU batch, and is not its
 * first csd.
 */
static __always_inline void box_take(__u32 cpu, __u64 csd, __u32 home, __u32 e, __u64 now,
				     bool follows, struct taken *t)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	struct cpu_bank *bank;
	struct slot *slot;
	__u64 delay = 0, stolen, next = SLOT_FREE;
	bool taken, ttwu;
	__u32 from;

	__builtin_memset(t, 0, sizeof(*t));
	t->row = FN_NONE;
	if (!rec)
		return;
	bank = cpu_bank(rec, e);
	slot = box_instance(cpu, csd, home, e, now, &taken, &t->at);
	if (!slot) {
		bank->orphans++;
		return;
	}
	if (now > slot->time)
		delay = now - slot->time;
	stolen = stolen_since(cpu, slot->time, delay, now);
	horizon_advance(rec, slot, now);
	ttwu = slot->type == CSD_TYPE_TTWU;
	if (ttwu)
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
	/*
	 * The frame has the origin of the batch's first csd; the origin of a later csd is kept at
	 * the next depth, for the report of that csd.
	 */
	if (stall_threshold_ns && rec->depth + follows < FRAMES)
		origin_keep(cpu, rec->depth + follows, t->at);
	if (keep_csds())
		record_entry(cpu, rec->depth, t->at, delay, stolen, follows);
	if (slot->flags & SLOT_PART) {
		t->part = t->at + 1;
		next = SLOT_RUNS;
	}
	if (taken) {
		store_release(&slot->csd, next);
	} else if (!slot_leave(slot, t->at, csd, next, cpu, e)) {
		box_take_back(rec, bank, ttwu, follows, t);
		return;
	}
	if (!keep_sums)
		return;
	delay_add(bank, t, cpu, delay, e);
	if (steal_clocks && stolen) {
		stolen_add(bank, t->row, t->by, ROW_DELAY, stolen, 1, e);
		t->stolen = 1;
	}
}

/*
 * TTWU batches. All wake-ups of a flush have one entry and one exit, with the csd of
 * the first (sched_ttwu_pending(), 6.12 kernel/smp.c:566). The list is private
 * until that function walks it, so the entry program can walk the list too.
 */

/* More csds than a list can have, because each task has one. */
#define BATCH_MAX (1 << 22)

struct batch {
	__u64 csd; /* the csd that was taken last */
	__u64 now;
	__u32 cpu;
	__u32 e;
};

/*
 * The wake-up @t, not the first of its batch, is entered too late: report its delivery. The report
 * has no stack, because the report of the batch's first csd has the same stack.
 */
static __always_inline void batch_report_delivery(const struct cpu_rec *rec, __u32 cpu, __u64 csd,
						  const struct taken *t, __u64 now)
{
	struct stall_event *ev = stall_event_reserve(PHASE_DELIVERY, t->queued, now);

	if (!ev)
		return;
	if (rec->depth + 1 < FRAMES)
		stall_event_set_sender(ev, frame_origin(cpu, rec->depth + 1));
	ev->src = t->src;
	ev->dst = cpu;
	stall_event_set_victim(ev, csd);
	stall_event_set_arrived(ev, rec);
	stall_event_submit(ev);
}

/* Out of line to keep the walk's callback small. */
__noinline int batch_take_one(__u32 cpu, __u64 csd, __u32 e, __u64 now)
{
	struct cpu_rec *rec = cpu_rec(cpu);
	const bool follows = true;
	struct taken t;

	box_take(cpu, csd, cpu_probe(cpu, csd_home(csd), 0), e, now, follows, &t);
	if (rec && stall_threshold_ns && t.row != FN_NONE && now > t.queued + stall_threshold_ns)
		batch_report_delivery(rec, cpu, csd, &t, now);
	return 0;
}

static long batch_next(__u32 i __attribute__((unused)), struct batch *b)
{
	struct cpu_rec *rec = cpu_rec(b->cpu);

	if (!rec)
		return 1;
	/* A store to a map and a load from it turn the kernel pointer into a scalar. */
	*(volatile __u64 *)&rec->next = (__u64)csd_cast(b->csd)->node.llist.next;
	b->csd = *(volatile __u64 *)&rec->next;
	if (!b->csd)
		return 1;
	batch_take_one(b->cpu, b->csd, b->e, b->now);
	return 0;
}

/*
 * Take the csds that follow @csd, the first, out of the box of this CPU, @cpu. Returns
 * whether there are any.
 */
static __always_inline bool batch_take(__u32 cpu, __u64 csd, __u32 e, __u64 now)
{
	struct batch b = { .csd = csd, .now = now, .cpu = cpu, .e = e };

	/* The last turn finds the end of the list. */
	return bpf_loop(BATCH_MAX, batch_next, &b, 0) > 1;
}

#endif /* IPITRACE_BPF_DELIVERY_BPF_H */
