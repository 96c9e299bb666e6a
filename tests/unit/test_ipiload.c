// SPDX-License-Identifier: GPL-2.0
/* ipiload's histogram. Its lists of CPUs are cpuset, see test_cpuset.c. */

#include "ipiload_hist.h"
#include "unit.h"

TEST(hist_bounds)
{
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

TEST(hist_percentiles)
{
	static struct hist hist;

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

TEST(hist_percentile_never_above_max)
{
	static struct hist hist;

	memset(&hist, 0, sizeof(hist));
	hist_add(&hist, 1000001); /* not an upper bound */
	assert_true(hist_upper(hist_index(1000001)) > 1000001);
	assert_int_equal(hist_percentile(&hist, 1), 1000001);
	assert_int_equal(hist_percentile(&hist, 99), 1000001);
}

TEST(hist_merged_is_as_one)
{
	static struct hist one, a, b;

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

TEST_MAIN(NULL, NULL)
