// SPDX-License-Identifier: GPL-2.0
/*
 * The character device scenario: locks that somebody holds, and handlers that want them.
 *
 * Each lock has a thread that holds it: it is the owner, lets go when told to or after a bound, and
 * runs neither on the sender (which spins for its handler) nor on the target (which spins or sleeps
 * for the lock). So each handler ends, whoever forgets to unlock.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/spinlock.h>

#include "internal.h"

static bool allow_blocking;
module_param(allow_blocking, bool, 0400);
MODULE_PARM_DESC(allow_blocking,
		 "allow \"ipi blocking\": its handler sleeps, which wrecks the kernel");

static unsigned int lock_ms = 2000;
module_param(lock_ms, uint, 0400);
MODULE_PARM_DESC(lock_ms, "a lock is let go after so many ms (2000, at most 5000)");

#define LOCK_LIMIT_MS 5000u

static u64 lock_ns(void)
{
	return (u64)min(lock_ms, LOCK_LIMIT_MS) * NSEC_PER_MSEC;
}

static DEFINE_MUTEX(ioctl_lock); /* one operation at a time */
static DEFINE_MUTEX(device_mutex);
static DEFINE_RAW_SPINLOCK(device_spinlock);

struct holder {
	const char *name;
	void (*hold)(struct holder *holder);
	struct task_struct *thread;
	bool wanted;
	bool held;
	unsigned int times; /* how often it was taken: it may be gone before one looks */
	u64 deadline;
};

static bool holder_keeps(struct holder *holder)
{
	return READ_ONCE(holder->wanted) && ipigen_clock() < READ_ONCE(holder->deadline);
}

static void holder_has(struct holder *holder)
{
	WRITE_ONCE(holder->held, true);
	smp_store_release(&holder->times, holder->times + 1);
}

static void hold_mutex(struct holder *holder)
{
	mutex_lock(&device_mutex);
	holder_has(holder);
	while (holder_keeps(holder))
		usleep_range(500, 1000);
	mutex_unlock(&device_mutex);
}

static void hold_spinlock(struct holder *holder)
{
	raw_spin_lock(&device_spinlock);
	holder_has(holder);
	while (holder_keeps(holder))
		cpu_relax();
	raw_spin_unlock(&device_spinlock);
}

static struct holder mutex_holder = { .name = "mutex", .hold = hold_mutex };
static struct holder spin_holder = { .name = "spin lock", .hold = hold_spinlock };

