// SPDX-License-Identifier: GPL-2.0
/* The figures of a run without a storm: sums over its windows, and what is unknown in one is so in all. */
#include "model/host.h"
#include "model/storm.h"
#include "unit.h"

#define SECOND 1000000000ULL

static struct host host;

static struct snapshot window(struct cpu_stats *cpus, size_t nr)
{
	return (struct snapshot){
		.host = &host,
		.window = { .mono_start = 5 * SECOND, .mono_end = 7 * SECOND },
		.ledger.queued = 10,
		.kinds[KIND_RESCHEDULE] = 3,
		.cpus = cpus,
		.nr_cpus = nr,
		.known.irqs = true,
	};
}

TEST(windows_add_up)
{
	struct cpu_stats cpus[] = { { .handler.sum = 100, .wait.sum = 50, .wait_away = 20 },
				    { .handler.sum = 7 } };
	struct snapshot snap = window(cpus, ARRAY_SIZE(cpus));
	struct calm calm = {};

	calm__add(&calm, &snap);
	calm__add(&calm, &snap);
	assert_members(calm, csds, 20, reschedules, 6, handler_ns, 214, wait_ns, 60, cpu_ns,
		       3 * 2 * 2 * SECOND, runs_unseen, false, irqs_unseen, false, waits_unknown,
		       false);
	assert_true(calm.seconds == 4);
	/* Of another machine's CPUs nobody knows how many were online. */
	snap.host = NULL;
	calm__add(&calm, &snap);
	assert_members(calm, csds, 30, cpu_ns, 12 * SECOND);
}

TEST(what_one_window_does_not_know)
{
	struct snapshot snap = window(NULL, 0), calls = snap;
	struct calm calm = {};

	calls.how.source = SOURCE_CALLS;
	calm__add(&calm, &calls);
	calm__add(&calm, &snap);
	assert_members(calm, runs_unseen, true, irqs_unseen, false, waits_unknown, false);
	calls.known.irqs = false;
	calm__add(&calm, &calls);
	calm__add(&calm, &snap);
	assert_members(calm, runs_unseen, true, irqs_unseen, true, waits_unknown, false);
	snap.how.wait_source = WAITS_UNKNOWN;
	calm__add(&calm, &snap);
	snap.how.wait_source = WAITS_CSD;
	calm__add(&calm, &snap);
	assert_true(calm.waits_unknown);
	/* Without csd tracepoints alone: known.irqs says nothing of csds. */
	calm = (struct calm){};
	snap.known.irqs = false;
	calm__add(&calm, &snap);
	assert_false(calm.irqs_unseen);
}

static int setup(void **state)
{
	for (int cpu = 0; cpu < 3; cpu++)
		cpuset__add(&host.online, cpu);
	return 0;
}

TEST_MAIN(setup, NULL)
