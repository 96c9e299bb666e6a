// SPDX-License-Identifier: GPL-2.0
/* command/report: which lines each VIEW shows, what it says where it shows none, and the edges of times. */
#include "made_captures.h"

/* A line of a stall of @phase, valid until the eighth call after. */
static const char *stall(int id, const char *phase, const char *more)
{
	static char lines[8][512];
	static int turn;
	char *line = lines[turn++ % ARRAY_SIZE(lines)];

	snprintf(line, sizeof(lines[0]),
		 LINE "stall\",\"id\":%d,\"ongoing\":false,\"phase\":\"%s\",\"src\":0,\"dst\":1,"
		      "\"func\":\"flush\",\"time\":2500000000,\"start\":2000000000,"
		      "\"duration\":500000000%s}\n",
		 id, phase, more);
	return line;
}

#define COVERED ",\"folded\":true"

/* The ids of the stalls that are shown, in their order. */
static const char *stalls_shown(void)
{
	static char ids[64];

	ids[0] = '\0';
	for (const char *at = out; (at = strstr(at, "\nstall ")); at++)
		text_append(ids, sizeof(ids), "%ld ", strtol(at + strlen("\nstall "), NULL, 10));
	return ids;
}

TEST_F(stalls_of_each_phase)
{
	CAPTURE(0, stall(1, "delivery", ""), stall(2, "wait", ""), stall(3, "handler", COVERED),
		stall(4, "wait", COVERED),
		LINE "stalls_end\",\"threshold\":10000000,\"csds\":70}\n");
	assert_string_equal(REPORT(paths[0], "stalls"), "");
	assert_string_equal(stalls_shown(), "1 2 ");
	assert_has(out, "no stall over 10 ms in 70 csds: ");
	assert_memory_equal(out, "ipitrace report stalls", strlen("ipitrace report stalls"));
	REPORT("-q", paths[0], "stalls");
	assert_int_equal(*out, '\n');
	/* Every wait is shown, also one that another stall's report names. */
	assert_string_equal(REPORT(paths[0], "waits"), "");
	assert_string_equal(stalls_shown(), "2 4 ");
	assert_lacks(out, "no wait", "over 10 ms");
}

TEST_F(a_capture_without_waits)
{
	CAPTURE(0, stall(1, "delivery", ""), stall(2, "handler", ""), stall(3, "handler", COVERED));
	assert_string_equal(REPORT(paths[0], "waits"), "");
	assert_has(out, "\nno wait; other stalls: 3\n");
	assert_string_equal(stalls_shown(), "");
	REPORT("-q", paths[0], "waits");
	assert_string_equal(out, "\n");
	CAPTURE(0, stall(1, "delivery", ""),
		LINE "stalls_end\",\"threshold\":10000000,\"csds\":70}\n");
	REPORT(paths[0], "waits");
	assert_has(out, "stalls over 10 ms in the whole capture: ");
	assert_lacks(out, "other stalls");
}

/* A line of a storm or of a note, valid until the eighth call after. */
static const char *storm(int id, bool ongoing, const char *more)
{
	static char lines[8][512];
	static int turn;
	char *line = lines[turn++ % ARRAY_SIZE(lines)];

	snprintf(line, sizeof(lines[0]),
		 LINE "storm\",\"id\":%d,\"ongoing\":%s,\"name\":\"membarrier\","
		      "\"func\":\"ipi_%d\",\"rate_per_s\":9000%s}\n",
		 id, ongoing ? "true" : "false", id, more);
	return line;
}

#define NOTE	",\"note\":true"
#define CSDS(n) WINDOW(n, n + 1, .queued = 9, .function = 9, FLUSHES)

TEST_F(storms_begin_and_end)
{
	CAPTURE(0, CSDS(1), storm(1, true, ""), storm(2, true, NOTE), storm(1, false, ""),
		storm(2, true, NOTE));
	assert_string_equal(REPORT(paths[0], "storm"), "");
	assert_int_equal(count_words(out, " a second of ipi_1"), 1);
	assert_int_equal(count_words(out, " a second of ipi_2"), 1);
	assert_int_equal(count_words(out, "\nended: membarrier: last seen at "), 1);
	/* Its second line is that of the run's end. */
	assert_int_equal(count_words(out, "\nmembarrier went on to the end: "), 1);
	assert_lacks(out, "no storm");
}

/* Notes are no storms. */
TEST_F(a_capture_without_storms)
{
	CAPTURE(0, CSDS(1), CSDS(2), storm(2, true, NOTE), CSDS(3));
	assert_string_equal(REPORT(paths[0], "storm"), "");
	assert_has(out, " a second of ipi_2", "\nno storm in 3.00 s\n");
	REPORT("-q", paths[0], "storm");
	assert_lacks(out, "no storm", "ipitrace report");
	/* A part of the capture has no sums of the whole. */
	CAPTURE(0, CSDS(1), CSDS(2), LINE "no_storm\",\"duration_s\":7}\n");
	REPORT(paths[0], "storm");
	assert_has(out, "\nno storm in 7.00 s\n");
	REPORT("--since", "1s", paths[0], "storm");
	assert_has(out, "\nno storm in 1.00 s\n");
	REPORT("--until", "1s", paths[0], "storm");
	assert_has(out, "\nno storm in 1.00 s\n");
}

