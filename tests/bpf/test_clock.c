// SPDX-License-Identifier: GPL-2.0
/*
 * ipitrace's own work is not in its figures: what takes long lies before the clock is read.
 * Times are compared with others of the same run.
 */
#include "abi/mailbox.h"
#include "base/clock.h"
#include "collect/collector.h"
#include "model/snapshot.h"
#include "rig.h"

#define SYNC	0x11
#define TTWU	0x30
#define ROUNDS	200
#define BATCH	300
#define BATCHES 9

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint64_t median(uint64_t *times, size_t nr)
{
	qsort(times, nr, sizeof(*times), by_size);
	return times[nr / 2];
}

/* When the only csd in the mailboxes was queued, as ipitrace has it. */
static uint64_t queued_at(const struct slot *slots, __u32 nr)
{
	for (__u32 i = 0; i < nr; i++)
		if (slot_has_csd(slots[i].csd))
			return slots[i].time;
	fail_msg("no csd is queued");
	return 0;
}

/* Queue @csd. *@all gets how long that took; *@after which part of it came after the csd's time. */
static void queue_timed(__u64 csd, const struct slot *slots, __u32 nr, uint64_t *all,
			uint64_t *after)
{
	uint64_t begun = mono_ns(), done;

	rig__queue_first(&rig, 0, 0, FUNC, csd);
	done = mono_ns();
	*all = done - begun;
	*after = done - queued_at(slots, nr);
	rig__queue_twin(&rig, 0, 0, FUNC, csd);
	rig__run_csd(&rig, 0, FUNC, csd);
}

/* The 2nd and the 4th csd of a window are sampled, and the 3rd and the 5th are not. */
TEST(a_sample_is_not_in_its_csds_delay, NULL, rig__teardown)
{
	static uint64_t all[2][2 * ROUNDS], after[2][2 * ROUNDS];
	const struct slot *slots;
	uint64_t longer, behind;
	__u64 csd;
	__u32 nr;

	rig__open(&rig, &(struct collect_config){ .user_stacks = true });
	csd = rig__csd(&rig, 0, SYNC);
	slots = rig__map(&rig, "csd_queue", "slots", &nr);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < 5; i++) {
			int at = 2 * round + (i > 2);
			uint64_t time, rest;

			queue_timed(csd, slots, nr, &time, &rest);
			if (!i)
				continue;
			all[i % 2][at] = time;
			after[i % 2][at] = rest;
		}
		rig__cut(&rig);
		assert_int_equal(rig.snap.nr_samples, 3);
	}
	longer = median(all[1], 2 * ROUNDS) - median(all[0], 2 * ROUNDS);
	behind = median(after[1], 2 * ROUNDS);
	/* A sample takes its time ... */
	assert_in_range(longer, 1, 1000000);
	/* ... and hardly any of this time is after the csd's time. */
	assert_true(4 * behind < 4 * median(after[0], 2 * ROUNDS) + longer);
}

/* The handler time of a batch of @nr wake-ups whose function does nothing. */
static uint64_t batch_time(int nr)
{
	static __u64 csds[BATCH];

	rig__wake_ups(&rig, nr, csds);
	for (int i = 0; i < nr; i++)
		rig__queue(&rig, 0, 0, FUNC, csds[i]);
	rig__run_csd(&rig, 0, FUNC, csds[0]);
	assert_cut(ttwu, nr);
	assert_int_equal(rig__fn(&rig, FUNC, CALLSITE)->delay.count, nr);
	return rig__fn(&rig, FUNC, CALLSITE)->handler.max;
}

TEST(the_walk_through_a_batch_is_not_the_functions_time, NULL, rig__teardown)
{
	uint64_t one[BATCHES], many[BATCHES];

	rig__open(&rig, NULL);
	for (int i = 0; i < BATCHES; i++) {
		one[i] = batch_time(1);
		many[i] = batch_time(BATCH);
	}
	assert_true(median(many, BATCHES) < 4 * median(one, BATCHES));
}

TEST_MAIN(NULL, NULL)
