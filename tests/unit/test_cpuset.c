// SPDX-License-Identifier: GPL-2.0
/* Lists of CPUs: what is one, what is none, and which CPUs are in it. */
#include <errno.h>
#include <string.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "unit.h"

/* Whether @set is exactly @cpus, which end with -1. */
static void check_set(const struct cpuset *set, const int *cpus)
{
	struct cpuset want = {};

	for (; *cpus >= 0; cpus++) {
		want.has[*cpus] = 1;
		if ((uint32_t)*cpus >= want.end)
			want.end = *cpus + 1;
	}
	assert_int_equal(set->end, want.end);
	assert_memory_equal(set->has, want.has, sizeof(want.has));
}

static void lists_are_taken(void **state)
{
	static const struct {
		const char *text;
		int cpus[8];
	} good[] = {
		{ "0", { 0, -1 } },
		{ "0,2-5", { 0, 2, 3, 4, 5, -1 } },
		{ "3-3", { 3, -1 } },
		{ "4095", { 4095, -1 } },
		{ "4094-4095,1", { 1, 4094, 4095, -1 } },
		{ "5,1,3", { 1, 3, 5, -1 } },
		{ "7-8,1-2", { 1, 2, 7, 8, -1 } },
		{ "1,1,0-2,1", { 0, 1, 2, -1 } },
		{ "007", { 7, -1 } },
	};
	struct cpuset set;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		/* What was there before is gone. */
		memset(&set, 1, sizeof(set));
		if (cpuset__parse(&set, good[i].text))
			fail_msg("refused: '%s'", good[i].text);
		check_set(&set, good[i].cpus);
	}
}

static void all_cpus_are_a_list(void **state)
{
	struct cpuset set;

	(void)state;
	assert_int_equal(cpuset__parse(&set, "0-4095"), 0);
	assert_int_equal(set.end, MAX_CPUS);
	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		assert_int_equal(set.has[cpu], 1);
}

static void other_text_is_refused(void **state)
{
	static const char *const bad[] = {
		"",    "a",   "1-",  "-1",   "5-2",  "1,,2", "1,",   ",1",    ",",
		"-",   " 1",  "1 ",  "1 ,2", "1, 2", "+1",   "1-+2", "1-2-3", "0x1",
		"1.5", "1;2", "1\n", "1a",   "1-2a", "1--2", "all",  "\xff",
	};
	struct cpuset set;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (cpuset__parse(&set, bad[i]) != -EINVAL)
			fail_msg("'%s': not -EINVAL", bad[i]);
}

static void cpus_beyond_the_last_are_out_of_range(void **state)
{
	static const char *const bad[] = {
		"4096",
		"0-4096",
		"4096-4097",
		"1,4096",
		"4294967296",
		"18446744073709551616",
		"99999999999999999999",
		"0-99999999999999999999",
	};
	struct cpuset set;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (cpuset__parse(&set, bad[i]) != -ERANGE)
			fail_msg("'%s': not -ERANGE", bad[i]);
}

static void this_machines_cpus(void **state)
{
	struct cpuset possible, online;

	(void)state;
	assert_int_equal(cpuset__read(&possible, "possible"), 0);
	assert_int_equal(cpuset__read(&online, "online"), 0);
	assert_in_range(online.end, 1, possible.end);
	assert_int_equal(online.has[online.end - 1], 1);
	for (uint32_t cpu = 0; cpu < online.end; cpu++)
		assert_true(possible.has[cpu] >= online.has[cpu]);
	assert_int_equal(cpuset__read(&possible, "no-such-list"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_taken),
		cmocka_unit_test(all_cpus_are_a_list),
		cmocka_unit_test(other_text_is_refused),
		cmocka_unit_test(cpus_beyond_the_last_are_out_of_range),
		cmocka_unit_test(this_machines_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
