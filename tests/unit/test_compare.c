// SPDX-License-Identifier: GPL-2.0
/* prove/compare: which csds are the same, and every limit from which on two times differ. */
#include "prove/parts.h"
#include "unit.h"

#define START 1000000000ULL
#define END   (START + 1000000000ULL)
#define CSDS  2000

static struct proof_csd csds[NR_PROOF_SIDES][CSDS];
static struct proof_table functions, edges;
static struct proof_kinds kinds;
static struct proof_stalls stalls;
static struct proof_waits waits;
static struct proof_input in;
static struct proof proof;

static int begin(void **state)
{
	memset(&functions, 0, sizeof(functions));
	memset(&edges, 0, sizeof(edges));
	assert_int_equal(proof_table__open(&functions), 0);
	assert_int_equal(proof_table__open(&edges), 0);
	/* These are not compared. */
	functions.other = edges.other = 1;
	stalls = (struct proof_stalls){ .threshold = END };
	waits = (struct proof_waits){};
	kinds = (struct proof_kinds){ .start = START, .end = END };
	in = (struct proof_input){
		.csds = { csds[PROOF_IPITRACE], csds[PROOF_FTRACE] },
		.start = START,
		.end = END,
		.functions = &functions,
		.edges = &edges,
		.kinds = &kinds,
		.stalls = &stalls,
		.waits = &waits,
	};
	return 0;
}

static int end(void **state)
{
	proof_table__close(&functions);
	proof_table__close(&edges);
	return 0;
}

#define TEST_PROOF(name) TEST(name, begin, end)

/* Adds a csd of the function @func, and returns it. */
static struct proof_csd *add(enum proof_side side, uint64_t queued, uint64_t func)
{
	struct proof_csd *csd = &csds[side][in.nr[side]++];

	assert_true(in.nr[side] <= CSDS);
	*csd = (struct proof_csd){
		.queued = queued, .delay = 5000, .handler = 1000, .func = func, .dst = 1
	};
	return csd;
}

/* The @nr-th csd of both sides, apart from other pairs by its function and its CPUs. */
static struct proof_csd *pair(unsigned int nr, int64_t later, int64_t longer)
{
	uint64_t queued = START + 100000000 + nr * 100000;
	struct proof_csd *ipitrace = add(PROOF_IPITRACE, queued + later, nr);
	struct proof_csd *ftrace = add(PROOF_FTRACE, queued, nr);

	ipitrace->src = ftrace->src = 2 * nr;
	ipitrace->dst = ftrace->dst = 2 * nr + 1;
	ftrace->handler = 20000;
	ipitrace->handler = ftrace->handler + longer;
	return ipitrace;
}

/* Each time that is the last one, or the first one, of a part of the window, and one in its middle. */
static const uint64_t times[] = {
	START - PROOF_END_NS,
	START - PROOF_END_NS + 1,
	START - 1,
	START,
	START + PROOF_END_NS - 1,
	START + PROOF_END_NS,
	(START + END) / 2,
	END - PROOF_END_NS,
	END - PROOF_END_NS + 1,
	END,
	END + 1,
	END + PROOF_END_NS,
};

TEST_PROOF(a_csd_that_only_ftrace_has_is_judged_by_its_time)
{
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		add(PROOF_FTRACE, times[i], 3);
	prove(&proof, &in);
	assert_members(proof, csds[PROOF_FTRACE], 7, csds[PROOF_IPITRACE], 0, matched, 0, outside,
		       ARRAY_SIZE(times), at_ends, 4, hidden, 0, alone[PROOF_FTRACE], 3,
		       alone[PROOF_IPITRACE], 0);
	assert_int_equal(proof.stray[PROOF_FTRACE].queued, START + PROOF_END_NS);
	assert_members(proof, first_alone, 0, last_alone, 0, hole, 0);
}

