// SPDX-License-Identifier: GPL-2.0
/* From made-up events to culprits: who interrupted the CPU, and how long the CPU had silence. */
#include "accounts.h"

TEST(nothing_is_silence, begin, finish)
{
	judge(5000);
	assert_members(*cpu, count, 0, interrupted, 0, silence, 4000);
}

TEST(silence_lies_between, begin, finish)
{
	vector(TIMER, 1100, 1200, 100);
	vector(TIMER, 3000, 3050, 50);
	judge(4000);
	assert_members(*cpu, silence, 1800, longest, 100);
	check(only(INTERRUPTION_VECTOR), 2, 150, 100);
}

/* Time in which the host did not run the CPU counts neither for an interrupt nor for a task. */
TEST(the_host_s_time_is_no_culprit_s, begin, finish)
{
	struct interruption task = {
		.kind = INTERRUPTION_SWITCH, .start = 5000, .comm = "own", .pid = 7, .tgid = 7
	};

	feed((struct interruption){ .kind = INTERRUPTION_VECTOR,
				    .id = TIMER,
				    .start = 1100,
				    .end = 2000,
				    .self = 50,
				    .host = 850 });
	feed(task);
	task = (struct interruption){ .kind = INTERRUPTION_SWITCH,
				      .start = 6000,
				      .comm = "kworker/2:1",
				      .pid = 8,
				      .tgid = 8,
				      .kthread = 1,
				      .prev = 7,
				      .prev_tgid = 7,
				      .inside = 900,
				      .host = 850 };
	feed(task);
	task = (struct interruption){ .kind = INTERRUPTION_SWITCH,
				      .start = 7000,
				      .comm = "own",
				      .pid = 7,
				      .tgid = 7,
				      .prev = 8,
				      .prev_tgid = 8,
				      .prev_kthread = 1,
				      .inside = 1820,
				      .host = 1770 };
	feed(task);
	judge(9000);
	check(only(INTERRUPTION_VECTOR), 1, 50, 50);
	check(only(INTERRUPTION_SWITCH), 1, 80, 80);
	assert_members(*cpu, interrupted, 130, longest, 80);
}

/* An inner interruption ends first, but the CPU is disturbed since the outer one began. */
TEST(silence_ends_with_the_outermost, begin, finish)
{
	feed((struct interruption){ .kind = INTERRUPTION_VECTOR,
				    .id = TIMER,
				    .start = 2500,
				    .end = 2600,
				    .outer = 2000,
				    .self = 100 });
	feed((struct interruption){
		.kind = INTERRUPTION_SOFTIRQ, .id = 9, .start = 2000, .end = 3000, .self = 900 });
	judge(3100);
	assert_members(*cpu, silence, 1000, longest, 1000, interrupted, 1000);
}

TEST(functions_share_their_interrupt, begin, finish)
{
	csd(FUNC, 7, 2000, 2010, 30);
	csd(FUNC + 1, 8, 2000, 2050, 10);
	vector(CALL, 2000, 2100, 60);
	judge(3000);
	assert_int_equal(cpu->nr_culprits, 2);
	check(&cpu->culprits[0], 1, 60, 60);
	check(&cpu->culprits[1], 1, 40, 40);
	assert_members(*cpu, culprits[0].sender.tgid, 7, interrupted, 100, count, 2);
}

TEST(a_sender_has_one_row, begin, finish)
{
	for (uint64_t at = 2000; at < 2500; at += 100) {
		csd(FUNC, 7, at, at + 10, 20);
		vector(CALL, at, at + 50, 30);
	}
	judge(3000);
	check(only(INTERRUPTION_CSD), 5, 250, 50);
	assert_members(cpu->culprits[0], src_known, true, src, 1);
}

/* A csd of the kworker @pid, for the process @by; 0: not known. */
static void csd_of_kworker(uint64_t at, uint32_t pid, uint32_t by)
{
	feed((struct interruption){ .kind = INTERRUPTION_CSD,
				    .func = FUNC,
				    .start = at,
				    .end = at + 20,
				    .self = 20,
				    .pid = pid,
				    .tgid = pid,
				    .comm = "kworker/1:2",
				    .kworker = 1,
				    .queued_by = { by, by, "chronyd" } });
}

