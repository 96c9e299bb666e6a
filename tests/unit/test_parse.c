// SPDX-License-Identifier: GPL-2.0
/* What a line of JSON is parsed to is shown, as text and as JSON, like what it was made from. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <jansson.h>
#include "abi/hist_slots.h"
#include "base/wall_clock.h"
#include "view/capture/parse_record.h"
#include "view/capture/parse_snapshot.h"
#include "view/capture/parse_stall.h"
#include "view/capture/parse_storm.h"
#include "view/capture/strings.h"
#include "model/snapshot_sum.h"
#include "storm/signatures.h"
#include "unit.h"
#include "view/json/snapshot.h"
#include "view/json/stall.h"
#include "view/json/storm.h"
#include "view/json/trace.h"
#include "view/lines.h"
#include "view/options.h"
#include "view/text/stall.h"
#include "view/text/storm.h"
#include "view/text/summary.h"

#define SECOND 1000000000ULL

static struct strings *strings;
static uint64_t seed;

static int setup(void **state)
{
	(void)state;
	seed = 1;
	strings = strings__new();
	return !strings;
}

static int teardown(void **state)
{
	(void)state;
	strings__free(strings);
	return 0;
}

static json_t *parsed(const char *line)
{
	json_t *object = json_loads(line, 0, NULL);

	assert_non_null(object);
	return object;
}

/* What @print writes to stdout. The caller frees it. */
static char *printed(void (*print)(const void *of), const void *of)
{
	int own = dup(STDOUT_FILENO), fd = memfd_create("stdout", 0);
	char *text;
	off_t len;

	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	print(of);
	fflush(stdout);
	dup2(own, STDOUT_FILENO);
	close(own);
	len = lseek(fd, 0, SEEK_END);
	text = calloc(1, len + 1);
	assert_int_equal(pread(fd, text, len, 0), len);
	close(fd);
	return text;
}

static void assert_same(char *got, char *want)
{
	assert_string_equal(got, want);
	free(got);
	free(want);
}

static void hist_fill(struct hist *hist, int nr)
{
	for (int i = 0; i < nr; i++) {
		uint64_t ns = random_magnitude(&seed, 30);

		hist->count++;
		hist->sum += ns;
		hist->max = ns > hist->max ? ns : hist->max;
		hist->slots[hist_slot(ns)]++;
	}
}

static struct cpu_stats cpus[3];
static struct fn_stats fns[4];
static struct edge edges[2] = { { 0, 1, 30 }, { 1, 0, 12 } };
static struct by_stats by[3];
static struct kind_stats kinds[2];
static struct wake_stats wakes[2];
static struct stack_sample samples[5];
static struct host host = { .name = { .nodename = "n", .release = "r", .machine = "m" } };

static void samples_fill(void)
{
	static struct symbol frames[] = {
		{ .addr = 91, .name = "membarrier_private_expedited", .offset = 0x20e },
		{ .addr = 92, .name = "__x64_sys_membarrier", .offset = 0x30 },
		{ .addr = 93, .name = "unmap_region", .offset = 0x9 },
		{ .addr = 94, .name = "asm_common_interrupt", .offset = 0x22 },
	};

	for (int i = 0; i < 5; i++) {
		samples[i] =
			(struct stack_sample){ .fn = i / 3, .tgid = 7, .comm = "sender", .nr = 2 };
		memcpy(samples[i].stack, frames + (i == 2) * 2, 2 * sizeof(*frames));
	}
}

static struct snapshot snapshot_make(void)
{
	struct snapshot snap = {
		.host = &host,
		.cpus = cpus,
		.nr_cpus = 3,
		.fns = fns,
		.nr_fns = 4,
		.edges = edges,
		.nr_edges = 2,
		.by = by,
		.nr_by = 3,
		.all_kinds = kinds,
		.nr_all_kinds = 2,
		.wakes = wakes,
		.nr_wakes = 2,
		.samples = samples,
		.nr_samples = 5,
		.samples_dropped = 2,
		.edges_other = 3,
		.sends_unseen = 4,
		.polled = 5,
		.reschedule_other = 6,
		.rss_bytes = 12345678,
		.window = { { 1763690000, 123456000 }, 5 * SECOND, 6 * SECOND },
		.ledger = { .queued = 42,
			    .carried_in = 1,
			    .function = 40,
			    .ttwu = 1,
			    .in_flight = 1,
			    .lost_by = { 1 },
			    .orphans = 2,
			    .local = 9,
			    .exit_unseen = 1 },
		.known = { .kinds = true, .self = true, .tlb = true, .polled = true },
		.how = { .by_key = BY_SENDER,
			 .timed = true,
			 .by_task = true,
			 .sees_interrupts = true,
			 .wait_source = WAITS_CSD },
	};

