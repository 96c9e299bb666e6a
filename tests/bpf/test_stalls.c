// SPDX-License-Identifier: GPL-2.0
/* Stalls as user space reads them: while they last, and when they are over. */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "abi/mailbox.h"
#include "abi/stall_event.h"
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/maps.h"
#include "collect/read_bank.h"
#include "collect/read_moment.h"
#include "model/moment.h"
#include "rig.h"

#define ASYNC	      0x01 /* locked */
#define SYNC	      0x11
#define LOCK	      0x01
#define WAKE	      32 /* a fake csd with room for its task's earlier members before it */
#define THRESHOLD     2000000 /* ns */
#define LONG	      5000 /* us */
#define MAX	      16
#define BATCH	      300 /* a mailbox has 384 slots for wake-ups, and a csd may find none near its home */
#define WAKE_UP_SLOTS (3 * MAILBOX_SLOTS / 4) /* place_is_reserved() */
#define FLOOD	      700 /* wake-ups, more than a mailbox has slots */

static struct moment_reader *reader;
static struct moment moment;
static struct stall_event events[MAX];
static struct target_time targets[TARGETS_MAX]; /* of the last wait */
static int nr_events;

static int open_with(const struct collect_config *config)
{
	rig__open(&rig, config);
	reader = rig.collector->moment_reader;
	assert_non_null(reader);
	return 0;
}

#define WATCHING .no_fexit = true, .watch_threshold = THRESHOLD

/*
 * The rig's functions do not run in interrupts: if the kernel shows that, none of them is
 * outstanding.
 */
static int setup(void **state)
{
	return open_with(&(struct collect_config){ WATCHING, .no_interrupts = true });
}

/* Collect as `record` does: snapshots and stalls. */
static int setup_with_sums(void **state)
{
	return open_with(
		&(struct collect_config){ WATCHING, .no_interrupts = true, .keep_sums = true });
}

/* Collect as `stalls --phase handler` does. */
static int setup_for_handlers(void **state)
{
	return open_with(&(struct collect_config){ WATCHING, .watch_phases = 1U << PHASE_HANDLER,
						   .no_interrupts = true });
}

static int setup_with_interrupts(void **state)
{
	return open_with(&(struct collect_config){ WATCHING });
}

static void store_event(void *ctx, const struct stall_event *ev)
{
	assert_in_range(nr_events, 0, MAX - 1);
	events[nr_events++] = *ev;
	if (stall_event_has_targets(ev))
		memcpy(targets, ((const struct wait_event *)ev)->targets, sizeof(targets));
}

static void events_read(void)
{
	nr_events = 0;
	moment_reader__events(reader, store_event, NULL);
	assert_int_equal(moment_reader__lost(reader), 0);
}

/* Returns the only event since the last call, which must be of @phase. */
static const struct stall_event *only(enum stall_phase phase)
{
	events_read();
	assert_int_equal(nr_events, 1);
	assert_int_equal(events[0].phase, phase);
	return &events[0];
}

static void read_moment(void)
{
	moment_reader__read(reader, THRESHOLD, &moment);
	assert_int_equal(moment.dropped, 0);
}

static void check_sender(bool known, uint32_t pid, uint32_t tgid, const char *comm)
{
	char name[16];

	prctl(PR_GET_NAME, name);
	assert_true(known);
	assert_int_equal(pid, syscall(SYS_gettid));
	assert_int_equal(tgid, getpid());
	assert_string_equal(comm, name);
}

static void check_task(const struct task_id *task)
{
	check_sender(task->known, task->pid, task->tgid, task->comm);
}

static void send(int cpu, int dst)
{
	rig__send(&rig, cpu, dst, 1);
}

/* CPU 0 calls CPU 1. */
static void call_one(__u64 csd)
{
	rig__queue(&rig, 0, 1, FUNC, csd);
	send(0, 1);
}

/*
 * CPU @src calls CPUs 0 and 1, of which one is @src: no kernel does that, but the programs do not
 * check it.
 */
static void call_both(int src, __u64 a, __u64 b)
{
	rig__queue(&rig, src, 0, FUNC, a);
	rig__queue(&rig, src, 1, FUNC, b);
	send(src, !src);
}

static void run(int cpu, __u64 csd)
{
	rig__run_csd(&rig, cpu, FUNC, csd);
}

/* Returns the number of waits among the events since the last call. */
static int waits_reported(void)
{
	int nr = 0;

	events_read();
	for (int i = 0; i < nr_events; i++)
		nr += events[i].phase == PHASE_WAIT;
	return nr;
}

