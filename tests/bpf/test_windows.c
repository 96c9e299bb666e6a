// SPDX-License-Identifier: GPL-2.0
/* Windows: the cut, the counters beside the pairing, and full tables. */
#include <time.h>
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/table.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "model/snapshot.h"
#include "rig.h"

#define ASYNC 0x01
#define SYNC  0x11
#define TTWU  0x30

static void run_from(int src, int dst, __u64 func, __u64 csd)
{
	rig__pass_csd(&rig, src, dst, func, csd);
}

static void run_one(__u64 func, __u64 csd)
{
	run_from(0, 0, func, csd);
}

TEST(csds_in_flight_are_carried_over, rig__setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), late = rig__csd(&rig, 1, SYNC);

	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__queue(&rig, 0, 0, FUNC, late);
	assert_cut(queued, 2, in_flight, 2);
	rig__entry(&rig, 0, FUNC, csd);
	assert_cut(queued, 0, carried_in, 2, function, 1, in_flight, 1);
	/* The csd ran in this window; its queue event was in the first. */
	assert_members(*rig__fn(&rig, FUNC, CALLSITE), count, 0, delay.count, 1);
	for (int i = 0; i < 3; i++)
		assert_cut(in_flight, 1);
	rig__entry(&rig, 0, FUNC, late);
	assert_cut(function, 1, in_flight, 0);
}

TEST(a_window_has_its_own_maximum, rig__setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), longest;

	rig__queue(&rig, 0, 0, FUNC, csd);
	usleep(20000);
	rig__run_csd(&rig, 0, FUNC, csd);
	rig__cut(&rig);
	longest = rig__cpu(&rig, 0)->delay.max;
	assert_true(longest >= 20000000);
	assert_int_equal(rig__cpu(&rig, 0)->delay.sum, longest);
	/* After four windows both banks have been used and cleared. */
	for (int i = 0; i < 4; i++) {
		run_one(FUNC, csd);
		rig__cut(&rig);
		assert_members(rig__cpu(&rig, 0)->delay, count, 1, sum,
			       rig__cpu(&rig, 0)->delay.max);
		assert_int_equal(rig__fn(&rig, FUNC, CALLSITE)->delay.max,
				 rig__cpu(&rig, 0)->delay.max);
	}
}

TEST(nothing_is_counted_after_the_last_cut, rig__setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	rig__queue(&rig, 0, 0, FUNC, csd);
	assert_int_equal(collector__cut(rig.collector, &rig.snap, true), 0);
	assert_int_equal(rig.snap.ledger.in_flight, 1);
	snapshot__free(&rig.snap);
	rig__entry(&rig, 0, FUNC, csd);
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, 0);
	rig__send(&rig, 0, 0, 0);
	assert_int_equal(collector__cut(rig.collector, &rig.snap, true), 0);
	assert_int_equal(rig.snap.ledger.queued, 0);
	assert_int_equal(ledger__matched(&rig.snap.ledger), 0);
	assert_members(rig.snap, ledger.local, 0, kinds[KIND_RESCHEDULE], 0, ledger.in_flight, 1);
}

TEST(a_run_without_its_queue_event_is_an_orphan, rig__setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	rig__run_csd(&rig, 0, FUNC, csd);
	assert_cut(orphans, 1);
	assert_int_equal(ledger__matched(&rig.snap.ledger), 0);
	assert_members(*rig__cpu(&rig, 0), received, 0, handler.count, 0);
}

TEST(csds_that_find_a_full_mailbox_are_counted_as_lost, rig__setup, rig__teardown)
{
	int queued = MAILBOX_SLOTS + 100;
	uint64_t lost;

	for (int i = 0; i < queued; i++)
		rig__queue(&rig, 0, 0, FUNC, rig__csd(&rig, i, SYNC));
	rig__cut(&rig);
	lost = rig.snap.ledger.lost_by[LOST_MAILBOX_FULL];
	assert_int_equal(rig.snap.ledger.queued, queued);
	assert_int_equal(rig__cpu(&rig, 0)->sent, queued);
	assert_int_equal(rig.snap.ledger.in_flight, queued - lost);
	assert_in_range(lost, 100, MAILBOX_SLOTS / 2);
	for (int i = 0; i < queued; i++)
		rig__entry(&rig, 0, FUNC, rig__csd(&rig, i, SYNC));
	assert_cut(function, queued - lost, orphans, lost, in_flight, 0);
	run_one(FUNC, rig__csd(&rig, queued, SYNC));
	assert_cut(function, 1);
}

