// SPDX-License-Identifier: GPL-2.0
/* Stalls that are over, from synthetic events: causes, waiters, lateness. */
#include "abi/limits.h"
#include "abi/stall_event.h"
#include "model/incident.h"
#include "stall/incident.h"
#include "stalls.h"

static struct ended *ended;
static struct reports reports;

static int setup(void **state)
{
	ended = ended__new();
	memset(&reports, 0, sizeof(reports));
	return ended ? 0 : -1;
}

static int teardown(void **state)
{
	free(ended);
	return 0;
}

static void add(const struct stall_event *event)
{
	struct incident incident;

	incident__from_event(&incident, event);
	ended__add(ended, &incident, event->time, record_ended, &reports);
}

static void over(enum stall_phase phase, uint32_t src, uint32_t dst, uint64_t func, uint64_t call,
		 uint64_t start, uint64_t end)
{
	struct stall_event event = event_of(phase, src, dst, func, call, start, end);

	add(&event);
}

static void all(void)
{
	ended__release(ended, UINT64_MAX, record_ended, &reports);
}

TEST_F(an_event_has_the_key_of_its_moments)
{
	struct stall_event handler = event_of(PHASE_HANDLER, 0, 2, SPIN, 7, T0, T0 + 5 * MS);
	struct incident incident;

	incident__from_event(&incident, &handler);
	assert_int_equal(incident.key, incident__key(PHASE_HANDLER, 2, handler.csd, T0));
	assert_int_not_equal(incident.key, incident__key(PHASE_DELIVERY, 2, handler.csd, T0));
	assert_int_not_equal(incident.key, incident__key(PHASE_HANDLER, 3, handler.csd, T0));
	assert_false(incident.ongoing);
	assert_int_equal(incident__duration(&incident), 5 * MS);
	assert_members(incident, sender.pid, 100, victim.pid, 202);
}

/* The event of the sender's wait comes just after the stall's own event. */
TEST_F(a_handler_is_held_for_the_wait_that_it_caused)
{
	const struct incident *incident, *wait;

	over(PHASE_HANDLER, 0, 2, SPIN, T0 - 5 * US, T0, T0 + 48 * MS);
	ended__release(ended, T0 + 48 * MS + ENDED_HOLD_NS - 1, record_ended, &reports);
	assert_int_equal(reports.nr, 0);
	over(PHASE_WAIT, 0, 2, SPIN, T0 - 5 * US, T0 - 5 * US, T0 + 48 * MS + 10 * US);
	ended__release(ended, T0 + 48 * MS + ENDED_HOLD_NS, record_ended, &reports);
	assert_int_equal(reports.nr, 1);
	all();
	assert_int_equal(reports.nr, 2);
	incident = report_of(&reports, PHASE_HANDLER, 0);
	wait = report_of(&reports, PHASE_WAIT, 0);
	assert_int_equal(incident->nr_waiters, 1);
	assert_int_equal(incident->waiters[0].until - incident->waiters[0].call, 48 * MS + 15 * US);
	assert_members(*incident, waiters[0].behind, false, covered, false);
	assert_int_equal(wait->cause, incident->key);
	assert_true(wait->covered);
	assert_int_equal(wait->doing.addr, SPIN);
}

TEST_F(a_delivery_behind_a_handler_is_due_to_it)
{
	const struct incident *incident, *late;

	over(PHASE_HANDLER, 0, 2, SPIN, 0, T0, T0 + 48 * MS);
	over(PHASE_DELIVERY, 1, 2, FLUSH, T0 + 20 * MS, T0 + 20 * MS, T0 + 48 * MS + 3 * US);
	over(PHASE_WAIT, 1, 2, FLUSH, T0 + 20 * MS, T0 + 20 * MS, T0 + 48 * MS + 9 * US);
	all();
	incident = report_of(&reports, PHASE_HANDLER, 0);
	late = report_of(&reports, PHASE_DELIVERY, 1);
	assert_members(*incident, nr_waiters, 1, waiters[0].src, 1);
	assert_true(incident->waiters[0].behind);
	assert_int_equal(incident->waiters[0].until, T0 + 48 * MS + 9 * US);
	assert_true(late->covered);
	assert_members(*late, cause, incident->key, doing.addr, SPIN);
	/* The wait is caused by the delivery of its own call. */
	assert_true(report_of(&reports, PHASE_WAIT, 1)->covered);
}

