// SPDX-License-Identifier: GPL-2.0
/* The sizes of the maps, for every number of CPUs. */
#include <stdbool.h>
#include "abi/call.h"
#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/record.h"
#include "abi/table.h"
#include "collect/maps.h"
#include "unit.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)

static bool power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

TEST(sizes_are_powers_of_two)
{
	for (uint32_t nr = 1; nr <= MAX_CPUS; nr++) {
		struct geometry geo = geometry__of(nr);

		assert_int_equal(geo.nr_cpus, nr);
		assert_true(power_of_two(geo.mailbox_slots));
		assert_true(power_of_two(geo.irq_work_slots));
		assert_true(power_of_two(geo.edge_slots));
		assert_true(power_of_two(geo.fn_shards));
		assert_true(power_of_two(geo.hot_places));
	}
}

TEST(sizes_of_some_machines)
{
	static const struct geometry known[] = {
		{ 1, 512, 512, 8, 1, 8, 1, 1, 1, 64, 1, 0, 0, 0 },
		{ 2, 512, 512, 8, 1, 8, 2, 1, 1, 64, 1, 0, 0, 0 },
		{ 4, 512, 512, 8, 1, 8, 4, 1, 1, 64, 1, 0, 0, 0 },
		{ 16, 512, 512, 16, 1, 8, 4, 1, 1, 64, 1, 0, 0, 0 },
		{ 17, 512, 512, 32, 1, 8, 4, 1, 1, 128, 1, 0, 0, 0 },
		{ 64, 512, 512, 64, 1, 8, 4, 1, 1, 256, 1, 0, 0, 0 },
		{ 65, 512, 512, 128, 2, 8, 4, 1, 1, 512, 1, 0, 0, 0 },
		{ 256, 512, 512, 256, 2, 8, 4, 1, 1, 1024, 1, 0, 0, 0 },
		{ 257, 512, 1024, 256, 2, 8, 4, 1, 1, 2048, 1, 0, 0, 0 },
		{ 448, 512, 1024, 256, 2, 8, 4, 1, 1, 2048, 1, 0, 0, 0 },
		{ 449, 512, 1024, 256, 2, 4, 4, 1, 1, 2048, 1, 0, 0, 0 },
		{ 512, 512, 1024, 256, 2, 4, 4, 1, 1, 2048, 1, 0, 0, 0 },
		{ 513, 512, 2048, 128, 2, 4, 4, 1, 1, 4096, 1, 0, 0, 0 },
		{ 2048, 512, 4096, 128, 2, 4, 4, 1, 1, 8192, 1, 0, 0, 0 },
		{ 2049, 512, 8192, 64, 2, 4, 4, 1, 1, 16384, 1, 0, 0, 0 },
		{ 4096, 512, 8192, 64, 2, 4, 4, 1, 1, 16384, 1, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct geometry geo = geometry__of(known[i].nr_cpus);

		assert_memory_equal(&geo, &known[i], sizeof(geo));
	}
}

TEST(a_box_is_no_smaller_than_a_search_reaches)
{
	for (uint32_t nr = 1; nr <= MAX_CPUS; nr++) {
		struct geometry geo = geometry__of(nr);

		assert_in_range(geo.mailbox_slots, MAILBOX_PROBES, MAILBOX_SLOTS);
		assert_true(geo.irq_work_slots >= MAILBOX_PROBES);
		assert_true(geo.irq_work_slots >= 2 * nr);
		assert_in_range(geo.fn_shards, 1, FN_MAX_SHARDS);
	}
}

TEST(up_to_256_cpus_each_destination_has_a_place)
{
	for (uint32_t nr = 1; nr <= MAX_CPUS; nr++) {
		struct geometry geo = geometry__of(nr);

		assert_true(geo.edge_slots >= (nr < EDGE_MAX ? nr : EDGE_MAX_2048));
		assert_true(geo.edge_slots <= EDGE_MAX);
	}
}

TEST(slots_hold_all_boxes)
{
	struct geometry geo = geometry__of(3);

	assert_int_equal(geometry__slots(&geo), 3 * 512 + 512);
	geo = geometry__of(4096);
	assert_int_equal(geometry__slots(&geo), 4096 * 512 + 8192);
}

TEST(bytes_are_the_sum_of_the_maps)
{
	struct geometry geo = {
		.nr_cpus = 5,
		.mailbox_slots = 64,
		.irq_work_slots = 128,
		.edge_slots = 8,
		.fn_shards = 2,
		.hot_places = 4,
		.tables = 2,
		.wait_slots = 64,
		.task_call_slots = 256,
		.origins = 5 * 64 + 128,
		.record_slots = 16,
	};
	uint64_t bytes =
		6 * sizeof(struct cpu_rec) + (5 * 64 + 128) * sizeof(struct slot) +
		(5 * 64 + 128) * sizeof(struct origin) + 5 * 8 * sizeof(struct edge_rec) +
		5 * (16 + FRAMES) * sizeof(struct record) + 5 * sizeof(struct record_ring) +
		5 * sizeof(struct call_rec) + 64 * sizeof(struct wait_rec) +
		256 * (sizeof(struct task_call) + sizeof(struct away_task)) +
		2 * 256 * sizeof(struct fn_key) + 2 * 2 * 257 * sizeof(struct fn_rec) +
		2 * 5 * 2 * 4 * sizeof(struct hot_row) + NR_BANKS * SAMPLES * sizeof(struct sample);

	assert_int_equal(geometry__bytes(&geo), bytes);
}

TEST(rings_are_smaller_with_more_cpus)
{
	static const struct {
		uint32_t cpus, records;
	} known[] = {
		{ 1, 131072 }, { 2, 131072 }, { 4, 65536 },  { 8, 32768 },   { 9, 16384 },
		{ 64, 4096 },  { 256, 1024 }, { 257, 1024 }, { 4096, 1024 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_int_equal(geometry__records(known[i].cpus), known[i].records);
	for (uint32_t nr = 1; nr <= 256; nr++)
		assert_true(nr * geometry__records(nr) * sizeof(struct record) <= 30 * MIB);
}

TEST(memory_is_bounded_on_every_machine)
{
	for (uint32_t nr = 1; nr <= MAX_CPUS; nr++) {
		struct geometry geo = geometry__of(nr);

		if (geometry__bytes(&geo) > nr * 32 * KIB + 8 * MIB)
			fail_msg("%u CPUs take %llu bytes", nr,
				 (unsigned long long)geometry__bytes(&geo));
	}
}

TEST_MAIN(NULL, NULL)
