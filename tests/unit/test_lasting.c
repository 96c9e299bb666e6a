// SPDX-License-Identifier: GPL-2.0
/* Looks at a kernel's queues, one after the other: which waits last, and whose. */
#include "collect/kcore/queues/queues.h"
#include "queues_memory.h"

static void looks(void)
{
	earlier = m;
	m.now += 10000000;
	assert_int_equal(walk__read(&facts, &memory, &earlier, &m), 0);
}

TEST(a_wait_that_lasts_is_kept, setup)
{
	queued_make();
	check_read();
	looks();
	lasting__keep(&earlier, &m);
	assert_members(m, nr_waiting, 1, waiting[0].at_least, 10000000, nr_pending, 1);
}

TEST(the_same_csd_in_another_interrupt_is_another_wait, setup)
{
	queued_make();
	check_read();
	put(var(1, VAR_CALLS), 8, 4);
	looks();
	assert_int_equal(m.nr_waiting, 1);
	lasting__keep(&earlier, &m);
	assert_int_equal(m.nr_waiting + m.nr_pending, 0);
}

/* Linux 7.3, as above. CPU 2 may run the sender at the next look, or no CPU. */
TEST(a_sender_that_leaves_its_cpu_waits_on, setup)
{
	static const uint32_t next[] = { 1, 0 }; /* the task that CPU 2 runs */

	for (size_t i = 0; i < ARRAY_SIZE(next); i++) {
		setup(state);
		fact(FIELD_IPI_MASK, TASK_IPI_MASK, 8);
		queued_make();
		check_read();
		put(var(0, VAR_RQ) + RQ_CURR, task_of(3), 8);
		put(var(2, VAR_RQ) + RQ_CURR, task_of(next[i]), 8);
		looks();
		lasting__keep(&earlier, &m);
		assert_members(m, nr_waiting, 1, waiting[0].src, 0, waiting[0].sender.pid, 100,
			       waiting[0].at_least, 10000000, nr_pending, 1, pending[0].src, 0);
		put(single_csd() + CSD_FLAGS, 0x10, 4);
		looks();
		assert_int_equal(m.nr_waiting, 0);
	}
}

TEST(a_sender_of_a_call_to_many_that_leaves_its_cpu_waits_on, setup)
{
	fact(FIELD_IPI_MASK, TASK_IPI_MASK, 8);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	put(stack_of(0) + 0x3f80, MANY + 0x80, 8);
	check_read();
	put(var(0, VAR_RQ) + RQ_CURR, task_of(3), 8);
	looks();
	lasting__keep(&earlier, &m);
	assert_members(m, nr_waiting, 1, waiting[0].wait_in, WAIT_MANY, waiting[0].sender.pid, 100,
		       nr_pending, 1);
}

/* On more than 64 CPUs a CPU's csds are read also if an earlier look found a call there. */
TEST(a_sender_that_leaves_its_cpu_on_a_machine_of_many_cpus, setup)
{
	put(BASE + 0x2000, 128, 4);
	a_sender_of_a_call_to_many_that_leaves_its_cpu_waits_on(state);
}

static void check_two(void)
{
	static const uint32_t senders[] = { 100, 103 };

	assert_members(m, nr_waiting, 2, nr_pending, 2);
	for (size_t i = 0; i < ARRAY_SIZE(senders); i++) {
		const struct pending *p = &m.pending[1 - i]; /* the queue is a stack */
		const struct waiting *w = moment__waiting(&m, p->src, p->call);

		assert_int_equal(p->src, 0);
		assert_non_null(w);
		assert_int_equal(w->sender.pid, senders[i]);
	}
}

TEST(two_senders_of_one_cpu, setup)
{
	two_make();
	check_read();
	check_two();
	looks();
	lasting__keep(&earlier, &m);
	check_two();
	/* CPU 0 now runs the other sender, and then the call of the first sender ends. */
	put(var(0, VAR_RQ) + RQ_CURR, task_of(3), 8);
	looks();
	check_two();
	put(single_csd() + CSD_FLAGS, 0x10, 4);
	put(var(1, VAR_QUEUE), stack_of(3) + 0x3e40, 8);
	looks();
	lasting__keep(&earlier, &m);
	assert_members(m, nr_waiting, 1, waiting[0].sender.pid, 103, nr_pending, 1);
}

TEST(one_of_two_senders_is_asked_for, setup)
{
	for (uint32_t tgid = 100; tgid <= 103; tgid += 3) {
		two_make();
		check_read();
		lasting__filter(&m, &(struct queue_filter){ .tgid = tgid });
		assert_members(m, nr_waiting, 1, waiting[0].sender.pid, tgid, nr_pending, 1,
			       pending[0].call, m.waiting[0].call);
	}
}

