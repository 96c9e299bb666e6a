// SPDX-License-Identifier: GPL-2.0
/* Synchronous calls at the cut of a window: calls that are over are added up, others are left. */
#include "abi/call.h"
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/table.h"
#include "maps_memory.h"
#include "collect/maps.h"
#include "model/snapshot.h"

#define ROW   7
#define PLACE 5
#define CSD   0xffff888100000000ULL

static struct maps maps;

static int setup(void **state)
{
	struct geometry geo = geometry__of(3);

	geo.mailbox_slots = 64;
	geo.irq_work_slots = 64;
	maps = maps_make(geo);
	maps.fn_keys[ROW].func = SEND_BIT | 0xf0;
	return 0;
}

static int teardown(void **state)
{
	maps_free(&maps);
	return 0;
}

static struct edge_rec *edge_of(uint32_t src, uint32_t dst)
{
	return &maps.edges[src * maps.geo.edge_slots + dst];
}

/* Sender 1 has begun a call at @begun, and its csds are queued. */
static struct call_rec *call_make(uint64_t begun)
{
	struct call_rec *rec = &maps.calls[1];

	rec->begun = rec->call = begun;
	rec->row = ROW;
	rec->sealed = 1;
	rec->parts = 0;
	return rec;
}

/* The csd of sender 1's call in the box of @dst, as bpf/parts.bpf.h leaves it. */
static struct slot *part_make(struct call_rec *rec, uint32_t dst, uint64_t word, uint64_t time)
{
	struct slot *slot = box_slot(&maps, dst, PLACE);
	struct edge_rec *edge = edge_of(1, dst);

	*edge = (struct edge_rec){
		.dst = dst + 1,
		.place = PLACE,
		.next = rec->parts,
		.part = rec->begun,
	};
	rec->parts = dst + 1;
	*slot = (struct slot){ .csd = word, .time = time, .from = FROM(1, ROW, 0), .epoch = 3 };
	return slot;
}

/* A call to two CPUs, of which the second ended last. */
static struct call_rec *ended_make(void)
{
	struct call_rec *rec = call_make(1000);

	part_make(rec, 0, slot_ended(1000), 3000);
	part_make(rec, 2, slot_ended(1000), 5000);
	return rec;
}

static struct snapshot check_waits(uint32_t epoch, uint64_t calls, uint64_t sum)
{
	struct snapshot snap = banks_read(&maps, epoch);

	assert_members(snap.cpus[1].wait, count, calls, sum, sum);
	return snap;
}

static void check_wait(uint32_t epoch, uint64_t calls, uint64_t sum)
{
	struct snapshot snap = check_waits(epoch, calls, sum);

	snapshot__free(&snap);
}

TEST_F(the_last_call_of_a_window_is_added_up)
{
	struct call_rec *rec = ended_make();
	struct snapshot snap;

	snap = check_waits(4, 1, 4000);
	assert_int_equal(snap.cpus[1].wait.max, 4000);
	assert_int_equal(snap.cpus[0].wait.count + snap.cpus[2].wait.count, 0);
	assert_members(snap, nr_fns, 1, fns[0].wait.count, 1, fns[0].wait.sum, 4000,
		       fns[0].wait.max, 4000);
	assert_int_equal(rec->call, 0);
	snapshot__free(&snap);
	/* The call is added up only once. */
	check_wait(5, 0, 0);
}

/* A csd that is queued, entered, or runs has not ended. */
TEST_F(a_call_that_goes_on_is_left)
{
	static const uint64_t words[] = { CSD, SLOT_TAKEN, SLOT_RUNS };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct call_rec *rec = ended_make();
		struct slot *slot = part_make(rec, 1, words[i], 1500);

		/* A window ends only when no target is taking a csd out of its slot. */
		slot->epoch = 6;
		check_wait(4, 0, 0);
		assert_int_equal(rec->call, 1000);
		*slot = (struct slot){ .csd = slot_ended(1000),
				       .time = 9000,
				       .from = FROM(1, ROW, 0) };
		check_wait(5, 1, 8000);
	}
}

/* csd_lock() may hold a sender up between two csds, while its first target ends. */
TEST_F(a_call_that_is_still_queued_is_left)
{
	struct call_rec *rec = ended_make();
	struct snapshot snap = { .window.mono_end = 1000 };

	rec->sealed = 0;
	assert_int_equal(read_cpus(&maps, 4, &no_holes, &snap), 0);
	assert_int_equal(snap.cpus[1].wait.count, 0);
	assert_int_equal(rec->call, 1000);
	snapshot__free(&snap);

	/* The call began before this cut, so all its csds are queued. */
	snap = (struct snapshot){ .window.mono_end = 1001 };
	assert_int_equal(read_cpus(&maps, 5, &no_holes, &snap), 0);
	assert_members(snap.cpus[1].wait, count, 1, sum, 4000);
	snapshot__free(&snap);
}

TEST_F(an_end_that_another_sender_kept_counts)
{
	struct call_rec *rec = ended_make();
	struct slot *slot = part_make(rec, 1, CSD, 9500);

	slot->from = FROM(2, ROW, 0);
	slot->epoch = 6;
	edge_of(1, 1)->part = PART_ENDED | 8000;
	check_wait(4, 1, 7000);
}

