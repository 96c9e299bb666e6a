// SPDX-License-Identifier: GPL-2.0
/* How long senders wait, derived from the csds: which csds belong to one call. */
#include <pthread.h>
#include <bpf/bpf.h>
#include "abi/call.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/maps.h"
#include "model/hist.h"
#include "model/snapshot.h"
#include "rig.h"

#define ASYNC 0x01 /* locked */
#define SYNC  0x11
#define OTHER (FUNC + 0x100)

/* How calls are collected. The configuration is the first member, for rig__setup(). */
struct source {
	struct collect_config config;
	const char *name;
};

static struct source plain = { { .no_fexit = true }, "" };

/* All functions are counted in rows that all CPUs share. */
static struct source shared = { { .no_fexit = true, .no_hot_rows = true }, "shared: " };

/* As on a machine with so many CPUs that a sender has no place for each destination. */
static struct source one_edge = { { .no_fexit = true, .one_edge = true }, "one edge: " };

/*
 * Calls begin at the entry of the kernel's function; the test writes what that program would write.
 */
static struct source entries = { { .no_fexit = true, .waits_given = true }, "entries: " };

/* With the programs that see interrupts, where the kernel shows these. */
static struct source by_sender = { { .no_fexit = true, .by_key = BY_SENDER }, "by sender: " };

/* As from Linux 7.3 on: a sender may be preempted while it waits. */
static struct source at_once = { { .no_fexit = true, .calls_at_once = true }, "at once: " };

static struct source entries_at_once = {
	{ .no_fexit = true, .waits_given = true, .calls_at_once = true },
	"entries at once: "
};

static void add_on(const char *name, CMUnitTestFunction run, struct source *const *sources)
{
	for (; *sources; sources++) {
		char *whole;

		assert_true(asprintf(&whole, "%s%s", (*sources)->name, name) > 0);
		add_test(whole, run, rig__setup, rig__teardown, *sources);
	}
}

/* The head of a test (TEST()) that runs once on each of the sources given after its name. */
#define TEST_ON(test, ...)                                                          \
	static void test(void **state);                                             \
	__attribute__((constructor)) static void add_##test##_test(void)            \
	{                                                                           \
		add_on(#test, test, (struct source *const[]){ __VA_ARGS__, NULL }); \
	}                                                                           \
	static void test(void **state)

static void run(int cpu, __u64 func, __u64 csd)
{
	rig__run_csd(&rig, cpu, func, csd);
}

/* An IPI of a call function: its callback is not NULL. */
static void send(int cpu, int dst)
{
	rig__send(&rig, cpu, dst, 1);
}

static void queue_and_send(int cpu, int dst, __u64 func, __u64 csd)
{
	rig__queue(&rig, cpu, dst, func, csd);
	send(cpu, dst);
}

static void check(int cpu, uint64_t calls, uint64_t at_least)
{
	const struct hist *wait = &rig__cpu(&rig, cpu)->wait;

	assert_int_equal(wait->count, calls);
	assert_true(wait->sum >= at_least);
	assert_true(wait->max <= wait->sum);
	assert_true(!calls || wait->max > 0);
}

static void cut_and_check(int cpu, uint64_t calls, uint64_t at_least)
{
	rig__cut(&rig);
	check(cpu, calls, at_least);
}

/*
 * Assert the figures of FUNC's calls in this window, all of CPU 0. @last: the last CPU of the worst
 * call.
 */
static void check_calls(uint64_t count, uint64_t csds, uint64_t csds_max, int last)
{
	const struct call_sum *calls = &rig__fn(&rig, FUNC, CALLSITE)->calls;
	const struct wait_sum *wait = &rig__fn(&rig, FUNC, CALLSITE)->wait;

	assert_members(*calls, count, count, csds, csds, csds_max, csds_max, worst_ns, wait->max);
	assert_true(call_sum__knows_worst(calls));
	assert_members(calls->worst, src, 0, last, last, tgid, getpid());
	assert_in_range(calls->worst.begun, rig.snap.window.mono_start, rig.snap.window.mono_end);
}

TEST_ON(a_call_ends_with_its_function, &plain, &shared, &at_once)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);
	const struct fn_stats *fn;

	queue_and_send(0, 1, FUNC, csd);
	usleep(2000);
	rig__entry(&rig, 1, FUNC, csd);
	usleep(2000);
	rig__exit(&rig, 1, FUNC, csd);
	cut_and_check(0, 1, 4000000);
	check(1, 0, 0);
	assert_int_equal(rig.snap.how.wait_source, WAITS_CSD);
	fn = rig__fn(&rig, FUNC, CALLSITE);
	assert_members(fn->wait, count, 1, sum, rig__cpu(&rig, 0)->wait.sum, max,
		       rig__cpu(&rig, 0)->wait.max);
	check_calls(1, 1, 1, 1);
	/* A call lasts from its csd's queue event to the exit event. */
	assert_int_equal(fn->wait.sum, fn->delay.sum + fn->handler.sum);
}

