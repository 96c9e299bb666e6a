// SPDX-License-Identifier: GPL-2.0
/* Events besides IPIs: counted in their window, guests' IPIs by process. */
#include <unistd.h>
#include "abi/event.h"
#include "../unit/child_status.h"
#include "collect/collector.h"
#include "model/snapshot.h"
#include "rig.h"

/* KVM_HC_SEND_IPI, and KVM_HC_KICK_CPU. */
#define SEND_IPI 10
#define KICK_CPU 5

static struct collect_config counting = { .count_events = true };

static struct collect_config asking = { .host_flushes = true };

static void event(int cpu, const char *prog, __u64 arg)
{
	__u64 args[] = { arg, 0, 0, 0, 0 };

	rig__run(&rig, cpu, prog, args, sizeof(args));
}

RIG_TEST(each_event_is_in_one_window, counting)
{
	static const struct {
		const char *prog;
		enum event event;
	} events[] = {
		{ "event_frequency", EVENT_FREQUENCY },
		{ "event_migration", EVENT_MIGRATION },
		{ "event_polled", EVENT_POLLED },
		{ "event_guest_clock", EVENT_GUEST_CLOCK },
	};

	for (int n = 0; n < 4; n++)
		for (int i = 0; i <= n; i++)
			event(i % rig__nr_cpus(), events[n].prog, 0);
	rig__cut(&rig);
	for (int n = 0; n < 4; n++)
		assert_int_equal(rig.snap.events.hits[events[n].event], n + 1);
	event(0, "event_polled", 0);
	rig__cut(&rig);
	assert_members(rig.snap.events, hits[EVENT_POLLED], 1, hits[EVENT_MIGRATION], 0);
	rig__cut(&rig);
	assert_int_equal(rig.snap.events.hits[EVENT_POLLED], 0);
}

RIG_TEST(ipis_of_guests_are_by_process, counting)
{
	const struct machine_events *events = &rig.snap.events;

	for (int i = 0; i < 3; i++)
		event(i % rig__nr_cpus(), "event_guest_icr", 0);
	event(0, "event_guest_hypercall", SEND_IPI);
	event(0, "event_guest_hypercall", KICK_CPU);
	rig__cut(&rig);
	assert_members(*events, hits[EVENT_GUEST_IPI], 4, nr_guests, 1, guests[0].tgid, getpid(),
		       guests[0].ipis, 4);
	/* Not attached, so not known to be all. */
	assert_false(events->known[EVENT_GUEST_IPI]);
	rig__cut(&rig);
	assert_int_equal(events->nr_guests, 0);
}

static int ask(void)
{
	event(0, "event_guest_icr", 0);
	return 0;
}

/*
 * Rows of guests that are gone are given back, or no later guest would have a row. A row that was idle
 * for a window stays its guest's.
 */
RIG_TEST(rows_of_guests_that_are_gone_are_free_again, counting)
{
	const struct machine_events *events = &rig.snap.events;

	for (int i = 0; i < 3 * GUEST_ROWS; i++)
		assert_int_equal(child_status(ask), 0);
	event(0, "event_guest_icr", 0);
	rig__cut(&rig);
	assert_int_equal(events->hits[EVENT_GUEST_IPI], 3 * GUEST_ROWS + 1);
	assert_int_equal(events->nr_guests, GUESTS_MAX);
	for (int i = 0; i < 4; i++)
		rig__cut(&rig);
	for (int i = 0; i < 6; i++) {
		if (i % 2)
			event(0, "event_guest_icr", 0);
		rig__cut(&rig);
		assert_int_equal(events->nr_guests, i % 2);
		if (i % 2)
			assert_members(events->guests[0], tgid, getpid(), ipis, 1);
	}
}

/* These are counted even if no storms are searched for, and not as IPIs. */
RIG_TEST(requests_to_the_host_are_counted_beside_ipis, asking)
{
	const struct machine_events *events = &rig.snap.events;

	for (int i = 0; i < 5; i++)
		event(i % rig__nr_cpus(), "event_host_hyperv", 0);
	for (int i = 0; i < 2; i++)
		event(i % rig__nr_cpus(), "event_host_xen", 0);
	rig__cut(&rig);
	assert_int_equal(events->hits[EVENT_HOST_FLUSH], 7);
	/* Not attached, so not known to be all. */
	assert_false(events->known[EVENT_HOST_FLUSH]);
	for (int i = 0; i < NR_KINDS; i++)
		assert_int_equal(rig.snap.kinds[i], 0);
	assert_int_equal(rig.snap.ledger.queued, 0);
	rig__cut(&rig);
	assert_int_equal(events->hits[EVENT_HOST_FLUSH], 0);
}

TEST_MAIN(NULL, NULL)
