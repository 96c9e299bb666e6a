// SPDX-License-Identifier: GPL-2.0
/* Records of csds and interrupts: when they are made, and their fields. */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "base/clock.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/maps.h"
#include "collect/read_bank.h"
#include "model/snapshot.h"
#include "rig.h"

#define ASYNC	 0x01
#define SYNC	 0x11
#define IRQ_WORK 0x23 /* pending and busy */
#define RAN	 0x22
#define CSDS	 (1U << KIND_CALL_FUNCTION)
#define ALL	 (CSDS | 1U << KIND_RESCHEDULE | 1U << KIND_IRQ_WORK)

static struct records records;
static struct cpuset set;

static void rig_open(struct collect_config config)
{
	if (!config.record_kinds)
		config.record_kinds = CSDS;
	assert_int_equal(prctl(PR_SET_NAME, "records"), 0);
	rig__open(&rig, &config);
	records__open(&records, &rig.collector->maps);
}

static int teardown(void **state)
{
	if (rig.collector) {
		records__close(&records);
		rig__close(&rig);
	}
	rig.collector = NULL;
	return 0;
}

static void sweep_and_gather(void)
{
	assert_int_equal(collector__sweep(rig.collector), 0);
	assert_int_equal(records__gather(&records, mono_ns()), 0);
}

static const struct record *next(void)
{
	const struct record *r = records__next(&records);

	assert_non_null(r);
	return r;
}

/* Assert that @r is of a csd that this task queued from CPU 0 to CPU 0. */
static void check(const struct record *r, __u64 func, int type)
{
	assert_members(*r, kind, KIND_CALL_FUNCTION, func, func, callsite, CALLSITE, type, type,
		       src, 0, dst, 0, tgid, getpid(), pid, syscall(SYS_gettid), comm, "records");
	assert_members(*r, interrupt, 0, stack, NO_STACK);
}

TEST(a_csd_is_a_record_once_it_has_run, NULL, teardown)
{
	__u64 csd, before, queued, entered, left;
	const struct record *r;

	rig_open((struct collect_config){});
	csd = rig__csd(&rig, 0, SYNC);
	before = mono_ns();
	rig__queue(&rig, 0, 0, FUNC, csd);
	queued = mono_ns();
	sweep_and_gather();
	assert_null(records__next(&records));
	rig__entry(&rig, 0, FUNC, csd);
	entered = mono_ns();
	sweep_and_gather();
	assert_null(records__next(&records));
	rig__exit(&rig, 0, FUNC, csd);
	left = mono_ns();
	sweep_and_gather();
	r = next();
	check(r, FUNC, 0x10);
	assert_in_range(r->time, before, queued);
	assert_in_range(r->time + r->delay, queued, entered);
	assert_in_range(r->time + r->delay + r->handler, entered, left);
	assert_null(records__next(&records));
}

TEST(records_come_in_the_order_of_queueing, NULL, teardown)
{
	const struct record *r;
	__u64 a, b, c;

	rig_open((struct collect_config){});
	a = rig__csd(&rig, 0, ASYNC);
	b = rig__csd(&rig, 1, SYNC);
	c = rig__csd(&rig, 2, SYNC);
	rig__queue(&rig, 0, 0, FUNC, a);
	rig__queue(&rig, 0, 0, FUNC + 16, b);
	rig__queue(&rig, 0, 0, FUNC + 32, c);
	rig__run_csd(&rig, 0, FUNC + 32, c);
	rig__run_csd(&rig, 0, FUNC + 16, b);
	/* The csd that was queued first has not run yet. */
	sweep_and_gather();
	assert_null(records__next(&records));
	rig__entry(&rig, 0, FUNC, a);
	sweep_and_gather();
	assert_null(records__next(&records));
	rig__exit(&rig, 0, FUNC, a);
	sweep_and_gather();
	r = next();
	check(r, FUNC, 0);
	/* Nobody waits for an ASYNC csd. */
	assert_true(r->wait == NOT_KNOWN);
	check(next(), FUNC + 16, 0x10);
	check(next(), FUNC + 32, 0x10);
	assert_null(records__next(&records));
}

