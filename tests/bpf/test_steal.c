// SPDX-License-Identifier: GPL-2.0
/* What the host took of delays and handler times, by made-up clocks. */
#include "abi/cpu.h"
#include "abi/record.h"
#include "abi/stall_event.h"
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/maps.h"
#include "collect/read_moment.h"
#include "collect/read_bank.h"
#include "model/snapshot.h"
#include "rig.h"

#define SYNC	  0x11
#define CSDS	  (1U << KIND_CALL_FUNCTION)
/* Fakes whose memory is the clock of CPU 0, or 1: struct kvm_steal_time, 16 bytes in front of its `preempted`. */
#define CLOCK	  100
#define SRC_CLOCK 101
/* Less than the time in which it is stolen. */
#define SHORT	  100
#define FOREVER	  1000000000000000ULL

static struct records records;

/* Give @cpu the clock that is the memory of the fake @clock. */
static void set_clock(__u32 cpu, int clock)
{
	struct cpu_rec *rec = &rig.collector->maps.cpus[cpu];

	rec->steal_clock = rig__csd(&rig, clock, 0);
	rec->steal_nr = 1;
}

static void rig_open(struct collect_config config)
{
	rig__open(&rig, &config);
	records = (struct records){};
	if (config.record_kinds)
		records__open(&records, &rig.collector->maps);
	if (config.steal_given)
		set_clock(0, CLOCK);
}

static int teardown(void **state)
{
	records__close(&records);
	rig__close(&rig);
	return 0;
}

/* Let enough time pass that the programs check @clock. */
static void steal_from(int clock, __u64 ns)
{
	__u64 until = mono_ns() + 50000;

	while (mono_ns() < until)
		;
	rig.memory->csds[clock].next += ns;
}

static void steal(__u64 ns)
{
	steal_from(CLOCK, ns);
}

/* What was stolen in the window, from CPU 0 and from its only function, and of how many csds. */
static void check(uint64_t delay, uint64_t handler, uint64_t csds)
{
	const struct fn_stats *fn;

	rig__cut(&rig);
	fn = rig__fn(&rig, FUNC, CALLSITE);
	assert_true(rig__cpu(&rig, 0)->stolen.known);
	assert_members(rig__cpu(&rig, 0)->stolen, delay, delay, handler, handler, csds, csds);
	assert_true(fn->stolen.known);
	assert_members(fn->stolen, delay, delay, handler, handler, csds, csds);
}

TEST(what_was_stolen_belongs_to_the_time_in_which_it_was, NULL, teardown)
{
	__u64 csd;

	if (rig__lacks_clock())
		return;
	rig_open((struct collect_config){ .steal_given = true });
	csd = rig__csd(&rig, 0, SYNC);
	steal(SHORT);
	rig__queue(&rig, 0, 0, FUNC, csd);
	steal(2 * SHORT);
	rig__entry(&rig, 0, FUNC, csd);
	steal(3 * SHORT);
	rig__exit(&rig, 0, FUNC, csd);
	steal(4 * SHORT);
	check(2 * SHORT, 3 * SHORT, 1);
	/* The next window has its own stolen time. */
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	steal(SHORT);
	rig__exit(&rig, 0, FUNC, csd);
	check(0, SHORT, 1);
}

TEST(no_more_was_stolen_than_there_was, NULL, teardown)
{
	const struct cpu_stats *cpu;
	__u64 csd;

	if (rig__lacks_clock())
		return;
	rig_open((struct collect_config){ .steal_given = true });
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue(&rig, 0, 0, FUNC, csd);
	steal(FOREVER);
	rig__entry(&rig, 0, FUNC, csd);
	steal(FOREVER);
	rig__exit(&rig, 0, FUNC, csd);
	rig__cut(&rig);
	cpu = rig__cpu(&rig, 0);
	assert_members(cpu->stolen, delay, cpu->delay.sum, handler, cpu->handler.sum);
}

TEST(each_csd_has_what_was_stolen_since_it_was_queued, NULL, teardown)
{
	__u64 first, second;

	if (rig__lacks_clock())
		return;
	rig_open((struct collect_config){ .steal_given = true });
	first = rig__csd(&rig, 0, SYNC);
	second = rig__csd(&rig, 1, SYNC);
	rig__queue(&rig, 0, 0, FUNC, first);
	steal(3 * SHORT);
	rig__queue(&rig, 0, 0, FUNC, second);
	steal(SHORT);
	rig__run_csd(&rig, 0, FUNC, first);
	check(4 * SHORT, 0, 1);
	rig__run_csd(&rig, 0, FUNC, second);
	check(SHORT, 0, 1);
}

/* The clock advances more often than there is room for notes: the reported time is too short. */
TEST(the_clock_advances_often, NULL, teardown)
{
	uint64_t stolen;
	__u64 csd;

	if (rig__lacks_clock())
		return;
	rig_open((struct collect_config){ .steal_given = true });
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue(&rig, 0, 0, FUNC, csd);
	for (int i = 1; i <= 2 * STEALS; i++) {
		__u64 other = rig__csd(&rig, i, SYNC);

		steal(SHORT);
		rig__queue(&rig, 0, 0, FUNC + 1, other);
	}
	rig__run_csd(&rig, 0, FUNC, csd);
	rig__cut(&rig);
	stolen = rig__cpu(&rig, 0)->stolen.delay;
	assert_in_range(stolen, (STEALS - 2) * SHORT, STEALS * SHORT);
}

/* The only record of the run. */
static const struct record *the_record(void)
{
	const struct record *r;

	assert_int_equal(collector__sweep(rig.collector), 0);
	assert_int_equal(records__gather(&records, mono_ns()), 0);
	r = records__next(&records);
	assert_non_null(r);
	return r;
}

