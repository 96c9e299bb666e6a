// SPDX-License-Identifier: GPL-2.0
/* The pure parts of ipiload: lists of CPUs and the histogram. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ipiload_cpus.h"
#include "ipiload_hist.h"

static void cpus_lists(void **state)
{
	struct cpu_set set;

	(void)state;
	assert_null(cpus_parse("0,2-5,4,8191", &set));
	assert_int_equal(cpus_count(&set), 6);
	assert_int_equal(cpus_next(&set, 0), 0);
	assert_int_equal(cpus_next(&set, 1), 2);
	assert_int_equal(cpus_next(&set, 6), 8191);
	assert_int_equal(cpus_next(&set, 8192), -1);
	assert_true(cpus_has(&set, 5));
	assert_false(cpus_has(&set, 6));
	assert_false(cpus_has(&set, 100000));
}

static void cpus_order_does_not_matter(void **state)
{
	struct cpu_set a, b;

	(void)state;
	assert_null(cpus_parse("7,0,63-65", &a));
	assert_null(cpus_parse("65,64,63,7,0,0", &b));
	assert_memory_equal(&a, &b, sizeof(a));
}

static void cpus_go_round(void **state)
{
	struct cpu_set set;

	(void)state;
	assert_null(cpus_parse("1,64,100", &set));
	assert_int_equal(cpus_nth(&set, 0), 1);
	assert_int_equal(cpus_nth(&set, 1), 64);
	assert_int_equal(cpus_nth(&set, 2), 100);
	assert_int_equal(cpus_nth(&set, 3), 1);
	assert_int_equal(cpus_nth(&set, 3000001), 64);
}

static void cpus_refused(void **state)
{
	static const char *const wrong[] = {
		"",	      ",",    "0,",	",0",  "0,,1", "3-1", "1-",
		"-1",	      "-",    "0x1",	"1 ",  " 1",   "+1",  "1-2-3",
		"a",	      "8192", "0-8192", "0;1", "all",  "1.5", "99999999999999999999",
		"4294967296", "0\n",
	};
	struct cpu_set set;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		if (!cpus_parse(wrong[i], &set))
			fail_msg("taken: '%s'", wrong[i]);
	}
}

static void hist_bounds(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < HIST_BUCKETS; i++) {
		uint64_t upper = hist_upper(i);
		uint64_t lower = i ? hist_upper(i - 1) + 1 : 0;

		assert_int_equal(hist_index(upper), i);
		assert_int_equal(hist_index(lower), i);
		/* At most 3 % wide: a bucket that holds more than one value is. */
		if (upper != lower)
			assert_true((upper - lower + 1) <= lower / 33);
	}
	assert_int_equal(hist_upper(HIST_BUCKETS - 1), UINT64_MAX);
	assert_int_equal(hist_index(UINT64_MAX), HIST_BUCKETS - 1);
}

static void hist_percentiles(void **state)
{
	static struct hist hist;

	(void)state;
	memset(&hist, 0, sizeof(hist));
	assert_int_equal(hist_percentile(&hist, 50), 0);
	for (unsigned int i = 1; i <= 60; i++)
		hist_add(&hist, i);
	assert_int_equal(hist_percentile(&hist, 50), 30);
	assert_int_equal(hist_percentile(&hist, 90), 54);
	assert_int_equal(hist_percentile(&hist, 99), 60);
	assert_int_equal(hist_percentile(&hist, 100), 60);
	assert_int_equal(hist.sum, 60 * 61 / 2);
}

static void hist_percentile_never_above_max(void **state)
{
	static struct hist hist;

	(void)state;
	memset(&hist, 0, sizeof(hist));
	hist_add(&hist, 1000001); /* not an upper bound */
	assert_true(hist_upper(hist_index(1000001)) > 1000001);
	assert_int_equal(hist_percentile(&hist, 1), 1000001);
	assert_int_equal(hist_percentile(&hist, 99), 1000001);
}

static void hist_merged_is_as_one(void **state)
{
	static struct hist one, a, b;

	(void)state;
	memset(&one, 0, sizeof(one));
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	for (uint64_t i = 0; i < 5000; i++) {
		uint64_t value = i * i * 37;

		hist_add(&one, value);
		hist_add(i % 3 ? &a : &b, value);
	}
	hist_merge(&a, &b);
	assert_memory_equal(&one, &a, sizeof(one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus_lists),
		cmocka_unit_test(cpus_order_does_not_matter),
		cmocka_unit_test(cpus_go_round),
		cmocka_unit_test(cpus_refused),
		cmocka_unit_test(hist_bounds),
		cmocka_unit_test(hist_percentiles),
		cmocka_unit_test(hist_percentile_never_above_max),
		cmocka_unit_test(hist_merged_is_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
