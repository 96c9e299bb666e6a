// SPDX-License-Identifier: GPL-2.0
/* The walk of csds through a kernel's memory, here made up: what is queued, who waits, where it runs. */
#include <errno.h>
#include "host/symbols.h"
#include "queues_memory.h"

/* Read the queues, and assert that the moment has these values: member, value ... */
#define assert_read(...)                        \
	do {                                    \
		check_read();                   \
		assert_members(m, __VA_ARGS__); \
	} while (0)

TEST(nobody_waits, setup)
{
	check_read();
	assert_int_equal(m.nr_waiting + m.nr_pending + m.nr_running + m.nr_cpus + m.torn, 0);
}

TEST(a_call_to_one_cpu_that_has_not_begun, setup)
{
	queued_make();
	put(var(1, VAR_TIMER), 100000000, 8);
	assert_read(nr_pending, 1, pending[0].dst, 1, pending[0].src, 0, pending[0].func, FUNC,
		    pending[0].queued, 0, nr_running, 0, nr_waiting, 1, waiting[0].src, 0,
		    waiting[0].func, FUNC, waiting[0].wait_in, WAIT_SINGLE);
	assert_members(m.waiting[0].sender, pid, 100, comm, "sender");
	/* The wait is at most up to CPU 2's clock, the latest one, and a tick more. */
	assert_members(m, waiting[0].at_most, 5002 - 1000 + 10000000, nr_cpus, 1, cpus[0].cpu, 1,
		       cpus[0].overdue, 900000000, cpus[0].task.comm, "holder");
}

/* A name of memory that is torn may have no end. */
TEST(a_name_is_cut_to_its_room, setup)
{
	queued_make();
	task_make(0, "sixteen bytes...");
	assert_read(nr_waiting, 1, waiting[0].sender.comm, "sixteen bytes..");
	assert_members(m.waiting[0].sender, pid, 100, tgid, 100, known, true);
}

/* The kernel has as many words as the CPUs need: what lies behind them is no CPU. */
TEST(the_online_cpus_end_with_their_last_word, setup)
{
	queued_make();
	put(BASE + 0x2000, 63, 4);
	put(BASE + 0x2010, ~0ULL, 8);
	assert_read(nr_waiting, 1, nr_pending, 1);
}

TEST(a_function_that_runs_in_an_interrupt, setup)
{
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	put(var(1, VAR_COUNT), 0x10001, 4);
	frames_make(BASE + IRQ_STACK + 0x4000, single_csd());
	/*
	 * CPU 2 has run the same function before: its stack still shows the function, but it is in
	 * no interrupt.
	 */
	frames_make(BASE + IRQ_STACK + 0x8000, single_csd());
	assert_read(nr_pending, 0, nr_running, 1, running[0].dst, 1, running[0].src, 0);
	assert_true(m.running[0].found);
	assert_members(m, running[0].slept, false, nr_waiting, 1);
	assert_true(m.cpus[0].interrupt);
}

/* Linux 7.3: CPU 2 keeps interrupts off, and is in none; CPU 1 is in one. */
TEST(an_interrupt_of_a_later_kernel, setup)
{
	facts.at[AT_IRQ_DISABLE].at = BASE;
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	put(var(1, VAR_COUNT), 0x81000001, 4);
	put(var(2, VAR_COUNT), 0x80010001, 4);
	frames_make(BASE + IRQ_STACK + 0x4000, single_csd());
	frames_make(BASE + IRQ_STACK + 0x8000, single_csd());
	assert_read(nr_running, 1, running[0].dst, 1);
	assert_true(m.running[0].found);
	put(var(1, VAR_COUNT), 0x80000001, 4);
	assert_read(running[0].dst, CPU_UNKNOWN);
}

/* Linux 7.3 leaves words on a sender's stack that look like a csd's flags, without a function. */
TEST(words_that_look_like_a_csd, setup)
{
	static const uint64_t not_code[] = { UINT64_MAX, 0xff261ff4ff10cf40, 0xffffc90000003f58,
					     0x7f0012345678 };

	facts.at[AT_TEXT].at = FUNC - 0x1000;
	facts.at[AT_TEXT_END].at = FUNC + 0x100000;
	for (size_t i = 0; i < ARRAY_SIZE(not_code); i++)
		csd_make(single_csd() - 32 * (i + 1), SYNC_LOCK, not_code[i], 0);
	assert_read(nr_running, 0, nr_waiting, 0);
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	assert_read(nr_running, 1, running[0].func, FUNC);
	csd_make(single_csd(), SYNC_LOCK, MODULE_FUNC, 0);
	assert_read(running[0].func, MODULE_FUNC);
}