/* Read the moment, and assert that it has these values: member, value ... */
#define assert_moment(...)                           \
	do {                                         \
		read_moment();                       \
		assert_members(moment, __VA_ARGS__); \
	} while (0)

/* csd_lock() holds the sender up between two csds; its first target has ended meanwhile. */
TEST(a_call_that_is_still_queued_goes_on, setup, rig__teardown)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);

	rig__queue(&rig, 0, 0, FUNC, a);
	usleep(LONG);
	run(0, a);
	assert_int_equal(waits_reported(), 0);
	call_one(b);
	run(1, b);
	assert_int_equal(waits_reported(), 1);
}

/*
 * Programs on two CPUs may read the clock in one order and count their ends in the other:
 * CPU 1, which counts first, has read a time behind the threshold.
 */
TEST(a_wait_is_as_long_as_its_latest_end, setup, rig__teardown)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);
	struct call_rec *call = &rig.collector->maps.calls[0];

	call_both(0, a, b);
	run(1, b);
	call->end = call->begun + THRESHOLD + 1;
	run(0, a);
	assert_int_equal(waits_reported(), 1);
}

TEST(a_wait_is_added_up_and_reported, setup_with_sums, rig__teardown)
{
	__u64 a = rig__csd(&rig, 0, SYNC), b = rig__csd(&rig, 1, SYNC);
	const struct fn_stats *fn;

	for (int call = 0; call < 3; call++) {
		call_both(0, a, b);
		run(0, a);
		usleep(LONG);
		run(1, b);
	}
	assert_int_equal(waits_reported(), 3);
	rig__cut(&rig);
	fn = rig__fn(&rig, FUNC, CALLSITE);
	assert_members(*fn, count, 6, wait.count, 3);
	assert_true(fn->wait.sum >= 3 * LONG * 1000ULL);
	assert_int_equal(rig__cpu(&rig, 0)->wait.count, 3);
}

TEST(a_quick_csd_is_no_stall, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), begun, took;
	int quick = 0;

	/* On a busy machine a csd may really take so long, and is reported. */
	for (int i = 0; i < 100; i++) {
		begun = mono_ns();
		call_one(csd);
		run(1, csd);
		took = mono_ns() - begun;
		events_read();
		if (took >= THRESHOLD)
			continue;
		quick++;
		assert_int_equal(nr_events, 0);
	}
	if (rig__lacks(!quick, "this machine takes 2 ms for each csd"))
		return;
	read_moment();
	assert_int_equal(moment.nr_pending + moment.nr_running + moment.nr_waiting, 0);
}

TEST(a_late_delivery_is_pending_then_over, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), call, since;
	const struct stall_event *ev;

	call_one(csd);
	usleep(LONG);
	assert_moment(nr_pending, 1, nr_running, 0, nr_waiting, 1, pending[0].csd, csd,
		      pending[0].func, FUNC, pending[0].callsite, CALLSITE, pending[0].src, 0,
		      pending[0].dst, 1);
	check_task(&moment.pending[0].sender);
	call = moment.waiting[0].call;
	assert_members(moment, pending[0].call, call, waiting[0].src, 0, waiting[0].func, FUNC);
	assert_in_range(call, 1, moment.now - THRESHOLD);

	since = mono_ns();
	rig__entry(&rig, 1, FUNC, csd);
	ev = only(PHASE_DELIVERY);
	assert_members(*ev, csd, csd, func, FUNC, callsite, CALLSITE, src, 0, dst, 1, start,
		       moment.pending[0].queued, call, call);
	assert_true(ev->time >= ev->start + LONG * 1000);
	assert_in_range(ev->sent, ev->start, ev->time);
	assert_int_equal(ev->victim_tgid, getpid());
	check_sender(ev->sender_known, ev->sender_pid, ev->sender_tgid, ev->sender_comm);
	assert_int_equal(ev->stack_of, STACK_INTERRUPTED);
	assert_true(ev->nr > 0);
	rig__exit(&rig, 1, FUNC, csd);
	/* The late delivery made its sender wait; on a busy machine the function ran for long, too. */
	events_read();
	assert_in_range(nr_events, 1, 2);
	if (nr_events == 2) {
		assert_int_equal(events[0].phase, PHASE_HANDLER);
		assert_in_range(events[0].start, since, events[0].time - THRESHOLD);
	}
	ev = &events[nr_events - 1];
	assert_members(*ev, phase, PHASE_WAIT, call, call, start, call, dst, 1, nr_targets, 1);
	read_moment();
	assert_int_equal(moment.nr_pending + moment.nr_running + moment.nr_waiting, 0);
}

