// SPDX-License-Identifier: GPL-2.0
/*
 * The csds in flight at a cut: those in the mailboxes, those that left since
 * the cut, and those that the horizon has passed. csd_queue() and csd_leave()
 * play the programs' part, as bpf/mailbox.bpf.h has it.
 */
#include <pthread.h>
#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "maps_memory.h"
#include "collect/maps.h"
#include "collect/read_bank.h"
#include "model/snapshot.h"

#define CSD    0xffff888100000000ULL
#define MARGIN HORIZON_MARGIN_NS

/* CSD_TYPE_* (include/linux/smp_types.h, since 5.8) */
#define TYPE_ASYNC 0x00
#define TYPE_SYNC  0x10

static const uint32_t machines[] = { 1, 2, 16, 65, 300 };

static void csd_put(struct slot *slot, uint32_t epoch, uint64_t time)
{
	slot->time = time;
	slot->epoch = epoch;
	__atomic_store_n(&slot->csd, CSD, __ATOMIC_RELEASE);
}

/* CPU 0 sends a csd in @epoch, into slot @i of @box. */
static void csd_queue(struct maps *maps, uint32_t box, uint32_t i, uint32_t epoch)
{
	csd_put(box_slot(maps, box, i), epoch, 0);
	maps->cpus[0].bank[epoch & 1].edges_other++;
}

/* The csd in slot @i of @box runs in @epoch. */
static void csd_leave(struct maps *maps, uint32_t box, uint32_t i, uint32_t epoch)
{
	struct cpu_bank *bank = &maps->cpus[box].bank[epoch & 1];
	struct slot *slot = box_slot(maps, box, i);
	bool earlier = slot->epoch != epoch;

	bank->function++;
	if (earlier)
		__atomic_fetch_add(&bank->leave_begun, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&slot->csd, SLOT_FREE, __ATOMIC_SEQ_CST);
	if (earlier)
		__atomic_fetch_add(&bank->left, 1, __ATOMIC_SEQ_CST);
}

static struct ledger ledger_read(struct maps *maps, uint32_t epoch, uint64_t carried_in)
{
	struct snapshot snap = banks_read(maps, epoch);
	struct ledger ledger = snap.ledger;

	snapshot__free(&snap);
	ledger.carried_in = carried_in;
	return ledger;
}

static uint64_t in_flight(struct maps *maps, uint32_t epoch)
{
	return ledger_read(maps, epoch, 0).in_flight;
}

static uint32_t box_size(const struct maps *maps, uint32_t box)
{
	return box == maps->geo.nr_cpus ? maps->geo.irq_work_slots : maps->geo.mailbox_slots;
}

TEST(every_slot_of_every_box_is_counted)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct maps maps = maps_make(geometry__of(machines[i]));
		uint32_t nr = 0, all = geometry__slots(&maps.geo);

		for (uint32_t box = 0; box <= machines[i]; box++) {
			csd_queue(&maps, box, 0, 1);
			csd_queue(&maps, box, box_size(&maps, box) - 1, 1);
			nr += 2;
			assert_int_equal(in_flight(&maps, 1), nr);
		}
		for (uint32_t slot = 0; slot < all; slot++)
			csd_put(&maps.slots[slot], 1, 0);
		assert_int_equal(in_flight(&maps, 1), all);
		/* Counting leaves the csds in their slots. */
		assert_int_equal(in_flight(&maps, 1), all);
		maps_free(&maps);
	}
}

TEST(newer_claimed_and_free_slots_do_not_count)
{
	struct maps maps = maps_make(geometry__of(4));

	for (uint32_t box = 0; box <= 4; box++) {
		csd_put(box_slot(&maps, box, 0), 5, 0); /* counts */
		csd_put(box_slot(&maps, box, 1), 6, 0);
		csd_put(box_slot(&maps, box, 2), 5, 0);
		box_slot(&maps, box, 2)->csd = SLOT_CLAIMED;
		csd_put(box_slot(&maps, box, 3), 5, 0);
		box_slot(&maps, box, 3)->csd = SLOT_FREE;
		csd_put(box_slot(&maps, box, 4), 1, 0); /* counts */
	}
	assert_int_equal(in_flight(&maps, 5), 5 * 2);
	assert_int_equal(in_flight(&maps, 4), 5 * 1);
	assert_int_equal(in_flight(&maps, 6), 5 * 3);
	assert_int_equal(box_slot(&maps, 1, 2)->csd, SLOT_CLAIMED);
	assert_int_equal(box_slot(&maps, 1, 1)->csd, CSD);
	maps_free(&maps);
}

