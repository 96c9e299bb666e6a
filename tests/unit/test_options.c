// SPDX-License-Identifier: GPL-2.0
/* Command lines that are taken. */
#include "base/cpuset.h"
#include "abi/stall_event.h"
#include "cli/options.h"
#include "options_parse.h"

TEST(nothing_is_asked_for)
{
	static const struct options none;

	assert_int_equal(PARSE(), 0);
	assert_memory_equal(&opts, &none, sizeof(none));
}

TEST(flags_long_and_short)
{
	static const struct {
		char *longer, *shorter;
		size_t flag;
	} flags[] = {
		{ "--json", "-j", offsetof(struct options, json) },
		{ "--quiet", "-q", offsetof(struct options, quiet) },
		{ "--verbose", "-v", offsetof(struct options, verbose) },
		{ "--help", "-h", offsetof(struct options, help) },
		{ "--version", "-V", offsetof(struct options, version) },
		{ "--exit-code", NULL, offsetof(struct options, exit_code) },
		{ "--tap", NULL, offsetof(struct options, tap) },
		{ "--kinds", NULL, offsetof(struct options, all_kinds) },
		{ "--stacks", NULL, offsetof(struct options, stacks) },
		{ "--self", NULL, offsetof(struct options, self) },
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(flags); i++) {
		char *word = i & 1 ? flags[i / 2].shorter : flags[i / 2].longer;
		struct options want = {};

		if (!word)
			continue;
		*((bool *)&want + flags[i / 2].flag) = true;
		want.command = command_find(user_of(word));
		want.command_named = true;
		assert_int_equal(PARSE(user_of(word), word), 0);
		/* Only that flag is set. */
		assert_memory_equal(&opts, &want, sizeof(want));
	}
}

static void check_value(char *longer, char *shorter, char *value, size_t offset, const void *want,
			size_t size)
{
	char joined[64], stuck[64], *command = user_of(longer);

	snprintf(joined, sizeof(joined), "%s=%s", longer, value);
	snprintf(stuck, sizeof(stuck), "%s%s", shorter ? shorter : "", value);
	assert_int_equal(PARSE(command, longer, value), 0);
	assert_memory_equal((char *)&opts + offset, want, size);
	assert_int_equal(PARSE(command, joined), 0);
	assert_memory_equal((char *)&opts + offset, want, size);
	if (!shorter)
		return;
	assert_int_equal(PARSE(command, shorter, value), 0);
	assert_memory_equal((char *)&opts + offset, want, size);
	assert_int_equal(PARSE(command, stuck), 0);
	assert_memory_equal((char *)&opts + offset, want, size);
}

TEST(names_of_files)
{
	static char *const options[] = { "--output", "--html", "--perfetto", "--ready-file" };

	assert_int_equal(PARSE("waits", "--vmcore", ""), -EINVAL);
	REFUSED("--vmcore '': needs a value that is not empty");
	assert_int_equal(PARSE("serve", "--textfile="), -EINVAL);
	REFUSED("--textfile '': needs a value that is not empty");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		assert_int_equal(PARSE("record", "--trace", options[i], "x"), 0);
		assert_int_equal(PARSE("record", options[i], ""), -EINVAL);
		assert_has(why, options[i], " '': needs a value that is not empty");
	}
}

