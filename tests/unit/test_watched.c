// SPDX-License-Identifier: GPL-2.0
/* PROGRAM of ipitrace isolated, its descendants, and tasks that others move to the CPU. */
#include "accounts.h"

TEST(the_program_may_come_and_go, begin, finish)
{
	run(2000, 10, 0, "swapper", false, 0);
	run(2500, 0, 10, "program", false, 0);
	judge(4000);
	assert_members(*cpu, count, 0, silence, 3000);
}

TEST(another_program_is_an_intruder, begin, finish)
{
	run(2000, 10, 11, "other", false, 0);
	run(2200, 11, 10, "program", false, 0);
	judge(3000);
	check(only(INTERRUPTION_SWITCH), 1, 200, 200);
	assert_members(*only(INTERRUPTION_SWITCH), id, 11, sender.known, false);
}

static void forks(uint32_t parent, uint32_t child)
{
	struct interruption event = {
		.kind = INTERRUPTION_FORK, .cpu = 1, .tgid = parent, .id = child
	};

	account__event(account, &event);
}

/* Each CPU is silent from the beginning on. */
TEST(a_cpu_without_an_event_is_silent, begin, finish)
{
	size_t nr;

	judge(4000);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(account__cpus(account, &nr)[i].silence, 3000);
}

/*
 * PROGRAM is the shell 20. Its children fork on another CPU; task 10 is a stranger, and so is its
 * child.
 */
TEST(programs_descendants_are_the_program, begin, finish)
{
	assert_int_equal(account__program(account, 20), 0);
	forks(20, 4000000);
	forks(4000000, 22);
	forks(10, 11);
	run(2000, 0, 22, "grandchild", false, 0);
	run(2100, 22, 20, "sh", false, 0);
	run(2200, 20, 11, "stranger", false, 0);
	run(2300, 11, 4000000, "child", false, 0);
	judge(4000);
	check(only(INTERRUPTION_SWITCH), 1, 100, 100);
	assert_int_equal(only(INTERRUPTION_SWITCH)->id, 11);
}

/* The task that ran on the CPU before PROGRAM came is an intruder as soon as PROGRAM is there. */
TEST(the_cpu_is_the_programs_once_it_comes, begin, finish)
{
	assert_int_equal(account__program(account, 20), 0);
	run(2000, 10, 0, "swapper", false, 0);
	run(2100, 0, 10, "first", false, 0);
	run(2200, 10, 20, "program", false, 0);
	run(2500, 20, 10, "first", false, 0);
	run(2550, 10, 20, "program", false, 0);
	judge(4000);
	check(only(INTERRUPTION_SWITCH), 1, 50, 50);
	assert_int_equal(only(INTERRUPTION_SWITCH)->id, 10);
}

/*
 * PROGRAM moves itself to an idle CPU. The reschedule that wakes the CPU for PROGRAM is no
 * interruption.
 */
TEST(programs_arrival_is_no_interruption, begin, finish)
{
	assert_int_equal(account__program(account, 20), 0);
	run(1500, 10, 0, "swapper", false, 0);
	feed((struct interruption){ .kind = INTERRUPTION_WAKE_SENT, .start = 1550, .tgid = 9 });
	vector(RESCHEDULE, 1600, 1610, 10);
	vector(TIMER, 1700, 1705, 5);
	feed((struct interruption){ .kind = INTERRUPTION_WAKE_SENT, .start = 1900, .tgid = 9 });
	vector(RESCHEDULE, 2000, 2050, 50);
	run(2060, 0, 20, "program", false, 65);
	judge(2070);
	/* Only the reschedule just before PROGRAM ran is not counted. */
	check(only(INTERRUPTION_WAKE_SENT), 1, 10, 10);
	assert_members(*cpu, count, 2, interrupted, 15, longest, 10);
}

TEST(what_wakes_program_later_counts, begin, finish)
{
	assert_int_equal(account__program(account, 20), 0);
	run(1500, 0, 20, "program", false, 0);
	run(1600, 20, 0, "swapper", false, 0);
	feed((struct interruption){ .kind = INTERRUPTION_WAKE_SENT, .start = 1900, .tgid = 9 });
	vector(RESCHEDULE, 2000, 2050, 50);
	run(2060, 0, 20, "program", false, 50);
	judge(3000);
	check(only(INTERRUPTION_WAKE_SENT), 1, 50, 50);
}

/* The latest fork decides whether a pid is a descendant's of PROGRAM or a stranger's. */
TEST(a_pid_is_whose_it_was_last, begin, finish)
{
	assert_int_equal(account__program(account, 20), 0);
	forks(20, 21);
	forks(10, 21);
	forks(10, 22);
	forks(20, 22);
	forks(20, UINT32_MAX);
	run(2000, 20, 21, "stranger", false, 0);
	run(2100, 21, 22, "child", false, 0);
	judge(4000);
	check(only(INTERRUPTION_SWITCH), 1, 100, 100);
	assert_int_equal(only(INTERRUPTION_SWITCH)->id, 21);
}