/*
 * A task that does not run has such words on its stack in each look, with a return address where a
 * csd has the address of its function.
 */
TEST(words_that_look_like_a_csd_for_long, setup)
{
	struct symbols *symbols;

	assert_int_equal(symbols__new(&symbols), 0);
	assert_int_equal(symbols__add(symbols, FUNC, "func", NULL), 0);
	facts.symbols = symbols;
	csd_make(single_csd() - 32, SYNC_LOCK, FUNC + 0x1e, 0);
	check_read();
	assert_int_equal(m.nr_running + m.nr_waiting, 0);
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	assert_read(nr_running, 1, nr_waiting, 1, waiting[0].func, FUNC);
	symbols__close(symbols);
}

TEST(a_function_that_sleeps, setup)
{
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	frames_make(stack_of(3), single_csd());
	assert_read(nr_running, 1, running[0].dst, 1);
	assert_true(m.running[0].slept);
	assert_string_equal(m.running[0].sleeper.comm, "sleeper");
}

TEST(a_function_that_an_idle_cpu_runs, setup)
{
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	put(task_of(2) + TASK_PID, 0, 4);
	frames_make(stack_of(2), single_csd());
	check_read();
	assert_members(m.running[0], dst, 2, slept, false);
}

TEST(a_target_that_no_stack_shows_is_unknown, setup)
{
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	assert_read(nr_running, 1, running[0].dst, CPU_UNKNOWN, running[0].found, false, nr_waiting,
		    1);
}

/* CPU 0 has called CPUs 1 and 2: CPU 2 has not begun, CPU 1 is done. */
TEST(a_call_to_many_cpus, setup)
{
	csd_make(var(1, VAR_CSDS), 0x10, FUNC, 0);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	put(stack_of(0) + 0x3f80, MANY + 0x80, 8);
	assert_read(nr_pending, 1, pending[0].src, 0, pending[0].dst, 2, nr_running, 0, nr_waiting,
		    1, waiting[0].wait_in, WAIT_MANY, waiting[0].sender.comm, "sender");
}

/* From 7.3 on the sender may have left its CPU: a task that does not call is not named. */
TEST(a_sender_that_is_not_on_its_cpu_is_unknown, setup)
{
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	assert_read(nr_waiting, 1, waiting[0].src, 0, waiting[0].sender.known, false);
}

static void check_preempted(void)
{
	assert_members(m, nr_waiting, 1, waiting[0].src, 0, waiting[0].func, FUNC,
		       waiting[0].sender.pid, 103);
	/* The sender has been on its CPU for less time than it has waited. */
	assert_int_equal(m.waiting[0].at_most, 0);
}

TEST(a_sender_that_was_preempted, setup)
{
	uint64_t csd = preempted_make();

	check_read();
	check_preempted();
	assert_members(m, nr_running, 1, running[0].src, 0);
	put(var(1, VAR_QUEUE), csd, 8);
	check_read();
	check_preempted();
	assert_members(m, nr_running, 0, nr_pending, 1, pending[0].src, 0);
}

/* A csd on the stack of a task that sleeps, or below the stack pointer, is of a call that is over. */
TEST(a_task_that_does_not_wait, setup)
{
	preempted_make();
	put(task_of(3) + TASK_STATE, 1, 4);
	assert_read(nr_waiting, 0);
	put(task_of(3) + TASK_STATE, 0, 4);
	put(task_of(3) + TASK_SP, stack_of(3) + 0x3f00, 8);
	assert_read(nr_waiting, 0);
	fact(FIELD_IPI_MASK, 0, 0);
	put(task_of(3) + TASK_SP, stack_of(3) + 0x3000, 8);
	assert_read(nr_waiting, 0);
}

TEST(a_sender_of_a_call_to_many_that_was_preempted, setup)
{
	preempted_make();
	csd_make(stack_of(3) + 0x3e40, 0, 0, 0);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	put(stack_of(3) + 0x3f80, MANY + 0x80, 8);
	check_read();
	check_preempted();
	assert_int_equal(m.waiting[0].wait_in, WAIT_MANY);
}