TEST_F(a_stall_elsewhere_or_before_is_no_cause)
{
	over(PHASE_HANDLER, 0, 3, SPIN, 0, T0, T0 + 48 * MS);
	over(PHASE_DELIVERY, 1, 2, FLUSH, 0, T0 + 20 * MS, T0 + 48 * MS);
	over(PHASE_DELIVERY, 5, 3, FLUSH, 0, T0 + 47 * MS, T0 + 60 * MS);
	over(PHASE_WAIT, 6, 4, OTHER, T0, T0, T0 + 60 * MS);
	all();
	assert_int_equal(reports.nr, 4);
	for (size_t i = 0; i < reports.nr; i++)
		assert_members(reports.stalls[i], cause, 0, covered, false);
}

TEST_F(the_first_of_two_late_deliveries_is_the_root)
{
	const struct incident *first, *second;

	over(PHASE_DELIVERY, 1, 2, FLUSH, 7, T0 + 5 * MS, T0 + 30 * MS);
	over(PHASE_DELIVERY, 0, 2, SPIN, 0, T0, T0 + 30 * MS + 5 * US);
	all();
	first = report_of(&reports, PHASE_DELIVERY, 0);
	second = report_of(&reports, PHASE_DELIVERY, 1);
	assert_false(first->covered);
	assert_true(second->covered);
	assert_int_equal(second->cause, first->key);
	assert_int_equal(first->nr_waiters, 1);
}

TEST_F(the_straggler_of_a_call_is_its_cause)
{
	const struct incident *wait;

	over(PHASE_HANDLER, 0, 1, SPIN, T0, T0 + 5 * US, T0 + 10 * MS);
	over(PHASE_HANDLER, 0, 2, SPIN, T0, T0 + 5 * US, T0 + 18 * MS);
	over(PHASE_WAIT, 0, 2, SPIN, T0, T0, T0 + 18 * MS);
	all();
	wait = report_of(&reports, PHASE_WAIT, 0);
	assert_int_equal(wait->cause, reports.stalls[1].key);
	assert_int_equal(reports.stalls[1].dst, 2);
}

TEST_F(the_straggler_is_reported_with_its_handler)
{
	struct wait_event wait = {
		.event = event_of(PHASE_WAIT, 0, 2, SPIN, T0, T0, T0 + 18 * MS),
	};
	const struct incident *incident;

	wait.event.nr_targets = 3;
	for (uint32_t i = 0; i < 3; i++)
		wait.targets[i] =
			(struct target_time){ T0 + 5 * US, T0 + (i == 1 ? 18 : 2) * MS, i + 1, 0 };
	over(PHASE_HANDLER, 0, 1, SPIN, T0, T0 + 5 * US, T0 + 2 * MS);
	over(PHASE_HANDLER, 0, 2, SPIN, T0, T0 + 5 * US, T0 + 18 * MS);
	add(&wait.event);
	all();
	incident = &reports.stalls[1];
	assert_int_equal(incident->dst, 2);
	assert_true(incident->straggler.known);
	assert_members(*incident, straggler.late, false, straggler.later, 16 * MS, nr_targets, 3);
	assert_false(reports.stalls[0].straggler.known);
}

TEST_F(the_oldest_is_released_when_there_is_no_room)
{
	for (uint64_t i = 0; i < 128 + 5; i++)
		over(PHASE_HANDLER, 0, i, SPIN, 0, T0, T0 + 5 * MS);
	assert_int_equal(reports.nr, 5);
	for (size_t i = 0; i < reports.nr; i++)
		assert_int_equal(reports.stalls[i].dst, i);
}

static struct incident delivery(uint64_t sent, uint64_t arrived)
{
	struct stall_event event = event_of(PHASE_DELIVERY, 0, 2, SPIN, 0, T0, T0 + 10 * MS);
	struct incident incident;

	event.sent = sent;
	event.arrived = arrived;
	event.stack_of = STACK_INTERRUPTED;
	event.nr = 1;
	event.stack[0] = SPIN;
	incident__from_event(&incident, &event);
	incident.just_enabled = arrived;
	return incident;
}

static void assert_late(struct incident *incident, enum lateness want)
{
	incident__set_lateness(incident, false);
	assert_int_equal(incident->late, want);
}

static void assert_why(struct incident *incident, enum delay_cause want)
{
	incident__set_why(incident);
	assert_int_equal(incident->why, want);
}

