// SPDX-License-Identifier: GPL-2.0
/* command/report: which files and times it refuses, and what --diff cannot be certain of. */
#include "made_captures.h"

/* The gate is not certain, and says these words. */
#define assert_uncertain(words)                        \
	do {                                           \
		assert_has(GATE(), words);             \
		assert_int_equal(status, EXIT_FAILED); \
	} while (0)

TEST_F(a_directory_is_no_capture)
{
	assert_has(REPORT(directory, "stalls"), "Is a directory");
	assert_int_equal(status, EXIT_FAILED);
}

/* The message has the option that was given, and its value. */
TEST_F(a_filter_of_csds_needs_a_view_of_csds)
{
	assert_has(REPORT("t.zst", "summary", "--func", "flush*"),
		   "report: --func flush*: needs the VIEW trace, stalls or waits: ");
	assert_int_equal(status, EXIT_USAGE);
	assert_has(REPORT("t.zst", "-p", "12"), "report: --pid 12: needs the VIEW ");
	assert_has(REPORT("t.zst", "--dst", "1", "--src", "0,2-3"), "report: --src 0,2-3: needs ");
}

TEST_F(the_file_comes_before_its_view)
{
	assert_has(REPORT("trace", "t.zst"), "FILE comes first: ipitrace report t.zst trace (see ");
	assert_int_equal(status, EXIT_USAGE);
	assert_has(REPORT("t.zst", "top"), "report t.zst top: needs a VIEW: summary, hist, ");
	assert_int_equal(status, EXIT_USAGE);
}

/* A whole ledger has no loss, with csds in flight and csds that were carried in. */
TEST_F(csds_in_flight_are_not_lost)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 900, .in_flight = 100, FLUSHES),
		WINDOW(2, 3, .queued = 1000, .carried_in = 100, .function = 1100, FLUSHES));
	assert_string_equal(GATE(), "");
	assert_int_equal(status, EXIT_DONE);
}

TEST_F(losses_of_two_windows_are_summed)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 990, .lost = 10, FLUSHES),
		WINDOW(2, 3, .queued = 1000, .function = 970, .lost = 30, FLUSHES));
	assert_uncertain("of 2000 csds in the second file 40 could not be followed");
}

/* A figure is missing from the ledger: nobody knows what became of the csds. */
TEST_F(what_a_ledger_does_not_explain_is_lost)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 900, .carried_in = 100, .function = 900, .in_flight = 70,
			  .lost = 10, FLUSHES));
	assert_uncertain("of 900 csds in the second file 30 could not be followed");
}

/* A function whose end was not seen ran for an unknown time; of a file without these times nothing lacks. */
TEST_F(an_end_that_was_not_seen_counts_where_functions_are_timed)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, .ran = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, .exit_unseen = 50, .ran = 950,
			  FLUSHES));
	assert_uncertain("of 1000 csds in the second file 50 could not be followed");
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, .exit_unseen = 50, FLUSHES));
	GATE();
	assert_int_equal(status, EXIT_DONE);
}

/* Another tracer did not trace the queueing of csds: their rate is not known, and not 0. */
TEST_F(csds_that_were_not_seen_queued_are_doubtful)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, .orphans = 74, FLUSHES));
	GATE();
	assert_int_equal(status, EXIT_DONE);
	CAPTURE(1, WINDOW(1, 2, .queued = 0, .orphans = 3000, FLUSHES));
	assert_uncertain("3000 csds of the second file ran, and had not been seen queued");
}

TEST_F(functions_that_lost_their_names_are_doubtful)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 300, .function = 300),
		WINDOW(2, 3, .queued = 400, .function = 400));
	assert_uncertain("of 700 csds in the second file 700 have a function without a name");
}

/* The table of functions was full. */
TEST_F(functions_without_a_row_are_doubtful)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, .rowless = 10, FLUSHES));
	GATE();
	assert_int_equal(status, EXIT_DONE);
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, .rowless = 11, FLUSHES));
	assert_uncertain("of 1000 csds in the second file 11 have a function without a row");
}

