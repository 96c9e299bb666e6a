// SPDX-License-Identifier: GPL-2.0
/* The merging of all CPUs' rings into one stream, by time. */
#include <pthread.h>
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/record.h"
#include "maps_memory.h"
#include "collect/maps.h"
#include "collect/read_bank.h"

#define CPUS   3
#define SLOTS  64
#define PLACES 128
#define CSD    0xffff888000000100ULL
#define S      1000000000ULL /* ns */

static struct maps maps;
static struct records records;

static int setup(void **state)
{
	struct geometry geo = geometry__of(CPUS);

	geo.mailbox_slots = geo.irq_work_slots = SLOTS;
	geo.origins = geometry__slots(&geo);
	geo.record_slots = PLACES;
	maps = maps_make(geo);
	records__open(&records, &maps);
	return 0;
}

static int teardown(void **state)
{
	records__close(&records);
	maps_free(&maps);
	return 0;
}

/* Take a place and write a record, as a program does, and if @complete publish the record. */
static struct record *ring_put(uint32_t cpu, uint64_t time, bool complete)
{
	struct record_ring *ring = &maps.rings[cpu];
	uint64_t number = ring->head;
	struct record *record = &maps.records[cpu * PLACES + number % PLACES];

	assert_true(number - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) < PLACES);
	record->time = time;
	record->handler = 7;
	record->kind = KIND_CALL_FUNCTION;
	record->dst = cpu;
	__atomic_store_n(&ring->head, number + 1, __ATOMIC_RELEASE);
	if (complete)
		__atomic_store_n(&record->seq, number + 1, __ATOMIC_RELEASE);
	return record;
}

static void slot_put(uint32_t box, uint32_t i, uint64_t csd, uint64_t time)
{
	struct slot *slot = box_slot(&maps, box, i);

	slot->time = time;
	slot->dst = 0; /* read in the irq_works' box only */
	__atomic_store_n(&slot->csd, csd, __ATOMIC_RELEASE);
}

static void gather(uint64_t now)
{
	assert_int_equal(records__gather(&records, now), 0);
}

/* Check that records of these times come next, and then none. */
static void check(const uint64_t *times, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct record *record = records__next(&records);

		if (!record)
			fail_msg("%llu does not come", (unsigned long long)times[i]);
		assert_int_equal(record->time, times[i]);
	}
	assert_null(records__next(&records));
}

#define COME(...) check((const uint64_t[]){ __VA_ARGS__ }, sizeof((uint64_t[]){ __VA_ARGS__ }) / 8)
#define NONE()	  check(NULL, 0)

TEST_F(empty_rings_have_no_records)
{
	gather(10 * S);
	NONE();
	assert_int_equal(records__finish(&records), 0);
	NONE();
	assert_int_equal(records.late, 0);
}

TEST_F(all_cpus_are_one_stream)
{
	ring_put(0, 300, true);
	ring_put(0, 100, true);
	ring_put(1, 200, true);
	ring_put(2, 50, true);
	ring_put(2, 301, true);
	gather(S);
	COME(50, 100, 200, 300, 301);
	ring_put(1, 400, true);
	gather(S);
	COME(400);
	gather(S);
	NONE();
}

TEST_F(records_wait_for_queued_csds)
{
	/* In a mailbox, in the irq_works' box, and just being taken out. */
	static const uint64_t csds[] = { CSD, CSD, SLOT_TAKEN };
	static const uint32_t boxes[] = { 1, CPUS, 2 };

	for (int i = 0; i < 3; i++) {
		uint64_t base = (i + 1) * 1000;

		slot_put(boxes[i], 5, csds[i], base + 100);
		ring_put(0, base + 200, true);
		ring_put(0, base + 99, true);
		ring_put(0, base + 100, true);
		gather(S);
		COME(base + 99, base + 100);
		gather(S);
		NONE();
		ring_put(1, base + 100, true);
		slot_put(boxes[i], 5, SLOT_FREE, 0);
		gather(S);
		COME(base + 100, base + 200);
	}
	assert_int_equal(records.late, 0);
}

TEST_F(records_wait_for_running_functions)
{
	maps.entered[2 * FRAMES + 3].time = 100;
	ring_put(0, 150, true);
	ring_put(1, 90, true);
	gather(S);
	COME(90);
	ring_put(2, 100, true);
	maps.entered[2 * FRAMES + 3].time = 0;
	gather(S);
	COME(100, 150);
}