TEST(a_record_says_what_was_stolen, NULL, teardown)
{
	const struct record *r;
	__u64 csd;

	if (rig__lacks_clock())
		return;
	rig_open((struct collect_config){ .steal_given = true, .record_kinds = CSDS });
	csd = rig__csd(&rig, 0, SYNC);
	/* KVM_VCPU_FLUSH_TLB by itself does not mean that the vCPU is preempted. */
	rig.memory->csds[CLOCK].func = 2;
	rig__queue(&rig, 0, 0, FUNC, csd);
	steal(SHORT);
	rig__entry(&rig, 0, FUNC, csd);
	steal(2 * SHORT);
	rig__exit(&rig, 0, FUNC, csd);
	r = the_record();
	assert_members(*r, delay_stolen, SHORT, handler_stolen, 2 * SHORT, preempted, 0);
	rig.memory->csds[CLOCK].func = 3;
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig.memory->csds[CLOCK].func = 0;
	rig__run_csd(&rig, 0, FUNC, csd);
	r = the_record();
	assert_members(*r, delay_stolen, 0, handler_stolen, 0, preempted, 1);
}

/* The host takes the sender's CPU after the csd was queued. */
TEST(a_record_says_what_was_stolen_from_the_sender, NULL, teardown)
{
	const struct record *r;
	__u64 csd;

	if (rig__lacks_clock())
		return;
	if (rig__lacks(rig__nr_cpus() < 2, "a sender needs a CPU of its own"))
		return;
	rig_open((struct collect_config){ .steal_given = true, .record_kinds = CSDS });
	set_clock(1, SRC_CLOCK);
	csd = rig__csd(&rig, 0, SYNC);
	steal_from(SRC_CLOCK, SHORT);
	rig__queue(&rig, 1, 0, FUNC, csd);
	steal_from(SRC_CLOCK, 3 * SHORT);
	rig__entry(&rig, 0, FUNC, csd);
	steal_from(SRC_CLOCK, SHORT);
	rig__exit(&rig, 0, FUNC, csd);
	r = the_record();
	assert_members(*r, src_stolen, 3 * SHORT, delay_stolen, 0, handler_stolen, 0);
}

TEST(a_sender_has_its_own_stolen_time, NULL, teardown)
{
	const struct by_stats *by;
	__u64 csd;

	if (rig__lacks_clock())
		return;
	rig_open((struct collect_config){ .steal_given = true, .by_key = BY_SENDER });
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue(&rig, 0, 0, FUNC, csd);
	steal(SHORT);
	rig__entry(&rig, 0, FUNC, csd);
	steal(2 * SHORT);
	rig__exit(&rig, 0, FUNC, csd);
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_by, 1);
	by = &rig.snap.by[0];
	assert_true(by->stolen.known);
	assert_members(by->stolen, delay, SHORT, handler, 2 * SHORT, csds, 1);
}

struct phases {
	uint64_t stolen[NR_PHASES], src_stolen;
	bool known[NR_PHASES];
	int nr;
};

static void phase_add(void *ctx, const struct stall_event *event)
{
	struct phases *phases = ctx;

	assert_in_range(event->phase, 0, NR_PHASES - 1);
	phases->stolen[event->phase] = event->stolen;
	if (event->phase == PHASE_DELIVERY)
		phases->src_stolen = event->src_stolen;
	phases->known[event->phase] = event->stolen_known;
	phases->nr++;
}

/* A csd that waits and runs for longer than the threshold. */
static struct phases stalled(void)
{
	struct phases phases = {};
	int src = rig__nr_cpus() > 1;
	__u64 csd;

	rig_open((struct collect_config){ .steal_given = true,
					  .watch_threshold = 40000,
					  .no_fexit = true,
					  .no_interrupts = true });
	if (src)
		set_clock(src, SRC_CLOCK);
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue(&rig, src, 0, FUNC, csd);
	rig__send(&rig, src, 0, 1);
	steal_from(SRC_CLOCK, 5 * SHORT);
	steal(SHORT);
	rig__entry(&rig, 0, FUNC, csd);
	steal(2 * SHORT);
	rig__exit(&rig, 0, FUNC, csd);
	moment_reader__events(rig.collector->moment_reader, phase_add, &phases);
	assert_in_range(phases.nr, 2, 3);
	return phases;
}

TEST(a_stall_says_what_was_stolen, NULL, teardown)
{
	struct phases phases;

	if (rig__lacks_clock())
		return;
	phases = stalled();
	assert_true(phases.known[PHASE_DELIVERY] && phases.known[PHASE_HANDLER]);
	assert_members(phases, stolen[PHASE_DELIVERY], SHORT, stolen[PHASE_HANDLER], 2 * SHORT);
	if (rig__nr_cpus() < 2)
		return;
	/* The sender waited for both. */
	assert_true(phases.known[PHASE_WAIT]);
	assert_int_equal(phases.stolen[PHASE_WAIT], 3 * SHORT);
	assert_int_equal(phases.src_stolen, 5 * SHORT);
}

/* CPU 0 has no clock here, as in a kernel that keeps none for it. */
TEST(without_a_clock_nothing_is_stolen, NULL, teardown)
{
	__u64 csd;

	if (rig__lacks_clock())
		return;
	rig_open((struct collect_config){ .steal_given = true });
	rig.collector->maps.cpus[0].steal_clock = 0;
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue(&rig, 0, 0, FUNC, csd);
	steal(FOREVER);
	rig__run_csd(&rig, 0, FUNC, csd);
	check(0, 0, 0);
}

TEST_MAIN(NULL, NULL)
