// SPDX-License-Identifier: GPL-2.0
/* prove/stalls: which csd a reported stall belongs to, and every limit of its times and of waits. */
#include "prove/parts.h"
#include "unit.h"

#define START	  1000000000ULL
#define END	  (START + 1000000000ULL)
#define MIDDLE	  (START + 500000000ULL)
#define THRESHOLD 1000000ULL

static struct proof_csd ipitrace[8], ftrace[8];
static struct proof_stall reported[8];
static struct proof_input in;
static struct proof_stalls stalls;
static struct proof_waits waits;

static int begin(void **state)
{
	in = (struct proof_input){
		.csds = { ipitrace, ftrace }, .start = START, .end = END, .stalls = &stalls
	};
	stalls = (struct proof_stalls){ .threshold = THRESHOLD, .reported = reported };
	waits = (struct proof_waits){ .exact = true };
	return 0;
}

/* Adds a csd that both sides have, with the same times. */
static struct proof_csd *add(uint64_t queued, uint64_t delay, uint64_t handler)
{
	size_t at = in.nr[PROOF_FTRACE]++;

	in.nr[PROOF_IPITRACE]++;
	ipitrace[at] = (struct proof_csd){
		.queued = queued, .delay = delay, .handler = handler, .func = 5, .src = 1, .dst = 2
	};
	ftrace[at] = ipitrace[at];
	ipitrace[at].partner = at + 1;
	return &ipitrace[at];
}

/* Reports a stall of a handler on CPU 2. */
static struct proof_stall *report(uint64_t start, uint64_t duration)
{
	struct proof_stall *stall = &reported[stalls.nr++];

	*stall = (struct proof_stall){ .of = PROOF_HANDLER,
				       .start = start,
				       .duration = duration,
				       .func = 5,
				       .src = 1,
				       .dst = 2 };
	return stall;
}

/* What became of the stalls, as "confirmed 1 apart 1"; begins anew. */
static const char *compare(void)
{
	static char text[128];
	const struct {
		const char *name;
		const uint64_t *nr;
	} all[] = { { "confirmed", &stalls.confirmed }, { "unjudged", &stalls.unjudged },
		    { "apart", &stalls.apart },		{ "untrue", &stalls.untrue },
		    { "missing", &stalls.missing },	{ "within", &stalls.within } };

	proof_stalls__compare(&stalls, &in);
	*text = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (*all[i].nr)
			text_append(text, sizeof(text), "%s%s %d", *text ? " " : "", all[i].name,
				    (int)*all[i].nr);
	stalls.confirmed = stalls.unjudged = stalls.apart = stalls.untrue = 0;
	stalls.missing = stalls.within = 0;
	stalls.nr = in.nr[PROOF_IPITRACE] = in.nr[PROOF_FTRACE] = 0;
	return text;
}

#define assert_compared(want) assert_string_equal(compare(), want)

/* A handler of 2 ms from MIDDLE on, and the report of @start and @duration. */
static struct proof_stall *reported_so(int64_t start, int64_t duration)
{
	add(MIDDLE - 10, 10, 2 * THRESHOLD);
	return report(MIDDLE + start, 2 * THRESHOLD + duration);
}

TEST(a_report_begins_with_its_csd, begin)
{
	reported_so(0, 0);
	assert_compared("confirmed 1");
	/* A function of a batch runs after those before it. */
	reported_so(PROOF_WALK_NS, 0);
	assert_compared("confirmed 1");
	/* It is another stall, and that of the csd is not reported: it is missing. */
	reported_so(PROOF_WALK_NS + 1, 0);
	assert_compared("untrue 1 missing 1");
	/* That one lasted to the end of the csd's own, so it is a part of that report. */
	reported_so(-1, 0);
	assert_compared("untrue 1 within 1");
	reported_so(0, 0)->dst = 3;
	assert_compared("untrue 1 missing 1");
	reported_so(0, 0)->of = PROOF_DELAY;
	assert_compared("untrue 1 within 1");
}