TEST_ON(a_call_belongs_to_the_window_in_which_it_ends, &plain, &at_once)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	queue_and_send(0, 1, FUNC, csd);
	cut_and_check(0, 0, 0);
	usleep(2000);
	run(1, FUNC, csd);
	cut_and_check(0, 1, 2000000);
	cut_and_check(0, 0, 0);
}

TEST_ON(a_call_to_many_lasts_until_its_last_target_ends, &plain, &shared, &one_edge, &at_once)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);
	const struct fn_stats *fn;

	rig__queue(&rig, 0, 0, FUNC, a);
	queue_and_send(0, 1, FUNC, b);
	run(1, FUNC, b);
	usleep(3000);
	run(0, FUNC, a);
	cut_and_check(0, 1, 3000000);
	fn = rig__fn(&rig, FUNC, CALLSITE);
	assert_members(*fn, count, 2, wait.count, 1);
	check_calls(1, 2, 2, 0);
	/* The targets' times overlap, so the wait is shorter than their sum. */
	assert_true(fn->wait.sum < fn->delay.sum + fn->handler.sum);
}

/* Each sign of a new call, one at a time. */
TEST_ON(each_sign_of_a_new_call_suffices, &plain, &one_edge, &at_once)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	/* An IPI was sent in between. */
	rig__queue(&rig, 0, 0, FUNC, a);
	send(0, 1);
	run(0, FUNC, a);
	rig__queue(&rig, 0, 1, FUNC, b);
	run(1, FUNC, b);
	cut_and_check(0, 2, 1);
	/* The targets of one call are in ascending order. */
	rig__queue(&rig, 0, 0, FUNC, a);
	run(0, FUNC, a);
	rig__queue(&rig, 0, 0, FUNC, b);
	run(0, FUNC, b);
	cut_and_check(0, 2, 1);
	/* Another function. */
	rig__queue(&rig, 0, 0, FUNC, a);
	run(0, FUNC, a);
	rig__queue(&rig, 0, 1, OTHER, b);
	run(1, OTHER, b);
	cut_and_check(0, 2, 1);
	/* The same csd, as on the stack of a task that makes many calls. */
	rig__queue(&rig, 0, 0, FUNC, a);
	run(0, FUNC, a);
	rig__queue(&rig, 0, 1, FUNC, a);
	run(1, FUNC, a);
	cut_and_check(0, 2, 1);
}

/* smp_call_function_single() has its csd on the stack. */
static void run_single(int src, int dst, __u64 csd)
{
	__u64 queue[] = { dst, CALLSITE, FUNC, csd }, done[] = { FUNC, csd };

	rig__run_on_stack(&rig, src, "csd_queue", queue, sizeof(queue));
	rig__run_on_stack(&rig, src, "csd_queue_twin", queue, sizeof(queue));
	rig__run_on_stack(&rig, dst, "csd_entry", done, sizeof(done));
	rig__run_on_stack(&rig, dst, "csd_exit", done, sizeof(done));
}

/* No IPI seals these calls, whose targets had one pending, and a tracer hides their call sites. */
TEST_ON(calls_to_one_cpu_each_are_no_broadcast, &plain, &at_once)
{
	__u64 first = rig__csd_on_stack(&rig, 0), second = rig__csd_on_stack(&rig, 1);
	__u64 many[] = { rig__csd(&rig, 0, SYNC), rig__csd(&rig, 1, SYNC) };

	run_single(0, 0, first);
	run_single(0, 1, second);
	rig__cut(&rig);
	check_calls(2, 2, 1, rig__fn(&rig, FUNC, CALLSITE)->calls.worst.last);
	/* A call to one, then one to many. */
	run_single(0, 0, first);
	rig__queue(&rig, 0, 1, FUNC, many[1]);
	run(1, FUNC, many[1]);
	rig__cut(&rig);
	check_calls(2, 2, 1, rig__fn(&rig, FUNC, CALLSITE)->calls.worst.last);
	/* The other way round. */
	rig__queue(&rig, 0, 0, FUNC, many[0]);
	run(0, FUNC, many[0]);
	run_single(0, 1, second);
	rig__cut(&rig);
	check_calls(2, 2, 1, rig__fn(&rig, FUNC, CALLSITE)->calls.worst.last);
	/* The csds of one broadcast stay one call. */
	rig__queue(&rig, 0, 0, FUNC, many[0]);
	rig__queue(&rig, 0, 1, FUNC, many[1]);
	run(0, FUNC, many[0]);
	run(1, FUNC, many[1]);
	rig__cut(&rig);
	check_calls(1, 2, 2, 1);
}