TEST(a_long_function_runs_then_is_over, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);
	const struct stall_event *ev;
	const struct running *running;

	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	events_read();
	usleep(LONG);
	assert_moment(nr_pending, 0, nr_running, 1, nr_waiting, 0);
	running = &moment.running[0];
	assert_members(*running, csd, csd, func, FUNC, callsite, CALLSITE, src, 0, dst, 1, call, 0,
		       slept, false);
	assert_in_range(running->queued, 1, running->start);
	check_task(&running->sender);

	rig__exit(&rig, 1, FUNC, csd);
	ev = only(PHASE_HANDLER);
	assert_int_equal(ev->start, running->start);
	assert_true(ev->time >= ev->start + LONG * 1000);
	assert_members(*ev, csd, csd, func, FUNC, callsite, CALLSITE, src, 0, dst, 1, call, 0,
		       slept, false, stack_of, STACK_END);
	check_sender(ev->sender_known, ev->sender_pid, ev->sender_tgid, ev->sender_comm);
	assert_moment(nr_running, 0);
}

/* For how long functions of a flush ran until a late function of the same flush began. */
TEST(functions_before_a_late_one_add_up, setup, rig__teardown)
{
	__u64 first = rig__csd(&rig, 0, ASYNC), second = rig__csd(&rig, 1, ASYNC);

	for (int flush = 0; flush < 2; flush++) {
		uint64_t begun = mono_ns();

		rig__queue(&rig, 0, 1, FUNC, first);
		rig__queue(&rig, 0, 1, FUNC, second);
		rig__entry(&rig, 1, FUNC, first);
		usleep(LONG);
		rig__exit(&rig, 1, FUNC, first);
		/* In this time no function runs. */
		usleep(LONG);
		rig__entry(&rig, 1, FUNC, second);
		rig__exit(&rig, 1, FUNC, second);
		events_read();
		for (int i = 0; i < nr_events; i++) {
			if (events[i].phase != PHASE_DELIVERY || events[i].csd != second)
				continue;
			assert_in_range(events[i].ran, LONG * 1000,
					mono_ns() - begun - LONG * 1000);
			assert_in_range(events[i].arrived, begun, events[i].time - 2 * LONG * 1000);
			begun = 0;
		}
		assert_int_equal(begun, 0);
	}
}

/*
 * Assert that all events began at @since or later: on a busy machine a rig's events may be late
 * themselves.
 */
static void check_events_since(uint64_t since)
{
	events_read();
	for (int i = 0; i < nr_events; i++)
		assert_in_range(events[i].start, since, UINT64_MAX);
}

/* The moment has no csd, but the csd still counts as in flight. */
static void check_lost_none(void)
{
	assert_moment(nr_pending, 0);
	rig__cut(&rig);
	assert_int_equal(ledger__lost(&rig.snap.ledger), 0);
	assert_int_equal(rig.snap.ledger.in_flight, 1);
}

/* The moment has no csd, and the ledger has @lost csds that ran unseen. */
static void check_lost(uint64_t lost)
{
	read_moment();
	assert_int_equal(moment.nr_pending + moment.nr_running + moment.nr_waiting, 0);
	assert_cut(lost_by[LOST_RUN_UNSEEN], lost);
}

/* A sender that waits goes on once its csd is unlocked: the run was hidden. */
TEST(a_sync_csd_without_its_lock_is_lost, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), since;

	call_one(csd);
	usleep(LONG);
	assert_moment(nr_pending, 1, nr_waiting, 1);
	rig__csd(&rig, 0, SYNC & ~LOCK);
	check_lost(1);
	/* The slot is free: the csd's next run has its own delay. */
	rig__csd(&rig, 0, SYNC);
	since = mono_ns();
	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	check_events_since(since);
}

/* The memory is used by another csd now: of another type, or for another function. */
TEST(memory_that_is_used_again_is_no_evidence, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), other = rig__csd(&rig, 1, SYNC);

	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__queue(&rig, 0, 0, FUNC, other);
	usleep(LONG);
	rig__csd(&rig, 0, ASYNC);
	rig.memory->csds[1].func = FUNC + 8;
	check_lost(2);
}

