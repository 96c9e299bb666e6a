// SPDX-License-Identifier: GPL-2.0
/* Why a delivery was late: where each kind of evidence begins to count, and which comes first. */
#include "stall/incident.h"
#include "unit.h"

#define MS 1000000ULL
#define T0 (50 * MS)

static const char *const lateness[NR_LATENESS] = { "unknown", "sender", "interrupts off",
						   "behind",  "idle",	"stolen" };

/* A delivery of 8 ms that ended with a stack in which interrupts had just been switched on. */
static struct incident late(void)
{
	return (struct incident){ .phase = PHASE_DELIVERY,
				  .start = T0,
				  .time = T0 + 8 * MS,
				  .arrived = T0 + 8 * MS,
				  .victim = { .known = true, .pid = 7 },
				  .just_enabled = true };
}

static const char *lateness_of(struct incident in)
{
	incident__set_lateness(&in, true);
	return lateness[in.late];
}

TEST(lateness_is_of_the_first_evidence_that_explains_half)
{
	struct incident in = late();

	assert_text(lateness_of(in), "interrupts off");
	in.just_enabled = false;
	assert_text(lateness_of(in), "unknown");
	in.just_enabled = true;
	in.arrived = 0;
	assert_text(lateness_of(in), "unknown");
	in.victim.pid = 0;
	assert_text(lateness_of(in), "unknown");
	in.arrived = T0 + 8 * MS;
	assert_text(lateness_of(in), "idle");
	incident__set_lateness(&in, false);
	assert_int_equal(in.late, LATE_UNKNOWN);
	in.victim.known = false;
	assert_text(lateness_of(in), "interrupts off");
	in.timers = 1;
	assert_text(lateness_of(in), "unknown");
	in.sent = T0 + 4 * MS;
	assert_text(lateness_of(in), "unknown");
	in.sent++;
	assert_text(lateness_of(in), "sender");
	in.arrived = T0 + 4 * MS;
	assert_text(lateness_of(in), "sender");
	in.arrived--;
	assert_text(lateness_of(in), "unknown");
	in.stolen = 4 * MS;
	assert_text(lateness_of(in), "unknown");
	in.stolen++;
	assert_text(lateness_of(in), "stolen");
	in.ran = 4 * MS;
	assert_text(lateness_of(in), "stolen");
	in.ran++;
	assert_text(lateness_of(in), "behind");
	in.ran = 0;
	in.others = 4 * MS;
	assert_text(lateness_of(in), "stolen");
	in.others++;
	assert_text(lateness_of(in), "behind");
	in.others = 0;
	in.doing.addr = 1;
	assert_text(lateness_of(in), "behind");
	in.ongoing = true;
	assert_text(lateness_of(in), "unknown");
	in.ongoing = false;
	in.phase = PHASE_HANDLER;
	assert_text(lateness_of(in), "unknown");
}

/* Below 1 ms only a function and the host are blamed. */
TEST(a_short_delivery_has_few_causes)
{
	struct incident in = late();

	in.time = in.arrived = T0 + MS;
	assert_text(lateness_of(in), "interrupts off");
	in.time = in.arrived = T0 + MS - 2;
	assert_text(lateness_of(in), "unknown");
	in.ran = MS;
	assert_text(lateness_of(in), "unknown");
	in.stolen = MS / 2 - 1;
	assert_text(lateness_of(in), "unknown");
	in.stolen++;
	assert_text(lateness_of(in), "stolen");
	in.doing.addr = 1;
	assert_text(lateness_of(in), "behind");
}

static const char *why_of(struct incident in)
{
	static const char *const whys[NR_WHYS] = { "unknown", "interrupts off", "behind",
						   "stolen",  "busy",		"never arrived" };

	in.why = WHY_BUSY;
	incident__set_why(&in);
	return whys[in.why];
}

/* A delivery of 20 ms, of which 10 looks over 10 ms found the CPU in an interrupt. */
static struct incident looked_at(void)
{
	return (struct incident){ .phase = PHASE_DELIVERY,
				  .start = T0,
				  .time = T0 + 20 * MS,
				  .looks = { .first = T0 + 5 * MS,
					     .last = T0 + 15 * MS,
					     .nr = 10,
					     .interrupt = 10,
					     .counts_known = true } };
}

