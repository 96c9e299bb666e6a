// SPDX-License-Identifier: GPL-2.0
/* Late csds at a moment, on a machine with many CPUs: the boxes are read in turn. */
#include "abi/cpu.h"
#include "abi/mailbox.h"
#include "base/clock.h"
#include "base/cpuset.h"
#include "collect/read_moment.h"
#include "maps_memory.h"
#include "model/moment.h"
#include "unit.h"

#define NR_CPUS	  67 /* no multiple of MOMENT_TURN */
#define NEVER_ON  5 /* possible, but never online */
#define THRESHOLD 1000000ULL
#define FUNC	  0xffffffff81000000ULL
#define CSD	  0xffff888000000100ULL

static struct maps maps;
static struct cpuset cpus;
static struct moment_maps moment_maps;
static struct moment_reader *reader;
static struct moment moment;
static uint64_t lost;

static int setup(void **state)
{
	struct geometry geo = geometry__of(NR_CPUS);

	geo.origins = geometry__slots(&geo);
	maps = maps_make(geo);
	cpus = (struct cpuset){};
	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		if (cpu != NEVER_ON)
			cpuset__add(&cpus, cpu);
	moment_maps = (struct moment_maps){
		.maps = &maps,
		.cpus = &cpus,
		.frame_origins = zeroed(NR_CPUS * FRAMES, sizeof(struct origin)),
		.sleepers = zeroed(SLEEPERS, sizeof(struct sleeper)),
		.sleeper_origins = zeroed(SLEEPERS * FRAMES, sizeof(struct origin)),
		.lost = &lost,
		.events_fd = -1,
	};
	return moment_reader__open(&reader, &moment_maps);
}

static int teardown(void **state)
{
	moment_reader__close(reader);
	free((void *)moment_maps.frame_origins);
	free((void *)moment_maps.sleepers);
	free((void *)moment_maps.sleeper_origins);
	maps_free(&maps);
	return 0;
}

static struct slot *queue(uint32_t dst, uint64_t age)
{
	struct slot *slot = box_slot(&maps, dst, 300);

	slot->time = mono_ns() - age;
	slot->since = NO_CALL;
	slot->csd = CSD;
	maps.origins[slot - maps.slots].func = FUNC;
	return slot;
}

static void watch(void)
{
	moment_reader__watch(reader, THRESHOLD, &moment);
}

/* The calls until something is found; more than MOMENT_TURN: nothing was. */
static int calls_until_found(void)
{
	int calls = 0;

	do
		watch();
	while (++calls <= MOMENT_TURN && !moment.nr_pending);
	return calls;
}

TEST_F(a_late_csd_is_found_within_a_turn_on_each_cpu)
{
	for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++) {
		struct slot *slot = queue(cpu, 2 * THRESHOLD);

		if (cpu == NEVER_ON) {
			assert_true(calls_until_found() > MOMENT_TURN);
		} else {
			assert_in_range(calls_until_found(), 1, MOMENT_TURN);
			assert_members(moment.pending[0], dst, cpu, func, FUNC);
		}
		slot->csd = SLOT_FREE;
		watch();
		assert_int_equal(moment.nr_pending, 0);
	}
}

TEST_F(while_one_is_late_all_are_found_at_once)
{
	queue(40, 2 * THRESHOLD);
	assert_in_range(calls_until_found(), 1, MOMENT_TURN);
	for (uint32_t cpu = 0, nr = 1; cpu < NR_CPUS; cpu++) {
		if (cpu == 40 || cpu == NEVER_ON)
			continue;
		queue(cpu, 2 * THRESHOLD);
		watch();
		assert_int_equal(moment.nr_pending, ++nr);
	}
}

TEST_F(a_young_csd_is_not_late)
{
	struct slot *slot = queue(40, 0);

	slot->time = mono_ns() + 1000 * THRESHOLD;
	assert_true(calls_until_found() > MOMENT_TURN);
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_int_equal(moment.nr_pending, 0);
}

TEST_F(a_sender_that_waits_is_found_at_once)
{
	for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++) {
		struct slot *slot = queue(cpu, 2 * THRESHOLD);
		uint32_t src = cpu ? 0 : 1;

		if (cpu == NEVER_ON) {
			slot->csd = SLOT_FREE;
			continue;
		}
		slot->from = FROM(src, 0, 0);
		slot->since = 0;
		maps.calls[src].begun = slot->time;
		maps.calls[src].queued++;
		watch();
		assert_members(moment, nr_waiting, 1, waiting[0].src, src, nr_pending, 1);
		slot->csd = SLOT_FREE;
		maps.calls[src].done++;
		watch();
		assert_int_equal(moment.nr_waiting, 0);
	}
}

TEST_F(a_function_that_runs_long_is_found_at_once)
{
	struct cpu_rec *rec = &maps.cpus[60];

	queue(7, 2 * THRESHOLD);
	rec->frames[0].start = mono_ns() - 2 * THRESHOLD;
	rec->frames[0].func = FUNC;
	rec->depth = 1;
	watch();
	assert_members(moment, nr_running, 1, running[0].dst, 60, nr_pending, 1);
}

TEST_MAIN(NULL, NULL)
