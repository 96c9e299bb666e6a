// SPDX-License-Identifier: GPL-2.0
/*
 * Calls from outside a task: from a timer, an hrtimer, a softirq, or with interrupts off. Only the
 * async call is allowed there. The other calls warn unless in_task() (6.12 kernel/smp.c:687 and
 * :814), because a handler that interrupts llist_add() could wait for itself.
 */
#include <linux/jiffies.h>

#include "compat.h"
#include "internal.h"
#include "paths.h"

IPIGEN_HANDLER(timer_async)
IPIGEN_HANDLER(hrtimer_async)
IPIGEN_HANDLER(softirq_async)
IPIGEN_HANDLER(irqsoff_async)

static void send_in_context(struct ipigen_run *run)
{
	struct ipigen_call *call = xchg(&run->in_context, NULL);

	if (!call)
		return;
	ipigen_stamp(call);
	INIT_CSD(&call->csd, run->path->handler, call);
	if (smp_call_function_single_async(run->dst, &call->csd))
		ipigen_retract(run, call, 1);
}

/*
 * A run has one timer, hrtimer and tasklet for all its calls, so wait until this call's handler has
 * run. After a signal, and after a long wait, a call that was not sent yet will never be sent.
 */
static int wait_for_context(struct ipigen_run *run, struct ipigen_call *call)
{
	int err = ipigen_await(call);

	if (err && xchg(&run->in_context, NULL))
		ipigen_retract(run, call, 1);
	return err;
}

static void timer_fires(struct timer_list *timer)
{
	send_in_context(container_of(timer, struct ipigen_run, timer));
}

static int begin_timer(struct ipigen_run *run)
{
	timer_setup(&run->timer, timer_fires, TIMER_PINNED);
	return 0;
}

static void end_timer(struct ipigen_run *run)
{
	timer_delete_sync(&run->timer);
}

static int issue_timer_async(struct ipigen_run *run, struct ipigen_call *call)
{
	run->in_context = call;
	run->timer.expires = jiffies + 1;
	add_timer_on(&run->timer, run->src);
	return wait_for_context(run, call);
}

static enum hrtimer_restart hrtimer_fires(struct hrtimer *timer)
{
	send_in_context(container_of(timer, struct ipigen_run, hrtimer));
	return HRTIMER_NORESTART;
}

static int begin_hrtimer(struct ipigen_run *run)
{
	hrtimer_setup(&run->hrtimer, hrtimer_fires, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}

static void end_hrtimer(struct ipigen_run *run)
{
	hrtimer_cancel(&run->hrtimer);
}

static int issue_hrtimer_async(struct ipigen_run *run, struct ipigen_call *call)
{
	run->in_context = call;
	hrtimer_start(&run->hrtimer, ns_to_ktime(50 * NSEC_PER_USEC), HRTIMER_MODE_REL_PINNED_HARD);
	return wait_for_context(run, call);
}

static void tasklet_runs(struct tasklet_struct *tasklet)
{
	send_in_context(container_of(tasklet, struct ipigen_run, tasklet));
}

static int begin_softirq(struct ipigen_run *run)
{
	tasklet_setup(&run->tasklet, tasklet_runs);
	return 0;
}

static void end_softirq(struct ipigen_run *run)
{
	tasklet_kill(&run->tasklet);
}

static int issue_softirq_async(struct ipigen_run *run, struct ipigen_call *call)
{
	run->in_context = call;
	tasklet_schedule(&run->tasklet);
	return wait_for_context(run, call);
}

static int issue_irqsoff_async(struct ipigen_run *run, struct ipigen_call *call)
{
	unsigned long flags;

	run->in_context = call;
	local_irq_save(flags);
	send_in_context(run);
	local_irq_restore(flags);
	return 0;
}

#define CONTEXT(_name, ...)                                         \
	const struct ipigen_path ipigen_path_##_name = {            \
		IPIGEN_OWN(_name),                                  \
		.calls = "smp_call_function_single_async",          \
		.flags = IPIGEN_OURS | IPIGEN_CSD | IPIGEN_ONE_DST, \
		.ipis = IPIGEN_IPIS_EACH,                           \
		.aim = IPIGEN_AIM_ONE,                              \
		__VA_ARGS__                                         \
	}

CONTEXT(timer_async, .sleeps = true, .begin = begin_timer, .end = end_timer);
CONTEXT(hrtimer_async, .sleeps = true, .begin = begin_hrtimer, .end = end_hrtimer);
CONTEXT(softirq_async, .sleeps = true, .begin = begin_softirq, .end = end_softirq);
CONTEXT(irqsoff_async);

#define FORBIDDEN(_name, _calls, _line)                               \
	const struct ipigen_path ipigen_path_##_name = {              \
		.name = #_name,                                       \
		.func = "ipigen_" #_name,                             \
		.calls = _calls,                                      \
		.absent = true,                                       \
		.why = _calls " outside a task is forbidden: " _line, \
	}

FORBIDDEN(timer_single, "smp_call_function_single", "WARN_ON_ONCE(!in_task()) in kernel/smp.c");
FORBIDDEN(timer_many, "smp_call_function_many", "WARN_ON_ONCE(!in_task()) in kernel/smp.c");