TEST_PROOF(a_csd_that_only_ipitrace_has_is_judged_by_its_time)
{
	for (size_t i = ARRAY_SIZE(times); i--;)
		add(PROOF_IPITRACE, times[i], 3);
	prove(&proof, &in);
	assert_members(proof, csds[PROOF_FTRACE], 0, csds[PROOF_IPITRACE], 7, outside, 0, at_ends,
		       4, alone[PROOF_FTRACE], 0, alone[PROOF_IPITRACE], 5);
	assert_members(proof, stray[PROOF_IPITRACE].queued, START - PROOF_END_NS, first_alone,
		       START - PROOF_END_NS, last_alone, END + PROOF_END_NS);
}

/* The first and the last one by time, although these are sorted by their functions. */
TEST_PROOF(the_first_and_the_last_csd_alone_are_known)
{
	add(PROOF_IPITRACE, START + 500000000, 1);
	add(PROOF_IPITRACE, START + 900000000, 2);
	add(PROOF_IPITRACE, START + 100000000, 3);
	add(PROOF_IPITRACE, START + 300000000, 4);
	prove(&proof, &in);
	assert_members(proof, first_alone, START + 100000000, last_alone, START + 900000000,
		       stray[PROOF_IPITRACE].queued, START + 500000000, outside, 0);
}

TEST_PROOF(hidden_csds_are_counted_in_the_window)
{
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		add(PROOF_FTRACE, times[i], 3)->hidden = true;
	prove(&proof, &in);
	assert_members(proof, outside, ARRAY_SIZE(times), at_ends, 4, hidden, 3,
		       alone[PROOF_FTRACE], 0);
}

/* Csds that are apart by their sender, their target or their function are others. */
TEST_PROOF(what_one_csd_has_in_common_on_both_sides)
{
	const uint64_t at = START + 500000000;

	add(PROOF_IPITRACE, at, 1);
	add(PROOF_FTRACE, at, 1);
	add(PROOF_IPITRACE, at, 2)->src = 4;
	add(PROOF_FTRACE, at, 2)->src = 5;
	add(PROOF_IPITRACE, at, 3)->dst = 4;
	add(PROOF_FTRACE, at, 3)->dst = 5;
	add(PROOF_IPITRACE, at, 4);
	add(PROOF_FTRACE, at, 5);
	prove(&proof, &in);
	assert_members(proof, matched, 1, alone[PROOF_IPITRACE], 3, alone[PROOF_FTRACE], 3);
}

/* Returns how many csds are the same if ipitrace has one at @a, and ftrace one at @b and at @next. */
static uint64_t matched(uint64_t a, uint64_t b, uint64_t next, uint64_t next_func)
{
	const uint64_t at = START + 500000000;

	in.nr[PROOF_IPITRACE] = in.nr[PROOF_FTRACE] = 0;
	add(PROOF_IPITRACE, at + a, 1);
	add(PROOF_FTRACE, at + b, 1);
	if (next)
		add(PROOF_FTRACE, at + next, next_func);
	prove(&proof, &in);
	assert_int_equal(csds[PROOF_IPITRACE][0].partner > 0, proof.matched > 0);
	return proof.matched ? csds[PROOF_IPITRACE][0].partner : 0;
}

TEST_PROOF(csds_that_are_far_apart_are_two)
{
	/* ftrace's text rounds its time up. */
	assert_int_equal(matched(0, PROOF_TEXT_NS, 0, 0), 1);
	assert_int_equal(matched(0, PROOF_TEXT_NS + 1, 0, 0), 0);
	assert_members(proof, alone[PROOF_IPITRACE], 1, alone[PROOF_FTRACE], 1);
	/* A CPU may be away between both readings. */
	assert_int_equal(matched(PROOF_SAME_NS, 0, 0, 0), 1);
	assert_int_equal(matched(PROOF_SAME_NS + 1, 0, 0, 0), 0);
	assert_members(proof, alone[PROOF_IPITRACE], 1, alone[PROOF_FTRACE], 1);
	assert_int_equal(matched(0, PROOF_SAME_NS + 1, 0, 0), 0);
}

