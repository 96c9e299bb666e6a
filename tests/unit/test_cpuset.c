// SPDX-License-Identifier: GPL-2.0
/* Sets of CPUs, and text that is or is not a list of CPUs. */
#include "abi/limits.h"
#include "base/cpuset.h"
#include "unit.h"

/* Whether @set is exactly @cpus, which end with -1. */
static void check_set(const struct cpuset *set, const int *cpus)
{
	struct cpuset want = {};

	for (; *cpus >= 0; cpus++)
		cpuset__add(&want, *cpus);
	assert_memory_equal(set, &want, sizeof(want));
}

TEST(lists_are_taken)
{
	static const struct {
		const char *text;
		int cpus[8];
	} good[] = {
		{ "0", { 0, -1 } },
		{ "0,2-5", { 0, 2, 3, 4, 5, -1 } },
		{ "3-3", { 3, -1 } },
		{ "8191", { 8191, -1 } },
		{ "8190-8191,1", { 1, 8190, 8191, -1 } },
		{ "63-64", { 63, 64, -1 } },
		{ "5,1,3", { 1, 3, 5, -1 } },
		{ "7-8,1-2", { 1, 2, 7, 8, -1 } },
		{ "1,1,0-2,1", { 0, 1, 2, -1 } },
		{ "007", { 7, -1 } },
	};
	struct cpuset set;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		/* A parsed list replaces the CPUs that the set had. */
		memset(&set, 0xff, sizeof(set));
		if (cpuset__parse(&set, good[i].text))
			fail_msg("refused: '%s'", good[i].text);
		check_set(&set, good[i].cpus);
	}
}

TEST(all_cpus_are_a_list)
{
	struct cpuset set;

	assert_int_equal(cpuset__parse(&set, "0-8191"), 0);
	assert_int_equal(cpuset__end(&set), CPUSET_MAX);
	assert_int_equal(cpuset__count(&set), CPUSET_MAX);
	for (int cpu = 0; cpu < CPUSET_MAX; cpu++)
		assert_true(cpuset__has(&set, cpu));
	assert_true(CPUSET_MAX >= MAX_CPUS);
}

TEST(other_text_is_refused)
{
	static const char *const bad[] = {
		"",    "a",   "1-",  "-1",   "5-2",  "1,,2", "1,",   ",1",    ",",
		"-",   " 1",  "1 ",  "1 ,2", "1, 2", "+1",   "1-+2", "1-2-3", "0x1",
		"1.5", "1;2", "1\n", "1a",   "1-2a", "1--2", "all",  "\xff",
	};
	struct cpuset set;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (cpuset__parse(&set, bad[i]) != -EINVAL)
			fail_msg("'%s': not -EINVAL", bad[i]);
}

TEST(cpus_beyond_the_last_are_out_of_range)
{
	static const char *const bad[] = {
		"8192",
		"0-8192",
		"8192-8193",
		"1,8192",
		"4294967296",
		"18446744073709551616",
		"99999999999999999999",
		"0-99999999999999999999",
	};
	struct cpuset set;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (cpuset__parse(&set, bad[i]) != -ERANGE)
			fail_msg("'%s': not -ERANGE", bad[i]);
}

TEST(a_limit_may_be_lower)
{
	struct cpuset set;

	assert_int_equal(cpuset__parse_below(&set, "0,4095", 4096, NULL), 0);
	assert_int_equal(cpuset__end(&set), 4096);
	assert_int_equal(cpuset__parse_below(&set, "0,4096", 4096, NULL), -ERANGE);
	assert_int_equal(cpuset__parse_below(&set, "5000,a", 4096, NULL), -ERANGE);
}

TEST(refusals_say_why)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "the list is empty" },
		{ "a", "not a list of CPUs" },
		{ "1 ", "not a list of CPUs" },
		{ "1,", "ends where a CPU is due" },
		{ "1-", "ends where a CPU is due" },
		{ "3-1", "a range runs backwards" },
		{ "8192", "no kernel has a CPU of that number" },
	};
	const char *why = NULL;
	struct cpuset set;

	assert_int_equal(cpuset__parse_below(&set, "1", CPUSET_MAX, &why), 0);
	assert_null(why);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_true(cpuset__parse_below(&set, bad[i].text, CPUSET_MAX, &why) < 0);
		assert_string_equal(why, bad[i].why);
	}
}

TEST(sets_are_walked)
{
	static const int want[] = { 1, 63, 64, 100, 8191 };
	struct cpuset set, none = {};
	uint32_t nr = 0;
	int cpu;

	assert_int_equal(cpuset__parse(&set, "100,1,63-64,8191"), 0);
	for_each_cpu(cpu, &set)
		assert_int_equal(cpu, want[nr++]);
	assert_int_equal(nr, ARRAY_SIZE(want));
	assert_int_equal(cpuset__count(&set), ARRAY_SIZE(want));
	for (uint32_t i = 0; i < 3 * nr; i++)
		assert_int_equal(cpuset__nth(&set, i), want[i % nr]);
	assert_int_equal(cpuset__next(&set, 2), 63);
	assert_int_equal(cpuset__next(&set, 8192), -1);
	assert_false(cpuset__has(&set, 2));
	assert_false(cpuset__has(&set, 100000));
	assert_int_equal(cpuset__next(&none, 0), -1);
	assert_int_equal(cpuset__nth(&none, 3), -1);
	assert_int_equal(cpuset__count(&none), 0);
	assert_int_equal(cpuset__end(&none), 0);
}