/* On more than 64 CPUs a CPU's csds are read only where a stack tells of a call. */
TEST(a_call_to_many_on_a_machine_of_many_cpus, setup)
{
	static void (*const same[])(void **) = {
		a_call_to_many_cpus,
		a_sender_of_a_call_to_many_that_was_preempted,
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		setup(state);
		put(BASE + 0x2000, 128, 4);
		same[i](state);
	}
	setup(state);
	put(BASE + 0x2000, 128, 4);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	assert_read(nr_waiting, 0, nr_pending, 1, pending[0].src, 0);
}

/* One sender is in a call to CPU 1, the other in a call to CPU 2 through cfd_data. */
TEST(a_sender_to_one_and_a_sender_to_many, setup)
{
	two_make();
	csd_make(stack_of(3) + 0x3e40, 0, 0, 0);
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	put(stack_of(3) + 0x3f80, MANY + 0x80, 8);
	assert_read(nr_waiting, 2);
	for (size_t i = 0; i < m.nr_pending; i++) {
		const struct waiting *w = moment__waiting(&m, 0, m.pending[i].call);

		assert_non_null(w);
		assert_members(*w, wait_in, m.pending[i].dst == 1 ? WAIT_SINGLE : WAIT_MANY,
			       sender.pid, m.pending[i].dst == 1 ? 100 : 103);
	}
}

TEST(csds_that_nobody_waits_for, setup)
{
	uint64_t wake = csd_make(task_of(3) + 0x200, 0x30, 0, 0);
	uint64_t async = csd_make(var(1, VAR_CSD_DATA), 1, FUNC, wake);

	/* The queue is a stack: the wake-up came first. */
	put(var(2, VAR_QUEUE), async, 8);
	assert_read(nr_pending, 2, pending[0].func, FUNC + 0x5000, pending[0].src, CPU_UNKNOWN,
		    pending[1].func, FUNC, pending[1].src, 1, nr_waiting, 0);
}

/* csd_lock() waits for the end of an earlier call of the same CPU. The stack alone, or the csd, shows no wait. */
TEST(a_sender_whose_csd_is_in_use_may_wait, setup)
{
	enum { SINGLE = 0x300000 };

	put(stack_of(0) + 0x3f80, MANY + 0x80, 8);
	assert_read(blocked, 0, nr_waiting, 0);
	csd_make(var(2, VAR_CSDS), 1, FUNC, 0);
	assert_read(blocked, 1, nr_waiting, 0);
	csd_make(var(1, VAR_CSDS), 1, FUNC, 0);
	assert_read(blocked, 1, nr_waiting, 0);
	put(stack_of(0) + 0x3f80, 0, 8);
	assert_read(blocked, 0, nr_waiting, 0);
	facts.at[AT_CALL_SINGLE] = (struct address){ "", FLUSH + SINGLE, FLUSH + SINGLE + 0x200 };
	put(stack_of(1) + 0x3f80, FLUSH + SINGLE + 0x80, 8);
	assert_read(blocked, 0, nr_waiting, 0);
	csd_make(var(1, VAR_CSD_DATA), 1, FUNC, 0);
	assert_read(blocked, 1, nr_waiting, 0);
	csd_make(var(1, VAR_CSD_DATA), 0, FUNC, 0);
	assert_read(blocked, 0, nr_waiting, 0);
}

TEST(a_queue_in_a_circle_is_torn, setup)
{
	uint64_t csd = csd_make(task_of(3) + 0x200, 1, FUNC, task_of(3) + 0x200);

	put(var(1, VAR_QUEUE), csd, 8);
	queued_make();
	put(single_csd() + CSD_NEXT, csd, 8);
	assert_read(torn, 1, nr_waiting, 1, nr_pending, MOMENT_PENDING);
	assert_true(m.dropped > 0);
}

TEST(a_queue_that_leads_nowhere_is_torn, setup)
{
	static const uint64_t bad[] = { 0x10, BASE + BYTES + 64, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put(var(1, VAR_QUEUE), bad[i], 8);
		assert_read(torn, 1, nr_pending, 0);
	}
}

