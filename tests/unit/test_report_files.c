// SPDX-License-Identifier: GPL-2.0
/* command/report: files that are damaged or none, the forms of --diff, and captures that chose other csds. */
#include "made_captures.h"

static void write_file(int which, const void *bytes, size_t len)
{
	int fd = open(paths[which], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

/* What REPORT() returns is stderr's text; out has stdout's. */
#define assert_shown(words, ...)                     \
	do {                                         \
		REPORT(__VA_ARGS__);                 \
		assert_has(out, words);              \
		assert_int_equal(status, EXIT_DONE); \
	} while (0)

/* Returns the bytes of a capture; sets *@len. */
static char *read_bytes(int which, size_t *len)
{
	static char bytes[1 << 16];
	int fd = open(paths[which], O_RDONLY | O_CLOEXEC);

	*len = read(fd, bytes, sizeof(bytes));
	close(fd);
	return bytes;
}

#define FIVE WINDOW(1, 2, .queued = 5, .function = 5, FLUSHES)

/* The view fails, and says these words. */
#define assert_refused(words)                          \
	do {                                           \
		assert_has(REPORT(paths[0]), words);   \
		assert_int_equal(status, EXIT_FAILED); \
	} while (0)

TEST_F(what_is_no_capture_is_refused)
{
	write_file(0, "no capture at all", 17);
	assert_refused("is not a file of ipitrace record");
	write_file(0, "", 0);
	assert_refused("is empty");
	assert_has(REPORT("/nonexistent/file"), "/nonexistent/file: No such file or directory");
	assert_int_equal(status, EXIT_FAILED);
	capture_make(0, (const char *const[]){ "{\"schema\":\"ipitrace/2\",\"type\":\"capture\"}\n",
					       END, NULL });
	assert_refused("has another schema than ipitrace/1");
	capture_make(0, (const char *const[]){ BEGIN, "{\"schema\":\n", END, NULL });
	assert_refused("line 2: key schema: no JSON");
}

/* Make capture 0 of two frames; the second has the last window. Returns its bytes, and sets *@len. */
static char *make_frames(size_t *len)
{
	static char both[1 << 17];
	size_t first, second;
	const char *bytes;

	capture_make(0, (const char *const[]){ BEGIN, FIVE, NULL });
	bytes = read_bytes(0, &first);
	memcpy(both, bytes, first);
	capture_make(0, (const char *const[]){ WINDOW(2, 3, .queued = 7, .function = 7, FLUSHES),
					       END, NULL });
	bytes = read_bytes(0, &second);
	memcpy(both + first, bytes, second);
	*len = first + second;
	return both;
}

/* What comes before the damage is shown. */
TEST_F(a_damaged_file_is_shown_as_far_as_it_can_be_read)
{
	size_t len;
	char *bytes = make_frames(&len);

	write_file(0, bytes, len);
	assert_shown("\"queued\":7", "-j", paths[0]);
	assert_has(out, "\"queued\":5");
	write_file(0, bytes, len - 3);
	assert_has(REPORT("-j", paths[0]), "ends early: read up to the last whole frame, 2 lines");
	assert_int_equal(status, EXIT_FAILED);
	assert_has(out, "\"queued\":5");
	assert_lacks(out, "\"queued\":7");
	bytes[len - 12] ^= 0x55;
	write_file(0, bytes, len);
	assert_has(REPORT("-j", paths[0]), "is damaged");
	assert_int_equal(status, EXIT_FAILED);
	assert_has(out, "\"queued\":5");
	assert_lacks(out, "\"queued\":7");
}

TEST_F(a_file_with_two_captures_is_refused_at_the_second)
{
	capture_make(0, (const char *const[]){ BEGIN, FIVE, END, BEGIN, FIVE, END, NULL });
	assert_refused("has a second run after line 3");
}

/* `-` is the standard input. */
TEST_F(the_standard_input_is_a_file)
{
	int kept = dup(STDIN_FILENO), fd;

	CAPTURE(0, FIVE);
	fd = open(paths[0], O_RDONLY | O_CLOEXEC);
	dup2(fd, STDIN_FILENO);
	close(fd);
	assert_shown("\"queued\":5", "-j", "-");
	write_file(0, "x", 1);
	fd = open(paths[0], O_RDONLY | O_CLOEXEC);
	dup2(fd, STDIN_FILENO);
	close(fd);
	assert_has(REPORT("-"), "standard input: is not a file of ipitrace record");
	dup2(kept, STDIN_FILENO);
	close(kept);
}

/* A second part, FILE.1, must be a regular file; a part of another run is not shown. */
TEST_F(a_second_part_belongs_to_the_run)
{
	static const char second[] = LINE "capture\",\"minor\":0,\"started\":\"2026-11-28T02:00:00"
					  ".000000000Z\",\"mono\":1000000000,\"part\":2}\n";
	char part[80];

	snprintf(part, sizeof(part), "%s.1", paths[0]);
	capture_make(0, (const char *const[]){ second, WINDOW(2, 3, .queued = 7, .function = 7),
					       END, NULL });
	assert_int_equal(rename(paths[0], part), 0);
	CAPTURE(0, FIVE);
	assert_shown("\"queued\":7", "-j", paths[0]);
	/* The first part comes first, whatever its name. */
	assert_true(strstr(out, "\"queued\":5") < strstr(out, "\"queued\":7"));
	assert_int_equal(rename(part, paths[1]), 0);
	assert_int_equal(rename(paths[0], part), 0);
	assert_int_equal(rename(paths[1], paths[0]), 0);
	assert_shown("\"queued\":7", "-j", paths[0]);
	assert_true(strstr(out, "\"queued\":5") < strstr(out, "\"queued\":7"));
	/* Another run, and what is no run. */
	CAPTURE(0, FIVE);
	assert_shown("\"queued\":5", "-j", paths[0]);
	assert_int_equal(lines_in(out), 1);
	CAPTURE(1, FIVE);
	unlink(part);
	assert_int_equal(symlink(paths[1], part), 0);
	assert_has(REPORT("-j", paths[0]), ".1: left out: a symbolic link");
	assert_int_equal(status, EXIT_DONE);
	assert_int_equal(lines_in(out), 1);
	unlink(part);
	assert_int_equal(mkdir(part, 0700), 0);
	assert_has(REPORT("-j", paths[0]), ".1: left out: not a regular file");
	assert_int_equal(status, EXIT_DONE);
	rmdir(part);
}

/* A comparison as JSON, as TAP and as text. */
TEST_F(a_comparison_has_three_forms)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	CAPTURE(1, WINDOW(1, 2, .queued = 10000, .function = 10000, FLUSHES));
	assert_shown("\"type\":\"diff\"", "--diff", "-j", paths[0], paths[1]);
	assert_shown("not ok ", "--diff", "--tap", paths[0], paths[1]);
	assert_shown("flush", "--diff", paths[0], paths[1]);
	/* A tolerance of 1,000 % lets ten times as many pass, and one of 100 % does not. */
	REPORT("--diff", "--exit-code", "-q", "--tolerance", "1000", paths[0], paths[1]);
	assert_int_equal(status, EXIT_DONE);
	REPORT("--diff", "--exit-code", "-q", "--tolerance", "100", paths[0], paths[1]);
	assert_int_equal(status, EXIT_FOUND);
}

TEST_F(a_file_without_windows_is_not_compared)
{
	CAPTURE(0, FIVE);
	capture_make(1, (const char *const[]){ BEGIN, END, NULL });
	assert_has(REPORT("--diff", paths[0], paths[1]), "has no windows");
	assert_lacks(out, "that pass the filters");
	assert_int_equal(status, EXIT_FAILED);
	assert_has(REPORT("--diff", "-f", "flush", paths[1], paths[0]),
		   "has no windows that pass the filters");
	assert_int_equal(status, EXIT_FAILED);
}

/* What could be read of a file that ends early is compared, and the status says that it is not all. */
TEST_F(a_file_that_ends_early_is_compared_and_fails)
{
	size_t len;
	char *bytes = make_frames(&len);

	write_file(1, bytes, len - 3);
	CAPTURE(0, FIVE);
	assert_has(REPORT("--diff", "-j", paths[0], paths[1]), "ends early");
	assert_has(out, "\"type\":\"diff\"");
	assert_int_equal(status, EXIT_FAILED);
}

/* Make capture @which, recorded with these options, a JSON list. */
static void record_with(int which, const char *options)
{
	char begin[256];

	snprintf(begin, sizeof(begin),
		 LINE "capture\",\"minor\":0,\"started\":\"2026-11-28T02:00:00.000000000Z\","
		      "\"mono\":1000000000,\"options\":%s}\n",
		 options);
	capture_make(which, (const char *const[]){
				    begin, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES),
				    END, NULL });
}

