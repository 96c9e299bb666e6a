// SPDX-License-Identifier: GPL-2.0
#include "abi/limits.h"
#include "model/totals.h"

uint64_t trace_totals__lost(const struct trace_totals *end)
{
	uint64_t sum = end->dropped;

	for (int i = 0; i < NR_LOST; i++)
		sum += end->lost_by[i];
	return sum;
}