TEST(numbers_of_seconds)
{
	static const struct {
		char *text;
		double seconds;
	} good[] = {
		{ "5", 5 },	{ "0.001", 0.001 }, { "1e-3", 0.001 },
		{ ".5", 0.5 },	{ "1.", 1 },	    { "86400", 86400 },
		{ "1e9", 1e9 }, { "0.25", 0.25 },   { "007", 7 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		check_value("--duration", "-d", good[i].text, offsetof(struct options, duration),
			    &good[i].seconds, sizeof(double));
		assert_true(opts.interval == 0);
		check_value("--interval", "-i", good[i].text, offsetof(struct options, interval),
			    &good[i].seconds, sizeof(double));
		assert_true(opts.duration == 0);
	}
}

TEST(durations_with_a_unit)
{
	static const struct {
		char *name, *letter;
		size_t offset;
	} times[] = {
		{ "--threshold", "-t", offsetof(struct options, threshold) },
		{ "--min-delay", NULL, offsetof(struct options, min_delay) },
		{ "--min-handler", NULL, offsetof(struct options, min_handler) },
		{ "--min-wait", NULL, offsetof(struct options, min_wait) },
	};
	static const struct {
		char *text;
		uint64_t ns;
	} good[] = {
		{ "1ns", 1 },		{ "500us", 500000 },  { "2ms", 2000000 },
		{ "1.5s", 1500000000 }, { "0.25ms", 250000 }, { "1e3us", 1000000 },
	};
	static char *const bad[] = { "",     "5",     "0ms",   "-1ms", "ms",	 "2m",
				     "2 ms", "nanms", "0x1ms", "2msx", "1e300s", "0.1ns" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		for (size_t o = 0; o < ARRAY_SIZE(times); o++)
			check_value(times[o].name, times[o].letter, good[i].text, times[o].offset,
				    &good[i].ns, sizeof(uint64_t));
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(bad); j++) {
			assert_int_equal(PARSE(user_of(times[i].name), times[i].name, bad[j]),
					 -EINVAL);
			REFUSED(times[i].name, bad[j]);
		}
	}
}

TEST(filters_that_pass_no_csd)
{
	/* A csd has one sender and one target. */
	assert_int_equal(PARSE("storm", "--src", "1", "--dst", "2-3", "-c", "0,4"), -EINVAL);
	REFUSED("--cpus", "--src", "--dst");
	assert_int_equal(PARSE("storm", "--src", "1", "--dst", "2-3", "-c", "0,3"), 0);
	assert_int_equal(PARSE("storm", "--src", "1", "--dst", "1", "-c", "1"), 0);
	assert_int_equal(PARSE("storm", "--src", "1", "-c", "0"), 0);
	assert_int_equal(PARSE("storm", "--dst", "1", "-c", "0"), 0);
}

TEST(lists_of_kinds)
{
	static const struct {
		char *text;
		uint32_t kinds;
	} good[] = {
		{ "call_function", 1 },
		{ "reschedule", 2 },
		{ "irq_work", 4 },
		{ "irq_work,call_function", 5 },
		{ "reschedule,reschedule,irq_work,call_function", 7 },
	};
	static char *const bad[] = {
		"",	      ",",   "reschedule,", ",reschedule", "reschedul", "reschedules",
		"Reschedule", "all", "irq_work irq"
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		check_value("--kind", NULL, good[i].text, offsetof(struct options, record_kinds),
			    &good[i].kinds, sizeof(uint32_t));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (PARSE("trace", "--kind", bad[i]) != -EINVAL)
			fail_msg("taken: --kind '%s'", bad[i]);
		REFUSED("--kind", bad[i], "call_function", "reschedule", "irq_work");
	}
}

TEST(sizes_of_buffers)
{
	static const struct {
		char *text;
		uint32_t buffer;
	} good[] = {
		{ "1024", 1024 }, { "1025", 2048 }, { "65536", 65536 }, { "4194304", 1 << 22 }
	};
	static char *const bad[] = { "",    "0",  "1023",   "4194305", "-1024",
				     "1e4", "4k", "0x1000", " 4096",   "18446744073709551616" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		check_value("--buffer", NULL, good[i].text, offsetof(struct options, buffer),
			    &good[i].buffer, sizeof(uint32_t));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (PARSE("trace", "--buffer", bad[i]) != -EINVAL)
			fail_msg("taken: --buffer '%s'", bad[i]);
		REFUSED("--buffer", bad[i], "1024", "4194304");
	}
}

