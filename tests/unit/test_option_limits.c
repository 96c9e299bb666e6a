// SPDX-License-Identifier: GPL-2.0
/* cli/option_value: times of a report, the first and the last value of each type, lists that are refused. */
#include <time.h>
#include "options_parse.h"

#define DATE 1795230605 /* 2026-11-21T03:10:05Z */

static int local_time(void **state)
{
	/* Three hours east. */
	setenv("TZ", "EAST-3", 1);
	tzset();
	return 0;
}

/* A time that is given again replaces one of any other kind. */
TEST(a_report_has_times_of_four_kinds, local_time)
{
	static const struct {
		char *text;
		int kind;
		double seconds;
	} times[] = {
		{ "5", REPORT_TIME_AFTER, 5 },
		{ "0", REPORT_TIME_AFTER, 0 },
		{ "10min", REPORT_TIME_AFTER, 600 },
		{ "-10min", REPORT_TIME_BEFORE_END, 600 },
		{ "-2", REPORT_TIME_BEFORE_END, 2 },
		{ "00:00", REPORT_TIME_OF_DAY, 0 },
		{ "03:10", REPORT_TIME_OF_DAY, 11400 },
		{ "23:59:59", REPORT_TIME_OF_DAY, 86399 },
		{ "03:10:05.25", REPORT_TIME_OF_DAY, 11405.25 },
		{ "2026-11-21T03:10:05Z", REPORT_TIME_DATE, DATE },
		{ "2026-11-21T03:10:05.5Z", REPORT_TIME_DATE, DATE + 0.5 },
		{ "2026-11-21T03:10:05+02:00", REPORT_TIME_DATE, DATE - 7200 },
		{ "2026-11-21T03:10:05-0130", REPORT_TIME_DATE, DATE + 5400 },
		{ "2026-11-21T03:10:05", REPORT_TIME_DATE, DATE - 10800 },
		{ "2026-11-21T03:10:05.75", REPORT_TIME_DATE, DATE - 10800 + 0.75 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(times); j++) {
			assert_int_equal(PARSE("report", "x", "--since", times[j].text, "--since",
					       times[i].text, "--until", times[j].text),
					 0);
			assert_int_equal(opts.since.kind, times[i].kind);
			assert_true(opts.since.seconds == times[i].seconds);
			assert_ptr_equal(opts.since.text, times[i].text);
			assert_int_equal(opts.until.kind, times[j].kind);
			assert_true(opts.until.seconds == times[j].seconds);
		}
	}
}

TEST(a_report_has_no_other_times, local_time)
{
	static char *const bad[] = {
		"",
		"x",
		"-0",
		"-03:10",
		"--5",
		"24:00",
		"03:60",
		"03:10x",
		"03:10:",
		"03:10:05x",
		"2026-11-21",
		"2026-11-21T03:10",
		"2026-11-21T03:10:05x",
		"2026-11-21T03:10:05Zx",
		"2026-11-21T03:10:05.Z",
	};
	char want[256];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(PARSE("report", "x", "--until", bad[i]), -EINVAL);
		snprintf(want, sizeof(want),
			 "--until %s: needs a time, such as 60, 10min (after the beginning), "
			 "-10min (before the end), 03:10, 03:10:05, 2026-11-21T03:10:05Z (see "
			 "ipitrace report --help)",
			 *bad[i] ? bad[i] : "''");
		assert_text(why, want);
	}
}

/* The least and the largest value, whatever an earlier call left in errno. */
TEST(the_first_and_the_last_value_are_taken)
{
	errno = ERANGE;
	assert_int_equal(PARSE("-d", "1ms", "-i", "1000000000"), 0);
	assert_true(opts.duration == 0.001 && opts.interval == 1e9);
	errno = ERANGE;
	assert_int_equal(PARSE("stalls", "--threshold", "1ns"), 0);
	assert_int_equal(opts.threshold, 1);
	assert_int_equal(PARSE("stalls", "--threshold", "1000000000s"), 0);
	assert_int_equal(opts.threshold, 1000000000000000000);
	errno = ERANGE;
	assert_int_equal(PARSE("storm", "--storm-rate", "1e12"), 0);
	assert_true(opts.storm_rate == 1e12);
	errno = ERANGE;
	assert_int_equal(PARSE("record", "-o", "x", "--max-size", "4m"), 0);
	assert_int_equal(opts.max_size, 4 << 20);
	errno = ERANGE;
	assert_int_equal(PARSE("record", "-o", "x", "--flight", "3600s,8m"), 0);
	assert_members(opts.flight, span, 3600000000000, size, 8 << 20);
	errno = ERANGE;
	assert_int_equal(PARSE("record", "-o", "x", "--flight", "1ns,8192k"), 0);
	assert_members(opts.flight, span, 1, size, 8 << 20);
	errno = ERANGE;
	assert_int_equal(PARSE("-p", "2147483647"), 0);
	assert_int_equal(opts.pid, INT32_MAX);
	errno = ERANGE;
	assert_int_equal(PARSE("isolated", "--allow", "18446744073709551615"), 0);
	assert_int_equal(opts.gate.total, UINT64_MAX);
	assert_int_equal(PARSE("1", "1000000000"), 0);
	assert_true(opts.interval == 1 && opts.duration == 1e9);
	assert_int_equal(PARSE("0.5", "2000000000"), 0);
	assert_true(opts.interval == 0.5 && opts.duration == 1e9);
	assert_int_equal(PARSE("1", "1"), 0);
	assert_true(opts.duration == 1);
}

