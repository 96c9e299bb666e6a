// SPDX-License-Identifier: GPL-2.0
/* A parsed line of JSON is shown, as text and as JSON, like the data that it was made from. */
#include <fcntl.h>
#include <sys/mman.h>
#include <jansson.h>
#include "abi/hist_slots.h"
#include "base/clock.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "unit.h"
#include "view/capture/parse.h"
#include "view/json/json.h"
#include "view/view.h"
#include "view/text/views.h"

#define SECOND 1000000000ULL

static struct strings *strings;
static struct record_names *names;
static uint64_t seed;

static int setup(void **state)
{
	seed = 1;
	strings = strings__new();
	names = record_names__new(strings);
	return !strings || !names;
}

static int teardown(void **state)
{
	free(names);
	strings__free(strings);
	return 0;
}

static json_t *parsed(const char *line)
{
	json_t *object = json_loads(line, 0, NULL);

	assert_non_null(object);
	return object;
}

/* The text that @print writes to stdout. The caller frees it. */
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
	static struct symbol user[] = {
		{ .addr = 95, .name = "arena_purge", .module = "libjemalloc.so.2", .offset = 1 },
		{ .addr = 96, .module = "redis-server", .offset = 0x1c2 },
	};

	for (int i = 0; i < 5; i++) {
		samples[i] =
			(struct stack_sample){ .fn = i / 3, .tgid = 7, .comm = "sender", .nr = 2 };
		memcpy(samples[i].stack, frames + (i == 2) * 2, 2 * sizeof(*frames));
		if (i == 2)
			continue;
		memcpy(samples[i].user, user, sizeof(user));
		samples[i].nr_user = ARRAY_SIZE(user);
		samples[i].user_end = USER_END_LOST;
	}
}

/* The arrays of the snapshot. */
static void rows_fill(void)
{
	host.online.words[0] = 7;
	for (int i = 0; i < 3; i++) {
		cpus[i] = (struct cpu_stats){ .cpu = i,
					      .sent = 10 * i,
					      .received = 3,
					      .local = i,
					      .reschedules_known = i,
					      .reschedules = 5 * i };
		hist_fill(&cpus[i].delay, 20 * i);
		hist_fill(&cpus[i].handler, 30);
		hist_fill(&cpus[i].wait, i);
		cpus[i].wait_away = cpus[i].wait.sum / 2;
	}
	fns[0] = (struct fn_stats){ .func = { 16, 0, "ipi_mb", NULL },
				    .count = 30,
				    .local = 2,
				    .callsite = { 17, 0x20e, "membarrier_private_expedited", NULL },
				    .calls = { 4, 9, 3, 60, { 5 * SECOND + 7, 3, 1, 2 } },
				    .wait = { 3, 100, 60, 40 } };
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
				   .wait = { .count = 3, .sum = 900, .max = 500, .away = 300 },
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
		.begin_unseen = 7,
		.waits_unseen = 8,
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
		.known = { .kinds = true,
			   .self = true,
			   .tlb = true,
			   .polled = true,
			   .begin_unseen = true,
			   .waits_unseen = true },
		.how = { .by_key = BY_SENDER,
			 .timed = true,
			 .by_task = true,
			 .sees_interrupts = true,
			 .wait_source = WAITS_CSD },
	};

	rows_fill();
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

TEST(a_snapshot)
{
	const struct view_options opts = { .stacks = true };
	struct snapshot snap = snapshot_make();
	struct host hosts;
	struct snapshot got = again(&snap, true, &hosts);

	assert_same(json__snapshot_line(&got, &opts), json__snapshot_line(&snap, &opts));
	assert_same(printed(summary_print, &got), printed(summary_print, &snap));
	snapshot__free(&got);
}

TEST(a_snapshot_by_its_callers)
{
	const struct view_options opts = {};
	struct snapshot snap = snapshot_make();
	struct host hosts;
	struct snapshot got = again(&snap, false, &hosts);

	assert_same(json__snapshot_line(&got, &opts), json__snapshot_line(&snap, &opts));
	assert_same(printed(plain_print, &got), printed(plain_print, &snap));
	snapshot__free(&got);
}

