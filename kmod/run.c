// SPDX-License-Identifier: GPL-2.0
/*
 * A run: a number of calls of one path, from the CPU that the caller is bound to.
 *
 * A run consists of chunks. A chunk holds the CPU hotplug lock and the gate of the books, so no target
 * comes online or goes offline. Between chunks no call is in flight; CPU hotplug and readers of the
 * books get their turn; and a signal ends the run. end.c waits for late handlers, not the chunk.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "internal.h"

#define CHUNK_CALLS 64
#define CHUNK_NS    (10 * NSEC_PER_MSEC)
#define BUSY_NS	    (20 * NSEC_PER_USEC)

static atomic_t running;

/* Book only executions that a handler of this module will confirm. */
static void book_target(struct ipigen_run *run, int cpu)
{
	u32 times = run->path->per_target ?: 1;

	if (run->path->handler)
		ipigen_books_issued(run, run->src, cpu, times);
	if (cpu == run->src)
		run->local += times;
	else
		run->issued += times;
}

static void call_expect(struct ipigen_run *run, struct ipigen_call *call, bool pick)
{
	u32 times = run->path->per_target ?: 1;
	int cpu;

	if (run->path->handler)
		atomic_set(&call->pending, pick ? 1 : cpumask_weight(run->aim) * times);
	if (!pick)
		for_each_cpu(cpu, run->aim)
			book_target(run, cpu);
}

/*
 * Book the coming executions, then call. Preemption is off if the path allows that, so that the
 * stamp is taken just before the kernel queues the csd.
 */
static int call_issue(struct ipigen_run *run, struct ipigen_call *call)
{
	bool pick = run->path->aim == IPIGEN_AIM_PICK;
	u64 start, wait;
	int err;

	atomic_set(&call->entered, 0);
	call->src = run->src;
	if (!run->path->books_itself)
		call_expect(run, call, pick);
	if (!run->path->sleeps)
		preempt_disable();
	ipigen_stamp(call);
	start = ipigen_clock();
	err = run->path->issue(run, call);
	wait = ipigen_clock() - start;
	if (!run->path->sleeps)
		preempt_enable();
	if (!err && pick) {
		run->dst = READ_ONCE(call->ran_on);
		book_target(run, run->dst);
	}
	ipigen_books_called(run, run->dst, wait);
	ipigen_books_skipped(run);
	run->skipped += cpumask_weight(run->away);
	run->calls++;
	return err;
}

/* Keep interrupts off on all targets of this call, or only on the CPU that run->hold_on names. */
static int call_delay(const struct ipigen_run *run)
{
	const struct cpumask *mask = run->aim;

	if (run->hold_on) {
		if (!cpumask_test_cpu(run->hold_on - 1, run->aim))
			return 0;
		mask = cpumask_of(run->hold_on - 1);
	}
	return ipigen_irqsoff_begin(mask, run->src, run->irqs_off_ns, run->path->in_irq);
}

static int run_call(struct ipigen_run *run)
{
	struct ipigen_call *call = &run->ring[run->calls % IPIGEN_RING];
	int err = ipigen_drain_call(call);

	if (err)
		return err;
	ipigen_aim(run);
	if (run->irqs_off_ns)
		err = call_delay(run);
	if (!err)
		err = call_issue(run, call);
	return err;
}

/*
 * Handlers without a pause between them would starve the target. So rest for as long as the
 * handlers took, multiplied by the number of runs.
 */
static void run_rest(struct ipigen_run *run, u64 calls)
{
	u64 ns = (run->hold_ns + run->irqs_off_ns) * calls * atomic_read(&running);
	u64 us = min_t(u64, ns / NSEC_PER_USEC, USEC_PER_SEC);

	/* A task that never sleeps delays RCU Tasks, and therefore the removal of fentry trampolines. */
	if (us > 20 * USEC_PER_MSEC)
		msleep_interruptible(us / USEC_PER_MSEC);
	else if (us > 20)
		usleep_range(us, us + us / 4);
	else
		cond_resched_tasks_rcu_qs();
}

/* Whether the path needs a target. Other paths may also make a call with an empty mask. */
static bool needs_target(const struct ipigen_run *run)
{
	return run->named || run->path->flags & IPIGEN_ONE_DST || run->path->aim == IPIGEN_AIM_PICK;
}

/* Returns -ENODEV if no CPU of the list is online. */
static int chunk_targets(struct ipigen_run *run)
{
	cpumask_and(run->live, run->list, cpu_online_mask);
	if (run->path->flags & IPIGEN_FIXED)
		return 0;
	if (run->named)
		cpumask_andnot(run->away, run->list, cpu_online_mask);
	return cpumask_empty(run->live) && needs_target(run) ? -ENODEV : 0;
}

static int chunk_bind(struct ipigen_run *run)
{
	int err = ipigen_bind(run->src);

	if (err)
		return err;
	err = chunk_targets(run);
	/*
	 * Such a path's issue() takes the hotplug lock itself. To hold it here too could deadlock
	 * with a writer that waits between both. A caller that cannot migrate could deadlock as
	 * well, because its CPU cannot go offline.
	 */
	if (err || run->path->locks_cpus)
		ipigen_unbind();
	return err;
}