#define STOPPER 17 /* CPU 1's */

static void moved(uint32_t pid, uint32_t mover, const char *comm)
{
	struct interruption event = {
		.kind = INTERRUPTION_MOVED,
		.start = 1900,
		.id = pid,
		.prev_tgid = pid,
		.pid = mover,
		.tgid = mover,
	};

	event.by_kthread = mover == STOPPER;
	snprintf(event.comm, sizeof(event.comm), "%s", comm);
	feed(event);
}

/* A task that another task moves to a CPU is not the CPU's program, even if the CPU was idle. */
TEST(a_task_that_is_moved_has_a_mover, begin, finish)
{
	moved(11, 40, "taskset");
	run(2000, 0, 11, "victim", false, 0);
	run(2200, 11, 0, "swapper", false, 0);
	judge(3000);
	check(only(INTERRUPTION_SWITCH), 1, 200, 200);
	assert_int_equal(only(INTERRUPTION_SWITCH)->sender.tgid, 40);
}

/* A run after a task's sleep is not the mover's work; a run after a preemption is. */
TEST(a_move_ends_with_the_task_s_sleep, begin, finish)
{
	struct interruption preempted = {
		.kind = INTERRUPTION_SWITCH,
		.start = 2200,
		.prev = 11,
		.prev_tgid = 11,
		.pid = 12,
		.tgid = 12,
		.kthread = true,
		.preempted = true,
		.comm = "kthreadd",
	};
	const struct culprit *mover, *sleeper;

	moved(11, 40, "taskset");
	run(2000, 0, 11, "victim", false, 0);
	feed(preempted);
	run(2210, 12, 11, "victim", false, 0);
	run(2300, 11, 0, "swapper", false, 0);
	run(2400, 0, 11, "victim", false, 0);
	run(2450, 11, 0, "swapper", false, 0);
	judge(3000);
	assert_int_equal(cpu->nr_culprits, 3);
	mover = &cpu->culprits[0];
	sleeper = &cpu->culprits[2];
	assert_int_equal(mover->sender.tgid, 40);
	check(mover, 2, 290, 200);
	assert_string_equal(sleeper->what, "victim");
	assert_false(sleeper->sender.known);
	check(sleeper, 1, 50, 50);
}

TEST(a_program_may_move_itself, begin, finish)
{
	moved(11, 11, "program");
	run(2000, 0, 11, "program", false, 0);
	judge(3000);
	assert_int_equal(cpu->count, 0);
}

/*
 * The task that ran when collection began is moved away and back. So the other task was the
 * program.
 */
TEST(the_first_may_have_been_moved_before, begin, finish)
{
	run(1200, 11, 10, "program", false, 0);
	run(1300, 10, 11, "stray", false, 0);
	run(1400, 11, 10, "program", false, 0);
	moved(11, 40, "taskset");
	run(2000, 10, 11, "stray", false, 0);
	run(2200, 11, 10, "program", false, 0);
	run(2500, 10, 12, "other", false, 0);
	run(2600, 12, 10, "program", false, 0);
	judge(3000);
	assert_members(*cpu, nr_culprits, 2, culprits[0].id, 11);
	check(&cpu->culprits[0], 1, 200, 200);
	assert_int_equal(cpu->culprits[1].id, 12);
	check(&cpu->culprits[1], 1, 100, 100);
	assert_members(*cpu, interrupted, 300, count, 2);
}

/* What the CPU's own program did before it was known as such is forgotten as it runs next. */
TEST(the_owner_interrupted_nothing, begin, finish)
{
	run(1200, 11, 10, "program", false, 0);
	run(1300, 10, 11, "stray", false, 0);
	moved(11, 40, "taskset");
	run(1900, 11, 12, "other", false, 0);
	run(2000, 12, 11, "stray", false, 0);
	run(2200, 11, 10, "program", false, 0);
	judge(3000);
	/* The run from 1200 to 1300 was the program's own. */
	assert_int_equal(cpu->nr_culprits, 2);
	check(&cpu->culprits[0], 1, 100, 100);
	assert_int_equal(cpu->culprits[0].id, 12);
	check(&cpu->culprits[1], 1, 200, 200);
	assert_int_equal(cpu->culprits[1].id, 11);
	assert_int_equal(cpu->interrupted, 300);
}

/* A task that runs is moved by its CPU's stopper thread, which the mover wakes. */
TEST(the_stopper_acts_for_another, begin, finish)
{
	feed((struct interruption){
		.kind = INTERRUPTION_STOPPER, .id = 1, .start = 1800, .pid = 40, .tgid = 40 });
	moved(11, STOPPER, "migration/1");
	run(2000, 10, 11, "victim", false, 0);
	run(2200, 11, 10, "program", false, 0);
	judge(3000);
	assert_int_equal(only(INTERRUPTION_SWITCH)->sender.tgid, 40);
}

