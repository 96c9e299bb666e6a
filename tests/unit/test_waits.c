// SPDX-License-Identifier: GPL-2.0
/* Synchronous calls at a cut: a call that is over is added up, others are left. */
#include "abi/call.h"
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/table.h"
#include "maps_memory.h"
#include "collect/geometry.h"
#include "collect/maps.h"
#include "model/snapshot.h"

#define ROW 7

static struct maps maps;

static int setup(void **state)
{
	struct geometry geo = geometry__of(3);

	(void)state;
	geo.mailbox_slots = 64;
	geo.irq_work_slots = 64;
	maps = maps_make(geo);
	maps.fn_keys[ROW].func = 0xf0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	maps_free(&maps);
	return 0;
}

/* The record as bpf/calls.bpf.h leaves it when a call to two CPUs has ended. */
static struct call_rec *call_make(uint32_t cpu, uint64_t call, uint64_t ended)
{
	struct call_rec *rec = &maps.calls[cpu];

	rec->begun = rec->call = call;
	rec->ended = ended;
	rec->row = ROW;
	rec->queued += 2;
	rec->done += 2;
	rec->sealed = 1;
	return rec;
}

static void the_last_call_of_a_window_is_added_up(void **state)
{
	struct call_rec *rec = call_make(1, 1000, 5000);
	struct snapshot snap;

	(void)state;
	snap = banks_read(&maps, 4);
	assert_int_equal(snap.cpus[1].wait.count, 1);
	assert_int_equal(snap.cpus[1].wait.sum, 4000);
	assert_int_equal(snap.cpus[1].wait.max, 4000);
	assert_int_equal(snap.cpus[0].wait.count + snap.cpus[2].wait.count, 0);
	assert_int_equal(snap.nr_fns, 1);
	assert_int_equal(snap.fns[0].wait.count, 1);
	assert_int_equal(snap.fns[0].wait.sum, 4000);
	assert_int_equal(snap.fns[0].wait.max, 4000);
	assert_int_equal(rec->call, 0);
	snapshot__free(&snap);

	/* The call is added up only once. */
	snap = banks_read(&maps, 5);
	assert_int_equal(snap.cpus[1].wait.count, 0);
	snapshot__free(&snap);
}

static void a_call_that_goes_on_is_left(void **state)
{
	struct call_rec *rec = call_make(1, 1000, 5000);
	struct snapshot snap;

	(void)state;
	rec->queued++;
	snap = banks_read(&maps, 4);
	assert_int_equal(snap.cpus[1].wait.count, 0);
	assert_int_equal(rec->call, 1000);
	snapshot__free(&snap);

	rec->done++;
	rec->ended = 9000;
	snap = banks_read(&maps, 5);
	assert_int_equal(snap.cpus[1].wait.count, 1);
	assert_int_equal(snap.cpus[1].wait.sum, 8000);
	snapshot__free(&snap);
}

/* csd_lock() may hold a sender up between two csds, while its first target ends. */
static void a_call_that_is_still_queued_is_left(void **state)
{
	struct call_rec *rec = call_make(1, 1000, 5000);
	struct snapshot snap = { .window.mono_end = 1000 };

	(void)state;
	rec->sealed = 0;
	assert_int_equal(read_cpus(&maps, 4, &no_holes, &snap), 0);
	assert_int_equal(snap.cpus[1].wait.count, 0);
	assert_int_equal(rec->call, 1000);
	snapshot__free(&snap);

	/* It began before this cut, so all its csds are queued. */
	snap = (struct snapshot){ .window.mono_end = 1001 };
	assert_int_equal(read_cpus(&maps, 5, &no_holes, &snap), 0);
	assert_int_equal(snap.cpus[1].wait.count, 1);
	assert_int_equal(snap.cpus[1].wait.sum, 4000);
	snapshot__free(&snap);
}

/* The end of an earlier call says nothing of this one. */
static void an_end_before_the_call_is_not_added(void **state)
{
	struct snapshot snap;

	(void)state;
	call_make(1, 5000, 1000);
	snap = banks_read(&maps, 4);
	assert_int_equal(snap.cpus[1].wait.count, 0);
	assert_int_equal(snap.cpus[1].wait.max, 0);
	snapshot__free(&snap);
}

static void only_waits_of_the_epochs_bank_are_read(void **state)
{
	struct call_rec *rec = &maps.calls[2];
	struct snapshot snap;

	(void)state;
	rec->wait[0].sum = rec->wait[0].max = 100;
	rec->wait[0].slots[hist_slot(100)] = 1;
	rec->wait[1].sum = rec->wait[1].max = 70;
	rec->wait[1].slots[hist_slot(70)] = 1;
	snap = banks_read(&maps, 4);
	assert_int_equal(snap.cpus[2].wait.sum, 100);
	snapshot__free(&snap);
	snap = banks_read(&maps, 5);
	assert_int_equal(snap.cpus[2].wait.sum, 70);
	assert_int_equal(snap.cpus[2].wait.max, 70);
	snapshot__free(&snap);
	snap = banks_read(&maps, 6);
	assert_int_equal(snap.cpus[2].wait.count, 0);
	snapshot__free(&snap);
}

/* Otherwise its sender's calls would never again count as over. */
static void a_csd_that_is_lost_at_the_cut_is_done(void **state)
{
	struct slot *slot = box_slot(&maps, 0, 3);
	struct call_rec *rec = call_make(1, 1000, 5000);
	struct snapshot snap;

	(void)state;
	rec->queued++;
	*slot = (struct slot){ .csd = 0xc5d, .time = 10, .epoch = 3, .from = FROM(1, ROW, 0) };
	maps.cpus[0].flushed = slot->time + HORIZON_MARGIN_NS + 1;
	snap = banks_read(&maps, 4);
	assert_int_equal(snap.ledger.lost_by[LOST_RUN_UNSEEN], 1);
	assert_int_equal(rec->done, rec->queued);
	snapshot__free(&snap);
}

static void a_csds_sender_and_rows_fit_a_word(void **state)
{
	static const uint32_t cpus[] = { 0, 1, MAX_CPUS - 1 }, rows[] = { 0, 1, FN_OTHER };

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cpus); c++)
		for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
			for (size_t b = 0; b < ARRAY_SIZE(rows); b++) {
				uint32_t from = FROM(cpus[c], rows[r], rows[b]);

				assert_int_equal(from_src(from), cpus[c]);
				assert_int_equal(from_row(from), rows[r]);
				assert_int_equal(from_by(from), rows[b]);
			}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_last_call_of_a_window_is_added_up),
		TEST(a_call_that_goes_on_is_left),
		TEST(a_call_that_is_still_queued_is_left),
		TEST(an_end_before_the_call_is_not_added),
		TEST(only_waits_of_the_epochs_bank_are_read),
		TEST(a_csd_that_is_lost_at_the_cut_is_done),
		TEST(a_csds_sender_and_rows_fit_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