TEST_F(a_slot_that_is_being_filled_settles_nothing)
{
	ring_put(0, 100, true);
	slot_put(1, 0, SLOT_CLAIMED, 0);
	gather(S);
	NONE();
	slot_put(1, 0, CSD, 150);
	ring_put(0, 160, true);
	gather(S);
	COME(100);
	/* Up to the last settled time, records still come. */
	slot_put(1, 1, SLOT_CLAIMED, 0);
	ring_put(1, 140, true);
	gather(S);
	COME(140);
	slot_put(1, 0, SLOT_FREE, 0);
	slot_put(1, 1, SLOT_FREE, 0);
	gather(S);
	COME(160);
}

TEST_F(records_wait_for_a_record_that_is_being_written)
{
	struct record *half;

	ring_put(0, 100, true);
	half = ring_put(0, 90, false);
	ring_put(0, 110, true);
	ring_put(1, 105, true);
	gather(S);
	NONE();
	half->seq = 2;
	gather(S);
	COME(90, 100, 105, 110);
	/* A place is used again: its old number shows that it is not written yet. */
	for (int i = 3; i < PLACES; i++) {
		ring_put(0, 1000 + i, true);
		gather(S);
		COME(1000 + (uint64_t)i);
	}
	half = ring_put(0, 5000, false);
	gather(S);
	NONE();
	half->seq = PLACES + 1;
	gather(S);
	COME(5000);
}

TEST_F(the_wait_ends_after_two_seconds)
{
	slot_put(1, 0, CSD, 5 * S);
	ring_put(0, 6 * S, true);
	gather(5 * S + RECORDS_HOLD_NS - 1);
	NONE();
	gather(5 * S + RECORDS_HOLD_NS);
	COME(6 * S);
	assert_int_equal(records.late, 0);
	slot_put(1, 0, SLOT_FREE, 0);
	ring_put(1, 5 * S, true);
	ring_put(1, 6 * S, true);
	gather(8 * S);
	COME(5 * S, 6 * S);
	assert_int_equal(records.late, 1);
	/* The same is true of a function that runs. */
	maps.entered[0].time = 9 * S;
	ring_put(0, 10 * S, true);
	gather(10 * S);
	NONE();
	gather(12 * S);
	COME(10 * S);
}

TEST_F(a_csd_behind_the_horizon_is_not_waited_for)
{
	slot_put(1, 0, CSD, 5 * S);
	ring_put(0, 6 * S, true);
	maps.cpus[1].flushed = 5 * S + HORIZON_MARGIN_NS;
	gather(6 * S + 1);
	NONE();
	maps.cpus[1].flushed++;
	gather(6 * S + 1);
	COME(6 * S);
}

TEST_F(void_records_are_skipped)
{
	struct record *record;

	record = ring_put(0, 100, false);
	record->kind = RECORD_VOID;
	record->seq = 1;
	ring_put(0, 200, true);
	gather(S);
	COME(200);
}

TEST_F(finish_returns_everything)
{
	const struct record *record;

	slot_put(1, 0, CSD, 100);
	maps.entered[FRAMES].time = 150;
	maps.entered[FRAMES].handler = NOT_KNOWN;
	ring_put(0, 200, true);
	gather(S);
	NONE();
	ring_put(2, 120, true);
	assert_int_equal(records__finish(&records), 0);
	assert_int_equal(records__next(&records)->time, 120);
	record = records__next(&records);
	assert_int_equal(record->time, 150);
	assert_true(record->handler == NOT_KNOWN);
	COME(200);
	assert_int_equal(records.late, 0);
}

/* `trace --min-delay 15us --min-handler 15us` ended with a record that had no handler time. */
TEST_F(a_minimum_holds_for_functions_that_still_run)
{
	records.min_delay = 1000;
	maps.entered[0] = (struct record){ .time = 150, .delay = 999, .handler = NOT_KNOWN };
	maps.entered[1] = (struct record){ .time = 160, .delay = NOT_KNOWN, .handler = NOT_KNOWN };
	maps.entered[2] = (struct record){ .time = 170, .delay = 1000, .handler = NOT_KNOWN };
	assert_int_equal(records__finish(&records), 0);
	COME(170);
	NONE();
	assert_int_equal(records__brief(&records), 2);
	records.min_handler = 1;
	assert_int_equal(records__finish(&records), 0);
	NONE();
	assert_int_equal(records__brief(&records), 5);
	records.min_handler = 0;
	records.min_wait = 1;
	assert_int_equal(records__finish(&records), 0);
	NONE();
	assert_int_equal(records__brief(&records), 8);
}

TEST_F(omitted_records_are_counted)
{
	for (int cpu = 0; cpu < CPUS; cpu++) {
		maps.rings[cpu].brief = 10 + cpu;
		for (int kind = 0; kind < NR_KINDS; kind++)
			maps.rings[cpu].dropped[kind] = 100 * kind + cpu;
	}
	assert_int_equal(records__brief(&records), 33);
	for (int kind = 0; kind < NR_KINDS; kind++)
		assert_int_equal(records__dropped(&records, kind), 300 * kind + 3);
}

