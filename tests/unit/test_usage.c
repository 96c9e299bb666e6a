// SPDX-License-Identifier: GPL-2.0
/* Command lines that are refused. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include "cli/options.h"
#include "options_parse.h"

TEST(missing_program)
{
	assert_int_equal(PARSE("--"), -EINVAL);
	REFUSED("--", "PROGRAM");
	assert_int_equal(PARSE("summary", "-j", "--"), -EINVAL);
	REFUSED("--", "PROGRAM");
}

TEST(missing_values)
{
	static char *const words[][2] = {
		{ "--duration", "--duration" },
		{ "-d", "--duration" },
		{ "--interval", "--interval" },
		{ "-i", "--interval" },
		{ "--cpus", "--cpus" },
		{ "-c", "--cpus" },
		{ "--func", "--func" },
		{ "-f", "--func" },
		{ "-jc", "--cpus" },
		{ "--ready-file", "--ready-file" },
		{ "--src", "--src" },
		{ "--dst", "--dst" },
		{ "--housekeeping", "--housekeeping" },
		{ "--by", "--by" },
		{ "--kind", "--kind" },
		{ "--min-delay", "--min-delay" },
		{ "--min-handler", "--min-handler" },
		{ "--min-wait", "--min-wait" },
		{ "--buffer", "--buffer" },
		{ "--pid", "--pid" },
		{ "-p", "--pid" },
		{ "--listen", "--listen" },
		{ "--textfile", "--textfile" },
		{ "--max-functions", "--max-functions" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_int_equal(PARSE("summary", words[i][0]), -EINVAL);
		REFUSED(words[i][1], "value");
		/* "--" is no value. */
		assert_int_equal(PARSE(words[i][0], "--", "prog"), -EINVAL);
		REFUSED(words[i][1], "value");
	}
}

TEST(unknown_options)
{
	static char *const words[][2] = {
		{ "-x", "-x" },	      { "--nope", "--nope" }, { "--nope=3", "--nope" },
		{ "-jx", "-x" },      { "-xj", "-x" },	      { "-W", "-W" },
		{ "-?", "-?" },	      { "-:", "-:" },	      { "--Json", "--Json" },
		{ "--ver", "--ver" }, /* verbose or version? */
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_int_equal(PARSE(words[i][0]), -EINVAL);
		REFUSED("unknown option", words[i][1]);
		assert_int_equal(PARSE("summary", words[i][0], "-j"), -EINVAL);
		REFUSED("unknown option", words[i][1]);
	}
	assert_int_equal(PARSE("--json", "-x"), -EINVAL);
	REFUSED("unknown option", "-x");
	/* The message names -x, not the word before. */
	assert_int_equal(PARSE("--json", "-xj"), -EINVAL);
	REFUSED("unknown option", "-x");
}