/* Kworkers send for who queued their works: they are one sender if one process did, or if nobody knows. */
TEST(kworkers_have_one_row_for_each_process, begin, finish)
{
	csd_of_kworker(2000, 50, 7);
	csd_of_kworker(2100, 51, 7);
	csd_of_kworker(2200, 50, 8);
	csd_of_kworker(2300, 50, 0);
	csd_of_kworker(2400, 51, 0);
	csd(FUNC, 7, 2500, 2500, 20);
	judge(3000);
	assert_int_equal(cpu->nr_culprits, 4);
	assert_members(cpu->culprits[0], count, 2, kworker, true, queued_by.tgid, 7, queued_by.comm,
		       "chronyd", sender.tgid, 51);
	assert_members(cpu->culprits[1], count, 1, kworker, true, queued_by.tgid, 8);
	assert_members(cpu->culprits[2], count, 2, kworker, true, queued_by.known, false);
	assert_members(cpu->culprits[3], count, 1, kworker, false, sender.tgid, 7);
	assert_int_equal(culprit__process(&cpu->culprits[0]), 7);
	assert_int_equal(culprit__process(&cpu->culprits[2]), 0);
}

/* A csd of task 7, with a stack. */
static void csd_with_stack(uint64_t at, int32_t stack)
{
	feed((struct interruption){ .kind = INTERRUPTION_CSD,
				    .func = FUNC,
				    .outer = at,
				    .start = at + 10,
				    .self = 20,
				    .pid = 7,
				    .tgid = 7,
				    .stack = stack });
	vector(CALL, at, at + 50, 30);
}

TEST(a_sender_has_a_row_for_each_stack, begin, finish)
{
	for (uint64_t at = 2000; at < 2500; at += 100)
		csd_with_stack(at, 3);
	csd_with_stack(2500, 4);
	judge(3000);
	assert_int_equal(cpu->nr_culprits, 2);
	assert_int_equal(cpu->culprits[0].stack, 3);
	check(&cpu->culprits[0], 5, 250, 50);
	assert_int_equal(cpu->culprits[1].stack, 4);
	check(&cpu->culprits[1], 1, 50, 50);
}

/* A timer's csd, whose stack goes on with a frame of the interrupted task. */
static void csd_of_timer(uint64_t at, int32_t stack, const char *interrupted)
{
	struct interruption event = { .kind = INTERRUPTION_CSD,
				      .cpu = CPU,
				      .func = FUNC,
				      .outer = at,
				      .start = at + 10,
				      .end = at + 40,
				      .self = 20,
				      .interrupt = true,
				      .stack = stack };
	struct stack_sample sample = {
		.nr = 3,
		.stack = { { .addr = 1, .name = "timerfd_tmrproc" },
			   { .addr = 2, .name = "asm_sysvec_apic_timer_interrupt" },
			   { .addr = 1000 + stack, .name = interrupted } },
	};

	if (account__needs_stack(account, &event))
		account__stack(account, stack, &sample);
	feed(event);
	vector(CALL, at, at + 50, 30);
}

/* Else the interrupted tasks would soon fill the room for stacks, and the cause would be unknown. */
TEST(what_an_interrupt_interrupts_makes_no_other_stack, begin, finish)
{
	for (int32_t stack = 1; stack <= 2 * CULPRIT_STACKS; stack++)
		csd_of_timer(2000 + 100 * stack, stack, "somewhere");
	judge(1000000);
	assert_int_equal(cpu->nr_culprits, 1);
	assert_int_equal(cpu->culprits[0].stack, 1);
	assert_int_equal(cpu->culprits[0].count, 2 * CULPRIT_STACKS);
}

/*
 * Events whose stack got no row have no stack: the cause of another stack must not become theirs.
 */
TEST(stacks_beyond_the_room_are_not_known, begin, finish)
{
	for (int32_t stack = 1; stack <= 2 * CULPRIT_STACKS; stack++)
		csd_with_stack(2000 + 100 * stack, stack);
	judge(1000000);
	assert_int_equal(cpu->nr_culprits, CULPRIT_STACKS + 2);
	assert_int_equal(cpu->culprits[CULPRIT_STACKS + 1].stack, NO_STACK);
	assert_int_equal(cpu->culprits[CULPRIT_STACKS + 1].count, CULPRIT_STACKS - 1);
	assert_false(cpu->culprits[CULPRIT_STACKS + 1].other);
}

