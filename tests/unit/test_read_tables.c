// SPDX-License-Identifier: GPL-2.0
/* TABLE_BY and the samples: read from the epoch's bank, row by row. */
#include <math.h>
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "abi/table.h"
#include "maps_memory.h"
#include "collect/read_bank.h"
#include "collect/maps.h"
#include "model/snapshot.h"

#define FUNC	 0xffffffff81000000ULL
#define CALLSITE 0xffffffff82000000ULL
#define EPOCH	 6

static struct maps maps;
static struct snapshot snap;

static int setup(void **state)
{
	struct geometry geo = geometry__of(2);

	geo.tables = 2;
	geo.fn_shards = 2;
	maps = maps_make(geo);
	maps.by_key = BY_SENDER;
	memset(&snap, 0, sizeof(snap));
	return 0;
}

static int teardown(void **state)
{
	snapshot__free(&snap);
	maps_free(&maps);
	return 0;
}

static void read_epoch(uint32_t epoch)
{
	snapshot__free(&snap);
	snap = banks_read(&maps, epoch);
}

static struct fn_bank *by_at(uint32_t shard, uint32_t row, uint32_t epoch)
{
	return fn_at(&maps, maps.geo.fn_shards + shard, row, epoch & 1);
}

static void key_set(uint32_t table, uint32_t row, uint64_t func, uint64_t callsite,
		    const char *comm)
{
	struct fn_key *key = &maps.fn_keys[table * FN_ROWS + row];

	*key = (struct fn_key){ .func = func, .callsite = callsite };
	if (comm)
		memcpy(key->comm, comm, strnlen(comm, COMM_LEN));
}

/* A row of TABLE_BY that counted @count in EPOCH. */
static void by_set(uint32_t row, uint64_t func, uint64_t cgroup, const char *comm, uint64_t count)
{
	key_set(TABLE_BY, row, func | BY_MARK, cgroup, comm);
	by_at(row % 2, row, EPOCH)->count = count;
}

static const struct by_stats *by_find(uint32_t tgid, uint64_t cgroup, bool interrupt, bool other)
{
	const struct by_stats *found = NULL;

	for (size_t i = 0; i < snap.nr_by; i++) {
		const struct by_stats *by = &snap.by[i];

		if (by->tgid != tgid || by->cgroup != cgroup || by->interrupt != interrupt ||
		    by->other != other)
			continue;
		assert_null(found);
		found = by;
	}
	assert_non_null(found);
	return found;
}

/* Read the tables, and assert that snap has these values: member, value ... */
#define assert_epoch(...)                          \
	do {                                       \
		read_epoch(EPOCH);                 \
		assert_members(snap, __VA_ARGS__); \
	} while (0)

TEST_F(rows_of_senders)
{
	by_set(0, 100, 7, "one", 1);
	by_set(1, 100, 8, "one", 2); /* moved to another cgroup */
	by_set(9, 4194304, 7, "sixteen-letters-long", 4);
	by_set(255, 0, 1, "swapper/0", 8);
	by_set(17, BY_INTERRUPT, 0, "innocent", 16);
	by_at(0, FN_OTHER, EPOCH)->count = 32;
	by_at(0, 200, EPOCH)->count = 64; /* in a row without a key */
	assert_epoch(how.by_key, BY_SENDER, nr_by, 6);
	assert_members(*by_find(100, 7, false, false), count, 1, comm, "one");
	assert_int_equal(by_find(100, 8, false, false)->count, 2);
	assert_members(*by_find(4194304, 7, false, false), count, 4, comm, "sixteen-letters");
	assert_int_equal(by_find(0, 1, false, false)->count, 8);
	assert_int_equal(by_find(0, 0, true, false)->count, 16);
	/* The interrupted task is not the sender. */
	assert_string_equal(by_find(0, 0, true, false)->comm, "");
	assert_int_equal(by_find(0, 0, false, true)->count, 32);
	assert_null(snap.by[0].cgroup_path);
}

/* Interrupts without a csd, also in rows without csds; after the cut they count from 0. */
TEST_F(rows_of_senders_have_sends)
{
	by_set(0, 100, 7, "one", 1);
	by_at(0, 0, EPOCH)->reschedules = 10;
	by_at(1, 0, EPOCH)->reschedules = 20;
	by_at(0, 0, EPOCH + 1)->reschedules = 1000;
	by_set(3, 101, 7, "two", 0);
	by_at(1, 3, EPOCH)->irq_works = 5;
	by_at(1, FN_OTHER, EPOCH)->reschedules = 40;
	by_at(1, FN_OTHER, EPOCH)->irq_works = 80;
	assert_epoch(nr_by, 3);
	assert_members(*by_find(100, 7, false, false), count, 1, reschedules, 30, irq_works, 0);
	assert_members(*by_find(101, 7, false, false), count, 0, irq_works, 5);
	assert_members(*by_find(0, 0, false, true), reschedules, 40, irq_works, 80);
	assert_epoch(nr_by, 0);
}