/* Wrong, missing, superfluous and swapped letters, a beginning; and what is too far from all. */
TEST(a_misspelt_word_gets_the_nearest)
{
	static char *const near[][2] = {
		{ "sumary", "ipitrace summary " },    { "trase", "ipitrace trace " },
		{ "strom", "ipitrace storm " },	      { "stal", "ipitrace stalls " },
		{ "topp", "ipitrace top " },	      { "--min-dely", "--min-delay " },
		{ "--treshold=5us", "--threshold " }, { "--josn", "--json " },
	};
	static char *const far[] = {
		"frobnicate", "x",  "--frob",	      "--x",
		"--",	      "-x", "Summary-of-all", "a-word-that-is-longer-than-all-commands"
	};

	for (size_t i = 0; i < ARRAY_SIZE(near); i++) {
		assert_int_equal(PARSE(near[i][0]), -EINVAL);
		REFUSED(near[i][0], "; did you mean: ", near[i][1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(far); i++) {
		assert_int_equal(PARSE(far[i]), -EINVAL);
		assert_lacks(why, "did you mean");
	}
	assert_int_equal(PARSE("help", "sumary"), -EINVAL);
	REFUSED("; did you mean: ipitrace summary ");
	/* A view of report, which a live run has by its option. */
	assert_int_equal(PARSE("calls"), -EINVAL);
	REFUSED("; did you mean: ipitrace --calls ");
	assert_int_equal(PARSE("version"), -EINVAL);
	REFUSED("version: no such command; did you mean: ipitrace --version (see ");
	assert_int_equal(PARSE("diff", "a", "b"), -EINVAL);
	REFUSED("diff: no such command; did you mean: ipitrace report --diff");
	assert_int_equal(PARSE("help", "calls"), -EINVAL);
	REFUSED("; did you mean: ipitrace --calls ");
}

TEST(a_program_may_have_such_a_name)
{
	char dir[] = "/tmp/test_usage.XXXXXX", file[64];
	int fd;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(setenv("PATH", dir, 1), 0);
	assert_int_equal(PARSE("sum", "-r"), -EINVAL);
	REFUSED("; did you mean: ipitrace summary ");
	snprintf(file, sizeof(file), "%s/sum", dir);
	fd = open(file, O_CREAT | O_WRONLY, 0755);
	assert_in_range(fd, 0, INT_MAX);
	close(fd);
	assert_int_equal(PARSE("sum", "-r"), -EINVAL);
	REFUSED("; did you mean: ipitrace summary, or: ipitrace -- sum -r ");
	unlink(file);
	rmdir(dir);
}

TEST(the_line_is_one_line)
{
	static char *const words[][2] = {
		{ "-d", "1\n2" },
		{ "-c", "1\n" },
		{ "-j", "--bad\nopt" },
		{ "c", "c\nd" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_int_equal(PARSE(words[i][0], words[i][1]), -EINVAL);
		assert_null(strpbrk(why, "\n\r\033"));
	}
}

TEST(flags_take_no_value)
{
	static char *const words[] = { "--json=1",    "--quiet=no", "--verbose=",  "--help=x",
				       "--version=2", "--stacks=1", "--kinds=all", "--self=no" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_int_equal(PARSE(words[i]), -EINVAL);
		REFUSED(words[i], "no value");
		assert_int_equal(PARSE("hist", words[i], "-q"), -EINVAL);
		REFUSED(words[i], "no value");
	}
}

TEST(bad_numbers_of_seconds)
{
	static char *const bad[] = {
		"nan",	"inf",	      "-inf",	  "infinity", "1e400", "-1", "0",  "",	   "1x",
		"x",	"0.0001",     "0.000999", "1,5",      "1 ",    "1S", "-",  " ",	   "1e-400",
		"1e9x", "1000000001", "1e10",	  "--1",      "1.2.3", "0x", "-0", "five",
	};
	char joined[64];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (PARSE("--duration", bad[i]) != -EINVAL)
			fail_msg("taken: --duration '%s'", bad[i]);
		REFUSED("--duration", bad[i]);
		if (PARSE("summary", "-i", bad[i], "-j") != -EINVAL)
			fail_msg("taken: -i '%s'", bad[i]);
		REFUSED("--interval", bad[i]);
		snprintf(joined, sizeof(joined), "--interval=%s", bad[i]);
		if (PARSE(joined) != -EINVAL)
			fail_msg("taken: '%s'", joined);
		REFUSED("--interval", bad[i]);
	}
}

TEST(bad_lists_and_globs)
{
	static char *const bad[] = { "", "a", "1-", "5-2", "1,,2", "4096", "99999999999999999999" };
	static char *const others[] = { "--src", "--dst", "--housekeeping" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		for (size_t o = 0; o < ARRAY_SIZE(others); o++) {
			assert_int_equal(PARSE(others[o], bad[i]), -EINVAL);
			REFUSED(others[o], bad[i]);
		}
		assert_int_equal(PARSE("--cpus", bad[i]), -EINVAL);
		REFUSED("--cpus", bad[i]);
		assert_int_equal(PARSE("hist", "-c", bad[i]), -EINVAL);
		REFUSED("--cpus", bad[i]);
	}
	assert_int_equal(PARSE("-c", "4096"), -EINVAL);
	REFUSED("4095"); /* the last possible CPU */
	assert_int_equal(PARSE("--func", ""), -EINVAL);
	REFUSED("--func", "''");
	assert_int_equal(PARSE("--func="), -EINVAL);
	REFUSED("--func", "''");
}

TEST(bad_numbers_of_functions)
{
	static char *const words[] = {
		"", "0", "-1", "+1", " 1", "1 ", "4097", "1.5", "0x4", "x", "99999999999999999999"
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_int_equal(PARSE("serve", "--max-functions", words[i]), -EINVAL);
		REFUSED("--max-functions", words[i]);
	}
	assert_int_equal(PARSE("serve", "--max-functions", "4096"), 0);
	assert_int_equal(opts.max_functions, 4096);
}

TEST(two_commands)
{
	assert_int_equal(PARSE("summary", "hist"), -EINVAL);
	REFUSED("hist", "--");
	assert_int_equal(PARSE("-j", "summary", "-d", "1", "make", "-q"), -EINVAL);
	REFUSED("make", "--");
	assert_int_equal(PARSE("summary", "make", "--", "prog"), -EINVAL);
	REFUSED("make", "--");
	/* --diff compares whole files, and has no VIEW. */
	assert_int_equal(PARSE("report", "--diff", "a", "b", "hist"), -EINVAL);
	REFUSED("hist: report --diff takes only two FILEs, A and B");
}

TEST(unknown_commands)
{
	static char *const words[] = { "frobnicate", "Summary", "summar", "summary " };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_int_equal(PARSE(words[i]), -EINVAL);
		REFUSED(words[i], "no such command", "ipitrace --help");
		assert_int_equal(PARSE("-j", words[i], "-d", "1"), -EINVAL);
		REFUSED(words[i], "no such command");
	}
}

/* A value that the option takes. */
static char *value_of(const struct option_row *row)
{
	static const char *const values[] = {
		[OPTION_FLAG] = NULL,  [OPTION_SECONDS] = "1",	[OPTION_REPORT_TIME] = "03:10",
		[OPTION_TIME] = "1ms", [OPTION_NUMBER] = "1",	[OPTION_WHOLE] = "2048",
		[OPTION_CPUS] = "0",   [OPTION_NONEMPTY] = "x", [OPTION_SIZE] = "16m",
		[OPTION_ALLOW] = "1",  [OPTION_FLIGHT] = "10s", [OPTION_ON] = "storm",
		[OPTION_GLOBS] = "x",  [OPTION_KEEP] = "20",	[OPTION_KEYS] = "time",
	};
	const char *value = row->words ? row->words[0] : values[row->type];

	assert_int_equal(!value, row->type == OPTION_FLAG);
	/* With a preset a value is part of the option's own word. */
	return row->preset ? NULL : (char *)value;
}

TEST(each_command_refuses_what_it_does_not_use)
{
	char option[32], help[48];

	for (int i = 0; i < NR_OPTIONS * NR_COMMANDS; i++) {
		const struct option_row *row = &option_rows[i / NR_COMMANDS];
		char *command = (char *)command_texts[i % NR_COMMANDS].name;
		bool uses = row->commands & 1U << i % NR_COMMANDS;

		snprintf(option, sizeof(option), "--%s", row->name);
		snprintf(help, sizeof(help), "ipitrace %s --help", command);
		for (int before = 0; before < 2; before++) {
			int err = before && value_of(row) ? PARSE(option, value_of(row), command) :
				  before		  ? PARSE(option, command) :
							    PARSE(command, option, value_of(row));

			/* An option that the command uses may need another one. */
			if (err != (uses && !strstr(why, " needs --") ? 0 : -EINVAL))
				fail_msg("%s %s: %d", command, option, err);
			if (uses)
				continue;
			REFUSED(command, option, "does not use", help);
			/* Of many commands the first three are named. */
			for (int c = 0, named = 0; c < NR_COMMANDS; c++)
				if (row->commands & 1U << c &&
				    (named++ < 3 || __builtin_popcount(row->commands) <= 7))
					REFUSED(command_texts[c].name);
		}
	}
	/* The default command is summary. */
	assert_int_equal(PARSE("--exit-code"), -EINVAL);
	REFUSED("summary does not use --exit-code");
	assert_int_equal(PARSE("check", "--", "true"), -EINVAL);
	REFUSED("check", "PROGRAM");
}

TEST(the_refusal_reads_as_a_sentence)
{
	assert_int_equal(PARSE("summary", "--listen", "127.0.0.1:1"), -EINVAL);
	assert_string_equal(why, "summary does not use --listen: serve does "
				 "(see ipitrace summary --help)");
	assert_int_equal(PARSE("storm", "--by", "sender"), -EINVAL);
	assert_string_equal(why, "storm does not use --by: summary, hist, record and top do "
				 "(see ipitrace storm --help)");
	assert_int_equal(PARSE("-t", "1ms", "storm"), -EINVAL);
	assert_string_equal(
		why,
		"storm does not use --threshold: stalls, waits, serve, record, top, import and prove do "
		"(see ipitrace storm --help)");
	assert_int_equal(PARSE("top", "--json"), -EINVAL);
	assert_string_equal(why, "top does not use --json: summary, hist, trace and 9 more do "
				 "(see ipitrace top --help)");
}

TEST(the_refusal_names_what_does_the_work)
{
	static const char *const hints[][3] = {
		{ "isolated", "-t1ms", "import and prove do; use --max-interruption (see" },
		{ "isolated", "--exit-code", "; the status of isolated is always a verdict (see" },
		{ "trace", "-t1ms", "; use --min-delay, --min-handler or --min-wait (see" },
		{ "report", "--full", "summary does; report always shows what --full adds (see" },
		{ "report", "-d5", "; use --since and --until (see" },
		{ "report", "--by=sender",
		  "; give the option to the command that makes FILE (see" },
		{ "import", "--html=x", "; ipitrace report draws FILE itself (see" },
		{ "serve", "-j", "; /api/v1/snapshot has JSON (see" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(hints); i++) {
		assert_int_equal(PARSE((char *)hints[i][0], (char *)hints[i][1]), -EINVAL);
		REFUSED("does not use", hints[i][2]);
	}
}

/* A hint is about an option that the command refuses. */
TEST(each_hint_is_about_an_option_that_is_refused)
{
	for (int i = 0; i < NR_OPTION_INSTEADS; i++) {
		char list[128], *save = NULL, option[32];

		snprintf(list, sizeof(list), "%s", option_insteads[i].options);
		for (char *name = strtok_r(list, " ", &save); name;
		     name = strtok_r(NULL, " ", &save)) {
			snprintf(option, sizeof(option), "--%s", name);
			assert_int_equal(row_of(option)->commands & option_insteads[i].commands, 0);
		}
	}
}

/* Wherever the options stand, the hint names the help of the first word's command. */
TEST(the_hint_names_the_command)
{
	assert_int_equal(PARSE("isolated", "--max-interruption", "20"), -EINVAL);
	REFUSED("(see ipitrace isolated --help)");
	assert_int_equal(PARSE("isolated", "-c", "1", "--max-interruption", "20"), -EINVAL);
	REFUSED("(see ipitrace isolated --help)");
	assert_int_equal(PARSE("record", "--flight", "10s", "--on", "foo"), -EINVAL);
	REFUSED("(see ipitrace record --help)");
}

/* A bare number is seconds for --duration; --flight needs the unit, and says so. */
TEST(a_span_without_its_unit)
{
	assert_int_equal(PARSE("record", "--flight", "10"), -EINVAL);
	REFUSED("--flight 10: needs a time with its unit, up to 3600s, such as 10s");
}

TEST(bad_words_come_before_unused_options)
{
	assert_int_equal(PARSE("storm", "--by", "x"), -EINVAL);
	REFUSED("--by x", "needs one of");
	assert_int_equal(PARSE("storm", "--by", "sender", "-x"), -EINVAL);
	REFUSED("unknown option -x");
	assert_int_equal(PARSE("--listen", "x", "frobnicate"), -EINVAL);
	REFUSED("frobnicate", "no such command");
	assert_int_equal(PARSE("--listen", "x", "summary", "--", "true"), -EINVAL);
	REFUSED("summary does not use --listen");
}

/* Parse a command line whose words have a space in between. */
static int parse_line(const char *line)
{
	char *copy = strdup(line), *argv[16] = { "ipitrace" }, *rest = copy;
	int err, nr = 1;

	for (char *word; (word = strsep(&rest, " "));)
		argv[nr++] = word;
	assert_in_range(nr, 2, ARRAY_SIZE(argv) - 1);
	err = parse(argv);
	free(copy);
	return err;
}

static const char *const refused_together[][2] = {
	{ "stalls --tap -q", "stalls: --tap cannot go with --quiet (see ipitrace stalls " },
	{ "--folded --by sender", "summary: --folded cannot go with --by sender: --folded " },
	{ "--calls --full", "summary: --calls cannot go with --full: --calls " },
	{ "-j --scroll", "summary: --json cannot go with --scroll: JSON " },
	{ "hist --self",
	  "hist: --self needs --json: ipitrace summary shows these figures as text " },
	{ "trace --keys dst", "trace: --keys dst needs --json (see " },
	{ "waits --btf x", "waits: --btf x needs --vmcore: " },
	{ "waits --vmcore x -- true", "waits: --vmcore x cannot go with PROGRAM: a dump " },
	{ "waits --vmcore x -t 1ms", "waits: --vmcore x cannot go with --threshold 1ms: " },
	{ "record --on storm", "record: --on storm needs --flight (see " },
	{ "record --keep 5", "record: --keep 5 needs --flight: without --flight, --max-size " },
	{ "record --min-delay 1us", "record: --min-delay 1us needs --trace (see " },
	{ "record --flight 1s --html x", "record: --flight 1s cannot go with --html x: " },
	{ "serve -o x",
	  "serve: --output x needs --events: FILE gets the lines of --events; --textfile " },
	{ "serve --details --no-page", "serve: --details cannot go with --no-page: only " },
	{ "serve --host a --textfile b", "serve: --host a cannot go with --textfile b: " },
	{ "serve --series 600 --per-cpu", "serve: --series 600 cannot go with --per-cpu" },
	{ "check --recipe -j", "check: --recipe cannot go with --json: " },
	{ "record --trace --kind irq_work", "record: --kind needs call_function " },
	{ "record --flight 1s --on stall:1ms -t 2ms", "record: --on stall:TIME cannot " },
	{ "trace --kind irq_work -f x", "--func x: an interrupt names no function; " },
	{ "record -j -o -", "record: --json cannot go with -o -: " },
	{ "import a -j -o -", "import: --json cannot go with -o -: " },
	{ "report a trace --keys dst", "report: --keys dst needs --json (see " },
	{ "report a --tolerance 5", "report: --tolerance 5 needs --diff (see " },
	{ "report a --exit-code", "report: --exit-code needs --diff: only a comparison " },
	{ "report a b --diff -p 1", "report: --diff cannot go with --pid 1: windows do " },
	{ "report a b --diff --folded", "report: --diff cannot go with --folded: --diff " },
	{ "report a --limit 5", "report: --limit 5 needs --perfetto (see " },
	{ "report a --folded -j", "report: --folded cannot go with --json: --folded " },
	{ "report a --html x -j", "report: --html x cannot go with --json (see " },
	{ "report a --html x -o y", "report: --html x cannot go with --output y: --html and " },
	{ "report a --perfetto x -f y",
	  "report: --perfetto x cannot go with --func y: a picture " },
};

TEST(options_that_need_or_exclude_others)
{
	static const char *const taken[] = {
		"waits --vmcore x --btf y -c 0",
		"hist --by sender -j",
		"record --flight 1s --min-delay 1us --keep 5",
		"record --trace --kind irq_work,call_function",
		"serve --host a --textfile b --listen :9464",
		"trace --kind call_function -f x",
		"record --keep 5 --help",
		"report a b --diff --html x -j -f y",
		"report a trace -j --keys dst",
		"report a --perfetto x --limit 5",
		"import a -j -o b",
		"--calls -j",
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused_together); i++) {
		if (parse_line(refused_together[i][0]) != -EINVAL)
			fail_msg("taken: %s", refused_together[i][0]);
		if (strncmp(why, refused_together[i][1], strlen(refused_together[i][1])))
			fail_msg("%s: \"%s\"", refused_together[i][0], why);
	}
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (parse_line(taken[i]))
			fail_msg("%s: refused: %s", taken[i], why);
}

/* Each of @names is an option that all of @commands use. */
static void check_names(const char *names, uint32_t commands)
{
	char *copy = names ? strdup(names) : NULL, *rest = copy;

	for (char *name; (name = strsep(&rest, " "));) {
		char option[64];

		if (!strcmp(name, "PROGRAM"))
			continue;
		snprintf(option, sizeof(option), "--%s", name);
		if (commands & ~row_of(option)->commands)
			fail_msg("%s: a command of the rule does not use it", option);
	}
	free(copy);
}

TEST(each_rule_is_about_options_of_its_commands)
{
	for (int i = 0; i < NR_OPTION_RULES; i++) {
		const struct option_rule *rule = &option_rules[i];

		assert_true(!rule->needs != !rule->excludes);
		check_names(rule->options, rule->commands);
		check_names(rule->needs, rule->commands);
		check_names(rule->unless, rule->commands);
		/* Not each gate has --quiet. */
		check_names(rule->excludes, 0);
	}
}

TEST(a_long_value_does_not_overrun_why)
{
	char value[600], small[32];
	struct options o;

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(PARSE("--duration", value), -EINVAL);
	assert_int_equal(strlen(why), sizeof(why) - 1);
	memset(small, '~', sizeof(small));
	assert_int_equal(options__parse(&o, 3, (char *[]){ "ipitrace", "-c", value, NULL }, small,
					16),
			 -EINVAL);
	assert_int_equal(strlen(small), 15);
	assert_int_equal(small[16], '~');
}

static double window_of(double duration, double interval)
{
	struct options o = { .duration = duration, .interval = interval };

	return options__window(&o);
}

TEST(length_of_a_window)
{
	assert_true(window_of(0, 0) == 1);
	assert_true(window_of(0, 5) == 5);
	assert_true(window_of(10, 0) == 10);
	assert_true(window_of(10, 0.5) == 0.5);
	assert_true(window_of(10, 10) == 10);
	assert_true(window_of(10, 30) == 10);
}

TEST_MAIN(NULL, NULL)