/* Each csd of a crowded mailbox is found again, at any address. */
TEST(a_crowded_mailbox_loses_nothing, rig__setup, rig__teardown)
{
	int crowd = MAILBOX_SLOTS / 2;

	for (int from = 0; from < 4 * crowd; from += crowd) {
		for (int i = 0; i < crowd; i++)
			rig__queue(&rig, 0, 0, FUNC, rig__csd(&rig, from + i, SYNC));
		for (int i = crowd - 1; i >= 0; i--)
			rig__entry(&rig, 0, FUNC, rig__csd(&rig, from + i, SYNC));
		assert_cut(function, crowd, orphans, 0);
		assert_int_equal(ledger__lost(&rig.snap.ledger), 0);
	}
}

TEST(the_second_program_records_csds_that_the_first_missed, rig__setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	rig__queue_twin(&rig, 0, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	assert_cut(queued, 1, function, 1);
	/* The earlier instance of an ASYNC csd is not the instance that csd_queue() missed. */
	csd = rig__csd(&rig, 0, ASYNC);
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__queue_twin(&rig, 0, 0, FUNC, csd);
	assert_cut(queued, 2, in_flight, 2);
}

TEST(the_second_program_counts_nothing_twice, rig__setup, rig__teardown)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	/* A queue event between the two programs of another queue event. */
	rig__queue_first(&rig, 0, 0, FUNC, a);
	rig__queue_first(&rig, 0, 0, FUNC, b);
	rig__queue_twin(&rig, 0, 0, FUNC, b);
	rig__queue_twin(&rig, 0, 0, FUNC, a);
	assert_cut(queued, 2, in_flight, 2);
}

TEST(a_csd_past_the_horizon_is_lost, rig__setup, rig__teardown)
{
	__u64 stale = rig__csd(&rig, 0, ASYNC);

	rig__queue(&rig, 0, 0, FUNC, stale);
	usleep(HORIZON_MARGIN_NS / 1000 + 100000);
	/* One flush is not enough: the csd may still be in that flush. */
	run_one(FUNC, rig__csd(&rig, 1, SYNC));
	assert_cut(in_flight, 1);
	run_one(FUNC, rig__csd(&rig, 1, SYNC));
	assert_cut(in_flight, 0, lost_by[LOST_RUN_UNSEEN], 1);
}

TEST(interrupts_are_counted_by_kind, rig__setup, rig__teardown)
{
	rig__send(&rig, 0, 0, 0);
	rig__send(&rig, 0, 1, 0);
	rig__send(&rig, 0, 0, FUNC);
	rig__send(&rig, 0, 1, FUNC);
	rig__cut(&rig);
	assert_members(rig.snap, kinds[KIND_RESCHEDULE], 2, kinds[KIND_IRQ_WORK], 1,
		       kinds[KIND_CALL_FUNCTION], 1);
	/* A CPU that polls in idle gets csds, but no interrupt. */
	rig__queue(&rig, 0, 0, FUNC, rig__csd(&rig, 0, SYNC));
	rig__send_mask(&rig, 0, 0x8000000000000003ULL);
	rig__send_mask(&rig, 0, 0);
	rig__cut(&rig);
	assert_members(rig.snap, kinds[KIND_CALL_FUNCTION], 3, ledger.queued, 1);
}

TEST(functions_without_a_row_are_summed, rig__setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), count = 0, delays = 0, handlers = 0;

	for (int i = 0; i < FN_ROWS + 40; i++)
		run_one(FUNC + 16 * i, csd);
	rig__cut(&rig);
	assert_true(rig.snap.nr_fns <= FN_ROWS + 1);
	for (size_t i = 0; i < rig.snap.nr_fns; i++) {
		const struct fn_stats *fn = &rig.snap.fns[i];

		count += fn->count;
		delays += fn->delay.count;
		handlers += fn->handler.count;
		if (fn->other)
			assert_in_range(fn->count, 40, FN_ROWS);
		else
			assert_int_equal(fn->count, 1);
	}
	assert_int_equal(count, FN_ROWS + 40);
	assert_int_equal(delays, FN_ROWS + 40);
	assert_int_equal(handlers, FN_ROWS + 40);
}

TEST(two_callsites_are_two_rows, rig__setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	run_one(FUNC, csd);
	rig__run_csd(&rig, 0, FUNC, 0);
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_fns, 2);
	assert_members(*rig__fn(&rig, FUNC, CALLSITE), count, 1, local, 0);
	assert_int_equal(rig__fn(&rig, FUNC, 0)->local, 1);
}

