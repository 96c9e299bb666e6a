// SPDX-License-Identifier: GPL-2.0
/* Synchronous calls as user space adds them up at a cut. */
#include "abi/call.h"
#include "abi/mailbox.h"
#include "abi/table.h"
#include "collect/read_bank.h"
#include "maps_memory.h"
#include "model/hist.h"
#include "unit.h"

#define EPOCH 6
#define BEGUN 1000ULL /* ns */
#define CUT   9000ULL
#define ROW   5
#define SRC   1

static struct maps maps;
static struct call_rec *rec;
static struct hist waits;

static void call_make(void)
{
	rec = &maps.calls[SRC];
	rec->begun = rec->call = BEGUN;
	rec->row = ROW;
	rec->epoch = EPOCH;
	rec->sealed = 1;
	rec->csds = 1;
	rec->tgid = 4194303;
}

static int setup(void **state)
{
	maps = maps_make(geometry__of(4));
	waits = (struct hist){};
	call_make();
	return 0;
}

static int teardown(void **state)
{
	maps_free(&maps);
	return 0;
}

static void read_it(void)
{
	read_calls(&maps, SRC, EPOCH, CUT, &waits);
}

static void check_waits(uint64_t count, uint64_t sum)
{
	const struct fn_bank *fn = &maps.fns[ROW].bank[EPOCH & 1];

	assert_members(waits, count, count, sum, sum);
	assert_members(*fn, waits, count, wait_sum, sum, calls, count);
	assert_int_equal(rec->call, count ? 0 : BEGUN);
}

/* The only call of the row, as the row's worst. */
static void check_worst(uint32_t csds, uint16_t last)
{
	const struct fn_bank *fn = &maps.fns[ROW].bank[EPOCH & 1];

	assert_members(*fn, call_csds, csds, call_csds_max, csds, worst.csds, csds, worst.src, SRC,
		       worst.last, last, worst.begun, BEGUN, worst.tgid, 4194303);
}

/* A csd without an edge, whose end the target left with the sender. */
static void direct(uint64_t done, uint64_t end)
{
	rec->direct = 1;
	rec->direct_done = done;
	rec->direct_end = end;
}

TEST_F(a_call_that_is_over_is_added_up_once)
{
	direct(1, BEGUN + 400);
	read_it();
	check_waits(1, 400);
	check_worst(1, LAST_UNKNOWN);
	waits = (struct hist){};
	read_it();
	assert_int_equal(waits.count, 0);
	assert_int_equal(maps.fns[ROW].bank[EPOCH & 1].waits, 1);
}

TEST_F(a_call_is_its_sender_s_row_s_as_well)
{
	struct geometry geo = geometry__of(4);
	struct fn_bank *by;

	maps_free(&maps);
	geo.tables = 2;
	maps = maps_make(geo);
	maps.by_key = BY_SENDER;
	call_make();
	rec->by = 9;
	direct(1, BEGUN + 400);
	read_it();
	check_waits(1, 400);
	by = &maps.fns[geo.fn_shards * (FN_ROWS + 1) + 9].bank[EPOCH & 1];
	assert_members(*by, waits, 1, wait_sum, 400);
}

TEST_F(a_call_that_goes_on_is_left_to_its_sender)
{
	direct(0, 0);
	read_it();
	check_waits(0, 0);
}

/* For calls of that epoch the sender uses no cmpxchg. */
TEST_F(a_call_of_the_epoch_that_runs_is_left_to_its_sender)
{
	direct(1, BEGUN + 400);
	rec->epoch = EPOCH + 1;
	read_it();
	check_waits(0, 0);
}

TEST_F(a_call_that_may_queue_more_is_left_to_its_sender)
{
	direct(1, CUT + 400);
	rec->sealed = 0;
	rec->begun = rec->call = CUT + 100;
	read_it();
	assert_int_equal(waits.count, 0);
	/* Its call began before the cut, so all its csds are queued. */
	rec->begun = rec->call = CUT - 100;
	read_it();
	check_waits(1, 500);
}

/* One part's end is in its slot, the other's was left in the edge. */
TEST_F(the_latest_end_counts_wherever_it_is)
{
	struct edge_rec *edges = &maps.edges[SRC * maps.geo.edge_slots];
	struct slot *slot = box_slot(&maps, 2, 7);

	edges[0] = (struct edge_rec){ .dst = 2 + 1, .place = 7, .next = 2, .part = BEGUN };
	edges[1] =
		(struct edge_rec){ .dst = 3 + 1, .place = 9, .part = PART_ENDED | (BEGUN + 700) };
	rec->parts = 1;
	slot->csd = SLOT_RUNS;
	read_it();
	check_waits(0, 0);
	slot->csd = slot_ended(BEGUN);
	slot->time = BEGUN + 300;
	rec->csds = 2;
	read_it();
	check_waits(1, 700);
	check_worst(2, 3);
}

/* A broadcast to the three other CPUs: parts 0, 2 and 3, and who ended last. */
static void broadcast(uint64_t end0, uint64_t end2, uint64_t end3)
{
	const uint64_t ends[] = { end0, 0, end2, end3 };
	struct edge_rec *edges = &maps.edges[SRC * maps.geo.edge_slots];
	uint16_t next = 0;

	for (uint32_t dst = 0; dst < 4; dst++) {
		if (dst == SRC)
			continue;
		edges[dst] = (struct edge_rec){
			.dst = dst + 1, .place = 7, .next = next, .part = BEGUN
		};
		*box_slot(&maps, dst, 7) =
			(struct slot){ .csd = slot_ended(BEGUN), .time = BEGUN + ends[dst] };
		next = dst + 1;
	}
	rec->parts = next;
	rec->csds = 3;
}

TEST_F(the_straggler_is_the_target_that_ended_last)
{
	broadcast(100, 900, 300);
	read_it();
	check_waits(1, 900);
	check_worst(3, 2);
}

/* The sender ran the function itself, after its targets. */
TEST_F(the_sender_may_be_its_own_straggler)
{
	broadcast(100, 200, 300);
	rec->task_end = BEGUN + 1000;
	rec->wait_in = WAIT_MANY;
	read_it();
	check_waits(1, 1000);
	check_worst(3, SRC);
}

/* The sender returned a little after the last target's end, for which it had waited. */
TEST_F(a_return_is_no_straggler)
{
	broadcast(100, 200, 300);
	rec->task_end = BEGUN + 320;
	rec->wait_in = WAIT_SINGLE;
	read_it();
	check_waits(1, 320);
	check_worst(3, 3);
}

/* The programs counted a longer call in this row, and do not know which. */
TEST_F(a_shorter_call_is_not_the_worst)
{
	struct fn_bank *fn = &maps.fns[ROW].bank[EPOCH & 1];

	fn->calls = fn->waits = 1;
	fn->call_csds = fn->call_csds_max = 3;
	fn->wait_sum = fn->wait_max = 5000;
	direct(1, BEGUN + 400);
	read_it();
	assert_members(*fn, calls, 2, call_csds, 4, call_csds_max, 3, wait_max, 5000, worst.csds,
		       0);
}

TEST_MAIN(NULL, NULL)