TEST_F(what_no_program_saw_is_doubtful)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, .filter_unseen = 11, FLUSHES));
	assert_uncertain("the kernel hid the queueing of 11 csds in the second file");
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, .sends_unseen = 11, FLUSHES));
	assert_uncertain("the kernel hid the sending of 11 interrupts without a csd in the second");
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, .waits_unseen = 11, FLUSHES));
	assert_uncertain("11 waits of the second file could not be followed to the end");
}

/* Of files without any names totals and CPUs are compared; the gate says so. */
TEST_F(files_without_names_are_not_compared_by_function)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000));
	assert_has(GATE(), "neither file has names of functions, which are not compared");
	assert_int_equal(status, EXIT_DONE);
	assert_has(REPORT("--diff", "--exit-code", "-q", "-f", "flush", paths[0], paths[1]),
		   "no figure passes the filters: a file has no names of functions");
	assert_int_equal(status, EXIT_FAILED);
	/* One of both is enough. */
	for (int named = 0; named < 2; named++) {
		CAPTURE(named, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
		CAPTURE(!named, WINDOW(1, 2, .queued = 1000, .function = 1000));
		assert_has(REPORT("--diff", "--exit-code", "-q", "-f", "none", paths[0], paths[1]),
			   "no figure passes the filters: a file has no names of functions");
		assert_int_equal(status, EXIT_FAILED);
	}
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000));
	assert_has(REPORT("--diff", "--exit-code", "-q", "-f", "flush", "-c", "0", paths[0],
			  paths[1]),
		   "of 1000 csds in the second file 1000 have a function without a name");
	assert_int_equal(status, EXIT_FAILED);
	/* A file has names if one of its windows has. */
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES),
		WINDOW(2, 3, .queued = 1000, .function = 1000));
	assert_uncertain("of 2000 csds in the second file 1000 have a function without a name");
	assert_has(out, "flush");
	/* Names that only one file has are not new. */
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	assert_uncertain("of 1000 csds in the first file 1000 have a function without a name");
	assert_lacks(out, "flush");
	CAPTURE(0, WINDOW(1, 2, .queued = 0));
	GATE();
	assert_int_equal(status, EXIT_FOUND);
}

TEST_F(times_without_a_window_are_summed)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES),
		WINDOW(2.3, 3.3, .queued = 1000, .function = 1000, FLUSHES),
		WINDOW(3.5, 4.5, .queued = 1000, .function = 1000, FLUSHES));
	assert_uncertain("the second file has no window for 500 ms");
	/* The same long after the machine was booted. */
	CAPTURE(1, WINDOW(1001, 1002, .queued = 1000, .function = 1000, FLUSHES),
		WINDOW(1002.1, 1003.1, .queued = 1000, .function = 1000, FLUSHES));
	assert_uncertain("the second file has no window for 100 ms");
	/* The time between the files is no time without a window. */
	CAPTURE(1, WINDOW(1001, 1002, .queued = 1000, .function = 1000, FLUSHES));
	assert_string_equal(GATE(), "");
	assert_int_equal(status, EXIT_DONE);
}

/* The last line says how many lines there should be. */
TEST_F(lines_that_are_missing_are_counted)
{
	const char *const lines[] = { BEGIN, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES),
				      LINE "capture_end\",\"lines\":5,\"lost\":2}\n", NULL };

	CAPTURE(0, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES));
	capture_make(1, lines);
	assert_uncertain("of 7 lines of the second file 4 are missing");
}

/* What a tracer lost and its file could not give; what counts as lost already does not count twice. */
TEST_F(losses_of_a_tracer_are_doubtful)
{
	static const char *const lost[][2] = {
		{ "\"lost\":7,\"gaps\":3", "the tracer of the second file lost 7 events" },
		{ "\"gaps\":3", "the tracer of the second file lost events in 3 places" },
		{ "\"unread\":4", "4 events of the second file could not be read" },
		{ "\"paused\":20000000000", "the second file has no event for 20 s" },
		{ "\"cut\":true", "the second file ends early" },
	};
	char end[128];

	CAPTURE(0, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES));
	for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
		snprintf(end, sizeof(end), LINE "capture_end\",\"import\":{%s}}\n", lost[i][0]);
		capture_make(1, (const char *const[]){
					BEGIN, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES),
					end, NULL });
		assert_uncertain(lost[i][1]);
	}
}

