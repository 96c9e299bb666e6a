// SPDX-License-Identifier: GPL-2.0
/*
 * A parsed line of JSON is shown, as text and as JSON, like the data that it was made from: records, and
 * the lines that test_round_trip.c does not have.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <jansson.h>
#include "base/clock.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "parsed.h"
#include "printed.h"
#include "unit.h"
#include "view/capture/capture.h"
#include "view/json/json.h"
#include "view/view.h"
#include "view/text/views.h"

#define SECOND 1000000000ULL

static struct line_parser parser = { .nr_online = 4 };
static struct record_names *names;
static uint64_t seed;

static int setup(void **state)
{
	seed = 1;
	parser.strings = strings__new();
	names = record_names__new(parser.strings);
	return !parser.strings || !names;
}

static int teardown(void **state)
{
	record_names__free(names);
	strings__free(parser.strings);
	return 0;
}

static void stalls_end_print(const void *totals)
{
	view__stalls_end(totals);
}

TEST(the_stalls_of_a_run)
{
	const struct stall_totals runs[] = {
		{ .found = { 1, 2, 3 }, .csds_known = true, .csds = 77, .lost = 1 },
		{ .found = { [PHASE_HANDLER] = 2 }, .scope = { .asked = 1U << PHASE_HANDLER } },
		{ .found = { [PHASE_WAIT] = 3 }, .scope = { .calls = true } },
		{ .found = { [PHASE_WAIT] = 3, [PHASE_INTERRUPT] = 4 },
		  .scope = { .calls = true, .interrupts_known = true } },
	};
	char line[512], line2[512];

	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		struct stall_totals got;
		json_t *object;

		line[json__stalls_end(line, sizeof(line) - 1, &runs[i])] = '\0';
		object = parsed(line);
		got = parsed_record(&parser, LINE_STALLS_END, object)->stalls_end;
		got.ended = runs[i].ended;
		json_decref(object);
		line2[json__stalls_end(line2, sizeof(line2) - 1, &got)] = '\0';
		assert_string_equal(line2, line);
		assert_string_equal(printed(stalls_end_print, &got),
				    printed(stalls_end_print, &runs[i]));
	}
}

static void trace_end_print(const void *totals)
{
	view__trace_end(stdout, totals);
}

/* Csds whose queueing was not seen: three of them, none, and not counted. */
TEST(the_ledger_of_a_trace)
{
	static const uint64_t orphans[] = { 3, 0, NOT_KNOWN };

	for (size_t i = 0; i < ARRAY_SIZE(orphans); i++) {
		const struct trace_totals want = { .csds_wanted = true,
						   .records = 9,
						   .queued = 8,
						   .csds = 7,
						   .in_flight = 1,
						   .orphans = orphans[i],
						   .lost_by = { [LOST_RUN_UNSEEN] = 2 } };
		char *line = json__trace_end_line(&want), *again;
		json_t *object = parsed(line);
		struct trace_totals got = parsed_record(&parser, LINE_TRACE_END, object)->trace_end;

		again = json__trace_end_line(&got);
		assert_string_equal(again, line);
		assert_string_equal(printed(trace_end_print, &got),
				    printed(trace_end_print, &want));
		json_decref(object);
		free(line);
		free(again);
	}
}

/* Verdicts: a storm without a name; one that the next window decides; no storm; not yet known. */
TEST(a_verdict)
{
	static const struct storm_nearest verdicts[] = {
		{ .known = true,
		  .nr_storms = 2,
		  .func = { .name = "f", .module = "m" },
		  .rate = 9000.5,
		  .rate_limit = 8000,
		  .cost.share = 0.125,
		  .cost.limit = 0.05 },
		{ .known = true,
		  .undecided = true,
		  .cause = "membarrier",
		  .cpu_known = true,
		  .cpu = 7 },
		{ .known = true, .judged = true, .func = { .kind = KIND_RESCHEDULE }, .rate = 1 },
		{},
	};
	static const char *const words[] = { "storm", "undecided", "none", NULL };
	struct host host = {};
	struct snapshot snap = { .host = &host, .ledger.queued = 42 };

	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		struct view_options opts = { .nearest = &verdicts[i] };
		char *line = json__snapshot_line(&snap, &opts);
		json_t *object = parsed(line), *storm = json_object_get(object, "storm");
		const char *word = json_string_value(json_object_get(storm, "verdict"));

		if (words[i])
			assert_string_equal(word, words[i]);
		else
			assert_null(word);
		json_decref(object);
		free(line);
	}
	/* If nothing was sent, the verdict is none. */
	assert_string_equal(storm_nearest__verdict(&verdicts[3], false), "none");
}

