// SPDX-License-Identifier: GPL-2.0
/* The first keys of JSON's lines, the date without gmtime_r(), and what each command sets first. */
#include <sys/utsname.h>
#include <time.h>
#include "base/clock.h"
#include "command/parts.h"
#include "printed.h"
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

/* What command_begin() finds. */
static const char *small; /* the advice about a small stack; NULL: the stack is not small */
static int coloured = -1; /* whether colours were asked for; -1: nobody said */

bool __wrap_stack__is_small(char *advice, size_t size)
{
	snprintf(advice, size, "%s", small ?: "");
	return small;
}

void __wrap_style__set(bool on)
{
	coloured = on;
}

/* Begin a command with @opts. Returns whether its lines name this machine, and not another host as before. */
static bool names_this_machine(const struct options *opts)
{
	const struct utsname recorder = { .nodename = "the recorder's", .release = "6.18" };
	struct utsname own;
	char text[STAMP_BYTES], want[128];

	assert_int_equal(stamp__set(&recorder), 0);
	assert_int_equal(command_begin(opts), EXIT_DONE);
	*stamp__text(text, 7) = '\0';
	uname(&own);
	snprintf(want, sizeof(want), "\"nodename\":\"%s\"", own.nodename);
	assert_int_equal(!strstr(text, want), !!strstr(text, recorder.nodename));
	return strstr(text, want);
}

/* The lines of a capture, or of a dump, name the host that recorded it. */
TEST(the_lines_of_a_live_command_name_this_machine)
{
	struct options opts = { .colour = COLOUR_AUTO };

	for (int command = 0; command < NR_COMMANDS; command++) {
		opts.command = command;
		opts.vmcore = NULL;
		assert_int_equal(names_this_machine(&opts),
				 command != COMMAND_REPORT && command != COMMAND_IMPORT);
		opts.vmcore = "vmcore";
		assert_false(names_this_machine(&opts));
	}
	assert_int_equal(coloured, -1);
}

static struct options begun;
static int status;

static void print_begin(const void *of)
{
	status = command_begin(&begun);
}

TEST(colours_are_those_that_were_asked_for)
{
	static const enum colour_when asked[] = { COLOUR_NEVER, COLOUR_ALWAYS };

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		begun.colour = asked[i];
		assert_int_equal(command_begin(&begun), EXIT_DONE);
		assert_int_equal(coloured, i);
	}
}

/* Otherwise a function may write below the stack, and end with a signal. */
TEST(a_command_needs_a_stack)
{
	small = "a limit of 8 kB for the stack is too low";
	assert_string_equal(printed_to(stderr, print_begin, NULL),
			    "ipitrace: a limit of 8 kB for the stack is too low\n");
	assert_int_equal(status, EXIT_CANNOT);
	small = NULL;
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
