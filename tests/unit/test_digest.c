// SPDX-License-Identifier: GPL-2.0
/*
 * The digest of a window: sums by function, ordered by cost; the longest delay and run, and their
 * senders.
 */
#include "base/cpuset.h"
#include "model/digest.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "unit.h"

#define CPUS 4

static struct hist one(uint64_t ns)
{
	return (struct hist){ .count = 1, .sum = ns, .max = ns };
}

/*
 * f (rows 0 and 2) and g (row 1). CPU 2 ran f for 900, which CPU 1 had sent, and waited
 * 70 for g; CPU 3 ran g.
 */
struct made {
	struct cpu_stats cpus[CPUS];
	struct fn_stats fns[4];
	struct fn_cpu fn_cpus[3];
	struct edge edges[4];
	struct host host;
	struct snapshot snap;
};

static void window_fill(struct made *w)
{
	*w = (struct made){ .cpus = { { .cpu = 0 }, { .cpu = 1 }, { .cpu = 2 }, { .cpu = 3 } } };
	for (uint32_t cpu = 0; cpu < CPUS; cpu++)
		cpuset__add(&w->host.online, cpu);
	w->cpus[2].received = 2;
	w->cpus[2].handler = (struct hist){ .count = 2, .sum = 1000, .max = 900 };
	w->cpus[2].delay = one(50);
	w->cpus[2].wait = one(70);
	w->cpus[3].received = 1;
	w->cpus[3].handler = one(30);
	w->cpus[3].delay = one(8000);
	w->fns[0] = (struct fn_stats){ .func = { .addr = 1, .name = "f" },
				       .count = 1,
				       .handler = one(100),
				       .delay = one(50) };
	w->fns[1] = (struct fn_stats){ .func = { .addr = 2, .name = "g" },
				       .count = 9,
				       .handler = one(30),
				       .delay = one(8000),
				       .wait = { .count = 1, .sum = 70, .max = 70 } };
	w->fns[2] = (struct fn_stats){ .func = { .addr = 1, .name = "f" },
				       .count = 1,
				       .handler = one(900) };
	w->fns[3] = (struct fn_stats){ .func = { .addr = 3, .name = "local" }, .local = 5 };
	w->fn_cpus[0] = (struct fn_cpu){ .fn = 0, .cpu = 1, .sent = 1 };
	w->fn_cpus[1] = (struct fn_cpu){ .fn = 2, .cpu = 1, .sent = 1 };
	w->fn_cpus[2] = (struct fn_cpu){ .fn = 1, .cpu = 0, .sent = 9 };
	w->edges[0] = (struct edge){ 0, 2, 1 };
	w->edges[1] = (struct edge){ 1, 2, 2 };
	w->edges[2] = (struct edge){ 0, 3, 1 };
	w->edges[3] = (struct edge){ 1, 3, 0 };
	w->snap = (struct snapshot){
		.host = &w->host,
		.window.mono_end = 1000000,
		.cpus = w->cpus,
		.nr_cpus = CPUS,
		.fns = w->fns,
		.nr_fns = 4,
		.fn_cpus = w->fn_cpus,
		.nr_fn_cpus = 3,
		.edges = w->edges,
		.nr_edges = 4,
	};
}

TEST(functions_are_summed_and_ranked_by_cost)
{
	struct digest d;
	struct made w;

	window_fill(&w);
	assert_int_equal(digest__make(&d, &w.snap), 0);
	assert_members(d, nr_fns, 2, fns[0].func.name, "f", fns[0].count, 2, fns[0].handler, 1000,
		       fns[0].run_max, 900, fns[0].delay_max, 50, fns[0].waited, false);
	assert_true(d.fns[1].waited);
	assert_members(d, fns[1].wait, 70, handler, 1030, wait, 70, cpu_ns, CPUS * 1000000);
	digest__free(&d);
	/* Waits count as cost too. */
	w.fns[1].wait.sum = 5000;
	assert_int_equal(digest__make(&d, &w.snap), 0);
	assert_string_equal(d.fns[0].func.name, "g");
	digest__free(&d);
}

TEST(cpus_that_were_interrupted_most_hit_first)
{
	struct digest d;
	struct made w;

	window_fill(&w);
	w.cpus[1].reschedules = 4;
	w.cpus[1].sent = 100;
	assert_int_equal(digest__make(&d, &w.snap), 0);
	/* CPU 0 sent csds and received none. */
	assert_members(d, nr_cpus, 3, cpus[0]->cpu, 2, cpus[1]->cpu, 3, cpus[2]->cpu, 1);
	digest__free(&d);
}

TEST(the_worst_has_its_function_cpu_and_sender)
{
	struct digest d;
	struct made w;

	window_fill(&w);
	assert_int_equal(digest__make(&d, &w.snap), 0);
	assert_true(d.run.known && d.run.fn_known && d.run.src_known);
	assert_members(d, run.ns, 900, run.dst, 2, fns[d.run.fn].func.name, "f");
	/* CPUs 0 and 1 sent to CPU 2; only CPU 1 sent f. */
	assert_members(d, run.src, 1, delay.ns, 8000, delay.dst, 3, fns[d.delay.fn].func.name, "g",
		       delay.src_known, true, delay.src, 0);
	digest__free(&d);
}