TEST_PROOF(a_csd_belongs_to_the_last_one_that_ftrace_has_before)
{
	assert_int_equal(matched(99500 - 1, 0, 100000, 1), 1);
	assert_int_equal(matched(99500, 0, 100000, 1), 2);
	assert_members(proof, alone[PROOF_FTRACE], 1, stray[PROOF_FTRACE].queued,
		       START + 500000000);
	/* The next one is of another function. */
	assert_int_equal(matched(99500, 0, 100000, 2), 1);
}

TEST_PROOF(the_largest_differences_come_first)
{
	static const int64_t longer[] = { 300, 4000, 200, -4000, 100, 6000, 500, 400 };
	static const struct {
		uint64_t difference, func;
	} want[PROOF_WORST] = { { 6000, 5 }, { 4000, 1 }, { 4000, 3 }, { 500, 6 }, { 400, 7 } };

	for (size_t i = 0; i < ARRAY_SIZE(longer); i++)
		pair(i, 0, longer[i]);
	prove(&proof, &in);
	assert_int_equal(proof.nr_worst, PROOF_WORST);
	for (size_t i = 0; i < PROOF_WORST; i++)
		assert_members(proof.worst[i], measure, PROOF_HANDLER, difference,
			       want[i].difference, side[PROOF_IPITRACE].func, want[i].func,
			       side[PROOF_FTRACE].func, want[i].func, side[PROOF_FTRACE].handler,
			       20000);
}

TEST_PROOF(few_differences_are_all_kept)
{
	pair(1, 0, 10)->delay += 30;
	pair(2, 0, 20)->delay = PROOF_UNKNOWN;
	prove(&proof, &in);
	assert_members(proof, nr_worst, 3, worst[0].measure, PROOF_DELAY, worst[0].difference, 30,
		       worst[1].measure, PROOF_HANDLER, worst[1].difference, 20, worst[2].measure,
		       PROOF_HANDLER, worst[2].difference, 10, differences[PROOF_DELAY].count, 1);
}

/* Differences of handlers: those within 10 us are in the sums, and those within their bound are right. */
TEST_PROOF(differences_are_summed_up)
{
	static const int64_t longer[] = { -10001, -10000, -2001, -2000, -21,  0,
					  19,	  2000,	  2001,	 10000, 10001 };
	const struct proof_differences *differences = &proof.differences[PROOF_HANDLER];
	const double squares = 2 * (1e8 + 4004001 + 4e6) + 21 * 21 + 19 * 19;

	for (size_t i = 0; i < ARRAY_SIZE(longer); i++)
		pair(i, 0, longer[i]);
	prove(&proof, &in);
	assert_members(*differences, count, 11, bound, PROOF_BOUND_NS, beyond, 6, near, 9, sum, -2,
		       bins[0], 1, bins[399], 1, bins[400], 1, bins[498], 1, bins[500], 2);
	assert_members(*differences, bins[600], 2, bins[1000], 1);
	assert_true(differences->squares == squares);
	assert_true(proof_differences__mean(differences) == -2. / 9);
	assert_members(proof.differences[PROOF_DELAY], count, 11, beyond, 0, near, 11, sum, 0,
		       bins[500], 11);
}

TEST_PROOF(a_long_program_moves_the_bound)
{
	in.run_ns[PROOF_QUEUE] = 400;
	in.run_ns[PROOF_ENTRY] = 600;
	in.run_ns[PROOF_EXIT] = 401;
	prove(&proof, &in);
	assert_int_equal(proof.differences[PROOF_DELAY].bound, 2000);
	assert_int_equal(proof.differences[PROOF_HANDLER].bound, 2002);
}

/* Each reading of ipitrace's, minus ftrace's of the same event. */
TEST_PROOF(readings_of_the_clock_are_compared)
{
	pair(1, 100, 40)->delay += 20;
	pair(2, 300, 0)->batch = true;
	/* One of these times is not known. */
	pair(3, 500, 0)->delay = PROOF_UNKNOWN;
	pair(4, 500, 0)->handler = PROOF_UNKNOWN;
	pair(5, 500, 0);
	csds[PROOF_FTRACE][4].delay = PROOF_UNKNOWN;
	pair(6, 500, 0);
	csds[PROOF_FTRACE][5].handler = PROOF_UNKNOWN;
	prove(&proof, &in);
	assert_int_equal(proof.matched, 6);
	assert_members(proof, readings[PROOF_QUEUE].count, 2, readings[PROOF_QUEUE].sum, 400,
		       readings[PROOF_ENTRY].count, 2, readings[PROOF_ENTRY].sum, 420,
		       readings[PROOF_EXIT].count, 1, readings[PROOF_EXIT].sum, 160);
}