TEST(csds_that_left_since_the_cut_were_in_flight)
{
	struct maps maps = maps_make(geometry__of(2));
	struct ledger ledger;

	for (uint32_t box = 0; box <= 2; box++)
		for (uint32_t i = 0; i < 10; i++)
			csd_queue(&maps, box, i, 1);
	csd_leave(&maps, 0, 0, 1);
	/* After the cut: the programs are in epoch 2 already. */
	for (uint32_t box = 0; box <= 2; box++) {
		csd_leave(&maps, box, 5, 2);
		csd_queue(&maps, box, 20, 2);
		csd_leave(&maps, box, 20, 2);
	}
	ledger = ledger_read(&maps, 1, 0);
	assert_members(ledger, queued, 30, in_flight, 29);
	assert_true(ledger__closed(&ledger));
	ledger = ledger_read(&maps, 2, 29);
	assert_members(ledger, in_flight, 26, function, 6);
	assert_true(ledger__closed(&ledger));
	maps_free(&maps);
}

TEST(windows_carry_over_until_all_csds_have_run)
{
	struct maps maps = maps_make(geometry__of(16));
	uint64_t carried = 0, seed = 9;
	struct ledger ledger;

	for (uint32_t epoch = 1; epoch <= 200; epoch++) {
		for (int i = 0; i < 300; i++) {
			uint32_t box = random_next(&seed) % 17, at = random_next(&seed) % 64;

			if (box_slot(&maps, box, at)->csd)
				csd_leave(&maps, box, at, epoch);
			else if (epoch < 200)
				csd_queue(&maps, box, at, epoch);
		}
		ledger = ledger_read(&maps, epoch, carried);
		assert_true(ledger.in_flight > 0);
		assert_true(ledger__closed(&ledger));
		carried = ledger.in_flight;
	}
	for (uint32_t box = 0; box <= 16; box++)
		for (uint32_t at = 0; at < 64; at++)
			if (box_slot(&maps, box, at)->csd)
				csd_leave(&maps, box, at, 201);
	ledger = ledger_read(&maps, 201, carried);
	assert_members(ledger, in_flight, 0, queued, 0);
	assert_true(ledger__closed(&ledger));
	maps_free(&maps);
}

TEST(csds_that_the_horizon_has_passed_are_lost_and_freed)
{
	struct maps maps = maps_make(geometry__of(2));
	struct ledger ledger;

	maps.cpus[1].flushed = 10 * MARGIN;
	csd_put(box_slot(&maps, 1, 7), 1, 9 * MARGIN - 1);
	csd_put(box_slot(&maps, 1, 8), 1, 9 * MARGIN); /* not older than the margin */
	csd_put(box_slot(&maps, 1, 9), 1, 11 * MARGIN);
	maps.cpus[0].bank[1].edges_other = 3;
	ledger = ledger_read(&maps, 1, 0);
	assert_members(ledger, lost_by[LOST_RUN_UNSEEN], 1, in_flight, 2);
	assert_true(ledger__closed(&ledger));
	assert_int_equal(box_slot(&maps, 1, 7)->csd, SLOT_FREE);
	assert_int_equal(box_slot(&maps, 1, 8)->csd, CSD);
	assert_int_equal(box_slot(&maps, 1, 9)->csd, CSD);
	/* The csd is lost only once. */
	ledger = ledger_read(&maps, 2, 2);
	assert_int_equal(ledger__lost(&ledger), 0);
	assert_int_equal(ledger.in_flight, 2);
	maps_free(&maps);
}

