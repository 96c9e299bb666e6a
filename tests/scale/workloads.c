// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "cache.h"
#include "smp.h"

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
	smp_call(soon(), from, to);
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
		smp_call(soon(), from, any_but(from));
	else
		smp_call(soon(), from, TO_ALL);
}

static void call_next(void)
{
	uint32_t from = 0;

	if (started == to_start)
		return;
	switch (workload) {
	case PAIR:
		smp_call(soon(), 0, 1);
		break;
	case RING:
		from = turn++ % sim.nr_cpus;
		smp_call(soon(), from, (from + 1) % sim.nr_cpus);
		break;
	case RANDOM:
		random_call();
		break;
	case BROADCAST:
		smp_call(soon(), 0, TO_ALL);
		break;
	case STORM:
		if (next_idle(&from))
			smp_call(soon(), from, TO_ALL);
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

/* The warm-up uses all that the workload uses. */
struct amount {
	uint64_t warm_up, counted; /* calls */
	uint32_t at_once;
};

static struct amount amount(void)
{
	uint64_t n = sim.nr_cpus, targets = n - 1;

	switch (workload) {
	case PAIR:
		return (struct amount){ 200, 2000, 1 };
	case RING:
		return (struct amount){ 4 * n, most(4000, 10 * n), 1 };
	case RANDOM:
		return (struct amount){ n * targets, 20000, 1 };
	case BROADCAST:
		return (struct amount){ 20 + 400 / n, most(100, 20000 / targets), 1 };
	case STORM:
		return (struct amount){ 2 * n, most(n, 4000 / targets / n * n),
					n >= 4 * AT_ONCE_MAX ? AT_ONCE_MAX : n / 2 };
	default:
		return (struct amount){ most(4000, 200 * n), 8000, AT_ONCE_MAX };
	}
}

void workload_run(enum workload which, struct run *run)
{
	struct amount a;
	struct smp_counts warm;

	workload = which;
	a = amount();
	turn = 0;
	sim.now = START_NS;
	smp_reset(call_next);
	pairs_shuffle();
	calls_run(a.warm_up, a.at_once);
	warm = smp_counts;
	memset(&smp_counts, 0, sizeof(smp_counts));
	cache_count();
	calls_run(a.counted, a.at_once);
	run->calls = started;
	run->smp = smp_counts;
	run->all_csds = warm.csds + smp_counts.csds;
	run->all_wakeups = warm.wakeups + smp_counts.wakeups;
}