TEST(another_sender_is_another_wait, setup)
{
	queued_make();
	check_read();
	put(task_of(0) + TASK_PID, 999, 4);
	looks();
	lasting__keep(&earlier, &m);
	assert_int_equal(m.nr_waiting, 0);
}

/* A CPU whose function sleeps takes interrupts meanwhile. */
TEST(a_function_that_sleeps_lasts, setup)
{
	struct cpuset stuck;

	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	frames_make(stack_of(3), single_csd());
	check_read();
	put(var(1, VAR_CALLS), 8, 4);
	looks();
	lasting__keep(&earlier, &m);
	assert_int_equal(m.nr_waiting, 1);
	lasting__stuck(&m, &stuck);
	assert_int_equal(cpuset__count(&stuck), 0);
}

TEST(a_stuck_cpu_is_told, setup)
{
	struct cpuset stuck;

	queued_make();
	put(var(2, VAR_TIMER), 100000000, 8);
	check_read();
	lasting__stuck(&m, &stuck);
	assert_int_equal(cpuset__count(&stuck), 2);
	assert_true(cpuset__has(&stuck, 1) && cpuset__has(&stuck, 2));
}

static void check_filter(const struct queue_filter *filter, size_t waiting)
{
	check_read();
	lasting__filter(&m, filter);
	assert_members(m, nr_waiting, waiting, nr_pending, waiting);
}

TEST(filters, setup)
{
	static const uint64_t func = FUNC, other = FUNC + 8;
	struct cpuset one = {}, two = {};

	cpuset__add(&one, 1);
	cpuset__add(&two, 2);
	queued_make();
	check_filter(&(struct queue_filter){}, 1);
	check_filter(&(struct queue_filter){ .dst = &one, .cpus = &one }, 1);
	check_filter(&(struct queue_filter){ .dst = &two }, 0);
	check_filter(&(struct queue_filter){ .src = &one }, 0);
	check_filter(&(struct queue_filter){ .cpus = &two }, 0);
	check_filter(&(struct queue_filter){ .funcs = &func, .nr_funcs = 1 }, 1);
	check_filter(&(struct queue_filter){ .funcs = &other, .nr_funcs = 1 }, 0);
	check_filter(&(struct queue_filter){ .tgid = 100 }, 1);
	check_filter(&(struct queue_filter){ .tgid = 101 }, 0);
}

static void check_unplaced(const struct queue_filter *filter, size_t unplaced)
{
	check_read();
	lasting__filter(&m, filter);
	assert_members(m, nr_waiting, 0, unplaced, unplaced);
}

/* What is unknown may be what is asked for. */
TEST(a_filter_of_what_is_unknown, setup)
{
	static const uint64_t other = FUNC + 8;
	struct cpuset one = {}, three = {};

	cpuset__add(&one, 1);
	cpuset__add(&three, 3);
	/* CPU 0 waits for a function that runs somewhere. */
	csd_make(single_csd(), SYNC_LOCK, FUNC, 0);
	check_unplaced(&(struct queue_filter){ .dst = &one }, 1);
	check_unplaced(&(struct queue_filter){ .cpus = &one }, 1);
	check_unplaced(&(struct queue_filter){ .src = &one }, 0);
	check_unplaced(&(struct queue_filter){ .dst = &one, .src = &one }, 0);
	check_unplaced(&(struct queue_filter){ .dst = &one, .funcs = &other, .nr_funcs = 1 }, 0);
	check_unplaced(&(struct queue_filter){ .dst = &one, .tgid = 101 }, 0);
	/* An unknown task of CPU 0 waits for CPU 2. */
	setup(state);
	put(var(2, VAR_QUEUE), csd_make(var(2, VAR_CSDS), SYNC_LOCK, FUNC, 0), 8);
	check_unplaced(&(struct queue_filter){ .tgid = 101 }, 1);
	check_unplaced(&(struct queue_filter){ .tgid = 101, .dst = &three }, 0);
	/* Somebody waits for CPU 2. */
	setup(state);
	put(var(2, VAR_QUEUE), csd_make(BASE + 0x3f000, SYNC_LOCK, FUNC, 0), 8);
	check_unplaced(&(struct queue_filter){}, 1);
	check_unplaced(&(struct queue_filter){ .src = &one }, 1);
	check_unplaced(&(struct queue_filter){ .dst = &three }, 0);
	assert_true(cpuset__has(&m.searched, 2) && !cpuset__has(&m.searched, 63));
}

TEST_MAIN(NULL, NULL)
