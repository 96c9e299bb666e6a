// SPDX-License-Identifier: GPL-2.0
/*
 * Paths whose handlers are functions of the kernel. The module counts its calls; only ftrace can
 * count the handlers.
 */
#include <linux/cpu.h>
#include <linux/jump_label.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/stop_machine.h>
#include <linux/version.h>
#ifdef CONFIG_X86
#include <asm/hardirq.h>
#include <asm/smp.h>
/* In 6.4 (4c8c3c7f70a6) smp_send_reschedule() became a macro that traces. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#include <trace/events/ipi.h>
#endif
#endif

#include "internal.h"
#include "paths.h"

#define KERNELS(_name, _func, _calls, ...)                                       \
	const struct ipigen_path ipigen_path_##_name = { .name = #_name,         \
							 .func = _func,          \
							 .calls = _calls,        \
							 .issue = issue_##_name, \
							 __VA_ARGS__ }

#define TRUTH_IS_FTRACE(func) .why = "the handler is the kernel's: ftrace is the truth of " func

static int issue_kick_all_cpus_sync(struct ipigen_run *run, struct ipigen_call *call)
{
	kick_all_cpus_sync();
	return 0;
}

KERNELS(kick_all_cpus_sync, "do_nothing", "kick_all_cpus_sync",
	.flags = IPIGEN_WAITS | IPIGEN_CSD | IPIGEN_FIXED, .ipis = IPIGEN_IPIS_EACH,
	TRUTH_IS_FTRACE("do_nothing"));

/*
 * An IPI with the call-function vector, although nothing is queued. The kernel sends such IPIs to
 * make the target run irq_enter() and irq_exit(). No tracepoint fires on the sender, so only the
 * arrival can be seen.
 */
#ifdef CONFIG_X86
/* The counters became an array between 6.12.117 and 7.2.12; the versions between are unchecked. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
#define irq_counter(cpu, field, index) (&per_cpu(irq_stat, cpu).counts[IRQ_COUNT_##index])
#else
#define irq_counter(cpu, field, index) (&per_cpu(irq_stat, cpu).field)
#endif

/*
 * The local APIC keeps one request for each vector, so two IPIs at once become one interrupt.
 * Therefore wait until the target has counted an interrupt, even if another CPU sent it. The wait
 * has a limit, which is longer than a host takes the target's CPU.
 */
static void wait_for_arrival(const unsigned int *counter, unsigned int before)
{
	u64 start = ipigen_clock();

	while (READ_ONCE(*counter) == before && ipigen_clock() - start < NSEC_PER_SEC)
		cpu_relax();
}

static int issue_kick_cpu_async(struct ipigen_run *run, struct ipigen_call *call)
{
	const unsigned int *counter = irq_counter(run->dst, irq_call_count, CALL_FUNCTION);
	unsigned int before = READ_ONCE(*counter);

	if (run->dst != run->src) {
		smp_ops.send_call_func_single_ipi(run->dst);
		wait_for_arrival(counter, before);
	}
	return 0;
}

KERNELS(kick_cpu_async, "", "smp_ops.send_call_func_single_ipi", .flags = IPIGEN_ONE_DST,
	.ipis = IPIGEN_IPIS_VOID, .aim = IPIGEN_AIM_ONE,
	.why = "no function runs: the arrivals in /proc/interrupts are the truth");
#else
const struct ipigen_path ipigen_path_kick_cpu_async = {
	.name = "kick_cpu_async",
	.func = "",
	.calls = "smp_ops.send_call_func_single_ipi",
	.absent = true,
	.why = "only x86 exports what raises a call-function interrupt with nothing queued",
};
#endif

static int issue_wake_up_all_idle_cpus(struct ipigen_run *run, struct ipigen_call *call)
{
	wake_up_all_idle_cpus();
	return 0;
}

KERNELS(wake_up_all_idle_cpus, "", "wake_up_all_idle_cpus", .flags = IPIGEN_FIXED,
	.ipis = IPIGEN_IPIS_KERNEL,
	.why = "no function runs: a reschedule for each CPU that is idle and not polling");