/* A note is of cheap storms, which are no change for the worse; a storm is. */
TEST_F(a_storm_is_a_rise_and_a_note_is_none)
{
	static const char note[] = LINE "storm\",\"id\":1,\"ongoing\":true,\"name\":\"membarrier\","
					"\"func\":\"ipi_mb\",\"rate_per_s\":9000,\"note\":true}\n";
	static const char storm[] = LINE
		"storm\",\"id\":1,\"ongoing\":true,\"name\":\"membarrier\","
		"\"func\":\"ipi_mb\",\"rate_per_s\":9000}\n";
	static const char none[] = LINE "no_storm\"}\n";

	CAPTURE(0, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES), none);
	CAPTURE(1, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES), note, none);
	GATE();
	assert_int_equal(status, EXIT_DONE);
	CAPTURE(1, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES), storm);
	GATE();
	assert_int_equal(status, EXIT_FOUND);
	/* Storms of CPUs are not compared. */
	CAPTURE(1, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES));
	assert_uncertain("only the first file was searched for storms");
}

/* A view of csds needs csds: as text that is an error, as JSON no line is an answer, too. */
TEST_F(a_capture_without_records_has_no_trace)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES));
	assert_has(REPORT(paths[0], "trace"), "has no records of single csds");
	assert_int_equal(status, EXIT_FAILED);
	assert_has(REPORT("-j", paths[0], "trace"), "has no records of single csds");
	assert_int_equal(status, EXIT_DONE);
	CAPTURE(0, LINE "trace_end\"}\n");
	assert_string_equal(REPORT("-j", paths[0], "trace"), "");
	assert_int_equal(status, EXIT_DONE);
}

#define STORM(id, cost)                                                                            \
	LINE "storm\",\"id\":" #id ",\"ongoing\":true,\"name\":\"membarrier\",\"func\":\"ipi_" #id \
	     "\",\"rate_per_s\":9000,\"cost_share\":" cost "}\n"

/* The storm that costs most comes first, whatever the order of the lines. */
TEST_F(storms_are_ordered_by_their_cost)
{
	const char *second, *third, *first;

	CAPTURE(0, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES), STORM(1, "0.3"),
		STORM(2, "0.2"), STORM(3, "0.4"), STORM(4, "0.25"));
	REPORT(paths[0]);
	first = strstr(out, "ipi_3");
	second = strstr(out, "ipi_1");
	third = strstr(out, "ipi_4");
	assert_non_null(first);
	assert_non_null(second);
	assert_non_null(third);
	assert_true(first < second && second < third);
	assert_true(third < strstr(out, "ipi_2"));
}

/* Set the time zone; NULL: that of this machine. */
static void set_zone(const char *zone)
{
	if (zone)
		setenv("TZ", zone, true);
	else
		unsetenv("TZ");
	tzset();
}

/* The capture began at 02:00 UTC, when the clock of the stall was at 1 s. */
TEST_F(text_has_the_time_of_this_place)
{
	CAPTURE(0, LINE "stall\",\"id\":1,\"ongoing\":false,\"phase\":\"delivery\",\"dst\":1,"
			"\"func\":\"flush\",\"mono\":2500000000,\"start\":2250000000,"
			"\"duration\":250000000}\n");
	set_zone("HERE-02:30");
	REPORT(paths[0], "stalls");
	set_zone(NULL);
	assert_has(out, "recorded from 2026-11-28T04:30:00+02:30", "since    04:30:01.250000,");
}