static const struct by_stats *other_find(bool uid_known, uint32_t uid)
{
	const struct by_stats *found = NULL;

	for (size_t i = 0; i < snap.nr_others; i++) {
		if (snap.others[i].uid_known != uid_known || snap.others[i].uid != uid)
			continue;
		assert_null(found);
		found = &snap.others[i];
	}
	assert_non_null(found);
	return found;
}

/* Two CPUs may have made one user's row twice. What has no user is not user 0's. */
TEST_F(others_are_split_by_user)
{
	by_set(0, 100, 7, "one", 1);
	by_set(31, BY_USER | 1000, 0, "last", 2);
	by_set(63, BY_USER | 1000, 0, "last", 4);
	by_set(95, BY_USER | 0, 0, "last", 8);
	by_set(127, BY_USER | 0xffffffff, 0, "last", 0);
	by_at(0, 127, EPOCH)->reschedules = 16;
	by_at(0, FN_OTHER, EPOCH)->count = 32;
	by_at(1, FN_OTHER, EPOCH)->local = 64;
	assert_epoch(nr_by, 2, nr_others, 4);
	assert_members(*by_find(0, 0, false, true), count, 46, reschedules, 16, local, 64, comm,
		       "");
	assert_members(*other_find(true, 1000), count, 6, local, 0);
	assert_members(*other_find(true, 0), count, 8, local, 0);
	assert_members(*other_find(true, 0xffffffff), count, 0, reschedules, 16);
	assert_members(*other_find(false, 0), count, 32, local, 64);
	assert_epoch(nr_by, 0, nr_others, 0);
}

/* A user's row is retired like a process's, and is not in by[] as a cgroup. */
TEST_F(others_of_cgroups)
{
	maps.by_key = BY_CGROUP;
	by_set(0, 7, 0, "one", 1);
	by_set(31, BY_USER | 1000, 0, "last", 2);
	assert_epoch(nr_by, 2, nr_others, 1);
	assert_int_equal(by_find(0, 0, false, true)->count, 2);
	assert_int_equal(other_find(true, 1000)->count, 2);
	for (int i = 0; i < 4; i++) {
		assert_int_not_equal(maps.fn_keys[TABLE_BY * FN_ROWS + 31].func, 0);
		assert_epoch(nr_others, 0);
	}
	assert_int_equal(maps.fn_keys[TABLE_BY * FN_ROWS + 31].func, 0);
}

TEST_F(rows_of_victims)
{
	maps.by_key = BY_VICTIM;
	by_set(3, 0, 1, "swapper/1", 5);
	by_set(4, 200, 9, "victim", 6);
	assert_epoch(how.by_key, BY_VICTIM, nr_by, 2);
	assert_int_equal(by_find(0, 1, false, false)->count, 5);
	assert_string_equal(by_find(200, 9, false, false)->comm, "victim");
}

TEST_F(rows_of_cgroups)
{
	maps.by_key = BY_CGROUP;
	by_set(0, 7, 0, "one", 1);
	by_set(1, 1ULL << 32 | 7, 0, "two", 2); /* ids have 64 bits */
	by_set(2, BY_INTERRUPT, 0, "innocent", 4);
	by_at(1, FN_OTHER, EPOCH)->count = 8;
	assert_epoch(how.by_key, BY_CGROUP, nr_by, 4);
	assert_int_equal(by_find(0, 7, false, false)->count, 1);
	assert_int_equal(by_find(0, 1ULL << 32 | 7, false, false)->count, 2);
	assert_int_equal(by_find(0, 0, true, false)->count, 4);
	assert_int_equal(by_find(0, 0, false, true)->count, 8);
	/* A cgroup's row has no task's name. */
	for (size_t i = 0; i < snap.nr_by; i++)
		assert_string_equal(snap.by[i].comm, "");
}

static void sample_ns(struct hist_bank *hist, uint64_t ns)
{
	hist->sum += ns;
	if (ns > hist->max)
		hist->max = ns;
	hist->slots[hist_slot(ns)]++;
}