static void run(__u64 func, __u64 csd)
{
	rig__run_csd(&rig, 0, func, csd);
}

/* csds 1 and 2 are a broadcast, 0 and 3 calls to one CPU each; nobody waits for csd 4. */
TEST(the_csds_of_a_call_have_its_number, NULL, teardown)
{
	static const int dst[] = { 1, 0, 1, 1, 1 };
	uint64_t calls[5];

	if (rig__lacks(rig__nr_cpus() < 2, "two CPUs"))
		return;
	rig_open((struct collect_config){ .no_fexit = true });
	for (int i = 0; i < 5; i++) {
		__u64 csd = rig__csd(&rig, i, i == 4 ? ASYNC : SYNC);

		rig__queue(&rig, 0, dst[i], FUNC, csd);
		if (i != 1)
			rig__send(&rig, 0, dst[i], 1);
		rig__run_csd(&rig, dst[i], FUNC, csd);
	}
	/* Another sender has numbers of its own. */
	rig__pass_csd(&rig, 1, 0, FUNC, rig__csd(&rig, 5, SYNC));
	sweep_and_gather();
	for (int i = 0; i < 5; i++)
		calls[i] = next()->call;
	assert_int_equal(calls[0], 1);
	assert_int_equal(calls[1], 2);
	assert_int_equal(calls[2], 2);
	assert_int_equal(calls[3], 3);
	assert_int_equal(calls[4], 0);
	assert_int_equal(next()->call, 1);
	assert_null(records__next(&records));
}

/* The sender waits for both targets, so the target that ends last has the wait. */
TEST(the_last_end_has_the_wait, NULL, teardown)
{
	__u64 csds[3], before;
	const struct record *r;

	if (rig__lacks(rig__nr_cpus() < 2, "two CPUs"))
		return;
	rig_open((struct collect_config){ .no_fexit = true });
	for (int i = 0; i < 3; i++)
		csds[i] = rig__csd(&rig, i, SYNC);
	rig__queue(&rig, 0, 0, FUNC, csds[0]);
	rig__send(&rig, 0, 1, FUNC);
	run(FUNC, csds[0]);
	before = mono_ns();
	rig__queue(&rig, 0, 0, FUNC + 16, csds[1]);
	rig__queue(&rig, 0, 1, FUNC + 16, csds[2]);
	rig__send(&rig, 0, 1, FUNC);
	rig__run_csd(&rig, 1, FUNC + 16, csds[2]);
	run(FUNC + 16, csds[1]);
	sweep_and_gather();
	r = next();
	assert_true(r->wait >= r->delay + r->handler && r->wait != NOT_KNOWN);
	r = next();
	assert_int_equal(r->dst, 0);
	assert_in_range(r->wait, r->delay + r->handler, mono_ns() - before);
	r = next();
	assert_int_equal(r->dst, 1);
	assert_true(r->wait == NOT_KNOWN);
	assert_null(records__next(&records));
}

/*
 * Programs on two CPUs may read the clock in one order and count their ends in the other:
 * here CPU 1, which counts first, has read the later time.
 */
TEST(a_wait_ends_with_the_latest_end, NULL, teardown)
{
	struct call_rec *call;
	const struct record *r;
	__u64 csds[2], later;

	if (rig__lacks(rig__nr_cpus() < 2, "two CPUs"))
		return;
	rig_open((struct collect_config){ .no_fexit = true });
	call = &rig.collector->maps.calls[0];
	for (int i = 0; i < 2; i++) {
		csds[i] = rig__csd(&rig, i, SYNC);
		rig__queue(&rig, 0, i, FUNC, csds[i]);
	}
	rig__send(&rig, 0, 1, FUNC);
	rig__run_csd(&rig, 1, FUNC, csds[1]);
	later = mono_ns() + 3600000000000ULL;
	call->end = later;
	run(FUNC, csds[0]);
	sweep_and_gather();
	r = next();
	assert_int_equal(r->dst, 0);
	assert_int_equal(r->time + r->wait, later);
	assert_true(next()->wait == NOT_KNOWN);
	assert_null(records__next(&records));
}