/* A record for which there was no memory stays in its ring, for the next gather. */
TEST_F(a_record_without_memory_is_not_lost)
{
	struct record *held;

	ring_put(0, 100, true);
	gather(S);
	COME(100);
	gather(S);
	/* No memory has room for this many records, so the growth fails. */
	held = records.held;
	records.nr = records.room = SIZE_MAX / 2;
	ring_put(0, 200, true);
	ring_put(0, 300, true);
	assert_int_equal(records__gather(&records, S), -ENOMEM);
	assert_ptr_equal(records.held, held);
	records.nr = records.room = 0;
	gather(S);
	COME(200, 300);
	assert_int_equal(records__finish(&records), 0);
	NONE();
}

/*
 * A random machine: csds are queued, enter and leave after any time, and are read
 * at any time. All records must come, ordered by time.
 */
struct life {
	uint64_t queued;
	int stage; /* 0: in its slot, 1: running, 2: over */
	uint32_t cpu;
};

/* Bring @life one stage further. */
static void move(struct life *life, uint32_t i)
{
	struct record *running = &maps.entered[life->cpu * FRAMES + i / CPUS % FRAMES];

	if (life->stage == 0 && !running->time) {
		running->time = life->queued;
		slot_put(life->cpu, i, SLOT_FREE, 0);
		life->stage = 1;
	} else if (life->stage == 1) {
		ring_put(life->cpu, life->queued, true);
		running->time = 0;
		life->stage = 2;
	}
}

TEST_F(records_of_any_order_come_by_time)
{
	struct life lives[SLOTS] = {};
	uint64_t seed = 1, now = S, last = 0, queued = 0, came = 0;
	const struct record *record;

	for (int step = 0; step < 200000; step++) {
		uint32_t i = random_next(&seed) % SLOTS;
		struct life *life = &lives[i];

		now += 1 + random_next(&seed) % 5000;
		if (!life->queued || life->stage == 2) {
			*life = (struct life){ .queued = now, .cpu = i % CPUS };
			slot_put(life->cpu, i, CSD + 32 * i, now);
			queued++;
		} else {
			move(life, i);
		}
		if (random_next(&seed) % 30)
			continue;
		gather(now);
		while ((record = records__next(&records))) {
			assert_true(record->time >= last);
			last = record->time;
			came++;
		}
	}
	assert_true(came > 20000);
	assert_int_equal(records__finish(&records), 0);
	while (records__next(&records))
		came++;
	for (int i = 0; i < SLOTS; i++)
		queued -= lives[i].queued && lives[i].stage == 0;
	assert_int_equal(came, queued);
	assert_int_equal(records.late, 0);
}

/* Records that each CPU writes while its ring is read. */
#define RUNS 300000

static void *writer(void *arg)
{
	uint32_t cpu = (uintptr_t)arg;
	struct record_ring *ring = &maps.rings[cpu];

	for (uint64_t i = 0; i < RUNS; i++) {
		while (i - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) >= PLACES)
			sched_yield();
		ring_put(cpu, (i + 1) * 10 + cpu, true);
	}
	return NULL;
}

TEST_F(no_record_is_torn_or_lost_during_writes)
{
	uint64_t next[CPUS] = { 10, 11, 12 }, came = 0;
	pthread_t threads[CPUS];
	const struct record *record;

	for (uintptr_t cpu = 0; cpu < CPUS; cpu++)
		assert_int_equal(pthread_create(&threads[cpu], NULL, writer, (void *)cpu), 0);
	while (came < (uint64_t)CPUS * RUNS) {
		gather(100 * S);
		for (; (record = records__next(&records)); came++) {
			assert_members(*record, time, next[record->dst], handler, 7);
			next[record->dst] += 10;
		}
	}
	for (int cpu = 0; cpu < CPUS; cpu++)
		pthread_join(threads[cpu], NULL);
}

/* An irq_work's destination shares its word with a call's age, whose NO_CALL is no CPU. */
TEST_F(a_slot_that_changes_is_no_index)
{
	slot_put(CPUS, 3, CSD, 5 * S);
	maps.slots[CPUS * SLOTS + 3].since = NO_CALL;
	ring_put(0, 6 * S, true);
	assert_int_equal(records__gather(&records, 6 * S + S / 2), 0);
	/* The csd in the slot is outstanding, so the later record is held back. */
	assert_null(records__next(&records));
}

#ifdef __SANITIZE_ADDRESS__
/* A sanitizer ends a program that asks for more memory than there can be. */
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}
#endif

TEST_MAIN(NULL, NULL)