/* Two CPUs may have made one key twice, and each CPU counts in its shard. */
TEST_F(duplicates_and_shards_are_merged)
{
	static const uint32_t rows[] = { 5, 6 };
	const struct by_stats *by;

	for (uint32_t i = 0; i < 2; i++) {
		key_set(TABLE_BY, rows[i], 100 | BY_MARK, 7, i ? "second" : "first");
		for (uint32_t shard = 0; shard < 2; shard++) {
			struct fn_bank *bank = by_at(shard, rows[i], EPOCH);

			bank->count = 1 << (2 * i + shard);
			bank->local = 16 << (2 * i + shard);
			sample_ns(&bank->delay, 100 * (i + 1));
			sample_ns(&bank->handler, 1000 * (shard + 1));
		}
	}
	assert_epoch(nr_by, 1);
	by = by_find(100, 7, false, false);
	assert_members(*by, comm, "first", count, 15, local, 16 * 15, delay.count, 4, delay.sum,
		       600, delay.max, 200, handler.count, 4, handler.sum, 6000, handler.max, 2000);
	assert_int_equal(by->handler.slots[hist_slot(2000)], 2);
}

static struct hot_row *hot_at(uint32_t table, uint32_t cpu, uint32_t place, uint32_t epoch)
{
	return &maps.hot_rows[((table * maps.geo.nr_cpus + cpu) * NR_BANKS + (epoch & 1)) *
				      maps.geo.hot_places +
			      place];
}

static void sample_hot(struct hot_hist *hot, uint64_t ns)
{
	hot->sum += ns;
	if (hot->max < ns)
		hot->max = ns;
	assert_in_range(hist_slot(ns), HOT_FIRST, HOT_FIRST + HOT_SLOTS - 1);
	hot->slots[hist_slot(ns) - HOT_FIRST]++;
}

/* CPU 0 runs two functions and CPU 1 one of them, each in a place of its own. */
static void run_on_two(void)
{
	key_set(TABLE_FN, 5, FUNC, CALLSITE, NULL);
	for (uint32_t i = 0; i < 3; i++) {
		struct hot_row *hot = hot_at(TABLE_FN, i / 2, i, EPOCH);

		hot->owner = (i == 1 ? FN_OTHER : 5) + 1;
		hot->count = 10 + i;
		hot->local = 20 + i;
		hot->calls = 2 + i;
		hot->call_csds = 30 + i;
		hot->call_csds_max = 7 - i;
		hot->worst = (struct worst_call){ .begun = i, .csds = i + 1, .src = i / 2 };
		hot->waits = 1 + i;
		hot->wait_sum = 500 << i;
		hot->wait_max = 300 << i;
		sample_hot(&hot->delay, 100 << i);
		sample_hot(&hot->handler, 1000 << i);
		/* Samples of the other window and of the other table do not count here. */
		hot_at(TABLE_FN, i / 2, i, EPOCH + 1)->owner = 6;
		sample_hot(&hot_at(TABLE_FN, i / 2, i, EPOCH + 1)->delay, 77);
		hot_at(TABLE_BY, i / 2, i, EPOCH)->owner = 6;
		sample_hot(&hot_at(TABLE_BY, i / 2, i, EPOCH)->handler, 99);
	}
	/* These counts found no room in CPU 0's places. */
	sample_ns(&maps.cpus[0].bank[EPOCH & 1].delay, 3);
	maps.cpus[0].bank[EPOCH & 1].function = 1;
	sample_ns(&fn_at(&maps, 0, 5, EPOCH & 1)->delay, 3);
	fn_at(&maps, 0, 5, EPOCH & 1)->calls = 100;
	fn_at(&maps, 0, 5, EPOCH & 1)->call_csds = 200;
	fn_at(&maps, 0, 5, EPOCH & 1)->call_csds_max = 9;
	read_epoch(EPOCH);
}

TEST_F(a_cpus_own_places_add_to_rows_and_cpu)
{
	const struct fn_stats *fn;

	run_on_two();
	assert_int_equal(snap.nr_fns, 2);
	fn = snap.fns[0].other ? &snap.fns[1] : &snap.fns[0];
	assert_members(*fn, count, 10 + 12, local, 20 + 22, calls.count, 100 + 2 + 4, calls.csds,
		       200 + 30 + 32, calls.csds_max, 9, calls.worst_ns, 1200, calls.worst.begun, 2,
		       calls.worst.csds, 3, calls.worst.src, 1, wait.count, 1 + 3);
	assert_members(*fn, wait.sum, 500 + 2000, wait.max, 1200, delay.count, 3, delay.sum,
		       100 + 400 + 3, delay.max, 400);
	assert_int_equal(fn->delay.slots[hist_slot(400)], 1);
	assert_int_equal(fn->handler.sum, 1000 + 4000);
	assert_members(snap.cpus[0], delay.count, 3, delay.sum, 100 + 200 + 3, delay.max, 200,
		       handler.sum, 3000);
	assert_int_equal(snap.cpus[0].handler.slots[hist_slot(2000)], 1);
	assert_members(snap.cpus[1], delay.sum, 400, handler.count, 1, handler.max, 4000);
}