TEST(a_cpu_that_each_look_finds_in_an_interrupt_is_busy)
{
	struct incident in = looked_at();

	assert_text(why_of(in), "busy");
	in.looks.timers = 2;
	assert_text(why_of(in), "busy");
	in.looks.timers = 3;
	assert_text(why_of(in), "unknown");
	in.looks.timers = 0;
	in.looks.calls = 1;
	assert_text(why_of(in), "unknown");
	in.looks.calls = 0;
	in.looks.interrupt = 9;
	assert_text(why_of(in), "unknown");
	in.looks.interrupt = 10;
	/* The looks must be of half of the time, and of two moments. */
	in.looks.last--;
	assert_text(why_of(in), "unknown");
	in.looks.last++;
	in.looks.nr = in.looks.interrupt = 1;
	assert_text(why_of(in), "unknown");
	in.looks.nr = in.looks.interrupt = 2;
	assert_text(why_of(in), "busy");
	in.stolen = 5 * MS;
	assert_text(why_of(in), "busy");
	in.stolen++;
	assert_text(why_of(in), "unknown");
	in.stolen = 0;
	in.looks.lost = true;
	assert_text(why_of(in), "never arrived");
	in.looks.preempted = 2;
	assert_text(why_of(in), "stolen");
	in.looks.timers = 1;
	assert_text(why_of(in), "never arrived");
	in.looks.timers = 0;
	in.looks.calls = 1;
	assert_text(why_of(in), "never arrived");
	in.looks.preempted = 1;
	in.looks.calls = 0;
	assert_text(why_of(in), "never arrived");
	in.late = LATE_SENDER;
	assert_text(why_of(in), "unknown");
	in.late = LATE_STOLEN;
	assert_text(why_of(in), "stolen");
	in.late = LATE_BEHIND;
	assert_text(why_of(in), "behind");
	in.phase = PHASE_WAIT;
	assert_text(why_of(in), "unknown");
}

TEST(a_short_delivery_has_no_cause_by_looks)
{
	struct incident in = looked_at();

	in.looks.first = in.start;
	in.time = in.start + MS - 1;
	assert_text(why_of(in), "unknown");
	in.time++;
	assert_text(why_of(in), "busy");
}

/* By the registers that the NMI found; else by the code, if there was time for a tick. */
TEST(interrupts_were_off_if_no_tick_came)
{
	struct backtrace bt = { .interrupts_known = true, .interrupts_off = true };
	struct incident in = looked_at();

	in.looks.interrupt = 0;
	in.late = LATE_INTERRUPTS_OFF;
	assert_text(why_of(in), "interrupts off");
	in.looks.timers = 1;
	assert_text(why_of(in), "unknown");
	in.looks.timers = 0;
	in.looks.interrupt = 1;
	assert_text(why_of(in), "unknown");
	in.looks.interrupt = 0;
	in.looks.counts_known = false;
	assert_text(why_of(in), "unknown");
	in.looks.counts_known = true;
	/* Half of the time, but no tick of 10 ms. */
	in.time--;
	in.looks.last--;
	assert_text(why_of(in), "unknown");
	in.looks.last++;
	in.late = LATE_IDLE;
	assert_text(why_of(in), "unknown");
	in.backtrace = &bt;
	assert_text(why_of(in), "interrupts off");
	in.looks.timers = 1;
	assert_text(why_of(in), "unknown");
	in.looks.timers = 0;
	bt.interrupts_off = false;
	in.late = LATE_INTERRUPTS_OFF;
	assert_text(why_of(in), "unknown");
	bt = (struct backtrace){ .interrupts_off = true };
	assert_text(why_of(in), "unknown");
}

/* A look at @ms, at which both CPUs had these counts. */
static void look(struct incident *in, uint64_t ms, uint16_t src_timers, uint16_t timers,
		 uint16_t calls, bool interrupt)
{
	const struct pending pending = {
		.src_look = { .counts_known = true, .timers = src_timers },
		.dst_look = { .counts_known = true,
			      .interrupt_known = true,
			      .interrupt = interrupt,
			      .preempted = interrupt,
			      .timers = timers,
			      .calls = calls },
	};

	incident__look(in, &pending, ms * MS);
}

