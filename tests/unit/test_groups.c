// SPDX-License-Identifier: GPL-2.0
/* The sums of the storm detector's groups, of one window and of two, and the limits that they are compared with. */
#include "storm/groups.h"
#include "base/cpuset.h"
#include "model/host.h"
#include "unit.h"

#define SECOND 1000000000ULL
/* The groups in the order in which they came: each takes the last place that is free. */
#define AT(n)  at[STORM_GROUPS - 1 - (n)]

static struct groups groups;
static struct host host;
static struct cpu_stats cpus[4];
static struct fn_stats fns[4];
static struct fn_cpu parts[8];
static struct kind_stats kinds[2];

static int clear(void **state)
{
	groups__clear(&groups);
	memset(&groups, 0, sizeof(groups));
	memset(cpus, 0, sizeof(cpus));
	memset(fns, 0, sizeof(fns));
	memset(parts, 0, sizeof(parts));
	memset(kinds, 0, sizeof(kinds));
	host = (struct host){};
	for (uint32_t cpu = 0; cpu < 4; cpu++) {
		cpuset__add(&host.online, cpu);
		cpus[cpu].cpu = cpu;
	}
	return 0;
}

/* A window of half a second on 4 CPUs, whose functions, CPUs and parts a test fills. */
static struct snapshot window_of(size_t nr_fns, size_t nr_parts)
{
	for (size_t i = 0; i < nr_fns; i++)
		if (!fns[i].func.addr)
			fns[i].func = (struct symbol){ .addr = 1 + i, .name = "one_function" };
	return (struct snapshot){
		.host = &host,
		.window = { .mono_start = 7 * SECOND, .mono_end = 7 * SECOND + SECOND / 2 },
		.cpus = cpus,
		.nr_cpus = 4,
		.fns = fns,
		.nr_fns = nr_fns,
		.fn_cpus = parts,
		.nr_fn_cpus = nr_parts,
	};
}

static void add(const struct snapshot *snap)
{
	assert_int_equal(groups__add(&groups, snap, NULL), 0);
}

/* Two rows of one function: the second is sent to several CPUs, and has csds of CPUs without a place. */
static struct snapshot two_rows(void)
{
	struct snapshot snap = window_of(2, 4);

	fns[1].func.addr = 1;
	for (int i = 0; i < 2; i++) {
		fns[i].count = 100 + 100 * i;
		fns[i].handler = (struct hist){ .count = 9, .sum = 1000 + i };
		fns[i].wait = (struct wait_sum){ .count = 9, .sum = 500 + i, .away = 100 };
	}
	fns[0].callsite.name = "generic_exec_single";
	fns[1].stolen = (struct steal_sum){ .known = true, .delay = 30, .handler = 40 };
	fns[1].at_most = true;
	parts[0] = (struct fn_cpu){ .cpu = 0, .sent = 100, .wait = 50 };
	parts[1] = (struct fn_cpu){ .cpu = 1, .received = 100, .handler = 900, .wait = 60 };
	parts[2] = (struct fn_cpu){ .fn = 1, .cpu = 0, .sent = 170 };
	parts[3] = (struct fn_cpu){ .fn = 1, .cpu = 1, .received = 80, .handler = 700, .wait = 7 };
	return snap;
}

TEST(rows_of_a_function_add_up, clear)
{
	struct snapshot snap = two_rows();
	struct group *group = &groups.AT(0);

	add(&snap);
	assert_members(*group, used, true, addr, 1, nr_funcs, 1, funcs[0].count, 300, funcs[0].name,
		       "one_function");
	assert_members(group->now, count, 300, unsampled, 300, many, 200, handler_ns, 2001, wait_ns,
		       801, own, 0, at_most, true, runs_unseen, false, waits_unknown, false);
	assert_members(group->now.stolen, known, true, delay, 30, handler, 40);
	/* CPU 1 ran 180; a quarter of the 120 whose CPU is not known may have been there, too. */
	assert_members(group->now, victim, 210, victim_ns, 1600, waiter_ns, 67, sent_elsewhere, 30,
		       received_elsewhere, 120);
	assert_members(groups, all, 300, ns, SECOND / 2, cpu_ns, 2 * SECOND, start, 7 * SECOND, end,
		       7 * SECOND + SECOND / 2);
	/* Both rows are one entry of each CPU. */
	assert_int_equal(groups.nr_hits, 2);
	assert_members(groups.hits[0], cpu, 0, sent, 270, received, 0, wait, 50);
	assert_members(groups.hits[1], cpu, 1, sent, 0, received, 180, handler, 1600, wait, 67);
}

