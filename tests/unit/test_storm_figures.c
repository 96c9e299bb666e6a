// SPDX-License-Identifier: GPL-2.0
/* What is computed from a storm's sums: parts, rates, its CPUs and shape, its nearness, local flushes. */
#include "model/host.h"
#include "model/storm.h"
#include "unit.h"

#define SECOND 1000000000ULL

static uint64_t src[4], dst[4];
static struct storm storm;

static int setup(void **state)
{
	memset(src, 0, sizeof(src));
	memset(dst, 0, sizeof(dst));
	storm = (struct storm){ .own_counts = true, .nr_cpus = 4, .src = src, .dst = dst };
	storm.life = (struct storm_sums){ .ns = 4 * SECOND, .count = 400, .all = 1000 };
	storm.last = (struct storm_sums){ .ns = SECOND, .count = 300, .all = 500 };
	return 0;
}

TEST(sums_add_member_by_member)
{
	const struct storm_sums one = { .ns = 1,
					.cpu_ns = 2,
					.count = 3,
					.all = 4,
					.unsampled = 5,
					.own = 6,
					.handler_ns = 7,
					.wait_ns = 8,
					.stolen = { .delay = 9, .handler = 10 },
					.many = 11,
					.victim = 12,
					.victim_ns = 13,
					.waiter_ns = 14,
					.sent_elsewhere = 15,
					.received_elsewhere = 16,
					.at_most = true };
	struct storm_sums sums = { .runs_unseen = true,
				   .waits_unknown = true,
				   .stolen.known = true };

	sums__add(&sums, &one);
	sums__add(&sums, &one);
	assert_members(sums, ns, 2, cpu_ns, 4, count, 6, all, 8, unsampled, 10, own, 12, handler_ns,
		       14, wait_ns, 16, many, 22);
	assert_members(sums, victim, 24, victim_ns, 26, waiter_ns, 28, sent_elsewhere, 30,
		       received_elsewhere, 32, runs_unseen, true, at_most, true, waits_unknown,
		       true);
	assert_members(sums.stolen, known, true, delay, 18, handler, 20);
	sums = (struct storm_sums){};
	sums__add(&sums, &one);
	assert_members(sums, runs_unseen, false, at_most, true, waits_unknown, false, stolen.known,
		       false);
}

TEST(rates_and_shares_of_sums)
{
	const struct storm_sums none = {}, sums = {
		.ns = 2 * SECOND, .count = 100, .victim = 50, .own = 8, .unsampled = 25, .all = 400
	};

	assert_true(sums__rate(&sums) == 50 && sums__rate(&none) == 0);
	assert_true(sums__victim_rate(&sums) == 25 && sums__victim_rate(&none) == 0);
	assert_true(sums__own_rate(&sums) == 4 && sums__own_rate(&none) == 0);
	assert_true(sums__unsampled(&sums) == 0.25 && sums__unsampled(&none) == 0);
	assert_true(sums__share(&sums) == 0.25 && sums__share(&none) == 0);
}

/* The figures of a new storm are those of its last interval, later those of its life. */
TEST(the_figures_of_a_storm, setup)
{
	const struct storm_source source = { .csds = 30 };

	assert_int_equal(storm_source__share(&storm, &source) * 100, 0);
	storm.csds = 120;
	assert_true(storm_source__share(&storm, &source) == 0.25);
	storm.news = STORM_BEGAN;
	assert_ptr_equal(storm__figures(&storm), &storm.last);
	/* A quarter of 300 a second. */
	assert_true(storm__part_rate(&storm, 100) == 75);
	storm.news = STORM_LASTS;
	assert_ptr_equal(storm__figures(&storm), &storm.life);
	assert_true(storm__part_rate(&storm, 100) == 25);
	storm.news = STORM_ENDED;
	assert_ptr_equal(storm__figures(&storm), &storm.life);
	storm.life.count = 0;
	assert_true(storm__part_rate(&storm, 100) == 0);
}

/* A CPU is one of the storm's from a tenth of what the first CPU has. */
TEST(the_cpus_of_a_storm, setup)
{
	static const uint64_t by[] = { 9, 10, 100, 0 };

	for (uint32_t cpu = 0; cpu < 6; cpu++)
		assert_int_equal(storm__has_cpu(&storm, by, cpu), cpu == 1 || cpu == 2);
	/* Without counts of its own, a storm has CPUs if most csds are its own. */
	assert_true(storm__has_cpus(&storm));
	storm.own_counts = false;
	storm.life.count = 500;
	assert_false(storm__has_cpus(&storm));
	storm.life.count = 501;
	assert_true(storm__has_cpus(&storm));
}

