/* SPDX-License-Identifier: GPL-2.0 */
/* For a test that compiles stall/reporter.c again: the clock and the moment reader are the test's. */
#ifndef IPITRACE_TESTS_FAKE_MOMENTS_H
#define IPITRACE_TESTS_FAKE_MOMENTS_H

#include "base/clock.h"
#include "collect/read_moment.h"
#include "stalls.h"

/*
 * The time is the test's, because a busy machine may stop a thread for so long that it counts as
 * held up.
 */
static _Atomic uint64_t test_now; /* ns; the clock that reporter.c reads here */

static uint64_t test_mono_ns(void)
{
	return test_now;
}

static struct moment world; /* copied by fake_watch(), but for its `now` */
static struct stall_event ready[16];
static size_t nr_ready;
static uint64_t held_up; /* ns between the read of a moment and its use */

static void fake_watch(struct moment_reader *reader, uint64_t threshold, struct moment *moment)
{
	assert_int_equal(threshold, THRESHOLD / ONGOING_CONTEXT);
	*moment = world;
	moment->now = test_now - held_up;
}

static void fake_events(struct moment_reader *reader,
			void (*event)(void *ctx, const struct stall_event *event), void *ctx)
{
	for (size_t i = 0; i < nr_ready; i++)
		event(ctx, &ready[i]);
	nr_ready = 0;
}

static bool fake_knows(const struct moment_reader *reader, enum stall_phase phase)
{
	return CSD_PHASES >> phase & 1;
}

static uint64_t fake_lost(const struct moment_reader *reader)
{
	return 5;
}

#define mono_ns		      test_mono_ns
#define moment_reader__watch  fake_watch
#define moment_reader__read   fake_watch
#define moment_reader__events fake_events
#define moment_reader__lost   fake_lost
#define moment_reader__knows  fake_knows

#endif /* IPITRACE_TESTS_FAKE_MOMENTS_H */
