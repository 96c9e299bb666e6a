// SPDX-License-Identifier: GPL-2.0
/* The first keys of JSON's lines, and the date without gmtime_r(). */
#include <time.h>
#include "base/clock.h"
#include "unit.h"
#include "view/json/json.h"

#define DAY 86400UL

static void assert_date(uint64_t seconds)
{
	char date[WALL_CLOCK_DATE], want[32];
	time_t at = seconds;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", &tm);
	wall_clock__date(date, seconds);
	assert_string_equal(date, want);
}

TEST(each_day_until_2500_has_libc_s_date)
{
	for (uint64_t day = 0; day < 530 * 366; day++)
		assert_date(day * DAY + day * 7919 % DAY);
	assert_date(253402300799);
}

/* Before the first stamp__set(): lines that are no host's, such as those of report --diff. */
TEST(without_a_host_there_is_the_time_alone)
{
	char *line = json__text(stamp__line("check", 7, json_pack("{s:i}", "a", 1)), JSON_COMPACT);
	char text[STAMP_BYTES];

	assert_string_equal(line,
			    "{\"schema\":\"ipitrace/1\",\"type\":\"check\",\"time\":7,\"a\":1}");
	free(line);
	*stamp__text(text, 7) = '\0';
	assert_string_equal(text, "\"time\":7");
}

/* A name has 64 bytes at most, each of which JSON may write as six. */
TEST(a_line_names_its_host)
{
	struct utsname name = { .release = "6.18\xff" };
	char text[STAMP_BYTES + 1], *line, *want;

	memset(name.nodename, 1, 64);
	assert_int_equal(stamp__set(&name), 0);
	line = json__text(stamp__line("check", 7, json_object()), JSON_COMPACT);
	memset(text, '#', sizeof(text));
	*stamp__text(text, 7) = '\0';
	assert_int_equal(text[STAMP_BYTES], '#');
	/* The two ways to write them are the same. */
	want = strstr(line, "\"time\"");
	want[strlen(want) - 1] = '\0';
	assert_string_equal(text, want);
	assert_has(text, "\"kernel\":\"6.18?\"", "\"nodename\":\"\\u0001\\u0001");
	free(line);
}

static json_t *utc_of(uint64_t time)
{
	return stamp__line("check", time, json_object());
}

TEST(utc_is_the_same_moment_as_time)
{
	struct timespec wall;
	json_t *line;
	char want[32], date[WALL_CLOCK_DATE];
	const char *utc;
	uint64_t now;

	wall_clock__sync();
	now = mono_ns();
	clock_gettime(CLOCK_REALTIME, &wall);
	line = utc_of(now);
	utc = json_string_value(json_object_get(line, "utc"));
	assert_int_equal(strlen(utc), strlen("2026-11-21T06:40:22.123Z"));
	/* The two reads of clocks may lie on both sides of a second's end. */
	wall_clock__date(date, wall.tv_sec);
	wall_clock__date(want, wall.tv_sec - 1);
	assert_true(!strncmp(utc, date, WALL_CLOCK_DATE - 1) ||
		    !strncmp(utc, want, WALL_CLOCK_DATE - 1));
	assert_int_equal(utc[strlen(utc) - 1], 'Z');
	json_decref(line);
}

TEST(an_unknown_time_is_null)
{
	json_t *line = utc_of(0);

	assert_true(json_is_null(json_object_get(line, "time")));
	assert_true(json_is_null(json_object_get(line, "utc")));
	json_decref(line);
	assert_null(stamp__line("check", 1, NULL));
}

TEST_MAIN(NULL, NULL)