/* A tracer hides that the IPI has another call site. */
TEST_ON(an_interrupt_s_ipi_seals_no_call, &by_sender)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	if (rig__lacks(!rig.collector->sees_interrupts, "this kernel shows BPF no interrupts"))
		return;
	rig__queue(&rig, 0, 0, FUNC, a);
	rig__send_in_interrupt(&rig, 0, 1, 1);
	queue_and_send(0, 1, FUNC, b);
	run(0, FUNC, a);
	run(1, FUNC, b);
	rig__cut(&rig);
	check_calls(1, 2, 2, 1);
}

/* The first call needs no IPI, since its target polls in idle. */
TEST_ON(two_calls_of_one_call_site_are_two, &plain, &at_once)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);
	__u64 polling[] = { 0 };
	uint64_t begun = mono_ns(), between;

	rig__queue(&rig, 0, 0, FUNC, a);
	rig__run(&rig, 0, "call_polled", polling, sizeof(polling));
	run(0, FUNC, a);
	between = mono_ns();
	usleep(100000);
	between = mono_ns() - between;
	queue_and_send(0, 1, FUNC, b);
	run(1, FUNC, b);
	cut_and_check(0, 2, 1);
	/* Neither has the time between them, however busy the machine is. */
	assert_in_range(rig__cpu(&rig, 0)->wait.max, 1, mono_ns() - begun - between);
	assert_int_equal(rig__fn(&rig, FUNC, CALLSITE)->calls.count, 2);
}

/* Nothing seals the first call: its targets had an IPI pending. */
TEST_ON(a_call_of_an_earlier_epoch_is_over, &plain, &at_once)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	rig__queue(&rig, 0, 0, FUNC, a);
	run(0, FUNC, a);
	rig__cut(&rig);
	check_calls(1, 1, 1, 0);
	queue_and_send(0, 1, FUNC, b);
	run(1, FUNC, b);
	cut_and_check(0, 1, 1);
	check_calls(1, 1, 1, 1);
}

/* An IPI that an interrupt sends, from its own call site. */
static void send_from(int cpu, int dst, __u64 callsite)
{
	__u64 args[] = { dst, callsite, 1 };

	rig__run(&rig, cpu, "ipi_send_cpu", args, sizeof(args));
}

/* An interrupt between two csds of a call queues a csd, and sends an IPI for that csd. */
TEST_ON(an_interrupt_while_a_call_is_queued_ends_no_call, &plain, &one_edge, &at_once)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);
	__u64 other = rig__csd(&rig, 2, ASYNC);

	for (int i = 0; i < 10; i++) {
		rig__queue(&rig, 0, 0, FUNC, a);
		rig__queue(&rig, 0, 1, OTHER, other);
		send_from(0, 1, CALLSITE + 0x40);
		queue_and_send(0, 1, FUNC, b);
		run(1, OTHER, other);
		run(0, FUNC, a);
		run(1, FUNC, b);
	}
	cut_and_check(0, 10, 1);
	assert_int_equal(rig__fn(&rig, FUNC, CALLSITE)->wait.count, 10);
	/* No end of a call counts for a later call. */
	assert_true(rig__cpu(&rig, 0)->wait.max < 60000000000ULL);
}

/* As on 7.3: the sender of the older call is preempted, and another call begins on its CPU. */
TEST_ON(a_late_end_of_an_older_call_is_not_the_younger_ones, &plain)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC), c = rig__csd(&rig, 2, SYNC);
	uint64_t begun = mono_ns(), between;

	rig__queue(&rig, 0, 0, FUNC, a);
	queue_and_send(0, 1, FUNC, b);
	run(0, FUNC, a);
	queue_and_send(0, 0, OTHER, c);
	run(0, OTHER, c);
	between = mono_ns();
	usleep(100000);
	between = mono_ns() - between;
	run(1, FUNC, b);
	rig__cut(&rig);
	assert_int_equal(rig__cpu(&rig, 0)->wait.count, 2);
	/* Neither lasts until the late end, however busy the machine is. */
	assert_in_range(rig__cpu(&rig, 0)->wait.max, 1, mono_ns() - begun - between);
}