TEST(values_beyond_the_last_are_refused)
{
	static const struct {
		char *command, *option, *value;
	} bad[] = {
		{ "summary", "-d", "1000000001" },
		{ "summary", "-d", "999us" },
		{ "stalls", "--threshold", "1000000001s" },
		{ "stalls", "--threshold", "0.9ns" },
		{ "storm", "--storm-rate", "1000000000001" },
		{ "storm", "--storm-rate", "0x5" },
		{ "storm", "--storm-rate", "1e999" },
		{ "record", "--flight", "3600001ms" },
		{ "record", "--flight", "10s,8191k" },
		{ "record", "--max-size", "4095k" },
		{ "isolated", "--allow", "18446744073709551616" },
		{ "summary", "0.5", "2000000001" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (PARSE(bad[i].command, bad[i].option, bad[i].value) != -EINVAL)
			fail_msg("taken: %s %s", bad[i].option, bad[i].value);
}

/* One of two conditions does not put the other one out, and a preset replaces an earlier value. */
TEST(what_is_given_again_is_added_or_replaced)
{
	assert_int_equal(PARSE("record", "--flight", "10s", "-o", "x", "--on", "stall", "--on",
			       "delay:2ms"),
			 0);
	assert_members(opts.flight.on, stall, true, threshold, 0, delay, 2000000, storm, false);
	assert_int_equal(PARSE("record", "--flight", "10s", "-o", "x", "--on", "stall:3ms", "--on",
			       "storm", "--on", "stall:4ms"),
			 0);
	assert_members(opts.flight.on, stall, true, threshold, 4000000, delay, 0, storm, true);
	assert_int_equal(PARSE("stalls", "--backtrace=3ms"), 0);
	assert_int_equal(opts.backtrace, 3000000);
	assert_int_equal(PARSE("stalls", "--backtrace=3ms", "--backtrace"), 0);
	assert_int_equal(opts.backtrace, row_of("--backtrace")->preset);
}

/* "total" is a word, and only the whole word: other names are globs, up to 63 bytes and 16 of them. */
TEST(a_total_is_no_glob)
{
	char list[256] = "", glob[80];

	assert_int_equal(PARSE("isolated", "--allow", "tota=1,total=2,totals=3,Total=4"), 0);
	assert_members(opts.gate, total_given, true, total, 2, nr_allowances, 3, allowances[0].glob,
		       "tota", allowances[0].count, 1, allowances[1].glob, "totals",
		       allowances[1].count, 3, allowances[2].glob, "Total");
	for (int i = 0; i < 16; i++)
		text_append(list, sizeof(list), "%sg%d=%d", i ? "," : "", i, i);
	assert_int_equal(PARSE("isolated", "--allow", list), 0);
	assert_members(opts.gate, total_given, false, nr_allowances, 16, allowances[15].glob, "g15",
		       allowances[15].count, 15);
	memset(glob, 'x', sizeof(glob));
	strcpy(glob + 63, "=7");
	assert_int_equal(PARSE("isolated", "--allow", glob), 0);
	glob[63] = '\0';
	assert_members(opts.gate.allowances[0], glob, glob, count, 7);
}

/* The refusal of a word has all words that there are. */
TEST(a_refusal_lists_the_words)
{
	static const struct {
		char *command, *option, *why;
	} rows[] = {
		{ "summary", "--by", "needs one of function, sender, victim, cgroup, cpu" },
		{ "summary", "--color", "needs one of auto, always, never" },
		{ "stalls", "--phase", "needs a list of delivery, handler, wait, interrupt" },
		{ "isolated", "--only", "needs a list of ipis, interrupts, tasks" },
		{ "trace", "--kind", "needs a list of call_function, reschedule, irq_work" },
	};
	char want[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(PARSE(rows[i].command, rows[i].option, "x"), -EINVAL);
		snprintf(want, sizeof(want), "%s x: %s (see ipitrace %s --help)", rows[i].option,
			 rows[i].why, rows[i].command);
		assert_text(why, want);
	}
}

TEST_MAIN(NULL, NULL)
