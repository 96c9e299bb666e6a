// SPDX-License-Identifier: GPL-2.0
/* cli/option_value: limits of all files, values that are given again, and what each refusal says. */
#include "options_parse.h"

/* --keep @value of a flight recorder. Returns what options__parse() returns. */
static int keep(const char *value)
{
	return PARSE("record", "--flight", "10s", "-o", "x", "--keep", (char *)value);
}

#define MIB  1048576ULL
#define HOUR 3600000000000ULL

TEST(limits_of_all_files)
{
	static const struct {
		const char *text;
		struct keep_limits keep;
	} known[] = {
		{ "5", { .count = 5 } },
		{ "10000", { .count = 10000 } },
		{ "20,512m,14d", { 20, 512 * MIB, 14 * 24 * HOUR } },
		{ "20,1.5g", { .count = 20, .bytes = 1536 * MIB } },
		{ ",4m", { .bytes = 4 * MIB } },
		{ ",,36h", { .age = 36 * HOUR } },
		{ "1,,2h", { .count = 1, .age = 2 * HOUR } },
		{ "7,", { .count = 7 } },
		{ "7,,", { .count = 7 } },
		{ ",8192k,", { .bytes = 8 * MIB } },
		{ ",,1ns", { .age = 1 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (keep(known[i].text))
			fail_msg("--keep %s: %s", known[i].text, why);
		assert_members(opts.flight.keep, count, known[i].keep.count, bytes,
			       known[i].keep.bytes, age, known[i].keep.age);
	}
}

#define NO_COUNT "needs COUNT,SIZE,AGE, such as 20,512m,14d, with a COUNT from 1 to 10000"
#define NO_LIMIT "needs a COUNT, a SIZE or an AGE, such as 20,512m,14d"
#define NO_AGE	 "needs an AGE such as 14d, 36h"
#define NO_SIZE	 "needs a size with its unit, such as 256m, 2g"

TEST(other_limits_of_files_are_refused)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ ",", NO_LIMIT },
		{ ",,", NO_LIMIT },
		{ "0", NO_COUNT },
		{ "10001", NO_COUNT },
		{ "99999999999999999999", NO_COUNT },
		{ "+5", NO_COUNT },
		{ " 5", NO_COUNT },
		{ "5x", NO_COUNT },
		{ "5m", NO_COUNT },
		{ "1,4m,1s,2", NO_COUNT },
		{ "5,,,", NO_COUNT },
		{ "5,3m", "needs 4m or more" },
		{ "5,4", NO_SIZE },
		{ "5,14d", NO_SIZE },
		{ "5,,14", NO_AGE },
		{ "5,,0s", NO_AGE },
		{ "5,,512m", NO_AGE },
		{ "5,,-1d", NO_AGE },
		{ "00000000000000000000000000000005", "needs COUNT,SIZE,AGE, such as 20,512m,14d" },
	};
	char want[256];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (keep(bad[i].text) != -EINVAL)
			fail_msg("taken: --keep %s", bad[i].text);
		snprintf(want, sizeof(want), "--keep %s: %s (see ipitrace record --help)",
			 bad[i].text, bad[i].why);
		assert_has(why, want);
		assert_string_equal(strstr(why, want), want);
	}
}

/* A value that is given again replaces the one before, or is added. */
TEST(values_that_are_given_twice)
{
	assert_int_equal(PARSE("stalls", "--threshold", "2ms", "--threshold", "3ms"), 0);
	assert_int_equal(opts.threshold, 3000000);
	assert_int_equal(PARSE("trace", "-j", "--keys", "dst,src", "--keys", "src"), 0);
	assert_int_equal(opts.keys.nr, 1);
	assert_int_equal(keep("5,8m"), 0);
	assert_int_equal(
		PARSE("record", "--flight", "10s", "-o", "x", "--keep", "5,8m", "--keep", "6"), 0);
	assert_int_equal(opts.flight.keep.count, 6);
	assert_int_equal(PARSE("record", "-o", "x", "--max-size", "8m", "--max-size", "16m"), 0);
	assert_int_equal(opts.max_size, 16 * MIB);
	assert_int_equal(PARSE("-c", "1,3", "-c", "2"), 0);
	assert_int_equal(cpuset__count(&opts.cpus.set), 3);
}

/* Globs with the commas between them have room for 1023 bytes. */
TEST(globs_have_so_much_room)
{
	char first[1001], second[32], only[1025];

	memset(first, 'a', sizeof(first) - 1);
	first[sizeof(first) - 1] = '\0';
	memset(second, 'b', sizeof(second));
	second[22] = '\0';
	assert_int_equal(PARSE("trace", "-f", first, "-f", second), 0);
	assert_int_equal(strlen(opts.func), 1023);
	assert_string_equal(strchr(opts.func, ','), ",bbbbbbbbbbbbbbbbbbbbbb");
	memset(second, 'b', sizeof(second));
	second[23] = '\0';
	assert_int_equal(PARSE("trace", "-f", first, "-f", second), -EINVAL);
	assert_has(why, "--func bbbbbbbbbbbbbbbbbbbbbbb: needs 1023 bytes of globs or fewer");
	memset(only, 'a', sizeof(only) - 1);
	only[1023] = '\0';
	assert_int_equal(PARSE("trace", "-f", only), 0);
	assert_int_equal(strlen(opts.func), 1023);
	only[1023] = 'a';
	only[1024] = '\0';
	assert_int_equal(PARSE("trace", "-f", only), -EINVAL);
}

/* Each of these is wrong for its option, and the line says what is right. */
TEST(refusals_of_values)
{
	static const struct {
		char *command, *option, *value, *why;
	} bad[] = {
		{ "summary", "--cpus", "4096", "needs CPUs from 0 to 4095, such as 0,2-5" },
		{ "summary", "--cpus", "a", "needs a list of CPUs, such as 0,2-5" },
		{ "trace", "--func", "", "needs a glob, such as flush_tlb*" },
		{ "trace", "--func", "a,,b",
		  "needs globs with a comma in between, such as flush_tlb*,ipi_mb" },
		{ "storm", "--storm-rate", "0", "needs a number above 0, up to 1e12, such as 5" },
		{ "storm", "--storm-rate", "1e13",
		  "needs a number above 0, up to 1e12, such as 5" },
		{ "record", "--max-size", "8589934592g", "needs less than 8589934592g" },
		{ "record", "--max-size", "4095k", "needs 4m or more" },
		{ "record", "--max-size", "5", NO_SIZE },
		{ "record", "--on", "stall:",
		  "needs stall, stall:TIME, storm or delay:TIME, such "
		  "as stall:500us" },
		{ "isolated", "--allow", "=5", "needs a number, or GLOB=NUMBER, such as tlb_*=10" },
		{ "summary", "--interval", "0.0009",
		  "needs a time from 1ms to 1e9 seconds, such as 2, 2s, 500ms, 10min" },
	};
	char want[256];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(PARSE(bad[i].command, bad[i].option, bad[i].value), -EINVAL);
		snprintf(want, sizeof(want), "%s %s: %s", bad[i].option,
			 *bad[i].value ? bad[i].value : "''", bad[i].why);
		assert_has(why, want);
	}
}

TEST_MAIN(NULL, NULL)