/*
 * Many short-lived processes of one name, with two stacks each, use up the room for stacks: a further
 * process shares the row of an earlier one with the same stack, whose cause is its own.
 */
TEST(a_namesake_s_stack_is_known, begin, finish)
{
	uint64_t at = 2000, unknown = 0, count = 0;

	for (int32_t stack = 1; stack <= CULPRIT_STACKS - 9; stack++, at += 100)
		csd_with_stack(at, stack);
	for (uint32_t pid = 100; pid < 130; pid++)
		for (int32_t stack = 501; stack <= 502; stack++, at += 100)
			feed((struct interruption){ .kind = INTERRUPTION_CSD,
						    .func = FUNC,
						    .start = at,
						    .self = 20,
						    .pid = pid,
						    .tgid = pid,
						    .comm = "tc",
						    .stack = stack });
	judge(1000000);
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		unknown += cpu->culprits[i].stack == NO_STACK ? cpu->culprits[i].count : 0;
		count += cpu->culprits[i].stack >= 501 ? cpu->culprits[i].count : 0;
	}
	assert_int_equal(unknown, 0);
	assert_int_equal(count, 60);
}

TEST(a_function_in_idle_has_no_interrupt, begin, finish)
{
	csd(FUNC, 7, 0, 2000, 30);
	vector(TIMER, 2500, 2510, 10);
	judge(3000);
	check(only(INTERRUPTION_CSD), 1, 30, 30);
	check(only(INTERRUPTION_VECTOR), 1, 10, 10);
}

TEST(a_reschedule_has_its_sender, begin, finish)
{
	feed((struct interruption){ .kind = INTERRUPTION_WAKE_SENT, .start = 1900, .tgid = 9 });
	vector(RESCHEDULE, 2000, 2050, 50);
	vector(RESCHEDULE, 2100, 2150, 50);
	judge(3000);
	check(only(INTERRUPTION_WAKE_SENT), 1, 50, 50);
	assert_int_equal(only(INTERRUPTION_WAKE_SENT)->sender.tgid, 9);
	/* Nothing was seen to send the second reschedule. */
	check(only(INTERRUPTION_VECTOR), 1, 50, 50);
	assert_false(only(INTERRUPTION_VECTOR)->sender.known);
}

TEST(an_irq_work_runs_in_the_next_call, begin, finish)
{
	feed((struct interruption){
		.kind = INTERRUPTION_IRQ_WORK, .start = 1900, .func = FUNC, .tgid = 9 });
	vector(TIMER, 1950, 1960, 10);
	vector(CALL, 2000, 2050, 50);
	judge(3000);
	check(only(INTERRUPTION_IRQ_WORK), 1, 50, 50);
	check(only(INTERRUPTION_VECTOR), 1, 10, 10);
}

TEST(a_timer_names_its_interrupt, begin, finish)
{
	feed((struct interruption){
		.kind = INTERRUPTION_TIMER, .start = 2010, .outer = 2000, .func = FUNC, .tgid = 4 });
	vector(TIMER, 2000, 2080, 80);
	judge(3000);
	check(only(INTERRUPTION_TIMER), 1, 80, 80);
	assert_int_equal(cpu->nr_culprits, 1);
}

TEST(a_kernel_thread_steals_its_time, begin, finish)
{
	run(2000, 10, 30, "kthread", true, 100);
	run(2500, 30, 10, "program", false, 150);
	judge(4000);
	check(only(INTERRUPTION_SWITCH), 1, 450, 450);
	assert_string_equal(only(INTERRUPTION_SWITCH)->what, "kthread");
	assert_int_equal(cpu->switches, 2);
	/* Silence before the thread ran and after it. */
	assert_members(*cpu, silence, 1500, longest, 500);
}