TEST(a_report_has_the_sender_and_the_function_of_its_csd, begin)
{
	reported_so(0, 0)->src = 9;
	assert_compared("untrue 1");
	assert_members(stalls.first_untrue, src, 9, start, MIDDLE);
	assert_int_equal(stalls.ftrace, 2 * THRESHOLD);
	reported_so(0, 0)->func = 9;
	assert_compared("untrue 1");
	/* One that begins later must have both, too, or it is another's. */
	reported_so(1, 0)->src = 9;
	assert_compared("untrue 1 within 1");
	assert_true(stalls.ftrace == PROOF_UNKNOWN);
	reported_so(1, 0)->func = 9;
	assert_compared("untrue 1 within 1");
}

TEST(a_report_has_the_duration_of_its_csd, begin)
{
	reported_so(0, PROOF_FAR_NS);
	assert_compared("confirmed 1");
	reported_so(0, PROOF_FAR_NS + 1);
	assert_compared("untrue 1");
	reported_so(0, -PROOF_FAR_NS - 1);
	assert_compared("untrue 1");
	reported_so(1, PROOF_FAR_NS);
	assert_compared("confirmed 1");
	reported_so(1, PROOF_FAR_NS + 1);
	assert_compared("untrue 1 within 1");
}

/* Of several reports, the one that begins with the csd, or after it. */
TEST(reports_are_found_in_any_order, begin)
{
	add(MIDDLE + 40000000, 10, 2 * THRESHOLD);
	add(MIDDLE + 20000000, 3 * THRESHOLD, 4 * THRESHOLD);
	add(MIDDLE, 10, 5 * THRESHOLD)->dst = 7;
	ftrace[2].dst = 7;
	report(MIDDLE + 40000010, 2 * THRESHOLD);
	report(MIDDLE + 20000000, 3 * THRESHOLD)->of = PROOF_DELAY;
	report(MIDDLE + 20000000 + 3 * THRESHOLD, 4 * THRESHOLD);
	report(MIDDLE + 10, 5 * THRESHOLD)->dst = 7;
	assert_compared("confirmed 4");
}

TEST(a_stall_below_the_threshold_is_untrue, begin)
{
	add(MIDDLE, 10, THRESHOLD - PROOF_FAR_NS);
	report(MIDDLE + 10, THRESHOLD - PROOF_FAR_NS);
	assert_compared("confirmed 1");
	add(MIDDLE, 10, THRESHOLD - PROOF_FAR_NS - 1);
	report(MIDDLE + 10, THRESHOLD - PROOF_FAR_NS - 1);
	assert_compared("untrue 1");
	/* Of a batch: the csd's own time is short. */
	add(MIDDLE, 10, THRESHOLD - PROOF_FAR_NS);
	report(MIDDLE + 15, THRESHOLD);
	assert_compared("confirmed 1");
	add(MIDDLE, 10, THRESHOLD - PROOF_FAR_NS - 1);
	report(MIDDLE + 15, THRESHOLD - 1);
	assert_compared("untrue 1");
	assert_true(stalls.ftrace == PROOF_UNKNOWN);
}

TEST(what_ftrace_does_not_know_is_not_judged, begin)
{
	reported_so(0, 0);
	ipitrace[0].partner = 0;
	assert_compared("unjudged 1");
	reported_so(0, 0);
	ftrace[0].handler = PROOF_UNKNOWN;
	assert_compared("unjudged 1");
	/* The host took the CPU away between both readings. */
	reported_so(0, 0);
	ftrace[0].handler += PROOF_FAR_NS;
	assert_compared("confirmed 1");
	reported_so(0, 0);
	ftrace[0].handler += PROOF_FAR_NS + 1;
	assert_compared("apart 1");
}

