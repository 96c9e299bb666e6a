// SPDX-License-Identifier: GPL-2.0
/*
 * smp_call_function_single_async() with a csd that is queued again before its function runs. The
 * kernel unlocks an async csd right before it calls the function (6.12 kernel/smp.c
 * __flush_smp_call_function_queue), so for a moment the csd can be queued again.
 *
 * The moment is too short for most senders. If the kernel has a tracepoint between unlock and
 * function (6.5: csd_function_entry), a probe with the highest priority delays the target there
 * until the sender has queued the csd again. The first run registers the probe, which then stays,
 * because each registration patches the kernel.
 */
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "internal.h"
#include "paths.h"

/*
 * Two senders may delay each other, each in an interrupt of the other's, so the wait has a limit,
 * which is long enough for a virtual CPU to be scheduled.
 */
#define HOLD_UP_NS (50 * NSEC_PER_MSEC)

IPIGEN_HANDLER(async_requeue)

static DEFINE_MUTEX(probe_lock);
static struct tracepoint *entry; /* the tracepoint, once the probe is registered */

static void probe_entry(void *data, smp_call_func_t func, call_single_data_t *csd)
{
	struct ipigen_call *call;
	u64 start;

	if (func != ipigen_async_requeue || !csd)
		return;
	call = container_of(csd, struct ipigen_call, csd);
	/* Only the first run is delayed. */
	if (call->held)
		return;
	call->held = true;
	start = ipigen_clock();
	while (!smp_load_acquire(&call->again) && ipigen_clock() - start < HOLD_UP_NS)
		cpu_relax();
}

static void find_entry(struct tracepoint *tp, void *data)
{
	struct tracepoint **found = data;

	if (!strcmp(tp->name, "csd_function_entry"))
		*found = tp;
}

static int begin_requeue(struct ipigen_run *run)
{
	struct tracepoint *found = NULL;
	int err = 0;

	if (mutex_lock_interruptible(&probe_lock))
		return -EINTR;
	if (!entry) {
		for_each_kernel_tracepoint(find_entry, &found);
		if (found)
			err = tracepoint_probe_register_prio(found, probe_entry, NULL, INT_MAX);
		if (!err)
			entry = found;
	}
	mutex_unlock(&probe_lock);
	return err;
}

void ipigen_requeue_exit(void)
{
	if (!entry)
		return;
	tracepoint_probe_unregister(entry, probe_entry, NULL);
	tracepoint_synchronize_unregister();
}

static int may_try_again(u64 start)
{
	if (signal_pending(current))
		return -EINTR;
	return ipigen_clock() - start > 2 * ipigen_max_ns() + NSEC_PER_SEC ? -ETIMEDOUT : 0;
}

/* The second stamp is for the second queueing; the queue of one CPU runs both in order. */
static int issue_async_requeue(struct ipigen_run *run, struct ipigen_call *call)
{
	u64 start = ipigen_clock();
	int err, left = 2;

	call->held = false;
	call->again = run->dst == run->src; /* a csd to the own CPU runs at once */
	INIT_CSD(&call->csd, run->path->handler, call);
	err = smp_call_function_single_async(run->dst, &call->csd);
	while (!err) {
		left = 1;
		WRITE_ONCE(call->stamp[1], ipigen_clock());
		err = smp_call_function_single_async(run->dst, &call->csd);
		if (err != -EBUSY)
			break;
		err = may_try_again(start);
		cpu_relax();
	}
	smp_store_release(&call->again, true);
	if (err)
		ipigen_retract(run, call, left);
	return err;
}

const struct ipigen_path ipigen_path_async_requeue = {
	IPIGEN_OWN(async_requeue),
	.calls = "smp_call_function_single_async",
	.flags = IPIGEN_OURS | IPIGEN_CSD | IPIGEN_ONE_DST,
	.ipis = IPIGEN_IPIS_EACH,
	.aim = IPIGEN_AIM_ONE,
	.per_target = 2,
	.begin = begin_requeue,
};