/* A call of another task, from CPU 0 to CPU 0: its csd is fake csd 2. */
static void *call_of_another(void *of)
{
	__u64 csd = rig__csd(&rig, 2, SYNC);

	rig__queue(&rig, 0, 0, OTHER, csd);
	send(0, 1);
	run(0, OTHER, csd);
	return NULL;
}

static void another_task_calls(void)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, call_of_another, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* The same, where each call has a record of its own. */
TEST_ON(a_preempted_sender_s_call_lasts_until_its_end, &at_once)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	rig__queue(&rig, 0, 0, FUNC, a);
	queue_and_send(0, 1, FUNC, b);
	run(0, FUNC, a);
	another_task_calls();
	another_task_calls();
	cut_and_check(0, 2, 1);
	assert_int_equal(rig__fn(&rig, OTHER, CALLSITE)->wait.count, 2);
	usleep(20000);
	run(1, FUNC, b);
	another_task_calls();
	cut_and_check(0, 2, 20000000);
	assert_members(rig__fn(&rig, FUNC, CALLSITE)->calls, csds, 2, worst.last, 1);
	assert_true(rig__fn(&rig, FUNC, CALLSITE)->wait.sum >= 20000000);
	assert_int_equal(rig__fn(&rig, OTHER, CALLSITE)->wait.count, 1);
}

/* Task @prev leaves CPU 0 for task @next. */
static void switched(__u64 prev, __u64 next)
{
	__u64 args[] = { 1, prev, next };

	rig__run(&rig, 0, "call_switched", args, sizeof(args));
}

#define RIVAL 0xffff888000001000ULL /* a task */

TEST_ON(a_wait_has_a_part_in_which_the_cpu_ran_others, &at_once)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), me = rig__task(&rig);
	const struct wait_sum *wait;

	queue_and_send(0, 1, FUNC, csd);
	for (int i = 0; i < 2; i++) {
		usleep(5000);
		switched(me, RIVAL);
		switched(RIVAL, RIVAL + 64);
		usleep(10000);
		switched(RIVAL + 64, me);
	}
	run(1, FUNC, csd);
	/* Tasks that do not wait may leave and come back. */
	switched(me, RIVAL);
	usleep(5000);
	switched(RIVAL, me);
	cut_and_check(0, 1, 30000000);
	wait = &rig__fn(&rig, FUNC, CALLSITE)->wait;
	assert_int_equal(wait->away, rig__cpu(&rig, 0)->wait_away);
	assert_in_range(wait->away, 20000000, wait->sum - 10000000);
	assert_int_equal(wait_sum__spun(wait), wait->sum - wait->away);
	rig__cut(&rig);
	assert_int_equal(rig__cpu(&rig, 0)->wait_away, 0);
}

/* The task comes back long after its call is over. */
TEST_ON(a_task_is_away_in_its_call_until_that_is_over, &at_once)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), me = rig__task(&rig);
	const struct wait_sum *wait;
	uint64_t begun, left, over;

	for (int cut_first = 0; cut_first < 2; cut_first++) {
		begun = mono_ns();
		queue_and_send(0, 1, FUNC, csd);
		usleep(5000);
		switched(me, RIVAL);
		left = mono_ns();
		usleep(5000);
		run(1, FUNC, csd);
		over = mono_ns();
		usleep(30000);
		if (!cut_first)
			switched(RIVAL, me);
		rig__cut(&rig);
		if (cut_first)
			switched(RIVAL, me);
		wait = &rig__fn(&rig, FUNC, CALLSITE)->wait;
		assert_int_equal(wait->count, 1);
		assert_in_range(wait->sum, 10000000, over - begun);
		assert_in_range(wait->away, wait->sum - (left - begun), wait->sum - 5000000);
	}
}