/* These options choose one window of the first capture, which begins at @second. */
#define assert_only_window(second, ...)                                       \
	do {                                                                  \
		assert_string_equal(REPORT("-j", __VA_ARGS__, paths[0]), ""); \
		assert_int_equal(lines_in(out), 1);                           \
		assert_has(out, "\"mono_start\":" #second "000000000");       \
	} while (0)

/* The range of a file is read first, and then the file from its beginning. */
TEST_F(times_choose_windows_of_a_file)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1, .function = 1, FLUSHES),
		WINDOW(2, 3, .queued = 1, .function = 1, FLUSHES),
		WINDOW(3, 4, .queued = 1, .function = 1, FLUSHES));
	assert_string_equal(REPORT("-j", paths[0]), "");
	assert_int_equal(lines_in(out), 3);
	assert_string_equal(REPORT("-j", "--since", "1s", paths[0]), "");
	assert_int_equal(lines_in(out), 2);
	assert_has(out, "\"mono_start\":2000000000");
	assert_only_window(3, "--since", "-1s");
	assert_only_window(1, "--until", "-2s");
}

#define IPI(src, dst, func, pid)                                                                   \
	LINE "ipi\",\"time\":1500000000,\"kind\":\"call_function\",\"src\":" #src ",\"dst\":" #dst \
	     ",\"func\":\"" func "\",\"module\":null,\"callsite\":null,\"pid\":" #pid              \
	     ",\"tgid\":" #pid ",\"tid\":" #pid                                                    \
	     ",\"comm\":\"a\",\"interrupt\":false,\"delay\":1,\"handler\":1}\n"

#define STALL(id, src, dst, func)                                                            \
	LINE "stall\",\"id\":" #id ",\"ongoing\":false,\"phase\":\"delivery\",\"src\":" #src \
	     ",\"dst\":" #dst ",\"func\":\"" func                                            \
	     "\",\"time\":2500000000,\"start\":2250000000,\"duration\":250000000}\n"

/* Of three csds each filter chooses these; a stall is of a csd, too. */
TEST_F(filters_choose_csds)
{
	static const struct {
		const char *option, *value;
		const char *funcs[4]; /* of the csds that pass */
	} cases[] = {
		{ "--src", "0", { "flush" } },
		{ "--src", "1-2", { "barrier", "flat" } },
		{ "--dst", "0,3", { "barrier" } },
		{ "--cpus", "1", { "flush", "barrier" } },
		{ "--func", "fl*", { "flush", "flat" } },
		{ "--func", "flush,barrier", { "flush", "barrier" } },
		{ "--func", "panic", {} },
		{ "--pid", "12", { "barrier" } },
	};
	static const char *const all[] = { "\"flush\"", "\"barrier\"", "\"flat\"" };
	char quoted[16];

	CAPTURE(0, IPI(0, 1, "flush", 11), IPI(1, 3, "barrier", 12), IPI(2, 2, "flat", 13),
		STALL(1, 0, 1, "flush"), STALL(2, 1, 3, "barrier"), STALL(3, 2, 2, "flat"));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int stalls = 0; stalls < 2; stalls++) {
			size_t nr = 0;

			/* These stalls have no sender. */
			if (stalls && !strcmp(cases[i].option, "--pid"))
				continue;
			assert_string_equal(REPORT("-j", paths[0], stalls ? "stalls" : "trace",
						   cases[i].option, cases[i].value),
					    "");
			for (; cases[i].funcs[nr]; nr++) {
				snprintf(quoted, sizeof(quoted), "\"%s\"", cases[i].funcs[nr]);
				assert_has(out, quoted);
			}
			for (size_t f = 0; f < ARRAY_SIZE(all); f++)
				nr -= strstr(out, all[f]) != NULL;
			assert_int_equal(nr, 0);
		}
	}
}

/* The views of a capture's windows. */
TEST_F(each_view_shows_each_window)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 7, .function = 7, .ran = 7, FLUSHES),
		WINDOW(2, 3, .queued = 9, .function = 9, .ran = 9, FLUSHES));
	assert_string_equal(REPORT(paths[0], "hist"), "");
	assert_has(out, "handler 7 csds", "handler 9 csds");
	assert_string_equal(REPORT(paths[0], "summary"), "");
	assert_has(out, "csds: 7 ", "csds: 9 ");
	/* The functions of all windows together, by the flame graph's line. */
	assert_string_equal(REPORT(paths[0], "--folded"), "");
	assert_has(out, "flush 16\n");
	assert_int_equal(lines_in(out), 1);
}

