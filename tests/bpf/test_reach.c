// SPDX-License-Identifier: GPL-2.0
/*
 * How far a search through a mailbox goes: as far as csds lie from their home, and after a
 * burst no farther than before it.
 */
#include <sys/wait.h>
#include "abi/cpu.h"
#include "abi/limits.h"
#include "collect/collector.h"
#include "model/snapshot.h"
#include "rig.h"

#define ASYNC 0x01
#define BURST 260

static const struct cpu_rec *cpus;
static int order[NR_FAKES];

/* The fake csds in no order: the hash spreads neighbours over all slots, unlike a kernel's csds. */
static void shuffle(void)
{
	uint32_t random = 1;

	for (int i = 0; i < NR_FAKES; i++)
		order[i] = i;
	for (int i = NR_FAKES - 1; i; i--) {
		int was = order[i], at;

		random = random * 1664525 + 1013904223;
		at = (random >> 8) % (i + 1);
		order[i] = order[at];
		order[at] = was;
	}
}

static int setup(void **state)
{
	rig__open(&rig, NULL);
	shuffle();
	cpus = rig__map(&rig, "csd_queue", "cpus", NULL);
	return 0;
}

/* Slots that a search in the box of CPU 0 reads at most. */
static int searched(void)
{
	uint64_t reach = 0;

	for (int bank = 0; bank < NR_BANKS; bank++)
		reach |= cpus[0].reach[bank];
	return reach ? 64 - __builtin_clzll(reach) : 0;
}

static void queue(int first, int nr)
{
	for (int i = first; i < first + nr; i++)
		rig__queue(&rig, 0, 0, FUNC, rig__csd(&rig, order[i], ASYNC));
}

static void run(int first, int nr)
{
	for (int i = first; i < first + nr; i++)
		rig__run_csd(&rig, 0, FUNC, rig__csd(&rig, order[i], ASYNC));
}

/* All @nr csds that ran in the window were followed. */
static void check_window(uint64_t nr, uint64_t in_flight)
{
	assert_cut(function, nr, orphans, 0);
	assert_int_equal(ledger__lost(&rig.snap.ledger), 0);
	assert_int_equal(rig.snap.ledger.in_flight, in_flight);
}

TEST(after_a_burst_searches_are_as_at_the_beginning, setup, rig__teardown)
{
	int before;

	queue(0, 1);
	run(0, 1);
	before = searched();
	assert_int_equal(before, 1);
	for (int burst = 0; burst < 3; burst++) {
		queue(0, BURST);
		assert_true(searched() > 8 * before);
		run(0, BURST);
		check_window(BURST + !burst, 0);
		/* The csds of the next window, not of two windows hence. */
		assert_int_equal(searched(), before);
		queue(0, 1);
		run(0, 1);
		assert_int_equal(searched(), before);
		check_window(1, 0);
	}
}

TEST(csds_in_flight_at_a_cut_are_found, setup, rig__teardown)
{
	int far;

	queue(0, BURST);
	far = searched();
	assert_true(far > 8);
	for (int cut = 0; cut < 5; cut++) {
		check_window(0, BURST);
		assert_int_equal(searched(), far);
	}
	/* The csds near their home run first, so the rest lies far from home. */
	run(0, BURST / 2);
	for (int cut = 0; cut < 3; cut++)
		check_window(cut ? 0 : BURST / 2, BURST / 2);
	/* Queue the same csds again: an ASYNC csd may be outstanding twice. */
	queue(BURST / 2, 20);
	for (int cut = 0; cut < 3; cut++)
		check_window(0, BURST / 2 + 20);
	run(BURST / 2, 20);
	check_window(20, BURST / 2);
	run(BURST / 2, BURST / 2);
	check_window(BURST / 2, 0);
	/* These csds were in flight at two cuts, so their distances are in both banks. */
	check_window(0, 0);
	assert_int_equal(searched(), 1);
}

/* A sender of its own, so that cuts come anywhere between a queue event and its run. */
static pid_t sender(int bursts)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (int i = 0; i < bursts; i++) {
		queue(i % 7, BURST / 4);
		run(i % 7, BURST / 4);
	}
	_exit(0);
}

TEST(cuts_amid_bursts_lose_nothing, setup, rig__teardown)
{
	uint64_t ran = 0;
	int status, cuts = 0, senders = 0;

	/*
	 * On a busy machine a sender may end before there were enough cuts: then start another
	 * sender.
	 */
	for (; senders < 20 && cuts <= 3; senders++) {
		pid_t pid = sender(60), done = 0;

		assert_true(pid > 0);
		while (!done) {
			done = waitpid(pid, &status, WNOHANG);
			rig__cut(&rig);
			ran += rig.snap.ledger.function;
			assert_int_equal(rig.snap.ledger.orphans, 0);
			assert_int_equal(ledger__lost(&rig.snap.ledger), 0);
			cuts += !done;
		}
		assert_int_equal(status, 0);
	}
	assert_int_equal(rig.snap.ledger.in_flight, 0);
	assert_int_equal(ran, senders * 60 * (BURST / 4));
	assert_true(cuts > 3);
	rig__cut(&rig);
	assert_true(searched() <= 1);
}

TEST_MAIN(NULL, NULL)