/* The slot is free, or has another call's end: the run of the csd was not seen. */
TEST_F(an_end_that_was_not_seen_does_not_count)
{
	const uint64_t words[] = { SLOT_FREE, slot_ended(999), slot_ended(1000) };
	static const uint64_t times[] = { 9000, 9000, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		part_make(ended_make(), 1, words[i], times[i]);
		check_wait(4 + i, 1, 4000);
	}
}

TEST_F(a_task_sees_its_call_end)
{
	struct call_rec *rec = call_make(1000);

	rec->task_end = 900; /* an earlier call's */
	check_wait(4, 0, 0);
	assert_int_equal(rec->call, 1000);
	rec->task_end = 1700;
	check_wait(5, 1, 700);
	/* Of the two ends, that in the task is the later one. */
	ended_make()->task_end = 6000;
	check_wait(6, 1, 5000);
}

TEST_F(csds_without_an_edge_are_waited_for)
{
	struct call_rec *rec = ended_make();

	rec->direct = 12;
	rec->direct_done = 11;
	rec->direct_end = 4000;
	check_wait(4, 0, 0);
	rec->direct_done = 12;
	rec->direct_end = 7000;
	check_wait(5, 1, 6000);
}

/* The end of an earlier call is not the end of this call. */
TEST_F(an_end_before_the_call_is_not_added)
{
	struct call_rec *rec = call_make(5000);

	part_make(rec, 0, slot_ended(5000), 1000);
	check_wait(4, 0, 0);
}

TEST_F(ends_in_slots_are_no_csds)
{
	struct snapshot snap;

	ended_make();
	part_make(&maps.calls[1], 1, SLOT_RUNS, 9000);
	snap = banks_read(&maps, 4);
	assert_members(snap.ledger, in_flight, 0, lost_by[LOST_RUN_UNSEEN], 0);
	snapshot__free(&snap);
}

TEST_F(only_waits_of_the_epochs_bank_are_read)
{
	struct call_rec *rec = &maps.calls[2];
	struct snapshot snap;

	rec->wait[0].sum = rec->wait[0].max = 100;
	rec->wait[0].slots[hist_slot(100)] = 1;
	rec->wait[1].sum = rec->wait[1].max = 70;
	rec->wait[1].slots[hist_slot(70)] = 1;
	snap = banks_read(&maps, 4);
	assert_int_equal(snap.cpus[2].wait.sum, 100);
	snapshot__free(&snap);
	snap = banks_read(&maps, 5);
	assert_members(snap.cpus[2].wait, sum, 70, max, 70);
	snapshot__free(&snap);
	snap = banks_read(&maps, 6);
	assert_int_equal(snap.cpus[2].wait.count, 0);
	snapshot__free(&snap);
}

/* If the box stayed as it is, no later call of this sender would count as over. */
TEST_F(a_csd_that_is_lost_at_the_cut_is_done)
{
	struct slot *slot = box_slot(&maps, 0, 3);
	struct call_rec *rec = &maps.calls[1];
	struct snapshot snap;

	rec->direct = rec->queued = 2;
	rec->begun = 10;
	for (int part = 0; part < 2; part++) {
		*slot = (struct slot){
			.csd = CSD,
			.time = 10,
			.epoch = 3,
			.from = FROM(1, ROW, 0),
			.flags = part ? SLOT_PART : 0,
		};
		maps.cpus[0].flushed = slot->time + HORIZON_MARGIN_NS + 1;
		snap = banks_read(&maps, 4);
		assert_int_equal(snap.ledger.lost_by[LOST_RUN_UNSEEN], 1);
		assert_members(*rec, done, 1 + part, direct_done, 1);
		snapshot__free(&snap);
	}
}

TEST_F(a_slots_word_is_a_csd_or_an_end)
{
	static const uint64_t states[] = { SLOT_FREE, SLOT_CLAIMED, SLOT_TAKEN, SLOT_RUNS };

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		assert_false(slot_has_csd(states[i]));
		assert_int_equal(slot_ended_call(states[i]), 0);
	}
	assert_true(slot_has_csd(CSD));
	assert_int_equal(slot_ended_call(CSD), 0);
	assert_false(slot_has_csd(slot_ended(1000)));
	assert_int_equal(slot_ended_call(slot_ended(1000)), 1000);
}

TEST_F(a_csds_sender_and_rows_fit_a_word)
{
	static const uint32_t cpus[] = { 0, 1, MAX_CPUS - 1 }, rows[] = { 0, 1, FN_OTHER };

	for (size_t c = 0; c < ARRAY_SIZE(cpus); c++)
		for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
			for (size_t b = 0; b < ARRAY_SIZE(rows); b++) {
				uint32_t from = FROM(cpus[c], rows[r], rows[b]);

				assert_int_equal(from_src(from), cpus[c]);
				assert_int_equal(from_row(from), rows[r]);
				assert_int_equal(from_by(from), rows[b]);
			}
}

TEST_MAIN(NULL, NULL)
