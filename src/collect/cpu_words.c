// SPDX-License-Identifier: GPL-2.0
#include "base/cpuset.h"
#include "collect/cpu_words.h"

void cpu_words__set(const struct cpuset *set, bool *filter, uint64_t *words)
{
	int cpu;

	if (!set)
		return;
	*filter = true;
	for_each_cpu(cpu, set)
		words[cpu / 64] |= 1ULL << cpu % 64;
}