TEST(sets_are_written_as_lists)
{
	static const char *const lists[] = { "",    "0",	   "0,2-5", "63-64",
					     "0-1", "1,8190-8191", "0-8191" };
	char text[CPUSET_TEXT];
	struct cpuset set = {};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (*lists[i])
			assert_int_equal(cpuset__parse(&set, lists[i]), 0);
		assert_int_equal(cpuset__format(&set, text, sizeof(text)), strlen(lists[i]));
		assert_string_equal(text, lists[i]);
	}
}

TEST(long_lists_are_cut)
{
	char text[6] = "------";
	struct cpuset set;

	assert_int_equal(cpuset__parse(&set, "0,2-5,100,102"), 0);
	assert_int_equal(cpuset__format(&set, text, sizeof(text)), strlen("0,2-5,100,102"));
	assert_string_equal(text, "0,2-5");
	assert_int_equal(cpuset__format(&set, NULL, 0), strlen("0,2-5,100,102"));
}

/* Every other CPU makes the longest list: written to a file, read again. */
TEST(the_longest_list_has_room)
{
	char text[CPUSET_TEXT], path[] = "/tmp/cpuset.XXXXXX";
	struct cpuset set = {}, again;
	int fd = mkstemp(path);
	size_t len;

	for (uint32_t cpu = 1; cpu < CPUSET_MAX; cpu += 2)
		cpuset__add(&set, cpu);
	len = cpuset__format(&set, text, sizeof(text));
	assert_in_range(len, sizeof(text) / 2, sizeof(text) - 1);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(write(fd, "\n", 1), 1);
	assert_int_equal(cpuset__read_path(&again, "%s", path), 0);
	assert_memory_equal(&again, &set, sizeof(set));
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(cpuset__read_path(&again, "%s", path), -EINVAL);
	close(fd);
	unlink(path);
}

TEST(this_machines_cpus)
{
	struct cpuset possible, online;
	int cpu;

	assert_int_equal(cpuset__read(&possible, "possible"), 0);
	assert_int_equal(cpuset__read(&online, "online"), 0);
	assert_in_range(cpuset__end(&online), 1, cpuset__end(&possible));
	assert_true(cpuset__has(&online, cpuset__end(&online) - 1));
	for_each_cpu(cpu, &online)
		assert_true(cpuset__has(&possible, cpu));
	assert_int_equal(cpuset__read(&possible, "no-such-list"), -ENOENT);
}

/* An open file is read as it is now, each time from its beginning. */
TEST(an_open_list_is_read_again)
{
	char path[] = "/tmp/ipitrace-cpus-XXXXXX";
	int fd = mkstemp(path), online = cpuset__open("online");
	struct cpuset set, same;

	unlink(path);
	assert_int_equal(pwrite(fd, "0-3\n", 4, 0), 4);
	assert_int_equal(cpuset__read_fd(&set, fd), 0);
	assert_int_equal(cpuset__count(&set), 4);
	assert_int_equal(pwrite(fd, "0,2\n", 4, 0), 4);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cpuset__read_fd(&set, fd), 0);
		check_set(&set, (int[]){ 0, 2, -1 });
	}
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(cpuset__read_fd(&set, fd), -EINVAL);
	close(fd);
	assert_int_equal(cpuset__read_fd(&set, online), 0);
	assert_int_equal(cpuset__read(&same, "online"), 0);
	assert_memory_equal(&set, &same, sizeof(set));
	close(online);
	assert_int_equal(cpuset__open("no-such-list"), -ENOENT);
	assert_int_equal(cpuset__read_fd(&set, -ENOENT), -EBADF);
}

TEST(a_cut_list_ends_in_a_mark)
{
	static const char *const want[] = {
		[4] = "...",	    [5] = "0...",	[6] = "0,...",		[9] = "0,...",
		[10] = "0,2-5,...", [13] = "0,2-5,...", [14] = "0,2-5,100-200",
	};

	for (size_t size = 4; size < ARRAY_SIZE(want); size++) {
		char text[] = "0,2-5,100-200";

		cpuset__shorten(text, size);
		assert_true(strlen(text) < size);
		if (want[size])
			assert_string_equal(text, want[size]);
	}
}

TEST(sets_are_united_intersected_subtracted)
{
	struct cpuset set, others;
	char text[CPUSET_TEXT];

	assert_int_equal(cpuset__parse(&others, "3-5,64,4095"), 0);
	assert_int_equal(cpuset__parse(&set, "0-3,63-64"), 0);
	cpuset__unite(&set, &others);
	cpuset__format(&set, text, sizeof(text));
	assert_string_equal(text, "0-5,63-64,4095");
	cpuset__subtract(&set, &others);
	cpuset__format(&set, text, sizeof(text));
	assert_string_equal(text, "0-2,63");
	cpuset__unite(&set, &others);
	assert_int_equal(cpuset__parse(&others, "2,4-70"), 0);
	cpuset__intersect(&set, &others);
	cpuset__format(&set, text, sizeof(text));
	assert_string_equal(text, "2,4-5,63-64");
}

TEST_MAIN(NULL, NULL)