TEST(lists_of_cpus)
{
	struct cpuset want;

	assert_int_equal(cpuset__parse(&want, "0,2-5"), 0);
	check_value("--cpus", "-c", "0,2-5", offsetof(struct options, cpus.set), &want,
		    sizeof(want));
	assert_true(opts.cpus.given);
	check_value("--src", NULL, "0,2-5", offsetof(struct options, src.set), &want, sizeof(want));
	assert_true(opts.src.given);
	check_value("--dst", NULL, "0,2-5", offsetof(struct options, dst.set), &want, sizeof(want));
	assert_true(opts.dst.given);
	check_value("--housekeeping", NULL, "0,2-5", offsetof(struct options, housekeeping.set),
		    &want, sizeof(want));
	assert_true(opts.housekeeping.given);
	/* The list belongs to no other option. */
	assert_false(opts.cpus.given || opts.src.given || opts.dst.given);
	assert_int_equal(PARSE("-c", "1,3", "--src", "2", "--dst", "3", "--housekeeping", "4"), 0);
	assert_int_equal(cpuset__has(&opts.cpus.set, 1) + cpuset__has(&opts.src.set, 2) +
				 cpuset__has(&opts.dst.set, 3) +
				 cpuset__has(&opts.housekeeping.set, 4),
			 4);
	assert_int_equal(cpuset__end(&opts.cpus.set) + cpuset__end(&opts.src.set) +
				 cpuset__end(&opts.dst.set) + cpuset__end(&opts.housekeeping.set),
			 4 + 3 + 4 + 5);
	assert_int_equal(PARSE("-j"), 0);
	assert_false(opts.cpus.given || opts.src.given || opts.dst.given ||
		     opts.housekeeping.given);
}

TEST(numbers_of_processes)
{
	static const struct {
		char *text;
		uint32_t pid;
	} good[] = {
		{ "1", 1 }, { "4194304", 4194304 }, { "2147483647", 2147483647 }, { "0042", 42 }
	};
	static char *const bad[] = { "0",
				     "-1",
				     "",
				     "x",
				     "1x",
				     "1.5",
				     " 1",
				     "1 ",
				     "+1",
				     "0x10",
				     "2147483648",
				     "4294967297",
				     "1,2",
				     "1e3",
				     "self",
				     "bash*",
				     "99999999999999999999" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		check_value("--pid", "-p", good[i].text, offsetof(struct options, pid),
			    &good[i].pid, sizeof(good[i].pid));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (PARSE("summary", "-p", bad[i], "-j") != -EINVAL)
			fail_msg("taken: -p '%s'", bad[i]);
		REFUSED("--pid", bad[i], "PID");
	}
}

TEST(keys_to_rank_by)
{
	static const struct {
		char *text;
		enum rank_by by;
	} good[] = {
		{ "function", RANK_FUNCTION }, { "sender", RANK_SENDER }, { "victim", RANK_VICTIM },
		{ "cgroup", RANK_CGROUP },     { "cpu", RANK_CPU },
	};
	static char *const bad[] = { "", "cpus", "Sender", "send", "victim ", "sender,cgroup" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		check_value("--by", NULL, good[i].text, offsetof(struct options, by), &good[i].by,
			    sizeof(good[i].by));
		assert_string_equal(rank_names[good[i].by], good[i].text);
	}
	assert_int_equal(ARRAY_SIZE(good), NR_RANKS);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (PARSE("--by", bad[i]) != -EINVAL)
			fail_msg("taken: --by '%s'", bad[i]);
		/* The refusal lists the keys. */
		REFUSED("--by", bad[i], "function", "sender", "victim", "cgroup", "cpu");
	}
}

TEST(keys_of_a_record)
{
	static char *const bad[] = {
		"", "dst,", ",dst", "dst,dst", "src,dst,src", "dest", "dst src"
	};

	assert_int_equal(PARSE("trace", "-j", "--keys", "dst,src,func"), 0);
	assert_members(opts.keys, nr, 3, keys[0], TRACE_dst, keys[1], TRACE_src, keys[2],
		       TRACE_func);
	assert_int_equal(PARSE("trace", "-j", "--keys", "dst, src"), 0);
	assert_members(opts.keys, nr, 2, keys[0], TRACE_dst, keys[1], TRACE_src);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (PARSE("trace", "-j", "--keys", bad[i]) != -EINVAL)
			fail_msg("taken: --keys '%s'", bad[i]);
		REFUSED("--keys", bad[i]);
	}
}

TEST(strings_stay_the_callers)
{
	char glob[] = "flush_tlb*", path[] = "/tmp/ready";

	assert_int_equal(PARSE("--func", glob, "--ready-file", path), 0);
	assert_string_equal(opts.func, glob);
	assert_ptr_equal(opts.ready_file, path);
	assert_int_equal(PARSE("-f", glob), 0);
	assert_string_equal(opts.func, glob);
	assert_null(opts.ready_file);
	assert_int_equal(PARSE("--func=a=b", "--ready-file=/x"), 0);
	assert_members(opts, func, "a=b", ready_file, "/x");
	assert_int_equal(PARSE("-fg*"), 0);
	assert_string_equal(opts.func, "g*");
}