TEST(works_share_their_worker, begin, finish)
{
	run(2000, 10, 30, "kworker/2:1", true, 0);
	feed((struct interruption){ .kind = INTERRUPTION_WORK, .start = 2010, .func = FUNC });
	feed((struct interruption){ .kind = INTERRUPTION_WORK, .start = 2050, .func = FUNC + 1 });
	run(2100, 30, 10, "program", false, 0);
	judge(4000);
	assert_int_equal(cpu->nr_culprits, 2);
	check(&cpu->culprits[0], 1, 50, 50);
	check(&cpu->culprits[1], 1, 50, 50);
	assert_int_equal(cpu->interrupted, 100);
}

/* The work of a kworker has a sender if it is known who queued the work; never the kworker. */
TEST(a_work_is_from_who_queued_it, begin, finish)
{
	struct interruption work = { .kind = INTERRUPTION_WORK,
				     .start = 2010,
				     .func = FUNC,
				     .pid = 30,
				     .tgid = 30,
				     .comm = "kworker/2:1",
				     .kworker = 1 };

	run(2000, 10, 30, "kworker/2:1", true, 0);
	feed(work);
	work.queued_by = (struct work_queuer){ 8, 7, "chronyd" };
	feed(work);
	run(2100, 30, 10, "program", false, 0);
	judge(4000);
	assert_int_equal(cpu->nr_culprits, 2);
	assert_members(cpu->culprits[0], count, 1, sender.known, false, what, "");
	assert_members(cpu->culprits[1], count, 1, sender.known, true, sender.tgid, 7, sender.pid,
		       8, sender.comm, "chronyd", kworker, false, src_known, false);
}

/* Interrupts are one sender. The task that they interrupted is known if it was always the same. */
TEST(a_task_is_below_the_interrupts, begin, finish)
{
	static const uint32_t of[] = { 9, 9, 8 };

	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		feed((struct interruption){ .kind = INTERRUPTION_WAKE_SENT,
					    .start = 1900 + 100 * i,
					    .pid = of[i],
					    .tgid = of[i],
					    .interrupt = 1,
					    .comm = "sender" });
		vector(RESCHEDULE, 1950 + 100 * i, 1960 + 100 * i, 10);
	}
	judge(3000);
	check(only(INTERRUPTION_WAKE_SENT), 3, 30, 10);
	assert_members(*only(INTERRUPTION_WAKE_SENT), sender.interrupt, true, sender.tgid, 0,
		       sender.comm, "", below.known, false);
}

TEST(the_one_task_below_the_interrupts, begin, finish)
{
	feed((struct interruption){ .kind = INTERRUPTION_WAKE_SENT,
				    .start = 1900,
				    .pid = 10,
				    .tgid = 9,
				    .interrupt = 1,
				    .comm = "sender" });
	vector(RESCHEDULE, 1950, 1960, 10);
	judge(3000);
	assert_members(*only(INTERRUPTION_WAKE_SENT), sender.tgid, 0, below.known, true, below.tgid,
		       9, below.comm, "sender");
}

TEST(what_is_open_at_the_end_counts, begin, finish)
{
	run(2000, 10, 30, "kthread", true, 0);
	judge(2600);
	check(only(INTERRUPTION_SWITCH), 1, 600, 600);
	assert_int_equal(cpu->silence, 1000);
}

TEST(a_full_table_sums_the_rest, begin, finish)
{
	uint64_t interrupted = 0;

	for (uint64_t i = 0; i < CULPRITS_MAX + 50; i++) {
		csd(FUNC + i, 7, 2000 + 10 * i, 2001 + 10 * i, 2);
		vector(CALL, 2000 + 10 * i, 2005 + 10 * i, 3);
	}
	judge(20000);
	assert_int_equal(cpu->nr_culprits, CULPRITS_MAX + 1);
	assert_true(cpu->culprits[CULPRITS_MAX].other);
	check(&cpu->culprits[CULPRITS_MAX], 50, 250, 5);
	for (size_t i = 0; i < cpu->nr_culprits; i++)
		interrupted += cpu->culprits[i].interrupted;
	assert_int_equal(interrupted, cpu->interrupted);
	assert_int_equal(cpu->count, CULPRITS_MAX + 50);
}

