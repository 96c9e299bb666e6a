// SPDX-License-Identifier: GPL-2.0
/*
 * A run: a number of calls of one path, from the CPU that the caller is bound to.
 *
 * It goes in chunks. Within a chunk the CPU hotplug lock and the gate of the books are held, so
 * the targets are known and stay; between chunks everything has run, hotplug and readers of the
 * books get their turn, and a signal ends the run.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
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
#define DRAIN_NS    (30 * NSEC_PER_SEC)

/*
 * One call at a time that keeps a CPU for long: many at once would add up to a lockup.
 */
static DEFINE_MUTEX(long_call);
#define LONG_NS NSEC_PER_MSEC

static atomic_t running;

/*
 * Holds the caller on its CPU, which must be src; the CPU hotplug lock, too.
 */
int ipigen_bind(int src)
{
	cpus_read_lock();
	migrate_disable();
	if (src == IPIGEN_ANY_CPU || src == raw_smp_processor_id())
		return 0;
	migrate_enable();
	cpus_read_unlock();
	return -EXDEV;
}

void ipigen_unbind(void)
{
	migrate_enable();
	cpus_read_unlock();
}

/* A condition refuses every second CPU of the list (many.c uses run->aim to do so). */
static void aim_half(struct ipigen_run *run)
{
	bool take = true;
	int cpu;

	cpumask_clear(run->aim);
	for_each_cpu(cpu, run->live) {
		if (take)
			cpumask_set_cpu(cpu, run->aim);
		take = !take;
	}
}

static void aim_next(struct ipigen_run *run)
{
	int cpu = cpumask_next((int)run->next - 1, run->live);

	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(run->live);
	cpumask_clear(run->aim);
	if (cpu < nr_cpu_ids)
		cpumask_set_cpu(cpu, run->aim);
	run->next = cpu + 1;
}

/* Fills run->aim with the CPUs on which this call's handler will run. */
static void aim(struct ipigen_run *run)
{
	switch (run->path->aim) {
	case IPIGEN_AIM_NONE:
		cpumask_clear(run->aim);
		break;
	case IPIGEN_AIM_SELF:
		cpumask_copy(run->aim, cpumask_of(run->src));
		break;
	case IPIGEN_AIM_ONE:
		aim_next(run);
		break;
	case IPIGEN_AIM_MASK:
		cpumask_andnot(run->aim, run->live, cpumask_of(run->src));
		break;
	case IPIGEN_AIM_MASK_SELF:
	case IPIGEN_AIM_PICK:
		cpumask_copy(run->aim, run->live);
		break;
	case IPIGEN_AIM_OTHERS:
		cpumask_andnot(run->aim, cpu_online_mask, cpumask_of(run->src));
		break;
	case IPIGEN_AIM_ALL:
		cpumask_copy(run->aim, cpu_online_mask);
		break;
	case IPIGEN_AIM_HALF:
		aim_half(run);
		break;
	}
	run->dst = cpumask_weight(run->aim) == 1 ? cpumask_first(run->aim) : IPIGEN_ANY_CPU;
}

/* Waits until every handler of the call has finished. */
static int call_drain(struct ipigen_call *call)
{
	u64 start = ipigen_clock();

	while (atomic_read_acquire(&call->pending)) {
		u64 waited = ipigen_clock() - start;

		if (waited > DRAIN_NS)
			return -ETIMEDOUT;
		if (waited < 50 * NSEC_PER_USEC)
			cpu_relax();
		else
			usleep_range(20, 100);
	}
	return 0;
}

static int run_drain(struct ipigen_run *run)
{
	int i, err = 0;

	for (i = 0; i < IPIGEN_RING && !err; i++)
		err = call_drain(&run->ring[i]);
	return err;
}

/* The books know only what a handler of ours will confirm. */
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
 * Books what will run, then calls. Preemption is off where the path allows: the time of issue is
 * then just before the kernel queues.
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
	run->calls++;
	return err;
}

/* Keeps interrupts off on the targets of this call, or on the one that is to be late. */
static int call_delay(const struct ipigen_run *run)
{
	const struct cpumask *mask = run->aim;

	if (run->hold_on) {
		if (!cpumask_test_cpu(run->hold_on - 1, run->aim))
			return 0;
		mask = cpumask_of(run->hold_on - 1);
	}
	return ipigen_irqsoff_begin(mask, run->src, run->irqs_off_ns);
}