/* Two CPUs wrote the row at once: its longest wait is not that of its worst call. */
TEST_F(a_call_that_is_not_the_longest_is_not_the_worst)
{
	key_set(TABLE_FN, 5, FUNC, CALLSITE, NULL);
	for (int i = 0; i < 2; i++) {
		struct fn_bank *bank = fn_at(&maps, 0, 5, EPOCH & 1);
		const struct call_sum *calls;

		bank->calls = bank->waits = 2;
		bank->call_csds = 4;
		bank->wait_max = 900;
		bank->worst_ns = 800 + 100 * i;
		bank->worst = (struct worst_call){ .csds = 3, .src = 1, .last = 2 };
		assert_epoch(nr_fns, 1);
		calls = &snap.fns[0].calls;
		assert_members(*calls, count, 2, worst_ns, 900);
		assert_int_equal(call_sum__knows_worst(calls), i);
	}
}

/* Each CPU's share of a function, in any order of the functions. */
TEST_F(each_cpus_part_of_a_function_is_kept)
{
	run_on_two();
	for (int ranked = 0; ranked < 2; ranked++) {
		assert_int_equal(snap.nr_fn_cpus, 3);
		for (uint32_t i = 0; i < 3; i++) {
			const struct fn_cpu *part = &snap.fn_cpus[i];

			assert_int_equal(part->cpu, i / 2);
			assert_int_equal(snap.fns[part->fn].other, i == 1);
			assert_members(*part, sent, 10 + i, received, 1, handler, 1000 << i, wait,
				       500 << i);
		}
		assert_int_equal(snapshot__rank(&snap), 0);
	}
}

TEST_F(own_places_are_read_once_from_the_epochs_bank)
{
	static const struct hot_row none;

	run_on_two();
	for (uint32_t i = 0; i < 3; i++)
		assert_memory_equal(hot_at(TABLE_FN, i / 2, i, EPOCH), &none, sizeof(none));
	assert_epoch(nr_fns, 0);
	read_epoch(EPOCH + 1);
	assert_members(snap, nr_fns, 1, fns[0].delay.sum, 3 * 77, fns[0].handler.count, 0);
}

TEST_F(each_table_and_bank_is_read_alone)
{
	key_set(TABLE_FN, 5, FUNC, CALLSITE, NULL);
	by_set(5, 100, 7, "one", 3);
	fn_at(&maps, 0, 5, EPOCH & 1)->count = 10;
	fn_at(&maps, 1, 5, (EPOCH + 1) & 1)->count = 20;
	by_at(0, 5, EPOCH + 1)->count = 40;
	assert_epoch(nr_fns, 1, fns[0].count, 10, nr_by, 1, by[0].count, 3);
	read_epoch(EPOCH + 1);
	assert_members(snap, fns[0].count, 20, by[0].count, 40);
	/* The reading clears the bank. */
	read_epoch(EPOCH + 2);
	assert_members(snap, nr_fns, 0, nr_by, 0);
}

TEST_F(a_run_of_an_earlier_window_makes_a_row)
{
	key_set(TABLE_BY, 8, 100 | BY_MARK, 7, "one");
	sample_ns(&by_at(1, 8, EPOCH)->handler, 50);
	key_set(TABLE_BY, 9, 101 | BY_MARK, 7, "two");
	by_at(1, 9, EPOCH)->local = 2;
	assert_epoch(nr_by, 2);
	assert_members(*by_find(100, 7, false, false), count, 0, handler.sum, 50);
	assert_int_equal(by_find(101, 7, false, false)->local, 2);
}

TEST_F(a_full_second_table_is_read_whole)
{
	uint64_t want = 0, got = 0;

	for (uint32_t row = 0; row <= FN_OTHER; row++) {
		if (row < FN_ROWS)
			by_set(row, 1000 + row, 7, "x", row + 1);
		else
			by_at(0, row, EPOCH)->count = row + 1;
		want += row + 1;
	}
	assert_epoch(nr_by, FN_ROWS + 1);
	for (size_t i = 0; i < snap.nr_by; i++)
		got += snap.by[i].count;
	assert_int_equal(got, want);
}

