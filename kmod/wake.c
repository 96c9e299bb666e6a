// SPDX-License-Identifier: GPL-2.0
/*
 * irq_work, and wake-ups of tasks on another CPU.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "internal.h"
#include "paths.h"

struct work_call {
	struct irq_work irq_work;
	struct work_struct work;
	struct ipigen_call *call;
};

static void run_handler(struct work_call *mine)
{
	struct ipigen_call *call = xchg(&mine->call, NULL);

	if (call)
		ipigen_handle(call);
}

static void irq_work_runs(struct irq_work *irq_work)
{
	run_handler(container_of(irq_work, struct work_call, irq_work));
}

/*
 * After a wait that failed with @err: if the work has not run the handler yet, make sure that it
 * never will. Returns @err.
 */
static int disarm_work(struct ipigen_run *run, struct ipigen_call *call, int err)
{
	struct work_call *mine = run->private;

	if (err && xchg(&mine->call, NULL))
		ipigen_retract(run, call, 1);
	return err;
}

static int begin_irq_work(struct ipigen_run *run)
{
	struct work_call *mine = kzalloc(sizeof(*mine), GFP_KERNEL);

	if (!mine)
		return -ENOMEM;
	/*
	 * The irq_work must be HARD: PREEMPT_RT runs others in a thread, which cannot run while
	 * this CPU spins.
	 */
	mine->irq_work = IRQ_WORK_INIT_HARD(irq_work_runs);
	run->private = mine;
	return 0;
}

static void end_irq_work(struct ipigen_run *run)
{
	struct work_call *mine = run->private;

	irq_work_sync(&mine->irq_work);
	kfree(mine);
}

/* The limit of a wait with preemption off, far below the limits of the kernel's watchdogs. */
#define SELF_NS (NSEC_PER_SEC + ipigen_max_ns())

static int issue_irq_work_self(struct ipigen_run *run, struct ipigen_call *call)
{
	struct work_call *mine = run->private;
	u64 start = ipigen_clock();

	mine->call = call;
	irq_work_queue(&mine->irq_work);
	/* A CPU that cannot send an IPI to itself runs irq_works at the tick. */
	while (atomic_read_acquire(&call->pending) && ipigen_clock() - start < SELF_NS)
		cpu_relax();
	return disarm_work(run, call, atomic_read_acquire(&call->pending) ? -ETIMEDOUT : 0);
}

const struct ipigen_path ipigen_path_irq_work_self = {
	.name = "irq_work_self",
	.func = "irq_work_runs",
	.calls = "irq_work_queue",
	.why = "no csd: a self-IPI of kind irq_work; booked as local",
	.flags = IPIGEN_OURS | IPIGEN_WAITS | IPIGEN_ONE_DST | IPIGEN_FIXED,
	.ipis = IPIGEN_IPIS_SELF,
	.aim = IPIGEN_AIM_SELF,
	.handler = ipigen_handle,
	.begin = begin_irq_work,
	.end = end_irq_work,
	.issue = issue_irq_work_self,
};

/*
 * irq_work_queue_on() is not exported. The kernel uses it to kick the BH workqueue of another CPU
 * (since 6.9, 4cb1ef64609f), so the csd's function is that of the kick, bh_pool_kick_normal.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
static void bh_work_runs(struct work_struct *work)
{
	run_handler(container_of(work, struct work_call, work));
}

static int begin_bh_work(struct ipigen_run *run)
{
	struct work_call *mine = kzalloc(sizeof(*mine), GFP_KERNEL);

	if (!mine)
		return -ENOMEM;
	INIT_WORK(&mine->work, bh_work_runs);
	run->private = mine;
	return 0;
}

static void end_bh_work(struct ipigen_run *run)
{
	struct work_call *mine = run->private;

	cancel_work_sync(&mine->work);
	kfree(mine);
}

static int issue_irq_work_remote(struct ipigen_run *run, struct ipigen_call *call)
{
	struct work_call *mine = run->private;
	struct ipigen_deadline deadline;
	int err;

	mine->call = call;
	queue_work_on(run->dst, system_bh_wq, &mine->work);
	err = disarm_work(run, call, ipigen_await(call));
	/*
	 * Wait until the work has returned. If it is queued again before that, the kernel runs it
	 * on its old CPU, even if it is queued on another one.
	 */
	ipigen_deadline_set(&deadline, 0);
	while (!err && work_busy(&mine->work)) {
		cond_resched();
		err = ipigen_deadline_check(&deadline);
	}
	return err;
}

const struct ipigen_path ipigen_path_irq_work_remote = {
	.name = "irq_work_remote",
	.func = "bh_pool_kick_normal",
	.calls = "queue_work_on(system_bh_wq)",
	.why = "the csd is the kernel's irq_work; ours runs in the softirq that it raises",
	.flags = IPIGEN_OURS | IPIGEN_WAITS | IPIGEN_ONE_DST,
	.ipis = IPIGEN_IPIS_KERNEL,
	.aim = IPIGEN_AIM_ONE,
	.sleeps = true,
	.handler = ipigen_handle,
	.begin = begin_bh_work,
	.end = end_bh_work,
	.issue = issue_irq_work_remote,
};
#else
const struct ipigen_path ipigen_path_irq_work_remote = {
	.name = "irq_work_remote",
	.func = "bh_pool_kick_normal",
	.calls = "queue_work_on(system_bh_wq)",
	.absent = true,
	.why = "needs system_bh_wq (6.9): irq_work_queue_on is not exported",
};
#endif