static int run_call(struct ipigen_run *run)
{
	struct ipigen_call *call = &run->ring[run->calls % IPIGEN_RING];
	bool lengthy = run->irqs_off_ns || run->hold_ns >= LONG_NS;
	int err = call_drain(call);

	if (err)
		return err;
	aim(run);
	if (cpumask_empty(run->aim) && run->path->aim != IPIGEN_AIM_NONE) {
		/* Nobody to call is a call all the same, but for one that needs a target. */
		if (run->path->flags & IPIGEN_ONE_DST)
			return -ENXIO;
	}
	if (lengthy && mutex_lock_killable(&long_call))
		return -EINTR;
	if (run->irqs_off_ns)
		err = call_delay(run);
	if (!err)
		err = call_issue(run, call);
	/*
	 * No kernel should refuse a call to an online CPU. What of it was queued before is not known:
	 * it stays pending, and the run is abandoned.
	 */
	WARN_ONCE(err && err != -ETIMEDOUT, "ipigen: %s refused: %d\n", run->path->name, err);
	if (lengthy) {
		if (!err)
			err = call_drain(call);
		mutex_unlock(&long_call);
	}
	return err;
}

/*
 * Handlers that follow each other without a pause would starve the target: rest for as long as
 * they took, times the runs that do the same.
 */
static void run_rest(struct ipigen_run *run, u64 calls)
{
	u64 ns = (run->hold_ns + run->irqs_off_ns) * calls * atomic_read(&running);
	u64 us = min_t(u64, ns / NSEC_PER_USEC, USEC_PER_SEC);

	/* Who never sleeps holds up those that take trampolines away (fentry): RCU Tasks. */
	if (us > 20)
		usleep_range(us, us + us / 4);
	else
		cond_resched_tasks_rcu_qs();
}

static int chunk_begin(struct ipigen_run *run)
{
	int err;

	if (ipigen_books_enter())
		return -EINTR;
	err = ipigen_bind(run->src);
	if (err) {
		ipigen_books_leave();
		return err;
	}
	cpumask_and(run->live, run->list, cpu_online_mask);
	/* The lock cannot be taken twice: a writer may wait in between. */
	if (run->path->locks_cpus)
		cpus_read_unlock();
	return 0;
}

static void chunk_end(struct ipigen_run *run)
{
	if (run->path->locks_cpus)
		migrate_enable();
	else
		ipigen_unbind();
	ipigen_books_leave();
}

static int run_chunk(struct ipigen_run *run, u64 count)
{
	u64 start, first = run->calls;
	int err = chunk_begin(run);
	int drained;

	if (err)
		return err;
	start = ipigen_clock();
	do {
		err = run_call(run);
	} while (!err && run->calls < count && run->calls - first < CHUNK_CALLS &&
		 ipigen_clock() - start < CHUNK_NS && !ipigen_books_wanted());
	drained = run_drain(run);
	chunk_end(run);
	run_rest(run, run->calls - first);
	return drained ?: err;
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

static void run_free(struct ipigen_run *run)
{
	free_cpumask_var(run->list);
	free_cpumask_var(run->live);
	free_cpumask_var(run->aim);
	kvfree(run);
}

static struct ipigen_run *run_alloc(const struct ipigen_path *path)
{
	struct ipigen_run *run = kvzalloc(sizeof(*run), GFP_KERNEL);
	int i;

	if (!run)
		return NULL;
	run->path = path;
	run->books = ipigen_books_open(path);
	if (!run->books || !zalloc_cpumask_var(&run->list, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&run->live, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&run->aim, GFP_KERNEL)) {
		run_free(run);
		return NULL;
	}
	for (i = 0; i < IPIGEN_RING; i++)
		run->ring[i].run = run;
	return run;
}

/* Bits beyond the possible CPUs are refused, offline ones are not: they may come. */
static int run_list(struct ipigen_run *run, const struct ipigen_run_args *args)
{
	u8 __user *bytes = u64_to_user_ptr(args->dst);
	u32 i;

	if (!args->dst) {
		cpumask_andnot(run->list, cpu_possible_mask, cpumask_of(run->src));
		return 0;
	}
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

/*
 * Something of ours never ran: it still may, so nothing that it needs must ever go away.
 */
static void run_abandon(struct ipigen_run *run)
{
	pr_err("ipigen: a handler of %s did not run, the module stays\n", run->path->name);
	__module_get(THIS_MODULE);
}

int ipigen_run(struct ipigen_run_args *args)
{
	struct ipigen_run *run;
	int err = run_check(args);

	if (err)
		return err;
	run = run_alloc(ipigen_paths[args->path]);
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
		run_free(run);
		return err;
	}
	err = run_calls(run, args->count);
	args->calls = run->calls;
	args->issued = run->issued;
	args->local = run->local;
	if (run_drain(run)) {
		run_abandon(run);
		return -ETIMEDOUT;
	}
	if (run->path->end)
		run->path->end(run);
	run_free(run);
	return err;
}