TEST(windows_add_up)
{
	struct snapshot snap = snapshot_make();
	struct host hosts;
	struct snapshot one = again(&snap, true, &hosts);
	struct snapshot_sum sum = {};

	one.ledger.carried_in = one.ledger.in_flight;
	one.ledger.queued = one.ledger.function + one.ledger.ttwu + one.ledger.lost_by[0];
	for (int i = 0; i < 10000; i++)
		assert_int_equal(snapshot_sum__add(&sum, &one), 0);
	assert_true(ledger__closed(&sum.snap.ledger));
	assert_int_equal(sum.snap.ledger.queued, 10000 * one.ledger.queued);
	assert_int_equal(sum.snap.nr_fns, one.nr_fns);
	assert_int_equal(sum.snap.nr_edges, one.nr_edges);
	assert_int_equal(sum.snap.nr_by, one.nr_by);
	assert_true(one.kinds[KIND_CALL_FUNCTION]);
	assert_int_equal(sum.snap.kinds[KIND_CALL_FUNCTION], 10000 * one.kinds[KIND_CALL_FUNCTION]);
	assert_int_equal(sum.snap.fns[0].count, 10000 * one.fns[0].count);
	assert_int_equal(sum.snap.cpus[2].delay.count, 10000 * one.cpus[2].delay.count);
	assert_int_equal(sum.snap.cpus[2].delay.max, one.cpus[2].delay.max);
	assert_int_equal(sum.snap.waits_unseen, 10000 * one.waits_unseen);
	assert_true(sum.snap.known.waits_unseen);
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
		.stolen_known = true,
		.stolen = phase == PHASE_HANDLER ? 0 : 3000,
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
		in.why = WHY_NEVER_ARRIVED;
		in.timers_known = true;
		in.timers = 212;
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

TEST(stalls_of_each_phase)
{
	static char line[1 << 16], line2[1 << 16], text[STALL_TEXT], text2[STALL_TEXT];

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
		char *text, *text2;
		json_t *object;

		line[json__stalls_end(line, sizeof(line) - 1, &runs[i])] = '\0';
		object = parsed(line);
		parse__stalls_end(object, &got);
		got.ended = runs[i].ended;
		json_decref(object);
		line2[json__stalls_end(line2, sizeof(line2) - 1, &got)] = '\0';
		assert_string_equal(line2, line);
		text = printed(stalls_end_print, &runs[i]);
		text2 = printed(stalls_end_print, &got);
		assert_string_equal(text2, text);
		free(text);
		free(text2);
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

static const struct storm_evidence an_evidence = {
	.tsc = { true, true, false, false, "tsc" },
	.nr_online = 4,
	.guests = { true, "kvm_amd", 1, 2, "qemu" },
	.stops_known = true,
	.stops = 30,
	.moves_known = true,
	.moves = 50,
	.moves_ns = SECOND,
	.stops_ns = SECOND,
	.clock = { true, 40, SECOND },
	.guest_ipis = { .known = true,
			.virtualized = true,
			.all = 1500,
			.ns = SECOND,
			.nr_vms = 2,
			.vms = { { 77, "qemu", 1000 }, { 78, "", 300 } } },
	.nr_changes = 1,
	.changes[0] = { 5 * SECOND, "kvm came" },
};

/* @own: its csds are known by CPU. */
static struct storm storm_of(const struct signature *sig, bool own)
{
	static uint64_t src[4] = { 90, 100, 1, 0 }, dst[4] = { 0, 5, 100, 100 };

	return (struct storm){
		.id = 2,
		.own = own,
		.limit = 200,
		.reason = STORM_BY_RISE,
		.onset = 5 * SECOND,
		.seen = 7 * SECOND,
		.sig = sig,
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
			  .stolen = { true, 5000, 600 },
			  .victim = 1500 },
		.life = { .ns = 2 * SECOND,
			  .cpu_ns = 8 * SECOND,
			  .count = 6000,
			  .all = 8000,
			  .many = 5000,
			  .sent_elsewhere = 1000,
			  .received_elsewhere = 0 },
	};
}

TEST(storms_of_each_signature)
{
	static struct parsed_storm got;

	for (size_t i = 0; i <= signatures__nr(); i++) {
		struct storm storm =
			storm_of(i < signatures__nr() ? signature__at(i) : NULL, i % 2);
		struct shown one = { &storm, &an_evidence }, two = { &got.storm, &got.evidence };
		char *line = json__storm_line(&storm, &an_evidence, 6 * SECOND);
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

/* A storm without a name, one that the next window decides, none, and not yet known. */
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
	struct snapshot snap = snapshot_make();

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
	/* Where nothing was sent there is nothing to wait for. */
	assert_string_equal(storm_nearest__verdict(&verdicts[3], false), "none");
}

static void calm_print(const void *of)
{
	view__no_storm(of);
}

/* A function, interrupts without one, a run in which nothing was sent. */
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

		parse__calm(strings, object, 4, &got);
		json_decref(object);
		free(line);
		assert_int_equal(got.cpu_ns, runs[i].cpu_ns);
		assert_int_equal(got.wait_ns, runs[i].wait_ns);
		assert_same(printed(calm_print, &got), printed(calm_print, &runs[i]));
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
		static struct record_line line;

		r.type = (i & 3) << 4;
		r.interrupt = i >> 2;
		r.call = i & 2 ? 1ULL << 39 | i : 0;
		record_write(&r, NULL, want);
		assert_true(record_line__scan(&line, want, strlen(want) - 1));
		parse__record(names, &line, &parsed_record);
		record_write(&parsed_record.record, &parsed_record, got);
		assert_string_equal(got, want);
	}
}