static void summary_print(const void *of)
{
	const struct view_options opts = { .stacks = true };

	view__summary(of, &opts);
}

static void calm_print(const void *of)
{
	view__no_storm(of);
}

/* The nearest: a function; interrupts without one; a run in which nothing was sent. */
TEST(a_run_without_a_storm)
{
	static const struct calm runs[] = {
		{ .seconds = 2,
		  .csds = 99,
		  .handler_ns = 8000000,
		  .wait_ns = 2 * SECOND,
		  .cpu_ns = 8 * SECOND,
		  .nearest = { .known = true,
			       .func = { .name = "tsc_khz_changed", .module = "kvm" },
			       .cause = "tsc_watchdog",
			       .rate = 12.25,
			       .rate_limit = 50,
			       .cost = { 0.25, 0.5, COST_OF_WAITER },
			       .second = { .name = "other", .count = 1 },
			       .cpu_known = true,
			       .cpu = 3 } },
		{ .seconds = 0.5,
		  .csds = 1,
		  .cpu_ns = 2 * SECOND,
		  .nearest = { .known = true,
			       .func = { .kind = KIND_RESCHEDULE },
			       .rate = 1,
			       .rate_limit = 20000,
			       .cost.limit = 0.05 } },
		{ .seconds = 1, .cpu_ns = 4 * SECOND },
		{ .seconds = 1,
		  .csds = 7,
		  .wait_ns = SECOND,
		  .runs_unseen = true,
		  .irqs_unseen = true,
		  .cpu_ns = 4 * SECOND },
		{ .seconds = 1,
		  .cpu_ns = 4 * SECOND,
		  .flushes = { FLUSH_BY_HOST, true, 5000, 6000, 7 } },
		{ .seconds = 1,
		  .cpu_ns = 4 * SECOND,
		  .flushes = { FLUSH_BY_INVLPGB, false, 0, 6000, 7 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		char *line = json__no_storm_line(&runs[i], 6 * SECOND);
		json_t *object = parsed(line);
		struct calm got;

		got = parsed_record(&parser, LINE_NO_STORM, object)->no_storm;
		json_decref(object);
		free(line);
		assert_members(got, cpu_ns, runs[i].cpu_ns, wait_ns, runs[i].wait_ns);
		assert_string_equal(printed(calm_print, &got), printed(calm_print, &runs[i]));
	}
}

static struct symbol func = { 16, 0, "flush", "kvm" }, site = { 17, 0x1c, "site", NULL };

static void name_known(void *ctx, struct symbol *symbol, bool is_func)
{
	const struct parsed_record *parsed_record = ctx;

	if (parsed_record)
		*symbol = is_func ? parsed_record->func : parsed_record->callsite;
	else
		*symbol = is_func ? func : site;
}

static void record_write(const struct record *r, void *ctx, char *text)
{
	struct naming naming = { ctx, name_known, NULL };
	static struct lines lines;
	struct trace_view view = { .names = trace_names__open(&naming), .sees_interrupts = true };

	lines.fd = memfd_create("lines", 0);
	json__trace(&view, r, &lines);
	lines__flush(&lines);
	text[pread(lines.fd, text, 4095, 0)] = '\0';
	close(lines.fd);
	trace_names__close(view.names);
}

static const struct record sent = {
	.time = 123456789,
	.func = 16,
	.callsite = 17,
	.delay = 1000,
	.handler = NOT_KNOWN,
	.wait = 3000,
	.pid = 8,
	.tgid = 7,
	.stack = NO_STACK,
	.src = 3,
	.dst = 1,
	.kind = KIND_CALL_FUNCTION,
	.comm = "sender",
};

TEST(records)
{
	struct record r = sent;
	char want[4096], got[4096];

	for (int i = 0; i < 8; i++) {
		struct parsed_record parsed_record;
		struct record_text text;

		r.type = (i & 3) << 4;
		r.interrupt = i >> 2;
		r.call = i & 2 ? 1ULL << 39 | i : 0;
		record_write(&r, NULL, want);
		assert_true(record_text__find(&text, want, strlen(want) - 1));
		/* In the order of TRACE_KEYS. */
		for (int key = TRACE_src; key <= TRACE_preempted; key++)
			assert_true(text.values[key].at > text.values[key - 1].at);
		assert_true(parse__record_text(names, want, strlen(want) - 1, &parsed_record));
		record_write(&parsed_record.record, &parsed_record, got);
		assert_string_equal(got, want);
	}
}

/* Whether the fast parser accepts @text. If so, jansson must accept it and give the same record. */
static bool scanned_as_jansson_reads(const char *text)
{
	static struct parsed_record quick, slow;
	json_t *object = json_loadb(text, strlen(text), 0, NULL);
	bool scanned = parse__record_text(names, text, strlen(text), &quick);

	if (scanned) {
		assert_non_null(object);
		parse__record_object(names, object, &slow);
		assert_memory_equal(&quick, &slow, sizeof(quick));
	}
	assert_int_equal(parse__record(names, text, strlen(text), &quick),
			 json_is_object(object) ? 0 : -EBADMSG);
	json_decref(object);
	return scanned;
}

TEST(a_line_is_scanned_as_jansson_reads_it)
{
	static const char *const plain[] = {
		"{\"func\":\"f\",\"func\":null,\"src\":1,\"src\":-2}",
		"{\"wait\":-0,\"time\":999999999999999999,\"x\":\"y\",\"\":true}",
		"{\"call\":\"0-1\",\"comm\":\"\",\"interrupt\":false,\"interrupt\":true}",
	};
	static const char *const others[] = {
		"",
		"{",
		"{}",
		"[]",
		"{\"time\":01}",
		"{\"time\":-}",
		"{\"time\":1.0}",
		"{\"time\":1e3}",
		"{\"time\":1}x",
		"{\"time\" :1}",
		"{\"time\":1,}",
		"{\"time\":tru}",
		"{\"func\":\"\\u0041\"}",
		"{\"func\":\"\xc3\xa4\"}",
		"{\"stack\":[\"f\"]}",
		"{\"func\":\"f}",
		"{\"time\":9999999999999999999}",
		"{\"time\":1000000000000000000}",
		"{\"func\":\"\t\"}",
		"{\"a\":{}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		assert_true(scanned_as_jansson_reads(plain[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(scanned_as_jansson_reads(others[i]));
}

/* A byte of a line is replaced, taken out or doubled, thousands of times. */
TEST(a_damaged_line_is_scanned_as_jansson_reads_it)
{
	static const char bytes[] = "{}[]\":,\\ -019.eEtfn\t\x7f\xc3\xa4xsu";
	char whole[4096], text[4096];
	size_t scanned = 0, len;

	record_write(&sent, NULL, whole);
	len = strlen(whole) - 1;
	for (int i = 0; i < repeats(20000); i++) {
		size_t at = random_next(&seed) % len, nr = random_next(&seed) % 3;

		memcpy(text, whole, at);
		for (size_t j = 0; j < nr; j++)
			text[at + j] = nr == 2 ? whole[at] :
						 bytes[random_next(&seed) % (sizeof(bytes) - 1)];
		memcpy(text + at + nr, whole + at + 1, len - at - 1);
		text[len - 1 + nr] = '\0';
		scanned += scanned_as_jansson_reads(text);
	}
	assert_in_range(scanned, repeats(5000), repeats(19000));
}

static uint64_t cpu_time(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/*
 * The fast parser must be much faster than jansson, or it would not be needed. The least time of each is
 * compared: a guest that has no clock of stolen time counts what its host takes as time of the process. A
 * time is of several calls, since to read the clock can cost as much as a call.
 */
TEST(a_scan_takes_a_fraction_of_janssons_time)
{
	static const int CALLS = 20;
	static struct parsed_record parsed;
	uint64_t scan = UINT64_MAX, jansson = UINT64_MAX, begun;
	char text[4096];
	size_t len;

	record_write(&sent, NULL, text);
	len = strlen(text) - 1;
	for (int i = 0; i < repeats(5000) / CALLS; i++) {
		begun = cpu_time();
		for (int call = 0; call < CALLS; call++)
			assert_true(parse__record_text(names, text, len, &parsed));
		scan = MIN(scan, cpu_time() - begun);
		begun = cpu_time();
		for (int call = 0; call < CALLS; call++)
			json_decref(json_loadb(text, len, 0, NULL));
		jansson = MIN(jansson, cpu_time() - begun);
	}
	assert_in_range(scan, 0, jansson / 3);
}

/* Two functions in one slot of the name cache, and one function with two modules. */
TEST(names_that_share_a_slot_are_kept_apart)
{
	struct parsed_record one, two;
	char text[128];

	for (int i = 0; i < 2000; i++) {
		int len = snprintf(text, sizeof(text),
				   "{\"func\":\"f%d\",\"module\":%s,\"callsite\":\"g+0x%x\"}",
				   i / 2, i % 2 ? "\"m\"" : "null", i / 2);

		assert_int_equal(parse__record(names, text, len, i % 2 ? &two : &one), 0);
		if (i % 2) {
			assert_members(two.func, name, one.func.name, module, "m");
			assert_null(one.func.module);
			assert_int_not_equal(two.func.addr, one.func.addr);
			assert_members(two.callsite, addr, one.callsite.addr, offset, i / 2);
		}
	}
}

static int take_nothing(void *ctx, struct capture_record *record)
{
	return 0;
}

/* Returns what a sink says to the line of a csd whose function has this name. */
static int hand_name(struct capture_sink *sink, const char *name)
{
	char text[4096];
	size_t len = snprintf(text, sizeof(text), "{\"func\":\"%s\"}", name);

	assert_true(len < sizeof(text));
	return capture_sink__line(sink, &(struct capture_line){ text, len, LINE_IPI, 1 });
}

TEST(names_have_a_bound)
{
	struct capture_sink sink = { .types = 1U << LINE_IPI, .take = take_nothing };
	char *most = malloc(STRINGS_MAX), name[2001];
	const char *kept;

	assert_non_null(most);
	assert_int_equal(capture_sink__open(&sink), 0);
	assert_int_equal(hand_name(&sink, "f"), 0);
	memset(most, 'a', STRINGS_MAX);
	most[STRINGS_MAX - 2000] = '\0';
	kept = strings__keep(sink.parser.strings, most);
	assert_non_null(kept);
	assert_ptr_equal(strings__keep(sink.parser.strings, most), kept);
	assert_int_equal(strings__err(sink.parser.strings), 0);
	free(most);
	assert_int_equal(hand_name(&sink, "f"), 0);
	memset(name, 'b', sizeof(name));
	name[2000] = '\0';
	assert_int_equal(hand_name(&sink, name), -E2BIG);
	/* The first shortage ends the reading. */
	assert_int_equal(hand_name(&sink, "f"), -E2BIG);
	capture_sink__close(&sink);
}

/*
 * A value that ipitrace does not write becomes unknown; it must not become an index out of bounds.
 */
TEST(what_is_wrong_is_unknown)
{
	static const char *const lines[] = {
		"{}",
		"{\"cpus\":[{\"cpu\":99999,\"delay\":{\"buckets\":[{\"le\":-5,\"count\":1},{\"le\":"
		"9223372036854775807,\"count\":2}]}}],\"functions\":[{\"func\":7},3,null,"
		"{\"callers\":[{\"samples\":99999999}]}],\"edges\":[{\"src\":-1,\"dst\":4096}],"
		"\"by\":{\"key\":\"none\",\"rows\":7},\"stacks\":[{\"func\":\"x\"}]}",
		"{\"targets\":[{\"dst\":-1}],\"waiters\":[1,2,3,4,5,6,7,8,9,10],\"stack\":[1,2],"
		"\"phase\":\"x\",\"functions\":[{},{},{},{},{},{},{},{},{}],\"src\":[-1,5000,4095]}",
	};
	struct parsed_record csd;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		json_t *object = parsed(lines[i]);

		for (int type = 0; type < NR_LINE_TYPES; type++) {
			struct capture_record *record = parsed_record(&parser, type, object);

			assert_true(type != LINE_STALL ||
				    record->stall.in.nr_waiters <= WAITERS_MAX);
			assert_true(type != LINE_STORM ||
				    record->storm.storm.nr_funcs <= STORM_FUNCS);
			if (type != LINE_SNAPSHOT)
				continue;
			assert_true(record->snap.nr_samples <= 1024);
			printed(summary_print, &record->snap);
			snapshot__free(&record->snap);
		}
		parse__record_object(names, object, &csd);
		json_decref(object);
	}
}

/* A CPU is an index of tables that have MAX_CPUS entries. */
TEST(a_cpu_that_cannot_be_is_cpu_0)
{
	static const struct {
		const char *line;
		uint32_t cpu;
	} known[] = { { "{\"src\":7}", 7 },  { "{\"src\":4095}", 4095 }, { "{\"src\":4096}", 0 },
		      { "{\"src\":-1}", 0 }, { "{\"src\":null}", 0 },	 { "{}", 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		json_t *object = parsed(known[i].line);

		assert_int_equal(parse__cpu(object, "src"), known[i].cpu);
		json_decref(object);
	}
}

/* The task that queued a kworker's work is null if it is not known. Other senders lack the key. */
TEST(a_kworker_has_a_queuer)
{
	const struct view_options opts = { .stacks = true };
	struct host host = {};
	struct fn_stats fn = { .func = { 16, 0, "ipi_mb", NULL }, .count = 3 };
	struct stack_sample samples[3];
	struct snapshot snap = { .host = &host,
				 .fns = &fn,
				 .nr_fns = 1,
				 .samples = samples,
				 .nr_samples = ARRAY_SIZE(samples) };
	json_t *object, *callers;
	char *line;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		samples[i] = (struct stack_sample){ .tgid = 7 + i, .comm = "sender", .nr = 1 };
		samples[i].stack[0] = (struct symbol){ .addr = 91, .name = "netstamp_clear" };
		samples[i].kworker = i > 0;
	}
	samples[2].queued_by = (struct task_id){ true, false, 124, 123, "chronyd" };
	line = json__snapshot_line(&snap, &opts);
	object = parsed(line);
	callers =
		json_object_get(json_array_get(json_object_get(object, "functions"), 0), "callers");
	assert_int_equal(json_array_size(callers), 3);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		json_t *stack = json_array_get(json_object_get(object, "stacks"), i);
		json_t *of_stack = json_object_get(stack, "queued_by");
		json_t *caller = json_array_get(callers, i);
		json_t *of_caller = json_object_get(caller, "queued_by");
		/* Of callers with equally many samples, those of an unknown process come last. */
		bool kworker = json_integer_value(json_object_get(caller, "tgid")) > 7;

		assert_int_equal(of_stack != NULL, i > 0);
		assert_int_equal(json_is_null(of_stack), i == 1);
		assert_int_equal(of_caller != NULL, kworker);
		assert_int_equal(json_is_null(of_caller), i == 2);
	}
	json_decref(object);
	free(line);
}

/* Those with the most csds are listed. */
TEST(the_callers_of_a_function_are_bounded)
{
	static const char *const frames[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
	struct host host = {};
	struct fn_stats fn = { .func = { 16, 0, "ipi_mb", NULL }, .count = 3 };
	struct stack_sample samples[ARRAY_SIZE(frames)];
	struct snapshot snap = { .host = &host,
				 .fns = &fn,
				 .nr_fns = 1,
				 .samples = samples,
				 .nr_samples = ARRAY_SIZE(samples) };
	char *line;
	json_t *object, *callers;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		samples[i] = (struct stack_sample){ .tgid = 7 + i, .comm = "sender", .nr = 1 };
		samples[i].stack[0] = (struct symbol){ .addr = 91 + i, .name = frames[i] };
	}
	line = json__snapshot_line(&snap, &(struct view_options){});
	object = parsed(line);
	callers =
		json_object_get(json_array_get(json_object_get(object, "functions"), 0), "callers");
	assert_int_equal(json_array_size(callers), 8);
	json_decref(object);
	free(line);
}

TEST_MAIN(setup, teardown)