/* A dump may lack the pages of one CPU: then it is unknown whether anybody waits there. */
TEST(a_cpu_that_cannot_be_read_is_counted, setup)
{
	static const uint64_t nowhere = BASE + BYTES + 64;

	assert_read(unread, 0);
	/* The CPU's queue cannot be read, nor anything else of it. */
	put(BASE + 0x1000 + 8, BYTES * 4, 8);
	assert_read(unread, 1, torn, 0);
	setup(NULL);
	put(var(1, VAR_RQ) + RQ_CURR, nowhere, 8);
	assert_read(unread, 1);
	setup(NULL);
	put(task_of(1) + TASK_STACK, nowhere, 8);
	put(task_of(2) + TASK_STACK, nowhere, 8);
	assert_read(unread, 2);
	/* The CPU never came online. */
	setup(NULL);
	put(var(1, VAR_RQ) + RQ_CURR, 0, 8);
	assert_read(unread, 0);
}

TEST(a_kernel_without_cpus_is_an_error, setup)
{
	put(BASE + 0x2000, 0, 4);
	assert_int_equal(walk__read(&facts, &memory, NULL, &m), -14);
	put(BASE + 0x2000, 1 << 20, 4);
	assert_int_equal(walk__read(&facts, &memory, NULL, &m), -14);
	put(BASE + 0x2000, 2, 4);
	assert_int_equal(walk__read(&facts, &memory, NULL, &m), -14);
}

/* A walk ends, within its bounds, with any contents of memory. */
TEST(any_memory_is_survived, setup)
{
	uint64_t seed = 22;

	for (int round = 0; round < 200; round++) {
		setup(NULL);
		fact(FIELD_IPI_MASK, TASK_IPI_MASK, round % 2 ? 8 : 0);
		queued_make();
		csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0);
		for (int i = 0; i < 300; i++) {
			uint64_t at = random_next(&seed) % (BYTES - 8);
			uint64_t value = random_next(&seed);

			if (random_next(&seed) % 2)
				value = BASE + value % BYTES;
			memcpy(memory_bytes + at, &value, 8);
		}
		walk__read(&facts, &memory, NULL, &m);
		earlier = m;
		walk__read(&facts, &memory, &earlier, &m);
		assert_true(m.nr_pending <= MOMENT_PENDING && m.nr_running <= MOMENT_RUNNING &&
			    m.nr_waiting <= MOMENT_WAITING && m.nr_cpus <= MOMENT_CPUS);
	}
}

/* A dump's BTF may say any offset and size, whose sum is more than 32 bits hold. */
TEST(members_beyond_a_csd, setup)
{
	static const enum fact_field fields[] = { FIELD_LLIST, FIELD_FUNC, FIELD_FLAGS };

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		struct field good = facts.field[fields[i]];

		for (uint32_t size = 1; size <= 8; size++) {
			queued_make();
			fact(fields[i], UINT32_MAX - size + 1, size);
			check_read();
			/*
			 * Without the queues' links the csd is still found on the sender's stack.
			 */
			assert_int_equal(m.nr_waiting, fields[i] == FIELD_LLIST);
		}
		facts.field[fields[i]] = good;
	}
}

static int has_process(uint32_t tgid)
{
	struct image image;
	int has;

	assert_int_equal(image__open(&image, &facts, &memory), 0);
	has = image__has_process(&image, tgid);
	image__close(&image);
	return has;
}

/* A dump lacks a process only if its lists were read to their ends. */
TEST(a_process_is_found_in_the_lists_or_on_a_cpu, setup)
{
	/* It runs, and is in no list; it sleeps; there is none. */
	assert_int_equal(has_process(100), 1);
	assert_int_equal(has_process(103), 1);
	assert_int_equal(has_process(104), 0);
	put(task_of(3) + TASK_TASKS, 0, 8);
	assert_int_equal(has_process(103), 1);
	assert_int_equal(has_process(104), -ENODATA);
	put(task_of(3) + TASK_TASKS, task_of(0) + TASK_TASKS, 8);
	put(task_of(3) + TASK_SIGNAL, 0, 8);
	assert_int_equal(has_process(104), -ENODATA);
	facts.field[FIELD_TASKS].size = 0;
	assert_int_equal(has_process(103), -ENODATA);
	assert_int_equal(has_process(102), 1);
}

TEST_MAIN(NULL, NULL)