/* More tasks call than there are records: a call without a record changes no other call. */
TEST_ON(calls_without_a_record_are_not_waited_for, &at_once)
{
	const struct maps *maps = &rig.collector->maps;
	__u64 csd = rig__csd(&rig, 0, SYNC);

	for (uint32_t i = 0; i < maps->geo.task_call_slots; i++)
		maps->task_calls[i].key = TASK_CALL_CLAIMED;
	queue_and_send(0, 1, FUNC, csd);
	run(1, FUNC, csd);
	cut_and_check(0, 0, 0);
	assert_true(rig.snap.known.waits_unseen);
	assert_int_equal(rig.snap.waits_unseen, 1);
	for (uint32_t i = 0; i < maps->geo.task_call_slots; i++)
		maps->task_calls[i].key = TASK_CALL_FREE;
	queue_and_send(0, 1, FUNC, csd);
	run(1, FUNC, csd);
	cut_and_check(0, 1, 1);
	assert_int_equal(rig.snap.waits_unseen, 0);
	for (uint32_t i = 0; i < maps->geo.task_call_slots; i++)
		assert_int_equal(maps->task_calls[i].key, TASK_CALL_FREE);
}

TEST_ON(many_calls_are_as_many_waits, &plain, &shared, &at_once)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	for (int i = 0; i < 100; i++) {
		queue_and_send(0, 1, FUNC, csd);
		run(1, FUNC, csd);
		if (i == 30)
			rig__cut(&rig);
		if (i == 30)
			check(0, 31, 1);
	}
	cut_and_check(0, 69, 1);
	assert_members(*rig__fn(&rig, FUNC, CALLSITE), wait.count, 69, calls.count, 69, calls.csds,
		       69);
}

TEST_ON(nobody_waits_for_an_asynchronous_call, &plain, &at_once)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	queue_and_send(0, 1, FUNC, csd);
	run(1, FUNC, csd);
	cut_and_check(0, 0, 0);
	check(1, 0, 0);
}

/* The run of the first csd was not seen; its call must not stay open for that. */
TEST_ON(a_lost_csd_does_not_stop_the_count, &plain, &one_edge, &at_once)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	queue_and_send(0, 1, FUNC, csd);
	queue_and_send(0, 1, FUNC, csd);
	run(1, FUNC, csd);
	assert_cut(lost_by[LOST_RUN_UNSEEN], 1);
	check(0, 1, 1);
}

TEST_ON(an_unseen_exit_does_not_stop_the_count, &plain, &one_edge, &at_once)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	queue_and_send(0, 1, FUNC, a);
	rig__queue(&rig, 0, 1, OTHER, b);
	rig__entry(&rig, 1, OTHER, b);
	rig__entry(&rig, 1, FUNC, a);
	/* The exit of the outer function: the inner function's exit was not seen. */
	rig__exit(&rig, 1, OTHER, b);
	assert_cut(exit_unseen, 1);
	check(0, 1, 1);
}

/* A call to both CPUs, which the sender adds up itself as it calls CPU 1 twice more. */
static void three_calls(void)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	rig__queue(&rig, 0, 0, FUNC, a);
	queue_and_send(0, 1, FUNC, b);
	run(0, FUNC, a);
	usleep(20000);
	run(1, FUNC, b);
	for (int i = 0; i < 2; i++) {
		queue_and_send(0, 1, FUNC, b);
		run(1, FUNC, b);
	}
	cut_and_check(0, 3, 20000000);
}

TEST_ON(calls_count_their_targets_and_name_the_straggler, &plain, &shared, &at_once)
{
	three_calls();
	check_calls(3, 4, 2, 1);
	assert_int_equal(rig__fn(&rig, FUNC, CALLSITE)->calls.worst.csds, 2);
}

/* A CPU without a place of its sender's ended last: which one is not known. */
TEST_ON(a_straggler_without_an_edge_is_not_known, &one_edge)
{
	three_calls();
	check_calls(3, 4, 2, LAST_UNKNOWN);
}

TEST_ON(a_call_whose_end_was_not_seen_is_counted, &plain)
{
	__u64 a = rig__csd(&rig, 0, SYNC);

	queue_and_send(0, 1, FUNC, a);
	rig__entry(&rig, 1, OTHER, 0);
	rig__entry(&rig, 1, FUNC, a);
	/* The inner function's exit is not seen. */
	rig__exit(&rig, 1, OTHER, 0);
	queue_and_send(0, 1, FUNC, a);
	run(1, FUNC, a);
	cut_and_check(0, 1, 1);
	check_calls(2, 2, 1, 1);
}

/* The sender collects the end of its call only after another sender has used the slot. */
TEST_ON(a_slot_that_another_sender_needs_keeps_no_end_back, &plain, &one_edge, &at_once)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	for (int i = 0; i < 50; i++)
		for (int src = 0; src < 2; src++) {
			queue_and_send(src, 1, FUNC, csd);
			if (!i)
				usleep(1000 * (1 + src));
			run(1, FUNC, csd);
		}
	cut_and_check(0, 50, 1000000);
	check(1, 50, 2000000);
	assert_int_equal(rig__fn(&rig, FUNC, CALLSITE)->wait.count, 100);
}