TEST(windows_of_an_interval_add_up_and_end_with_it, clear)
{
	struct snapshot snap = two_rows();
	struct group *group = &groups.AT(0);

	add(&snap);
	snap.window.mono_start += SECOND / 2;
	snap.window.mono_end += SECOND / 2;
	snap.how.source = SOURCE_CALLS;
	snap.how.wait_source = WAITS_UNKNOWN;
	add(&snap);
	assert_members(group->now, count, 600, handler_ns, 4002, many, 400, victim_ns, 3200,
		       waiter_ns, 134, sent_elsewhere, 60, runs_unseen, true, waits_unknown, true);
	assert_members(groups, all, 600, ns, SECOND, cpu_ns, 4 * SECOND, start, 7 * SECOND, end,
		       8 * SECOND, nr_hits, 2);
	groups__next(&groups);
	assert_members(groups, all, 0, ns, 0, cpu_ns, 0, interval, 1);
	assert_members(*group, nr_funcs, 0, now.count, 0, now.runs_unseen, false, prev.count, 600);
	snap = two_rows();
	snap.window.mono_start = 9 * SECOND;
	snap.window.mono_end = 10 * SECOND;
	add(&snap);
	assert_members(groups, start, 9 * SECOND, ns, SECOND);
	assert_members(*group, last_interval, 1, now.count, 300, prev.count, 600, now.waits_unknown,
		       false);
}

/* The sum of all functions without a row is of no group; a row without csds has no figures to add. */
TEST(rows_without_a_function_are_in_no_group, clear)
{
	struct snapshot snap = window_of(3, 0);

	fns[0].count = 50;
	fns[0].other = true;
	fns[2].wait.count = 1;
	add(&snap);
	assert_members(groups, all, 50, AT(0).addr, 3, AT(1).used, false);
	fns[2].wait.count = 0;
	fns[2].handler.count = 1;
	fns[1].count = 1;
	add(&snap);
	assert_members(groups, all, 101, AT(1).addr, 2, AT(2).used, false);
}

/* No CPU has a place for the row: it has the shares that all csds have. */
TEST(a_row_that_no_cpu_counted_is_shared_as_all_are, clear)
{
	struct snapshot snap = window_of(1, 0);
	struct edge edges[] = { { .dst = 1, .src = 0, .count = 30 },
				{ .dst = 2, .src = 0, .count = 10 },
				{ .dst = 1, .src = 3, .count = 40 } };

	fns[0].count = 1000;
	fns[0].handler.sum = 4000;
	cpus[1].received = 10;
	cpus[2].received = 30;
	cpus[1].handler.sum = 60;
	cpus[3].handler.sum = 20;
	add(&snap);
	assert_members(groups.AT(0).now, victim, 750, victim_ns, 3000, received_elsewhere, 1000,
		       sent_elsewhere, 1000);
	/* Where runs are not seen, the pairs of CPUs have the shares. */
	clear(NULL);
	snap = window_of(1, 0);
	fns[0].count = 1000;
	snap.how.source = SOURCE_CALLS;
	snap.edges = edges;
	snap.nr_edges = 3;
	add(&snap);
	assert_members(groups.AT(0).now, victim, 875, victim_ns, 0, runs_unseen, true);
	/* The CPUs online are counted in the window, if no host says how many there are. */
	clear(NULL);
	snap.host = NULL;
	add(&snap);
	assert_int_equal(groups.cpu_ns, 2 * SECOND);
	snap.nr_cpus = 0;
	add(&snap);
	assert_int_equal(groups.cpu_ns, 2 * SECOND + SECOND / 2);
}

