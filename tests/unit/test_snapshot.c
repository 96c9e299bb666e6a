// SPDX-License-Identifier: GPL-2.0
/* Percentiles against a sorted list, and the arithmetic of a snapshot. */
#include "abi/event.h"
#include "abi/hist_slots.h"
#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/read_bank.h"
#include "model/field.h"
#include "model/hist.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "unit.h"

#define SAMPLES_MAX 20011

static uint64_t samples[SAMPLES_MAX];

static int u64_cmp(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

static void hist_take(struct hist *hist, uint64_t ns)
{
	hist->count++;
	hist->sum += ns;
	if (ns > hist->max)
		hist->max = ns;
	hist->slots[hist_slot(ns)]++;
}

/* @nr random samples, sorted, and their histogram. */
static void samples_make(struct hist *hist, uint64_t *seed, unsigned int nr, unsigned int bits)
{
	memset(hist, 0, sizeof(*hist));
	for (unsigned int i = 0; i < nr; i++) {
		samples[i] = random_magnitude(seed, bits);
		hist_take(hist, samples[i]);
	}
	qsort(samples, nr, sizeof(*samples), u64_cmp);
}

/* The value at @thousandths of the sorted samples, as exact as a histogram is. */
static uint64_t percentile_by_list(unsigned int nr, unsigned int thousandths)
{
	uint64_t rank = ((uint64_t)nr * thousandths + 999) / 1000;
	uint64_t upper = hist_upper(hist_slot(samples[rank - 1]));

	return upper < samples[nr - 1] ? upper : samples[nr - 1];
}

static void check_percentile(const struct hist *hist, unsigned int nr, unsigned int thousandths)
{
	uint64_t got = hist__percentile(hist, thousandths / 10.0);

	if (got != percentile_by_list(nr, thousandths))
		fail_msg("p%u.%u of %u samples: %llu, not %llu", thousandths / 10, thousandths % 10,
			 nr, (unsigned long long)got,
			 (unsigned long long)percentile_by_list(nr, thousandths));
}

TEST(percentiles_are_those_of_a_sorted_list)
{
	/*
	 * The numbers of samples have no factor in common with 1000, so no rank is a whole number.
	 */
	static const unsigned int counts[] = { 1, 3, 7, 11, 99, 101, 997, 1001, 9999, 20011 };
	uint64_t seed = 3;
	struct hist hist;

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		for (unsigned int bits = 4; bits <= 40; bits += 9) {
			samples_make(&hist, &seed, counts[i], bits);
			for (unsigned int t = 1; t <= 1000; t++)
				check_percentile(&hist, counts[i], t);
		}
	}
}

TEST(whole_ranks_are_not_rounded_up)
{
	static const unsigned int thousandths[] = { 70, 140, 250, 500, 750, 900, 950, 990, 999 };
	uint64_t seed = 4;
	struct hist hist;

	for (unsigned int nr = 100; nr <= 2000; nr += 100) {
		samples_make(&hist, &seed, nr, 40);
		for (size_t i = 0; i < ARRAY_SIZE(thousandths); i++)
			check_percentile(&hist, nr, thousandths[i]);
	}
}

TEST(percentile_is_never_above_max)
{
	struct hist hist = {};

	hist_take(&hist, 1000001);
	assert_true(hist_upper(hist_slot(1000001)) > 1000001);
	for (double p = 0.5; p <= 100; p += 0.5)
		assert_int_equal(hist__percentile(&hist, p), 1000001);
}

TEST(percentile_is_its_slots_upper_bound)
{
	struct hist hist = {};

	hist_take(&hist, 1025);
	hist_take(&hist, 1 << 20);
	assert_int_equal(hist__percentile(&hist, 50), 1279);
	assert_int_equal(hist__percentile(&hist, 50.1), 1 << 20);
}

TEST(least_percentile_is_the_first_sample)
{
	struct hist hist = {};

	hist_take(&hist, 2);
	for (int i = 0; i < 1000; i++)
		hist_take(&hist, 100);
	assert_int_equal(hist__percentile(&hist, 1e-9), 2);
	assert_int_equal(hist__percentile(&hist, 100), 100);
}

TEST(percentile_beyond_the_last_bound_is_max)
{
	struct hist hist = {};

	hist_take(&hist, 1ULL << 50);
	hist_take(&hist, 3ULL << 50);
	assert_int_equal(hist__percentile(&hist, 50), 3ULL << 50);
	assert_int_equal(hist__percentile(&hist, 100), 3ULL << 50);
}

