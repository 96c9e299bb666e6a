// SPDX-License-Identifier: GPL-2.0
/* command/report without a VIEW: the storms, stalls and triggers that the page shows. */
#include "made_captures.h"

/* A line of a storm, valid until the eighth call after. */
static const char *storm(int id, bool ongoing, double cost, bool note)
{
	static char lines[8][512];
	static int turn;
	char *line = lines[turn++ % ARRAY_SIZE(lines)];

	snprintf(line, sizeof(lines[0]),
		 LINE
		 "storm\",\"id\":%d,\"ongoing\":%s,\"name\":\"membarrier\",\"func\":\"ipi_%d\","
		 "\"rate_per_s\":9000,\"cost_share\":%g%s}\n",
		 id, ongoing ? "true" : "false", id, cost, note ? ",\"note\":true" : "");
	return line;
}
#define STORM(id, cost) storm(id, true, cost, false)
#define NOTE(id, cost)	storm(id, true, cost, true)
#define CSDS		WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES)

/* A line of a stall that lasted @ms, valid until the eighth call after. */
static const char *stall(int id, bool ongoing, unsigned int ms, const char *more)
{
	static char lines[8][512];
	static int turn;
	char *line = lines[turn++ % ARRAY_SIZE(lines)];

	snprintf(
		line, sizeof(lines[0]),
		LINE
		"stall\",\"id\":%d,\"ongoing\":%s,\"phase\":\"delivery\",\"src\":%d,\"dst\":1,"
		"\"func\":\"flush\",\"time\":%u000000,\"start\":1000000000,\"duration\":%u000000%s}\n",
		id, ongoing ? "true" : "false", id + 10, 2000 + ms, ms, more);
	return line;
}

/* The ids, in the page's order, after each @words; valid until the next call. */
static const char *order(const char *words)
{
	static char ids[64];

	ids[0] = '\0';
	for (const char *at = out; (at = strstr(at, words)); at++)
		text_append(ids, sizeof(ids), "%ld ", strtol(at + strlen(words), NULL, 10));
	return ids;
}

TEST_F(storms_and_notes_are_counted_apart)
{
	CAPTURE(0, CSDS, STORM(1, 0.3), NOTE(2, 0.9), STORM(3, 0.4));
	assert_string_equal(REPORT(paths[0]), "");
	assert_has(out, "\nSTORM membarrier (2): see below\n", "\nSTORMS 2, and 1 note:\n");
	/* A note comes last, whatever the note cost. */
	assert_string_equal(order(" a second of ipi_"), "3 1 2 ");
	assert_int_equal(count_words(out, "\nNOTE membarrier\n"), 1);
	CAPTURE(0, CSDS, STORM(1, 0.3));
	REPORT(paths[0]);
	assert_has(out, "\nSTORM membarrier: see below\n", "\nSTORMS 1:\n");
	CAPTURE(0, CSDS, NOTE(1, 0.3), NOTE(2, 0.3));
	REPORT(paths[0]);
	assert_has(out, "\nSTORMS 0, and 2 notes:\n");
	assert_lacks(out, "see below");
	CAPTURE(0, CSDS);
	REPORT(paths[0]);
	assert_has(out, "\nSTORMS 0\n", "\nSTALLS 0\n");
}

/* Of equal storms the first one is shown. */
TEST_F(five_storms_are_shown)
{
	CAPTURE(0, CSDS, STORM(1, 0.1), STORM(2, 0.2), STORM(3, 0.4), NOTE(4, 0.5), STORM(5, 0.2));
	REPORT(paths[0]);
	assert_has(out, "\nSTORM membarrier (4): see below\n", "\nSTORMS 4, and 1 note:\n");
	assert_string_equal(order(" a second of ipi_"), "3 2 5 1 4 ");
	CAPTURE(0, CSDS, STORM(1, 0.6), STORM(2, 0.5), STORM(3, 0.4), STORM(4, 0.3), STORM(5, 0.2));
	REPORT(paths[0]);
	assert_string_equal(order(" a second of ipi_"), "1 2 3 4 5 ");
	CAPTURE(0, CSDS, STORM(1, 0.1), STORM(2, 0.2), STORM(3, 0.4), NOTE(4, 0.5), STORM(5, 0.2),
		STORM(6, 0.6), STORM(7, 0.1), NOTE(8, 0.9));
	REPORT(paths[0]);
	assert_has(out, "\nSTORM membarrier (5) and 1 more: see below\n",
		   "\nSTORMS 6, and 2 notes; those that cost most:\n");
	assert_string_equal(order(" a second of ipi_"), "6 3 2 5 1 ");
}