/* Else the call of a csd whose run nobody saw would never end. */
TEST(a_lost_csd_is_done_in_its_call)
{
	static const struct {
		uint8_t type, flags;
		uint64_t time;
		uint32_t since;
		uint64_t done, direct_done, waits_unseen;
	} cases[] = {
		{ TYPE_SYNC, 0, 1005, 5, 1, 1, 1 },
		{ TYPE_SYNC, SLOT_PART, 1005, 5, 1, 0, 1 },
		{ TYPE_ASYNC, 0, 1000, 0, 1, 1, 0 },
		{ TYPE_SYNC, 0, 1006, 5, 0, 0, 1 }, /* an earlier or later call of the sender */
		{ TYPE_ASYNC, 0, 1000, NO_CALL, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct maps maps = maps_make(geometry__of(2));
		struct slot *slot = box_slot(&maps, 1, 7);
		struct ledger ledger;

		maps.cpus[1].flushed = 10 * MARGIN;
		maps.calls[0].begun = maps.calls[1].begun = 1000;
		slot->type = cases[i].type;
		slot->flags = cases[i].flags;
		slot->since = cases[i].since;
		slot->from = FROM(1, 0, 0);
		csd_put(slot, 1, cases[i].time);
		ledger = ledger_read(&maps, 1, 0);
		assert_members(ledger, lost_by[LOST_RUN_UNSEEN], 1, waits_unseen,
			       cases[i].waits_unseen);
		assert_members(maps.calls[1], done, cases[i].done, direct_done,
			       cases[i].direct_done);
		assert_members(maps.calls[0], done, 0, direct_done, 0);
		maps_free(&maps);
	}
}

TEST(horizon_adds_to_the_programs_losses)
{
	struct maps maps = maps_make(geometry__of(1));
	struct ledger ledger;

	maps.cpus[0].flushed = 10 * MARGIN;
	maps.cpus[0].bank[1].lost[LOST_RUN_UNSEEN] = 4;
	csd_put(box_slot(&maps, 0, 0), 1, 1);
	csd_put(box_slot(&maps, 0, 63), 1, 1);
	ledger = ledger_read(&maps, 1, 0);
	assert_int_equal(ledger.lost_by[LOST_RUN_UNSEEN], 6);
	assert_int_equal(ledger__lost(&ledger), 6);
	maps_free(&maps);
}

TEST(horizon_is_the_destinations)
{
	struct maps maps = maps_make(geometry__of(3));
	struct ledger ledger;

	maps.cpus[0].flushed = 10 * MARGIN;
	maps.cpus[2].flushed = 10 * MARGIN;
	csd_put(box_slot(&maps, 1, 0), 1, 1);
	ledger = ledger_read(&maps, 1, 0);
	assert_int_equal(ledger__lost(&ledger), 0);
	assert_int_equal(ledger.in_flight, 1);
	maps_free(&maps);
}

/* The CPU ran these csds as it went offline, when no tracepoint fires. */
TEST(csds_of_an_offline_cpu_are_lost_and_freed)
{
	struct maps maps = maps_make(geometry__of(4));
	struct cpuset possible, online;
	struct ledger ledger;

	assert_int_equal(cpuset__parse(&possible, "0-2"), 0);
	assert_int_equal(cpuset__parse(&online, "0,2-3"), 0);
	csd_put(box_slot(&maps, 1, 0), 1, 5 * MARGIN - 1);
	csd_put(box_slot(&maps, 1, 1), 1, 5 * MARGIN); /* after the look: the CPU is back */
	csd_put(box_slot(&maps, 2, 0), 1, 1);
	maps.cpus[0].bank[1].edges_other = 3;
	offline__note(&maps, &possible, &online, 5 * MARGIN);
	ledger = ledger_read(&maps, 1, 0);
	assert_members(ledger, lost_by[LOST_RUN_UNSEEN], 1, in_flight, 2);
	assert_true(ledger__closed(&ledger));
	assert_int_equal(box_slot(&maps, 1, 0)->csd, SLOT_FREE);
	assert_int_equal(maps.cpus[3].flushed, 0);
	maps_free(&maps);
}

TEST(horizon_spares_newer_epochs_and_irq_works)
{
	struct maps maps = maps_make(geometry__of(2));
	struct ledger ledger;

	for (uint32_t box = 0; box <= 2; box++)
		maps.cpus[box].flushed = 10 * MARGIN;
	csd_put(box_slot(&maps, 0, 3), 2, 1); /* of the next epoch */
	csd_put(box_slot(&maps, 1, 3), 1, 1);
	box_slot(&maps, 1, 3)->csd = SLOT_CLAIMED;
	csd_put(box_slot(&maps, 2, 3), 1, 1); /* an irq_work */
	ledger = ledger_read(&maps, 1, 0);
	assert_int_equal(ledger__lost(&ledger), 0);
	assert_int_equal(ledger.in_flight, 1);
	assert_int_equal(box_slot(&maps, 0, 3)->csd, CSD);
	assert_int_equal(box_slot(&maps, 1, 3)->csd, SLOT_CLAIMED);
	assert_int_equal(box_slot(&maps, 2, 3)->csd, CSD);
	maps_free(&maps);
}

struct race {
	struct maps maps;
	int ended;
};

/* All csds leave in epoch 2, while the bank of epoch 1 is read again and again. */
static void *race_leave(void *arg)
{
	struct race *race = arg;

	for (uint32_t i = 0; i < race->maps.geo.mailbox_slots; i++)
		csd_leave(&race->maps, 0, i, 2);
	__atomic_store_n(&race->ended, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

TEST(csds_that_leave_during_the_count_count_once)
{
	/* The box is so large that many csds leave during the count. */
	const struct geometry geo = { .nr_cpus = 1,
				      .mailbox_slots = 32768,
				      .irq_work_slots = 64,
				      .edge_slots = 1,
				      .fn_shards = 1,
				      .hot_places = 1,
				      .tables = 1,
				      .origins = 1 };
	struct race race = { .maps = maps_make(geo) };
	uint32_t nr = race.maps.geo.mailbox_slots;

	for (int round = 0; round < repeats(10); round++) {
		pthread_t thread;
		int ended;

		race.ended = 0;
		memset(race.maps.cpus, 0, sizeof(*race.maps.cpus));
		for (uint32_t i = 0; i < nr; i++)
			csd_put(box_slot(&race.maps, 0, i), 1, 0);
		assert_int_equal(pthread_create(&thread, NULL, race_leave, &race), 0);
		do {
			ended = __atomic_load_n(&race.ended, __ATOMIC_SEQ_CST);
			assert_int_equal(in_flight(&race.maps, 1), nr);
		} while (!ended);
		pthread_join(thread, NULL);
	}
	maps_free(&race.maps);
}

TEST_MAIN(NULL, NULL)