TEST(percentile_of_nothing_is_zero)
{
	struct hist hist = {};

	assert_int_equal(hist__percentile(&hist, 50), 0);
	assert_int_equal(hist__percentile(&hist, 100), 0);
}

TEST(sum_of_histograms_is_that_of_their_samples)
{
	struct hist all = {}, odd = {}, even = {}, sum = {};
	uint64_t seed = 5;

	for (int i = 0; i < 5000; i++) {
		uint64_t ns = random_magnitude(&seed, 45);

		hist_take(&all, ns);
		hist_take(i & 1 ? &odd : &even, ns);
	}
	assert_int_not_equal(odd.max, even.max);
	hist__add(&sum, &odd);
	assert_memory_equal(&sum, &odd, sizeof(sum));
	hist__add(&sum, &even);
	assert_memory_equal(&sum, &all, sizeof(sum));
	/* The larger maximum may be that of the first or of the second row. */
	hist__add(&even, &odd);
	assert_memory_equal(&even, &all, sizeof(even));
}

static struct fn_stats fn_make(uint64_t addr, uint64_t callsite, uint64_t handler, uint64_t count)
{
	return (struct fn_stats){
		.func.addr = addr,
		.callsite.addr = callsite,
		.handler.sum = handler,
		.count = count,
	};
}

TEST(ranked_by_time_then_by_csds)
{
	struct fn_stats fns[] = {
		fn_make(100, 0, 5, 1), fn_make(101, 0, UINT64_MAX, 2),
		fn_make(102, 0, 5, 3), fn_make(103, 0, 0, UINT64_MAX),
		fn_make(104, 0, 0, 7), fn_make(105, 0, 1ULL << 40, 0),
	};
	static const uint64_t order[] = { 101, 105, 102, 100, 103, 104 };
	struct snapshot snap = { .fns = fns, .nr_fns = ARRAY_SIZE(fns) };

	snapshot__rank(&snap);
	assert_int_equal(snap.nr_fns, ARRAY_SIZE(fns));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_int_equal(fns[i].func.addr, order[i]);
}

TEST(ranking_does_not_depend_on_the_order_before)
{
	struct fn_stats first[48], fns[48];
	struct snapshot snap = { .fns = fns, .nr_fns = ARRAY_SIZE(fns) };
	uint64_t seed = 6;

	for (size_t i = 0; i < ARRAY_SIZE(fns); i++)
		fns[i] = fn_make(7 + i / 12, 7 + i % 12, i % 3, i % 2);
	snapshot__rank(&snap);
	memcpy(first, fns, sizeof(first));
	for (int round = 0; round < 20; round++) {
		for (size_t i = ARRAY_SIZE(fns) - 1; i; i--) {
			size_t j = random_next(&seed) % (i + 1);
			struct fn_stats fn = fns[i];

			fns[i] = fns[j];
			fns[j] = fn;
		}
		snapshot__rank(&snap);
		assert_memory_equal(fns, first, sizeof(fns));
	}
}

TEST(nothing_can_be_ranked)
{
	struct snapshot snap = {};

	snapshot__rank(&snap);
	assert_int_equal(snap.nr_fns, 0);
	assert_null(snap.fns);
}

/* Each term has its own powers of two, so a wrong sum cannot be right by chance. */
static const struct ledger balanced = {
	.queued = 127,
	.carried_in = 2048,
	.function = 1 + 2048,
	.ttwu = 2,
	.irq_work = 4,
	.in_flight = 8,
	.lost_by = { 16, 32, 64 },
	.orphans = 4096,
	.local = 8192,
	.exit_unseen = 16384,
};

TEST(sums_of_the_ledger)
{
	assert_int_equal(ledger__lost(&balanced), 16 + 32 + 64);
	assert_int_equal(ledger__matched(&balanced), 1 + 2048 + 2 + 4);
}