/* A csd on a stack: the same place then has the csd of the next call, to another CPU. */
TEST(a_csd_that_was_queued_elsewhere_since_is_lost, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), since;

	rig__queue_in_interrupt(&rig, 0, 1, FUNC, csd);
	usleep(LONG);
	since = mono_ns();
	rig__queue(&rig, 0, 0, FUNC, csd);
	read_moment();
	/* On a busy machine the second one may be late by now. */
	for (uint32_t i = 0; i < moment.nr_pending; i++)
		assert_in_range(moment.pending[i].queued, since, UINT64_MAX);
	rig__run_csd(&rig, 0, FUNC, csd);
	check_lost(1);
}

/*
 * An ASYNC csd is unlocked just before its function: without its lock it may be about to be
 * entered.
 */
TEST(an_async_csd_without_its_lock_is_lost_later, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	rig__queue(&rig, 0, 1, FUNC, csd);
	usleep(LONG);
	assert_moment(nr_pending, 1);
	rig__csd(&rig, 0, ASYNC & ~LOCK);
	check_lost_none();
	/* The hypervisor runs the CPU again: its delivery was late. */
	rig__entry(&rig, 1, FUNC, csd);
	only(PHASE_DELIVERY);
	rig__exit(&rig, 1, FUNC, csd);
	events_read();

	rig__csd(&rig, 0, ASYNC);
	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__csd(&rig, 0, ASYNC & ~LOCK);
	usleep(LONG);
	check_lost_none();
	usleep(200000);
	check_lost(1);
}

/* A task that is woken is TASK_WAKING, and belongs to its target, until the wake-up is done. */
TEST(a_wake_up_whose_task_is_awake_is_lost, setup, rig__teardown)
{
	__u64 csds[WAKE + 1], csd;

	rig__wake_ups(&rig, WAKE + 1, csds);
	csd = csds[WAKE];
	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__waking(&rig, WAKE, true, 1);
	usleep(LONG);
	assert_moment(nr_pending, 1);
	/* The task is woken once more, on another CPU. */
	rig__waking(&rig, WAKE, true, 0);
	check_lost(1);

	rig__waking(&rig, WAKE, true, 1);
	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__waking(&rig, WAKE, false, 1);
	usleep(LONG);
	check_lost(1);
}

/* The entry was seen, the exit was not, and the sender has gone on. */
TEST(a_function_whose_csd_is_unlocked_is_over, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	usleep(LONG);
	assert_moment(nr_running, 1, nr_waiting, 1);
	rig__csd(&rig, 0, SYNC & ~LOCK);
	read_moment();
	assert_int_equal(moment.nr_running + moment.nr_waiting, 0);
}

/* Nobody waits for the csd, and its CPU is in no interrupt: it runs this task. */
TEST(a_function_whose_cpu_runs_a_task_is_over, setup_with_interrupts, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	if (rig__lacks(!rig.collector->sees_interrupts, "CONFIG_KALLSYMS_ALL"))
		return;
	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	usleep(LONG);
	assert_moment(nr_running, 0);
}

/* The entry of the first instance was hidden, and the csd is queued again: the second runs. */
TEST(a_csd_is_not_paired_with_one_that_ran_unseen, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC), since;

	rig__queue(&rig, 0, 1, FUNC, csd);
	usleep(LONG);
	since = mono_ns();
	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__csd(&rig, 0, ASYNC & ~LOCK);
	rig__entry(&rig, 1, FUNC, csd);
	check_events_since(since);
	rig__exit(&rig, 1, FUNC, csd);
	check_lost(1);
	events_read();
	/* While the newer instance is locked, the older instance runs. */
	rig__csd(&rig, 0, ASYNC);
	rig__queue(&rig, 0, 1, FUNC, csd);
	usleep(LONG);
	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	only(PHASE_DELIVERY);
}

/* The exit of the first and the entry of the second were hidden. */
TEST(an_exit_of_another_csd_is_no_long_handler, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC), other = rig__csd(&rig, 1, SYNC);

	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	usleep(LONG);
	events_read();
	rig__exit(&rig, 1, FUNC, other);
	events_read();
	assert_int_equal(nr_events, 0);
}

