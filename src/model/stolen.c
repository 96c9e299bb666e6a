// SPDX-License-Identifier: GPL-2.0
#include "abi/limits.h"
#include "model/snapshot.h"
#include "model/stolen.h"

uint64_t stolen__received(const struct cpu_stats *cpu)
{
	return cpu->received + cpu->irqs[KIND_CALL_FUNCTION].count;
}

uint64_t stolen__ns(const struct cpu_stats *cpu)
{
	uint64_t ns = cpu->handler.sum;

	for (int i = 0; i < NR_KINDS; i++)
		ns += cpu->irqs[i].sum;
	return ns;
}

uint64_t stolen__worst(const struct cpu_stats *cpu)
{
	uint64_t worst = cpu->handler.count ? cpu->handler.max : 0;

	for (int i = 0; i < NR_KINDS; i++)
		if (cpu->irqs[i].max > worst)
			worst = cpu->irqs[i].max;
	return worst;
}