/* CPU 1 comes online after the beginning. No list shows that, and no window ends meanwhile. */
TEST(a_cpu_that_comes_is_read_before_the_cut, NULL, teardown)
{
	static struct cpuset online;
	__u64 csd, came[] = { 1, 0, 0, 0 };

	if (rig__lacks(rig__nr_cpus() < 2, "two CPUs"))
		return;
	cpuset__add(&online, 0);
	rig_open((struct collect_config){ .online = &online });
	csd = rig__csd(&rig, 0, ASYNC);
	rig__run(&rig, 0, "cpu_hotplugged", came, sizeof(came));
	rig__pass_csd(&rig, 0, 1, FUNC, csd);
	sweep_and_gather();
	assert_int_equal(next()->dst, 1);
	assert_null(records__next(&records));
}

/* CPU 1 runs @csd, the second and last csd of a call, which ends the call. */
static void end_second(__u64 csd)
{
	rig__run_csd(&rig, 1, FUNC, csd);
	sweep_and_gather();
	assert_true(next()->wait == NOT_KNOWN);
	assert_true(next()->wait != NOT_KNOWN);
	assert_null(records__next(&records));
}

/* csd_lock() may hold the sender up between two csds, while the first target ends. */
TEST(a_call_that_is_still_queued_is_not_over, NULL, teardown)
{
	const char *seal[] = { "ipi_send_cpu", "call_polled" };
	__u64 a, b, args[] = { 1, CALLSITE, 1 };

	if (rig__lacks(rig__nr_cpus() < 2, "two CPUs"))
		return;
	for (int i = 0; i < 2; i++) {
		rig_open((struct collect_config){ .no_fexit = true });
		a = rig__csd(&rig, 0, SYNC);
		b = rig__csd(&rig, 1, SYNC);
		rig__queue(&rig, 0, 0, FUNC, a);
		run(FUNC, a);
		rig__queue(&rig, 0, 1, FUNC, b);
		rig__run(&rig, 0, seal[i], args, sizeof(args));
		end_second(b);
		teardown(NULL);
	}
}

/* An interrupt between two csds of a call calls another function on its own CPU. */
TEST(a_local_run_of_an_interrupt_ends_no_call, NULL, teardown)
{
	__u64 a, b;

	if (rig__lacks(rig__nr_cpus() < 2, "two CPUs"))
		return;
	rig_open((struct collect_config){ .no_fexit = true });
	a = rig__csd(&rig, 0, SYNC);
	b = rig__csd(&rig, 1, SYNC);
	rig__queue(&rig, 0, 0, FUNC, a);
	run(FUNC + 16, 0);
	run(FUNC, a);
	rig__queue(&rig, 0, 1, FUNC, b);
	/* The call's own local run comes after its IPI: all csds are queued. */
	run(FUNC, 0);
	end_second(b);
}

/* A call to one CPU has one csd: its call site shows that, even if it sends no IPI. */
TEST(a_call_to_one_cpu_needs_no_ipi_to_be_over, NULL, teardown)
{
	__u64 csd;

	rig_open((struct collect_config){ .no_fexit = true, .single_func = CALLSITE - 8 });
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue(&rig, 0, 0, FUNC, csd);
	run(FUNC, csd);
	sweep_and_gather();
	assert_true(next()->wait != NOT_KNOWN);
}

/* A local run inside a csd's function has no record, and does not disturb the csd's. */
TEST(local_runs_nest, NULL, teardown)
{
	__u64 csd;

	rig_open((struct collect_config){});
	csd = rig__csd(&rig, 0, SYNC);
	rig__run_csd(&rig, 0, FUNC, 0);
	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, csd);
	rig__run_csd(&rig, 0, FUNC, 0);
	sweep_and_gather();
	assert_null(records__next(&records));
	rig__exit(&rig, 0, FUNC, csd);
	sweep_and_gather();
	check(next(), FUNC, 0x10);
	assert_null(records__next(&records));
}