/* A report without a csd. */
TEST(reports_near_an_end_of_the_window_are_not_judged, begin)
{
	report(START + PROOF_END_NS, THRESHOLD);
	assert_compared("untrue 1");
	report(START + PROOF_END_NS - 1, THRESHOLD);
	assert_compared("unjudged 1");
	report(END - PROOF_END_NS - THRESHOLD, THRESHOLD);
	assert_compared("untrue 1");
	report(END - PROOF_END_NS - THRESHOLD + 1, THRESHOLD);
	assert_compared("unjudged 1");
}

TEST(a_stall_without_a_report_is_missing, begin)
{
	add(MIDDLE, 100, THRESHOLD);
	ftrace[0].handler = THRESHOLD + PROOF_FAR_NS + 1;
	assert_compared("missing 1");
	/* ipitrace's times, but ftrace's duration. */
	assert_members(stalls.first_missing, of, PROOF_HANDLER, start, MIDDLE + 100, duration,
		       THRESHOLD + PROOF_FAR_NS + 1, func, 5, src, 1, dst, 2);
	add(MIDDLE, THRESHOLD, 100);
	ftrace[0].delay = THRESHOLD + PROOF_FAR_NS + 1;
	assert_compared("missing 1");
	add(MIDDLE, 100, THRESHOLD);
	ftrace[0].handler = THRESHOLD + PROOF_FAR_NS;
	assert_compared("");
	/* Not by ipitrace's own time. */
	add(MIDDLE, 100, THRESHOLD - 1);
	ftrace[0].handler = THRESHOLD + PROOF_FAR_NS + 1;
	assert_compared("apart 1");
	add(MIDDLE, 100, 3 * THRESHOLD)->delay = PROOF_UNKNOWN;
	assert_compared("");
	add(MIDDLE, 100, 3 * THRESHOLD)->partner = 0;
	assert_compared("");
	add(MIDDLE, 100, 3 * THRESHOLD);
	ftrace[0].handler = PROOF_UNKNOWN;
	assert_compared("");
}

TEST(a_missing_stall_near_an_end_is_not_judged, begin)
{
	add(START + PROOF_END_NS - 100, 100, 3 * THRESHOLD);
	assert_compared("missing 1");
	add(START + PROOF_END_NS - 101, 100, 3 * THRESHOLD);
	assert_compared("");
	add(END - PROOF_END_NS - 3 * THRESHOLD - 100, 100, 3 * THRESHOLD);
	assert_compared("missing 1");
	add(END - PROOF_END_NS - 3 * THRESHOLD - 99, 100, 3 * THRESHOLD);
	assert_compared("");
}

/* Two handlers on CPU 2, of which the first is reported, from MIDDLE to MIDDLE + 4 ms. */
static void two_stalls(uint64_t start, uint64_t duration)
{
	add(MIDDLE - 10, 10, 4 * THRESHOLD);
	report(MIDDLE, 4 * THRESHOLD);
	add(MIDDLE + start - 100, 100, duration);
}

TEST(half_of_a_stall_may_be_in_another_one, begin)
{
	two_stalls(3 * THRESHOLD, 2 * THRESHOLD);
	assert_compared("confirmed 1 within 1");
	two_stalls(3 * THRESHOLD + 1, 2 * THRESHOLD);
	assert_compared("confirmed 1 missing 1");
	two_stalls(THRESHOLD, 2 * THRESHOLD);
	assert_compared("confirmed 1 within 1");
	/* It begins before the other one. */
	two_stalls(-4 * THRESHOLD, 8 * THRESHOLD);
	assert_compared("confirmed 1 within 1");
	two_stalls(-4 * THRESHOLD - 1, 8 * THRESHOLD);
	assert_compared("confirmed 1 missing 1");
	two_stalls(-8 * THRESHOLD, 2 * THRESHOLD);
	assert_compared("confirmed 1 missing 1");
	two_stalls(8 * THRESHOLD, 2 * THRESHOLD);
	assert_compared("confirmed 1 missing 1");
	/* On another CPU. */
	two_stalls(THRESHOLD, 2 * THRESHOLD);
	ipitrace[1].dst = ftrace[1].dst = 3;
	assert_compared("confirmed 1 missing 1");
}