static void assert_same_values(const struct record_line *a, const struct record_line *b)
{
	for (int key = 0; key < NR_RECORD_KEYS; key++) {
		assert_int_equal(a->values[key].type, b->values[key].type);
		assert_int_equal(a->values[key].integer, b->values[key].integer);
		if (record_line__text(a, key))
			assert_string_equal(record_line__text(a, key), record_line__text(b, key));
	}
}

/* Whether the quick way takes @text. If so, jansson takes it, too, and for the same values. */
static bool scanned_as_jansson_reads(const char *text)
{
	static struct record_line quick, slow;
	json_t *object = json_loadb(text, strlen(text), 0, NULL);
	bool scanned = record_line__scan(&quick, text, strlen(text));

	if (scanned) {
		assert_non_null(object);
		record_line__from_object(&slow, object);
		assert_same_values(&quick, &slow);
	}
	assert_int_equal(record_line__read(&quick, text, strlen(text)), json_is_object(object));
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

/* Else there would be no need for a second way. */
TEST(a_scan_takes_a_fraction_of_janssons_time)
{
	static struct record_line line;
	uint64_t scan = 0, jansson = 0, begun;
	char text[4096];
	size_t len;

	record_write(&sent, NULL, text);
	len = strlen(text) - 1;
	for (int i = 0; i < repeats(5000); i++) {
		begun = cpu_time();
		assert_true(record_line__scan(&line, text, len));
		scan += cpu_time() - begun;
		begun = cpu_time();
		json_decref(json_loadb(text, len, 0, NULL));
		jansson += cpu_time() - begun;
	}
	assert_in_range(scan, 0, jansson / 3);
}

/* Long texts leave no room for each other, and then they are unknown. */
TEST(a_long_line_has_bounds)
{
	static struct record_line line;
	char text[3 * RECORD_TEXT_BYTES];
	int len = snprintf(text, sizeof(text), "{\"func\":\"%0*d\",\"module\":\"%0*d\",\"src\":3}",
			   RECORD_TEXT_BYTES - 1, 1, RECORD_TEXT_BYTES, 2);
	uint64_t src;

	assert_false(record_line__scan(&line, text, len));
	assert_true(record_line__read(&line, text, len));
	assert_int_equal(strlen(record_line__text(&line, RECORD_FUNC)), RECORD_TEXT_BYTES - 1);
	assert_null(record_line__text(&line, RECORD_MODULE));
	assert_true(record_line__number(&line, RECORD_SRC, &src));
	assert_int_equal(src, 3);
	assert_int_equal(record_line__size(&line),
			 offsetof(struct record_line, text) + RECORD_TEXT_BYTES);
}

/* Two functions in one slot of the cache of names, and the same one with another module. */
TEST(names_that_share_a_slot_are_kept_apart)
{
	static struct record_line line;
	struct parsed_record one, two;
	char text[128];

	for (int i = 0; i < 2000; i++) {
		int len = snprintf(text, sizeof(text),
				   "{\"func\":\"f%d\",\"module\":%s,\"callsite\":\"g+0x%x\"}",
				   i / 2, i % 2 ? "\"m\"" : "null", i / 2);

		assert_true(record_line__read(&line, text, len));
		parse__record(names, &line, i % 2 ? &two : &one);
		if (i % 2) {
			assert_string_equal(two.func.name, one.func.name);
			assert_string_equal(two.func.module, "m");
			assert_null(one.func.module);
			assert_int_not_equal(two.func.addr, one.func.addr);
			assert_int_equal(two.callsite.addr, one.callsite.addr);
			assert_int_equal(two.callsite.offset, i / 2);
		}
	}
}

/* Other values than ipitrace writes are unknown, and out of no bounds. */
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
	static struct parsed_storm storm;
	static struct parsed_stall stall;
	struct calm calm;
	static struct record_line line;
	struct parsed_record record;
	struct snapshot snap;
	struct host hosts;

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
		parse__calm(strings, object, 1, &calm);
		record_line__from_object(&line, object);
		parse__record(names, &line, &record);
		json_decref(object);
	}
}

TEST_MAIN(setup, teardown)