TEST(each_term_opens_the_ledger)
{
	static const size_t in[] = { offsetof(struct ledger, queued),
				     offsetof(struct ledger, carried_in) };
	static const size_t out[] = {
		offsetof(struct ledger, function),   offsetof(struct ledger, ttwu),
		offsetof(struct ledger, irq_work),   offsetof(struct ledger, in_flight),
		offsetof(struct ledger, lost_by[0]), offsetof(struct ledger, lost_by[1]),
		offsetof(struct ledger, lost_by[2]),
	};
	struct ledger ledger = balanced;

	assert_int_equal(NR_LOST, 3);
	assert_true(ledger__closed(&ledger));
	for (size_t i = 0; i < ARRAY_SIZE(in); i++) {
		for (size_t o = 0; o < ARRAY_SIZE(out); o++) {
			uint64_t *left = (uint64_t *)((char *)&ledger + in[i]);
			uint64_t *right = (uint64_t *)((char *)&ledger + out[o]);

			++*left;
			assert_false(ledger__closed(&ledger));
			++*right;
			assert_true(ledger__closed(&ledger));
			--*left;
			assert_false(ledger__closed(&ledger));
			--*right;
		}
	}
}

TEST(other_counts_do_not_open_the_ledger)
{
	struct ledger ledger = balanced;

	ledger.orphans++;
	ledger.local += 2;
	ledger.exit_unseen += 4;
	assert_true(ledger__closed(&ledger));
}

/* @indexed: not by a look at each row. */
static void check_sums(bool indexed)
{
	struct fn_stats fns[] = {
		{ .func.addr = 1, .callsite.addr = 10, .count = 5, .local = 1 },
		{ .func.addr = 2, .callsite.addr = 10, .count = 100 },
		{ .func.addr = 1, .callsite.addr = 20, .count = 7, .local = 2 },
		{ .func.addr = 0, .other = true, .count = 1000 },
		{ .func.addr = 0, .count = 3 },
	};
	struct snapshot snap = { .fns = fns, .nr_fns = 5 };
	struct fn_rows *rows = indexed ? fn_rows__new(&snap) : NULL;
	struct fn_stats sum;

	assert_true(!indexed || rows);
	hist_take(&fns[0].delay, 30);
	hist_take(&fns[2].delay, 50);
	hist_take(&fns[2].handler, 9);
	fns[2].wait = (struct wait_sum){ .count = 1, .sum = 70 };
	assert_true(snapshot__function(&snap, rows, 0, &sum));
	assert_members(sum, callsite.addr, 10, count, 12, local, 3, delay.count, 2, delay.max, 50,
		       handler.sum, 9, wait.sum, 70);
	assert_int_equal(fns[0].count, 5);
	/* An earlier row has the same function. */
	assert_false(snapshot__function(&snap, rows, 2, &sum));
	assert_true(snapshot__function(&snap, rows, 1, &sum));
	assert_int_equal(sum.count, 100);
	/* A function without an address is not the others' sum. */
	assert_true(snapshot__function(&snap, rows, 4, &sum));
	assert_int_equal(sum.count, 3);
	fn_rows__free(rows);
}

TEST(function_is_the_sum_of_its_call_sites)
{
	check_sums(false);
	check_sums(true);
}

/* A capture may have any number of functions. */
TEST(many_functions_are_ranked_and_added_up)
{
	enum { MANY = 30000 };
	struct snapshot snap = { .fns = calloc(MANY, sizeof(*snap.fns)), .nr_fns = MANY };
	struct stack_sample sample = { .fn = 7 };
	struct fn_stats sum;
	struct fn_rows *rows;
	uint64_t counted = 0;

	assert_non_null(snap.fns);
	snap.samples = &sample;
	snap.nr_samples = 1;
	for (size_t i = 0; i < MANY; i++)
		snap.fns[i] = (struct fn_stats){ .func.addr = 1 + i / 2,
						 .callsite.addr = i % 2,
						 .count = 1 + i * 7919 % MANY };
	sum = snap.fns[7];
	assert_int_equal(snapshot__rank(&snap), 0);
	for (size_t i = 1; i < MANY; i++)
		assert_true(snap.fns[i - 1].count > snap.fns[i].count);
	/* Rows that refer to a function by its index follow the function to its new index. */
	assert_memory_equal(&snap.fns[sample.fn], &sum, sizeof(sum));
	rows = fn_rows__new(&snap);
	for (size_t i = 0; i < MANY; i++)
		if (snapshot__function(&snap, rows, i, &sum))
			counted += sum.count;
	assert_int_equal(counted, (uint64_t)MANY * (MANY + 1) / 2);
	fn_rows__free(rows);
	free(snap.fns);
}

/*
 * snapshot__function() looks only at the rows that fn_rows__new() has found, and does not search all
 * rows for each function. The test changes a row after fn_rows__new(): a search would find that row.
 */