TEST_F(why_a_delivery_was_late)
{
	struct incident incident;

	incident = delivery(T0 + 2 * US, T0 + 9 * MS);
	assert_late(&incident, LATE_INTERRUPTS_OFF);
	incident = delivery(T0 + 2 * US, T0 + 3 * US);
	incident.ran = 6 * MS;
	assert_late(&incident, LATE_BEHIND);
	incident = delivery(T0 + 8 * MS, T0 + 8 * MS + 3 * US);
	assert_late(&incident, LATE_SENDER);
	/* An earlier interrupt delivered the csd, before its own interrupt was sent. */
	incident = delivery(T0 + 9 * MS, T0 + 2 * US);
	incident.ran = 6 * MS;
	assert_late(&incident, LATE_BEHIND);
	incident = delivery(T0 + 2 * US, T0 + 9 * MS);
	incident.stolen = 6 * MS;
	assert_late(&incident, LATE_STOLEN);
	/*
	 * For a stall shorter than BLAME_MIN_NS the steal clock is evidence, but the times of the
	 * interrupt are not.
	 */
	incident = delivery(T0 + 2 * US, T0 + 300 * US);
	incident.time = T0 + 322 * US;
	assert_late(&incident, LATE_UNKNOWN);
	incident.stolen = 150 * US;
	assert_late(&incident, LATE_UNKNOWN);
	incident.stolen = 322 * US;
	incident__set_lateness(&incident, false);
	incident__set_why(&incident);
	assert_members(incident, late, LATE_STOLEN, why, WHY_STOLEN);
	incident = delivery(T0 + 2 * US, T0 + 9 * MS);
	incident.victim.pid = incident.victim.tgid = 0;
	incident__set_lateness(&incident, true);
	assert_int_equal(incident.late, LATE_IDLE);
	/* A CPU that took interrupts of its timer during the stall had interrupts on. */
	incident.timers = 212;
	incident__set_lateness(&incident, true);
	assert_int_equal(incident.late, LATE_UNKNOWN);
	incident = delivery(T0 + 2 * US, T0 + 9 * MS);
	incident.timers = 212;
	assert_late(&incident, LATE_UNKNOWN);
	incident = delivery(T0 + 8 * MS, T0 + 8 * MS + 3 * US);
	incident.timers = 212;
	assert_late(&incident, LATE_SENDER);
	/*
	 * The interrupted code had interrupts on: the stack alone does not show that they were off
	 * before.
	 */
	incident = delivery(T0 + 2 * US, T0 + 9 * MS);
	incident.just_enabled = false;
	assert_late(&incident, LATE_UNKNOWN);
	/* If the arrival is unknown, only a function that ran there can be the reason. */
	incident = delivery(T0 + 2 * US, 0);
	assert_late(&incident, LATE_UNKNOWN);
	incident.doing.addr = FLUSH;
	assert_late(&incident, LATE_BEHIND);
}

/* A host may stop a virtual CPU at any time without reporting it. */
TEST_F(what_a_host_may_have_done_has_no_name)
{
	struct incident incident = delivery(T0 + 2 * US, T0 + 9 * MS);

	/* The CPU was idle, and the interrupt came late. */
	incident.victim.pid = incident.victim.tgid = 0;
	assert_late(&incident, LATE_UNKNOWN);
	assert_why(&incident, WHY_UNKNOWN);
	/*
	 * The interrupt came early, and the function late, although functions before it ran for
	 * less than half of the time.
	 */
	incident = delivery(T0 + 2 * US, T0 + 3 * US);
	assert_late(&incident, LATE_UNKNOWN);
	incident.ran = 5 * MS;
	assert_late(&incident, LATE_UNKNOWN);
	assert_why(&incident, WHY_UNKNOWN);
	incident.stolen = 6 * MS;
	assert_late(&incident, LATE_STOLEN);
	incident = delivery(T0 + 8 * MS, T0 + 8 * MS + 3 * US);
	assert_late(&incident, LATE_SENDER);
}

/*
 * Looks at CPU 2 over 20 of the delivery's 24 ms, with timer interrupts at a steady rate, and with
 * calls.
 */
