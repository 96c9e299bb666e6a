// SPDX-License-Identifier: GPL-2.0
/*
 * Two locks, each held by a thread on request.
 *
 * The thread releases the lock when asked, or at a deadline. It runs neither on the sender (which
 * spins for its handler) nor on the target (which spins or sleeps for the lock). Therefore each
 * handler ends, even if nobody releases the lock.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "holder.h"
#include "internal.h"

static unsigned int lock_ms = 2000;
module_param(lock_ms, uint, 0400);
MODULE_PARM_DESC(lock_ms, "a lock is let go after so many ms (2000, at most 8000)");

#define LOCK_LIMIT_MS 8000u

static u64 lock_ns(void)
{
	return (u64)min(lock_ms, LOCK_LIMIT_MS) * NSEC_PER_MSEC;
}

DEFINE_MUTEX(ipigen_mutex);
DEFINE_RAW_SPINLOCK(ipigen_spinlock);

static bool holder_keeps(struct ipigen_holder *holder)
{
	return READ_ONCE(holder->wanted) && ipigen_clock() < READ_ONCE(holder->deadline);
}

static void note_held(struct ipigen_holder *holder)
{
	WRITE_ONCE(holder->held, true);
	smp_store_release(&holder->times, holder->times + 1);
}

static void hold_mutex(struct ipigen_holder *holder)
{
	mutex_lock(&ipigen_mutex);
	note_held(holder);
	while (holder_keeps(holder))
		usleep_range(500, 1000);
	mutex_unlock(&ipigen_mutex);
}

static void hold_spinlock(struct ipigen_holder *holder)
{
	raw_spin_lock(&ipigen_spinlock);
	note_held(holder);
	while (holder_keeps(holder))
		cpu_relax();
	raw_spin_unlock(&ipigen_spinlock);
}

struct ipigen_holder ipigen_mutex_holder = { .name = "mutex", .hold = hold_mutex };
struct ipigen_holder ipigen_spin_holder = { .name = "spin lock", .hold = hold_spinlock };

static int holder_thread(void *data)
{
	struct ipigen_holder *holder = data;

	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!READ_ONCE(holder->wanted) && !kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
		if (!READ_ONCE(holder->wanted))
			continue;
		pr_info("ipigen: %s locked on CPU %d\n", holder->name, raw_smp_processor_id());
		holder->hold(holder);
		if (READ_ONCE(holder->wanted))
			pr_info("ipigen: %s was not unlocked in time: let go\n", holder->name);
		else
			pr_info("ipigen: %s unlocked\n", holder->name);
		WRITE_ONCE(holder->wanted, false);
		smp_store_release(&holder->held, false);
	}
	return 0;
}

/*
 * Keep the holder's thread off two CPUs; either may be IPIGEN_ANY_CPU. The caller holds the CPU
 * hotplug lock.
 */
static int holder_avoid(struct ipigen_holder *holder, int src, int dst)
{
	cpumask_var_t mask;
	int err;

	if (!zalloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	cpumask_copy(mask, cpu_online_mask);
	if (src >= 0)
		cpumask_clear_cpu(src, mask);
	if (dst >= 0)
		cpumask_clear_cpu(dst, mask);
	err = cpumask_empty(mask) ? -EBUSY : set_cpus_allowed_ptr(holder->thread, mask);
	free_cpumask_var(mask);
	return err;
}

int ipigen_holder_lock(struct ipigen_holder *holder, const struct ipigen_device_args *args)
{
	int err = holder_avoid(holder, args->src, args->dst);
	unsigned int before = holder->times;
	struct ipigen_deadline deadline;

	if (err)
		return err;
	if (READ_ONCE(holder->wanted))
		return -EALREADY;
	ipigen_deadline_set(&deadline, 0);
	WRITE_ONCE(holder->deadline, ipigen_clock() + lock_ns());
	WRITE_ONCE(holder->wanted, true);
	wake_up_process(holder->thread);
	while (smp_load_acquire(&holder->times) == before) {
		err = ipigen_deadline_check(&deadline);
		if (err)
			return err;
		usleep_range(50, 100);
	}
	return 0;
}

int ipigen_holder_unlock(struct ipigen_holder *holder)
{
	struct ipigen_deadline deadline;

	if (!READ_ONCE(holder->wanted))
		return -ENOLCK;
	ipigen_deadline_set(&deadline, 0);
	WRITE_ONCE(holder->wanted, false);
	while (smp_load_acquire(&holder->held)) {
		int err = ipigen_deadline_check(&deadline);

		if (err)
			return err;
		usleep_range(50, 100);
	}
	return 0;
}

/*
 * A handler will need the lock. So release the lock within ipigen_max_ns(), and keep the holder's
 * thread off the CPUs of sender and target.
 */
int ipigen_holder_hurry(struct ipigen_holder *holder, const struct ipigen_device_args *args)
{
	u64 soon = ipigen_clock() + ipigen_max_ns();

	if (READ_ONCE(holder->deadline) > soon)
		WRITE_ONCE(holder->deadline, soon);
	return holder_avoid(holder, args->src, args->dst);
}

static int holder_start(struct ipigen_holder *holder, const char *comm)
{
	struct task_struct *thread = kthread_run(holder_thread, holder, "%s", comm);

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	holder->thread = thread;
	return 0;
}

static void holder_stop(struct ipigen_holder *holder)
{
	if (!holder->thread)
		return;
	WRITE_ONCE(holder->wanted, false);
	kthread_stop(holder->thread);
}

int ipigen_holders_init(void)
{
	int err = holder_start(&ipigen_mutex_holder, "ipigen-mutex") ?:
			  holder_start(&ipigen_spin_holder, "ipigen-spin");

	if (err)
		ipigen_holders_exit();
	return err;
}

void ipigen_holders_exit(void)
{
	holder_stop(&ipigen_mutex_holder);
	holder_stop(&ipigen_spin_holder);
}
