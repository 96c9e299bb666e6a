// SPDX-License-Identifier: GPL-2.0
/* Chooses the CPUs of a call. */
#include "internal.h"

/* Aim at every second CPU of the list: the condition in many.c refuses CPUs that are not in run->aim. */
static void aim_half(struct ipigen_run *run)
{
	bool take = true;
	int cpu;

	cpumask_clear(run->aim);
	for_each_cpu(cpu, run->live) {
		if (take)
			cpumask_set_cpu(cpu, run->aim);
		take = !take;
	}
}

static void aim_next(struct ipigen_run *run)
{
	int cpu = cpumask_next((int)run->next - 1, run->live);

	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(run->live);
	cpumask_clear(run->aim);
	if (cpu < nr_cpu_ids)
		cpumask_set_cpu(cpu, run->aim);
	run->next = cpu + 1;
}

void ipigen_aim(struct ipigen_run *run)
{
	switch (run->path->aim) {
	case IPIGEN_AIM_NONE:
		cpumask_clear(run->aim);
		break;
	case IPIGEN_AIM_SELF:
		cpumask_copy(run->aim, cpumask_of(run->src));
		break;
	case IPIGEN_AIM_ONE:
		aim_next(run);
		break;
	case IPIGEN_AIM_MASK:
		cpumask_andnot(run->aim, run->live, cpumask_of(run->src));
		break;
	case IPIGEN_AIM_MASK_SELF:
	case IPIGEN_AIM_PICK:
		cpumask_copy(run->aim, run->live);
		break;
	case IPIGEN_AIM_OTHERS:
		cpumask_andnot(run->aim, cpu_online_mask, cpumask_of(run->src));
		break;
	case IPIGEN_AIM_ALL:
		cpumask_copy(run->aim, cpu_online_mask);
		break;
	case IPIGEN_AIM_HALF:
		aim_half(run);
		break;
	}
	run->dst = cpumask_weight(run->aim) == 1 ? cpumask_first(run->aim) : IPIGEN_ANY_CPU;
}