static int chunk_begin(struct ipigen_run *run)
{
	int err = ipigen_long_begin(run);

	if (err)
		return err;
	err = ipigen_books_enter();
	if (err)
		goto no_books;
	err = chunk_bind(run);
	if (err)
		goto no_bind;
	return 0;

no_bind:
	ipigen_books_leave();
no_books:
	ipigen_long_end(run);
	return err;
}

/* A run with unfinished handlers remains the only one with long calls, until its end. */
static void chunk_end(struct ipigen_run *run)
{
	if (!run->path->locks_cpus)
		ipigen_unbind();
	ipigen_books_leave();
	if (!ipigen_in_flight(run))
		ipigen_long_end(run);
}

static int run_chunk(struct ipigen_run *run, u64 count)
{
	u64 start, first = run->calls;
	int err = chunk_begin(run);

	if (err)
		return err;
	start = ipigen_clock();
	do {
		err = run_call(run);
	} while (!err && !run->is_long && run->calls < count && run->calls - first < CHUNK_CALLS &&
		 ipigen_clock() - start < CHUNK_NS && !ipigen_books_wanted());
	/* A call that timed out is not waited for again. */
	if (err != -ETIMEDOUT)
		err = ipigen_drain(run) ?: err;
	chunk_end(run);
	run_rest(run, run->calls - first);
	return err;
}

static int run_calls(struct ipigen_run *run, u64 count)
{
	int err = 0;

	atomic_inc(&running);
	while (!err && run->calls < count) {
		if (signal_pending(current))
			err = -EINTR;
		else
			err = run_chunk(run, count);
	}
	atomic_dec(&running);
	return err;
}

static struct ipigen_run *run_alloc(u32 index)
{
	struct ipigen_run *run = kvzalloc(sizeof(*run), GFP_KERNEL);
	int i;

	if (!run)
		return NULL;
	run->path = ipigen_paths[index];
	run->books = ipigen_books_open(index);
	if (!run->books || !zalloc_cpumask_var(&run->list, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&run->live, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&run->away, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&run->aim, GFP_KERNEL)) {
		ipigen_run_free(run);
		return NULL;
	}
	for (i = 0; i < IPIGEN_RING; i++)
		run->ring[i].run = run;
	return run;
}

/* Refuse CPUs that are not possible. Accept offline CPUs, which may come online. */
static int run_list(struct ipigen_run *run, const struct ipigen_run_args *args)
{
	u8 __user *bytes = u64_to_user_ptr(args->dst);
	u32 i;

	if (!args->dst) {
		cpumask_andnot(run->list, cpu_possible_mask, cpumask_of(run->src));
		return 0;
	}
	run->named = true;
	if (!args->dst_bytes || args->dst_bytes > IPIGEN_MAX_CPUS / 8)
		return -EINVAL;
	for (i = 0; i < args->dst_bytes * 8; i++) {
		u8 byte;

		if (get_user(byte, &bytes[i / 8]))
			return -EFAULT;
		if (!(byte & 1 << i % 8))
			continue;
		if (i >= nr_cpu_ids || !cpu_possible(i))
			return -ENXIO;
		cpumask_set_cpu(i, run->list);
	}
	return cpumask_empty(run->list) ? -EINVAL : 0;
}

static int run_check(const struct ipigen_run_args *args)
{
	if (args->path >= ipigen_path_count)
		return -EINVAL;
	if (args->src != IPIGEN_ANY_CPU && (args->src < 0 || args->src >= nr_cpu_ids))
		return -ENXIO;
	if (args->hold_on > nr_cpu_ids)
		return -ENXIO;
	if (args->count > IPIGEN_MAX_COUNT)
		return -E2BIG;
	if (args->hold_ns > ipigen_max_ns() || args->irqs_off_ns > ipigen_max_ns())
		return -ERANGE;
	return ipigen_paths[args->path]->absent ? -EOPNOTSUPP : 0;
}

int ipigen_run(struct ipigen_run_args *args)
{
	struct ipigen_run *run;
	int err = run_check(args);

	if (err)
		return err;
	run = run_alloc(args->path);
	if (!run)
		return -ENOMEM;
	run->src = args->src == IPIGEN_ANY_CPU ? raw_smp_processor_id() : args->src;
	run->hold_ns = args->hold_ns;
	run->irqs_off_ns = args->irqs_off_ns;
	run->hold_on = args->hold_on;
	if (run->path->busy && !run->irqs_off_ns)
		run->irqs_off_ns = BUSY_NS;
	err = run_list(run, args);
	if (!err && run->path->begin)
		err = run->path->begin(run);
	if (err) {
		ipigen_run_free(run);
		return err;
	}
	err = run_calls(run, args->count);
	args->calls = run->calls;
	args->issued = run->issued;
	args->local = run->local;
	args->skipped = run->skipped;
	ipigen_run_end(run, err);
	return err;
}