TEST_F(without_a_second_table_there_are_no_rows)
{
	maps.geo.tables = 1;
	maps.by_key = BY_NONE;
	key_set(TABLE_FN, 5, FUNC, CALLSITE, NULL);
	fn_at(&maps, 0, 5, EPOCH & 1)->count = 10;
	by_set(5, 100, 7, "one", 3);
	assert_epoch(nr_fns, 1, nr_by, 0);
	assert_null(snap.by);
	assert_int_equal(by_at(1, 5, EPOCH)->count, 3);
}

static struct sample *sample_put(uint32_t epoch, uint32_t row, uint32_t tgid, uint32_t nr)
{
	uint64_t at = maps.samples_taken[epoch & 1]++;
	struct sample *sample = &maps.samples[(epoch & 1) * SAMPLES + at % SAMPLES];

	*sample = (struct sample){ .row = row,
				   .tgid = tgid,
				   .nr = nr,
				   .nth = 1,
				   .cgroup = 70 + tgid,
				   .uid = 1000 + tgid,
				   .contained = tgid == 1,
				   .own_exe = tgid == 2 };
	memcpy(sample->comm, "0123456789abcdef", COMM_LEN); /* without a final NUL */
	for (uint32_t i = 0; i < nr && i < STACK_DEPTH; i++)
		sample->stack[i] = FUNC + 16 * i + tgid;
	return sample;
}

static void row_make(uint32_t row, uint64_t func)
{
	key_set(TABLE_FN, row, func, CALLSITE, NULL);
	fn_at(&maps, 0, row, 0)->count = 1;
	fn_at(&maps, 0, row, 1)->count = 1;
}

TEST_F(samples_are_read_from_the_epochs_bank)
{
	row_make(200, FUNC);
	row_make(3, FUNC + 8);
	sample_put(EPOCH, 200, 1, 3);
	sample_put(EPOCH, 3, 2, STACK_DEPTH);
	sample_put(EPOCH + 1, 200, 9, 1);
	assert_epoch(nr_samples, 2, samples_dropped, 0);
	assert_int_equal(snap.fns[snap.samples[0].fn].func.addr, FUNC);
	assert_int_equal(snap.fns[snap.samples[1].fn].func.addr, FUNC + 8);
	assert_members(snap.samples[0], tgid, 1, cgroup, 71, uid_known, true, uid, 1001, contained,
		       true, own_exe, false, comm, "0123456789abcde", nr, 3, stack[2].addr,
		       FUNC + 33);
	assert_members(snap.samples[1], contained, false, own_exe, true, nr, STACK_DEPTH,
		       stack[STACK_DEPTH - 1].addr, FUNC + 16 * (STACK_DEPTH - 1) + 2);
	/* A sample is read only once. */
	assert_int_equal(maps.samples_taken[EPOCH & 1], 0);
	assert_int_equal(maps.samples_taken[(EPOCH + 1) & 1], 1);
	read_epoch(EPOCH + 1);
	assert_members(snap, nr_samples, 1, samples[0].tgid, 9);
	row_make(200, FUNC);
	read_epoch(EPOCH + 2);
	assert_int_equal(snap.nr_samples, 0);
}

static void hot_set(uint32_t cpu, uint32_t place, uint32_t row, uint64_t count)
{
	hot_at(TABLE_FN, cpu, place, EPOCH)->owner = row + 1;
	hot_at(TABLE_FN, cpu, place, EPOCH)->count = count;
}

/* CPU 1 sends few csds, but half of all samples are of CPU 1. */
TEST_F(a_sample_represents_csds_of_its_cpu)
{
	static const double csds[] = { 500, 500, 2, 2, 96, 100 };

	key_set(TABLE_FN, 5, FUNC, CALLSITE, NULL);
	key_set(TABLE_FN, 6, FUNC + 8, CALLSITE, NULL);
	hot_set(0, 0, 5, 1000);
	hot_set(1, 0, 5, 4);
	/* Samples of CPUs that have no place for the row. */
	fn_at(&maps, 0, 5, EPOCH & 1)->count = 96;
	/* A CPU without a sample: all samples of the row represent its csds, too. */
	hot_set(0, 1, 6, 60);
	hot_set(1, 1, 6, 40);
	sample_put(EPOCH, 5, 1, 1);
	sample_put(EPOCH, 5, 1, 1);
	sample_put(EPOCH, 5, 2, 1)->cpu = 1;
	sample_put(EPOCH, 5, 2, 1)->cpu = 1;
	sample_put(EPOCH, 5, 3, 1)->cpu = 7;
	sample_put(EPOCH, 6, 4, 1);
	read_epoch(EPOCH);
	assert_int_equal(snap.nr_samples, ARRAY_SIZE(csds));
	for (size_t i = 0; i < ARRAY_SIZE(csds); i++)
		assert_true(fabs(snap.samples[i].csds - csds[i]) < 1e-6);
}