/* Makes as many pairs, the readings of which are apart by 300 +- @spread ns, 20 more and 40 more. */
static void make_pairs(size_t nr, int64_t spread)
{
	for (size_t i = 0; i < nr; i++)
		pair(i, 300 + (i % 2 ? spread : -spread), 40)->delay += 20;
	in.run_ns[PROOF_QUEUE] = 400;
	in.run_ns[PROOF_ENTRY] = 500;
	in.run_ns[PROOF_EXIT] = 600;
}

static void assert_mean(enum proof_mark mark, double mean, double least, double low, double most)
{
	const struct proof_mean *got = &proof.means[mark];

	assert_true(got->known);
	if (got->mean != mean || got->least != least || got->low != low || got->most != most)
		fail_msg("%d: %g %g %g %g", mark, got->mean, got->least, got->low, got->most);
}

/* Three times the standard error of 1600 differences, the deviation of which is 80 ns, is 6 ns. */
TEST_PROOF(the_means_of_readings_have_limits)
{
	make_pairs(1600, 80);
	prove(&proof, &in);
	assert_mean(PROOF_QUEUE, 300, -6, 220, 280 + 400 + 12);
	assert_mean(PROOF_ENTRY, 320, -6, 240, 220 + 500 + 12);
	assert_mean(PROOF_EXIT, 360, -6, 280, 220 + 600 + 12);
}

/* ftrace's text may make a time later by half a microsecond, and no more. */
TEST_PROOF(an_event_read_too_early_does_not_lower_the_limit)
{
	make_pairs(PROOF_MEAN_CSDS, 0);
	for (size_t i = 0; i < in.nr[PROOF_IPITRACE]; i++)
		csds[PROOF_IPITRACE][i].handler -= 1000;
	prove(&proof, &in);
	assert_mean(PROOF_QUEUE, 300, 0, 300, -500 + 400);
	assert_mean(PROOF_EXIT, -640, 0, -640, 300 + 600);
}

TEST_PROOF(few_readings_have_no_mean)
{
	make_pairs(PROOF_MEAN_CSDS - 1, 0);
	prove(&proof, &in);
	for (int mark = 0; mark < NR_PROOF_MARKS; mark++)
		assert_false(proof.means[mark].known);
	in.nr[PROOF_IPITRACE] = in.nr[PROOF_FTRACE] = 0;
	make_pairs(PROOF_MEAN_CSDS, 0);
	in.run_ns[PROOF_ENTRY] = 0;
	prove(&proof, &in);
	assert_true(proof.means[PROOF_QUEUE].known);
	assert_false(proof.means[PROOF_ENTRY].known);
	assert_true(proof.means[PROOF_EXIT].known);
}

/* Readings of @early csds are apart by 100 ns, those of the others by 300. */
static double find_low(int early)
{
	in.nr[PROOF_IPITRACE] = in.nr[PROOF_FTRACE] = 0;
	make_pairs(PROOF_MEAN_CSDS, 0);
	for (int i = 0; i < early; i++)
		csds[PROOF_IPITRACE][i].queued -= 200;
	prove(&proof, &in);
	return proof.means[PROOF_QUEUE].low;
}

TEST_PROOF(one_reading_in_twenty_may_be_early)
{
	assert_true(find_low(49) == 300);
	assert_true(find_low(50) == 100);
}

static void assert_verdict(enum proof_verdict verdict, const char *why)
{
	prove(&proof, &in);
	assert_string_equal(proof.why, why);
	assert_int_equal(proof.verdict, verdict);
}

