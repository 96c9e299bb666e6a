// SPDX-License-Identifier: GPL-2.0
#include "abi/limits.h"
#include "model/totals.h"

uint64_t trace_totals__lost(const struct trace_totals *totals)
{
	uint64_t sum = totals->dropped;

	for (int i = 0; i < NR_LOST; i++)
		sum += totals->lost_by[i];
	return sum;
}