/* Interruptions that PROGRAM and its descendants send are marked as PROGRAM's. */
TEST(the_program_s_own_is_marked, begin, finish)
{
	assert_int_equal(account__program(account, 60), 0);
	feed((struct interruption){ .kind = INTERRUPTION_FORK, .tgid = 60, .id = 61 });
	csd(FUNC, 61, 2000, 2001, 2);
	vector(CALL, 2000, 2005, 3);
	csd(FUNC + 1, 70, 2100, 2101, 2);
	vector(CALL, 2100, 2105, 3);
	judge(3000);
	assert_int_equal(cpu->nr_culprits, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(cpu->culprits[i].owner,
				 cpu->culprits[i].sender.tgid == 61 ? OWNER_PROGRAM : OWNER_OTHER);
}

/* The sender of what a stopper thread sends is the task that woke the thread. */
TEST(a_stopper_sends_for_another, begin, finish)
{
	struct interruption sent = { .kind = INTERRUPTION_WAKE_SENT,
				     .start = 1900,
				     .pid = STOPPER,
				     .tgid = STOPPER,
				     .src = 1,
				     .by_kthread = 1,
				     .comm = "migration/1" };

	feed((struct interruption){ .kind = INTERRUPTION_STOPPER,
				    .id = 1,
				    .start = 1800,
				    .pid = 40,
				    .tgid = 40,
				    .comm = "mover" });
	feed(sent);
	vector(RESCHEDULE, 1950, 1960, 10);
	judge(3000);
	assert_members(*only(INTERRUPTION_WAKE_SENT), sender.pid, 40, sender.tgid, 40, sender.comm,
		       "mover", src, 1);
}

/* A task with the name of a stopper thread is not one: it is itself the sender of what it does. */
TEST(a_name_makes_no_stopper, begin, finish)
{
	feed((struct interruption){
		.kind = INTERRUPTION_STOPPER, .id = 1, .start = 1800, .pid = 40, .tgid = 40 });
	moved(11, 50, "migration/1");
	run(2000, 10, 11, "victim", false, 0);
	run(2200, 11, 10, "program", false, 0);
	judge(3000);
	assert_int_equal(only(INTERRUPTION_SWITCH)->sender.tgid, 50);
}

/* What a kworker seems to have sent for a task of a cgroup, by its stack: "a<b<c": b called a. */
static struct culprit sent_by(const char *comm, const char *frames)
{
	struct culprit culprit = { .kind = INTERRUPTION_WAKE_SENT,
				   .sender = { .known = true, .pid = 7, .tgid = 7 },
				   .queued_by = { .known = true, .pid = 8, .tgid = 8 },
				   .kworker = true,
				   .cgroup = "/slice" };
	struct stack_sample sample = {};
	char *text = strdup(frames), *at = text, *name;

	snprintf(culprit.sender.comm, COMM_LEN, "%s", comm);
	while ((name = strsep(&at, "<")) && sample.nr < STACK_DEPTH)
		sample.stack[sample.nr++].name = name;
	assert_int_equal(causes__stack(&culprit, &sample), 0);
	free(text);
	return culprit;
}

/* A stopper thread and an interrupt have no task behind them, and no cgroup. */
TEST(a_sender_that_is_no_task_has_no_cgroup)
{
	static const char stopper[] =
		"try_to_wake_up<complete<migration_cpu_stop<cpu_stopper_thread";
	static const char *const of[][2] = {
		{ "migration/1", stopper },
		{ "bystander", "try_to_wake_up<sock_def_readable<net_rx_action<handle_softirqs" },
	};
	struct culprit culprit;

	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		culprit = sent_by(of[i][0], of[i][1]);
		assert_members(culprit, cgroup, "", kworker, 0, queued_by.known, 0, queued_by.tgid,
			       0, sender.interrupt, i, stopper, !i);
		free(culprit.chain);
	}
	culprit = sent_by("mover", stopper);
	assert_members(culprit, cgroup, "/slice", kworker, 1, queued_by.tgid, 8, sender.tgid, 7,
		       stopper, 0);
	free(culprit.chain);
}

/* From the caller on, its callers are said, but not all of a deep stack. */
TEST(a_chain_has_twelve_frames)
{
	struct culprit culprit = sent_by("task",
					 "try_to_wake_up<own_caller<f2<f3<f4<f5<f6<f7<f8<f9<"
					 "f10<f11<f12<f13<f14<f15");

	assert_members(culprit, caller, "own_caller", chain,
		       "own_caller < f2 < f3 < f4 < f5 < f6 < f7 < f8 < f9 < f10 < f11 < f12");
	free(culprit.chain);
}

TEST_MAIN(NULL, NULL)
