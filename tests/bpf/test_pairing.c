// SPDX-License-Identifier: GPL-2.0
/* Pairing: a queue event and the run of its csd, case by case. */
#include <pthread.h>
#include <sched.h>
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/maps.h"
#include "model/snapshot.h"
#include "rig.h"

#define ASYNC	 0x01 /* locked */
#define SYNC	 0x11
#define IRQ_WORK 0x20
#define PENDING	 0x01

static int other; /* a second CPU, if there is one; else 0 */

static int open_with(const struct collect_config *config)
{
	rig__open(&rig, config);
	other = rig__nr_cpus() > 1 ? 1 : 0;
	return 0;
}

static int setup(void **state)
{
	return open_with(NULL);
}

/* All functions are counted in rows that all CPUs share. */
static int setup_shared(void **state)
{
	const struct collect_config config = { .no_hot_rows = true };

	return open_with(&config);
}

TEST(one_csd_is_seen_from_queue_to_exit, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), begun = mono_ns(), took;

	rig__queue(&rig, 0, other, FUNC, csd);
	usleep(1000);
	rig__entry(&rig, other, FUNC, csd);
	usleep(1000);
	rig__exit(&rig, other, FUNC, csd);
	took = mono_ns() - begun;
	assert_cut(queued, 1, function, 1, in_flight, 0);
	assert_int_equal(ledger__lost(&rig.snap.ledger), 0);
	assert_int_equal(rig__cpu(&rig, 0)->sent, 1);
	assert_members(*rig__cpu(&rig, other), received, 1, delay.count, 1, handler.count, 1);
	assert_true(rig__cpu(&rig, other)->delay.sum >= 1000000);
	assert_true(rig__cpu(&rig, other)->handler.sum >= 1000000);
	assert_true(rig__cpu(&rig, other)->delay.sum + rig__cpu(&rig, other)->handler.sum <= took);
	assert_members(*rig__fn(&rig, FUNC, CALLSITE), count, 1, delay.sum,
		       rig__cpu(&rig, other)->delay.sum, handler.sum,
		       rig__cpu(&rig, other)->handler.sum);
	assert_members(rig.snap, nr_edges, 1, edges[0].src, 0, edges[0].dst, other, edges[0].count,
		       1);
}

TEST(an_async_csd_requeued_before_its_run_is_outstanding_twice, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC), first, second;

	rig__queue(&rig, 0, 0, FUNC, csd);
	first = mono_ns();
	usleep(20000);
	second = mono_ns();
	rig__queue(&rig, 0, 0, FUNC, csd);
	assert_cut(in_flight, 2);

	/* The older instance runs first. */
	rig__run_csd(&rig, 0, FUNC, csd);
	assert_cut(function, 1, in_flight, 1);
	assert_true(rig__cpu(&rig, 0)->delay.sum >= second - first);

	rig__run_csd(&rig, 0, FUNC, csd);
	assert_cut(function, 1, in_flight, 0, orphans, 0);
	assert_int_equal(ledger__lost(&rig.snap.ledger), 0);
}