TEST(a_function_s_rows_are_not_searched_for)
{
	struct fn_stats fns[] = { { .func.addr = 1, .count = 1 },
				  { .func.addr = 2, .count = 10 },
				  { .func.addr = 1, .callsite.addr = 5, .count = 100 },
				  { .func.addr = 3, .count = 1000 } };
	struct snapshot snap = { .fns = fns, .nr_fns = 4 };
	struct fn_rows *rows = fn_rows__new(&snap);
	struct fn_stats sum;

	assert_non_null(rows);
	fns[3].func.addr = 1;
	assert_true(snapshot__function(&snap, rows, 0, &sum));
	assert_int_equal(sum.count, 101);
	assert_true(snapshot__function(&snap, rows, 3, &sum));
	assert_int_equal(sum.count, 1000);
	assert_true(snapshot__function(&snap, NULL, 0, &sum));
	assert_int_equal(sum.count, 1101);
	assert_false(snapshot__function(&snap, NULL, 3, &sum));
	fn_rows__free(rows);
}

/* How many bytes were asked of realloc(), which may copy them, and how many items qsort() has sorted. */
static uint64_t nr_copied, nr_sorted;

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
	nr_copied += size;
	return __real_realloc(old, size);
}

void __real_qsort(void *items, size_t nr, size_t size, int (*cmp)(const void *, const void *));
void __wrap_qsort(void *items, size_t nr, size_t size, int (*cmp)(const void *, const void *))
{
	nr_sorted += nr;
	__real_qsort(items, nr, size, cmp);
}

/*
 * A capture may have 60,000 windows, each with another function. No window copies all earlier rows, and
 * none sorts all earlier edges.
 */
TEST(many_windows_do_not_take_the_square_of_their_rows)
{
	enum { MANY = 10000, CPUS = 50 };
	struct edge *pairs = calloc(CPUS * CPUS, sizeof(*pairs)), one;
	struct fn_stats fn = { .count = 1 };
	struct stack_sample sample = {};
	struct snapshot snap = { .fns = &fn, .nr_fns = 1, .samples = &sample, .nr_samples = 1 };
	struct snapshot_sum sum = {};
	uint64_t edges = 0;

	assert_non_null(pairs);
	for (uint32_t i = 0; i < CPUS * CPUS; i++)
		pairs[i] = (struct edge){ .src = i / CPUS, .dst = i % CPUS, .count = 1 };
	snap.edges = pairs;
	snap.nr_edges = CPUS * CPUS;
	nr_copied = nr_sorted = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		fn.func.addr = i + 1;
		sample.tgid = i + 1;
		assert_int_equal(snapshot_sum__add(&sum, &snap), 0);
		one = (struct edge){ .src = i % CPUS, .dst = 7, .count = 1 };
		snap.edges = &one;
		snap.nr_edges = 1;
	}
	snapshot_sum__end(&sum);
	assert_members(sum.snap, nr_fns, MANY, nr_edges, CPUS * CPUS);
	/* Memory that grows by halves is copied three times; the last copy has up to half as much room more. */
	assert_in_range(nr_copied, MANY * sizeof(fn), 5 * MANY * sizeof(fn));
	/* All edges are sorted once their number has doubled: each new edge is sorted with one older edge. */
	assert_in_range(nr_sorted, MANY, 2 * (MANY + 2 * CPUS * CPUS));
	for (size_t i = 0; i < sum.snap.nr_edges; i++)
		edges += sum.snap.edges[i].count;
	assert_int_equal(edges, CPUS * CPUS + MANY - 1);
	for (size_t i = 0; i < sum.snap.nr_samples; i++)
		assert_int_equal(sum.snap.fns[sum.snap.samples[i].fn].func.addr,
				 sum.snap.samples[i].tgid);
	snapshot__free(&sum.snap);
	free(pairs);
}

/*
 * A sum of many rows finds a row, and the row of a sample, by a hash of the rows' keys, and keeps the
 * hash from one window to the next. The test changes the key of a row of the sum: a search through the
 * rows would find the row by its new key, and so would a hash that each window makes anew.
 */
