// SPDX-License-Identifier: GPL-2.0
/*
 * Paths to one CPU: smp_call_function_single() and smp_call_function_any().
 */
#include "internal.h"
#include "paths.h"

IPIGEN_HANDLER(single_wait)
IPIGEN_HANDLER(single_nowait)
IPIGEN_HANDLER(behind_irq)
IPIGEN_HANDLER(single_local)
IPIGEN_HANDLER(send_self)
IPIGEN_HANDLER(any)

static int retract_failed(struct ipigen_run *run, struct ipigen_call *call, int err)
{
	if (err)
		ipigen_retract(run, call, 1);
	return err;
}

static int issue_single_wait(struct ipigen_run *run, struct ipigen_call *call)
{
	return retract_failed(run, call,
			      smp_call_function_single(run->dst, run->path->handler, call, 1));
}

static int issue_single_nowait(struct ipigen_run *run, struct ipigen_call *call)
{
	return retract_failed(run, call,
			      smp_call_function_single(run->dst, run->path->handler, call, 0));
}

#define issue_single_local issue_single_wait
#define issue_behind_irq   issue_single_wait
#define issue_send_self	   issue_single_wait

static int issue_any(struct ipigen_run *run, struct ipigen_call *call)
{
	int err = smp_call_function_any(run->aim, run->path->handler, call, 1);

	if (err)
		atomic_set(&call->pending, 0); /* no CPU was booked: run.c books it after success */
	return err;
}

const struct ipigen_path ipigen_path_single_wait = {
	IPIGEN_OWN(single_wait),
	.calls = "smp_call_function_single",
	.flags = IPIGEN_OURS | IPIGEN_CSD | IPIGEN_WAITS | IPIGEN_ONE_DST,
	.ipis = IPIGEN_IPIS_EACH,
	.aim = IPIGEN_AIM_ONE,
};

const struct ipigen_path ipigen_path_single_nowait = {
	IPIGEN_OWN(single_nowait),
	.calls = "smp_call_function_single",
	.flags = IPIGEN_OURS | IPIGEN_CSD | IPIGEN_ONE_DST,
	.ipis = IPIGEN_IPIS_EACH,
	.aim = IPIGEN_AIM_ONE,
};

/*
 * The same as single_wait; but with --irqs-off the target is in an interrupt of its timer during
 * that time.
 */
const struct ipigen_path ipigen_path_behind_irq = {
	IPIGEN_OWN(behind_irq),
	.calls = "smp_call_function_single",
	.flags = IPIGEN_OURS | IPIGEN_CSD | IPIGEN_WAITS | IPIGEN_ONE_DST,
	.ipis = IPIGEN_IPIS_EACH,
	.aim = IPIGEN_AIM_ONE,
	.in_irq = true,
};

/*
 * A call to the caller's own CPU: the function runs at once, with interrupts off, without a csd and
 * without an IPI.
 */
const struct ipigen_path ipigen_path_single_local = {
	IPIGEN_OWN(single_local),
	.calls = "smp_call_function_single",
	.flags = IPIGEN_OURS | IPIGEN_CSD | IPIGEN_WAITS | IPIGEN_ONE_DST | IPIGEN_FIXED,
	.ipis = IPIGEN_IPIS_NONE,
	.aim = IPIGEN_AIM_SELF,
};

const struct ipigen_path ipigen_path_any = {
	IPIGEN_OWN(any),
	.calls = "smp_call_function_any",
	.flags = IPIGEN_OURS | IPIGEN_CSD | IPIGEN_WAITS,
	.ipis = IPIGEN_IPIS_EACH,
	.aim = IPIGEN_AIM_PICK,
};

/* One of the four usual destinations of an IPI: the sender itself. The others are in many.c. */
const struct ipigen_path ipigen_path_send_self = {
	IPIGEN_OWN(send_self),
	.calls = "smp_call_function_single",
	.flags = IPIGEN_OURS | IPIGEN_CSD | IPIGEN_WAITS | IPIGEN_ONE_DST | IPIGEN_FIXED,
	.ipis = IPIGEN_IPIS_NONE,
	.aim = IPIGEN_AIM_SELF,
};
