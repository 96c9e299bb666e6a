// SPDX-License-Identifier: GPL-2.0
/* The stall that an event of the programs describes, member by member, of each phase. */
#include "stalls.h"

static struct wait_event whole_event(enum stall_phase phase)
{
	struct wait_event wait = {
		.event = {
			.time = T0 + 900,
			.start = T0,
			.func = 1,
			.callsite = 2,
			.csd = 3,
			.call = 4,
			.sent = T0 + 5,
			.arrived = T0 + 6,
			.ran = 7,
			.stolen = 8,
			.src_stolen = 9,
			.cgroup = 10,
			.src = 11,
			.dst = 12,
			.sender_pid = 13,
			.sender_tgid = 14,
			.victim_pid = 15,
			.victim_tgid = 16,
			.sender_comm = "sender",
			.victim_comm = "victim",
			.phase = phase,
			.slept = true,
			.sender_known = true,
			.wait_in = WAIT_MANY,
			.stack_of = STACK_CALL,
			.irq = KIND_RESCHEDULE,
			.stolen_known = true,
			.nr = 2,
			.nr_targets = 2,
			.stack = { 17, 18, 19 },
		},
		.targets = { { .dst = 20 }, { .dst = 21 } },
	};

	return wait;
}

static struct incident of(const struct wait_event *wait)
{
	struct incident incident;

	memset(&incident, 0xff, sizeof(incident));
	incident__from_event(&incident, &wait->event);
	return incident;
}

static void check_common(const struct incident *in, enum stall_phase phase)
{
	assert_members(*in, phase, phase, time, T0 + 900, start, T0, src, 11, dst, 12, dst_known,
		       true, func.addr, 1, callsite.addr, 2, csd, 3, call, 4);
	assert_members(*in, slept, true, sent, T0 + 5, arrived, T0 + 6, ran, 7, cgroup, 10,
		       stolen_known, true, stolen, 8, wait_in, WAIT_MANY, stack_of, STACK_CALL);
	assert_members(*in, nr, 2, stack[0].addr, 17, stack[1].addr, 18, nr_targets, 2, ongoing,
		       false, end_unseen, false, cause, 0, nr_waiters, 0, more_waiters, 0);
}

TEST(a_delivery_has_the_stolen_time_of_both_cpus)
{
	struct wait_event wait = whole_event(PHASE_DELIVERY);
	struct incident in = of(&wait);

	check_common(&in, PHASE_DELIVERY);
	assert_members(in, queued, T0, src_stolen_known, true, src_stolen, 9, nr_listed, 0,
		       irq_known, false, key, incident__key(PHASE_DELIVERY, 12, 3, T0));
	assert_members(in.sender, known, true, interrupt, false, pid, 13, tgid, 14, comm, "sender");
	assert_members(in.victim, known, true, interrupt, false, pid, 15, tgid, 16, comm, "victim");
	wait.event.stolen_known = false;
	in = of(&wait);
	assert_members(in, stolen_known, false, stolen, 0, src_stolen_known, false, src_stolen, 0);
}

TEST(a_handler_was_not_queued_at_its_start)
{
	struct wait_event wait = whole_event(PHASE_HANDLER);
	struct incident in = of(&wait);

	check_common(&in, PHASE_HANDLER);
	assert_members(in, queued, 0, src_stolen_known, false, src_stolen, 0, nr_listed, 0, key,
		       incident__key(PHASE_HANDLER, 12, 3, T0));
	/* An interrupt queued the csd. */
	wait.event.sender_known = false;
	in = of(&wait);
	assert_members(in.sender, known, false, interrupt, true, pid, 13, tgid, 14);
}

TEST(a_wait_has_its_targets_and_no_victim)
{
	struct wait_event wait = whole_event(PHASE_WAIT);
	struct incident in = of(&wait);

	check_common(&in, PHASE_WAIT);
	assert_members(in, queued, 0, src_stolen_known, false, nr_listed, 2, targets[0].dst, 20,
		       targets[1].dst, 21, key, incident__key(PHASE_WAIT, 11, 0, 4));
	assert_members(in.victim, known, false, pid, 0, comm, "");
}

TEST(an_interrupt_has_its_kind_and_no_sender)
{
	struct wait_event wait = whole_event(PHASE_INTERRUPT);
	struct incident in = of(&wait);

	check_common(&in, PHASE_INTERRUPT);
	assert_members(in, irq_known, true, irq, KIND_RESCHEDULE, nr_listed, 0, key,
		       incident__key(PHASE_INTERRUPT, 12, 3, T0));
	assert_members(in.sender, known, false, interrupt, false, pid, 0, tgid, 0, comm, "");
	assert_members(in.victim, known, true, pid, 15);
	wait.event.irq = NR_KINDS;
	in = of(&wait);
	assert_members(in, irq_known, false, irq, KIND_CALL_FUNCTION);
}

/* A start that is not known, or not before the end, is the end. */
TEST(a_stall_does_not_begin_after_its_end)
{
	static const struct {
		uint64_t start, want;
	} rows[] = { { 0, T0 + 900 },
		     { T0 + 900, T0 + 900 },
		     { T0 + 901, T0 + 900 },
		     { T0 + 899, T0 + 899 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wait_event wait = whole_event(PHASE_HANDLER);

		wait.event.start = rows[i].start;
		assert_int_equal(of(&wait).start, rows[i].want);
	}
}

TEST_MAIN(NULL, NULL)