/* A time of day that is over when the capture begins is that of the next day. */
TEST_F(a_time_of_day_may_be_after_midnight)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1, .function = 1, FLUSHES),
		WINDOW(2, 3, .queued = 1, .function = 1, FLUSHES));
	set_zone("UTC");
	/* The first second is that of 02:00:00. */
	assert_only_window(2, "--since", "02:00:01");
	assert_only_window(1, "--until", "02:00:01");
	/* Half an hour before the beginning is today, and two hours before are tomorrow. */
	assert_string_equal(REPORT("-j", "--since", "01:30:00", paths[0]), "");
	assert_int_equal(lines_in(out), 2);
	assert_has(REPORT("-j", "--since", "00:00:00", paths[0]), "after the end of");
	/* The capture lasts over midnight. */
	capture_make(0, (const char *const[]){
				LINE "capture\",\"minor\":0,\"started\":"
				     "\"2026-11-28T23:59:59.000000000Z\",\"mono\":1000000000}\n",
				WINDOW(1, 2, .queued = 1, .function = 1, FLUSHES),
				WINDOW(2, 3, .queued = 1, .function = 1, FLUSHES), END, NULL });
	assert_only_window(2, "--since", "00:00:00");
	set_zone(NULL);
}

TEST_F(times_outside_of_a_file_are_refused)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1, .function = 1, FLUSHES));
	assert_has(REPORT("--since", "5s", paths[0]), "after the end of");
	assert_int_equal(status, EXIT_USAGE);
	assert_has(REPORT("--since", "0.9s", "--until", "0.5s", paths[0]), "not after --since");
	assert_int_equal(status, EXIT_USAGE);
	/* The lines of several threads need not be in order. */
	CAPTURE(0, WINDOW(4, 5, .queued = 1, .function = 1, FLUSHES),
		LINE "stall\",\"id\":1,\"ongoing\":false,\"phase\":\"delivery\",\"dst\":1,"
		     "\"func\":\"flush\",\"time\":3500000000,\"start\":3250000000,"
		     "\"duration\":250000000}\n");
	assert_has(REPORT("--since", "9s", paths[0]), "which has 1.50 s from");
}

/* The end of a pipe is not known before all was read. */
TEST_F(times_of_a_pipe_count_from_its_beginning)
{
	char pipe_path[32], *text;
	int fds[2], file;

	CAPTURE(0, WINDOW(1, 2, .queued = 1, .function = 1, FLUSHES),
		WINDOW(2, 3, .queued = 1, .function = 1, FLUSHES));
	for (int before_end = 0; before_end < 2; before_end++) {
		static char bytes[1 << 14];
		ssize_t len;

		assert_int_equal(pipe(fds), 0);
		file = open(paths[0], O_RDONLY | O_CLOEXEC);
		len = read(file, bytes, sizeof(bytes));
		assert_int_equal(write(fds[1], bytes, len), len);
		close(fds[1]);
		close(file);
		snprintf(pipe_path, sizeof(pipe_path), "/dev/fd/%d", fds[0]);
		text = (char *)REPORT("-j", "--since", before_end ? "-1s" : "1s", pipe_path);
		close(fds[0]);
		if (before_end)
			assert_has(text, "is a pipe, whose end is not known");
		assert_int_equal(status, before_end ? EXIT_USAGE : EXIT_DONE);
		assert_int_equal(lines_in(out), before_end ? 0 : 1);
	}
}

TEST_F(a_comparison_has_a_page)
{
	char page[80], text[32] = "";
	FILE *file;

	snprintf(page, sizeof(page), "%s/page.html", directory);
	CAPTURE(0, WINDOW(1, 2, .queued = 1, .function = 1, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 9, .function = 9, FLUSHES));
	assert_string_equal(REPORT("--diff", "--html", page, paths[0], paths[1]), "");
	assert_int_equal(status, EXIT_DONE);
	file = fopen(page, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	assert_string_equal(text, "<!doctype html>\n");
	fclose(file);
	unlink(page);
}

TEST_MAIN(NULL, NULL)