/* Makes @nr pairs that are equal, and a ledger that has them. */
static void make_equal(size_t nr)
{
	in.nr[PROOF_IPITRACE] = in.nr[PROOF_FTRACE] = 0;
	for (size_t i = 0; i < nr; i++)
		pair(i, 0, 0);
	in.ledger = (struct proof_ledger){ .queued = nr };
}

TEST_PROOF(so_many_csds_are_needed)
{
	make_equal(PROOF_LEAST);
	assert_verdict(PROOF_EQUAL, "");
	make_equal(PROOF_LEAST - 1);
	assert_verdict(PROOF_NONE, "999 csds are too few: 1000 are needed; --load makes some");
}

TEST_PROOF(a_tenth_of_the_times_may_differ)
{
	make_equal(PROOF_LEAST);
	for (int i = 0; i < 100; i++)
		csds[PROOF_IPITRACE][i].handler += PROOF_BOUND_NS + 1;
	assert_verdict(PROOF_EQUAL, "");
	csds[PROOF_IPITRACE][100].handler += PROOF_BOUND_NS + 1;
	assert_verdict(PROOF_NOT_EQUAL, "handler: 101 of 1000 csds differ by more than 2000 ns");
	make_equal(PROOF_LEAST);
	for (int i = 0; i < 101; i++)
		csds[PROOF_IPITRACE][i].delay += PROOF_BOUND_NS + 1;
	assert_verdict(PROOF_NOT_EQUAL, "delay: 101 of 1000 csds differ by more than 2000 ns");
}

TEST_PROOF(csds_of_the_ledger)
{
	make_equal(PROOF_LEAST);
	/* One of them may be within ipitrace's window. */
	add(PROOF_FTRACE, START - 1, 1);
	in.ledger.queued++;
	assert_verdict(PROOF_EQUAL, "");
	in.ledger.queued++;
	assert_verdict(PROOF_NOT_EQUAL, "the ledger has 1002 csds queued, ftrace has 1000 to 1001");
	in.ledger.queued = PROOF_LEAST - 1;
	assert_verdict(PROOF_NOT_EQUAL, "the ledger has 999 csds queued, ftrace has 1000 to 1001");
	/* These have no record. */
	in.ledger.queued = PROOF_LEAST + 3;
	for (int i = 0; i < 3; i++)
		add(PROOF_FTRACE, START + 500000000, CSDS + i);
	in.ledger.lost = 1;
	in.ledger.in_flight = 2;
	assert_verdict(PROOF_EQUAL, "");
	in.ledger.in_flight = 1;
	assert_verdict(PROOF_NOT_EQUAL, "3 csds that only ftrace has; ipitrace counts 2 as lost or "
					"in flight");
}

TEST_PROOF(as_many_csds_may_be_lost_as_were_compared)
{
	make_equal(PROOF_LEAST);
	in.ledger.lost = PROOF_LEAST;
	assert_verdict(PROOF_EQUAL, "");
	in.ledger.lost++;
	assert_verdict(PROOF_NONE, "only 1000 csds could be compared, and ipitrace lost 1001");
}

/* Adds @nr csds that only ipitrace has, 1 ms apart, behind those that make_equal() makes. */
static void make_hole(int nr)
{
	make_equal(PROOF_LEAST);
	for (int i = 0; i < nr; i++)
		add(PROOF_IPITRACE, START + 500000000 + i * 1000000, CSDS + i);
}

TEST_PROOF(ftrace_may_have_been_off)
{
	make_hole(PROOF_HOLE - 1);
	assert_verdict(PROOF_NOT_EQUAL, "99 csds that ftrace does not have");
	make_hole(PROOF_HOLE);
	/* At the first one's time, and at the last one's. */
	add(PROOF_FTRACE, START + 500000000, 3 * CSDS);
	add(PROOF_FTRACE, START + 599000000, 3 * CSDS);
	assert_verdict(PROOF_NONE, "ftrace has none of 100 csds in a row, from 0.500 to 0.599 s: "
				   "was ftrace off?");
	add(PROOF_FTRACE, START + 500000001, 3 * CSDS);
	assert_verdict(PROOF_NOT_EQUAL, "100 csds that ftrace does not have");
}

