// SPDX-License-Identifier: GPL-2.0
/* prove: the waits of synchronous calls, by the ends of their csds. */
#include "prove/parts.h"
#include "unit.h"

#define CALLS 4
#define PARTS 3
#define CSDS  (CALLS * PARTS)
#define START 1000000000ULL
#define END   (START + 1000000000ULL)
#define CALL  200000000ULL

static struct proof_csd ipitrace[CSDS], ftrace[CSDS];
static struct proof_input in;
static struct proof_waits waits;

/* Calls to three CPUs, a fifth of a second apart. The csd that ends last has the call's wait. */
static int begin(void **state)
{
	for (int i = 0; i < CSDS; i++) {
		int call = i / PARTS, part = i % PARTS;

		ftrace[i] = (struct proof_csd){
			.queued = START + CALL * (call + 1) + part * 1000,
			.delay = 5000 + part * 100,
			.handler = 2000,
			.func = 1 + call,
			.dst = 1 + part,
		};
		ipitrace[i] = ftrace[i];
		ipitrace[i].queued += 300;
		ipitrace[i].call = 7 + call;
		ipitrace[i].partner = i + 1;
		ipitrace[i].wait = part == PARTS - 1 ? 2000 + 5200 + 2000 : PROOF_UNKNOWN;
	}
	in = (struct proof_input){
		.csds = { ipitrace, ftrace }, .nr = { CSDS, CSDS }, .start = START, .end = END
	};
	waits = (struct proof_waits){ .exact = true };
	return 0;
}

static void compare(uint64_t so, uint64_t is_untrue)
{
	assert_int_equal(proof_waits__compare(&waits, &in), 0);
	assert_members(waits, calls, CALLS, confirmed, so, untrue, is_untrue);
}

TEST(waits_of_their_csds_are_so, begin)
{
	compare(CALLS, 0);
}

TEST(a_wait_shorter_than_its_csds_is_false, begin)
{
	ipitrace[5].wait -= 1000;
	waits.exact = false;
	compare(CALLS - 1, 1);
	assert_members(waits.first_untrue, first.call, 8, wait, 8200, ipitrace, 9200);
}

/* The time from the call to its return is longer than that from the first csd to the last end. */
TEST(a_longer_wait_is_false_where_it_is_exact, begin)
{
	ipitrace[5].wait += 20000;
	compare(CALLS - 1, 1);
	begin(state);
	ipitrace[5].wait += 20000;
	waits.exact = false;
	compare(CALLS - 1, 0);
	assert_int_equal(waits.longer, 1);
}

/* A csd that was lost has no record, and may have ended last. */
TEST(a_lost_csd_may_make_a_wait_longer, begin)
{
	ipitrace[5].wait += 20000;
	in.ledger.lost = 1;
	compare(CALLS - 1, 0);
	assert_int_equal(waits.longer, 1);
}

TEST(a_wait_told_twice_and_a_call_of_two_functions_are_false, begin)
{
	ipitrace[4].wait = ipitrace[5].wait;
	ipitrace[7].func = 1;
	compare(CALLS - 2, 2);
}

TEST(times_that_are_apart_are_no_fault, begin)
{
	ftrace[5].handler += 30000;
	compare(CALLS - 1, 0);
	assert_int_equal(waits.apart, 1);
}

TEST(a_call_that_one_side_does_not_have_whole_is_not_judged, begin)
{
	ipitrace[1].partner = 0;
	ipitrace[4].handler = PROOF_UNKNOWN;
	ipitrace[8].wait = PROOF_UNKNOWN;
	in.end = ipitrace[9].queued + 1000;
	compare(0, 0);
	assert_int_equal(waits.unjudged, CALLS);
}

/* Each CPU numbers its own calls. */
TEST(a_number_of_another_cpu_is_another_call, begin)
{
	for (int i = PARTS; i < 2 * PARTS; i++) {
		ipitrace[i].call = ipitrace[0].call;
		ipitrace[i].src = ftrace[i].src = 4;
	}
	compare(CALLS, 0);
}

TEST_MAIN(NULL, NULL)
