// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps interrupts off on a target, so that an IPI arrives late.
 *
 * A thread on each CPU turns interrupts off and says so; when all targets have, the caller lets
 * the time begin and issues its call. One caller at a time (run.c sees to that).
 */
#include <linux/delay.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smpboot.h>

#include "internal.h"

enum irqsoff_state { IRQSOFF_IDLE, IRQSOFF_ASKED, IRQSOFF_READY };

struct irqsoff {
	int state;
	u64 ns;
};

static DEFINE_PER_CPU(struct irqsoff, irqsoff);
static DEFINE_PER_CPU(struct task_struct *, irqsoff_thread);
static bool irqsoff_go;

static int irqsoff_should_run(unsigned int cpu)
{
	return READ_ONCE(per_cpu(irqsoff, cpu).state) == IRQSOFF_ASKED;
}

static void irqsoff_work(unsigned int cpu)
{
	struct irqsoff *mine = per_cpu_ptr(&irqsoff, cpu);
	u64 limit = ipigen_max_ns();
	u64 start;

	local_irq_disable();
	start = ipigen_clock();
	WRITE_ONCE(mine->state, IRQSOFF_READY);
	/* The others may be slow: wait for them, but not for ever. */
	while (!smp_load_acquire(&irqsoff_go) && ipigen_clock() - start < limit)
		cpu_relax();
	ipigen_hold(mine->ns);
	WRITE_ONCE(mine->state, IRQSOFF_IDLE);
	local_irq_enable();
}

static struct smp_hotplug_thread irqsoff_threads = {
	.store = &irqsoff_thread,
	.thread_should_run = irqsoff_should_run,
	.thread_fn = irqsoff_work,
	.thread_comm = "ipigen/%u",
};

int ipigen_irqsoff_init(void)
{
	return smpboot_register_percpu_thread(&irqsoff_threads);
}

void ipigen_irqsoff_exit(void)
{
	smpboot_unregister_percpu_thread(&irqsoff_threads);
}

struct task_struct *ipigen_irqsoff_task(int cpu)
{
	return per_cpu(irqsoff_thread, cpu);
}

static bool irqsoff_all(const struct cpumask *mask, int but, int state)
{
	int cpu;

	for_each_cpu(cpu, mask)
		if (cpu != but && READ_ONCE(per_cpu(irqsoff, cpu).state) != state)
			return false;
	return true;
}

static int irqsoff_wait(const struct cpumask *mask, int but, int state)
{
	u64 start = ipigen_clock();

	while (!irqsoff_all(mask, but, state)) {
		if (ipigen_clock() - start > 2 * ipigen_max_ns() + NSEC_PER_SEC)
			return -ETIMEDOUT;
		/* Soon, or there is a run queue before the thread. */
		if (ipigen_clock() - start < 100 * NSEC_PER_USEC)
			cpu_relax();
		else
			usleep_range(50, 100);
	}
	return 0;
}

/*
 * Returns when all CPUs of the mask but one have interrupts off, for ns from now on. The caller
 * holds the CPU hotplug lock.
 */
int ipigen_irqsoff_begin(const struct cpumask *mask, int but, u64 ns)
{
	int err = irqsoff_wait(mask, but, IRQSOFF_IDLE);
	int cpu;

	if (err)
		return err;
	WRITE_ONCE(irqsoff_go, false);
	for_each_cpu(cpu, mask) {
		if (cpu == but)
			continue;
		per_cpu(irqsoff, cpu).ns = ns;
		WRITE_ONCE(per_cpu(irqsoff, cpu).state, IRQSOFF_ASKED);
		wake_up_process(per_cpu(irqsoff_thread, cpu));
	}
	/*
	 * A thread that gave up waiting for a slow one is idle again, and this times out; its CPU
	 * is in no danger, and the next call asks anew.
	 */
	err = irqsoff_wait(mask, but, IRQSOFF_READY);
	smp_store_release(&irqsoff_go, true);
	return err;
}
