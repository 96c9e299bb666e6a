// SPDX-License-Identifier: GPL-2.0
/* The reading of the function table: rows by key, summed over the shards. */
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "abi/table.h"
#include "maps_memory.h"
#include "collect/maps.h"
#include "model/hist.h"
#include "model/snapshot.h"

#define FUNC	 0xffffffff81000000ULL
#define CALLSITE 0xffffffff82000000ULL

static const struct fn_bank zero_fn;

static void key_set(struct maps *maps, uint32_t row, uint64_t func, uint64_t callsite)
{
	maps->fn_keys[row] = (struct fn_key){ .func = func, .callsite = callsite };
}

static void sample(struct hist_bank *hist, uint64_t ns)
{
	hist->sum += ns;
	if (ns > hist->max)
		hist->max = ns;
	hist->slots[hist_slot(ns)]++;
}

static const struct fn_stats *fn_find(const struct snapshot *snap, uint64_t func, uint64_t callsite)
{
	const struct fn_stats *found = NULL;

	for (size_t i = 0; i < snap->nr_fns; i++) {
		const struct fn_stats *fn = &snap->fns[i];

		if (fn->other || fn->func.addr != func || fn->callsite.addr != callsite)
			continue;
		assert_null(found);
		found = fn;
	}
	assert_non_null(found);
	return found;
}

static void check_hist(const struct hist *hist, const struct hist_bank *want, uint64_t count)
{
	assert_members(*hist, count, count, sum, want->sum, max, want->max);
	assert_memory_equal(hist->slots, want->slots, sizeof(want->slots));
}

TEST(a_row_is_read_from_the_epochs_bank_alone)
{
	struct maps maps = maps_make(geometry__of(1));
	const struct fn_stats *fn;
	struct fn_bank other;
	struct snapshot snap;

	key_set(&maps, 9, FUNC, CALLSITE);
	*fn_at(&maps, 0, 9, 1) = (struct fn_bank){ .count = 5, .local = 3 };
	sample(&fn_at(&maps, 0, 9, 1)->delay, 1000);
	sample(&fn_at(&maps, 0, 9, 1)->delay, 10);
	sample(&fn_at(&maps, 0, 9, 1)->handler, 77);
	*fn_at(&maps, 0, 9, 0) = (struct fn_bank){ .count = 50, .local = 30 };
	sample(&fn_at(&maps, 0, 9, 0)->delay, 5000);
	other = *fn_at(&maps, 0, 9, 0);
	snap = banks_read(&maps, 3);
	assert_int_equal(snap.nr_fns, 1);
	fn = fn_find(&snap, FUNC, CALLSITE);
	assert_members(*fn, count, 5, local, 3, delay.count, 2, delay.sum, 1010, delay.max, 1000);
	assert_int_equal(fn->delay.slots[hist_slot(10)], 1);
	assert_members(fn->handler, count, 1, sum, 77);
	assert_memory_equal(fn_at(&maps, 0, 9, 1), &zero_fn, sizeof(zero_fn));
	assert_memory_equal(fn_at(&maps, 0, 9, 0), &other, sizeof(other));
	assert_int_equal(maps.fn_keys[9].func, FUNC);
	snapshot__free(&snap);
	maps_free(&maps);
}

TEST(two_rows_of_one_key_and_all_shards_are_merged)
{
	static const uint32_t rows[] = { 3, 200 };
	struct maps maps = maps_make(geometry__of(128));
	uint32_t shards = maps.geo.fn_shards;
	struct hist_bank delay = {}, handler = {};
	uint64_t count = 0;
	const struct fn_stats *fn;
	struct snapshot snap;

	assert_true(shards > 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		key_set(&maps, rows[i], FUNC, CALLSITE);
		for (uint32_t shard = 0; shard < shards; shard++) {
			/* The largest sample is neither the first nor the last. */
			uint64_t ns = 100 + (3 * shard + 2 * i) % 7 * 1000;
			struct fn_bank *bank = fn_at(&maps, shard, rows[i], 0);

			bank->count = 1 << (4 * i + shard);
			bank->local = 3 * bank->count;
			sample(&bank->delay, ns);
			sample(&bank->handler, 2 * ns);
			count += bank->count;
			sample(&delay, ns);
			sample(&handler, 2 * ns);
		}
	}
	snap = banks_read(&maps, 2);
	assert_int_equal(snap.nr_fns, 1);
	fn = fn_find(&snap, FUNC, CALLSITE);
	assert_members(*fn, count, count, local, 3 * count);
	check_hist(&fn->delay, &delay, 2 * shards);
	check_hist(&fn->handler, &handler, 2 * shards);
	snapshot__free(&snap);
	maps_free(&maps);
}