static void check_hist_for_3s(void)
{
	assert_int_equal(opts.command, COMMAND_HIST);
	assert_true(opts.duration == 3);
	assert_true(opts.json);
	assert_true(opts.quiet);
	assert_null(opts.program);
}

TEST(command_and_options_in_any_order)
{
	assert_int_equal(PARSE("hist", "-d", "3", "--json", "-q"), 0);
	check_hist_for_3s();
	assert_int_equal(PARSE("-d", "3", "--json", "-q", "hist"), 0);
	check_hist_for_3s();
	assert_int_equal(PARSE("-q", "hist", "--json", "--duration=3"), 0);
	check_hist_for_3s();
	assert_int_equal(PARSE("-jqd", "3", "hist"), 0);
	check_hist_for_3s();
	assert_int_equal(PARSE("-qd3", "hist", "-j"), 0);
	check_hist_for_3s();
}

TEST(globs_add_up)
{
	char glob[GLOBS_BYTES], text[4 * GLOBS_BYTES] = "a", *const many = text;
	const char *rest;

	assert_int_equal(PARSE("-f", "flush_tlb*,ipi_mb", "--func=x?"), 0);
	assert_string_equal(opts.func, "flush_tlb*,ipi_mb,x?");
	assert_true(globs__match(opts.func, "flush_tlb_func"));
	assert_true(globs__match(opts.func, "ipi_mb"));
	assert_true(globs__match(opts.func, "xy"));
	assert_false(globs__match(opts.func, "ipi_mb2"));
	assert_false(globs__match(opts.func, ""));
	rest = opts.func;
	for (int i = 0; i < 3; i++)
		assert_true(globs__next(&rest, glob));
	assert_string_equal(glob, "x?");
	assert_false(globs__next(&rest, glob));
	for (size_t i = 0; i < 4; i++) {
		static char *const bad[] = { "", ",", "a,", "a,,b" };

		assert_int_equal(PARSE("-f", bad[i]), -EINVAL);
		REFUSED("--func", "needs ");
	}
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(PARSE("-f", many), -EINVAL);
}

TEST(other_lists_add_up_as_globs_do)
{
	assert_int_equal(PARSE("isolated", "-c", "1", "-c", "3,4"), 0);
	assert_true(cpuset__has(&opts.cpus.set, 1) && cpuset__has(&opts.cpus.set, 4));
	assert_int_equal(cpuset__count(&opts.cpus.set), 3);
	assert_int_equal(PARSE("stalls", "--phase", "wait", "--phase", "handler"), 0);
	assert_int_equal(opts.phases, 1U << PHASE_WAIT | 1U << PHASE_HANDLER);
	/* Only one process is possible: a gate would leave out the other one. */
	assert_int_equal(PARSE("stalls", "-p", "7", "--pid=8"), -EINVAL);
	REFUSED("--pid 8: only one PID is possible, and --pid 7 was given, too");
	assert_int_equal(PARSE("stalls", "-p", "7", "-p7"), 0);
}

TEST(a_size_fits_into_64_bits)
{
	static char *const bad[] = { "1000000000000g", "1e12g", "1e300m", "8589934592g" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(PARSE("record", "--max-size", bad[i]), -EINVAL);
		REFUSED("--max-size", bad[i], "needs less than 8589934592g");
	}
	assert_int_equal(PARSE("record", "--max-size", "8589934591g"), 0);
	assert_true(opts.max_size == 8589934591ULL << 30);
}

TEST(a_time_of_the_day_has_a_fraction_without_an_exponent)
{
	static char *const bad[] = { "03:10:05.5e300", "03:10:05.", "03:10:05.0x1",
				     "2026-11-21T03:10:05.5e300Z", "2026-11-21T03:10:05.5e300" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(PARSE("report", "x", "--since", bad[i]), -EINVAL);
		REFUSED("--since", bad[i], "needs a time");
	}
	assert_int_equal(PARSE("report", "x", "--since", "03:10:05.338981"), 0);
	assert_true(opts.since.seconds == 3 * 3600 + 10 * 60 + 5 + 0.338981);
	assert_int_equal(PARSE("report", "x", "--since", "00:00:00.3333333333333333333333"), 0);
	assert_true(opts.since.seconds > 0.333333333 && opts.since.seconds < 0.333333334);
}