/* Task 1 sends 200 csds first, then task 2 sends 3,800. */
TEST_F(a_short_burst_is_not_most_of_the_csds)
{
	static const uint64_t numbers[] = { 1, 2, 4, 11, 22, 33, 68, 135, 258, 517, 1024, 2051 };
	double first = 0, all = 0;

	key_set(TABLE_FN, 5, FUNC, CALLSITE, NULL);
	hot_set(0, 0, 5, 4000);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sample_put(EPOCH, 5, numbers[i] <= 200 ? 1 : 2, 1)->nth = numbers[i];
	read_epoch(EPOCH);
	for (size_t i = 0; i < snap.nr_samples; i++) {
		first += snap.samples[i].tgid == 1 ? snap.samples[i].csds : 0;
		all += snap.samples[i].csds;
	}
	assert_true(fabs(all - 4000) < 1e-6);
	/* It is 5 %, and 8 of 12 samples. */
	assert_true(first < 0.3 * all);
	/* The last sample has no majority, which it might lose in the next window. */
	assert_true(snap.samples[ARRAY_SIZE(numbers) - 1].csds < 0.4 * all);
}

static bool see(void *ctx, uint32_t tgid, const struct user_stack *stack)
{
	uint64_t *seen = ctx;

	assert_int_equal(stack->ip, 1000 + tgid);
	*seen = *seen * 10 + tgid;
	return tgid != 3;
}

TEST_F(user_stacks_stand_beside_their_samples)
{
	static struct user_stack stacks[NR_BANKS * SAMPLES];
	struct user_stack *first = &stacks[(EPOCH & 1) * SAMPLES];
	struct live_stacks live = {};
	uint64_t seen = 0;

	maps.user_stacks = stacks;
	maps.geo.user_stacks = NR_BANKS * SAMPLES;
	row_make(200, FUNC);
	sample_put(EPOCH, 200, 1, 3);
	sample_put(EPOCH, 201, 2, 3); /* its row counted nothing: the sample is left out */
	for (uint32_t i = 0; i < 3; i++)
		first[i] = (struct user_stack){ .ip = 1001 + i,
						.nr = USER_DEPTH,
						.words = USER_WORDS };
	assert_int_equal(live_stacks__each(&live, &maps, EPOCH, see, &seen), 2);
	assert_int_equal(seen, 12);
	assert_int_equal(live_stacks__each(&live, &maps, EPOCH, see, &seen), 0);
	sample_put(EPOCH, 200, 3, 3);
	sample_put(EPOCH, 200, 4, 3);
	first[3].ip = 1004;
	/* The callback stops at sample 3: the next call begins with 4. */
	assert_int_equal(live_stacks__each(&live, &maps, EPOCH, see, &seen), 1);
	assert_int_equal(seen, 123);
	assert_int_equal(live_stacks__each(&live, &maps, EPOCH, see, &seen), 1);
	assert_int_equal(seen, 1234);
	/* Numbers that would read beyond the arrays are taken as 0. */
	first[2].nr = USER_DEPTH + 1;
	first[2].words = USER_WORDS + 1;
	assert_epoch(nr_samples, 3, nr_user_stacks, 3, user_stacks[0].ip, 1001, user_stacks[0].nr,
		     USER_DEPTH, user_stacks[1].ip, 1003, user_stacks[1].nr, 0,
		     user_stacks[1].words, 0);
	/* Another window begins at its first sample. */
	live_stacks__each(&live, &maps, EPOCH + 1, see, &seen);
	assert_int_equal(seen, 1234);
}

TEST_F(samples_without_room_are_counted)
{
	row_make(0, FUNC);
	for (int i = 0; i < SAMPLES + 3; i++) {
		if (i < SAMPLES)
			sample_put(EPOCH, 0, i, 1);
		else
			maps.samples_taken[EPOCH & 1]++;
	}
	assert_epoch(nr_samples, SAMPLES, samples_dropped, 3);
	for (int i = 0; i < SAMPLES; i++)
		assert_int_equal(snap.samples[i].tgid, i);
	/* The other bank's samples are not read. */
	read_epoch(EPOCH + 1);
	assert_members(snap, nr_samples, 0, samples_dropped, 0);
}