/* A slot that is taken for the next csd is filled, or free again. */
TEST_ON(no_slot_stays_claimed, &plain, &at_once)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);
	const struct maps *maps = &rig.collector->maps;

	for (int i = 0; i < 5; i++) {
		queue_and_send(0, 1, FUNC, a);
		rig__entry(&rig, 1, OTHER, 0);
		rig__entry(&rig, 1, FUNC, a);
		/* The inner function's exit is not seen. */
		rig__exit(&rig, 1, OTHER, 0);
		if (i % 2) {
			queue_and_send(0, 1, OTHER, b);
			run(1, OTHER, b);
		}
	}
	assert_cut(exit_unseen, 5);
	check(0, 2, 1);
	for (uint32_t i = 0; i < geometry__slots(&maps->geo); i++)
		assert_int_not_equal(maps->slots[i].csd, SLOT_CLAIMED);
}

/* Two targets, whose ends the sender takes only after calls to one of them. */
TEST_ON(calls_to_different_targets_are_all_counted, &plain, &one_edge, &at_once)
{
	__u64 csd[2] = { rig__csd(&rig, 0, SYNC), rig__csd(&rig, 1, SYNC) };

	for (int i = 0; i < 60; i++) {
		for (int dst = 0; dst < 2; dst++)
			if (!(i % 3) || i % 3 == 1 + dst)
				rig__queue(&rig, 0, dst, FUNC, csd[dst]);
		send(0, 1);
		for (int dst = 1; dst >= 0; dst--)
			if (!(i % 3) || i % 3 == 1 + dst)
				run(dst, FUNC, csd[dst]);
		if (i == 20)
			cut_and_check(0, 21, 1);
	}
	cut_and_check(0, 39, 1);
}

/* The entry of a call to many: this task's, to FUNC, now. */
static void enter_many(void)
{
	const struct wait_rec wait = {
		.task = rig__task(&rig),
		.begun = mono_ns(),
		.func = FUNC,
		.src = WAIT_UNQUEUED,
		.wait_in = WAIT_MANY,
	};
	int waits = rig__map_fd(&rig, "csd_queue", "waits");

	/* The record's place is a hash of the task: this fills all places. */
	for (__u32 i = 0; i < rig.collector->maps.geo.wait_slots; i++)
		assert_int_equal(bpf_map_update_elem(waits, &i, &wait, BPF_ANY), 0);
	close(waits);
}

/* A call from CPU 0 to CPU 0, if @both, and CPU 1. */
static void call_many(bool both)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	if (both)
		rig__queue(&rig, 0, 0, FUNC, a);
	queue_and_send(0, 1, FUNC, b);
	if (both)
		run(0, FUNC, a);
	run(1, FUNC, b);
}

TEST_ON(a_call_begins_at_its_entry, &entries_at_once, &entries)
{
	for (int i = 0; i < 2; i++) {
		enter_many();
		usleep(20000);
		call_many(true);
	}
	cut_and_check(0, 2, 40000000);
	check_calls(2, 4, 2, 1);
}

/* The kernel skips a program at a call's entry while the same program is preempted on that CPU. */
TEST_ON(a_call_whose_entry_was_not_seen_begins_at_its_csd, &entries_at_once, &entries)
{
	__u64 c = rig__csd(&rig, 2, SYNC);

	enter_many();
	call_many(true);
	rig__cut(&rig);
	check_calls(1, 2, 2, 1);
	assert_int_equal(rig.snap.begin_unseen, 0);
	call_many(true);
	rig__cut(&rig);
	check_calls(1, 2, 2, 1);
	assert_int_equal(rig.snap.begin_unseen, 1);
	/* The same after a call of another function from that CPU. */
	enter_many();
	call_many(false);
	queue_and_send(0, 1, OTHER, c);
	run(1, OTHER, c);
	rig__cut(&rig);
	check_calls(1, 1, 1, 1);
	assert_int_equal(rig.snap.begin_unseen, 1);
	call_many(true);
	rig__cut(&rig);
	check_calls(1, 2, 2, 1);
	assert_int_equal(rig.snap.begin_unseen, 1);
}

int main(void)
{
	if (rig__nr_cpus() < 2) {
		puts("1..0 # SKIP it needs two CPUs");
		return 0;
	}
	return run_all_tests(NULL, NULL);
}