	host.online.words[0] = 7;
	for (int i = 0; i < 3; i++) {
		cpus[i] = (struct cpu_stats){ .cpu = i, .sent = 10 * i, .received = 3, .local = i };
		hist_fill(&cpus[i].delay, 20 * i);
		hist_fill(&cpus[i].handler, 30);
		hist_fill(&cpus[i].wait, i);
	}
	fns[0] = (struct fn_stats){ .func = { 16, 0, "ipi_mb", NULL },
				    .count = 30,
				    .local = 2,
				    .callsite = { 17, 0x20e, "membarrier_private_expedited", NULL },
				    .wait = { 3, 100, 60 } };
	fns[1] = (struct fn_stats){ .func = { 18, 0, "flush", "kvm" },
				    .count = 9,
				    .callsite = { 19, 0x1, "site", "kvm" } };
	fns[2] = (struct fn_stats){ .func = { 0xffffffff81000000, 0, NULL, NULL },
				    .count = 2,
				    .callsite = { 0xffffffff81000010, 0, NULL, NULL } };
	fns[3] = (struct fn_stats){ .other = true, .count = 1 };
	for (int i = 0; i < 4; i++) {
		hist_fill(&fns[i].delay, 5 * (4 - i));
		hist_fill(&fns[i].handler, 5 * (4 - i));
	}
	by[0] = (struct by_stats){ .tgid = 7,
				   .comm = "sender",
				   .count = 4,
				   .local = 1,
				   .cgroup = 12,
				   .cgroup_path = "/a.slice" };
	by[1] = (struct by_stats){ .interrupt = true, .count = 3 };
	by[2] = (struct by_stats){ .other = true, .count = 2 };
	hist_fill(&by[0].delay, 9);
	kinds[0] = (struct kind_stats){ .kind = "call_function",
					.sent_known = true,
					.sent = 5,
					.received_known = true,
					.received = 4,
					.timed = true,
					.coalesced = 1,
					.unseen = 2 };
	hist_fill(&kinds[0].delay, 4);
	hist_fill(&kinds[0].time, 4);
	kinds[1] = (struct kind_stats){ .kind = "NMI", .received_known = true, .why = "a reason" };
	wakes[0] = (struct wake_stats){
		.waker = 1, .woken = 2, .waker_comm = "a", .woken_comm = "b", .count = 5
	};
	wakes[1] =
		(struct wake_stats){ .interrupt = true, .woken = 3, .woken_comm = "c", .count = 1 };
	samples_fill();
	snap.cost[0] = (struct prog_cost){ .name = "csd_queue", .runs = 4, .ns = 9 };
	snap.tlb[1] = (struct tlb_stats){ 3, 2, 1 };
	return snap;
}

static void summary_print(const void *of)
{
	const struct view_options opts = { .stacks = true };

	view__summary(of, &opts);
}

static void plain_print(const void *of)
{
	const struct view_options opts = {};

	view__summary(of, &opts);
}

/* @snap by way of its line; snapshot__free() frees it. */
static struct snapshot again(const struct snapshot *snap, bool stacks, struct host *to)
{
	const struct view_options opts = { .stacks = stacks };
	char *line = json__snapshot_line(snap, &opts);
	json_t *object = parsed(line);
	struct snapshot got;

	assert_int_equal(parse__snapshot(strings, object, &got, to), 0);
	json_decref(object);
	free(line);
	return got;
}

static void a_snapshot(void **state)
{
	const struct view_options opts = { .stacks = true };
	struct snapshot snap = snapshot_make();
	struct host hosts;
	struct snapshot got = again(&snap, true, &hosts);

	(void)state;
	assert_same(json__snapshot_line(&got, &opts), json__snapshot_line(&snap, &opts));
	assert_same(printed(summary_print, &got), printed(summary_print, &snap));
	snapshot__free(&got);
}

static void a_snapshot_by_its_callers(void **state)
{
	const struct view_options opts = {};
	struct snapshot snap = snapshot_make();
	struct host hosts;
	struct snapshot got = again(&snap, false, &hosts);

	(void)state;
	assert_same(json__snapshot_line(&got, &opts), json__snapshot_line(&snap, &opts));
	assert_same(printed(plain_print, &got), printed(plain_print, &snap));
	snapshot__free(&got);
}

