// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/record.h"
#include "collect/geometry.h"
#include "collect/maps.h"
#include "collect/read_records.h"

/* Looks at what a program is just writing, before it is left for the next time. */
#define LOOKS 200

void records__open(struct records *r, const struct maps *maps)
{
	*r = (struct records){ .maps = maps, .oldest = NOT_KNOWN };
}

void records__close(struct records *r)
{
	free(r->held);
	r->held = NULL;
}

static int by_time(const void *pa, const void *pb)
{
	const struct record *a = pa, *b = pb;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return (a->src > b->src) - (a->src < b->src);
}

static struct record *held_add(struct records *r)
{
	if (r->nr == r->room) {
		size_t room = r->room ? 2 * r->room : 1024;
		struct record *held = reallocarray(r->held, room, sizeof(*held));

		if (!held)
			return NULL;
		r->held = held;
		r->room = room;
	}
	return &r->held[r->nr++];
}

static int hold(struct records *r, const struct record *record)
{
	struct record *own = held_add(r);

	if (!own)
		return -ENOMEM;
	*own = *record;
	if (own->time < r->oldest)
		r->oldest = own->time;
	return 0;
}

/* Read the ring of @cpu. Returns how many places are taken and not whole. */
static int ring_read(struct records *r, uint32_t cpu, uint64_t *unwritten)
{
	const struct maps *maps = r->maps;
	struct record_ring *ring = &maps->rings[cpu];
	uint32_t slots = maps->geo.record_slots;
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE), tail = ring->tail;
	int err = 0;

	while (!err && tail != head) {
		struct record *record = &maps->records[(size_t)cpu * slots + (tail & (slots - 1))];

		if (__atomic_load_n(&record->seq, __ATOMIC_ACQUIRE) != tail + 1)
			break;
		if (record->kind != RECORD_VOID)
			err = hold(r, record);
		tail++;
	}
	__atomic_store_n(&ring->tail, tail, __ATOMIC_RELEASE);
	*unwritten = head - tail;
	return err;
}

/* Read all rings. @whole: that nothing in them was just being written. */
static int rings_read(struct records *r, bool *whole)
{
	*whole = true;
	for (uint32_t cpu = 0; cpu < r->maps->geo.nr_cpus; cpu++) {
		uint64_t unwritten;
		int err;

		for (int i = 0; i < LOOKS; i++) {
			err = ring_read(r, cpu, &unwritten);
			if (err)
				return err;
			if (!unwritten)
				break;
			sched_yield();
		}
		*whole &= !unwritten;
	}
	return 0;
}

/* It must have run, unseen: what was queued to its CPU later has long run. */
static bool past_horizon(const struct maps *maps, const struct slot *slot, uint32_t i)
{
	uint32_t box = i / maps->geo.mailbox_slots;
	uint32_t dst = box < maps->geo.nr_cpus ? box : slot->dst;
	uint64_t flushed = __atomic_load_n(&maps->cpus[dst].flushed, __ATOMIC_RELAXED);

	return slot->time + HORIZON_MARGIN_NS < flushed;
}

static void outstanding(uint64_t time, uint64_t now, uint64_t *earliest)
{
	if (time + RECORDS_HOLD_NS > now && time < *earliest)
		*earliest = time;
}

/*
 * The least time of what is queued and has not run. A slot is claimed before
 * its queue event reads the clock, and a csd is in `entered` before its slot
 * is free; so what is seen in neither is in the rings, or was queued after
 * @now. False: a slot is just being filled, and its time cannot be told.
 */
static bool earliest(const struct records *r, uint64_t now, uint64_t *time)
{
	const struct maps *maps = r->maps;

	*time = now;
	for (uint32_t i = 0; i < geometry__slots(&maps->geo); i++) {
		struct slot *slot = &maps->slots[i];
		uint64_t csd = __atomic_load_n(&slot->csd, __ATOMIC_ACQUIRE);

		for (int look = 0; csd == SLOT_CLAIMED && look < LOOKS; look++) {
			sched_yield();
			csd = __atomic_load_n(&slot->csd, __ATOMIC_ACQUIRE);
		}
		if (csd == SLOT_CLAIMED)
			return false;
		if (csd != SLOT_FREE && !past_horizon(maps, slot, i))
			outstanding(slot->time, now, time);
	}
	for (uint32_t i = 0; i < maps->geo.nr_cpus * FRAMES; i++) {
		uint64_t began = __atomic_load_n(&maps->entered[i].time, __ATOMIC_ACQUIRE);

		if (began)
			outstanding(began, now, time);
	}
	return true;
}

/* Drop what was handed over. */
static void held_drop(struct records *r)
{
	r->nr -= r->next;
	memmove(r->held, r->held + r->next, r->nr * sizeof(*r->held));
	r->next = r->due = 0;
	r->oldest = NOT_KNOWN;
	for (size_t i = 0; i < r->nr; i++)
		if (r->held[i].time < r->oldest)
			r->oldest = r->held[i].time;
}

/* Sort only where something comes out of it: much may be held for long. */
static void held_settle(struct records *r)
{
	if (r->oldest > r->settled)
		return;
	qsort(r->held, r->nr, sizeof(*r->held), by_time);
	while (r->due < r->nr && r->held[r->due].time <= r->settled)
		r->due++;
}

int records__gather(struct records *r, uint64_t now)
{
	uint64_t time;
	bool told, whole;
	int err;

	if (r->next)
		held_drop(r);
	err = rings_read(r, &whole);
	if (err || !r->nr)
		return err;
	told = earliest(r, now, &time);
	err = rings_read(r, &whole);
	if (!err && told && whole)
		r->settled = time;
	held_settle(r);
	return err;
}

int records__finish(struct records *r)
{
	bool whole;
	int err;

	if (r->next)
		held_drop(r);
	err = rings_read(r, &whole);
	for (uint32_t i = 0; !err && i < r->maps->geo.nr_cpus * FRAMES; i++)
		if (r->maps->entered[i].time)
			err = hold(r, &r->maps->entered[i]);
	r->settled = NOT_KNOWN;
	held_settle(r);
	return err;
}

const struct record *records__next(struct records *r)
{
	const struct record *record;

	if (r->next == r->due)
		return NULL;
	record = &r->held[r->next++];
	if (record->time < r->last)
		r->late++;
	else
		r->last = record->time;
	return record;
}

uint64_t records__dropped(const struct records *r, enum ipi_kind kind)
{
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < r->maps->geo.nr_cpus; cpu++)
		sum += __atomic_load_n(&r->maps->rings[cpu].dropped[kind], __ATOMIC_RELAXED);
	return sum;
}

uint64_t records__brief(const struct records *r)
{
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < r->maps->geo.nr_cpus; cpu++)
		sum += __atomic_load_n(&r->maps->rings[cpu].brief, __ATOMIC_RELAXED);
	return sum;
}