static struct incident looked_at(unsigned int timers, unsigned int calls, unsigned int src_timers,
				 unsigned int in_interrupt)
{
	struct incident incident = delivery(T0 + 2 * US, T0 + 9 * MS);

	incident.time = T0 + 24 * MS;
	incident.arrived = T0 + 23 * MS;
	for (unsigned int i = 0; i <= 10; i++) {
		/* The counts overflow between the looks. */
		const struct pending pending = {
			.src_look = { .counts_known = true,
				      .timers = (16380 + src_timers * i / 10) % CPU_LOOK_COUNTS },
			.dst_look = { .counts_known = true,
				      .interrupt_known = true,
				      .interrupt = i < in_interrupt,
				      .timers = (16382 + timers * i / 10) % CPU_LOOK_COUNTS,
				      .calls = (16383 + (i ? calls : 0)) % CPU_LOOK_COUNTS },
		};

		incident__look(&incident, &pending, T0 + MS + i * 2 * MS);
	}
	incident__set_lateness(&incident, false);
	incident__set_why(&incident);
	return incident;
}

TEST_F(the_cause_by_looks_at_the_cpus)
{
	static const struct {
		unsigned int timers, calls, src_timers, in_interrupt;
		enum delay_cause why;
	} looks[] = {
		{ 212, 0, 212, 0, WHY_NEVER_ARRIVED },
		{ 3, 0, 3, 0, WHY_NEVER_ARRIVED },
		/* One of the timer interrupts may have been under way when the csd was sent. */
		{ 2, 0, 212, 0, WHY_UNKNOWN },
		/* The CPU served the queue during the stall. */
		{ 212, 1, 212, 0, WHY_UNKNOWN },
		/* The sender may not have sent the IPI yet. */
		{ 212, 0, 0, 0, WHY_UNKNOWN },
		{ 0, 0, 212, 0, WHY_INTERRUPTS_OFF },
		{ 1, 0, 212, 0, WHY_UNKNOWN },
		{ 0, 0, 212, 11, WHY_BUSY },
		{ 1, 0, 212, 11, WHY_BUSY },
		/* The CPU was in an interrupt only at some looks. */
		{ 0, 0, 212, 5, WHY_UNKNOWN },
		/* In an interrupt at each look, and many came: the IPI may be delayed or lost. */
		{ 212, 0, 212, 11, WHY_UNKNOWN },
		{ 0, 1, 212, 11, WHY_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
		struct incident incident = looked_at(looks[i].timers, looks[i].calls,
						     looks[i].src_timers, looks[i].in_interrupt);

		assert_members(incident, why, looks[i].why, timers_known, true, timers,
			       looks[i].timers, late,
			       looks[i].timers ? LATE_UNKNOWN : LATE_INTERRUPTS_OFF);
	}
}

/* Of a delivery that lasts for 24 ms: looks over 20 of them, at each of which or at all but one dst was preempted. */
static struct incident preempted(unsigned int nr, bool at_each, unsigned int timers)
{
	struct incident incident = delivery(T0 + 2 * US, 0);

	incident.ongoing = true;
	incident.time = T0 + 24 * MS;
	for (unsigned int i = 0; i < nr; i++) {
		const struct cpu_look look = { .counts_known = true,
					       .preempted = i || at_each,
					       .timers = i ? timers : 0 };

		incident__look(&incident, &(struct pending){ .src_look = look, .dst_look = look },
			       T0 + MS + i * 20 * MS / nr);
	}
	incident__set_why(&incident);
	return incident;
}

/* The steal clock advances only when the host runs the CPU again. */
TEST_F(stolen_is_named_while_it_lasts)
{
	struct incident incident = preempted(11, true, 0), other;

	assert_int_equal(incident.why, WHY_STOLEN);
	/* One look is no evidence of a delay. */
	assert_int_equal(preempted(1, true, 0).why, WHY_UNKNOWN);
	assert_int_equal(preempted(11, false, 0).why, WHY_UNKNOWN);
	/* The CPU ran at a look in between. */
	assert_int_equal(preempted(11, true, 1).why, WHY_UNKNOWN);
	/* Another watcher saw it run. */
	other = preempted(11, false, 0);
	incident__add_looks(&incident, &other.looks);
	assert_why(&incident, WHY_UNKNOWN);
	/*
	 * After the end the looks stay valid, even if the steal clock reports only a part of the
	 * time.
	 */
	incident = preempted(11, true, 0);
	incident.ongoing = false;
	incident.arrived = T0 + 23 * MS;
	incident.stolen = 9 * MS;
	incident__set_lateness(&incident, false);
	assert_why(&incident, WHY_STOLEN);
	incident.time = T0 + MS / 2;
	assert_why(&incident, WHY_UNKNOWN);
}

/* The IPI was sent again, and arrived. The first one was lost nevertheless. */
TEST_F(a_lost_interrupt_stays_lost)
{
	struct incident incident = looked_at(5, 0, 5, 0), other;
	struct pending pending = {
		.src_look = incident.looks.src_last,
		.dst_look = incident.looks.dst_last,
	};

	pending.dst_look.calls = (pending.dst_look.calls + 1) % CPU_LOOK_COUNTS;
	incident__look(&incident, &pending, T0 + 23 * MS);
	assert_why(&incident, WHY_NEVER_ARRIVED);
	/* What another watcher saw does not change that either. */
	other = looked_at(5, 1, 5, 0);
	assert_int_equal(other.why, WHY_UNKNOWN);
	incident__add_looks(&incident, &other.looks);
	assert_why(&incident, WHY_NEVER_ARRIVED);
}

/* The facts about a lost interrupt, which are asked for only if it is lost. */
TEST_F(a_lost_interrupt_has_a_vector)
{
	struct incident incident = looked_at(5, 0, 5, 0), other = looked_at(5, 1, 5, 0);

	incident__set_why(&incident);
	incident.callsite.name = "generic_exec_single";
	incident__set_ipi(&incident, APIC_X2APIC);
	assert_members(incident, vector, 0xfb, apic, APIC_X2APIC);
	/* A call to several CPUs has another vector, unless only one CPU needs an interrupt. */
	incident.callsite.name = "on_each_cpu_cond_mask";
	incident__set_ipi(&incident, APIC_UNKNOWN);
	assert_members(incident, vector, 0, apic, APIC_UNKNOWN);
	incident.callsite.name = NULL;
	incident.wait_in = WAIT_MANY;
	incident__set_ipi(&incident, APIC_XAPIC);
	assert_members(incident, vector, 0, apic, APIC_XAPIC);
	incident.wait_in = WAIT_SINGLE;
	incident__set_ipi(&incident, APIC_XAPIC);
	assert_int_equal(incident.vector, 0xfb);
	incident__set_why(&other);
	other.callsite.name = "generic_exec_single";
	incident__set_ipi(&other, APIC_XAPIC);
	assert_members(other, vector, 0, apic, APIC_UNKNOWN);
}

/* Of a delivery from T0 to T0 + 24 ms: looks every 16 ms from @first on, and a timer interrupt each ms. */
static struct looks looks_of(uint64_t first, bool interrupt)
{
	struct incident incident = {};

	for (uint64_t at = first; at < 24; at += 16) {
		const struct cpu_look look = { .counts_known = true,
					       .interrupt_known = true,
					       .interrupt = interrupt,
					       .timers = (16380 + at) % CPU_LOOK_COUNTS };

		incident__look(&incident, &(struct pending){ .src_look = look, .dst_look = look },
			       T0 + at * MS);
	}
	return incident.looks;
}

TEST_F(the_looks_of_all_watchers_count)
{
	const struct looks by[] = { looks_of(5, true), looks_of(1, false), looks_of(9, false) };

	/* The looks come in any order, also one inside the time of another. */
	for (size_t i = 0; i < 6; i++) {
		static const size_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
						    { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
		struct incident incident = {};

		for (size_t k = 0; k < 3; k++)
			incident__add_looks(&incident, &by[orders[i][k]]);
		assert_members(incident, looks.first, T0 + MS, looks.last, T0 + 21 * MS, looks.nr,
			       5, looks.interrupt, 2, timers_known, true, timers, 20,
			       looks.src_timers, 20);
	}
}

/* The two CPUs of a csd have counts of their own. */
TEST_F(looks_of_both_cpus_are_not_mixed)
{
	struct looks by[2];
	struct incident incident = {};

	for (size_t i = 0; i < 2; i++) {
		struct incident seen = {};

		for (unsigned int ms = 0; ms < 2; ms++)
			incident__look(
				&seen,
				&(struct pending){ .src_look = { .counts_known = true,
								 .timers = 3 * (2 * i + ms) },
						   .dst_look = { .counts_known = true,
								 .timers = 2 * i + ms } },
				T0 + (2 * i + ms) * MS);
		by[i] = seen.looks;
	}
	incident__add_looks(&incident, &by[0]);
	incident__add_looks(&incident, &by[1]);
	assert_members(incident, looks.nr, 4, timers_known, true, timers, 3, looks.src_timers, 9);
}

/* What one watcher could not count, nobody knows, whichever watcher came first. */
TEST_F(looks_without_counts_leave_them_unknown)
{
	for (int first = 0; first < 2; first++) {
		struct looks by[] = { looks_of(5, false), looks_of(1, false) };
		struct incident incident = {};

		by[first].counts_known = false;
		for (size_t i = 0; i < 2; i++)
			incident__add_looks(&incident, &by[i]);
		assert_members(incident, looks.nr, 4, timers_known, false);
	}
}

TEST_F(a_cause_needs_evidence)
{
	struct backtrace bt = { .interrupts_known = true, .interrupts_off = true };
	struct incident incident = delivery(T0 + 2 * US, T0 + 9 * MS);

	/* No watcher looked at the CPU. */
	incident__set_lateness(&incident, false);
	incident__set_why(&incident);
	assert_members(incident, late, LATE_INTERRUPTS_OFF, why, WHY_UNKNOWN, timers_known, false);
	/* An NMI found interrupts off, or on. */
	incident.backtrace = &bt;
	assert_why(&incident, WHY_INTERRUPTS_OFF);
	bt.interrupts_off = false;
	assert_why(&incident, WHY_UNKNOWN);
	/* A kernel that does not have the counts. */
	incident = delivery(T0 + 2 * US, T0 + 9 * MS);
	for (uint64_t at = T0 + MS; at < T0 + 9 * MS; at += MS)
		incident__look(&incident, &(struct pending){}, at);
	incident__set_lateness(&incident, false);
	incident__set_why(&incident);
	assert_members(incident, timers_known, false, why, WHY_UNKNOWN);
	/* Other evidence comes first. */
	incident = looked_at(212, 0, 212, 0);
	incident.late = LATE_STOLEN;
	assert_why(&incident, WHY_STOLEN);
	incident.late = LATE_SENDER;
	assert_why(&incident, WHY_UNKNOWN);
	/* More than a quarter of the time, but less than half: no reason is certain. */
	incident.late = LATE_INTERRUPTS_OFF;
	incident.stolen = 9 * MS;
	assert_why(&incident, WHY_UNKNOWN);
	incident.stolen = 3 * MS;
	assert_why(&incident, WHY_NEVER_ARRIVED);
	incident.late = LATE_BEHIND;
	assert_why(&incident, WHY_BEHIND);
	incident.phase = PHASE_HANDLER;
	assert_why(&incident, WHY_UNKNOWN);
}

/* A delivery of 30 us is ordinary, even with times like those of a stall. */
TEST_F(a_short_delivery_has_no_culprit)
{
	static const struct {
		uint64_t sent, arrived;
	} marks[] = { { 1, 29 }, { 1, 2 }, { 28, 29 }, { 29, 1 }, { 1, 0 } };

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		struct incident incident = delivery(
			T0 + marks[i].sent * US, marks[i].arrived ? T0 + marks[i].arrived * US : 0);

		incident.time = T0 + 30 * US;
		assert_late(&incident, LATE_UNKNOWN);
		incident.victim.pid = incident.victim.tgid = 0;
		assert_late(&incident, LATE_UNKNOWN);
		/* A function that was seen to run there is evidence. */
		incident.others = 20 * US;
		assert_late(&incident, LATE_BEHIND);
	}
}

/* Handlers that are each too short to be the root delay a delivery together. */
TEST_F(several_functions_add_up)
{
	struct stall_event late = event_of(PHASE_DELIVERY, 0, 2, SPIN, 0, T0, T0 + 60 * MS);
	struct incident *incident;

	late.arrived = T0 + 60 * MS - 3 * US;
	late.victim_pid = 0;
	over(PHASE_HANDLER, 0, 2, SPIN, 0, T0, T0 + 20 * MS);
	over(PHASE_HANDLER, 0, 3, SPIN, 0, T0 + 20 * MS, T0 + 40 * MS);
	add(&late);
	all();
	incident = &reports.stalls[2];
	assert_int_equal(incident->others, 20 * MS);
	incident__set_lateness(incident, true);
	assert_int_equal(incident->late, LATE_IDLE);
	over(PHASE_HANDLER, 0, 2, SPIN, 0, T0 + 20 * MS, T0 + 40 * MS);
	add(&late);
	all();
	incident = &reports.stalls[4];
	assert_members(*incident, doing.addr, 0, others, 40 * MS);
	assert_late(incident, LATE_BEHIND);
}

static struct incident wait_of(const struct target_time *targets, uint32_t nr)
{
	static struct wait_event wait;
	struct incident incident;

	wait.event = event_of(PHASE_WAIT, 0, targets[0].dst, FLUSH, T0, T0, T0 + 50 * MS);
	wait.event.nr_targets = nr;
	for (uint32_t i = 0; i < nr && i < TARGETS_MAX; i++)
		wait.targets[i] = targets[i];
	incident__from_event(&incident, &wait.event);
	return incident;
}

TEST_F(the_straggler_is_compared_with_the_median)
{
	struct target_time targets[] = {
		{ T0 + 1 * MS, T0 + 2 * MS, 1, 0 },
		{ T0 + 1 * MS, T0 + 3 * MS, 2, 0 },
		{ T0 + 40 * MS, T0 + 41 * MS, 3, 0 },
	};
	struct incident incident = wait_of(targets, 3);

	assert_true(incident.straggler.known);
	assert_true(incident.straggler.late);
	assert_members(incident, dst, 3, straggler.later, 38 * MS);
	targets[2].entry = T0 + 1 * MS;
	incident = wait_of(targets, 3);
	assert_true(incident.straggler.known);
	assert_false(incident.straggler.late);
	/* Without each target's entry the reason is unknown. */
	targets[1].entry = 0;
	incident = wait_of(targets, 3);
	assert_members(incident.straggler, known, false, later, 38 * MS);
	/* Only a call with two or more targets has a straggler. */
	incident = wait_of(targets, 1);
	assert_members(incident, straggler.known, false, dst, 1);
}

TEST_F(targets_beyond_the_list_do_no_harm)
{
	struct target_time targets[TARGETS_MAX];
	struct incident incident;

	for (uint32_t i = 0; i < TARGETS_MAX; i++)
		targets[i] = (struct target_time){ T0, T0 + (i + 1) * US, i, 0 };
	incident = wait_of(targets, 4096);
	assert_members(incident, nr_targets, 4096, nr_listed, TARGETS_MAX, dst, TARGETS_MAX - 1);
}

TEST_F(a_sleep_needs_the_queue_flush_in_its_stack)
{
	struct stall_event event = event_of(PHASE_HANDLER, 0, 2, SPIN, 0, T0, T0 + 10 * MS);
	struct incident incident;

	event.slept = 1;
	event.stack_of = STACK_SLEEP;
	event.nr = 3;
	event.stack[0] = event.stack[1] = event.stack[2] = OTHER;
	incident__from_event(&incident, &event);
	incident.stack[0].name = "schedule";
	incident.stack[1].name = "do_nanosleep";
	assert_false(incident__sleep_confirmed(&incident));
	incident.stack[1].name = "__flush_smp_call_function_queue";
	assert_true(incident__sleep_confirmed(&incident));
	incident.stack[1].name = "asm_sysvec_call_function_single";
	assert_true(incident__sleep_confirmed(&incident));
	incident.stack[1].name = NULL;
	assert_false(incident__sleep_confirmed(&incident));
	/* A function that did not sleep needs no confirmation. */
	incident.slept = false;
	assert_true(incident__sleep_confirmed(&incident));
}

/* A stall as the programs of SOURCE_CALLS report it. */
static struct stall_event interrupt_of(uint32_t dst, enum ipi_kind kind, uint64_t start,
				       uint64_t end)
{
	struct stall_event event = event_of(PHASE_INTERRUPT, 0, dst, 0, 0, start, end);

	event.csd = 0;
	event.sender_known = 0;
	event.irq = kind;
	return event;
}

static struct stall_event unlisted_wait(uint32_t src, uint32_t dst, uint32_t targets)
{
	struct stall_event event = event_of(PHASE_WAIT, src, dst, SPIN, T0, T0, T0 + 10 * MS);

	event.unlisted = 1;
	event.nr_targets = targets;
	return event;
}

TEST_F(an_interrupt_explains_the_wait_for_its_cpu)
{
	struct stall_event wait = unlisted_wait(0, 2, 1), other = unlisted_wait(1, 3, 1);
	struct stall_event irq = interrupt_of(2, KIND_CALL_FUNCTION, T0 + MS, T0 + 11 * MS);
	struct stall_event reschedule = interrupt_of(3, KIND_RESCHEDULE, T0, T0 + 11 * MS);
	const struct incident *in;

	add(&wait);
	add(&irq);
	add(&other);
	add(&reschedule);
	all();
	assert_int_equal(reports.nr, 4);
	in = &reports.stalls[0];
	assert_members(*in, phase, PHASE_WAIT, cause,
		       incident__key(PHASE_INTERRUPT, 2, 0, T0 + MS));
	assert_true(in->irq_known && !in->covered);
	in = &reports.stalls[1];
	assert_members(*in, phase, PHASE_INTERRUPT, key,
		       incident__key(PHASE_INTERRUPT, 2, 0, T0 + MS));
	assert_false(in->sender.known || in->sender.interrupt);
	assert_members(*in, victim.pid, 202, nr_waiters, 1, waiters[0].behind, false);
	in = &reports.stalls[2];
	assert_members(*in, cause, 0, irq_known, false);
	assert_int_equal(reports.stalls[3].nr_waiters, 0);
}

TEST_F(the_stack_of_a_wait_begins_where_the_sender_waited)
{
	struct incident in = { .stack_of = STACK_CALL, .wait_in = WAIT_SINGLE, .nr = 4 };

	in.stack[1].name = "probe.cold";
	in.stack[2].name = "smp_call_function_single";
	in.stack[3].name = "caller";
	incident__trim(&in);
	assert_members(in, nr, 2, stack[1].name, "caller");
	/* The function has no name: all frames stay. */
	in.stack[0].name = NULL;
	incident__trim(&in);
	assert_int_equal(in.nr, 2);
}

/* The interrupted code is known only if an interrupt brought the csd. */
TEST_F(code_is_interrupted_by_an_interrupt)
{
	struct incident in = { .stack_of = STACK_INTERRUPTED, .nr = 3 };

	in.stack[0].name = "__flush_smp_call_function_queue";
	in.stack[1].name = "asm_sysvec_call_function";
	in.stack[2].name = "spin";
	incident__trim(&in);
	assert_members(in, nr, 1, interrupted, true, user, false, stack[0].name, "spin");
	in = (struct incident){ .stack_of = STACK_INTERRUPTED, .nr = 2 };
	in.stack[0].name = "flush_smp_call_function_queue";
	in.stack[1].name = "do_idle";
	incident__trim(&in);
	assert_members(in, nr, 2, interrupted, false);
	/* The interrupt came in user space. */
	in = (struct incident){ .stack_of = STACK_INTERRUPTED, .nr = 1 };
	in.stack[0].name = "asm_sysvec_call_function";
	incident__trim(&in);
	assert_members(in, nr, 0, interrupted, false, user, true);
}

/* A stack that ends for want of room says nothing of what was interrupted. */
TEST_F(a_full_stack_does_not_show_user_space)
{
	struct incident in = { .stack_of = STACK_INTERRUPTED, .nr = STACK_DEPTH };

	for (uint32_t f = 0; f < STACK_DEPTH; f++)
		in.stack[f].name = "__flush_smp_call_function_queue";
	in.stack[STACK_DEPTH - 1].name = "asm_sysvec_call_function";
	incident__trim(&in);
	assert_members(in, nr, 0, interrupted, false, user, false);
}

TEST_F(targets_that_are_not_known_are_not_listed)
{
	struct stall_event several = unlisted_wait(1, 1, 3), condition = unlisted_wait(1, 1, 0);
	struct incident in;

	incident__from_event(&in, &several);
	assert_members(in, nr_targets, 3, nr_listed, 0);
	assert_false(in.dst_known || in.straggler.known);
	incident__from_event(&in, &condition);
	assert_members(in, nr_targets, 0, dst_known, false);
}

TEST_F(a_malformed_event_is_survived)
{
	struct wait_event wait;
	struct incident incident;

	memset(&wait, 0xff, sizeof(wait));
	incident__from_event(&incident, &wait.event);
	assert_members(incident, nr, STACK_DEPTH, nr_listed, 0);
	assert_true(incident.phase < NR_PHASES);
	assert_int_equal(strlen(incident.sender.comm), COMM_LEN - 1);
	wait.event.phase = PHASE_WAIT;
	wait.event.unlisted = 0;
	incident__from_event(&incident, &wait.event);
	assert_int_equal(incident.nr_listed, TARGETS_MAX);
	memset(&wait, 0, sizeof(wait));
	wait.event.start = 7;
	incident__from_event(&incident, &wait.event);
	assert_int_equal(incident__duration(&incident), 0);
}

TEST_MAIN(NULL, NULL)