TEST(the_rate_of_a_cpu_is_its_part_of_what_is_known, setup)
{
	static const uint64_t by[] = { 10, 30, 0, 0 }, none[4];

	storm.news = STORM_LASTS;
	/* 100 a second, of which an eighth had no known CPU. */
	assert_true(storm__cpu_rate(&storm, by, 50, 0) == 21.875);
	assert_true(storm__cpu_rate(&storm, by, 50, 1) == 65.625);
	assert_true(storm__cpu_rate(&storm, by, 50, 2) == 0);
	assert_true(storm__cpu_rate(&storm, by, 400, 1) == 0);
	assert_true(storm__cpu_rate(&storm, by, 401, 1) == 0);
	assert_true(storm__cpu_rate(&storm, none, 0, 1) == 0);
	storm.own_counts = false;
	assert_true(storm__cpu_rate(&storm, by, 0, 1) == 0);
}

TEST(a_storm_is_of_a_kind_if_it_has_no_function, setup)
{
	assert_false(storm__is_of_kind(&storm));
	storm.nr_funcs = 1;
	assert_true(storm__is_of_kind(&storm));
	strcpy(storm.funcs[0].name, "f");
	assert_false(storm__is_of_kind(&storm));
}

TEST(shapes_follow_from_senders_and_targets, setup)
{
	static const struct signature works = { .kinds = 1U << KIND_IRQ_WORK };
	static const struct signature both = { .kinds = 1U << KIND_IRQ_WORK |
							1U << KIND_RESCHEDULE };
	static const struct {
		uint64_t src[4], dst[4], many;
		const struct signature *sig;
		bool foreign; /* the counts are of all csds */
		enum storm_shape shape;
		uint32_t online;
	} rows[] = {
		{ { 9 }, { 0, 9, 9, 9 }, 201, NULL, false, SHAPE_BROADCAST, 4 },
		{ { 9 }, { 0, 9, 9, 9 }, 200, NULL, false, SHAPE_IN_TURN, 4 },
		{ { 9, 9 }, { 0, 9, 9, 9 }, 200, NULL, false, SHAPE_PAIRWISE, 4 },
		{ { 9 }, { 0, 9, 9, 0 }, 201, NULL, false, SHAPE_MASK, 4 },
		{ { 9, 9 }, { 9, 9, 9, 9 }, 201, &both, false, SHAPE_BROADCAST, 4 },
		{ { 9 }, { 0, 9, 0, 0 }, 400, NULL, false, SHAPE_ONE_TARGET, 4 },
		{ { 9 }, { 0, 9, 0, 0 }, 400, NULL, false, SHAPE_ONE_TARGET, 2 },
		{ { 9 }, { 0, 9, 9, 9 }, 400, NULL, false, SHAPE_MASK, 5 },
		{ { 9 }, {}, 400, NULL, false, SHAPE_UNKNOWN, 4 },
		{ { 9 }, { 0, 9, 9, 9 }, 400, NULL, true, SHAPE_UNKNOWN, 4 },
		{ { 9 }, { 0, 9, 9, 9 }, 400, &works, true, SHAPE_SELF, 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memcpy(src, rows[i].src, sizeof(src));
		memcpy(dst, rows[i].dst, sizeof(dst));
		storm.life.many = rows[i].many;
		storm.sig = rows[i].sig;
		storm.own_counts = !rows[i].foreign;
		assert_int_equal(storm__shape(&storm, rows[i].online), rows[i].shape);
	}
}

TEST(a_source_may_be_a_stopper)
{
	struct storm_source source = { .nr_chain = 2 };

	strcpy(source.chain[0], "move_queued_task");
	strcpy(source.chain[1], "migration_cpu_stop");
	/* This one is beyond the chain. */
	strcpy(source.chain[2], "cpu_stopper_thread");
	assert_false(storm_source__is_stopper(&source));
	source.nr_chain = 3;
	assert_true(storm_source__is_stopper(&source));
	source.interrupt = true;
	assert_false(storm_source__is_stopper(&source));
}

TEST(updates_of_clocks_for_each_change_of_frequency)
{
	struct storm_evidence evidence = {
		.clock = { .counted = true, .updates = 60, .ns = 2 * SECOND },
		.cpufreq.transitions = 4,
	};

	assert_true(storm_evidence__updates_each(&evidence) == 7.5);
	evidence.clock.counted = false;
	assert_true(storm_evidence__updates_each(&evidence) == -1);
	evidence.clock.counted = true;
	evidence.clock.ns = 0;
	assert_true(storm_evidence__updates_each(&evidence) == -1);
	evidence.clock.ns = 1;
	evidence.cpufreq.transitions = 0;
	assert_true(storm_evidence__updates_each(&evidence) == -1);
}

TEST(ipis_of_other_guests_are_the_rest)
{
	struct guest_ipi_evidence ipis = { .all = 100, .nr_vms = 2 };

	ipis.vms[0].ipis = 60;
	ipis.vms[1].ipis = 30;
	ipis.vms[2].ipis = 5;
	assert_int_equal(guest_ipis__other(&ipis), 10);
	ipis.all = 90;
	assert_int_equal(guest_ipis__other(&ipis), 0);
	ipis.all = 89;
	assert_int_equal(guest_ipis__other(&ipis), 0);
}

TEST(the_nearest_limit_is_that_of_rate_or_cost)
{
	struct storm_nearest nearest = { .rate = 10,
					 .rate_limit = 40,
					 .cost = { .share = 0.25, .limit = 0.5 } };

	assert_true(storm_nearest__rate_part(&nearest) == 0.25);
	assert_true(storm_nearest__cost_part(&nearest) == 0.5);
	assert_true(storm_nearest__part(&nearest) == 0.5);
	nearest.rate = 30;
	assert_true(storm_nearest__part(&nearest) == 0.75);
	nearest.rate_limit = 0.5;
	assert_true(storm_nearest__rate_part(&nearest) == 60);
	nearest.rate_limit = nearest.cost.limit = 0;
	assert_true(storm_nearest__part(&nearest) == 0);
}

TEST(the_verdict_of_the_nearest_group)
{
	struct storm_nearest nearest = { .undecided = true, .nr_storms = 1 };

	assert_null(storm_nearest__verdict(&nearest, true));
	assert_string_equal(storm_nearest__verdict(&nearest, false), "none");
	nearest.known = true;
	assert_string_equal(storm_nearest__verdict(&nearest, false), "undecided");
	nearest.undecided = false;
	assert_string_equal(storm_nearest__verdict(&nearest, true), "storm");
	nearest.nr_storms = 0;
	assert_string_equal(storm_nearest__verdict(&nearest, true), "none");
}

TEST(the_cost_of_a_run_is_of_the_time_of_all_cpus)
{
	const struct calm none = {}, calm = { .handler_ns = 10, .wait_ns = 30, .cpu_ns = 160 };

	assert_true(calm__cost(&calm) == 0.25);
	assert_true(calm__cost(&none) == 0);
}

/* A window with local flushes and csds of flushes, beside those of other functions. */
static struct snapshot window_of_flushes(struct fn_stats fns[5])
{
	static const struct symbol funcs[] = {
		{ .name = "flush_tlb_func" },
		{ .name = "flush_tlb_func_remote" },
		{ .name = "flush_tlb_func", .module = "mod" },
		{ .name = "flush_tlb_all" },
		{},
	};
	struct snapshot snap = { .fns = fns, .nr_fns = ARRAY_SIZE(funcs) };

	for (size_t i = 0; i < ARRAY_SIZE(funcs); i++)
		fns[i] = (struct fn_stats){ .func = funcs[i], .local = 10 << i, .count = 1 << i };
	snap.how.flush_way = FLUSH_BY_HOST;
	snap.events.known[EVENT_HOST_FLUSH] = true;
	snap.events.hits[EVENT_HOST_FLUSH] = 5;
	return snap;
}

TEST(flushes_of_windows_add_up)
{
	struct fn_stats fns[5];
	struct snapshot snap = window_of_flushes(fns);
	struct flushes flushes = {};

	flushes__add(&flushes, &snap);
	assert_members(flushes, way, FLUSH_BY_HOST, hosted_known, true, hosted, 5, local, 30, csds,
		       3);
	flushes__add(&flushes, &snap);
	assert_members(flushes, hosted_known, true, hosted, 10, local, 60, csds, 6);
	/* Known if known in each window. */
	snap.events.known[EVENT_HOST_FLUSH] = false;
	flushes__add(&flushes, &snap);
	assert_false(flushes.hosted_known);
	snap.events.known[EVENT_HOST_FLUSH] = true;
	flushes__add(&flushes, &snap);
	assert_members(flushes, hosted_known, false, hosted, 20, local, 120);
}

/* Many local flushes, or some by the host, explain why few csds were sent. */
TEST(flushes_explain_few_csds)
{
	static const struct {
		struct flushes flushes;
		bool explain;
	} rows[] = {
		{ { .way = FLUSH_BY_HOST, .local = 2000, .csds = 200 }, true },
		{ { .way = FLUSH_BY_HOST, .local = 1999, .csds = 0 }, false },
		{ { .way = FLUSH_BY_HOST, .local = 2000, .csds = 201 }, false },
		{ { .way = FLUSH_BY_HOST, .hosted = 1 }, true },
		{ { .way = FLUSH_BY_HOST }, false },
		{ { .way = FLUSH_BY_IPI, .local = 2000, .hosted = 1 }, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(flushes__explain(&rows[i].flushes, 2), rows[i].explain);
}

TEST_MAIN(NULL, NULL)