/* Short-lived processes leave room in the table: after the first ones they share the row of their name. */
TEST(processes_share_a_row_by_name, begin, finish)
{
	const uint32_t nr = CULPRITS_MAX + 50;
	const struct culprit *shared = NULL;

	for (uint32_t i = 0; i < nr; i++)
		run(2000 + 10 * i, i ? 99 + i : 10, 100 + i, i % 2 ? "sh" : "cc1", false, 0);
	run(2000 + 10 * nr, 99 + nr, 7000, "make", false, 0);
	run(2005 + 10 * nr, 7000, 10, "program", false, 0);
	judge(20000);
	assert_int_equal(cpu->nr_culprits, CULPRIT_PROCESSES + 1);
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		assert_false(cpu->culprits[i].other);
		if (cpu->culprits[i].several && !strcmp(cpu->culprits[i].what, "sh"))
			shared = &cpu->culprits[i];
	}
	assert_non_null(shared);
	/* They may be of several cgroups: that of none of them is read later. */
	assert_members(*shared, cgroup_read, 1, cgroup, "");
	check(shared, (nr - CULPRIT_PROCESSES) / 2 + 1, 10 * ((nr - CULPRIT_PROCESSES) / 2 + 1),
	      10);
	assert_int_equal(cpu->interrupted, 10 * nr + 5);
}

/* The same for what short-lived processes send: but a function that only one of them calls has a row. */
TEST(senders_share_a_row_by_name, begin, finish)
{
	const uint32_t nr = CULPRIT_PROCESSES + 10;
	const struct culprit *last;

	for (uint32_t i = 0; i < nr; i++) {
		csd(FUNC, 100 + i, 2000 + 10 * i, 2001 + 10 * i, 2);
		vector(CALL, 2000 + 10 * i, 2005 + 10 * i, 3);
	}
	csd(FUNC + 1, 5000, 9000, 9001, 2);
	vector(CALL, 9000, 9005, 3);
	judge(20000);
	assert_int_equal(cpu->nr_culprits, CULPRIT_PROCESSES + 1);
	assert_true(cpu->culprits[0].several);
	check(&cpu->culprits[0], 11, 55, 5);
	last = &cpu->culprits[CULPRIT_PROCESSES];
	assert_members(*last, addr, FUNC + 1, several, false, count, 1, sender.tgid, 5000);
}

/* If IPIs have filled the table, tasks and interrupts that get no row do not count as IPIs. */
TEST(the_rest_is_summed_by_group, begin, finish)
{
	static const uint64_t want[NR_GROUPS] = {
		[GROUP_IPIS] = 2, [GROUP_INTERRUPTS] = 3, [GROUP_TASKS] = 1
	};

	for (uint64_t i = 0; i < CULPRITS_MAX + 2; i++) {
		csd(FUNC + i, 7, 2000 + 10 * i, 2001 + 10 * i, 2);
		vector(CALL, 2000 + 10 * i, 2005 + 10 * i, 3);
	}
	for (uint64_t i = 0; i < 3; i++)
		vector(TIMER, 10000 + 10 * i, 10005 + 10 * i, 5);
	run(11000, 10, 30, "kthread", true, 0);
	run(11977, 30, 10, "program", false, 0);
	judge(20000);
	assert_int_equal(cpu->nr_culprits, CULPRITS_MAX + NR_GROUPS);
	for (size_t i = CULPRITS_MAX; i < cpu->nr_culprits; i++) {
		assert_true(cpu->culprits[i].other);
		assert_int_equal(cpu->culprits[i].count, want[cpu->culprits[i].group]);
	}
	check(&cpu->culprits[CULPRITS_MAX + 2], 1, 977, 977);
}

TEST(what_no_event_shows_has_no_time, begin, finish)
{
	account__untraced(account, CPU, "nmi", 3);
	account__untraced(account, CPU, "pin", 0);
	judge(2000);
	assert_members(*cpu, nr_culprits, 1, count, 3, culprits[0].timed, false);
}