static void reopen(const struct collect_config *config)
{
	rig__close(&rig);
	rig__open(&rig, config);
}

TEST(a_filter_by_function_covers_all, rig__setup, rig__teardown)
{
	const uint64_t funcs[] = { FUNC };
	struct collect_config config = { .funcs = funcs, .nr_funcs = 1 };
	__u64 a, b;

	reopen(&config);
	a = rig__csd(&rig, 0, SYNC);
	b = rig__csd(&rig, 1, SYNC);
	run_one(FUNC, a);
	run_one(FUNC + 16, b);
	rig__queue_twin(&rig, 0, 0, FUNC + 16, b);
	rig__entry(&rig, 0, FUNC + 16, 0);
	rig__entry(&rig, 0, FUNC, 0);
	rig__cut(&rig);
	assert_members(rig.snap, how.filtered, true, known.kinds, false, ledger.queued, 1,
		       ledger.function, 1, ledger.local, 1);
	assert_int_equal(rig__cpu(&rig, 0)->handler.count, 1);
	assert_int_equal(rig.snap.nr_fns, 2);
}

TEST(a_filter_by_cpu_takes_either_end, rig__setup, rig__teardown)
{
	static struct cpuset one;
	struct collect_config config = { .cpus = &one };

	if (rig__lacks(rig__nr_cpus() < 2, "one CPU"))
		return;
	assert_int_equal(cpuset__parse(&one, "1"), 0);
	reopen(&config);
	for (int src = 0; src < 2; src++)
		for (int dst = 0; dst < 2; dst++)
			rig__queue(&rig, src, dst, FUNC, rig__csd(&rig, 2 * src + dst, SYNC));
	rig__send(&rig, 0, 0, 0);
	rig__send(&rig, 0, 1, 0);
	rig__send_mask(&rig, 0, 3);
	rig__send_mask(&rig, 1, 3);
	rig__entry(&rig, 0, FUNC, 0);
	rig__entry(&rig, 1, FUNC, 0);
	rig__cut(&rig);
	assert_members(rig.snap, ledger.queued, 3, nr_edges, 3, ledger.local, 1,
		       kinds[KIND_RESCHEDULE], 1, kinds[KIND_CALL_FUNCTION], 1 + 2);
}

TEST(windows_can_be_cut_without_membarrier, rig__setup, rig__teardown)
{
	struct collect_config config = { .no_membarrier = true };
	__u64 csd;

	reopen(&config);
	assert_string_not_equal(grace__how(&rig.collector->grace),
				"membarrier(MEMBARRIER_CMD_GLOBAL)");
	csd = rig__csd(&rig, 0, SYNC);
	for (int i = 0; i < 3; i++) {
		run_one(FUNC, csd);
		assert_cut(function, 1);
	}
}

/* CPU 1 comes, sends, receives and goes between two cuts: neither sees it online. */
TEST(a_cpu_that_no_cut_saw_counts, rig__setup, rig__teardown)
{
	static struct cpuset online;
	struct collect_config config = { .online = &online };
	__u64 came[] = { 1, 0, 0, 0 };

	if (rig__lacks(rig__nr_cpus() < 2, "one CPU"))
		return;
	cpuset__add(&online, 0);
	reopen(&config);
	rig__run(&rig, 0, "cpu_hotplugged", came, sizeof(came));
	run_from(0, 1, FUNC, rig__csd(&rig, 0, SYNC));
	run_from(1, 0, FUNC, rig__csd(&rig, 1, SYNC));
	assert_cut(queued, 2, function, 2);
	assert_int_equal(rig__cpu(&rig, 1)->received, 1);
	rig__check_edge(&rig, 1, 0, 1);
}

/* Steps of cpuhp_invoke_callback(): CPU, target, step. */
TEST(a_cpu_that_goes_is_noted, rig__setup, rig__teardown)
{
	static struct cpuset dst;
	struct collect_config config = { .interruptions = true,
					 .record_kinds = (1U << NR_KINDS) - 1,
					 .record_slots = 32 };
	__u64 steps[][3] = { { 0, 200, 199 }, { 0, 100, 100 }, { 0, 0, 199 }, { 0, 0, 1 } };
	static const uint32_t gone[] = { 0, 0, 1, 2 };

	config.dst = rig__cpuset(&dst, 1);
	reopen(&config);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		rig__run(&rig, 0, "cpu_hotplugged", steps[i], sizeof(steps[i]));
		assert_int_equal(rig.collector->programs.gone[0], gone[i]);
	}
}

TEST_MAIN(NULL, NULL)
