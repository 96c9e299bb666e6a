// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "collect/read_bank.h"

/*
 * How often to try again if a program is writing a slot or record. After that, the next gather
 * reads what is being written.
 */
#define RETRIES 200

void records__open(struct records *records, const struct maps *maps)
{
	*records = (struct records){ .maps = maps, .oldest = NOT_KNOWN };
}

void records__close(struct records *records)
{
	free(records->held);
	records->held = NULL;
}

static int compare_times(const void *pa, const void *pb)
{
	const struct record *a = pa, *b = pb;

	return cmp_u64(a->time, b->time) ?: cmp_u64(a->src, b->src);
}

static int record_hold(struct records *records, const struct record *record)
{
	if (records->nr == records->room) {
		size_t room = records->room ? 2 * records->room : 1024;
		struct record *held = reallocarray(records->held, room, sizeof(*held));

		if (!held)
			return -ENOMEM;
		records->held = held;
		records->room = room;
	}
	records->held[records->nr++] = *record;
	if (record->time < records->oldest)
		records->oldest = record->time;
	return 0;
}

/* Read the ring of @cpu. *@unwritten: the number of places taken but not written yet. */
static int ring_read(struct records *records, uint32_t cpu, uint64_t *unwritten)
{
	const struct maps *maps = records->maps;
	struct record_ring *ring = &maps->rings[cpu];
	uint32_t slots = maps->geo.record_slots;
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE), tail = ring->tail;
	int err = 0;

	while (!err && tail != head) {
		struct record *record = &maps->records[(size_t)cpu * slots + (tail & (slots - 1))];

		if (__atomic_load_n(&record->seq, __ATOMIC_ACQUIRE) != tail + 1)
			break;
		/* Without memory the record stays in the ring. */
		if (record->kind != RECORD_VOID)
			err = record_hold(records, record);
		tail += !err;
	}
	__atomic_store_n(&ring->tail, tail, __ATOMIC_RELEASE);
	*unwritten = head - tail;
	return err;
}

/* Read all rings. *@complete gets whether no program was writing a record. */
static int rings_read(struct records *records, bool *complete)
{
	*complete = true;
	for (uint32_t cpu = 0; cpu < records->maps->geo.nr_cpus; cpu++) {
		uint64_t unwritten;
		int err;

		for (int retry = 0; retry < RETRIES; retry++) {
			err = ring_read(records, cpu, &unwritten);
			if (err)
				return err;
			if (!unwritten)
				break;
			sched_yield();
		}
		*complete &= !unwritten;
	}
	return 0;
}

/* Whether the csd in slot @i must have run unseen, because its CPU's horizon is later. */
static bool is_past_horizon(const struct maps *maps, const struct slot *slot, uint32_t i)
{
	uint32_t box = i / maps->geo.mailbox_slots;
	uint32_t dst = box < maps->geo.nr_cpus ? box :
						 __atomic_load_n(&slot->dst, __ATOMIC_RELAXED);

	/* Another csd may be filling the slot by now: the word is then half written. */
	if (dst >= maps->geo.nr_cpus)
		return false;
	return __atomic_load_n(&slot->time, __ATOMIC_RELAXED) + HORIZON_MARGIN_NS <
	       __atomic_load_n(&maps->cpus[dst].flushed, __ATOMIC_RELAXED);
}

/* A csd queued at @time is outstanding: lower *@earliest, unless the csd is too old to wait for. */
static void earliest_lower(uint64_t time, uint64_t now, uint64_t *earliest)
{
	if (time + RECORDS_HOLD_NS > now && time < *earliest)
		*earliest = time;
}

/*
 * Find the earliest queue event of the outstanding csds; *@time is at most @now. A slot is claimed
 * before its queue event reads the clock, and a csd is in `entered` before its slot is free. So a
 * csd that is in neither place is in the rings, or was queued after @now. Returns false if a
 * program is filling a slot, because the time of its csd is unknown.
 */
