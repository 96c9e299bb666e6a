// SPDX-License-Identifier: GPL-2.0
/* Two runs: what changed is said with its factor, and chance is no change. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "abi/hist_slots.h"
#include "model/diff.h"
#include "unit.h"

#define WINDOWS 20

static uint64_t seed = 7;
static struct diff diff;

/* @n, a tenth more or less. */
static uint64_t about(uint64_t n)
{
	return n * (90 + random_next(&seed) % 21) / 100;
}

static void hist_fill(struct hist *hist, uint64_t nr, uint64_t ns)
{
	for (uint64_t i = 0; i < nr; i++) {
		uint64_t v = about(ns);

		hist->count++;
		hist->sum += v;
		hist->max = v > hist->max ? v : hist->max;
		hist->slots[hist_slot(v)]++;
	}
}

/* A window of @rate csds a second, of a function called @name, and @ns of delay each. */
static void window_add(int which, const char *name, uint64_t rate, uint64_t ns, double seconds)
{
	struct cpu_stats cpus[2] = { { .cpu = 0 }, { .cpu = 1 } };
	struct fn_stats fn = { .func = { 16, 0, name, "kvm" } };
	struct snapshot snap = {
		.window = { .mono_end = seconds * 1e9 },
		.cpus = cpus,
		.nr_cpus = 2,
		.fns = &fn,
		.nr_fns = 1,
	};

	fn.count = snap.ledger.queued = cpus[0].sent = cpus[1].received = about(rate) * seconds;
	hist_fill(&cpus[1].delay, 50, ns);
	assert_int_equal(diff__window(&diff, which, &snap), 0);
}

static const struct diff_row *row(enum diff_group group, const char *name)
{
	for (size_t i = 0; i < diff.nr; i++)
		if (diff.rows[i].group == group && !strcmp(diff.rows[i].name, name))
			return &diff.rows[i];
	return NULL;
}

static int teardown(void **state)
{
	(void)state;
	free(diff.rows);
	memset(&diff, 0, sizeof(diff));
	return 0;
}

static void near(double got, double want, double share)
{
	if (fabs(got - want) > share * want)
		fail_msg("%g is not about %g", got, want);
}

static void half_the_rate(void **state)
{
	const struct diff_row *r;

	(void)state;
	for (int i = 0; i < WINDOWS; i++) {
		window_add(0, "flush", 1000, 10000, 1);
		window_add(1, "flush", 500, 10000, 1);
	}
	diff__judge(&diff, 0.1);
	r = row(DIFF_FUNCTIONS, "flush [kvm]");
	assert_int_equal(r->change, DIFF_FELL);
	near(r->factor, 0.5, 0.05);
	assert_true(r->noise > 0.001 && r->noise < 0.05);
	assert_int_equal(row(DIFF_TOTALS, "csds")->change, DIFF_FELL);
	assert_int_equal(row(DIFF_SENDERS, "CPU 0")->change, DIFF_FELL);
	assert_null(row(DIFF_SENDERS, "CPU 1"));
	assert_int_equal(row(DIFF_RECEIVERS, "CPU 1")->change, DIFF_FELL);
	assert_int_equal(row(DIFF_TOTALS, "delay mean")->change, DIFF_SAME);
	assert_int_equal(row(DIFF_TOTALS, "delay p99")->change, DIFF_SAME);
	assert_int_equal(diff.rose, 0);
	assert_int_equal(diff.fell, 4);
}

/* Windows may be of any length. */
static void equal_runs(void **state)
{
	(void)state;
	for (int n = 0; n < 100; n++) {
		for (int i = 0; i < WINDOWS; i++) {
			window_add(0, "flush", 1000, 10000, i % 3 + 0.5);
			window_add(1, "flush", 1000, 10000, i % 2 + 0.3);
		}
		diff__judge(&diff, 0.1);
		assert_int_equal(diff.rose + diff.fell, 0);
		near(row(DIFF_TOTALS, "csds")->factor, 1, 0.05);
		teardown(NULL);
	}
}

static void slower_delivery(void **state)
{
	(void)state;
	for (int i = 0; i < WINDOWS; i++) {
		window_add(0, "flush", 1000, 10000, 1);
		window_add(1, "flush", 1000, 20000, 1);
	}
	diff__judge(&diff, 0.1);
	assert_int_equal(row(DIFF_TOTALS, "delay mean")->change, DIFF_ROSE);
	near(row(DIFF_TOTALS, "delay mean")->factor, 2, 0.05);
	assert_int_equal(row(DIFF_TOTALS, "delay p99")->change, DIFF_ROSE);
	assert_int_equal(row(DIFF_TOTALS, "csds")->change, DIFF_SAME);
	assert_int_equal(diff.rose, 2);
}

/* A change of a fifth is one, but not for who tolerates a quarter. */
static void the_tolerance(void **state)
{
	static const struct {
		double tolerance;
		enum diff_change change;
	} cases[] = { { 0.1, DIFF_ROSE }, { 0.3, DIFF_SAME } };

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		for (int i = 0; i < 4 * WINDOWS; i++) {
			window_add(0, "flush", 1000, 10000, 1);
			window_add(1, "flush", 1200, 10000, 1);
		}
		diff__judge(&diff, cases[c].tolerance);
		assert_int_equal(row(DIFF_TOTALS, "csds")->change, cases[c].change);
		teardown(NULL);
	}
}

/* In a few windows of one run: the others count as 0. Much noise, and so no change. */
static void a_function_now_and_then(void **state)
{
	const struct diff_row *r;

	(void)state;
	for (int i = 0; i < WINDOWS; i++) {
		window_add(0, i % 10 ? "flush" : "rare", 1000, 10000, 1);
		window_add(1, "flush", 1000, 10000, 1);
	}
	diff__judge(&diff, 0.1);
	r = row(DIFF_FUNCTIONS, "rare [kvm]");
	near(r->value[0], 100, 0.2);
	assert_true(r->value[1] == 0);
	assert_int_equal(r->change, DIFF_SAME);
	assert_int_equal(row(DIFF_FUNCTIONS, "flush [kvm]")->change, DIFF_SAME);
}

/* One window has no spread: the noise is not known, and the tolerance decides. */
static void one_window_each(void **state)
{
	const struct diff_row *r;

	(void)state;
	window_add(0, "flush", 1000, 10000, 1);
	window_add(1, "flush", 3000, 10000, 1);
	diff__judge(&diff, 0.1);
	r = row(DIFF_TOTALS, "csds");
	assert_true(r->noise < 0);
	assert_int_equal(r->change, DIFF_ROSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(half_the_rate, teardown),
		cmocka_unit_test_teardown(equal_runs, teardown),
		cmocka_unit_test_teardown(slower_delivery, teardown),
		cmocka_unit_test_teardown(the_tolerance, teardown),
		cmocka_unit_test_teardown(a_function_now_and_then, teardown),
		cmocka_unit_test_teardown(one_window_each, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