TEST(each_wake_up_of_a_batch_is_a_record, NULL, teardown)
{
	__u64 csds[5];

	rig_open((struct collect_config){});
	rig__wake_ups(&rig, 5, csds);
	for (int i = 0; i < 5; i++)
		rig__queue(&rig, 0, 0, FUNC, csds[i]);
	rig__run_csd(&rig, 0, FUNC, csds[0]);
	sweep_and_gather();
	for (int i = 0; i < 5; i++) {
		const struct record *r = next();

		check(r, FUNC, 0x30);
		assert_true(r->delay != NOT_KNOWN);
		/* The batch has one handler time, in its first record. */
		assert_int_equal(r->handler == NOT_KNOWN, i > 0);
	}
	assert_null(records__next(&records));
}

/* The first wake-up is wanted for its handler time, which the others do not have. */
TEST(the_minima_hold_for_each_wake_up_of_a_batch, NULL, teardown)
{
	const struct collect_config minima[] = {
		{ .min_delay = 3600000000000ULL },
		{ .min_handler = 1 },
		{ .min_wait = 3600000000000ULL },
	};
	__u64 csds[3];

	for (size_t i = 0; i < ARRAY_SIZE(minima); i++) {
		rig_open(minima[i]);
		rig__wake_ups(&rig, 3, csds);
		for (int n = 0; n < 3; n++)
			rig__queue(&rig, 0, 0, FUNC, csds[n]);
		rig__run_csd(&rig, 0, FUNC, csds[0]);
		sweep_and_gather();
		if (minima[i].min_handler)
			assert_true(next()->handler != NOT_KNOWN);
		assert_null(records__next(&records));
		assert_int_equal(records__brief(&records), minima[i].min_handler ? 2 : 3);
		teardown(NULL);
	}
}

TEST(an_irq_work_is_a_record_once_it_is_found, NULL, teardown)
{
	const struct record *r;
	__u64 work, later;

	rig_open((struct collect_config){});
	work = rig__csd(&rig, 0, IRQ_WORK);
	later = rig__csd(&rig, 1, SYNC);
	rig__queue(&rig, 0, 0, FUNC, work);
	rig__queue(&rig, 0, 0, FUNC + 16, later);
	rig__run_csd(&rig, 0, FUNC + 16, later);
	sweep_and_gather();
	assert_null(records__next(&records));
	rig__csd(&rig, 0, RAN);
	sweep_and_gather();
	r = next();
	check(r, FUNC, 0x20);
	assert_true(r->delay == NOT_KNOWN && r->handler == NOT_KNOWN);
	check(next(), FUNC + 16, 0x10);
	/* The work is found, too, when it is queued again. */
	for (int i = 0; i < 3; i++) {
		rig__csd(&rig, 0, IRQ_WORK);
		rig__queue(&rig, 0, 0, FUNC, work);
	}
	rig__csd(&rig, 0, RAN);
	rig__cut(&rig);
	assert_int_equal(records__gather(&records, mono_ns()), 0);
	for (int i = 0; i < 3; i++)
		check(next(), FUNC, 0x20);
	assert_null(records__next(&records));
}

TEST(an_exit_unseen_leaves_no_handler_time, NULL, teardown)
{
	__u64 csds[FRAMES + 2];

	rig_open((struct collect_config){});
	for (int i = 0; i < FRAMES + 2; i++) {
		csds[i] = rig__csd(&rig, i, SYNC);
		rig__queue(&rig, 0, 0, FUNC + 16 * i, csds[i]);
		rig__entry(&rig, 0, FUNC + 16 * i, csds[i]);
	}
	/* The two oldest functions lost their frames, and are recorded. */
	sweep_and_gather();
	for (int i = 0; i < 2; i++) {
		const struct record *r = next();

		assert_int_equal(r->func, FUNC + 16 * i);
		assert_true(r->handler == NOT_KNOWN && r->delay != NOT_KNOWN);
	}
	assert_null(records__next(&records));
	/* An exit of a lower frame: the exits above were not seen. */
	rig__exit(&rig, 0, FUNC + 16 * 2, csds[2]);
	sweep_and_gather();
	for (int i = 2; i < FRAMES + 2; i++)
		assert_int_equal(next()->handler == NOT_KNOWN, i > 2);
	assert_null(records__next(&records));
}