/* A call of one csd, which took 3000 ns on both sides; the wait is longer by @longer. */
static struct proof_csd *call(uint64_t queued, int64_t longer)
{
	struct proof_csd *csd = add(queued, 1000, 2000);

	csd->call = in.nr[PROOF_IPITRACE];
	csd->wait = 3000 + longer;
	return csd;
}

/* As compare(), for the waits. */
static const char *compare_waits(void)
{
	static char text[128];

	waits = (struct proof_waits){ .exact = waits.exact };
	assert_int_equal(proof_waits__compare(&waits, &in), 0);
	snprintf(text, sizeof(text),
		 "%d: %d confirmed, %d longer, %d apart, %d unjudged, %d untrue", (int)waits.calls,
		 (int)waits.confirmed, (int)waits.longer, (int)waits.apart, (int)waits.unjudged,
		 (int)waits.untrue);
	in.nr[PROOF_IPITRACE] = in.nr[PROOF_FTRACE] = 0;
	return text;
}

#define assert_waits(want) assert_string_equal(compare_waits(), want)

TEST(how_far_a_wait_is_from_its_csds, begin)
{
	call(MIDDLE, PROOF_FAR_NS);
	assert_waits("1: 1 confirmed, 0 longer, 0 apart, 0 unjudged, 0 untrue");
	call(MIDDLE, PROOF_FAR_NS + 1);
	assert_waits("1: 0 confirmed, 0 longer, 0 apart, 0 unjudged, 1 untrue");
	call(MIDDLE, -PROOF_TEXT_NS);
	assert_waits("1: 1 confirmed, 0 longer, 0 apart, 0 unjudged, 0 untrue");
	call(MIDDLE, -PROOF_TEXT_NS - 1);
	assert_waits("1: 0 confirmed, 0 longer, 0 apart, 0 unjudged, 1 untrue");
	/* The wait is that of ipitrace's csds. */
	call(MIDDLE, 0);
	ftrace[0].handler += PROOF_FAR_NS;
	assert_waits("1: 1 confirmed, 0 longer, 0 apart, 0 unjudged, 0 untrue");
	call(MIDDLE, 0);
	ftrace[0].handler += PROOF_FAR_NS + 1;
	assert_waits("1: 0 confirmed, 0 longer, 1 apart, 0 unjudged, 0 untrue");
	waits.exact = false;
	call(MIDDLE, PROOF_FAR_NS + 1);
	assert_waits("1: 0 confirmed, 1 longer, 0 apart, 0 unjudged, 0 untrue");
}

TEST(a_call_near_an_end_of_the_window_is_not_judged, begin)
{
	call(START + PROOF_END_NS, 0);
	call(END - PROOF_END_NS - 3000, 0);
	assert_waits("2: 2 confirmed, 0 longer, 0 apart, 0 unjudged, 0 untrue");
	call(START + PROOF_END_NS - 1, 0);
	call(END - PROOF_END_NS - 3000 + 1, 0);
	assert_waits("2: 0 confirmed, 0 longer, 0 apart, 2 unjudged, 0 untrue");
}

/* Their csds overlap, and come in no order; that without a call is no part of one. */
TEST(the_csds_of_a_call_are_found, begin)
{
	for (int i = 0; i < 3; i++) {
		struct proof_csd *csd = call(MIDDLE + 2000 - i * 1000, 0);

		csd->call = 7;
		csd->wait = i == 1 ? 4000 : PROOF_UNKNOWN;
		call(MIDDLE, 0)->call = i == 2 ? 0 : 8 + i;
	}
	assert_waits("3: 2 confirmed, 0 longer, 0 apart, 0 unjudged, 1 untrue");
	assert_members(waits.first_untrue, first.queued, MIDDLE, first.call, 7, wait, 4000,
		       ipitrace, 5000, ftrace, 5000);
}

TEST_MAIN(NULL, NULL)