/* A script may compute a time that is the beginning. */
TEST(a_report_may_begin_at_0)
{
	static char *const good[] = { "0", "0s", "0.0min" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(PARSE("report", "x", "--since", good[i]), 0);
		assert_int_equal(opts.since.kind, REPORT_TIME_AFTER);
		assert_true(opts.since.seconds == 0);
	}
	assert_int_equal(PARSE("report", "x", "--since", "-0"), -EINVAL);
	REFUSED("--since -0: needs a time");
}

/* One rule: a time has a unit; of -d, -i, --since and --until a bare number is seconds. */
TEST(a_time_has_a_unit)
{
	static const struct {
		char *text;
		double seconds;
	} times[] = { { "2", 2 },	{ "2s", 2 },  { "500ms", 0.5 }, { "0.5", 0.5 },
		      { "10min", 600 }, { "1m", 60 }, { "1.5h", 5400 }, { "2000us", 0.002 } };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		assert_int_equal(PARSE("-d", times[i].text, "-i", times[i].text), 0);
		assert_true(opts.duration > times[i].seconds * 0.999999 &&
			    opts.duration < times[i].seconds * 1.000001);
		assert_true(opts.interval == opts.duration);
	}
	assert_int_equal(PARSE("stalls", "-t", "1min"), 0);
	assert_true(opts.threshold == 60000000000ULL);
	assert_int_equal(PARSE("record", "-d", "1d"), 0);
	assert_true(opts.duration == 86400);
	for (size_t i = 0; i < 3; i++) {
		static char *const micros[] = { "50us", "50\u00b5s", "50\u03bcs" };

		assert_int_equal(PARSE("stalls", "-t", micros[i]), 0);
		assert_true(opts.threshold == 50000);
	}
	assert_int_equal(PARSE("trace", "--min-delay", "50"), -EINVAL);
	REFUSED("--min-delay 50", "needs a unit");
	assert_int_equal(PARSE("-d", "500us"), -EINVAL);
	REFUSED("--duration 500us", "from 1ms");
}

/* A word that is as long as the right one, or begins like it, is none. */
TEST(a_flight_recorder_has_conditions)
{
	static const char *const unknown[] = { "later:1ms", "delays:1ms", "dela:1ms", "stale:1ms",
					       "stalls",    "storms",	  "" };

	assert_int_equal(PARSE("record", "--flight", "10s", "--on", "delay:2ms", "--on", "storm",
			       "-o", "x"),
			 0);
	assert_true(opts.flight.on.storm);
	assert_int_equal(opts.flight.on.delay, 2000000);
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_int_equal(PARSE("record", "--flight", "10s", "--on", (char *)unknown[i],
				       "-o", "x"),
				 -EINVAL);
}