/* A gate of a second file that has fewer csds by its filter must not pass. */
TEST_F(a_second_file_with_a_filter_of_its_own_is_doubtful)
{
	static const struct {
		const char *first, *second, *doubt;
	} rows[] = {
		{ "[]", "[\"-c\",\"1\"]", "second file's --cpus is not the first" },
		{ "[]", "[\"--src\",\"1\"]", "second file's --src is not the first" },
		{ "[]", "[\"--dst\",\"1\"]", "second file's --dst is not the first" },
		{ "[]", "[\"-f\",\"flush\"]", "second file's --func is not the first" },
		{ "[]", "[\"-p\",\"12\"]", "second file's --pid is not the first" },
		{ "[\"-c\",\"0\"]", "[\"-c\",\"1\"]", "second file's --cpus is not the first" },
		{ "[\"-f\",\"f*\"]", "[\"-f\",\"flush\"]",
		  "second file's --func is not the first" },
		{ "[\"-p\",\"13\"]", "[\"-p\",\"12\"]", "second file's --pid is not the first" },
		{ "[]", "[\"--storm-rate\",\"90000\"]", "recorded with higher limits of storms" },
		{ "[]", "[\"--storm-share\",\"90\"]", "recorded with higher limits of storms" },
		/* The same filter, and one that only the first file has, hide nothing. */
		{ "[\"-c\",\"1\"]", "[\"-c\",\"1\"]", NULL },
		{ "[\"-f\",\"flush\"]", "[\"-f\",\"flush\"]", NULL },
		{ "[\"-p\",\"12\"]", "[\"-p\",\"12\"]", NULL },
		{ "[\"-c\",\"1\"]", "[]", NULL },
		{ "[\"--storm-rate\",\"90000\"]", "[]", NULL },
		/* Options that this ipitrace does not know say nothing. */
		{ "[]", "[\"--unknown\"]", NULL },
		{ "[]", "[\"-c\",\"1\",\"--unknown\"]", NULL },
		{ "[]", "[1]", NULL },
		{ "[]", "7", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *said;

		record_with(0, rows[i].first);
		record_with(1, rows[i].second);
		said = GATE();
		if (rows[i].doubt)
			assert_has(said, rows[i].doubt);
		else
			assert_string_equal(said, "");
		assert_int_equal(status, rows[i].doubt ? EXIT_FAILED : EXIT_DONE);
	}
	/* A comparison with that filter asks for no more. */
	record_with(0, "[]");
	record_with(1, "[\"-f\",\"flush\"]");
	REPORT("--diff", "--exit-code", "-q", "-f", "flush", paths[0], paths[1]);
	assert_int_equal(status, EXIT_DONE);
	REPORT("--diff", "--exit-code", "-q", "-f", "fl*", paths[0], paths[1]);
	assert_int_equal(status, EXIT_FAILED);
}

/* Windows are sums: CPUs choose among rows of CPUs, functions among those of functions. */
TEST_F(filters_choose_the_figures_of_a_comparison)
{
	static const char *const figures[] = { "\"all\",\"name\":\"csds\"",
					       "\"functions\",\"name\":\"flush\"",
					       "\"senders\",\"name\":\"CPU 0\"",
					       "\"receivers\",\"name\":\"CPU 1\"" };
	static const struct {
		const char *words[4];
		unsigned int has; /* which figures, a bit for each; 0: there is none to compare */
	} cases[] = {
		{ { "-j", "-j", "-j", "-j" }, 15 },	 { { "--src", "0", "-j", "-j" }, 4 },
		{ { "--src", "1", "-j", "-j" }, 0 },	 { { "--dst", "1", "-j", "-j" }, 8 },
		{ { "--dst", "0", "-j", "-j" }, 0 },	 { { "--src", "0", "--dst", "1" }, 12 },
		{ { "-c", "0", "-j", "-j" }, 4 },	 { { "-c", "1", "-j", "-j" }, 8 },
		{ { "-c", "0", "--src", "1" }, 0 },	 { { "-c", "0,1", "--src", "0" }, 12 },
		{ { "-f", "fl*", "-j", "-j" }, 2 },	 { { "-f", "other", "-j", "-j" }, 0 },
		{ { "-f", "flush", "--dst", "1" }, 10 }, { { "-f", "other", "--dst", "1" }, 8 },
	};

	for (int i = 0; i < 2; i++)
		CAPTURE(i, WINDOW(1, 2, .queued = 1000, .function = 1000, FLUSHES));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const *words = cases[i].words;
		const char *said = REPORT("--diff", "-j", words[0], words[1], words[2], words[3],
					  paths[0], paths[1]);

		if (cases[i].has)
			assert_text(said, "");
		else
			assert_has(said, "no figure passes the filters");
		assert_int_equal(status, cases[i].has ? EXIT_DONE : EXIT_FAILED);
		for (size_t f = 0; f < ARRAY_SIZE(figures); f++)
			assert_int_equal(strstr(out, figures[f]) != NULL, cases[i].has >> f & 1);
	}
}

/* A name in UTF-8 is written as JSON's escapes, because a terminal need not know UTF-8. */
TEST_F(lines_are_ascii)
{
	CAPTURE(0, WINDOW(1, 2, .queued = 5, .function = 5, .func = "fl\xc3\xbcsh"));
	assert_shown("fl\\u00FCsh", "-j", paths[0]);
}

TEST_MAIN(NULL, NULL)