TEST(rows_of_a_sum_are_not_searched_for)
{
	enum { MANY = 100, CHANGED = 5, NEW_KEY = 1000 };
	struct fn_stats fn = { .count = 1 };
	struct send_stats send = { .count = 1 };
	struct stack_sample sample = {};
	struct snapshot snap = { .fns = &fn,
				 .nr_fns = 1,
				 .sends = &send,
				 .nr_sends = 1,
				 .samples = &sample,
				 .nr_samples = 1,
				 .send_samples = &sample,
				 .nr_send_samples = 1 };
	struct snapshot_sum sum = {};

	for (uint32_t i = 0; i <= MANY; i++) {
		if (i == MANY)
			sum.snap.fns[CHANGED].func.addr = sum.snap.sends[CHANGED].func.addr =
				NEW_KEY;
		fn.func.addr = send.func.addr = i < MANY ? i + 1 : NEW_KEY;
		assert_int_equal(snapshot_sum__add(&sum, &snap), 0);
	}
	assert_members(sum.snap, nr_fns, MANY + 1, nr_sends, MANY + 1);
	assert_int_equal(sum.snap.samples[MANY].fn, MANY);
	assert_int_equal(sum.snap.send_samples[MANY].fn, MANY);
	snapshot_sum__end(&sum);
	snapshot__free(&sum.snap);
}

/* What a line cannot mean is none: a number that is negative, no number, or too large. */
TEST(a_rate_over_a_time_is_a_count)
{
	assert_int_equal(count_of_rate(2.5, 1000000000), 3);
	assert_int_equal(count_of_rate(2.4, 1000000000), 2);
	assert_int_equal(count_of_rate(10, 500000000), 5);
	assert_int_equal(count_of_rate(0, 1000000000), 0);
	assert_int_equal(count_of_rate(-5, 1000000000), 0);
	assert_int_equal(count_of_rate(__builtin_nan(""), 1000000000), 0);
	assert_int_equal(count_of_rate(9e17, 1000000000), 900000000000000000);
	assert_int_equal(count_of_rate(1e18, 1000000000), 0);
	assert_int_equal(count_of_rate(__builtin_inf(), 1000000000), 0);
}

TEST(window_in_seconds)
{
	struct window window = { .mono_start = 5000000000, .mono_end = 6500000000 };

	assert_true(window__seconds(&window) == 1.5);
	assert_true(window__rate(&window, 3) == 2);
	window.mono_end = window.mono_start;
	assert_true(window__seconds(&window) == 0);
	assert_true(window__rate(&window, 3) == 0);
	/* A nanosecond still counts a year after boot. */
	window.mono_start = 31536000000000000;
	window.mono_end = window.mono_start + 1;
	assert_true(window__seconds(&window) == 1e-9);
}

TEST(every_reason_and_kind_has_a_name_of_its_own)
{
	for (int i = 0; i < NR_LOST; i++) {
		assert_non_null(lost_names[i]);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(lost_names[i], lost_names[j]);
	}
	for (int i = 0; i < NR_KINDS; i++) {
		assert_non_null(kind_names[i]);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(kind_names[i], kind_names[j]);
	}
	assert_string_equal(lost_names[LOST_RUN_UNSEEN], "run_unseen");
	assert_string_equal(kind_names[KIND_IRQ_WORK], "irq_work");
}

TEST(freed_snapshot_is_empty)
{
	struct snapshot snap = { .nr_cpus = 1, .nr_fns = 1, .nr_edges = 1, .ledger = balanced };
	static const struct snapshot empty;

	snap.cpus = calloc(1, sizeof(*snap.cpus));
	snap.fns = calloc(1, sizeof(*snap.fns));
	snap.edges = calloc(1, sizeof(*snap.edges));
	snapshot__free(&snap);
	assert_memory_equal(&snap, &empty, sizeof(snap));
	snapshot__free(&snap);
}

/*
 * Percentiles against a sorted list, and the arithmetic of a snapshot; counts of events: the
 * maps' banks, intervals added up, the guests that asked for most.
 */
#define FILL(snap, member, items)                                                 \
	do {                                                                      \
		(snap)->member = calloc(items, sizeof(*(snap)->member));          \
		assert_non_null((snap)->member);                                  \
		memset((snap)->member, items, (items) * sizeof(*(snap)->member)); \
		(snap)->nr_##member = items;                                      \
	} while (0)

static void snapshot_fill(struct snapshot *snap)
{
	FILL(snap, all_kinds, 2);
	FILL(snap, wakes, 3);
	FILL(snap, cpus, 4);
	FILL(snap, fns, 5);
	FILL(snap, fn_cpus, 6);
	FILL(snap, by, 7);
	FILL(snap, samples, 8);
	FILL(snap, edges, 9);
	snap->ledger.queued = 77;
}