TEST_F(samples_of_missing_rows_are_skipped)
{
	row_make(5, FUNC);
	sample_put(EPOCH, 6, 1, 1); /* a row without a key */
	sample_put(EPOCH, FN_OTHER, 2, 1); /* a row that counted nothing */
	sample_put(EPOCH, FN_OTHER + 1, 3, 1); /* not a row */
	sample_put(EPOCH, FN_NONE, 4, 1);
	sample_put(EPOCH, 5, 5, STACK_DEPTH + 1); /* half written */
	sample_put(EPOCH, 5, 6, 0); /* without a stack */
	sample_put(EPOCH, 5, 7, 1);
	assert_epoch(nr_samples, 2, samples[0].tgid, 6, samples[0].nr, 0, samples[1].tgid, 7);
}

TEST_F(samples_of_the_other_row_are_kept)
{
	row_make(5, FUNC);
	fn_at(&maps, 0, FN_OTHER, 0)->count = 1;
	sample_put(EPOCH, FN_OTHER, 1, 1);
	assert_epoch(nr_samples, 1);
	assert_true(snap.fns[snap.samples[0].fn].other);
}

TEST_F(samples_of_a_merged_row_are_of_one_function)
{
	row_make(5, FUNC);
	row_make(77, FUNC);
	sample_put(EPOCH, 5, 1, 1);
	sample_put(EPOCH, 77, 2, 1);
	assert_epoch(nr_fns, 1, nr_samples, 2, samples[0].fn, 0, samples[1].fn, 0);
}

static const struct send_stats *find_send(enum ipi_kind kind, uint64_t callsite)
{
	const struct send_stats *found = NULL;

	for (size_t i = 0; i < snap.nr_sends; i++) {
		if (snap.sends[i].kind != kind || snap.sends[i].callsite.addr != callsite)
			continue;
		assert_null(found);
		found = &snap.sends[i];
	}
	assert_non_null(found);
	return found;
}

/* Interrupts without a csd are rows beside those of csds, and never among them. */
TEST_F(sends_are_no_functions)
{
	const struct send_stats *send;

	row_make(7, FUNC);
	key_set(TABLE_FN, 8, SEND_RESCHEDULE, CALLSITE, NULL);
	key_set(TABLE_FN, 9, SEND_RESCHEDULE, CALLSITE + 1, NULL);
	key_set(TABLE_FN, 10, FUNC & ~SEND_BIT, CALLSITE, NULL);
	/* Two CPUs made the same row at once. */
	key_set(TABLE_FN, 11, FUNC & ~SEND_BIT, CALLSITE, NULL);
	for (uint32_t row = 8; row < 12; row++)
		fn_at(&maps, row % 2, row, EPOCH & 1)->count = row;
	*hot_at(TABLE_FN, 1, 0, EPOCH) = (struct hot_row){ .owner = 8 + 1, .count = 100 };
	*hot_at(TABLE_FN, 1, 1, EPOCH) = (struct hot_row){ .owner = 7 + 1, .count = 50 };
	sample_put(EPOCH, 7, 1, 1);
	sample_put(EPOCH, 8, 2, 2);
	sample_put(EPOCH, 11, 3, 3);
	assert_epoch(nr_fns, 1, fns[0].count, 51, nr_fn_cpus, 1, fn_cpus[0].sent, 50, nr_sends, 3);
	for (int ranked = 0; ranked < 2; ranked++) {
		assert_members(*find_send(KIND_RESCHEDULE, CALLSITE), count, 108, func.addr, 0);
		assert_int_equal(find_send(KIND_RESCHEDULE, CALLSITE + 1)->count, 9);
		send = find_send(KIND_IRQ_WORK, CALLSITE);
		assert_members(*send, count, 21, func.addr, FUNC);
		assert_members(snap, nr_samples, 1, samples[0].tgid, 1, nr_send_samples, 2);
		assert_ptr_equal(&snap.sends[snap.send_samples[0].fn],
				 find_send(KIND_RESCHEDULE, CALLSITE));
		assert_int_equal(snap.send_samples[0].tgid, 2);
		assert_ptr_equal(&snap.sends[snap.send_samples[1].fn], send);
		assert_int_equal(snap.send_samples[1].nr, 3);
		assert_int_equal(snapshot__rank(&snap), 0);
	}
	assert_int_equal(snap.sends[0].count, 108);
}

