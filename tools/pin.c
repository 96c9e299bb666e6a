// SPDX-License-Identifier: GPL-2.0
#include <sched.h>
#include <string.h>
#include "pin.h"

int pin_allowed(struct cpuset *set)
{
	memset(set, 0, sizeof(*set));
	return sched_getaffinity(0, sizeof(*set), (cpu_set_t *)set);
}

int pin_to(pid_t tid, int cpu)
{
	struct cpuset set = { 0 };

	cpuset__add(&set, cpu);
	return sched_setaffinity(tid, sizeof(set), (cpu_set_t *)&set);
}