TEST(a_function_that_runs_at_the_end_is_recorded, NULL, teardown)
{
	const struct record *r;
	struct snapshot snap;
	__u64 ran, waits;

	rig_open((struct collect_config){});
	ran = rig__csd(&rig, 0, SYNC);
	waits = rig__csd(&rig, 1, SYNC);
	rig__queue(&rig, 0, 0, FUNC, ran);
	rig__queue(&rig, 0, 0, FUNC + 16, waits);
	rig__entry(&rig, 0, FUNC, ran);
	assert_int_equal(collector__cut(rig.collector, &snap, true), 0);
	assert_int_equal(snap.ledger.in_flight, 1);
	snapshot__free(&snap);
	/* This end is too late: nothing is collected any more. */
	rig__exit(&rig, 0, FUNC, ran);
	rig__run_csd(&rig, 0, FUNC + 16, waits);
	assert_int_equal(records__finish(&records), 0);
	r = next();
	assert_int_equal(r->func, FUNC);
	assert_true(r->handler == NOT_KNOWN);
	assert_null(records__next(&records));
}

TEST(filtered_csds_are_not_recorded, NULL, teardown)
{
	__u64 csd;

	if (rig__lacks(rig__nr_cpus() < 2, "two CPUs"))
		return;
	rig_open((struct collect_config){ .src = rig__cpuset(&set, 2) });
	csd = rig__csd(&rig, 0, SYNC);
	for (int cpu = 0; cpu < 2; cpu++) {
		rig__queue(&rig, cpu, 0, FUNC + 16 * cpu, csd);
		rig__run_csd(&rig, 0, FUNC + 16 * cpu, csd);
	}
	sweep_and_gather();
	assert_int_equal(next()->func, FUNC + 16);
	assert_null(records__next(&records));
}

static void run_and_wait(__u64 csd, int delay_ms, int handler_ms)
{
	rig__queue(&rig, 0, 0, FUNC, csd);
	usleep(1000 * delay_ms);
	rig__entry(&rig, 0, FUNC, csd);
	usleep(1000 * handler_ms);
	rig__exit(&rig, 0, FUNC, csd);
}