/* The events of both wake-ups that are late, each with its own sender; the third is not late. */
TEST(each_late_wake_up_of_a_batch_is_reported, setup, rig__teardown)
{
	__u64 csds[3], told = 0, since;
	int nr_told = 0;

	rig__wake_ups(&rig, 3, csds);
	rig__queue(&rig, 0, 1, FUNC, csds[0]);
	rig__queue(&rig, 0, 1, FUNC + 16, csds[1]);
	usleep(LONG);
	since = mono_ns();
	rig__queue(&rig, 0, 1, FUNC + 32, csds[2]);
	run(1, csds[0]);
	events_read();
	assert_in_range(nr_events, 2, MAX);
	for (int i = 0; i < nr_events; i++) {
		const struct stall_event *ev = &events[i];

		/* On a busy machine the third is late, too. */
		if (ev->start >= since)
			continue;
		told |= ev->csd;
		nr_told++;
		assert_members(*ev, phase, PHASE_DELIVERY, func,
			       ev->csd == csds[0] ? FUNC : FUNC + 16);
		assert_in_range(ev->time - ev->start, THRESHOLD, UINT64_MAX);
		assert_members(*ev, src, 0, dst, 1);
		check_sender(ev->sender_known, ev->sender_pid, ev->sender_tgid, ev->sender_comm);
	}
	assert_int_equal(nr_told, 2);
	assert_int_equal(told, csds[0] | csds[1]);
}

/* The sender waits until the last target has ended, whichever CPU that is. */
static void check_straggler(__u32 last)
{
	__u64 csds[] = { rig__csd(&rig, 0, SYNC), rig__csd(&rig, 1, SYNC) };
	const struct stall_event *ev;

	call_both(1, csds[0], csds[1]);
	run(!last, csds[!last]);
	rig__entry(&rig, last, FUNC, csds[last]);
	usleep(LONG);
	assert_moment(nr_running, 1, running[0].dst, last, nr_waiting, 1, waiting[0].src, 1);
	rig__exit(&rig, last, FUNC, csds[last]);
	events_read();
	ev = &events[nr_events - 1];
	assert_members(*ev, phase, PHASE_WAIT, src, 1, dst, last, nr_targets, 2);
	assert_int_equal(targets[0].dst, 0);
	assert_int_equal(targets[1].dst, 1);
	assert_in_range(targets[!last].end, targets[!last].entry, targets[last].end);
	assert_true(targets[last].end >= targets[last].entry + LONG * 1000);
	/* The sender returns a little later. */
	assert_true(ev->time >= targets[last].end);
}

TEST(the_straggler_is_the_last_to_end, setup, rig__teardown)
{
	check_straggler(0);
	check_straggler(1);
}

/* Frames nest when a function makes a call to its own CPU. */
TEST(nested_frames_are_seen_one_by_one, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, ASYNC);

	rig__queue(&rig, 0, 1, FUNC, csd);
	rig__entry(&rig, 1, FUNC, csd);
	/* On a busy machine the delivery may have been late, too: ignore that event. */
	events_read();
	rig__entry(&rig, 1, FUNC + 8, 0);
	usleep(LONG);
	read_moment();
	/* A local run is not an interruption by another CPU. */
	assert_members(moment, nr_running, 1, running[0].func, FUNC);
	rig__exit(&rig, 1, FUNC + 8, 0);
	rig__exit(&rig, 1, FUNC, csd);
	only(PHASE_HANDLER);
}

static void count_event(void *ctx, const struct stall_event *ev)
{
	++*(uint64_t *)ctx;
}

/* @nr wake-ups, no more than a mailbox holds, begin late in one batch. */
static void late_batch(int nr)
{
	static __u64 csds[BATCH];

	rig__wake_ups(&rig, nr, csds);
	for (int i = 0; i < nr; i++)
		rig__queue(&rig, 0, 1, FUNC, csds[i]);
	usleep(LONG);
	run(1, csds[0]);
}

/*
 * The watchers may be late themselves: the ring buffer must have room for the events of two
 * batches.
 */
TEST(late_batches_find_room, setup, rig__teardown)
{
	uint64_t taken = 0;

	for (int i = 0; i < 2; i++)
		late_batch(BATCH);
	moment_reader__events(reader, count_event, &taken);
	assert_int_equal(moment_reader__lost(reader), 0);
	assert_true(taken >= 2 * BATCH);
}

#define MANY 100

/* While an event is taken, another stall ends. */
static void take_and_go_on(void *ctx, const struct stall_event *ev)
{
	uint64_t *taken = ctx;

	if (++*taken < MANY)
		late_batch(1);
}