static int holder_thread(void *data)
{
	struct holder *holder = data;

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
 * Keeps the holder off two CPUs (either may be IPIGEN_ANY_CPU). The caller holds the CPU hotplug
 * lock.
 */
static int holder_avoid(struct holder *holder, int src, int dst)
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

static int holder_lock(struct holder *holder, const struct ipigen_device_args *args)
{
	int err = holder_avoid(holder, args->src, args->dst);
	unsigned int before = holder->times;
	u64 start = ipigen_clock();

	if (err)
		return err;
	if (READ_ONCE(holder->wanted))
		return -EALREADY;
	WRITE_ONCE(holder->deadline, start + lock_ns());
	WRITE_ONCE(holder->wanted, true);
	wake_up_process(holder->thread);
	while (smp_load_acquire(&holder->times) == before) {
		if (ipigen_clock() - start > 10 * NSEC_PER_SEC)
			return -ETIMEDOUT;
		usleep_range(50, 100);
	}
	return 0;
}

static int holder_unlock(struct holder *holder)
{
	u64 start = ipigen_clock();

	if (!READ_ONCE(holder->wanted))
		return -ENOLCK;
	WRITE_ONCE(holder->wanted, false);
	while (smp_load_acquire(&holder->held)) {
		if (ipigen_clock() - start > 10 * NSEC_PER_SEC)
			return -ETIMEDOUT;
		usleep_range(50, 100);
	}
	return 0;
}

struct device_call {
	u64 handler_ns;
	bool refused;
};

static void ipi_good(void *info)
{
	struct device_call *call = info;
	u64 start = ipigen_clock();

	call->handler_ns = ipigen_clock() - start;
}

/*
 * x86-64 runs a handler that interrupts user mode on the task's stack, one that interrupts the
 * kernel on the CPU's interrupt stack (6.12 arch/x86/include/asm/irq_stack.h:
 * run_sysvec_on_irqstack_cond). There is no get_irq_regs() to ask: call-function vectors do not set
 * it.
 */
static bool interrupted_user_mode(void)
{
	int here;

	return object_is_on_stack(&here) && !(current->flags & (PF_KTHREAD | PF_IDLE));
}

/*
 * Sleeps in interrupt context. Only where it interrupted user mode: the interrupt stack must not be
 * slept on, and were idle put to sleep, the machine would hang for good.
 *
 * What the sleep breaks is put back: the scheduler complains, sets the preempt count to that of a
 * task (6.12 kernel/sched/core.c: schedule_debug), and comes back with interrupts on. Left like
 * that, leaving the interrupt makes the count negative, and the victim can be neither preempted
 * nor killed: in its exit zap_pte_range() waits for ever for a cond_resched() that does nothing.
 */
static void ipi_bad_blocking(void *info)
{
	struct device_call *call = info;
	u64 start = ipigen_clock();
	unsigned long flags;
	int count;

	if (!interrupted_user_mode()) {
		call->refused = true;
		return;
	}
	count = preempt_count();
	local_save_flags(flags);
	mutex_lock(&device_mutex);
	mutex_unlock(&device_mutex);
	local_irq_restore(flags);
	preempt_count_set(count);
	call->handler_ns = ipigen_clock() - start;
}

static void ipi_bad_spinning(void *info)
{
	struct device_call *call = info;
	u64 start = ipigen_clock();
	u64 limit = ipigen_max_ns();

	while (ipigen_clock() - start < limit) {
		if (raw_spin_trylock(&device_spinlock)) {
			raw_spin_unlock(&device_spinlock);
			break;
		}
		cpu_relax();
	}
	call->handler_ns = ipigen_clock() - start;
}

/* From now on a lock is let go within the bound of a hold: somebody waits for it. */
static int holder_hurry(struct holder *holder, const struct ipigen_device_args *args)
{
	u64 soon = ipigen_clock() + ipigen_max_ns();

	if (READ_ONCE(holder->deadline) > soon)
		WRITE_ONCE(holder->deadline, soon);
	return holder_avoid(holder, args->src, args->dst);
}

static int device_ipi(struct ipigen_device_args *args, smp_call_func_t handler, const char *name)
{
	struct device_call call = { 0 };
	u64 start;
	int err;

	if (args->src < 0 || args->dst < 0 || args->dst == args->src)
		return -EINVAL;
	err = holder_hurry(&mutex_holder, args) ?: holder_hurry(&spin_holder, args);
	if (err)
		return err;
	pr_info("ipigen: %s from CPU %d to CPU %d: start\n", name, args->src, args->dst);
	start = ipigen_clock();
	err = smp_call_function_single(args->dst, handler, &call, 1);
	args->wait_ns = ipigen_clock() - start;
	args->handler_ns = call.handler_ns;
	pr_info("ipigen: %s: end after %llu us%s\n", name, args->wait_ns / NSEC_PER_USEC,
		call.refused ? ", refused: no user mode to interrupt" : "");
	return err ?: call.refused ? -EAGAIN : 0;
}

static int device_blocking(struct ipigen_device_args *args)
{
	if (!ipigen_device_may_block())
		return -EACCES;
	return device_ipi(args, ipi_bad_blocking, "ipi blocking");
}

static int device_op(struct ipigen_device_args *args)
{
	switch (args->op) {
	case IPIGEN_MUTEX_LOCK:
		return holder_lock(&mutex_holder, args);
	case IPIGEN_MUTEX_UNLOCK:
		return holder_unlock(&mutex_holder);
	case IPIGEN_SPIN_LOCK:
		return holder_lock(&spin_holder, args);
	case IPIGEN_SPIN_UNLOCK:
		return holder_unlock(&spin_holder);
	case IPIGEN_IPI_GOOD:
		return device_ipi(args, ipi_good, "ipi good");
	case IPIGEN_IPI_BLOCKING:
		return device_blocking(args);
	case IPIGEN_IPI_SPINNING:
		return device_ipi(args, ipi_bad_spinning, "ipi spinning");
	}
	return -EINVAL;
}

static bool valid_cpu(int cpu)
{
	return cpu == IPIGEN_ANY_CPU || (cpu >= 0 && cpu < nr_cpu_ids && cpu_online(cpu));
}

int ipigen_device(struct ipigen_device_args *args)
{
	int err;

	if (args->reserved)
		return -EINVAL;
	if (mutex_lock_killable(&ioctl_lock))
		return -EINTR;
	err = ipigen_bind(args->src);
	if (!err) {
		err = valid_cpu(args->src) && valid_cpu(args->dst) ? device_op(args) : -ENXIO;
		ipigen_unbind();
	}
	mutex_unlock(&ioctl_lock);
	return err;
}

/* arm64 takes every interrupt on the CPU's interrupt stack: there it cannot be survived. */
bool ipigen_device_may_block(void)
{
	return IS_ENABLED(CONFIG_X86_64) && allow_blocking;
}

static int holder_start(struct holder *holder, const char *comm)
{
	struct task_struct *thread = kthread_run(holder_thread, holder, "%s", comm);

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	holder->thread = thread;
	return 0;
}

static void holder_stop(struct holder *holder)
{
	if (!holder->thread)
		return;
	WRITE_ONCE(holder->wanted, false);
	kthread_stop(holder->thread);
}

int ipigen_device_init(void)
{
	int err = holder_start(&mutex_holder, "ipigen-mutex") ?:
			  holder_start(&spin_holder, "ipigen-spin");

	if (err)
		ipigen_device_exit();
	return err;
}

void ipigen_device_exit(void)
{
	holder_stop(&mutex_holder);
	holder_stop(&spin_holder);
}