TEST(an_async_csd_queued_thrice_lost_one, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	for (int i = 0; i < 3; i++)
		rig__queue(&rig, 0, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	assert_cut(queued, 3, function, 2, lost_by[LOST_RUN_UNSEEN], 1, orphans, 1);
}

TEST(many_rounds_of_requeueing_lose_nothing, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	rig__queue(&rig, 0, 0, FUNC, csd);
	for (int i = 0; i < 100; i++)
		rig__pass_csd(&rig, 0, 0, FUNC, csd);
	assert_cut(queued, 101, function, 100, in_flight, 1);
}

TEST(a_sync_csd_found_again_must_have_run, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	assert_cut(queued, 2, function, 1, lost_by[LOST_RUN_UNSEEN], 1, in_flight, 0);
}

/* smp_call_function_many_cond() without wait, then with: the same csd, ASYNC then SYNC. */
TEST(a_sync_csd_may_follow_an_async_one, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__csd(&rig, 0, SYNC);
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	assert_cut(function, 2);
	assert_int_equal(ledger__lost(&rig.snap.ledger), 0);

	/* When the csd is queued once more, both instances must have run. */
	rig__csd(&rig, 0, ASYNC);
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__csd(&rig, 0, SYNC);
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__queue(&rig, 0, 0, FUNC, csd);
	assert_cut(queued, 3, lost_by[LOST_RUN_UNSEEN], 2, in_flight, 1);
}

/* Queue and run another csd, which moves the horizon to the csd that ran before. */
static void run_another(void)
{
	__u64 csd = rig__csd(&rig, 2, SYNC);

	rig__pass_csd(&rig, 0, 0, FUNC, csd);
}

/* An ASYNC csd may still be queued until the horizon has passed it, and not longer. */
TEST(an_async_csd_past_the_horizon_must_have_run, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	run_another();
	rig__queue(&rig, 0, 0, FUNC, csd);
	usleep(HORIZON_MARGIN_NS / 1000 * 11 / 10);
	/* The horizon is at the csd before, and has not passed this csd. */
	run_another();
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__cut(&rig);
	assert_int_equal(ledger__lost(&rig.snap.ledger), 0);
	assert_int_equal(rig.snap.ledger.in_flight, 2);

	usleep(HORIZON_MARGIN_NS / 1000 * 11 / 10);
	run_another();
	run_another();
	rig__queue(&rig, 0, 0, FUNC, csd);
	/* The new instance runs: the delay is not that of the older instances. */
	rig__entry(&rig, 0, FUNC, csd);
	assert_cut(lost_by[LOST_RUN_UNSEEN], 2, in_flight, 0);
	assert_true(rig__fn(&rig, FUNC, CALLSITE)->delay.max < HORIZON_MARGIN_NS);
}

TEST(a_csd_on_two_cpus_is_outstanding_twice, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	if (rig__lacks(!other, "one CPU"))
		return;
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	assert_cut(function, 1, in_flight, 1, orphans, 1);
	assert_int_equal(rig__cpu(&rig, 1)->received, 1);
	rig__entry(&rig, 0, FUNC, csd);
	rig__cut(&rig);
	assert_int_equal(rig__cpu(&rig, 0)->received, 1);
	assert_int_equal(rig.snap.ledger.in_flight, 0);
}

TEST(a_local_run_is_no_ipi, setup, rig__teardown)
{
	rig__run_csd(&rig, 0, FUNC, 0);
	assert_cut(local, 1, queued, 0, orphans, 0);
	assert_int_equal(ledger__matched(&rig.snap.ledger), 0);
	assert_members(*rig__cpu(&rig, 0), local, 1, received, 0, handler.count, 0);
	assert_members(*rig__fn(&rig, FUNC, 0), local, 1, count, 0);
}

/* A function that calls itself on its own CPU: the first exit is not the csd's. */
TEST(exits_pair_with_the_latest_entry, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC), inner, outer;

	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	outer = mono_ns();
	usleep(1000);
	rig__run_csd(&rig, 0, FUNC, 0);
	inner = mono_ns();
	rig__cut(&rig);
	assert_int_equal(rig__cpu(&rig, 0)->handler.count, 0);
	rig__exit(&rig, 0, FUNC, csd);
	rig__cut(&rig);
	assert_int_equal(rig__cpu(&rig, 0)->handler.count, 1);
	assert_true(rig__cpu(&rig, 0)->handler.sum >= inner - outer);
	assert_int_equal(rig.snap.ledger.exit_unseen, 0);
}

TEST(an_exit_without_an_entry_is_ignored, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	rig__exit(&rig, 0, FUNC, csd);
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	rig__exit(&rig, 0, FUNC + 1, csd);
	rig__cut(&rig);
	assert_int_equal(rig__cpu(&rig, 0)->handler.count, 0);
	rig__exit(&rig, 0, FUNC, csd);
	rig__cut(&rig);
	assert_int_equal(rig__cpu(&rig, 0)->handler.count, 1);
}

