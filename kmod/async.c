// SPDX-License-Identifier: GPL-2.0
/*
 * smp_call_function_single_async(): the caller owns the csd. The kernel unlocks the csd before the
 * function runs (6.12 kernel/smp.c __flush_smp_call_function_queue, since 5.7), so the csd may be
 * queued again before, or while, its function runs.
 */
#include <linux/slab.h>

#include "compat.h"
#include "internal.h"
#include "paths.h"

#define SEVERAL 4

IPIGEN_HANDLER(async)

static int queue_csd(struct ipigen_run *run, struct ipigen_call *call, call_single_data_t *csd,
		     int dst)
{
	INIT_CSD(csd, run->path->handler, call);
	return smp_call_function_single_async(dst, csd);
}

static int issue_async(struct ipigen_run *run, struct ipigen_call *call)
{
	int err = queue_csd(run, call, &call->csd, run->dst);

	if (err)
		ipigen_retract(run, call, 1);
	return err;
}

/* Several csds for the same CPU at once; one interrupt may run all of them. */
struct several {
	call_single_data_t csd;
	struct ipigen_call *call;
	u64 stamp;
};

static void ipigen_async_several(void *info)
{
	u64 start = ipigen_clock();
	struct several *one = info;

	ipigen_finish(one->call, one->call->src, READ_ONCE(one->stamp), start);
}

static int begin_several(struct ipigen_run *run)
{
	run->private = kcalloc(IPIGEN_RING * SEVERAL, sizeof(struct several), GFP_KERNEL);
	return run->private ? 0 : -ENOMEM;
}

static void end_several(struct ipigen_run *run)
{
	kfree(run->private);
}

static int issue_async_several(struct ipigen_run *run, struct ipigen_call *call)
{
	struct several *one = run->private;
	int i, err = 0;

	one += (call - run->ring) * SEVERAL;
	for (i = 0; i < SEVERAL; i++, one++) {
		one->call = call;
		WRITE_ONCE(one->stamp, ipigen_clock());
		INIT_CSD(&one->csd, run->path->handler, one);
		err = smp_call_function_single_async(run->dst, &one->csd);
		if (err)
			break;
	}
	if (err)
		ipigen_retract(run, call, SEVERAL - i);
	return err;
}

/*
 * The handler queues its own csd, already unlocked, to its own CPU. The kernel runs the function
 * at once, nested in the first run, and with a NULL csd.
 */
static void ipigen_async_nested(void *info)
{
	u64 start = ipigen_clock();
	struct ipigen_call *call = info;
	int cpu = raw_smp_processor_id();

	if (atomic_inc_return(&call->entered) == 2) {
		ipigen_finish(call, cpu, start, start);
		return;
	}
	atomic_inc(&call->pending);
	WARN_ON_ONCE(smp_call_function_single_async(cpu, &call->csd));
	ipigen_finish(call, call->src, READ_ONCE(call->stamp[0]), start);
}

#define issue_async_nested issue_async

/*
 * Each handler queues the same csd to the next CPU of the list: this makes queue events in
 * interrupt context, and a csd that is outstanding on two CPUs at once.
 */
static int chain_next(struct ipigen_run *run, int cpu)
{
	cpu = cpumask_next(cpu, run->live);
	return cpu == run->src ? cpumask_next(cpu, run->live) : cpu;
}

static int chain_send(struct ipigen_run *run, struct ipigen_call *call, int src, int dst)
{
	call->src = src;
	ipigen_books_issued(run, src, dst, 1);
	ipigen_stamp(call);
	return queue_csd(run, call, &call->csd, dst);
}

/*
 * End the chain: the csd could not be queued to CPU @next, which went offline after a signal had
 * ended the run. So the CPUs after it will not be called either.
 */
static void chain_break(struct ipigen_run *run, struct ipigen_call *call, int src, int next)
{
	int cpu, left = 0;

	for (cpu = next; cpu < nr_cpu_ids; cpu = chain_next(run, cpu))
		left++;
	ipigen_books_retract(run, src, next, 1);
	atomic_sub(left, &call->pending);
}

static void ipigen_async_chain(void *info)
{
	u64 start = ipigen_clock();
	struct ipigen_call *call = info;
	u64 stamp = READ_ONCE(call->stamp[0]);
	int cpu = raw_smp_processor_id(), src = call->src;
	int next = chain_next(call->run, cpu);
	int err = 0;

	if (next < nr_cpu_ids)
		err = chain_send(call->run, call, cpu, next);
	if (err)
		chain_break(call->run, call, cpu, next);
	ipigen_finish(call, src, stamp, start);
}

static int issue_async_chain(struct ipigen_run *run, struct ipigen_call *call)
{
	int first = chain_next(run, -1);
	int err;

	if (first >= nr_cpu_ids)
		return 0;
	atomic_set(&call->pending, cpumask_weight(run->aim));
	run->issued += cpumask_weight(run->aim);
	err = chain_send(run, call, run->src, first);
	if (err)
		chain_break(run, call, run->src, first);
	return err;
}

#define ASYNC(_name, ...)                                                                     \
	const struct ipigen_path ipigen_path_##_name = {                                      \
		IPIGEN_OWN(_name), .calls = "smp_call_function_single_async",                 \
		.flags = IPIGEN_OURS | IPIGEN_CSD | IPIGEN_ONE_DST, .ipis = IPIGEN_IPIS_EACH, \
		__VA_ARGS__                                                                   \
	}

ASYNC(async, .aim = IPIGEN_AIM_ONE);
ASYNC(async_several, .aim = IPIGEN_AIM_ONE, .per_target = SEVERAL, .begin = begin_several,
      .end = end_several);
ASYNC(async_nested, .aim = IPIGEN_AIM_ONE);
ASYNC(async_chain, .aim = IPIGEN_AIM_MASK, .books_itself = true);