/* Interrupts that found no row are a row of their kind. */
TEST_F(sends_without_a_row_are_counted)
{
	key_set(TABLE_FN, 8, SEND_RESCHEDULE, CALLSITE, NULL);
	fn_at(&maps, 0, 8, EPOCH & 1)->count = 10;
	read_epoch(EPOCH);
	snap.kinds[KIND_CALL_FUNCTION] = 1000;
	snap.kinds[KIND_RESCHEDULE] = 17;
	snap.kinds[KIND_IRQ_WORK] = 3;
	sends__complete(&snap);
	assert_true(snap.known.sends);
	assert_int_equal(snap.nr_sends, 3);
	assert_int_equal(find_send(KIND_RESCHEDULE, CALLSITE)->count, 10);
	assert_int_equal(find_send(KIND_RESCHEDULE, 0)->count, 7);
	assert_int_equal(find_send(KIND_IRQ_WORK, 0)->count, 3);
}

/* Windows add up by row, and their samples stay with their rows. */
TEST_F(sends_of_windows_add_up)
{
	struct snapshot_sum sum = {};

	for (uint32_t window = 0; window < 2; window++) {
		key_set(TABLE_FN, 8, SEND_RESCHEDULE, CALLSITE + window, NULL);
		key_set(TABLE_FN, 9, SEND_RESCHEDULE, CALLSITE + 7, NULL);
		fn_at(&maps, 0, 8, (EPOCH + window) & 1)->count = 10;
		fn_at(&maps, 0, 9, (EPOCH + window) & 1)->count = 1;
		sample_put(EPOCH + window, 8, 100 + window, 1);
		read_epoch(EPOCH + window);
		snap.kinds[KIND_RESCHEDULE] = 11;
		snap.window.mono_end = window + 1;
		sends__complete(&snap);
		assert_int_equal(snapshot__rank(&snap), 0);
		assert_int_equal(snapshot_sum__add(&sum, &snap), 0);
	}
	snapshot_sum__end(&sum);
	assert_members(sum.snap, nr_sends, 3, nr_send_samples, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct stack_sample *sample = &sum.snap.send_samples[i];

		assert_members(sum.snap.sends[sample->fn], callsite.addr,
			       CALLSITE + sample->tgid - 100, count, 10);
	}
	snapshot__free(&sum.snap);
}

/* However the rows are ranked, a sample stays with its function. */
TEST_F(ranking_keeps_samples_with_their_function)
{
	uint64_t seed = 12;

	for (uint32_t row = 0; row < FN_ROWS; row++) {
		struct fn_bank *bank = fn_at(&maps, row % 2, row, 0);

		/* Some rows share a function, and most share a cost. */
		key_set(TABLE_FN, row, FUNC + row / 2, CALLSITE + row % 2, NULL);
		bank->count = 1 + random_next(&seed) % 3;
		if (random_next(&seed) % 2)
			sample_ns(&bank->handler, random_next(&seed) % 3 * 100);
	}
	fn_at(&maps, 0, FN_OTHER, 0)->count = 2;
	/* The sample's tgid is its row. */
	for (uint32_t row = 0; row <= FN_OTHER; row++)
		sample_put(EPOCH, row, row, 1);
	assert_epoch(nr_samples, FN_ROWS + 1);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(snapshot__rank(&snap), 0);
		for (size_t i = 0; i < snap.nr_samples; i++) {
			const struct fn_stats *fn = &snap.fns[snap.samples[i].fn];
			uint32_t row = snap.samples[i].tgid;

			assert_int_equal(fn->other, row == FN_OTHER);
			if (fn->other)
				continue;
			assert_members(*fn, func.addr, FUNC + row / 2, callsite.addr,
				       CALLSITE + row % 2);
		}
	}
}

TEST_F(rows_are_ranked_by_cost)
{
	static const uint32_t want[] = { 4, 3, 2, 1, 5 };

	by_set(10, 1, 7, "a", 5);
	by_set(11, 2, 7, "b", 9);
	by_set(12, 3, 7, "c", 1);
	by_set(13, 4, 7, "d", 1);
	by_set(14, 5, 7, "e", 5);
	sample_ns(&by_at(0, 12, EPOCH)->handler, 10);
	sample_ns(&by_at(0, 13, EPOCH)->handler, 20);
	read_epoch(EPOCH);
	assert_int_equal(snapshot__rank(&snap), 0);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(snap.by[i].tgid, want[i]);
}

TEST_MAIN(NULL, NULL)