/* The second line of a storm is no second storm. */
TEST_F(the_end_of_a_storm_belongs_to_it)
{
	const char *second, *end;

	CAPTURE(0, CSDS, STORM(1, 0.3), STORM(2, 0.4), storm(2, false, 0.4, false));
	REPORT(paths[0]);
	assert_has(out, "\nSTORMS 2:\n");
	assert_string_equal(order(" a second of ipi_"), "2 1 ");
	assert_int_equal(count_words(out, "\nended: membarrier: last seen"), 1);
	end = strstr(out, "\nended: ");
	second = strstr(out, "of ipi_1");
	assert_true(end < second);
}

TEST_F(the_longest_stalls_are_shown_in_their_last_state)
{
	CAPTURE(0, CSDS, stall(1, true, 20, ""), stall(2, false, 70, ""), stall(1, false, 30, ""),
		stall(3, false, 30, ""), LINE "stalls_end\",\"threshold\":10000000}\n");
	assert_string_equal(REPORT(paths[0]), "");
	assert_has(out, "\nSTALLS 3 over 10 ms:\n", "delay    30.0ms until the function");
	assert_lacks(out, "20.0ms");
	assert_string_equal(order("\nstall "), "2 1 3 ");
	CAPTURE(0, CSDS, stall(1, false, 20, ""), stall(2, false, 70, ""), stall(3, false, 40, ""),
		stall(4, false, 50, ""), stall(5, false, 60, ""));
	REPORT(paths[0]);
	assert_has(out, "\nSTALLS 5:\n");
	assert_string_equal(order("\nstall "), "2 5 4 3 1 ");
	CAPTURE(0, CSDS, stall(1, false, 20, ""), stall(2, false, 70, ""), stall(3, false, 40, ""),
		stall(4, false, 50, ""), stall(5, false, 60, ""), stall(6, false, 20, ""),
		stall(7, false, 30, ""));
	REPORT(paths[0]);
	assert_has(out, "\nSTALLS 7; the longest:\n");
	assert_string_equal(order("\nstall "), "2 5 4 3 7 ");
}

/* The result of another stall is counted, and none of its reports is shown. */
TEST_F(a_result_of_another_stall_is_not_shown)
{
	CAPTURE(0, CSDS, stall(1, false, 70, ""), stall(2, true, 20, ""), stall(3, false, 30, ""),
		stall(2, false, 60, ",\"folded\":true"));
	REPORT(paths[0]);
	assert_string_equal(order("\nstall "), "1 3 ");
	assert_has(out, "\nSTALLS 3, 1 of them the result of another stall:\n");
}

TEST_F(reports_that_found_no_room_are_counted)
{
	capture_make(0,
		     (const char *const[]){ BEGIN, CSDS, stall(1, false, 20, ""),
					    LINE "capture_end\",\"stalls_dropped\":3}\n", NULL });
	REPORT(paths[0]);
	assert_has(out, "\nSTALLS 1:\n", "lost 3 more reports of stalls, which found no room");
}

#define TRIGGER(time, from)                                                             \
	LINE "trigger\",\"time\":" time ",\"from\":" from                               \
	     ",\"kind\":\"stall\",\"id\":1,\"phase\":\"delivery\",\"src\":0,\"dst\":1," \
	     "\"duration\":30000000}\n"

/* The capture began at 02:00 UTC, when the clock of the trigger was at 1 s. */
TEST_F(a_trigger_has_its_time_and_what_came_before)
{
	setenv("TZ", "UTC", true);
	tzset();
	CAPTURE(0, CSDS, TRIGGER("2500000000", "2000000000"));
	REPORT(paths[0]);
	assert_has(out, "\nTRIGGER a stall: delivery, CPU 0 to 1, after 30.0ms; 02:00:01.500000, "
			"500ms\n        after the beginning\n");
	/* A trigger that is older than the file. */
	CAPTURE(0, CSDS, TRIGGER("2500000000", "2500000001"));
	REPORT(paths[0]);
	assert_has(out, "02:00:01.500000, 0ns after\n        the beginning\n");
	unsetenv("TZ");
	tzset();
	CAPTURE(0, CSDS);
	REPORT(paths[0]);
	assert_lacks(out, "TRIGGER");
}

/* Without a window the host and the time are those of the file's first line. */
TEST_F(a_page_without_windows_has_its_head)
{
	CAPTURE(0, STORM(1, 0.3));
	REPORT(paths[0]);
	assert_has(out, "\nSTORMS 1:\n");
	assert_lacks(out, "csds queued", "COST", "see below");
	assert_memory_equal(out, "ipitrace report: ", strlen("ipitrace report: "));
	assert_has(out, "2026-11-2", "\nno window to sum up\n");
	REPORT("-q", paths[0]);
	assert_lacks(out, "ipitrace report: ");
	assert_has(out, "STORMS 1:\n");
}

TEST_MAIN(NULL, NULL)
