// SPDX-License-Identifier: GPL-2.0
/*
 * smp_call_function_single_async() with a csd that is queued again before its function runs. The
 * kernel unlocks an async csd right before it calls the function (6.12 kernel/smp.c
 * __flush_smp_call_function_queue), so there is a moment in which it takes it again.
 *
 * The moment is short: left alone, hardly any sender comes in time. So, where there is the
 * tracepoint between unlock and function (6.5: csd_function_entry), a probe in front of all others
 * holds the target there until the sender has queued the csd again.
 */
#include <linux/slab.h>
#include <linux/tracepoint.h>

#include "internal.h"
#include "paths.h"

/*
 * Two senders may hold each other up, each in an interrupt of the other's: not for ever. But long
 * enough for a virtual CPU to get its turn.
 */
#define HOLD_UP_NS (10 * NSEC_PER_MSEC)

IPIGEN_HANDLER(async_requeue)

struct requeue {
	struct tracepoint *entry; /* NULL: there is none */
	bool held[IPIGEN_RING]; /* the first run was; the second need not be */
	bool again[IPIGEN_RING]; /* queued a second time, or given up */
};

static void probe_entry(void *data, smp_call_func_t func, call_single_data_t *csd)
{
	struct ipigen_run *run = data;
	struct requeue *mine = run->private;
	u64 start;
	int i;

	if (func != ipigen_async_requeue)
		return;
	for (i = 0; i < IPIGEN_RING && csd != &run->ring[i].csd; i++)
		;
	if (i == IPIGEN_RING || mine->held[i])
		return;
	mine->held[i] = true;
	start = ipigen_clock();
	while (!smp_load_acquire(&mine->again[i]) && ipigen_clock() - start < HOLD_UP_NS)
		cpu_relax();
}

static void find_entry(struct tracepoint *tp, void *data)
{
	struct requeue *mine = data;

	if (!strcmp(tp->name, "csd_function_entry"))
		mine->entry = tp;
}

static int begin_requeue(struct ipigen_run *run)
{
	struct requeue *mine = kzalloc(sizeof(*mine), GFP_KERNEL);
	int err = 0;

	if (!mine)
		return -ENOMEM;
	run->private = mine;
	for_each_kernel_tracepoint(find_entry, mine);
	if (mine->entry)
		err = tracepoint_probe_register_prio(mine->entry, probe_entry, run, INT_MAX);
	if (err)
		kfree(mine);
	return err;
}

static void end_requeue(struct ipigen_run *run)
{
	struct requeue *mine = run->private;

	if (mine->entry) {
		tracepoint_probe_unregister(mine->entry, probe_entry, run);
		tracepoint_synchronize_unregister();
	}
	kfree(mine);
}

/*
 * The second stamp is the second queueing's; both run in order, as they stand in one CPU's queue.
 */
static int issue_async_requeue(struct ipigen_run *run, struct ipigen_call *call)
{
	struct requeue *mine = run->private;
	size_t i = call - run->ring;
	u64 start = ipigen_clock();
	int err;

	mine->held[i] = false;
	mine->again[i] = run->dst == run->src; /* to itself it runs at once */
	INIT_CSD(&call->csd, run->path->handler, call);
	err = smp_call_function_single_async(run->dst, &call->csd);
	while (!err) {
		WRITE_ONCE(call->stamp[1], ipigen_clock());
		err = smp_call_function_single_async(run->dst, &call->csd);
		if (err != -EBUSY)
			break;
		err = ipigen_clock() - start > 2 * ipigen_max_ns() + NSEC_PER_SEC ? -ETIMEDOUT : 0;
		cpu_relax();
	}
	smp_store_release(&mine->again[i], true);
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
	.end = end_requeue,
};