/*
 * x86 sends a reschedule IPI through smp_ops. arm64 exports only kick_process(), which sends one to
 * the CPU on which a task runs. The task is this module's thread on the target, which keeps
 * interrupts off during the call.
 */
#ifdef CONFIG_X86
static int issue_reschedule(struct ipigen_run *run, struct ipigen_call *call)
{
	const unsigned int *counter = irq_counter(run->dst, irq_resched_count, RESCHEDULE);
	unsigned int before = READ_ONCE(*counter);

	if (run->dst != run->src) {
		smp_send_reschedule(run->dst);
		wait_for_arrival(counter, before);
	}
	return 0;
}

KERNELS(reschedule, "", "smp_send_reschedule", .flags = IPIGEN_ONE_DST, .ipis = IPIGEN_IPIS_VOID,
	.aim = IPIGEN_AIM_ONE,
	.why = "no function runs: the arrivals in /proc/interrupts are the truth");
#else
static int issue_reschedule(struct ipigen_run *run, struct ipigen_call *call)
{
	if (run->dst != run->src)
		kick_process(ipigen_irqsoff_task(run->dst));
	return 0;
}

KERNELS(reschedule, "", "kick_process", .flags = IPIGEN_ONE_DST, .ipis = IPIGEN_IPIS_VOID,
	.aim = IPIGEN_AIM_ONE, .busy = true,
	.why = "no function runs: the arrivals in /proc/interrupts are the truth");
#endif

static int issue_rcu_expedited(struct ipigen_run *run, struct ipigen_call *call)
{
	synchronize_rcu_expedited();
	return 0;
}

KERNELS(rcu_expedited, "rcu_exp_handler", "synchronize_rcu_expedited",
	.flags = IPIGEN_WAITS | IPIGEN_CSD | IPIGEN_FIXED, .ipis = IPIGEN_IPIS_KERNEL,
	.sleeps = true, .locks_cpus = true, TRUTH_IS_FTRACE("rcu_exp_handler"));

/*
 * The kernel patches code only if the static key has a branch somewhere: hence the branch below.
 * The lock allows one caller at a time, so that every call flips the key.
 */
static DEFINE_STATIC_KEY_FALSE(flipped);
static DEFINE_MUTEX(flip_lock);
static unsigned int flips;

static int issue_static_key(struct ipigen_run *run, struct ipigen_call *call)
{
	if (mutex_lock_interruptible(&flip_lock))
		return -EINTR;
	if (static_branch_unlikely(&flipped))
		static_branch_disable(&flipped);
	else
		static_branch_enable(&flipped);
	flips++;
	mutex_unlock(&flip_lock);
	return 0;
}

KERNELS(static_key, IS_ENABLED(CONFIG_X86) ? "do_sync_core" : "do_nothing", "static_key_enable",
	.flags = IPIGEN_WAITS | IPIGEN_CSD | IPIGEN_FIXED, .ipis = IPIGEN_IPIS_KERNEL,
	.sleeps = true, .locks_cpus = true, TRUTH_IS_FTRACE("the patching (three rounds on x86)"));

static int stop_function(void *info)
{
	return 0;
}

static int issue_stop_machine(struct ipigen_run *run, struct ipigen_call *call)
{
	return stop_machine(stop_function, NULL, NULL);
}

KERNELS(stop_machine, "", "stop_machine", .flags = IPIGEN_WAITS | IPIGEN_FIXED,
	.ipis = IPIGEN_IPIS_KERNEL, .sleeps = true, .locks_cpus = true,
	.why = "no csd: the stop class queues none; at most wake-ups of the stoppers show");

static int issue_smp_call_on_cpu(struct ipigen_run *run, struct ipigen_call *call)
{
	return smp_call_on_cpu(run->dst, stop_function, NULL, false);
}

KERNELS(smp_call_on_cpu, "", "smp_call_on_cpu", .flags = IPIGEN_WAITS | IPIGEN_ONE_DST,
	.ipis = IPIGEN_IPIS_KERNEL, .aim = IPIGEN_AIM_ONE, .sleeps = true,
	.why = "no csd: a workqueue runs it; only its wake-up may show");
