// SPDX-License-Identifier: GPL-2.0
/*
 * How gates end: the line of a verdict that is not certain, and runs in which no program could be
 * attached.
 */
#include "command/parts.h"
#include "model/sight.h"
#include "printed.h"

#define SECOND 1000000000ULL

static int status;

static void end(const void *sight)
{
	status = gate_status("stalls", sight, EXIT_DONE);
}

TEST(one_that_is_not_certain_says_why)
{
	struct sight sight = { .shortest = SECOND };
	char *said;

	sight__miss(&sight, 3, SECOND / 2, "3 csds, none of them long enough");
	end(&sight);
	assert_int_equal(status, EXIT_DONE);
	sight__miss(&sight, 2, 0, "2 events found no room");
	sight__miss_time(&sight, 5 * SECOND, "CPU 1 was offline for 5 s");
	said = printed_to(stderr, end, &sight);
	assert_string_equal(said, "ipitrace: stalls: not certain: 2 events found no room; "
				  "CPU 1 was offline for 5 s\n");
	assert_int_equal(status, EXIT_FAILED);
	sight.found = true;
	end(&sight);
	assert_int_equal(status, EXIT_FOUND);
	assert_int_equal(gate_status("stalls", &sight, EXIT_CANNOT), EXIT_CANNOT);
}

/* Check the verdict of a run of @phases in which no program saw @hidden queue events. */
static enum sight_verdict hidden_for(uint64_t hidden, uint32_t phases, uint64_t ran)
{
	const struct stall_totals sum = { .threshold = SECOND, .scope.asked = phases };
	struct sight sight = stalls_sight(&sum, 0, hidden, ran);

	return sight__judge(&sight);
}

/*
 * The kernel does not run a BPF program inside itself, so csds that an interrupt of it queues may
 * be hidden.
 */
TEST(a_queue_event_that_was_hidden_may_have_been_a_stall)
{
	const uint32_t all = (1U << NR_PHASES) - 1;
	struct stall_totals sum = { .threshold = SECOND, .scope.asked = all };
	struct sight sight;

	assert_int_equal(hidden_for(0, all, 5 * SECOND), SIGHT_CLEAR);
	assert_int_equal(hidden_for(1, all, 5 * SECOND), SIGHT_NOT_CERTAIN);
	assert_int_equal(hidden_for(1, 1U << PHASE_DELIVERY, 5 * SECOND), SIGHT_NOT_CERTAIN);
	/* A stall cannot be longer than the run. */
	assert_int_equal(hidden_for(1, all, SECOND / 2), SIGHT_CLEAR);
	/* A sender may have waited for the hidden csd. */
	assert_int_equal(hidden_for(1, 1U << PHASE_WAIT, 5 * SECOND), SIGHT_NOT_CERTAIN);
	sight = stalls_sight(&sum, 0, 3, 5 * SECOND);
	assert_string_equal(sight.missed[0].what, "the kernel hid the queueing of 3 csds");
	sum.found[PHASE_HANDLER] = 1;
	sight = stalls_sight(&sum, 0, 1, 5 * SECOND);
	assert_int_equal(sight__judge(&sight), SIGHT_FOUND);
}

static struct moment moment;

/* The verdict of a gate of more than 1 s: CPU 1 has not answered for @ns by its timer, or never. */
static enum sight_verdict stuck_for(uint64_t ns, const struct options *opts)
{
	struct queue_report report = { .opts = opts, .threshold = SECOND, .moment = &moment };
	struct sight sight;

	moment.nr_cpus = 1;
	moment.cpus[0] = (struct cpu_state){ .cpu = 1, .overdue = ns };
	if (ns)
		cpuset__add(&report.stuck, 1);
	sight = queue_report__sight(&report, mono_ns() - SECOND / 2);
	return sight__judge(&sight);
}

TEST(a_cpu_that_never_answers_is_the_worst_stall)
{
	struct options opts = {};

	assert_int_equal(stuck_for(3 * SECOND, &opts), SIGHT_FOUND);
	/* The CPU may have been stuck for longer than its timer shows. */
	assert_int_equal(stuck_for(SECOND / 2, &opts), SIGHT_NOT_CERTAIN);
	/* No CPU is stuck, and this kernel has no hook to attach to. */
	assert_int_equal(stuck_for(0, &opts), SIGHT_NOT_CERTAIN);
}

/* Whether a csd of a kind that was asked for waits on the CPU is not known. */
TEST(a_gate_on_something_else_is_not_certain)
{
	struct options opts = { .func = "flush_tlb_*" };

	assert_int_equal(stuck_for(3 * SECOND, &opts), SIGHT_NOT_CERTAIN);
	opts = (struct options){ .pid = 7 };
	assert_int_equal(stuck_for(3 * SECOND, &opts), SIGHT_NOT_CERTAIN);
	opts = (struct options){ .phases = 1U << PHASE_HANDLER };
	assert_int_equal(stuck_for(3 * SECOND, &opts), SIGHT_NOT_CERTAIN);
	opts = (struct options){ .dst.given = true };
	cpuset__add(&opts.dst.set, 0);
	assert_int_equal(stuck_for(3 * SECOND, &opts), SIGHT_NOT_CERTAIN);
	cpuset__add(&opts.dst.set, 1);
	assert_int_equal(stuck_for(3 * SECOND, &opts), SIGHT_FOUND);
}

static int dump_status;

static void dump_end(const void *of)
{
	dump_status = vmcore_gate(of, EXIT_DONE);
}

/* Check that the gate of the dump @of is not certain, and prints @words. */
static void check_dump(const struct moment *of, const char *words)
{
	char *said = printed_to(stderr, dump_end, of);

	assert_string_equal(said, words);
	assert_int_equal(dump_status, EXIT_FAILED);
}

TEST(a_dump_with_torn_queues_is_not_certain)
{
	static struct moment of;

	assert_int_equal(vmcore_gate(&of, EXIT_DONE), EXIT_DONE);
	of.torn = 1;
	check_dump(&of, "ipitrace: waits: not certain: 1 queue could not be read to the end\n");
	of.torn = 2;
	of.dropped = 3;
	check_dump(&of, "ipitrace: waits: not certain: 2 queues could not be read to the end; "
			"3 items found no room\n");
	of = (struct moment){ .unread = 1 };
	check_dump(&of, "ipitrace: waits: not certain: 1 CPU could not be read\n");
	of = (struct moment){ .blocked = 1 };
	check_dump(&of, "ipitrace: waits: not certain: 1 sender may wait until the csd of an "
			"earlier call is free\n");
	of = (struct moment){ .process_unknown = true };
	check_dump(&of, "ipitrace: waits: not certain: the dump does not show whether there was "
			"such a process\n");
	/* A waiting CPU is a verdict, whatever else could not be read. */
	of.nr_waiting = 1;
	assert_int_equal(vmcore_gate(&of, EXIT_DONE), EXIT_FOUND);
	/* If the line of the verdict could not be written, the exit code is not a verdict. */
	assert_int_equal(vmcore_gate(&of, EXIT_CANNOT), EXIT_CANNOT);
}

TEST_MAIN(NULL, NULL)