/* Where a tracer hides call sites, a csd for each call shows that each goes to one CPU. */
TEST(calls_to_several_cpus_are_counted, clear)
{
	static const struct {
		const char *site;
		uint64_t addr, csds;
		bool hidden;
		uint64_t many;
	} rows[] = {
		{ "smp_call_function_single", 1, 100, false, 0 },
		{ "ttwu_queue_wakelist", 1, 100, true, 0 },
		{ "smp_call_function_many_cond", 1, 100, false, 100 },
		{ NULL, 1, 50, false, 100 },
		{ NULL, 0, 50, false, 100 },
		{ NULL, 0, 50, true, 0 },
		{ NULL, 0, 51, true, 100 },
		{ NULL, 1, 50, true, 100 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct snapshot snap;

		clear(NULL);
		snap = window_of(1, 0);
		snap.how.callsites_hidden = rows[i].hidden;
		fns[0].count = 100;
		fns[0].callsite = (struct symbol){ .addr = rows[i].addr, .name = rows[i].site };
		fns[0].calls.count = 50;
		fns[0].calls.csds = rows[i].csds;
		add(&snap);
		assert_int_equal(groups.AT(0).now.many, rows[i].many);
	}
}

/* A storm names the functions that have most csds; without a name, their address. */
TEST(a_group_has_its_six_largest_functions, clear)
{
	static const char *const of_kvm[] = {
		"hardware_enable_nolock",	 "hardware_disable_nolock",
		"kvm_enable_virtualization_cpu", "kvm_disable_virtualization_cpu",
		"check_processor_compat",	 "kvm_x86_check_cpu_compat",
		"svm_srso_clear_bp_spec_reduce"
	};
	static struct fn_stats rows[8];
	struct snapshot snap = window_of(0, 0);

	snap.fns = rows;
	snap.nr_fns = 8;
	for (size_t i = 0; i < 8; i++) {
		rows[i] = (struct fn_stats){ .count = 10 + i };
		rows[i].func = (struct symbol){ .addr = 1 + i,
						.name = of_kvm[i % 7],
						.module = i ? "kvm" : "kvm_amd" };
	}
	/* The last row is another one of the first function, in another module. */
	rows[7].func.addr = 1;
	add(&snap);
	assert_members(groups.AT(0), nr_funcs, 6, now.count, 108, funcs[0].count, 15, funcs[0].name,
		       of_kvm[5], funcs[5].count, 10, funcs[5].module, "kvm_amd");
	rows[5].count = 90;
	add(&snap);
	assert_members(groups.AT(0), nr_funcs, 6, funcs[0].count, 105, funcs[1].count, 28,
		       funcs[1].name, of_kvm[4]);
	clear(NULL);
	snap = window_of(1, 0);
	fns[0] = (struct fn_stats){ .count = 5, .func.addr = 0xabc };
	snap.how.names = NAMES_RESTRICTED;
	add(&snap);
	assert_members(groups.AT(0), funcs[0].name, "0xabc", funcs[0].module, "", funcs[0].kind,
		       NR_KINDS, names, NAMES_RESTRICTED);
}

TEST(a_function_s_name_is_no_format, clear)
{
	struct snapshot snap = window_of(1, 0);

	fns[0].count = 5;
	fns[0].func = (struct symbol){ .addr = 1, .name = "f%%", .module = "mod%%" };
	add(&snap);
	assert_members(groups.AT(0), funcs[0].name, "f%%", funcs[0].module, "mod%%");
}

/* Reschedules have no function: how many were sent, or how many arrived. */
TEST(interrupts_without_a_csd_are_a_group, clear)
{
	struct snapshot snap = window_of(0, 0);
	const struct group *group = &groups.AT(0);

	snap.known.kinds = true;
	snap.kinds[KIND_RESCHEDULE] = 400;
	add(&snap);
	assert_members(*group, addr, 0, nr_funcs, 1, funcs[0].count, 400, funcs[0].name, "",
		       funcs[0].kind, KIND_RESCHEDULE);
	assert_members(group->now, count, 400, unsampled, 400, victim, 100, sent_elsewhere, 400,
		       received_elsewhere, 400, own, 0);
	assert_int_equal(groups.all, 400);
	clear(NULL);
	kinds[0] = (struct kind_stats){ .kind = "reschedule", .most_hit.part = 0.75 };
	snap.all_kinds = kinds;
	snap.nr_all_kinds = 1;
	add(&snap);
	assert_int_equal(group->now.victim, 300);
	/* Their sending is not seen. */
	snap.nr_all_kinds = 0;
	snap.known.kinds = false;
	snap.kinds[KIND_RESCHEDULE] = 0;
	for (int cpu = 0; cpu < 4; cpu++)
		cpus[cpu].irqs[KIND_RESCHEDULE].count = cpu == 2 ? 70 : 10;
	clear(NULL);
	add(&snap);
	assert_int_equal(groups.AT(0).used, false);
	for (int cpu = 0; cpu < 4; cpu++)
		cpus[cpu].irqs[KIND_RESCHEDULE].count = cpu == 2 ? 70 : 10;
	snap.known.irqs = true;
	snap.how.filtered = true;
	add(&snap);
	assert_int_equal(groups.AT(0).used, false);
	snap.how.filtered = false;
	add(&snap);
	assert_members(group->now, count, 100, victim, 70);
}

/* ipitrace's own csds, and its own reschedules, count once, and for no cause. */
TEST(the_own_part_is_in_no_cause, clear)
{
	struct stack_sample samples[] = {
		{ .csds = 50, .nr = 1, .stack[0].name = "futex_wake" },
		{ .csds = 30,
		  .nr = 2,
		  .stack = { { .name = "kick_process" }, { .name = "io_poll_wake" } } },
		{ .csds = 20, .nr = 1, .own = true, .stack[0].name = "futex_wake" },
	};
	struct send_stats sends[] = { { .kind = KIND_RESCHEDULE, .count = 200 },
				      { .kind = KIND_IRQ_WORK, .count = 9 } };
	struct snapshot snap = window_of(0, 0);

	snap.known.kinds = snap.known.sends = true;
	snap.kinds[KIND_RESCHEDULE] = 300;
	snap.kinds[KIND_IRQ_WORK] = 9;
	snap.sends = sends;
	snap.nr_sends = 2;
	snap.send_samples = samples;
	snap.nr_send_samples = 3;
	add(&snap);
	assert_int_equal(groups.all, 309);
	assert_members(groups.AT(0).now, own, 40, count, 100, sent_elsewhere, 100, unsampled, 0);
	assert_members(groups.AT(1).now, own, 0, count, 60, received_elsewhere, 60);
	assert_members(groups.AT(2).now, own, 0, count, 9, unsampled, 9);
	assert_int_equal(groups.AT(1).last_interval, groups.interval);
	/* Of a function. */
	clear(NULL);
	snap = window_of(1, 0);
	snap.samples = samples;
	snap.nr_samples = 3;
	fns[0].count = 1000;
	fns[0].func.name = "sched_ttwu_pending";
	add(&snap);
	assert_int_equal(groups.AT(0).now.own + groups.AT(1).now.own, 200);
	/* A part below a fifth is not shown, and is in no cause, either. */
	samples[2].csds = 19;
	clear(NULL);
	fns[0] = (struct fn_stats){ .func = { .addr = 1, .name = "sched_ttwu_pending" },
				    .count = 990 };
	add(&snap);
	assert_int_equal(groups.AT(0).now.own + groups.AT(1).now.own, 0);
	assert_int_equal(groups.AT(0).now.count + groups.AT(1).now.count, 800);
}

/* Of causes with as many csds the first one that was sampled comes first: it has the own part. */
TEST(the_own_part_is_with_the_first_cause, clear)
{
	struct stack_sample samples[] = {
		{ .csds = 40, .nr = 1, .stack[0].name = "futex_wake" },
		{ .csds = 40,
		  .nr = 2,
		  .stack = { { .name = "kick_process" }, { .name = "io_poll_wake" } } },
		{ .csds = 20, .nr = 1, .own = true, .stack[0].name = "futex_wake" },
	};
	struct send_stats sends[] = { { .kind = KIND_RESCHEDULE, .count = 200 } };
	struct snapshot snap = window_of(0, 0);

	snap.known.kinds = snap.known.sends = true;
	snap.sends = sends;
	snap.nr_sends = 1;
	snap.send_samples = samples;
	snap.nr_send_samples = 3;
	for (int turn = 0; turn < 2; turn++) {
		const struct stack_sample first = samples[0];
		const struct signature *sig;

		samples[0].csds = 41;
		clear(NULL);
		add(&snap);
		sig = groups.AT(0).sig;
		samples[0].csds = 40;
		clear(NULL);
		add(&snap);
		assert_ptr_equal(groups.AT(0).sig, sig);
		assert_members(groups.AT(0).now, own, 40, count, 80);
		assert_members(groups.AT(1).now, own, 0, count, 80);
		samples[0] = samples[1];
		samples[1] = first;
	}
}

/* A group without csds in the last interval gives its place to a new one, the oldest one first. */
TEST(the_oldest_group_gives_its_place, clear)
{
	struct snapshot snap = window_of(1, 0);
	struct storm storm = {};

	fns[0].count = 1;
	for (uint64_t i = 0; i < STORM_GROUPS; i++) {
		fns[0].func.addr = 100 + i;
		add(&snap);
		groups__next(&groups);
	}
	groups.AT(0).storm = &storm;
	fns[0].func.addr = 7;
	add(&snap);
	assert_members(groups, AT(0).addr, 100, AT(1).addr, 7, AT(2).addr, 102, AT(1).now.count, 1,
		       AT(1).prev.count, 0);
	fns[0].func.addr = 102;
	add(&snap);
	fns[0].func.addr = 8;
	add(&snap);
	assert_members(groups, AT(1).addr, 7, AT(2).addr, 102, AT(3).addr, 8);
	/* Nobody gives a place in the interval in which all have csds. */
	for (size_t i = 0; i < STORM_GROUPS; i++)
		groups.at[i].last_interval = groups.interval;
	fns[0].func.addr = 9;
	add(&snap);
	for (size_t i = 0; i < STORM_GROUPS; i++)
		assert_int_not_equal(groups.at[i].addr, 9);
}

static const struct storm_limits limits = { .rate = 1000, .share = 0.05, .rise = 8, .note = 0.01 };

/* A group with @count csds on one CPU in each of two seconds, which cost @part of that CPU's time. */
static struct group group_of(uint64_t count, double part)
{
	const struct storm_sums sums = { .ns = SECOND,
					 .cpu_ns = 4 * SECOND,
					 .count = count,
					 .victim = count,
					 .victim_ns = part * SECOND - 1000.0 * count };

	return (struct group){
		.now = sums, .prev = sums, .nr_funcs = 1, .funcs[0].name = "one_function"
	};
}

TEST(the_cost_is_the_largest_of_three, clear)
{
	static const struct {
		struct storm_sums sums;
		double share;
		enum cost_of of;
	} rows[] = {
		{ { .ns = SECOND, .cpu_ns = 4 * SECOND, .handler_ns = 300, .wait_ns = 100 },
		  400 / 4e9,
		  COST_OF_ALL },
		{ { .ns = SECOND, .cpu_ns = 4 * SECOND, .handler_ns = 300, .victim_ns = 200 },
		  200 / 1e9,
		  COST_OF_ONE },
		{ { .ns = SECOND, .victim = 3, .victim_ns = 200 }, 3200 / 1e9, COST_OF_ONE },
		{ { .ns = SECOND, .cpu_ns = 4 * SECOND, .wait_ns = 400, .waiter_ns = 800 },
		  200 / 1e9,
		  COST_OF_WAITER },
		{ { .ns = SECOND, .victim_ns = 200, .waiter_ns = 800 }, 200 / 1e9, COST_OF_ONE },
		{ { .victim_ns = 200, .waiter_ns = 800, .handler_ns = 9 }, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct storm_cost cost = limits__cost(&limits, &rows[i].sums);

		assert_int_equal(1e12 * cost.share + 0.5, 1e12 * rows[i].share + 0.5);
		assert_members(cost, of, rows[i].of, limit, 0.05);
	}
}

/* A group exactly at a limit is a storm, and just below is calm. */
TEST(a_group_at_its_limit_is_a_storm, clear)
{
	static const struct {
		uint64_t count, before; /* csds in the last interval, and in the one before */
		double part, baseline;
		uint64_t interval;
		enum storm_reason reason;
	} rows[] = {
		{ 1000, 1000, 0, 0, 0, STORM_BY_RATE },
		{ 999, 999, 0, 0, 0, STORM_CALM },
		{ 1010, 989, 0, 0, 0, STORM_CALM },
		{ 31, 32, 0.06, 0, 0, STORM_BY_SHARE },
		{ 16, 16, 0.05, 0, 0, STORM_BY_SHARE },
		{ 16, 15, 0.05, 0, 0, STORM_CALM },
		{ 16, 16, 0.0499, 0, 0, STORM_CALM },
		{ 750, 750, 0, 93.75, 4, STORM_BY_RISE },
		{ 750, 750, 0, 93.75, 3, STORM_CALM },
		{ 750, 750, 0, 93.76, 4, STORM_CALM },
		{ 749, 749, 0, 10, 4, STORM_CALM },
		/* A burst: the interval before has less than a two-hundredth. */
		{ 10000, 50, 0, 0, 1, STORM_BY_RATE },
		{ 10000, 49, 0, 0, 1, STORM_CALM },
		{ 10000, 49, 0, 0, 0, STORM_BY_RATE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct group group = group_of(rows[i].count, rows[i].part);

		group.prev.count = group.prev.victim = rows[i].before;
		group.baseline = rows[i].baseline;
		group.sig = NULL;
		if (limits__reason(&limits, &group, rows[i].interval) != rows[i].reason)
			print_error("row %zu\n", i);
		assert_int_equal(limits__reason(&limits, &group, rows[i].interval), rows[i].reason);
	}
}

TEST(a_cheap_group_is_a_note, clear)
{
	struct group group = group_of(5000, 0.0099);

	assert_true(limits__note(&limits, &group));
	/* Its cost in the two intervals together decides, too. */
	group.prev = group_of(5000, 0.02).prev;
	assert_true(limits__note(&limits, &group));
	group.now = group_of(5000, 0.02).now;
	group.prev = group_of(5000, 0).prev;
	group.prev.victim_ns = 0;
	group.prev.victim = 0;
	assert_false(limits__note(&limits, &group));
	group.now = group.prev = group_of(5000, 0.0099).now;
	group.now.runs_unseen = group.prev.runs_unseen = true;
	assert_false(limits__note(&limits, &group));
	group.now.runs_unseen = group.prev.runs_unseen = false;
	/* The second function has no name: it is an interrupt whose time is not known. */
	group.nr_funcs = 2;
	assert_false(limits__note(&limits, &group));
	group = group_of(5000, 0.01);
	assert_false(limits__note(&limits, &group));
}

/* A storm lasts down to half of its limit; where names are hidden, a function may be of any class. */
TEST(a_storm_lasts_at_half_of_its_limit, clear)
{
	static const struct {
		enum storm_reason reason;
		uint64_t count;
		double part;
		bool lasts;
	} rows[] = {
		{ STORM_BY_RATE, 500, 0, true },     { STORM_BY_RATE, 499, 0.9, false },
		{ STORM_BY_RISE, 375, 0, true },     { STORM_BY_RISE, 374, 0.9, false },
		{ STORM_BY_SHARE, 20, 0.025, true }, { STORM_BY_SHARE, 9999, 0.0249, false },
	};
	struct group group;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct storm storm = { .reason = rows[i].reason };

		group = group_of(rows[i].count, rows[i].part);
		group.storm = &storm;
		assert_int_equal(limits__storm_lasts(&limits, &group), rows[i].lasts);
	}
	group = group_of(25, 0.02);
	group.names = NAMES_RESTRICTED;
	assert_int_equal(limits__rate(&limits, &group), 10000);
	assert_true(limits__hide(&limits, &group, 0));
	group.names = NAMES_SHOWN;
	assert_int_equal(limits__rate(&limits, &group), 1000);
	assert_false(limits__hide(&limits, &group, 0));
	group.names = NAMES_RESTRICTED;
	group.now.victim = group.now.count = 24;
	assert_false(limits__hide(&limits, &group, 0));
	group = group_of(25, 0.0001);
	group.names = NAMES_RESTRICTED;
	assert_false(limits__hide(&limits, &group, 0));
}

static int forget(void **state)
{
	return clear(state);
}

TEST_MAIN(NULL, forget)
