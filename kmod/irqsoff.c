// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps interrupts off on the targets, so that an IPI arrives late.
 *
 * A thread on each target turns interrupts off and sets its state to READY. Once all are READY the caller
 * starts their time and issues its call. Only one caller at a time may do this: see ipigen_long_begin().
 */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smpboot.h>
#ifdef CONFIG_X86
#include <asm/kvm_para.h>
#endif

#include "compat.h"
#include "internal.h"

enum irqsoff_state { IRQSOFF_IDLE, IRQSOFF_ASKED, IRQSOFF_READY };

struct irqsoff {
	int state;
	u32 turn;
	u64 ns;
	bool in_irq;
	struct hrtimer timer;
};

static DEFINE_PER_CPU(struct irqsoff, irqsoff);
static DEFINE_PER_CPU(struct task_struct *, irqsoff_thread);
/*
 * Each time targets are asked is a turn, with the next number. The time of a turn's targets has
 * started once irqsoff_go has reached its number: a slow target of a turn may still have to see
 * that when the next caller asks other targets.
 */
static u32 irqsoff_turn;
static u32 irqsoff_go;

/*
 * If set, behave like a host that runs something else during this time: each CPU adds the time to
 * its clock of steal time. Interrupts stay off an eighth longer, so that the call is later than the
 * steal time.
 */
static ulong steal_time;
module_param(steal_time, ulong, 0600);
MODULE_PARM_DESC(steal_time, "where the kernel has the per-CPU variable steal_time: "
			     "--irqs-off is added to it; 0: it is not (x86)");

static void irqsoff_steal(u64 ns)
{
#ifdef CONFIG_X86
	struct kvm_steal_time __percpu *clock =
		(struct kvm_steal_time __percpu __force *)READ_ONCE(steal_time);

	if (!clock)
		return;
	ipigen_hold(ns / 8);
	WRITE_ONCE(this_cpu_ptr(clock)->steal, this_cpu_ptr(clock)->steal + ns);
#endif
}

static int irqsoff_should_run(unsigned int cpu)
{
	return READ_ONCE(per_cpu(irqsoff, cpu).state) == IRQSOFF_ASKED;
}

static bool irqsoff_started(const struct irqsoff *mine)
{
	return (s32)(smp_load_acquire(&irqsoff_go) - mine->turn) >= 0;
}

static void irqsoff_spend(struct irqsoff *mine)
{
	u64 limit = ipigen_max_ns();
	u64 start = ipigen_clock();

	WRITE_ONCE(mine->state, IRQSOFF_READY);
	/* Other targets may be slow, so wait for them, within the limit. */
	while (!irqsoff_started(mine) && ipigen_clock() - start < limit)
		cpu_relax();
	ipigen_hold(mine->ns);
	irqsoff_steal(mine->ns);
	WRITE_ONCE(mine->state, IRQSOFF_IDLE);
}

static enum hrtimer_restart irqsoff_fires(struct hrtimer *timer)
{
	irqsoff_spend(container_of(timer, struct irqsoff, timer));
	return HRTIMER_NORESTART;
}

static void irqsoff_work(unsigned int cpu)
{
	struct irqsoff *mine = per_cpu_ptr(&irqsoff, cpu);

	if (mine->in_irq) {
		hrtimer_setup(&mine->timer, irqsoff_fires, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED_HARD);
		hrtimer_start(&mine->timer, 0, HRTIMER_MODE_REL_PINNED_HARD);
		/*
		 * The interrupt arrives on this CPU, because the thread is bound to it. The state does
		 * not say whether it has arrived: the next caller may have asked already.
		 */
		while (hrtimer_active(&mine->timer))
			cpu_relax();
		return;
	}
	local_irq_disable();
	irqsoff_spend(mine);
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

/* Returns how many CPUs of the mask, without @but, are in the state. */
static unsigned int irqsoff_count(const struct cpumask *mask, int but, int state)
{
	unsigned int count = 0;
	int cpu;

	for_each_cpu(cpu, mask)
		count += cpu != but && READ_ONCE(per_cpu(irqsoff, cpu).state) == state;
	return count;
}

static void irqsoff_pause(u64 start)
{
	/* The thread comes soon, unless its CPU must run other tasks first. */
	if (ipigen_clock() - start < 100 * NSEC_PER_USEC)
		cpu_relax();
	else
		usleep_range(50, 100);
}

static int irqsoff_wait_idle(const struct cpumask *mask, int but, unsigned int all,
			     struct ipigen_deadline *deadline)
{
	u64 start = ipigen_clock();

	while (irqsoff_count(mask, but, IRQSOFF_IDLE) < all) {
		int err = ipigen_deadline_check(deadline);

		if (err)
			return err;
		irqsoff_pause(start);
	}
	return 0;
}

/* Returns -EAGAIN if a target waited for the slowest one up to the limit, gave up, and is idle again. */
static int irqsoff_wait_ready(const struct cpumask *mask, int but, unsigned int all,
			      struct ipigen_deadline *deadline)
{
	u64 start = ipigen_clock();
	int err;

	while (irqsoff_count(mask, but, IRQSOFF_READY) < all) {
		if (irqsoff_count(mask, but, IRQSOFF_IDLE))
			return -EAGAIN;
		err = ipigen_deadline_check(deadline);
		if (err)
			return err;
		irqsoff_pause(start);
	}
	return 0;
}

static void irqsoff_ask(const struct cpumask *mask, int but, u64 ns, bool in_irq)
{
	int cpu;

	irqsoff_turn++;
	for_each_cpu(cpu, mask) {
		if (cpu == but)
			continue;
		per_cpu(irqsoff, cpu).turn = irqsoff_turn;
		per_cpu(irqsoff, cpu).ns = ns;
		per_cpu(irqsoff, cpu).in_irq = in_irq;
		smp_store_release(&per_cpu(irqsoff, cpu).state, IRQSOFF_ASKED);
		wake_up_process(per_cpu(irqsoff_thread, cpu));
	}
}

/*
 * Return when all CPUs of the mask, without @but, have interrupts off, and keep them off for @ns
 * from then on: in the thread, or with @in_irq in an interrupt of the CPU's timer. The caller holds
 * the CPU hotplug lock. After an error the threads that were asked still take their turn: the next
 * call waits for them.
 */
int ipigen_irqsoff_begin(const struct cpumask *mask, int but, u64 ns, bool in_irq)
{
	unsigned int all = cpumask_weight(mask) - cpumask_test_cpu(but, mask);
	struct ipigen_deadline deadline;
	int err, tries = 0;

	ipigen_deadline_set(&deadline, 0);
	do {
		err = irqsoff_wait_idle(mask, but, all, &deadline);
		if (err)
			return err;
		irqsoff_ask(mask, but, ns, in_irq);
		err = irqsoff_wait_ready(mask, but, all, &deadline);
		smp_store_release(&irqsoff_go, irqsoff_turn);
	} while (err == -EAGAIN && ++tries < 5);
	return err == -EAGAIN ? -ETIMEDOUT : err;
}
