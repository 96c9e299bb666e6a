// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "cache.h"
#include "machine.h"
#include "timeline.h"
#include "workloads.h"

#define START_NS    1000000000000ULL
#define AT_ONCE_MAX 4
#define BURST	    4 /* wake-ups, or requests, in a row for one CPU */

const char *const workload_names[NR_WORKLOADS] = { "pair",  "ring",    "random",  "broadcast",
						   "storm", "wakeups", "requeue", "mixed" };

static enum workload workload;
static uint64_t to_start, started; /* calls */
static uint32_t turn;
static uint32_t burst_to;
static uint32_t pairs[CPUS_MAX * CPUS_MAX][2]; /* every sender and target, shuffled */

static void pairs_shuffle(void)
{
	uint32_t nr = 0;

	for (uint32_t a = 0; a < sim.nr_cpus; a++)
		for (uint32_t b = 0; b < sim.nr_cpus; b++)
			if (a != b) {
				pairs[nr][0] = a;
				pairs[nr++][1] = b;
			}
	for (uint32_t i = nr; i > 1; i--) {
		uint32_t k = chance() % i, a = pairs[i - 1][0], b = pairs[i - 1][1];

		pairs[i - 1][0] = pairs[k][0];
		pairs[i - 1][1] = pairs[k][1];
		pairs[k][0] = a;
		pairs[k][1] = b;
	}
}

static uint64_t soon(void)
{
	return sim.now + chance_spread(1000, 1);
}

static uint32_t any_but(uint32_t cpu)
{
	return (cpu + 1 + chance() % (sim.nr_cpus - 1)) % sim.nr_cpus;
}

/* The next CPU in turn that makes no synchronous call; false: each makes one. */
static bool next_idle(uint32_t *cpu)
{
	for (uint32_t i = 0; i < sim.nr_cpus; i++) {
		*cpu = turn++ % sim.nr_cpus;
		if (!smp_is_calling(*cpu))
			return true;
	}
	return false;
}

/* Each pair once, in random order; then at random. */
static void random_call(void)
{
	uint32_t from, to;

	if (turn < sim.nr_cpus * (sim.nr_cpus - 1)) {
		from = pairs[turn][0];
		to = pairs[turn++][1];
	} else {
		from = chance() % sim.nr_cpus;
		to = any_but(from);
	}
	smp_call_single(soon(), from, to);
}

/* BURST calls in a row go to one CPU, from any. */
static uint32_t burst(void)
{
	if (started % BURST == 0)
		burst_to = chance() % sim.nr_cpus;
	return burst_to;
}

/* A task of the CPU that is not being woken: AT_ONCE_MAX are at the most. */
static void wake_call(void)
{
	uint32_t to = burst(), task = to;

	while (smp_is_waking(task))
		task += sim.nr_cpus;
	smp_wake(soon(), any_but(to), task);
}

static void requeue_call(void)
{
	uint32_t to = burst();

	smp_call_async(soon(), any_but(to), to);
}

/* One synchronous call to many, three to one, and six of each other kind, of 16. */
static void mixed_call(void)
{
	uint32_t die = chance() % 16, from;

	if (die >= 10 || !next_idle(&from))
		wake_call();
	else if (die >= 4)
		requeue_call();
	else if (die)
		smp_call_single(soon(), from, any_but(from));
	else
		smp_call_many(soon(), from);
}

static void call_next(void)
{
	uint32_t from = 0;

	if (started == to_start)
		return;
	switch (workload) {
	case PAIR:
		smp_call_single(soon(), 0, 1);
		break;
	case RING:
		from = turn++ % sim.nr_cpus;
		smp_call_single(soon(), from, (from + 1) % sim.nr_cpus);
		break;
	case RANDOM:
		random_call();
		break;
	case BROADCAST:
		smp_call_many(soon(), 0);
		break;
	case STORM:
		if (next_idle(&from))
			smp_call_many(soon(), from);
		break;
	case WAKEUPS:
		wake_call();
		break;
	case REQUEUE:
		requeue_call();
		break;
	case MIXED:
		mixed_call();
		break;
	case NR_WORKLOADS:
		break;
	}
	started++;
}

/* @calls of the workload, @at_once at a time, to the end of the last. */
static void calls_run(uint64_t calls, uint32_t at_once)
{
	started = 0;
	to_start = calls;
	while (at_once--)
		call_next();
	smp_run();
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Calls until all that the workload uses has been used. */
static uint64_t warm_up(void)
{
	uint64_t n = sim.nr_cpus;

	switch (workload) {
	case PAIR:
		return 200;
	case RING:
		return 4 * n;
	case RANDOM:
		return n * (n - 1);
	case BROADCAST:
		return 20 + 400 / n;
	case STORM:
		return 2 * n;
	default:
		return most(4000, 200 * n);
	}
}

static uint64_t counted(void)
{
	uint64_t n = sim.nr_cpus, targets = n - 1;

	switch (workload) {
	case PAIR:
		return 2000;
	case RING:
		return most(4000, 10 * n);
	case BROADCAST:
		return most(100, 20000 / targets);
	case STORM:
		return most(n, 4000 / targets / n * n);
	case RANDOM:
		return 20000;
	default:
		return 8000;
	}
}

static uint32_t at_once(void)
{
	if (workload < STORM)
		return 1;
	if (workload > STORM)
		return AT_ONCE_MAX;
	return sim.nr_cpus >= 4 * AT_ONCE_MAX ? AT_ONCE_MAX : sim.nr_cpus / 2;
}

void workload_run(enum workload which, struct run *run)
{
	workload = which;
	turn = 0;
	sim.now = START_NS;
	timeline_reset();
	smp_reset(call_next);
	pairs_shuffle();
	calls_run(warm_up(), at_once());
	run->all_csds = smp_counts.csds;
	run->all_wakeups = smp_counts.by_kind[CSD_TTWU];
	memset(&smp_counts, 0, sizeof(smp_counts));
	cache_count();
	calls_run(counted(), at_once());
	run->calls = started;
	run->smp = smp_counts;
	run->all_csds += smp_counts.csds;
	run->all_wakeups += smp_counts.by_kind[CSD_TTWU];
}