/* A line of a csd of @comm that ran at @time, valid until the fourth call after. */
static const char *csd_of(uint64_t time, int src, const char *comm)
{
	static char lines[4][512];
	static int turn;
	char *line = lines[turn++ % ARRAY_SIZE(lines)];

	snprintf(line, sizeof(lines[0]),
		 LINE "ipi\",\"time\":%llu,\"kind\":\"call_function\",\"src\":%d,\"dst\":1,"
		      "\"func\":\"flush\",\"module\":null,\"callsite\":null,\"pid\":7,\"tgid\":7,"
		      "\"tid\":7,\"comm\":\"%s\",\"interrupt\":false,\"delay\":1,\"handler\":1}\n",
		 (unsigned long long)time, src, comm);
	return line;
}

static const char *csd(uint64_t time, int src)
{
	return csd_of(time, src, "sender");
}

#define TRACED LINE "trace_end\",\"records\":2,\"orphans\":0}\n"

TEST_F(records_that_filters_let_through_are_counted)
{
	CAPTURE(0, csd(1500000000, 0), csd(1600000000, 2), TRACED);
	assert_string_equal(REPORT(paths[0], "trace"), "ipitrace: 2 records, 0 lost\n");
	assert_int_equal(count_words(out, "flush"), 2);
	assert_string_equal(REPORT(paths[0], "trace", "--src", "2"),
			    "ipitrace: 1 record shown, by the filters; in the whole capture:\n"
			    "ipitrace: 2 records, 0 lost\n");
	assert_int_equal(count_words(out, "flush"), 1);
	assert_memory_equal(out, "ipitrace trace: ", strlen("ipitrace trace: "));
	REPORT("-q", paths[0], "trace");
	assert_lacks(out, "ipitrace trace: ");
}

/* Of a record these, in this order; other lines are whole. */
TEST_F(keys_of_records)
{
	CAPTURE(0, csd(1500000000, 0), csd_of(1600000000, 2, "s\xc3\xbcnder"), TRACED);
	assert_string_equal(REPORT("-j", "--keys", "src,comm", paths[0], "trace"), "");
	assert_string_equal(out, "{\"src\":0,\"comm\":\"sender\"}\n"
				 "{\"src\":2,\"comm\":\"s\\u00FCnder\"}\n" TRACED);
	assert_string_equal(REPORT("-j", paths[0], "trace", "--src", "2"), "");
	assert_has(out, "\"src\":2,\"dst\":1,", "\"comm\":\"s\\u00FCnder\",", "\n" TRACED);
	assert_int_equal(lines_in(out), 2);
}

static size_t records(const char *option, const char *time)
{
	REPORT("-j", option, time, paths[0], "trace");
	assert_int_equal(status, EXIT_DONE);
	return lines_in(out) - 1;
}

/* The capture begins at 1 s of the clock. */
TEST_F(records_at_the_edges_of_times)
{
	CAPTURE(0, csd(1500000000, 0), csd(2500000000, 0), TRACED);
	assert_int_equal(records("--since", "0.5s"), 2);
	assert_int_equal(records("--since", "0.500000001s"), 1);
	assert_int_equal(records("--until", "1.5s"), 1);
	assert_int_equal(records("--until", "1.500000001s"), 2);
	assert_int_equal(records("--since", "-1s"), 2);
	assert_int_equal(records("--since", "-0.999999s"), 1);
}

/* Each message has the time that the file covers. */
TEST_F(times_outside_are_refused_with_those_inside)
{
	char want[256];

	setenv("TZ", "UTC", true);
	tzset();
	CAPTURE(0, CSDS(4), CSDS(5));
	snprintf(want, sizeof(want),
		 "ipitrace: report --since 5s: after the end of %s, which has 2.00 s from "
		 "2026-11-28T02:00:03Z\n",
		 paths[0]);
	assert_string_equal(REPORT("--since", "5s", paths[0]), want);
	assert_int_equal(status, EXIT_USAGE);
	snprintf(want, sizeof(want),
		 "ipitrace: report --until 3s: before the beginning of %s, which has 2.00 s from "
		 "2026-11-28T02:00:03Z\n",
		 paths[0]);
	assert_string_equal(REPORT("--until", "3s", paths[0]), want);
	assert_string_equal(REPORT("--since", "4s", "--until", "4s", paths[0]),
			    "ipitrace: report --until 4s: not after --since 4s\n");
	assert_int_equal(status, EXIT_USAGE);
	/* A billionth of a second is a part of them. */
	assert_string_equal(REPORT("-j", "--since", "4.999999999s", paths[0]), "");
	assert_int_equal(lines_in(out), 1);
	assert_string_equal(REPORT("-j", "--until", "3.000000001s", paths[0]), "");
	assert_int_equal(lines_in(out), 1);
	unsetenv("TZ");
	tzset();
}

TEST_MAIN(NULL, NULL)