#define SAME(copy, member, items)                                                    \
	do {                                                                         \
		unsigned char want[sizeof(*(copy)->member)];                         \
		memset(want, items, sizeof(want));                                   \
		assert_int_equal((copy)->nr_##member, items);                        \
		for (size_t i = 0; i < (copy)->nr_##member; i++)                     \
			assert_memory_equal(&(copy)->member[i], want, sizeof(want)); \
	} while (0)

TEST(copy_survives_the_original)
{
	struct snapshot snap = {}, copy;

	snapshot_fill(&snap);
	/* @copy may have held another snapshot before. */
	memset(&copy, 0xff, sizeof(copy));
	assert_int_equal(form__copy(&snapshot_form, &copy, &snap), 0);
	assert_int_equal(form__bytes(&snapshot_form, &copy), form__bytes(&snapshot_form, &snap));
	assert_true(form__bytes(&snapshot_form, &copy) > 9 * sizeof(struct edge));
	snapshot__free(&snap);
	assert_int_equal(copy.ledger.queued, 77);
	SAME(&copy, all_kinds, 2);
	SAME(&copy, wakes, 3);
	SAME(&copy, cpus, 4);
	SAME(&copy, fns, 5);
	SAME(&copy, fn_cpus, 6);
	SAME(&copy, by, 7);
	SAME(&copy, samples, 8);
	SAME(&copy, edges, 9);
	snapshot__free(&copy);
}

TEST(copy_of_an_empty_snapshot_is_empty)
{
	struct snapshot snap = {}, copy;

	memset(&copy, 0xff, sizeof(copy));
	assert_int_equal(form__copy(&snapshot_form, &copy, &snap), 0);
	assert_memory_equal(&copy, &snap, sizeof(snap));
	assert_int_equal(form__bytes(&snapshot_form, &copy), 0);
}

static struct event_rec recs[3];
static struct guest_rec rows[GUEST_ROWS];

static struct machine_events read_of(uint32_t epoch, const struct cpuset *cpus)
{
	struct event_maps maps = { .recs = recs, .guests = rows };
	struct machine_events events = {};

	read_events(&maps, epoch, cpus, &events);
	return events;
}

TEST(a_bank_is_taken_once)
{
	struct machine_events events;
	struct cpuset cpus = {};

	cpuset__add(&cpus, 0);
	cpuset__add(&cpus, 2);
	recs[0].hits[1][EVENT_POLLED] = 3;
	recs[1].hits[1][EVENT_POLLED] = 100; /* has never been online */
	recs[2].hits[1][EVENT_POLLED] = 4;
	recs[2].hits[0][EVENT_POLLED] = 50;
	rows[7] = (struct guest_rec){ .tgid = 42, .ipis = { 9, 5 } };
	events = read_of(3, &cpus);
	assert_members(events, hits[EVENT_POLLED], 7, nr_guests, 1, guests[0].tgid, 42,
		       guests[0].ipis, 5);
	events = read_of(3, &cpus);
	assert_members(events, hits[EVENT_POLLED], 0, nr_guests, 0);
	events = read_of(4, &cpus);
	assert_members(events, hits[EVENT_POLLED], 50, guests[0].ipis, 9);
}

TEST(the_guests_that_ask_for_most_stay)
{
	struct machine_events events = {}, more = {};

	for (uint32_t i = 1; i <= GUESTS_MAX + 3; i++)
		machine_events__guest(&events, (struct guest_ipis){ i, 100 + i });
	assert_int_equal(events.nr_guests, GUESTS_MAX);
	for (uint32_t i = 0; i < GUESTS_MAX; i++)
		assert_int_equal(events.guests[i].tgid, GUESTS_MAX + 3 - i);
	/*
	 * The last of the rows has risen; a guest that asked for less than all of them has no row.
	 */
	machine_events__guest(&more, (struct guest_ipis){ 4, 50 });
	machine_events__guest(&more, (struct guest_ipis){ 99, 1 });
	machine_events__add(&events, &more);
	assert_members(events, guests[0].tgid, 4, guests[0].ipis, 154, guests[GUESTS_MAX - 1].tgid,
		       5);
}

TEST(a_sum_knows_what_all_its_parts_know)
{
	struct machine_events sum = { .known = { true, true }, .hits = { 5, 6 } };
	struct machine_events more = { .known = { true, false }, .hits = { 7, 8 } };

	machine_events__add(&sum, &more);
	assert_true(sum.known[0]);
	assert_members(sum, known[1], false, hits[0], 12);
}

TEST_MAIN(NULL, NULL)