/* Compares one pair, the CPU of which has another event of ftrace's @next after the function's entry. */
static const struct proof *with_next(int64_t later, int64_t longer, bool batch, uint64_t next)
{
	struct proof_csd *ipitrace;

	in.nr[PROOF_IPITRACE] = in.nr[PROOF_FTRACE] = 0;
	ipitrace = pair(1, later, longer);
	ipitrace->batch = batch;
	if (next)
		add(PROOF_FTRACE, ipitrace->queued - later + 5000 + next, 9)->src = ipitrace->dst;
	prove(&proof, &in);
	assert_int_equal(proof.matched, 1);
	return &proof;
}

TEST_PROOF(no_time_is_before_that_of_ftrace)
{
	assert_members(*with_next(0, -PROOF_TEXT_NS, false, 0), impossible, 0, apart, 0);
	assert_members(*with_next(0, -PROOF_TEXT_NS - 1, false, 0), impossible, 1,
		       first_impossible.measure, PROOF_HANDLER, first_impossible.difference, 501,
		       first_impossible.side[PROOF_IPITRACE].handler, 19499,
		       first_impossible.side[PROOF_FTRACE].handler, 20000);
	/* The function of a batch begins after a walk through the batch. */
	assert_members(*with_next(0, -PROOF_TEXT_NS - 1, true, 0), impossible, 0);
	csds[PROOF_FTRACE][0].handler = 1000 + PROOF_WALK_NS + PROOF_TEXT_NS;
	csds[PROOF_IPITRACE][0].handler = 1000;
	prove(&proof, &in);
	assert_int_equal(proof.impossible, 0);
	csds[PROOF_FTRACE][0].handler++;
	prove(&proof, &in);
	assert_int_equal(proof.impossible, 1);
	/* Both the entry and the exit are too early; the first of them is kept. */
	pair(2, -400, 0)->delay -= 101;
	prove(&proof, &in);
	assert_members(proof, impossible, 3, first_impossible.side[PROOF_IPITRACE].func, 1);
}

/* ftrace's text rounds both of its times. */
TEST_PROOF(no_time_is_after_the_next_event_of_the_cpu)
{
	/* The exit of ftrace's own is at 20000, and ipitrace's is at 25001. */
	assert_members(*with_next(0, 5001, false, 24500), impossible, 1, first_impossible.measure,
		       PROOF_HANDLER, first_impossible.difference, 5001);
	assert_members(*with_next(0, 5000, false, 24500), impossible, 0, apart, 0);
	/* This near, it is the same event, which is rounded. */
	assert_int_equal(with_next(0, 5001, false, 21499)->impossible, 0);
	assert_int_equal(with_next(0, 5001, false, 21500)->impossible, 1);
	/* Nothing else runs on this CPU: a host may take it away. */
	assert_members(*with_next(0, PROOF_FAR_NS, false, 0), impossible, 0, apart, 0);
	assert_members(*with_next(0, PROOF_FAR_NS + 1, false, 0), impossible, 0, apart, 1);
	/* The entry is read late, too. */
	assert_members(*with_next(PROOF_FAR_NS + 1, -5000, false, 0), impossible, 0, apart, 1);
}

/* An event that ftrace does not have limits nothing. */
TEST_PROOF(times_that_are_not_known_are_not_judged)
{
	pair(1, 0, -9000)->handler = PROOF_UNKNOWN;
	pair(2, 0, -9000);
	csds[PROOF_FTRACE][1].handler = PROOF_UNKNOWN;
	pair(3, 0, -9000)->delay = PROOF_UNKNOWN;
	pair(4, 0, -9000);
	csds[PROOF_FTRACE][3].delay = PROOF_UNKNOWN;
	prove(&proof, &in);
	assert_members(proof, matched, 4, impossible, 0, apart, 0);
}

TEST_MAIN(NULL, NULL)