static bool src_known(const struct made *w)
{
	struct digest d;
	bool known;

	assert_int_equal(digest__make(&d, &w->snap), 0);
	known = d.run.src_known;
	digest__free(&d);
	return known;
}

TEST(an_uncertain_sender_is_not_named)
{
	struct made w;

	window_fill(&w);
	assert_true(src_known(&w));
	/* The csd may have been queued before the window, by another CPU. */
	w.snap.ledger.carried_in = 1;
	assert_false(src_known(&w));
	/* With two CPUs the sender can only be the other one. */
	w.snap.cpus = &w.cpus[1];
	w.snap.nr_cpus = 2;
	assert_true(src_known(&w));
	window_fill(&w);
	w.snap.edges_other = 1;
	assert_false(src_known(&w));
	/* A CPU for which senders are not counted separately may have sent f too. */
	window_fill(&w);
	w.fns[0].count = 2;
	assert_false(src_known(&w));
	/* CPU 0 sent csds of f too. */
	window_fill(&w);
	w.fn_cpus[2].fn = 0;
	assert_false(src_known(&w));
}

TEST(two_functions_with_the_same_maximum_are_neithers)
{
	struct digest d;
	struct made w;

	window_fill(&w);
	w.fns[1].handler = one(900);
	assert_int_equal(digest__make(&d, &w.snap), 0);
	assert_true(d.run.known);
	assert_false(d.run.fn_known);
	digest__free(&d);
}

TEST(interrupts_by_kind)
{
	struct kind_stats kinds[] = {
		{ .kind = "call_function" },
		{ .kind = "reschedule", .sent_known = true, .timed = true, .time.sum = 77 },
	};
	struct digest d;
	struct made w;

	window_fill(&w);
	w.snap.known.kinds = true;
	w.snap.kinds[KIND_CALL_FUNCTION] = 11;
	w.snap.kinds[KIND_RESCHEDULE] = 12;
	w.snap.all_kinds = kinds;
	w.snap.nr_all_kinds = 2;
	assert_int_equal(digest__make(&d, &w.snap), 0);
	assert_members(d, ipis, 23, most_reschedules, true, reschedules_timed, true, reschedules,
		       77);
	/* What the other tracer's file lacks is not known; a kind without a row is counted. */
	assert_members(d, sent_known[KIND_CALL_FUNCTION], false, sent_known[KIND_RESCHEDULE], true,
		       sent_known[KIND_IRQ_WORK], true);
	digest__free(&d);
	w.snap.known.kinds = false;
	w.snap.kinds[KIND_CALL_FUNCTION] = 12;
	kinds[1].timed = false;
	assert_int_equal(digest__make(&d, &w.snap), 0);
	assert_members(d, most_reschedules, false, reschedules_timed, false, reschedules, 0,
		       sent_known[KIND_IRQ_WORK], false);
	digest__free(&d);
}

static bool handlers_untimed(const struct made *w)
{
	struct digest d;
	bool untimed;

	assert_int_equal(digest__make(&d, &w->snap), 0);
	untimed = d.handlers_untimed;
	digest__free(&d);
	return untimed;
}

TEST(handlers_without_a_time_have_no_cost_that_is_known)
{
	struct made w;

	window_fill(&w);
	w.snap.how.source = SOURCE_CSD;
	w.snap.ledger.orphans = 1;
	assert_false(handlers_untimed(&w));
	w.cpus[2].handler = w.cpus[3].handler = (struct hist){};
	assert_true(handlers_untimed(&w));
	/* With a filter an orphan may be a csd that the filter leaves out. */
	w.snap.how.filtered = true;
	assert_false(handlers_untimed(&w));
	w.snap.how.filtered = false;
	w.snap.ledger.orphans = 0;
	assert_false(handlers_untimed(&w));
}

TEST(the_host_may_explain_the_longest_run)
{
	struct digest d;
	struct made w;

	window_fill(&w);
	w.cpus[2].stolen = (struct steal_sum){ .known = true, .handler = 450, .delay = 24 };
	w.cpus[3].stolen = (struct steal_sum){ .known = false, .delay = 8000 };
	assert_int_equal(digest__make(&d, &w.snap), 0);
	/* The longest run is of CPU 2, the longest delay of CPU 3, which has no clock. */
	assert_members(d, run.stolen, 450, delay.stolen, 0);
	digest__free(&d);
	w.cpus[2].stolen.handler = 449;
	assert_int_equal(digest__make(&d, &w.snap), 0);
	assert_int_equal(d.run.stolen, 0);
	digest__free(&d);
}

TEST(nothing_seen)
{
	struct snapshot snap = {};
	struct digest d;

	assert_int_equal(digest__make(&d, &snap), 0);
	assert_int_equal(d.nr_fns + d.nr_cpus, 0);
	assert_false(d.run.known || d.delay.known);
	assert_int_equal(d.nr_online, 1);
	digest__free(&d);
}

TEST_MAIN(NULL, NULL)
