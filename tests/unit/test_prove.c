// SPDX-License-Identifier: GPL-2.0
/* prove: the verdict is that equal csds are equal, and it names each mistake of ipitrace's. */
#include <fcntl.h>
#include "prove/parts.h"
#include "unit.h"

#define CSDS	  4000
#define START	  1000000000ULL
#define STEP	  100000ULL
#define THRESHOLD 1000000ULL
/* The numbers of two csds that are stalls, both reported: a late delivery and a long handler. */
#define LATE	  2000
#define LONG	  2100

static struct proof_csd ipitrace[CSDS + 1], ftrace[CSDS];
static struct proof_stall reported[3];
static struct proof_table functions, edges;
static struct proof_kinds kinds;
static struct proof_stalls stalls;
static struct proof_waits waits;
static struct proof_input in;
static struct proof proof;

/* Make ftrace's csds, and ipitrace's: it reads the clock after ftrace at each event. */
static void csds_make(void)
{
	for (int i = 0; i < CSDS; i++) {
		ftrace[i] = (struct proof_csd){
			.queued = START + i * STEP,
			.delay = 5000,
			.handler = i == LONG ? 2 * THRESHOLD : 1000,
			.func = 1 + i % 3,
			.src = i % 2,
			.dst = i == LATE || i == LONG ? 3 : 1 - i % 2,
		};
		if (i == LATE)
			ftrace[i].delay = 3 * THRESHOLD;
		ipitrace[i] = ftrace[i];
		ipitrace[i].queued += 300;
		ipitrace[i].delay -= 200;
	}
}

static void make_stall(struct proof_stall *stall, enum proof_measure of,
		       const struct proof_csd *csd)
{
	*stall = (struct proof_stall){
		.of = of,
		.start = csd->queued + (of == PROOF_HANDLER ? csd->delay : 0),
		.duration = of == PROOF_HANDLER ? csd->handler : csd->delay,
		.func = csd->func,
		.src = csd->src,
		.dst = csd->dst,
	};
}

static void tables_close(void)
{
	proof_table__close(&functions);
	proof_table__close(&edges);
	memset(&functions, 0, sizeof(functions));
	memset(&edges, 0, sizeof(edges));
}

static void report_stalls(void)
{
	make_stall(&reported[0], PROOF_DELAY, &ipitrace[LATE]);
	make_stall(&reported[1], PROOF_HANDLER, &ipitrace[LONG]);
}

/* Make the rows of ipitrace's window, which have all csds. */
static void tables_open(void)
{
	tables_close();
	assert_int_equal(proof_table__open(&functions), 0);
	assert_int_equal(proof_table__open(&edges), 0);
	for (int i = 0; i < CSDS; i++) {
		proof_table__report(&functions, ipitrace[i].func, 1);
		proof_table__report(&edges, proof_edge(ipitrace[i].src, ipitrace[i].dst), 1);
	}
}

