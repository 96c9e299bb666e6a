// SPDX-License-Identifier: GPL-2.0
/*
 * Paths to several CPUs. All end in smp_call_function_many_cond().
 */
#include "internal.h"
#include "paths.h"

IPIGEN_HANDLER(function_wait)
IPIGEN_HANDLER(function_nowait)
IPIGEN_HANDLER(many_wait)
IPIGEN_HANDLER(many_nowait)
IPIGEN_HANDLER(on_each_cpu)
IPIGEN_HANDLER(on_each_cpu_nowait)
IPIGEN_HANDLER(on_each_cpu_mask)
IPIGEN_HANDLER(cond)
IPIGEN_HANDLER(cond_mask)
IPIGEN_HANDLER(cond_mask_nowait)
IPIGEN_HANDLER(send_all)
IPIGEN_HANDLER(send_allbutself)
IPIGEN_HANDLER(send_mask)

/* The condition: true for the CPUs of run->aim. */
static bool is_aimed_at(int cpu, void *info)
{
	struct ipigen_call *call = info;

	return cpumask_test_cpu(cpu, call->run->aim);
}

static int issue_function_wait(struct ipigen_run *run, struct ipigen_call *call)
{
	smp_call_function(run->path->handler, call, 1);
	return 0;
}

static int issue_function_nowait(struct ipigen_run *run, struct ipigen_call *call)
{
	smp_call_function(run->path->handler, call, 0);
	return 0;
}

static int issue_many_wait(struct ipigen_run *run, struct ipigen_call *call)
{
	smp_call_function_many(run->aim, run->path->handler, call, true);
	return 0;
}

static int issue_many_nowait(struct ipigen_run *run, struct ipigen_call *call)
{
	smp_call_function_many(run->aim, run->path->handler, call, false);
	return 0;
}

static int issue_on_each_cpu(struct ipigen_run *run, struct ipigen_call *call)
{
	on_each_cpu(run->path->handler, call, 1);
	return 0;
}

static int issue_on_each_cpu_nowait(struct ipigen_run *run, struct ipigen_call *call)
{
	on_each_cpu(run->path->handler, call, 0);
	return 0;
}

static int issue_on_each_cpu_mask(struct ipigen_run *run, struct ipigen_call *call)
{
	on_each_cpu_mask(run->aim, run->path->handler, call, true);
	return 0;
}

static int issue_cond(struct ipigen_run *run, struct ipigen_call *call)
{
	on_each_cpu_cond(is_aimed_at, run->path->handler, call, true);
	return 0;
}

static int issue_cond_mask(struct ipigen_run *run, struct ipigen_call *call)
{
	on_each_cpu_cond_mask(is_aimed_at, run->path->handler, call, true, run->live);
	return 0;
}

static int issue_cond_mask_nowait(struct ipigen_run *run, struct ipigen_call *call)
{
	on_each_cpu_cond_mask(is_aimed_at, run->path->handler, call, false, run->live);
	return 0;
}

#define issue_send_all	      issue_on_each_cpu
#define issue_send_allbutself issue_function_wait
#define issue_send_mask	      issue_many_wait

#define MANY(_name, _calls, _flags, _aim)                     \
	const struct ipigen_path ipigen_path_##_name = {      \
		IPIGEN_OWN(_name),                            \
		.calls = _calls,                              \
		.flags = IPIGEN_OURS | IPIGEN_CSD | (_flags), \
		.ipis = IPIGEN_IPIS_EACH,                     \
		.aim = IPIGEN_AIM_##_aim,                     \
	}

#define WAITS IPIGEN_WAITS
#define FIXED IPIGEN_FIXED

MANY(function_wait, "smp_call_function", WAITS | FIXED, OTHERS);
MANY(function_nowait, "smp_call_function", FIXED, OTHERS);
MANY(many_wait, "smp_call_function_many", WAITS, MASK);
MANY(many_nowait, "smp_call_function_many", 0, MASK);

/* SCF_RUN_LOCAL: the caller runs the function itself, after sending and before waiting. */
MANY(on_each_cpu, "on_each_cpu", WAITS | FIXED, ALL);
MANY(on_each_cpu_nowait, "on_each_cpu", FIXED, ALL);
MANY(on_each_cpu_mask, "on_each_cpu_mask", WAITS, MASK_SELF);

/* The condition accepts the CPUs of the list, or every second CPU of the list. */
MANY(cond, "on_each_cpu_cond", WAITS, MASK_SELF);
MANY(cond_mask, "on_each_cpu_cond_mask", WAITS, HALF);
MANY(cond_mask_nowait, "on_each_cpu_cond_mask", 0, HALF);

/*
 * Three of the four usual destinations of an IPI: all CPUs, all but the sender, a mask of CPUs. The
 * fourth, the sender itself, is in single.c.
 */
MANY(send_all, "on_each_cpu", WAITS | FIXED, ALL);
MANY(send_allbutself, "smp_call_function", WAITS | FIXED, OTHERS);
MANY(send_mask, "smp_call_function_many", WAITS, MASK);