/* By account__counted_kind(): function calls, reschedules, irq_works, local timers. */
TEST(interrupts_without_an_event_are_unseen, begin, finish)
{
	vector(CALL, 1100, 1110, 10);
	vector(CALL, 1200, 1210, 10);
	vector(RESCHEDULE, 1300, 1310, 10);
	vector(TIMER, 1400, 1410, 10);
	account__arrived(account, CPU, (uint64_t[COUNTED_KINDS]){ 2, 1, 0, 1 }, false);
	judge(2000);
	assert_int_equal(isolation__unseen(cpu, 0), 0);
	/*
	 * The kernel's counts are read within the time of the account, so they may be lower than
	 * the events.
	 */
	account__arrived(account, CPU, (uint64_t[COUNTED_KINDS]){ 1, 0, 0, 0 }, false);
	assert_int_equal(isolation__unseen(cpu, 0), 0);
	account__arrived(account, CPU, (uint64_t[COUNTED_KINDS]){ 5, 1, 2, 8 }, false);
	assert_int_equal(cpu->unseen[GROUP_IPIS], 3);
	assert_int_equal(cpu->unseen[GROUP_INTERRUPTS], 2 + 7);
	assert_int_equal(isolation__unseen(cpu, 1U << GROUP_IPIS), 3);
	assert_int_equal(isolation__unseen(cpu, 1U << GROUP_TASKS), 0);
	assert_int_equal(isolation__unseen(cpu, 0), 12);
}

/* An interrupt that had not ended at the end of collection is counted, and has no event yet. */
TEST(an_open_interrupt_is_not_unseen, begin, finish)
{
	vector(CALL, 1100, 1110, 10);
	account__arrived(account, CPU, (uint64_t[COUNTED_KINDS]){ 1, 1, 0, 0 }, true);
	judge(2000);
	assert_int_equal(isolation__unseen(cpu, 0), 0);
	/* At most one interrupt of a CPU has not ended. */
	account__arrived(account, CPU, (uint64_t[COUNTED_KINDS]){ 2, 1, 0, 0 }, true);
	assert_int_equal(isolation__unseen(cpu, 0), 1);
	/* A CPU that is not judged has no account. */
	account__arrived(account, 9, (uint64_t[COUNTED_KINDS]){ 2, 1, 0, 0 }, false);
	assert_int_equal(isolation__unseen(cpu, 0), 1);
}

TEST(the_tick_is_held_by_the_most_frequent, begin, finish)
{
	assert_int_equal(account__tick_dependency(account, CPU), 0);
	feed((struct interruption){ .kind = INTERRUPTION_TICK, .start = 2000, .id = 4 });
	feed((struct interruption){ .kind = INTERRUPTION_TICK, .start = 2100, .id = 1 });
	feed((struct interruption){ .kind = INTERRUPTION_TICK, .start = 2200, .id = 1 });
	assert_int_equal(account__tick_dependency(account, CPU), 1);
	/* The most frequent of all, not of the last ones. */
	feed((struct interruption){ .kind = INTERRUPTION_TICK, .start = 2300, .id = 4 });
	feed((struct interruption){ .kind = INTERRUPTION_TICK, .start = 2400, .id = 1 });
	feed((struct interruption){ .kind = INTERRUPTION_TICK, .start = 2500, .id = 4 });
	feed((struct interruption){ .kind = INTERRUPTION_TICK, .start = 2600, .id = 5 });
	feed((struct interruption){ .kind = INTERRUPTION_TICK, .start = 2700, .id = 4 });
	feed((struct interruption){ .kind = INTERRUPTION_TICK, .start = 2800, .id = 4 });
	assert_int_equal(account__tick_dependency(account, CPU), 4);
}

/* An intruder that runs when a part ends counts in the next part for the rest of its time. */
TEST(a_restart_keeps_the_tasks, begin, finish)
{
	size_t nr;

	run(1200, 10, 11, "other", false, 0);
	vector(TIMER, 1300, 1350, 50);
	assert_int_equal(account__cpus(account, &nr)->nr_culprits, 1);
	account__restart(account);
	assert_int_equal(account__cpus(account, &nr)->nr_culprits, 0);
	run(1500, 11, 10, "program", false, 50);
	judge(3000);
	assert_int_equal(cpu->nr_culprits, 1);
	check(only(INTERRUPTION_SWITCH), 1, 250, 250);
}

TEST(another_cpu_is_not_judged, begin, finish)
{
	struct interruption event = {
		.kind = INTERRUPTION_VECTOR, .cpu = 3, .start = 2000, .end = 2100, .self = 100
	};

	account__event(account, &event);
	judge(3000);
	assert_int_equal(cpu->count, 0);
}

TEST_MAIN(NULL, NULL)
