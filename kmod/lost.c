// SPDX-License-Identifier: GPL-2.0
/*
 * An IPI that is lost: while one csd is queued, the kernel's function that sends IPIs is replaced
 * by a function that does not send this one. A timer sends the IPI later, so that nothing hangs.
 */
#include <linux/hrtimer.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#ifdef CONFIG_X86
#include <asm/smp.h>
#endif

#include "compat.h"
#include "internal.h"
#include "paths.h"

#ifdef CONFIG_X86
IPIGEN_HANDLER(lost)

/* The timer sends the IPI after this time, unless --hold says otherwise. */
#define LOST_NS (10 * NSEC_PER_MSEC)

struct lost {
	struct hrtimer timer;
	u64 ns;
	int dst;
};

/*
 * The lock allows one csd at a time. What send_but_one() reads on other CPUs is written before it
 * replaces the kernel's function.
 */
static DEFINE_RAW_SPINLOCK(lock);
static void (*send)(int cpu);
static int lost_src, lost_dst;
static bool dropped;

/* Other CPUs may call this at the same time. On the sender, interrupts are off. */
static void send_but_one(int cpu)
{
	if (cpu == READ_ONCE(lost_dst) && raw_smp_processor_id() == READ_ONCE(lost_src))
		dropped = true;
	else
		send(cpu);
}

static enum hrtimer_restart send_lost(struct hrtimer *timer)
{
	smp_ops.send_call_func_single_ipi(container_of(timer, struct lost, timer)->dst);
	return HRTIMER_NORESTART;
}

/*
 * Queue a csd without its IPI. *@is_lost: the kernel wanted to send one. It does not if the CPU's
 * queue was not empty, or if the CPU was polling.
 */
static int send_in_vain(struct ipigen_run *run, struct ipigen_call *call, bool *is_lost)
{
	unsigned long flags;
	int err;

	INIT_CSD(&call->csd, run->path->handler, call);
	raw_spin_lock_irqsave(&lock, flags);
	lost_src = raw_smp_processor_id();
	lost_dst = run->dst;
	dropped = false;
	send = smp_ops.send_call_func_single_ipi;
	smp_store_release(&smp_ops.send_call_func_single_ipi, send_but_one);
	err = smp_call_function_single_async(run->dst, &call->csd);
	WRITE_ONCE(smp_ops.send_call_func_single_ipi, send);
	*is_lost = dropped;
	raw_spin_unlock_irqrestore(&lock, flags);
	return err;
}

static int issue_lost(struct ipigen_run *run, struct ipigen_call *call)
{
	struct lost *lost = run->private;
	bool is_lost;
	int err = send_in_vain(run, call, &is_lost);

	if (err) {
		ipigen_retract(run, call, 1);
		return err;
	}
	lost->dst = run->dst;
	if (is_lost)
		hrtimer_start(&lost->timer, ns_to_ktime(lost->ns), HRTIMER_MODE_REL_PINNED_HARD);
	return ipigen_await(call);
}

/* For this path --hold is the delay of the IPI, not the time of the handler. */
static int begin_lost(struct ipigen_run *run)
{
	struct lost *lost = kzalloc(sizeof(*lost), GFP_KERNEL);

	if (!lost)
		return -ENOMEM;
	lost->ns = run->hold_ns ?: LOST_NS;
	run->hold_ns = 0;
	hrtimer_setup(&lost->timer, send_lost, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	run->private = lost;
	return 0;
}

static void end_lost(struct ipigen_run *run)
{
	struct lost *lost = run->private;

	hrtimer_cancel(&lost->timer);
	kfree(lost);
}

const struct ipigen_path ipigen_path_lost = {
	IPIGEN_OWN(lost),
	.calls = "smp_call_function_single_async",
	.flags = IPIGEN_OURS | IPIGEN_CSD | IPIGEN_ONE_DST,
	.ipis = IPIGEN_IPIS_EACH,
	.aim = IPIGEN_AIM_ONE,
	.sleeps = true,
	.begin = begin_lost,
	.end = end_lost,
	.why = "the IPI is not sent: a timer sends it after --hold (10 ms)",
};

/* Another CPU may still be in send_but_one(), with preemption off. */
void ipigen_lost_exit(void)
{
	synchronize_rcu();
}
#else
const struct ipigen_path ipigen_path_lost = {
	.name = "lost",
	.func = "ipigen_lost",
	.calls = "smp_call_function_single_async",
	.absent = true,
	.why = "only x86 exports the function that sends (smp_ops), which is replaced for one csd",
};

void ipigen_lost_exit(void)
{
}
#endif
