// SPDX-License-Identifier: GPL-2.0
/* A finished snapshot: its rows are in order, and it says what the machine is. */
#include "collect/collector.h"
#include "model/callers.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "run/parts.h"
#include "unit.h"

/* What __wrap_softnet__handed() returns. */
static uint64_t handed;

uint64_t __wrap_softnet__handed(const char *path)
{
	return handed;
}

TEST(rows_are_in_order)
{
	struct snapshot snap = { .fns = calloc(3, sizeof(*snap.fns)), .nr_fns = 3 };
	struct finisher finisher = {};

	assert_non_null(snap.fns);
	for (uint64_t i = 0; i < 3; i++) {
		snap.fns[i].func.addr = i + 1;
		snap.fns[i].handler.sum = (i + 1) * 100;
	}
	finisher__open(&finisher);
	finisher__cut(&finisher);
	finisher__cut(&finisher);
	assert_int_equal(finisher__finish(&finisher, &snap, &(struct collect_config){}, true), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(snap.fns[i].func.addr, 3 - i);
	assert_non_null(snap.host);
	assert_true(snap.host->name.machine[0]);
	snapshot__free(&snap);
	finisher__close(&finisher);
}

/* --self: the memory that ipitrace took. */
TEST(the_memory_is_measured_if_asked_for)
{
	struct snapshot snap = { .known.self = true }, bare = {};
	struct finisher finisher = {};

	finisher__open(&finisher);
	finisher__cut(&finisher);
	finisher__cut(&finisher);
	assert_int_equal(finisher__finish(&finisher, &snap, &(struct collect_config){}, true), 0);
	assert_true(snap.rss_bytes > 0);
	assert_int_equal(finisher__finish(&finisher, &bare, &(struct collect_config){}, true), 0);
	assert_int_equal(bare.rss_bytes, 0);
	snapshot__free(&snap);
	snapshot__free(&bare);
	finisher__close(&finisher);
}

/* A task that sends a packet to this host, and runs what is in the queue of lo. */
static struct stack_sample *new_backlog_sample(void)
{
	static const char *const frames[] = { "try_to_wake_up",	 "process_backlog",
					      "net_rx_action",	 "handle_softirqs",
					      "do_softirq",	 "__local_bh_enable_ip",
					      "__dev_queue_xmit" };
	struct stack_sample *sample = calloc(1, sizeof(*sample));

	assert_non_null(sample);
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++)
		sample->stack[sample->nr++].name = frames[i];
	return sample;
}

/* Finish a window in which RPS interrupts CPUs @times times. */
static void check_doubts(uint64_t times)
{
	struct snapshot snap = {
		.fns = calloc(1, sizeof(*snap.fns)),
		.nr_fns = 1,
		.samples = new_backlog_sample(),
		.nr_samples = 1,
		.sends = calloc(1, sizeof(*snap.sends)),
		.nr_sends = 1,
		.send_samples = new_backlog_sample(),
		.nr_send_samples = 1,
	};
	struct finisher finisher = {};

	assert_non_null(snap.fns);
	assert_non_null(snap.sends);
	finisher__open(&finisher);
	finisher__cut(&finisher);
	handed += times;
	finisher__cut(&finisher);
	assert_int_equal(finisher__finish(&finisher, &snap, &(struct collect_config){}, true), 0);
	assert_int_equal(callers__sent_by_interrupt(&snap.samples[0]), times > 0);
	assert_int_equal(callers__sent_by_interrupt(&snap.send_samples[0]), times > 0);
	snapshot__free(&snap);
	finisher__close(&finisher);
}

TEST(packets_may_be_anybodys_once_rps_hands_them_over)
{
	handed = 7;
	check_doubts(0);
	check_doubts(1);
}

TEST_MAIN(NULL, NULL)