TEST(only_csds_above_the_minima_are_recorded, NULL, teardown)
{
	static const struct {
		__u64 delay, handler, wait;
		unsigned int pass; /* a bit for each of the four runs below */
	} cases[] = { { 1000000000, 0, 0, 0 }, { 0, 1000000000, 0, 0 },
		      { 0, 0, 1000000000, 0 }, { 20000000, 0, 0, 0xc },
		      { 0, 20000000, 0, 0xa }, { 0, 0, 20000000, 0xe },
		      { 0, 0, 40000000, 0x8 }, { 20000000, 20000000, 0, 0x8 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unsigned int nr = 0;
		__u64 csd;

		rig_open((struct collect_config){ .min_delay = cases[i].delay,
						  .min_handler = cases[i].handler,
						  .min_wait = cases[i].wait,
						  .no_fexit = true,
						  .single_func = CALLSITE - 8 });
		csd = rig__csd(&rig, 0, SYNC);
		for (int run = 0; run < 4; run++)
			run_and_wait(csd, run & 2 ? 21 : 0, run & 1 ? 21 : 0);
		/* An irq_work has neither a delay nor a handler time. */
		csd = rig__csd(&rig, 1, IRQ_WORK);
		rig__queue(&rig, 0, 0, FUNC, csd);
		rig__csd(&rig, 1, RAN);
		sweep_and_gather();
		for (const struct record *r; (r = records__next(&records)); nr++)
			assert_true(r->delay >= cases[i].delay && r->handler >= cases[i].handler &&
				    r->wait >= cases[i].wait);
		/* On a busy machine a run may last longer than it should. */
		assert_true(nr >= (unsigned int)__builtin_popcount(cases[i].pass));
		assert_int_equal(records__brief(&records) + nr, 5);
		teardown(NULL);
	}
}

TEST(records_that_find_no_place_are_counted, NULL, teardown)
{
	__u64 nr = 0, csd;

	rig_open((struct collect_config){ .record_slots = 64 });
	csd = rig__csd(&rig, 0, SYNC);
	for (int i = 0; i < 100; i++)
		run_and_wait(csd, 0, 0);
	sweep_and_gather();
	while (records__next(&records))
		nr++;
	assert_in_range(nr, 32, 64);
	assert_int_equal(records__dropped(&records, KIND_CALL_FUNCTION) + nr, 100);
	/* The ring was read, so it has room again. */
	run_and_wait(csd, 0, 0);
	sweep_and_gather();
	next();
}

TEST(irq_works_that_find_no_place_are_counted, NULL, teardown)
{
	__u64 nr = 0, work = 0;

	rig_open((struct collect_config){ .record_slots = 64 });
	/* Each but the last is found when it is queued again. */
	for (int i = 0; i < 100; i++) {
		work = rig__csd(&rig, 0, IRQ_WORK);
		rig__queue(&rig, 0, 0, FUNC, work);
	}
	rig__csd(&rig, 0, RAN);
	sweep_and_gather();
	while (records__next(&records))
		nr++;
	assert_in_range(nr, 32, 65);
	assert_int_equal(records__dropped(&records, KIND_CALL_FUNCTION) + nr, 100);
}

TEST(interrupts_of_the_selected_kinds_are_recorded, NULL, teardown)
{
	const struct record *r;
	__u64 before;

	rig_open((struct collect_config){ .record_kinds = ALL });
	before = mono_ns();
	rig__send(&rig, 0, 1, 0);
	rig__send(&rig, 0, 0, FUNC);
	rig__send(&rig, 0, 1, FUNC); /* a call function: its csd is the record */
	sweep_and_gather();
	r = next();
	assert_members(*r, kind, KIND_RESCHEDULE, src, 0, dst, 1, func, 0, callsite, CALLSITE, tgid,
		       getpid(), comm, "records");
	assert_in_range(r->time, before, mono_ns());
	r = next();
	assert_int_equal(r->kind, KIND_IRQ_WORK);
	assert_true(r->delay == NOT_KNOWN && r->handler == NOT_KNOWN);
	assert_members(*r, func, FUNC, dst, 0);
	assert_null(records__next(&records));
	teardown(NULL);
	rig_open((struct collect_config){ .record_kinds = 1U << KIND_RESCHEDULE });
	rig__send(&rig, 0, 0, FUNC);
	rig__send(&rig, 0, 1, 0);
	/* The programs that follow csds are not even loaded. */
	assert_int_equal(programs__fd(&rig.collector->programs, "csd_entry"), -ENOENT);
	sweep_and_gather();
	assert_int_equal(next()->kind, KIND_RESCHEDULE);
	assert_null(records__next(&records));
}

TEST(a_record_has_the_number_of_its_stack, NULL, teardown)
{
	uint64_t frames[STACK_DEPTH];
	const struct record *r;

	rig_open((struct collect_config){ .keep_stacks = true });
	run_and_wait(rig__csd(&rig, 0, SYNC), 0, 0);
	sweep_and_gather();
	r = next();
	assert_in_range(r->stack, 0, STACKS - 1);
	assert_in_range(collector__stack(rig.collector, r->stack, frames), 3, STACK_DEPTH);
	assert_int_equal(collector__stack(rig.collector, NO_STACK, frames), 0);
	assert_int_equal(collector__stack(rig.collector, STACKS, frames), 0);
}

TEST(by_default_nothing_is_recorded, NULL, teardown)
{
	static const struct record none;
	const struct maps *maps;

	rig__open(&rig, NULL);
	records__open(&records, &rig.collector->maps);
	run_and_wait(rig__csd(&rig, 0, SYNC), 0, 0);
	rig__send(&rig, 0, 1, 0);
	maps = &rig.collector->maps;
	assert_members(*maps, geo.record_slots, 0, rings[0].head, 0);
	assert_memory_equal(maps->records, &none, sizeof(none));
	assert_memory_equal(maps->entered, &none, sizeof(none));
}

TEST_MAIN(NULL, NULL)