static void windows_add_up(void **state)
{
	struct snapshot snap = snapshot_make();
	struct host hosts;
	struct snapshot one = again(&snap, true, &hosts);
	struct snapshot_sum sum = {};

	(void)state;
	one.ledger.carried_in = one.ledger.in_flight;
	one.ledger.queued = one.ledger.function + one.ledger.ttwu + one.ledger.lost_by[0];
	for (int i = 0; i < 10000; i++)
		assert_int_equal(snapshot_sum__add(&sum, &one), 0);
	assert_true(ledger__closed(&sum.snap.ledger));
	assert_int_equal(sum.snap.ledger.queued, 10000 * one.ledger.queued);
	assert_int_equal(sum.snap.nr_fns, one.nr_fns);
	assert_int_equal(sum.snap.nr_edges, one.nr_edges);
	assert_int_equal(sum.snap.nr_by, one.nr_by);
	assert_int_equal(sum.snap.fns[0].count, 10000 * one.fns[0].count);
	assert_int_equal(sum.snap.cpus[2].delay.count, 10000 * one.cpus[2].delay.count);
	assert_int_equal(sum.snap.cpus[2].delay.max, one.cpus[2].delay.max);
	assert_in_range(sum.snap.nr_samples, 2048, 4096);
	for (size_t i = 0; i < sum.snap.nr_samples; i++)
		assert_true(sum.snap.samples[i].fn < 2);
	snapshot__free(&sum.snap);
	snapshot__free(&one);
}

static const struct wall_clock wall = { 1000 * SECOND };

static struct incident incident_make(enum stall_phase phase, bool ongoing)
{
	static const struct target_time targets[2] = { { .entry = 101, .end = 150, .dst = 2 },
						       { .entry = 120, .end = 5000000, .dst = 3 } };
	struct incident in = {
		.phase = phase,
		.ongoing = ongoing,
		.time = 7000100,
		.start = 100,
		.src = 1,
		.dst = 3,
		.dst_known = true,
		.func = { 16, 0, "flush", "kvm" },
		.callsite = { 17, 0x1c, "site", NULL },
		.call = 90,
		.slept = phase == PHASE_HANDLER,
		.sender = { .known = true, .pid = 8, .tgid = 7, .comm = "sender" },
		.victim = { .known = true, .pid = 9, .tgid = 9, .comm = "victim" },
		.cgroup = 5,
		.cgroup_path = "/a.slice",
		.wait_in = WAIT_MANY,
		.stolen = 3000,
		.doing = { 18, 0, "busy", NULL },
		.doing_since = 50,
		.nr_waiters = 1,
		.more_waiters = 2,
		.queued_behind = 3,
		.stack_of = STACK_CALL,
		.nr = 2,
		.stack = { { 19, 0x7, "inner", NULL }, { 20, 0x8, "outer", "kvm" } },
	};

	in.waiters[0] = (struct waiter){ .task = in.sender,
					 .src = 1,
					 .call = 100,
					 .until = 7000000,
					 .wait_in = WAIT_SINGLE,
					 .behind = true };
	if (phase == PHASE_DELIVERY) {
		in.sent = 200;
		in.arrived = 6000000;
		in.late = LATE_BEHIND;
		in.stack_of = STACK_INTERRUPTED;
	} else if (phase == PHASE_HANDLER) {
		in.stack_of = STACK_SLEEP;
	} else if (!ongoing) {
		in.nr_targets = in.nr_listed = 2;
		in.targets = targets;
		in.straggler = (struct straggler){ true, true, 4999850 };
	}
	return in;
}

static void stalls_of_each_phase(void **state)
{
	static char line[1 << 16], line2[1 << 16], text[STALL_TEXT], text2[STALL_TEXT];

	(void)state;
	for (int i = 0; i < 2 * NR_PHASES; i++) {
		struct incident in = incident_make(i / 2, i & 1);
		static struct parsed_stall got;
		size_t len = json__stall(line, sizeof(line), &in, 4, 0);
		json_t *object;

		line[len] = '\0';
		object = parsed(line);
		parse__stall(strings, object, &got);
		json_decref(object);
		assert_int_equal(got.id, 4);
		len = json__stall(line2, sizeof(line2), &got.incident, 4, 0);
		line2[len] = '\0';
		assert_string_equal(line2, line);
		text[view__stall(text, sizeof(text) - 1, &in, 4, &wall)] = '\0';
		text2[view__stall(text2, sizeof(text2) - 1, &got.incident, 4, &wall)] = '\0';
		assert_string_equal(text2, text);
	}
}

struct shown {
	const struct storm *storm;
	const struct storm_evidence *evidence;
};

static void storm_print(const void *of)
{
	const struct shown *shown = of;

	view__storm(shown->storm, shown->evidence, 0);
}