/*
 * Threads that sleep on the targets. The path wake wakes one thread at a time. The path wake_batch
 * wakes eight while a handler holds the idle target, so that the kernel wakes them in one batch
 * (ttwu_queue_wakelist, if TTWU_QUEUE is on and the target has nothing to run).
 */
#define SLEEPERS 8

struct sleeper {
	struct task_struct *task;
	bool asked;
};

static int sleeper_thread(void *data)
{
	struct sleeper *me = data;

	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!xchg(&me->asked, false)) {
			if (!kthread_should_stop())
				schedule();
			__set_current_state(TASK_RUNNING);
			continue;
		}
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static void end_sleepers(struct ipigen_run *run)
{
	struct sleeper *sleepers = run->private;
	int i;

	for (i = 0; i < nr_cpu_ids * SLEEPERS; i++)
		if (sleepers[i].task)
			kthread_stop(sleepers[i].task);
	kvfree(sleepers);
}

/*
 * Start the threads of @cpu that do not exist yet, because the CPU may have come online during the
 * run. The caller holds the CPU hotplug lock: a thread that is bound to an offline CPU would run on
 * another CPU, and stay there.
 */
static int sleepers_start(struct sleeper *first, int cpu)
{
	int i;

	for (i = 0; i < SLEEPERS; i++) {
		struct task_struct *task;

		if (first[i].task)
			continue;
		task = kthread_create_on_cpu(sleeper_thread, &first[i], cpu, "ipigen-s/%u");
		if (IS_ERR(task))
			return PTR_ERR(task);
		first[i].task = task;
		wake_up_process(task);
	}
	return 0;
}

static int begin_sleepers(struct ipigen_run *run)
{
	struct sleeper *sleepers;
	int cpu, err = 0;

	sleepers = kvcalloc(array_size(nr_cpu_ids, SLEEPERS), sizeof(*sleepers), GFP_KERNEL);
	if (!sleepers)
		return -ENOMEM;
	run->private = sleepers;
	cpus_read_lock();
	for_each_cpu_and(cpu, run->list, cpu_online_mask)
	{
		err = sleepers_start(&sleepers[cpu * SLEEPERS], cpu);
		if (err)
			break;
	}
	cpus_read_unlock();
	if (err)
		end_sleepers(run);
	return err;
}

/* Give each thread time to fall asleep: a wake-up of a running thread sends nothing. */
static void sleepers_rest(struct sleeper *first, int count)
{
	int i, tries;

	for (i = 0; i < count; i++)
		for (tries = 0; tries < 1000 && READ_ONCE(first[i].asked); tries++)
			usleep_range(20, 50);
	usleep_range(100, 200);
}

static void wake_one(struct sleeper *sleeper)
{
	WRITE_ONCE(sleeper->asked, true);
	wake_up_process(sleeper->task);
}

static int issue_wake(struct ipigen_run *run, struct ipigen_call *call)
{
	struct sleeper *sleeper = (struct sleeper *)run->private + run->dst * SLEEPERS;
	int err = sleepers_start(sleeper, run->dst);

	if (err)
		return err;
	wake_one(sleeper);
	sleepers_rest(sleeper, 1);
	return 0;
}

/* Hold the target until the wake-ups are queued, at most 5 ms. */
static void hold_target(void *info)
{
	struct ipigen_call *call = info;
	u64 start = ipigen_clock();

	while (!smp_load_acquire(&call->again) && ipigen_clock() - start < 5 * NSEC_PER_MSEC)
		cpu_relax();
	atomic_dec_return_release(&call->pending);
}

static int issue_wake_batch(struct ipigen_run *run, struct ipigen_call *call)
{
	struct sleeper *first = (struct sleeper *)run->private + run->dst * SLEEPERS;
	int i, err = sleepers_start(first, run->dst);

	if (err || run->dst == run->src)
		return err;
	call->again = false;
	atomic_set(&call->pending, 1);
	preempt_disable();
	err = smp_call_function_single(run->dst, hold_target, call, 0);
	if (err)
		atomic_set(&call->pending, 0);
	for (i = 0; i < SLEEPERS; i++)
		wake_one(&first[i]);
	smp_store_release(&call->again, true);
	preempt_enable();
	sleepers_rest(first, SLEEPERS);
	return err;
}

#define WAKE(_name, _calls)                                                                      \
	const struct ipigen_path ipigen_path_##_name = {                                         \
		.name = #_name,                                                                  \
		.func = "sched_ttwu_pending",                                                    \
		.calls = _calls,                                                                 \
		.why = "the handler is the kernel's: ftrace is the truth of sched_ttwu_pending", \
		.flags = IPIGEN_CSD | IPIGEN_ONE_DST,                                            \
		.ipis = IPIGEN_IPIS_KERNEL,                                                      \
		.aim = IPIGEN_AIM_ONE,                                                           \
		.sleeps = true,                                                                  \
		.begin = begin_sleepers,                                                         \
		.end = end_sleepers,                                                             \
		.issue = issue_##_name,                                                          \
	}

WAKE(wake, "wake_up_process");
WAKE(wake_batch, "wake_up_process x 8");