TEST(a_flight_recorder_has_a_time_and_a_size)
{
	static const struct {
		char *text;
		uint64_t seconds, mib; /* 0: refused */
	} known[] = {
		{ "10s", 10, 64 },  { "10s,16m", 10, 16 }, { "90s,2g", 90, 2048 },
		{ "10s,7m", 0, 0 }, { "10s,16", 0, 0 },	   { "10s,", 0, 0 },
		{ ",16m", 0, 0 },   { "3601s", 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		int err = PARSE("record", "--flight", known[i].text, "-o", "x");

		assert_int_equal(err, known[i].mib ? 0 : -EINVAL);
		if (!err)
			assert_members(opts.flight, span, known[i].seconds * 1000000000, size,
				       known[i].mib << 20);
	}
}

TEST(a_percentage_may_have_its_sign)
{
	assert_int_equal(PARSE("storm", "--storm-share", "7.5%"), 0);
	assert_true(opts.storm_share == 7.5);
	assert_int_equal(PARSE("report", "--diff", "a", "b", "--tolerance", "20%"), 0);
	assert_true(opts.tolerance == 20);
	assert_int_equal(PARSE("storm", "--storm-share", "7%%"), -EINVAL);
	assert_int_equal(PARSE("storm", "--storm-share", "%"), -EINVAL);
	assert_int_equal(PARSE("storm", "--storm-rate", "7%"), -EINVAL);
	REFUSED("--storm-rate 7%", "needs a number above 0");
}

TEST(an_interval_and_a_count_are_as_of_vmstat)
{
	assert_int_equal(PARSE("0.5", "4"), 0);
	assert_int_equal(opts.command, COMMAND_SUMMARY);
	assert_true(opts.interval == 0.5 && opts.duration == 2);
	assert_int_equal(PARSE("2", "-j"), 0);
	assert_true(opts.interval == 2 && !opts.duration && opts.json && opts.bare_interval);
	assert_int_equal(PARSE("2s"), -EINVAL);
	REFUSED("2s", "-d 2s for one report", "-i 2s for a report each 2s");
	assert_int_equal(PARSE("summary", "0.5", "4"), 0);
	assert_int_equal(opts.command, COMMAND_SUMMARY);
	assert_true(opts.interval == 0.5 && opts.duration == 2);
	assert_int_equal(PARSE("summary", "1", "x"), -EINVAL);
	assert_int_equal(PARSE("-j", "2s", "3"), 0);
	assert_true(opts.interval == 2 && opts.duration == 6 && !opts.bare_interval);
	for (size_t i = 0; i < 4; i++) {
		static char *const counts[] = { "0", "x", "-1", "1.5" };

		assert_int_equal(PARSE("1", "--", "true"), 0);
		assert_int_equal(PARSE("1", counts[i]), -EINVAL);
	}
	assert_int_equal(PARSE("1", "9999999999"), -EINVAL);
	REFUSED("9999999999", "needs a COUNT of windows");
	assert_int_equal(PARSE("1", "2", "3"), -EINVAL);
	REFUSED("3: only an INTERVAL and a COUNT");
	assert_int_equal(PARSE("7x"), -EINVAL);
	REFUSED("7x", "needs a time from");
}

TEST(help_is_a_command_too)
{
	assert_int_equal(PARSE("help"), 0);
	assert_true(opts.help && !opts.command_named);
	assert_int_equal(PARSE("help", "storm"), 0);
	assert_true(opts.help && opts.command_named);
	assert_int_equal(opts.command, COMMAND_STORM);
	assert_int_equal(PARSE("help", "nosuch"), -EINVAL);
	REFUSED("nosuch", "no such command");
	assert_int_equal(PARSE("help", "storm", "hist"), -EINVAL);
}

/* --stak is the beginning of --stacks but for a letter, although two letters differ from it. */
TEST(a_misspelt_abbreviation_gets_a_hint)
{
	assert_int_equal(PARSE("--stak"), -EINVAL);
	REFUSED("unknown option --stak; did you mean: --stacks");
	assert_int_equal(PARSE("--dura=3"), 0);
	assert_int_equal(PARSE("--duar=3"), -EINVAL);
	REFUSED("unknown option --duar=3; did you mean: --duration");
	assert_int_equal(PARSE("--zzzz"), -EINVAL);
	assert_lacks(why, "did you mean");
	assert_int_equal(PARSE("--kstt"), -EINVAL);
	assert_lacks(why, "did you mean");
}

static const char *long_word(size_t i)
{
	return i ? "beginner" : "beginning_of_a_word_of_forty_one_letters_";
}

TEST(a_long_word_is_no_hint)
{
	static const char word[] = "this_word_has_thirty_two_letters";

	assert_null(nearest__word(word, strlen(word), long_word, 2));
	assert_string_equal(nearest__word("beginer", 7, long_word, 2), "beginner");
}

TEST(a_program_without_the_dashes_gets_a_hint)
{
	assert_int_equal(PARSE("sleep", "1"), -EINVAL);
	REFUSED("sleep", "did you mean: ipitrace -- sleep 1 ");
	/* Its options are not ours. */
	assert_int_equal(PARSE("/bin/ls", "-l", "--color"), -EINVAL);
	REFUSED("did you mean: ipitrace -- /bin/ls -l --color ");
	assert_int_equal(PARSE("-d", "2", "sleep", "1"), -EINVAL);
	REFUSED("sleep", "did you mean: ipitrace -- sleep 1 ");
	assert_int_equal(PARSE("nosuchprogram", "1"), -EINVAL);
	assert_lacks(why, "did you mean");
	assert_int_equal(PARSE("/tmp", "1"), -EINVAL);
	assert_lacks(why, "did you mean");
}

/* Text about PROGRAM is of its whole run; scripts and who gives times have windows. */
TEST(the_run_of_a_program_is_one_window)
{
	assert_int_equal(PARSE("--", "true"), 0);
	assert_true(options__whole_run(&opts));
	assert_int_equal(PARSE("-j", "--", "true"), 0);
	assert_false(options__whole_run(&opts));
	assert_int_equal(PARSE("-i", "2", "--", "true"), 0);
	assert_false(options__whole_run(&opts));
	assert_int_equal(PARSE("-d", "2", "--", "true"), 0);
	assert_false(options__whole_run(&opts));
	assert_int_equal(PARSE("summary"), 0);
	assert_false(options__whole_run(&opts));
}

TEST(the_last_of_an_option_counts)
{
	assert_int_equal(PARSE("-d", "3", "-d", "4", "--by", "sender", "--by", "victim"), 0);
	assert_true(opts.duration == 4);
	assert_int_equal(opts.by, RANK_VICTIM);
}

TEST(program_keeps_its_options)
{
	static const char *const want[] = { "prog", "-d", "--json", "--", "summary", "--nope" };
	char *argv[] = { "ipitrace", "-d",     "2",  "hist",	"--",	  "prog",
			 "-d",	     "--json", "--", "summary", "--nope", NULL };

	assert_int_equal(parse(argv), 0);
	assert_int_equal(opts.command, COMMAND_HIST);
	assert_true(opts.duration == 2);
	assert_false(opts.json);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_string_equal(opts.program[i], want[i]);
	assert_null(opts.program[ARRAY_SIZE(want)]);
}

TEST(program_without_a_command)
{
	assert_int_equal(PARSE("--", "hist"), 0);
	assert_members(opts, command_named, false, program[0], "hist");
	assert_null(opts.program[1]);
	assert_int_equal(PARSE("-j", "--", "-j"), 0);
	assert_true(opts.json);
	assert_string_equal(opts.program[0], "-j");
}

TEST(operands_of_a_command)
{
	assert_int_equal(PARSE("report", "a", "-j", "hist"), 0);
	assert_members(opts, command, COMMAND_REPORT, nr_operands, 2, operands[0], "a", operands[1],
		       "hist");
	assert_int_equal(PARSE("-j", "report"), 0);
	assert_int_equal(opts.nr_operands, 0);
	assert_null(opts.operands);
	assert_int_equal(PARSE("report", "a", "hist", "b"), -EINVAL);
	REFUSED("b", "FILE [VIEW]");
	assert_int_equal(PARSE("hist", "a"), -EINVAL);
	REFUSED("a: hist takes no such word", "ipitrace hist -- a");
	/* A number is no program, and record writes a file. */
	assert_int_equal(PARSE("hist", "1", "5"), -EINVAL);
	REFUSED("1: hist takes no such word; did you mean: ipitrace hist -i 1 ");
	assert_int_equal(PARSE("stalls", "10"), -EINVAL);
	REFUSED("10: stalls takes no such word; did you mean: ipitrace stalls -d 10 ");
	assert_int_equal(PARSE("isolated", "2-5"), -EINVAL);
	REFUSED("2-5: isolated takes no such word; did you mean: ipitrace isolated -c 2-5 ");
	assert_int_equal(PARSE("record", "a.zst"), -EINVAL);
	REFUSED("a.zst: record takes no such word; did you mean: ipitrace record -o a.zst ");
	assert_int_equal(PARSE("record", "sh"), -EINVAL);
	REFUSED("ipitrace record -- sh");
}

static void assert_allowance(size_t i, const char *glob, uint64_t count)
{
	assert_members(opts.gate.allowances[i], glob, glob, count, count);
}

TEST(allowances)
{
	assert_int_equal(PARSE("isolated", "--allow", "tlb_*=10", "--allow", "7", "--allow",
			       "a=b=0", "--max-interruption", "20us"),
			 0);
	assert_int_equal(opts.gate.nr_allowances, 2);
	assert_allowance(0, "tlb_*", 10);
	assert_allowance(1, "a=b", 0);
	assert_members(opts.gate, total_given, true, total, 7, max_interruption, 20000, only, 0);
	assert_int_equal(PARSE("isolated", "--only", "ipis,tasks"), 0);
	assert_int_equal(opts.gate.only, 1U << GROUP_IPIS | 1U << GROUP_TASKS);
	assert_int_equal(PARSE("isolated", "--only", "ipi"), -EINVAL);
	REFUSED("--only ipi", "ipis, interrupts, tasks");
	/* As of -f: in one list, or one after the other. */
	assert_int_equal(PARSE("isolated", "--allow", "membarrier=50,9,tlb_*=10", "--allow", "x=1"),
			 0);
	assert_int_equal(opts.gate.nr_allowances, 3);
	assert_allowance(0, "membarrier", 50);
	assert_allowance(1, "tlb_*", 10);
	assert_allowance(2, "x", 1);
	assert_int_equal(opts.gate.total, 9);
	assert_int_equal(PARSE("isolated", "--allow", "total=0"), 0);
	assert_members(opts.gate, total_given, true, nr_allowances, 0);
}

TEST(phases_of_stalls)
{
	static const struct {
		char *text;
		uint32_t phases;
	} good[] = {
		{ "handler", 1U << PHASE_HANDLER },
		{ "wait,delivery", 1U << PHASE_WAIT | 1U << PHASE_DELIVERY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		check_value("--phase", NULL, good[i].text, offsetof(struct options, phases),
			    &good[i].phases, sizeof(uint32_t));
	assert_int_equal(PARSE("stalls", "--phase", "run"), -EINVAL);
	REFUSED("--phase run", "delivery, handler, wait");
}

/* A script's "$FILE" that is not set: a message must not show it as nothing. */
TEST(empty_words)
{
	assert_int_equal(PARSE(""), -EINVAL);
	REFUSED("'': an empty word");
	assert_int_equal(PARSE("report", ""), -EINVAL);
	REFUSED("'': an empty word");
	assert_int_equal(PARSE("report", "--diff", "a", ""), -EINVAL);
	REFUSED("'': an empty word");
	assert_int_equal(PARSE("5", ""), -EINVAL);
	REFUSED("'': an empty word");
	assert_int_equal(PARSE("summary", "--", ""), -EINVAL);
	REFUSED("--: needs a PROGRAM");
	assert_int_equal(PARSE("serve", "--listen", ""), -EINVAL);
	REFUSED("--listen '': needs a value that is not empty");
	assert_int_equal(PARSE("serve", "--host", ""), -EINVAL);
	REFUSED("--host '': needs a value that is not empty");
	assert_int_equal(PARSE("summary", "--", "sh", ""), 0);
}

TEST(bad_allowances)
{
	static char *const bad[] = { "",     "x",    "=1",   "x=",    "-1",
				     "1x",   "x=1x", "x=-1", " 1",    "x=1,",
				     ",x=1", "1,,2", "x,1",  "x=1,y", "99999999999999999999" };
	char *many[2 * ALLOWANCES_MAX + 5] = { "ipitrace", "isolated" };
	char glob[2 * ALLOWANCE_GLOB + 3];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(PARSE("isolated", "--allow", bad[i]), -EINVAL);
		REFUSED("--allow", bad[i]);
	}
	for (int bytes = ALLOWANCE_GLOB - 1; bytes <= 2 * ALLOWANCE_GLOB; bytes++) {
		memset(glob, 'x', sizeof(glob));
		memcpy(glob + bytes, "=1", 3);
		assert_int_equal(PARSE("isolated", "--allow", glob),
				 bytes < ALLOWANCE_GLOB ? 0 : -EINVAL);
	}
	for (int i = 0; i <= ALLOWANCES_MAX; i++) {
		many[2 + 2 * i] = "--allow";
		many[3 + 2 * i] = "x=1";
	}
	assert_int_equal(parse(many), -EINVAL);
	REFUSED("16 globs");
}

TEST_MAIN(NULL, NULL)