TEST(handlers_whose_exit_is_unseen_are_counted, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	for (int i = 0; i < FRAMES + 3; i++) {
		rig__queue(&rig, 0, 0, FUNC + i, csd);
		rig__entry(&rig, 0, FUNC + i, csd);
	}
	assert_cut(function, FRAMES + 3, exit_unseen, 3);
	/* An exit of a lower frame drops the frames above it. */
	rig__exit(&rig, 0, FUNC + FRAMES, csd);
	assert_cut(exit_unseen, 2);
	assert_int_equal(rig__cpu(&rig, 0)->handler.count, 1);
}

TEST(a_batch_of_wake_ups_is_matched_member_by_member, setup, rig__teardown)
{
	__u64 csds[40];

	rig__wake_ups(&rig, 40, csds);
	/* Queued in another order than the list's. */
	for (int i = 39; i >= 0; i--)
		rig__queue(&rig, 0, 0, FUNC, csds[i]);
	rig__run_csd(&rig, 0, FUNC, csds[0]);
	assert_cut(queued, 40, ttwu, 40, function, 0, orphans, 0);
	assert_members(*rig__cpu(&rig, 0), received, 40, delay.count, 40, handler.count, 1);
	assert_int_equal(rig__fn(&rig, FUNC, CALLSITE)->count, 40);
}

TEST(orphans_in_a_batch_are_counted, setup, rig__teardown)
{
	__u64 csds[5];

	rig__wake_ups(&rig, 5, csds);
	rig__queue(&rig, 0, 0, FUNC, csds[1]);
	rig__queue(&rig, 0, 0, FUNC, csds[4]);
	rig__run_csd(&rig, 0, FUNC, csds[0]);
	assert_cut(ttwu, 2, orphans, 3, in_flight, 0);
}

TEST(an_irq_work_has_run_when_its_pending_flag_is_clear, setup, rig__teardown)
{
	__u64 work = rig__csd(&rig, 0, IRQ_WORK | PENDING);

	rig__queue(&rig, 0, other, FUNC, work);
	assert_cut(in_flight, 1, irq_work, 0);
	assert_int_equal(rig__fn(&rig, FUNC, CALLSITE)->count, 1);

	rig__csd(&rig, 0, IRQ_WORK);
	assert_cut(carried_in, 1, irq_work, 1, in_flight, 0);
	assert_members(*rig__cpu(&rig, other), received, 1, delay.count, 0);
}

TEST(an_irq_work_queued_again_has_run, setup, rig__teardown)
{
	__u64 work = rig__csd(&rig, 0, IRQ_WORK | PENDING);

	rig__queue(&rig, 0, 0, FUNC, work);
	rig__queue(&rig, 0, other, FUNC, work);
	assert_cut(queued, 2, irq_work, 1, in_flight, 1);
	assert_int_equal(rig__cpu(&rig, 0)->received, 1);
	assert_int_equal(ledger__lost(&rig.snap.ledger), 0);
}

TEST(works_that_have_run_make_room, setup, rig__teardown)
{
	for (int i = 0; i < 2000; i++) {
		rig__queue(&rig, 0, 0, FUNC, rig__csd(&rig, i, IRQ_WORK | PENDING));
		rig__csd(&rig, i, IRQ_WORK);
	}
	assert_cut(queued, 2000, irq_work, 2000);
	assert_int_equal(ledger__lost(&rig.snap.ledger), 0);
}

/*
 * User space takes csds past the horizon out of their slots, as lost. The numbers count the csds that the
 * test offered, that the taker began to watch, whose run is over, and that the taker has left.
 */