TEST(call_sites_and_functions_stay_apart)
{
	struct maps maps = maps_make(geometry__of(128));
	struct snapshot snap;

	key_set(&maps, 0, FUNC, CALLSITE);
	key_set(&maps, 1, FUNC, CALLSITE + 8);
	key_set(&maps, 2, FUNC + 8, CALLSITE);
	key_set(&maps, 255, FUNC, 0);
	fn_at(&maps, 0, 0, 1)->count = 1;
	fn_at(&maps, 1, 1, 1)->count = 2;
	fn_at(&maps, 0, 2, 1)->count = 4;
	fn_at(&maps, 1, 255, 1)->local = 8;
	snap = banks_read(&maps, 1);
	assert_int_equal(snap.nr_fns, 4);
	assert_int_equal(fn_find(&snap, FUNC, CALLSITE)->count, 1);
	assert_int_equal(fn_find(&snap, FUNC, CALLSITE + 8)->count, 2);
	assert_int_equal(fn_find(&snap, FUNC + 8, CALLSITE)->count, 4);
	assert_int_equal(fn_find(&snap, FUNC, 0)->local, 8);
	snapshot__free(&snap);
	maps_free(&maps);
}

TEST(csds_without_a_row_are_summed_as_other)
{
	struct maps maps = maps_make(geometry__of(128));
	struct snapshot snap;

	for (uint32_t shard = 0; shard < maps.geo.fn_shards; shard++) {
		struct fn_bank *bank = fn_at(&maps, shard, FN_OTHER, 1);

		bank->count = 1 << shard;
		bank->local = 16 << shard;
		sample(&bank->handler, 50 + shard);
		fn_at(&maps, shard, FN_OTHER, 0)->count = 1000;
	}
	snap = banks_read(&maps, 5);
	assert_int_equal(snap.nr_fns, 1);
	assert_true(snap.fns[0].other);
	assert_members(snap.fns[0], func.addr, 0, callsite.addr, 0, count, 3, local, 16 * 3,
		       handler.count, 2);
	assert_int_equal(fn_at(&maps, 1, FN_OTHER, 1)->count, 0);
	assert_int_equal(fn_at(&maps, 1, FN_OTHER, 0)->count, 1000);
	snapshot__free(&snap);
	maps_free(&maps);
}

TEST(free_and_half_made_rows_are_not_read)
{
	struct maps maps = maps_make(geometry__of(1));
	struct snapshot snap;

	key_set(&maps, 1, 1, CALLSITE);
	key_set(&maps, 2, FUNC, CALLSITE); /* nothing counted */
	key_set(&maps, 3, FUNC + 1, CALLSITE);
	fn_at(&maps, 0, 0, 1)->count = 1;
	fn_at(&maps, 0, 1, 1)->count = 1;
	fn_at(&maps, 0, 3, 0)->count = 1; /* in the other window */
	snap = banks_read(&maps, 1);
	assert_int_equal(snap.nr_fns, 0);
	snapshot__free(&snap);
	/* Once the row is made, its counts are read. */
	key_set(&maps, 1, FUNC + 2, CALLSITE);
	snap = banks_read(&maps, 1);
	assert_int_equal(fn_find(&snap, FUNC + 2, CALLSITE)->count, 1);
	snapshot__free(&snap);
	maps_free(&maps);
}

TEST(a_run_without_a_count_is_read)
{
	struct maps maps = maps_make(geometry__of(1));
	struct snapshot snap;

	key_set(&maps, 7, FUNC, CALLSITE);
	key_set(&maps, 8, FUNC + 8, CALLSITE);
	sample(&fn_at(&maps, 0, 7, 0)->handler, 12);
	sample(&fn_at(&maps, 0, 8, 0)->delay, 13);
	snap = banks_read(&maps, 2);
	assert_int_equal(snap.nr_fns, 2);
	assert_members(*fn_find(&snap, FUNC, CALLSITE), handler.sum, 12, count, 0);
	assert_int_equal(fn_find(&snap, FUNC + 8, CALLSITE)->delay.sum, 13);
	snapshot__free(&snap);
	maps_free(&maps);
}

TEST(a_full_table_is_read_whole)
{
	struct maps maps = maps_make(geometry__of(1024));
	uint64_t seed = 8, want[NR_BANKS] = {};

	for (uint32_t row = 0; row <= FN_ROWS; row++) {
		if (row < FN_ROWS)
			key_set(&maps, row, FUNC + 16 * row, CALLSITE);
		for (uint32_t i = 0; i < 2 * maps.geo.fn_shards; i++) {
			uint64_t count = 1 + random_magnitude(&seed, 30);

			fn_at(&maps, i / 2, row, i % 2)->count = count;
			want[i % 2] += count;
		}
	}
	for (uint32_t epoch = 8; epoch < 12; epoch++) {
		struct snapshot snap = banks_read(&maps, epoch);
		uint64_t count = 0;

		assert_int_equal(snap.nr_fns, epoch < 10 ? FN_ROWS + 1 : 0);
		for (size_t i = 0; i < snap.nr_fns; i++)
			count += snap.fns[i].count;
		assert_int_equal(count, epoch < 10 ? want[epoch & 1] : 0);
		snapshot__free(&snap);
	}
	maps_free(&maps);
}

TEST_MAIN(NULL, NULL)
