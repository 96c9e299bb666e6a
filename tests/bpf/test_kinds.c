// SPDX-License-Identifier: GPL-2.0
/* The programs of --kinds, run with made-up events: sends and arrivals, who wakes whom. */
#include "base/cpuset.h"
#include "../unit/child_status.h"
#include "collect/collector.h"
#include "model/snapshot.h"
#include "rig.h"

#define CALLBACK 0x1234

static struct collect_config kinds = { .kinds = true };

static void event(int cpu, const char *prog, __u64 a, __u64 b, __u64 c)
{
	__u64 args[] = { a, b, c };

	rig__run(&rig, cpu, prog, args, sizeof(args));
}

#ifdef __x86_64__
static const struct kind_stats *kind(const char *name)
{
	for (size_t i = 0; i < rig.snap.nr_all_kinds; i++)
		if (!strcmp(rig.snap.all_kinds[i].kind, name))
			return &rig.snap.all_kinds[i];
	fail_msg("no kind %s", name);
	return NULL;
}

static void check(const char *name, uint64_t sent, uint64_t coalesced, uint64_t delays,
		  uint64_t interrupts)
{
	const struct kind_stats *k = kind(name);

	assert_members(*k, sent, sent, coalesced, coalesced, delay.count, delays, time.count,
		       interrupts, unseen, 0);
}

static void arrive(const char *vector)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_entry", vector);
	event(0, name, 0, 0, 0);
	snprintf(name, sizeof(name), "%s_exit", vector);
	event(0, name, 0, 0, 0);
}

RIG_TEST(an_arrival_takes_the_time_of_the_send, kinds)
{
	event(0, "ipis_send", 0, 0, 0);
	arrive("reschedule");
	/* A CPU that sends itself an interrupt, with a function, raises an irq_work. */
	event(0, "ipis_send", 0, 0, CALLBACK);
	arrive("irq_work");
	rig__cut(&rig);
	check("reschedule", 1, 0, 1, 1);
	check("irq_work", 1, 0, 1, 1);
	check("call_function", 0, 0, 0, 0);
	assert_true(kind("reschedule")->delay.max > 0);
}

RIG_TEST(sends_while_an_interrupt_is_pending_are_coalesced, kinds)
{
	for (int i = 0; i < 3; i++)
		event(0, "ipis_send", 0, 0, 0);
	arrive("reschedule");
	rig__cut(&rig);
	check("reschedule", 3, 2, 1, 1);
	event(0, "ipis_send", 0, 0, 0);
	arrive("reschedule");
	rig__cut(&rig);
	check("reschedule", 1, 0, 1, 1);
}

RIG_TEST(an_arrival_without_a_send_has_no_delay, kinds)
{
	arrive("call_function_single");
	event(0, "call_function_exit", 0, 0, 0);
	rig__cut(&rig);
	check("call_function", 0, 0, 0, 1);
}

RIG_TEST(a_mask_has_its_own_vector, kinds)
{
	__u64 mask = rig.memory->address + offsetof(struct fake_memory, mask);

	rig.memory->mask[0] = 1;
	event(0, "ipis_send_mask", mask, 0, CALLBACK);
	arrive("call_function_single");
	rig__cut(&rig);
	check("call_function", 1, 0, 0, 1);
	arrive("call_function");
	rig__cut(&rig);
	check("call_function", 0, 0, 1, 1);
}

RIG_TEST(a_send_may_arrive_in_the_next_window, kinds)
{
	event(0, "ipis_send", 0, 0, 0);
	rig__cut(&rig);
	check("reschedule", 1, 0, 0, 0);
	event(0, "reschedule_entry", 0, 0, 0);
	rig__cut(&rig);
	check("reschedule", 0, 0, 1, 0);
	event(0, "reschedule_exit", 0, 0, 0);
	rig__cut(&rig);
	check("reschedule", 0, 0, 0, 1);
}

RIG_TEST(tlb_flushes_by_reason, kinds)
{
	event(0, "ipis_tlb_flush", 1, 33, 0);
	event(0, "ipis_tlb_flush", 1, 1, 0);
	event(0, "ipis_tlb_flush", 1, -1ULL, 0);
	event(0, "ipis_tlb_flush", 4, -1ULL, 0);
	rig__cut(&rig);
	assert_true(rig.snap.known.tlb);
	assert_members(rig.snap, tlb[1].count, 3, tlb[1].pages, 34, tlb[1].all, 1, tlb[4].all, 1,
		       tlb[0].count, 0);
}