static int begin(void **state)
{
	csds_make();
	tables_open();
	report_stalls();
	stalls = (struct proof_stalls){ .threshold = THRESHOLD, .reported = reported, .nr = 2 };
	waits = (struct proof_waits){ .exact = true };
	kinds = (struct proof_kinds){ .start = START, .end = START + CSDS * STEP };
	for (int i = 0; i < NR_PROOF_KINDS; i++)
		kinds.rows[i] = (struct proof_kind){ true, true, CSDS, CSDS, 0, 0 };
	in = (struct proof_input){
		.csds = { ipitrace, ftrace },
		.nr = { CSDS, CSDS },
		.start = START,
		.end = START + CSDS * STEP,
		.ledger = { .queued = CSDS },
		.run_ns = { 400, 200, 150 },
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
	tables_close();
	return 0;
}

static void assert_verdict(enum proof_verdict verdict, const char *why)
{
	prove(&proof, &in);
	if (proof.verdict != verdict || (*why ? !strstr(proof.why, why) : *proof.why))
		print_error("verdict %d: %s\n", proof.verdict, proof.why);
	assert_int_equal(proof.verdict, verdict);
	assert_true(*why ? !!strstr(proof.why, why) : !*proof.why);
}

TEST(the_same_is_equal, begin, end)
{
	assert_verdict(PROOF_EQUAL, "");
	assert_int_equal(proof.matched, CSDS);
	assert_int_equal((int64_t)proof_differences__mean(&proof.differences[PROOF_DELAY]), -200);
}

TEST(a_time_read_late_is_the_same_csd, begin, end)
{
	ftrace[1500].delay = 6 * STEP;
	ipitrace[1500].queued += 6 * STEP - 5000;
	ipitrace[1500].delay = 4900;
	assert_verdict(PROOF_EQUAL, "");
	assert_int_equal(proof.matched, CSDS);
}

/*
 * The host stopped the sender's CPU between both readings of the clock, for longer than the csd
 * took.
 */
TEST(a_cpu_away_for_long_is_the_same_csd, begin, end)
{
	ftrace[CSDS - 1].delay = 6000000;
	ipitrace[CSDS - 1].queued += 5700000;
	ipitrace[CSDS - 1].delay = 299800;
	in.end += 10 * PROOF_END_NS;
	kinds.end = in.end;
	assert_verdict(PROOF_EQUAL, "");
	assert_int_equal(proof.matched, CSDS);
}

TEST(a_csd_counted_twice_is_found, begin, end)
{
	ipitrace[CSDS] = ipitrace[1500];
	in.nr[PROOF_IPITRACE]++;
	assert_verdict(PROOF_NOT_EQUAL, "1 csds that ftrace does not have");
	assert_int_equal(proof.stray[PROOF_IPITRACE].queued, START + 1500 * STEP + 300);
}

TEST(a_count_of_the_ledger_is_found, begin, end)
{
	in.ledger.queued++;
	assert_verdict(PROOF_NOT_EQUAL, "the ledger has 4001 csds queued, ftrace has 4000 to 4000");
}

TEST(a_wrong_cpu_is_found, begin, end)
{
	ipitrace[1500].dst = 7;
	assert_verdict(PROOF_NOT_EQUAL, "1 csds that ftrace does not have");
	assert_members(proof, stray[PROOF_IPITRACE].dst, 7, alone[PROOF_FTRACE], 1);
}

TEST(a_swapped_function_is_found, begin, end)
{
	ipitrace[1500].func = 9;
	assert_verdict(PROOF_NOT_EQUAL, "1 csds that ftrace does not have");
	assert_int_equal(proof.stray[PROOF_IPITRACE].func, 9);
}

/* Each of ipitrace's three times is wrong by 1 us. */
TEST(times_that_are_1_us_off_are_found, begin, end)
{
	static const int64_t shifts[] = { 1000, -1000 };

	for (int s = 0; s < 2; s++) {
		begin(state);
		for (int i = 0; i < CSDS; i++)
			ipitrace[i].delay += shifts[s];
		report_stalls();
		assert_verdict(PROOF_NOT_EQUAL, "entry: ipitrace's time minus ftrace's is");
		begin(state);
		for (int i = 0; i < CSDS; i++)
			ipitrace[i].handler += shifts[s];
		report_stalls();
		assert_verdict(PROOF_NOT_EQUAL, "exit: ipitrace's time minus ftrace's is");
		begin(state);
		for (int i = 0; i < CSDS; i++) {
			ipitrace[i].queued += shifts[s];
			ipitrace[i].delay -= shifts[s];
		}
		report_stalls();
		/*
		 * ftrace's probe runs first, so ipitrace cannot see a csd queued before ftrace
		 * does.
		 */
		assert_verdict(PROOF_NOT_EQUAL,
			       shifts[s] > 0 ? "queueing: ipitrace's time minus ftrace's is" :
					       "csds that ftrace does not have");
	}
}

/* If the programs take longer on a machine, the two readings may differ by more. */
TEST(the_run_says_how_far_readings_may_be_apart, begin, end)
{
	for (int i = 0; i < CSDS; i++)
		ipitrace[i].delay += 1000;
	report_stalls();
	in.run_ns[PROOF_ENTRY] = in.run_ns[PROOF_EXIT] = 2000;
	assert_verdict(PROOF_EQUAL, "");
	tables_open();
	in.run_ns[PROOF_ENTRY] = in.run_ns[PROOF_EXIT] = 0;
	assert_verdict(PROOF_EQUAL, "");
	assert_false(proof.means[PROOF_ENTRY].known);
}

TEST(the_largest_differences_are_shown, begin, end)
{
	ipitrace[1000].handler += 9000;
	ipitrace[3000].delay += 5000;
	prove(&proof, &in);
	assert_members(proof, worst[0].measure, PROOF_HANDLER, worst[0].difference, 9000,
		       worst[1].measure, PROOF_DELAY, differences[PROOF_HANDLER].beyond, 1);
}

/* The CPU of the csd entered and left other functions in those 9 ms. */
TEST(a_time_while_the_cpu_did_other_things_is_found, begin, end)
{
	ipitrace[1000].handler += 9000000;
	assert_verdict(PROOF_NOT_EQUAL, "1 times are not between");
	assert_int_equal(proof.first_impossible.side[PROOF_IPITRACE].queued,
			 START + 1000 * STEP + 300);
	begin(state);
	ipitrace[1000].delay -= 4000000;
	assert_verdict(PROOF_NOT_EQUAL, "times are not between");
}

/* This holds for a small difference, too: the CPU queued another csd 4 us after the exit. */
TEST(a_time_behind_the_next_event_is_found, begin, end)
{
	ftrace[1000].delay = ipitrace[1000].delay = STEP - 5000;
	ftrace[1000].handler = 1000;
	ipitrace[1000].handler = 1000 + 4000;
	assert_verdict(PROOF_EQUAL, "");
	begin(state);
	ftrace[1000].delay = ipitrace[1000].delay = STEP - 5000;
	ftrace[1000].handler = 1000;
	ipitrace[1000].handler = 1000 + 4300;
	assert_verdict(
		PROOF_NOT_EQUAL,
		"1 times are not between ftrace's time and the CPU's next event: first CPU 0 to "
		"CPU 1");
	begin(state);
	ipitrace[1000].handler -= 900;
	assert_verdict(PROOF_NOT_EQUAL, "1 times are not between");
}

/* The host may have stopped the CPU between both readings, because nothing else ran there. */
TEST(a_cpu_that_was_away_is_no_fault, begin, end)
{
	ipitrace[1000].handler += 50000;
	assert_verdict(PROOF_EQUAL, "");
	assert_int_equal(proof.apart, 1);
}

/* ipitrace reads the clock again before each function of a batch, so its time begins later. */
TEST(a_walk_through_a_batch_is_no_fault, begin, end)
{
	ipitrace[1000].handler = 1000;
	ftrace[1000].handler = 60000;
	assert_verdict(PROOF_NOT_EQUAL, "1 times are not between");
	begin(state);
	ipitrace[1000].handler = 1000;
	ftrace[1000].handler = 60000;
	ipitrace[1000].batch = true;
	assert_verdict(PROOF_EQUAL, "");
	begin(state);
	ipitrace[1000].handler += 9000000;
	ipitrace[1000].batch = true;
	assert_verdict(PROOF_NOT_EQUAL, "1 times are not between");
	begin(state);
	ipitrace[1000].batch = true;
	ipitrace[1000].delay = 1000;
	ftrace[1000].delay = 60000;
	assert_verdict(PROOF_NOT_EQUAL, "times are not between");
}

TEST(a_wait_that_is_not_of_its_csds_is_found, begin, end)
{
	ipitrace[1000].call = 1;
	ipitrace[1000].wait = ipitrace[1000].delay + ipitrace[1000].handler - 1000;
	assert_verdict(PROOF_NOT_EQUAL,
		       "1 of 1 calls have a wait that differs from the time of their csds");
}

TEST(stalls_are_found_and_so, begin, end)
{
	assert_verdict(PROOF_EQUAL, "");
	assert_int_equal(stalls.confirmed, 2);
	assert_int_equal(stalls.untrue + stalls.missing + stalls.apart + stalls.unjudged, 0);
}

TEST(a_false_stall_is_named, begin, end)
{
	/* A stall of a csd that was quick; */
	make_stall(&reported[2], PROOF_HANDLER, &ipitrace[1000]);
	reported[2].duration = 2 * THRESHOLD;
	stalls.nr = 3;
	assert_verdict(PROOF_NOT_EQUAL, "1 stalls were reported that ftrace does not have");
	assert_members(stalls, first_untrue.duration, 2 * THRESHOLD, ftrace, 1000);
	/* of no csd at all; */
	begin(state);
	reported[2] = reported[0];
	reported[2].start += 777;
	stalls.nr = 3;
	assert_verdict(PROOF_NOT_EQUAL, "1 stalls were reported that ftrace does not have");
	assert_true(stalls.ftrace == PROOF_UNKNOWN);
	/* with a wrong sender; longer than it was. */
	begin(state);
	reported[0].src = 2;
	assert_verdict(PROOF_NOT_EQUAL, "1 stalls were reported");
	begin(state);
	reported[1].duration *= 2;
	assert_verdict(PROOF_NOT_EQUAL, "1 stalls were reported");
}

/* The times of the report are right, but it is no stall: it lasted less than the threshold. */
TEST(a_stall_below_the_threshold_is_false, begin, end)
{
	make_stall(&reported[2], PROOF_HANDLER, &ipitrace[1000]);
	stalls.nr = 3;
	assert_verdict(PROOF_NOT_EQUAL, "1 stalls were reported that ftrace does not have");
}

/* The function of a batch begins later than the batch, by the time of those before it. */
TEST(a_stall_of_a_batch_begins_later, begin, end)
{
	reported[1].start += 50000;
	assert_verdict(PROOF_EQUAL, "");
	assert_int_equal(stalls.confirmed, 2);
	begin(state);
	reported[1].start += 50000;
	reported[1].func = 9;
	assert_verdict(PROOF_NOT_EQUAL, "1 stalls were reported");
}

TEST(a_stall_that_was_not_reported_is_named, begin, end)
{
	stalls.nr = 1;
	assert_verdict(PROOF_NOT_EQUAL, "1 stalls by ftrace were not reported");
	assert_int_equal(stalls.first_missing.of, PROOF_HANDLER);
	begin(state);
	stalls.nr = stalls.dropped = 1;
	assert_verdict(PROOF_EQUAL, "");
	/* The report of a handler also has the deliveries that the handler delayed. */
	begin(state);
	ftrace[LONG + 1].dst = ipitrace[LONG + 1].dst = 3;
	ftrace[LONG + 1].delay += 2 * THRESHOLD;
	ipitrace[LONG + 1].delay += 2 * THRESHOLD;
	proof_table__report(&edges, proof_edge(ipitrace[LONG + 1].src, 3), 1);
	proof_table__report(&edges, proof_edge(ipitrace[LONG + 1].src, 1 - ipitrace[LONG + 1].src),
			    -1);
	assert_verdict(PROOF_EQUAL, "");
	assert_int_equal(stalls.within, 1);
}

TEST(a_wrong_row_of_the_window_is_found, begin, end)
{
	proof_table__report(&functions, 2, 1);
	assert_verdict(PROOF_NOT_EQUAL, "a function has 1334 csds, by ftrace 1333");
	begin(state);
	proof_table__report(&functions, 9, 1);
	assert_verdict(PROOF_NOT_EQUAL, "a function has 1 csds, by ftrace 0");
	begin(state);
	proof_table__report(&edges, proof_edge(0, 1), -1);
	assert_verdict(PROOF_NOT_EQUAL, "CPU 0 to CPU 1: ");
	begin(state);
	functions.other = 5;
	proof_table__report(&functions, 2, -5);
	assert_verdict(PROOF_EQUAL, "");
}

TEST(interrupts_that_are_not_equal_are_found, begin, end)
{
	kinds.rows[PROOF_RESCHEDULES_SENT].reported++;
	assert_verdict(PROOF_NOT_EQUAL, "reschedule sent: 4001, by ftrace 4000");
	begin(state);
	kinds.rows[PROOF_CALLS_ARRIVED].reported--;
	assert_verdict(PROOF_NOT_EQUAL, "call_function arrived: 3999, by ftrace 4000");
	/*
	 * No fault: kinds that are not counted, events that BPF may not see, and those near an end.
	 */
	begin(state);
	kinds.rows[PROOF_CALLS_ARRIVED] = (struct proof_kind){ true, false, 5, 0, 0, 0 };
	kinds.rows[PROOF_CALLS_SENT].reported -= 2;
	kinds.rows[PROOF_CALLS_SENT].hidden = 2;
	kinds.rows[PROOF_LOCAL].reported += 3;
	kinds.rows[PROOF_LOCAL].ends = 3;
	assert_verdict(PROOF_EQUAL, "");
}

TEST(interrupts_are_counted_in_the_window, begin, end)
{
	memset(kinds.rows, 0, sizeof(kinds.rows));
	proof_kinds__see(&kinds, PROOF_LOCAL, START - 1, 1, false);
	proof_kinds__see(&kinds, PROOF_LOCAL, START + 1, 1, false);
	proof_kinds__see(&kinds, PROOF_LOCAL, START + PROOF_KIND_END_NS, 4, true);
	assert_members(kinds.rows[PROOF_LOCAL], seen, 5, ends, 2, hidden, 4);
	/* At the other end. */
	proof_kinds__see(&kinds, PROOF_LOCAL, kinds.end + 1, 1, false);
	proof_kinds__see(&kinds, PROOF_LOCAL, kinds.end - 1, 1, false);
	proof_kinds__see(&kinds, PROOF_LOCAL, kinds.end - PROOF_KIND_END_NS, 2, false);
	proof_kinds__see(&kinds, PROOF_LOCAL, kinds.end, 1, false);
	assert_members(kinds.rows[PROOF_LOCAL], seen, 9, ends, 5, hidden, 4);
}

TEST(a_lost_run_must_be_counted, begin, end)
{
	ipitrace[1500] = ipitrace[--in.nr[PROOF_IPITRACE]];
	assert_verdict(PROOF_NOT_EQUAL, "1 csds that only ftrace has");
	assert_int_equal(proof.stray[PROOF_FTRACE].queued, START + 1500 * STEP);
	begin(state);
	ipitrace[1500] = ipitrace[--in.nr[PROOF_IPITRACE]];
	in.ledger.lost = 1;
	assert_verdict(PROOF_EQUAL, "");
}

/* Lose every @nth csd that is no stall, or keep only these; the ledger counts what is lost. */
static void lose(int nth, bool keep)
{
	in.nr[PROOF_IPITRACE] = 0;
	for (int i = 0; i < CSDS; i++)
		if (i == LATE || i == LONG || !(i % nth) == keep)
			ipitrace[in.nr[PROOF_IPITRACE]++] = ipitrace[i];
	in.ledger.lost = CSDS - in.nr[PROOF_IPITRACE];
}

TEST(many_lost_csds_prove_little, begin, end)
{
	lose(20, false);
	assert_verdict(PROOF_EQUAL, "");
	begin(state);
	lose(3, true);
	assert_verdict(PROOF_NONE, "csds could be compared, and ipitrace lost");
	begin(state);
	lose(5, true);
	assert_verdict(PROOF_NONE, "only 8");
}

/* Queued by a thread during which this kernel runs no BPF program. */
TEST(a_hidden_csd_is_no_fault, begin, end)
{
	ftrace[3000].hidden = true;
	ipitrace[3000] = ipitrace[--in.nr[PROOF_IPITRACE]];
	ipitrace[CSDS - 1] = ftrace[CSDS - 1];
	in.ledger.queued--;
	proof_table__report(&functions, ftrace[3000].func, -1);
	proof_table__report(&edges, proof_edge(ftrace[3000].src, ftrace[3000].dst), -1);
	assert_verdict(PROOF_EQUAL, "");
	assert_int_equal(proof.hidden, 1);
}

/* ftrace is no witness where csds of its own lack events; but what is equal is equal. */
TEST(a_difference_from_an_ftrace_with_gaps_is_no_verdict, begin, end)
{
	in.gaps = 2;
	assert_verdict(PROOF_EQUAL, "");
	ftrace[3000] = ftrace[--in.nr[PROOF_FTRACE]];
	assert_verdict(PROOF_NONE, "ftrace lacks events of 2 csds, and counts none as lost; "
				   "1 csds that ftrace does not have");
	in.gaps = 0;
	assert_verdict(PROOF_NOT_EQUAL, "1 csds that ftrace does not have");
}

/* As if somebody had switched tracing off and on again. */
TEST(a_hole_of_ftrace_is_no_verdict, begin, end)
{
	memmove(&ftrace[1000], &ftrace[1400], (CSDS - 1400) * sizeof(*ftrace));
	in.nr[PROOF_FTRACE] -= 400;
	assert_verdict(PROOF_NONE, "ftrace has none of 400 csds in a row");
}

TEST(a_busy_host_gets_a_shorter_run, begin, end)
{
	double seconds = 5;

	/* 200,000 csds of 256 bytes a second are 48.8 MB. */
	assert_int_equal(instance__fit(&seconds, 200000, 1 << 20), 300000);
	assert_true(seconds == 5);
	assert_int_equal(instance__fit(&seconds, 200000, 200000), 200000);
	assert_true(seconds == 3);
	assert_int_equal(instance__fit(&seconds, 200000, 1024), 1024);
	assert_true(seconds == 0.5);
	assert_int_equal(instance__fit(&seconds, 10, 1 << 20), 8192);
}

/* instance__open() closes an instance that it cannot open, and `prove` closes that again at its end. */
TEST(an_instance_may_be_closed_twice)
{
	struct instance instance = { .pid = fork(), .data = -1 };
	int other;

	if (!instance.pid)
		_exit(0);
	assert_true(instance.pid > 0);
	instance.socket = open("/dev/null", O_RDONLY | O_CLOEXEC);
	instance__close(&instance);
	other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(other, instance.socket);
	instance__close(&instance);
	assert_true(fcntl(other, F_GETFD) >= 0);
	close(other);
}

TEST(a_few_csds_and_unsound_data_are_no_verdict, begin, end)
{
	in.unsound = "ftrace lost 5 events";
	assert_verdict(PROOF_NONE, "ftrace lost 5 events");
	in.unsound = NULL;
	in.nr[0] = in.nr[1] = PROOF_LEAST - 1;
	assert_verdict(PROOF_NONE, "too few");
	in.nr[0] = in.nr[1] = 0;
	assert_verdict(PROOF_NONE, "0 csds are too few");
}

TEST_MAIN(NULL, NULL)
