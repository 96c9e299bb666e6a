// SPDX-License-Identifier: GPL-2.0
/* The character device scenario: handlers that need a lock which a thread of holder.c holds. */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/spinlock.h>

#include "holder.h"
#include "internal.h"

static bool allow_blocking;
module_param(allow_blocking, bool, 0400);
MODULE_PARM_DESC(allow_blocking,
		 "allow \"ipi blocking\": its handler sleeps, which wrecks the kernel");

static DEFINE_MUTEX(ioctl_lock); /* one operation at a time */

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
 * On x86-64 a handler that interrupts user mode runs on the task's stack; a handler that interrupts
 * the kernel runs on the CPU's interrupt stack (6.12 arch/x86/include/asm/irq_stack.h:
 * run_sysvec_on_irqstack_cond). get_irq_regs() cannot be used, because call-function vectors do not
 * set it.
 */
static bool interrupted_user_mode(void)
{
	int here;

	return object_is_on_stack(&here) && !(current->flags & (PF_KTHREAD | PF_IDLE));
}

/*
 * This handler sleeps in interrupt context, but only if it interrupted user mode: no task may sleep
 * on the interrupt stack, and an idle task that sleeps hangs the machine for good.
 *
 * After the sleep the handler restores the preempt count and the interrupt flag: the scheduler
 * complains, sets the preempt count to that of a task (6.12 kernel/sched/core.c: schedule_debug),
 * and returns with interrupts on. If the handler did not restore them, leaving the interrupt would
 * make the count negative, and the victim could be neither preempted nor killed: during its exit
 * zap_pte_range() would wait for ever for a cond_resched() that does nothing.
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
	mutex_lock(&ipigen_mutex);
	mutex_unlock(&ipigen_mutex);
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
		if (raw_spin_trylock(&ipigen_spinlock)) {
			raw_spin_unlock(&ipigen_spinlock);
			break;
		}
		cpu_relax();
	}
	call->handler_ns = ipigen_clock() - start;
}

static int device_ipi(struct ipigen_device_args *args, smp_call_func_t handler, const char *name)
{
	struct device_call call = { 0 };
	u64 start;
	int err;

	if (args->src < 0 || args->dst < 0 || args->dst == args->src)
		return -EINVAL;
	err = ipigen_holder_hurry(&ipigen_mutex_holder, args) ?:
		      ipigen_holder_hurry(&ipigen_spin_holder, args);
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
		return ipigen_holder_lock(&ipigen_mutex_holder, args);
	case IPIGEN_MUTEX_UNLOCK:
		return ipigen_holder_unlock(&ipigen_mutex_holder);
	case IPIGEN_SPIN_LOCK:
		return ipigen_holder_lock(&ipigen_spin_holder, args);
	case IPIGEN_SPIN_UNLOCK:
		return ipigen_holder_unlock(&ipigen_spin_holder);
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

/* arm64 runs every handler on the CPU's interrupt stack, where a sleep kills the kernel. */
bool ipigen_device_may_block(void)
{
	return IS_ENABLED(CONFIG_X86_64) && allow_blocking;
}