RIG_TEST(arrivals_of_filtered_sends_are_not_counted, kinds)
{
	struct cpuset src;
	struct collect_config config = { .kinds = true };

	memset(&src, 0, sizeof(src));
	cpuset__add(&src, 1);
	config.src = &src;
	rig__close(&rig);
	rig__open(&rig, &config);
	event(0, "ipis_send", 0, 0, 0);
	arrive("reschedule");
	rig__cut(&rig);
	check("reschedule", 0, 0, 0, 0);
	assert_false(rig.snap.known.polled || rig.snap.known.tlb);
	if (rig__lacks(rig__nr_cpus() < 2, "one CPU"))
		return;
	event(1, "ipis_send", 0, 0, 0);
	arrive("reschedule");
	rig__cut(&rig);
	check("reschedule", 1, 0, 1, 1);
}
#endif

RIG_TEST(a_reschedule_between_waking_and_wakeup_has_a_waker, kinds)
{
	__u64 task = rig.memory->address;
	const struct wake_stats *wake;

	event(0, "ipis_send", 0, 0, 0);
	event(0, "ipis_waking", task, 0, 0);
	event(0, "ipis_send", 0, 0, 0);
	event(0, "ipis_send", 0, 0, CALLBACK);
	event(0, "ipis_wakeup", task, 0, 0);
	event(0, "ipis_send", 0, 0, 0);
	/* The wake-up is queued to another CPU: the next reschedule does not belong to it. */
	event(0, "ipis_waking", task, 0, 0);
	event(0, "ipis_queue", 0, 0, 0);
	event(0, "ipis_send", 0, 0, 0);
	rig__cut(&rig);
	assert_members(rig.snap, reschedule_other, 3, nr_wakes, 1);
	wake = &rig.snap.wakes[0];
	assert_members(*wake, count, 1, other, false);
	rig__cut(&rig);
	assert_members(rig.snap, nr_wakes, 0, reschedule_other, 0);
}

static int wake_times; /* how often wake() wakes the fake task */

static int wake(void)
{
	__u64 task = rig.memory->address;

	for (int i = 0; i < wake_times; i++) {
		event(0, "ipis_waking", task, 0, 0);
		event(0, "ipis_send", 0, 0, 0);
	}
	event(0, "ipis_wakeup", task, 0, 0);
	return 0;
}

/* A process wakes the fake task @times times and ends. */
static void wake_as_another(int times)
{
	wake_times = times;
	assert_int_equal(child_status(wake), 0);
}

static uint64_t wakes_sum(bool other)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < rig.snap.nr_wakes; i++)
		if (!other || rig.snap.wakes[i].other)
			sum += rig.snap.wakes[i].count;
	return sum;
}

/* Rows of processes that are gone are given back, or no later pair would have a row. */
RIG_TEST(a_table_of_wakes_that_was_full_has_room_again, kinds)
{
	for (int i = 0; i < 2 * WAKE_ROWS; i++)
		wake_as_another(1);
	rig__cut(&rig);
	assert_int_equal(wakes_sum(false), 2 * WAKE_ROWS);
	assert_true(wakes_sum(true) >= WAKE_ROWS);
	for (int i = 0; i < 4; i++)
		rig__cut(&rig);
	for (int i = 0; i < WAKE_ROWS / 4; i++)
		wake_as_another(1);
	rig__cut(&rig);
	assert_int_equal(wakes_sum(false), WAKE_ROWS / 4);
	assert_int_equal(wakes_sum(true), 0);
}

/* Many pairs fill the table before the one that wakes most begins. */
RIG_TEST(the_pair_that_wakes_most_gets_a_row_even_late, kinds)
{
	const struct wake_stats *most;

	for (int i = 0; i < 2 * WAKE_ROWS; i++)
		wake_as_another(1);
	wake_as_another(10 * LATE_OFTEN);
	rig__cut(&rig);
	assert_int_equal(wakes_sum(false), 2 * WAKE_ROWS + 10 * LATE_OFTEN);
	most = &rig.snap.wakes[0];
	for (size_t i = 1; i < rig.snap.nr_wakes; i++)
		if (!rig.snap.wakes[i].other && rig.snap.wakes[i].count > most->count)
			most = &rig.snap.wakes[i];
	assert_false(most->other);
	assert_in_range(most->count, 8 * LATE_OFTEN, 9 * LATE_OFTEN + 1);
}

RIG_TEST(polling_is_counted, kinds)
{
	event(0, "ipis_polled", 0, 0, 0);
	event(0, "ipis_polled", 1, 0, 0);
	rig__cut(&rig);
	assert_true(rig.snap.known.polled);
	assert_int_equal(rig.snap.polled, 2);
}

TEST_MAIN(NULL, NULL)