struct taker {
	struct slot *slot; /* of the csd that is offered */
	__u64 csd;
	_Atomic int offered, watched, over, left;
	_Atomic int stop;
	int taken; /* csds in all */
};

/*
 * Take the csd at the moment when the entry program has put it back, for slot_leave(). Returns whether it was
 * taken.
 */
static bool take_csd(struct taker *taker)
{
	__u64 csd = taker->csd;

	if (__atomic_load_n(&taker->slot->csd, __ATOMIC_ACQUIRE) != SLOT_TAKEN)
		return false;
	while (__atomic_load_n(&taker->slot->csd, __ATOMIC_ACQUIRE) == SLOT_TAKEN)
		;
	return __atomic_compare_exchange_n(&taker->slot->csd, &csd, SLOT_FREE, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static void *take_csds(void *arg)
{
	struct taker *taker = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(1, &set);
	sched_setaffinity(0, sizeof(set), &set);
	while (!taker->stop) {
		int nr = taker->offered;
		bool taken = false;

		if (nr == taker->left) {
			sched_yield();
			continue;
		}
		taker->watched = nr;
		while (taker->over != nr && !taken)
			taken = take_csd(taker);
		taker->taken += taken;
		taker->left = nr;
	}
	return NULL;
}

/* The slot at CPU 0 that holds @csd. */
static struct slot *slot_of(__u64 csd)
{
	const struct maps *maps = &rig.collector->maps;

	for (uint32_t i = 0; i < maps->geo.mailbox_slots; i++)
		if (maps->slots[i].csd == csd)
			return &maps->slots[i];
	fail_msg("the csd is in no slot");
	return NULL;
}

/* Run @csd, which belongs to an earlier epoch, while @taker watches its slot. */
static void run_beside(struct taker *taker, __u64 csd)
{
	int nr = taker->offered + 1;

	taker->slot = slot_of(csd);
	taker->csd = csd;
	taker->offered = nr;
	while (taker->watched != nr)
		sched_yield();
	rig__run_csd(&rig, 0, FUNC, csd);
	taker->over = nr;
	while (taker->left != nr)
		sched_yield();
}

/* A cut takes milliseconds, so a round has many csds. */
#define ROUND_CSDS 32
#define ROUNDS	   60

TEST(a_csd_is_lost_or_matched_never_both, setup, rig__teardown)
{
	/* If an assertion fails, the thread uses the taker until the process ends. */
	static struct taker taker;
	__u64 csds[ROUND_CSDS];
	pthread_t thread;

	if (rig__lacks(!other, "two CPUs"))
		return;
	assert_int_equal(pthread_create(&thread, NULL, take_csds, &taker), 0);
	for (int i = 0; i < ROUNDS && taker.taken < 5; i++) {
		int before = taker.taken;

		for (int k = 0; k < ROUND_CSDS; k++) {
			csds[k] = rig__csd(&rig, k, SYNC);
			rig__queue(&rig, 0, 0, FUNC, csds[k]);
		}
		rig__cut(&rig);
		for (int k = 0; k < ROUND_CSDS; k++)
			run_beside(&taker, csds[k]);
		snapshot__free(&rig.snap);
		assert_int_equal(collector__cut(rig.collector, &rig.snap, false), 0);
		assert_members(rig.snap.ledger, function, ROUND_CSDS - (taker.taken - before),
			       orphans, taker.taken - before);
	}
	taker.stop = 1;
	pthread_join(thread, NULL);
	rig__lacks(!taker.taken, "the other CPU came in between the two steps of an entry");
}

int main(void)
{
#define SHARED(test) add_test("shared: " #test, test, setup_shared, rig__teardown, NULL)
	SHARED(one_csd_is_seen_from_queue_to_exit);
	SHARED(many_rounds_of_requeueing_lose_nothing);
	SHARED(exits_pair_with_the_latest_entry);
	SHARED(a_batch_of_wake_ups_is_matched_member_by_member);
	return run_all_tests(NULL, NULL);
}