/* Else a run would not end before the flood. */
TEST(a_flood_of_stalls_does_not_hold_the_reader, setup, rig__teardown)
{
	uint64_t taken = 0;

	late_batch(1);
	moment_reader__events(reader, take_and_go_on, &taken);
	assert_in_range(taken, 1, MANY / 2);
	moment_reader__events(reader, count_event, &taken);
	assert_in_range(taken, 3, MANY - 1);
}

/* The ring buffer is not read meanwhile. */
TEST(events_that_find_no_room_are_counted, setup, rig__teardown)
{
	uint64_t taken = 0;
	int batches = 0;

	while (!moment_reader__lost(reader)) {
		assert_true(batches++ < 100);
		late_batch(BATCH);
	}
	moment_reader__events(reader, count_event, &taken);
	/* A batch may have been run for long, too, which is an event of its own. */
	assert_true(taken + moment_reader__lost(reader) >= (uint64_t)batches * BATCH);
	assert_true(taken > 0);
}

/*
 * A user asks for one phase, and the watchers read nothing for a while. The programs then drop events
 * of other phases, here of delivery, before the ring buffer is full.
 */
TEST(events_that_nobody_asks_for_make_room, setup_for_handlers, rig__teardown)
{
	uint64_t taken = 0;

	for (int i = 0; i < 20; i++)
		late_batch(BATCH);
	assert_int_equal(moment_reader__lost(reader), 0);
	moment_reader__events(reader, count_event, &taken);
	/* The events that came while there was room explain the others. */
	assert_in_range(taken, BATCH, 20 * BATCH - 1);
}

/* The number of csds that may have been a stall, unseen; @waits: and for which a sender waited. */
static uint64_t unseen(bool waits)
{
	return read_late_unseen(&rig.collector->maps, rig.collector->epoch, waits);
}

/* A user may queue as many wake-ups as he has tasks to a CPU that has its interrupts off. */
TEST(a_flood_of_wake_ups_hides_no_wait, setup, rig__teardown)
{
	const struct maps *maps = &rig.collector->maps;
	const struct slot *box = maps->slots + maps->geo.mailbox_slots; /* CPU 1's */
	static __u64 csds[FLOOD];
	__u64 sync[12];

	rig__wake_ups(&rig, FLOOD, csds);
	for (int i = 0; i < FLOOD; i++)
		rig__queue(&rig, 0, 1, FUNC, csds[i]);
	/*
	 * Each wake-up may have been late, and nobody waits for it. Wake-ups get no places that are
	 * kept for calls.
	 */
	assert_in_range(unseen(false), FLOOD - WAKE_UP_SLOTS, FLOOD);
	assert_int_equal(unseen(true), 0);
	assert_int_equal(maps->geo.mailbox_slots, MAILBOX_SLOTS);
	for (__u32 i = 0; i < MAILBOX_SLOTS; i++)
		assert_true(!place_is_reserved(i) || box[i].csd == SLOT_FREE);
	for (int i = 0; i < 12; i++) {
		sync[i] = rig__csd(&rig, FLOOD + i, SYNC);
		rig__queue(&rig, 0, 1, FUNC, sync[i]);
		send(0, 1);
		usleep(LONG);
		run(1, sync[i]);
		assert_int_equal(waits_reported(), 1);
	}
	assert_int_equal(unseen(true), 0);
}

/* A mailbox that is full of csds whose senders wait has no place for any other csd. */
TEST(a_wait_that_finds_no_room_is_in_doubt, setup, rig__teardown)
{
	uint64_t lost;

	for (int i = 0; i < MAILBOX_SLOTS + 100; i++)
		rig__queue(&rig, 0, 1, FUNC, rig__csd(&rig, i, SYNC));
	lost = unseen(true);
	assert_in_range(lost, 100, MAILBOX_SLOTS);
	assert_int_equal(unseen(false), lost);
}

/* A hidden run that is found out within the threshold cannot have been a stall; a later one can. */
TEST(a_hidden_run_is_in_doubt_beyond_the_threshold, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	for (int i = 0; i < 100; i++)
		rig__queue(&rig, 0, 1, FUNC, csd);
	/* On a busy machine the queue events may be far from each other. */
	assert_in_range(unseen(true), 0, 50);
	usleep(LONG);
	rig__queue(&rig, 0, 1, FUNC, csd);
	assert_in_range(unseen(true), 1, 51);
	assert_int_equal(unseen(false), unseen(true));
}

int main(void)
{
	if (rig__nr_cpus() < 2) {
		puts("1..0 # SKIP it needs two CPUs");
		return 0;
	}
	return run_all_tests(NULL, NULL);
}