static bool earliest_find(const struct records *records, uint64_t now, uint64_t *time)
{
	const struct maps *maps = records->maps;

	*time = now;
	for (uint32_t i = 0; i < geometry__slots(&maps->geo); i++) {
		struct slot *slot = &maps->slots[i];
		uint64_t csd = __atomic_load_n(&slot->csd, __ATOMIC_ACQUIRE);

		for (int retry = 0; csd == SLOT_CLAIMED && retry < RETRIES; retry++) {
			sched_yield();
			csd = __atomic_load_n(&slot->csd, __ATOMIC_ACQUIRE);
		}
		if (csd == SLOT_CLAIMED)
			return false;
		if ((csd == SLOT_TAKEN || slot_has_csd(csd)) && !is_past_horizon(maps, slot, i))
			earliest_lower(__atomic_load_n(&slot->time, __ATOMIC_RELAXED), now, time);
	}
	for (uint32_t i = 0; i < maps->geo.nr_cpus * FRAMES; i++) {
		uint64_t began = __atomic_load_n(&maps->entered[i].time, __ATOMIC_ACQUIRE);

		if (began)
			earliest_lower(began, now, time);
	}
	return true;
}

/* Drop the records that were returned. */
static void held_drop(struct records *records)
{
	records->nr -= records->next;
	memmove(records->held, records->held + records->next, records->nr * sizeof(*records->held));
	records->next = records->due = 0;
	records->oldest = NOT_KNOWN;
	for (size_t i = 0; i < records->nr; i++)
		if (records->held[i].time < records->oldest)
			records->oldest = records->held[i].time;
}

/* Find the records that are due. Sorts only if some are due, because many may be held for long. */
static void held_settle(struct records *records)
{
	if (records->oldest > records->settled)
		return;
	if (records->nr)
		qsort(records->held, records->nr, sizeof(*records->held), compare_times);
	while (records->due < records->nr && records->held[records->due].time <= records->settled)
		records->due++;
}

int records__gather(struct records *records, uint64_t now)
{
	uint64_t time;
	bool time_known, complete;
	int err;

	if (records->next)
		held_drop(records);
	err = rings_read(records, &complete);
	if (err || !records->nr)
		return err;
	time_known = earliest_find(records, now, &time);
	/* Again: a csd that was in no slot and not in `entered` is in a ring by then. */
	err = rings_read(records, &complete);
	if (!err && time_known && complete)
		records->settled = time;
	held_settle(records);
	return err;
}

int records__finish(struct records *records)
{
	bool complete;
	int err;

	if (records->next)
		held_drop(records);
	err = rings_read(records, &complete);
	for (uint32_t i = 0; !err && i < records->maps->geo.nr_cpus * FRAMES; i++) {
		const struct record *entered = &records->maps->entered[i];
		/* The same minima as in bpf/records.bpf.h: an unknown time is too short. */
		bool is_wanted = !records->min_handler && !records->min_wait &&
				 (!records->min_delay || (entered->delay != NOT_KNOWN &&
							  entered->delay >= records->min_delay));

		if (entered->time && !is_wanted)
			records->unfinished++;
		else if (entered->time)
			err = record_hold(records, entered);
	}
	records->settled = NOT_KNOWN;
	held_settle(records);
	return err;
}

const struct record *records__next(struct records *records)
{
	const struct record *record;

	if (records->next == records->due)
		return NULL;
	record = &records->held[records->next++];
	if (record->time < records->last)
		records->late++;
	else
		records->last = record->time;
	return record;
}

uint64_t records__dropped(const struct records *records, enum ipi_kind kind)
{
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < records->maps->geo.nr_cpus; cpu++)
		sum += __atomic_load_n(&records->maps->rings[cpu].dropped[kind], __ATOMIC_RELAXED);
	return sum;
}

uint64_t records__brief(const struct records *records)
{
	uint64_t sum = records->unfinished;

	for (uint32_t cpu = 0; cpu < records->maps->geo.nr_cpus; cpu++)
		sum += __atomic_load_n(&records->maps->rings[cpu].brief, __ATOMIC_RELAXED);
	return sum;
}