/* The counts of the kernel wrap around. */
TEST(looks_count_the_interrupts_between_them)
{
	struct incident in = { .phase = PHASE_DELIVERY };
	struct pending unknown = { .dst_look.counts_known = true, .dst_look.interrupt = true };

	look(&in, 1, 10, CPU_LOOK_COUNTS - 2, 7, true);
	look(&in, 2, 12, 1, 7, false);
	look(&in, 5, 15, 4, 9, true);
	assert_members(in.looks, nr, 3, first, MS, last, 5 * MS, interrupt, 2, preempted, 2, timers,
		       6, calls, 2, src_timers, 5, counts_known, true, lost, false);
	assert_members(in, timers_known, true, timers, 6);
	incident__look(&in, &unknown, 6 * MS);
	assert_members(in.looks, nr, 4, counts_known, false, interrupt, 2, first, MS);
	assert_false(in.timers_known);
}

/* Both CPUs took three interrupts of their timers, and no interrupt brought functions. */
TEST(an_ipi_is_lost_if_interrupts_come_and_it_does_not)
{
	static const struct {
		uint16_t src_timers, timers, calls;
		int interrupts; /* of four looks */
		bool lost;
	} cases[] = {
		{ 3, 3, 0, 1, true },  { 2, 3, 0, 1, false }, { 3, 2, 0, 1, false },
		{ 3, 3, 1, 1, false }, { 3, 3, 0, 2, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct incident in = { .phase = PHASE_DELIVERY };

		for (int l = 0; l < 3; l++)
			look(&in, l, 0, 0, 0, l < cases[i].interrupts);
		look(&in, 3, cases[i].src_timers, cases[i].timers, cases[i].calls, false);
		assert_int_equal(in.looks.lost, cases[i].lost);
		/* Once it was lost, it remains so. */
		look(&in, 4, 9, 9, 9, true);
		assert_int_equal(in.looks.lost, cases[i].lost);
	}
}

static struct looks looks_from(uint64_t ms, uint16_t timers)
{
	struct incident in = { .phase = PHASE_DELIVERY };

	look(&in, ms, timers, timers, timers, true);
	look(&in, ms + 2, timers + 1, timers + 1, timers + 1, false);
	return in.looks;
}

TEST(looks_of_two_watchers_add_up)
{
	for (int turn = 0; turn < 2; turn++) {
		struct looks first = looks_from(10, 5), second = looks_from(20, 11);
		struct incident in = { .looks = turn ? second : first };

		incident__add_looks(&in, turn ? &first : &second);
		/* From the first look on, whichever watcher had it. */
		assert_members(in.looks, nr, 4, first, 10 * MS, last, 22 * MS, interrupt, 2,
			       preempted, 2, timers, 7, calls, 7, src_timers, 7, counts_known,
			       true);
		assert_members(in, timers_known, true, timers, 7);
	}
	/* Beyond 4 s the counts may overflow. */
	for (int apart = 3999; apart < 4001; apart++) {
		struct looks first = looks_from(10, 5), second = looks_from(10 + apart, 11);
		struct incident in = { .looks = first };

		incident__add_looks(&in, &second);
		assert_members(in.looks, nr, 4, timers, apart == 3999 ? 7 : 1, last,
			       (apart == 3999 ? 12 + apart : 12) * MS);
	}
}

TEST(looks_of_one_watcher_are_all)
{
	struct looks first = looks_from(10, 5), none = {};
	struct incident in = { .looks = first };

	incident__add_looks(&in, &none);
	assert_memory_equal(&in.looks, &first, sizeof(first));
	in.looks = none;
	first.lost = true;
	first.counts_known = false;
	incident__add_looks(&in, &first);
	assert_memory_equal(&in.looks, &first, sizeof(first));
	assert_members(in, timers_known, false, timers, 1);
	in.looks = looks_from(12, 6);
	incident__add_looks(&in, &first);
	assert_members(in.looks, lost, true, counts_known, false, nr, 4, last, 14 * MS);
}

TEST(a_vector_is_that_of_an_ipi_to_one_cpu)
{
	static const struct {
		const char *site;
		enum wait_in wait_in;
		uint32_t vector;
	} cases[] = {
		{ "generic_exec_single", WAIT_MANY, 0xfb },
		{ "smp_call_function_single", WAIT_UNKNOWN, 0xfb },
		{ "__ttwu_queue_wakelist", WAIT_UNKNOWN, 0xfb },
		{ "smp_call_function_many_cond", WAIT_SINGLE, 0xfb },
		{ "smp_call_function_many_cond", WAIT_MANY, 0 },
		{ NULL, WAIT_UNKNOWN, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct incident in = { .why = WHY_NEVER_ARRIVED,
				       .callsite.name = cases[i].site,
				       .wait_in = cases[i].wait_in };

		incident__set_ipi(&in, APIC_X2APIC);
		assert_members(in, vector, cases[i].vector, apic, APIC_X2APIC);
		in.why = WHY_BUSY;
		incident__set_ipi(&in, APIC_X2APIC);
		assert_members(in, vector, 0, apic, APIC_UNKNOWN);
	}
}

TEST(two_stalls_overlap_while_both_last)
{
	static const struct {
		uint64_t start, end, overlap;
	} cases[] = { { 0, 10, 0 },  { 0, 11, 1 },  { 5, 25, 10 }, { 12, 15, 3 },
		      { 19, 30, 1 }, { 20, 30, 0 }, { 30, 40, 0 } };
	const struct incident a = { .start = 10, .time = 20 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct incident b = { .start = cases[i].start, .time = cases[i].end };

		assert_int_equal(incident__overlap(&a, &b), cases[i].overlap);
		assert_int_equal(incident__overlap(&b, &a), cases[i].overlap);
	}
}

/* The code that slept may be another one, if the exit was not seen. */
TEST(a_sleep_is_confirmed_by_the_flush_of_the_queue)
{
	struct incident in = { .slept = true, .stack_of = STACK_SLEEP, .nr = 3 };

	in.stack[0].name = "schedule";
	in.stack[2].name = "do_idle";
	assert_false(incident__sleep_confirmed(&in));
	in.stack[2].name = "__flush_smp_call_function_queue";
	assert_true(incident__sleep_confirmed(&in));
	in.nr = 2;
	assert_false(incident__sleep_confirmed(&in));
	in.slept = false;
	assert_true(incident__sleep_confirmed(&in));
	in.slept = true;
	in.stack_of = STACK_END;
	assert_true(incident__sleep_confirmed(&in));
}

/* The straggler of a wait whose targets entered and left at these times. */
static struct incident wait_of(const uint64_t (*times)[2], size_t nr)
{
	static struct wait_event event;
	struct incident in;

	memset(&event, 0, sizeof(event));
	event.event = (struct stall_event){
		.phase = PHASE_WAIT, .time = 100, .start = 1, .src = 9, .dst = 9, .nr_targets = nr
	};
	for (size_t i = 0; i < nr; i++)
		event.targets[i] =
			(struct target_time){ .dst = i, .entry = times[i][0], .end = times[i][1] };
	incident__from_event(&in, &event.event);
	return in;
}

TEST(the_straggler_ended_last_and_began_late_or_ran_long)
{
	/* The medians of three are 20 and 30: the last of them ended 20 later. */
	static const uint64_t late_by_10[][2] = { { 30, 50 }, { 10, 20 }, { 20, 30 } },
			      late_by_9[][2] = { { 29, 50 }, { 10, 20 }, { 20, 30 } },
			      of_two[][2] = { { 10, 20 }, { 10, 50 } },
			      one_unseen[][2] = { { 0, 50 }, { 10, 20 }, { 20, 30 } },
			      one_lasts[][2] = { { 30, 0 }, { 10, 20 }, { 20, 30 } },
			      one[][2] = { { 10, 20 } },
			      falling[][2] = {
				      { 10, 90 }, { 10, 70 }, { 10, 50 }, { 10, 30 }, { 10, 20 }
			      };
	struct incident in = wait_of(late_by_10, 3);

	assert_members(in, dst, 0, straggler.known, true, straggler.late, true, straggler.later, 20,
		       nr_listed, 3, nr_targets, 3);
	in = wait_of(late_by_9, 3);
	assert_members(in, dst, 0, straggler.known, true, straggler.late, false, straggler.later,
		       20);
	in = wait_of(of_two, 2);
	assert_members(in, dst, 1, dst_known, true, straggler.known, true, straggler.late, false,
		       straggler.later, 30);
	in = wait_of(one_unseen, 3);
	assert_members(in, dst, 0, straggler.known, false, straggler.late, false, straggler.later,
		       20);
	in = wait_of(one_lasts, 3);
	assert_members(in, dst, 2, straggler.known, true, straggler.late, true, straggler.later,
		       10);
	in = wait_of(falling, 5);
	assert_members(in, dst, 0, straggler.known, true, straggler.late, false, straggler.later,
		       40);
	in = wait_of(falling, 4);
	assert_members(in, dst, 0, straggler.later, 40);
	in = wait_of(one, 1);
	assert_members(in, dst, 9, dst_known, true, straggler.known, false, straggler.later, 0);
}

TEST_MAIN(NULL, NULL)