static void storms_of_each_signature(void **state)
{
	static uint64_t src[4] = { 90, 100, 1, 0 }, dst[4] = { 0, 5, 100, 100 };
	static struct parsed_storm got;

	(void)state;
	for (size_t i = 0; i <= nr_signatures; i++) {
		struct storm storm = {
			.id = 2,
			.own = i % 2,
			.limit = 200,
			.reason = STORM_BY_RISE,
			.onset = 5 * SECOND,
			.seen = 7 * SECOND,
			.sig = i < nr_signatures ? &signatures[i] : NULL,
			.nr_cpus = 4,
			.src = src,
			.dst = dst,
			.nr_funcs = 1,
			.funcs[0] = { "func", "kvm", 0, 3000 },
			.nr_sources = 1,
			.samples = 8,
			.baseline = 12,
			.baseline_known = true,
			.sources[0] = { .tgid = 7,
					.comm = "sender",
					.cgroup = "/a",
					.caller = "zero",
					.reason = "one",
					.nr_chain = 2,
					.chain = { "one", "two" },
					.samples = 6 },
			.last = { .ns = SECOND,
				  .cpu_ns = 4 * SECOND,
				  .count = 3000,
				  .all = 4000,
				  .handler_ns = 123456,
				  .wait_ns = 234567,
				  .victim = 1500 },
			.life = { .ns = 2 * SECOND,
				  .cpu_ns = 8 * SECOND,
				  .count = 6000,
				  .all = 8000,
				  .many = 5000,
				  .sent_elsewhere = 1000,
				  .received_elsewhere = 0 },
		};
		struct storm_evidence evidence = {
			.tsc = { true, true, false, false, "tsc" },
			.nr_online = 4,
			.guests = { true, "kvm_amd", 1, 2, "qemu" },
			.stops_known = true,
			.stops = 30,
			.moves_known = true,
			.moves = 50,
			.stops_ns = SECOND,
			.nr_changes = 1,
			.changes[0] = { 5 * SECOND, "kvm came" },
		};
		struct shown one = { &storm, &evidence }, two = { &got.storm, &got.evidence };
		char *line = json__storm_line(&storm, &evidence, 6 * SECOND);
		json_t *object = parsed(line);

		parse__storm(object, storm.sig, 4, &got);
		json_decref(object);
		free(line);
		assert_int_equal(got.storm.own, storm.own);
		assert_string_equal(got.storm.sources[0].reason, "one");
		assert_string_equal(got.storm.sources[0].caller, "zero");
		if (storm.own) {
			assert_int_equal(got.storm.life.sent_elsewhere, 1000);
			assert_true(storm__cpu_rate(&got.storm, got.dst, 0, 2) > 1400);
		}
		assert_same(printed(storm_print, &two), printed(storm_print, &one));
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

static void record_line(const struct record *r, void *ctx, char *text)
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

static void records(void **state)
{
	struct record r = {
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
	char want[4096], got[4096];

	(void)state;
	for (int i = 0; i < 8; i++) {
		struct parsed_record parsed_record;
		json_t *object;

		r.type = (i & 3) << 4;
		r.interrupt = i >> 2;
		record_line(&r, NULL, want);
		object = parsed(want);
		parse__record(strings, object, &parsed_record);
		json_decref(object);
		record_line(&parsed_record.record, &parsed_record, got);
		assert_string_equal(got, want);
	}
}

/* Other values than ipitrace writes are unknown, and out of no bounds. */
static void what_is_wrong_is_unknown(void **state)
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
	static struct parsed_storm storm;
	static struct parsed_stall stall;
	struct parsed_record record;
	struct snapshot snap;
	struct host hosts;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		json_t *object = parsed(lines[i]);

		assert_int_equal(parse__snapshot(strings, object, &snap, &hosts), 0);
		assert_true(snap.nr_samples <= 1024);
		free(printed(summary_print, &snap));
		snapshot__free(&snap);
		parse__stall(strings, object, &stall);
		assert_true(stall.incident.nr_waiters <= WAITERS_MAX);
		parse__storm(object, NULL, 1, &storm);
		assert_true(storm.storm.nr_funcs <= STORM_FUNCS);
		parse__record(strings, object, &record);
		json_decref(object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_snapshot),
		cmocka_unit_test(a_snapshot_by_its_callers),
		cmocka_unit_test(windows_add_up),
		cmocka_unit_test(stalls_of_each_phase),
		cmocka_unit_test(storms_of_each_signature),
		cmocka_unit_test(records),
		cmocka_unit_test(what_is_wrong_is_unknown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
