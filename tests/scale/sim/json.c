// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "results.h"

static void number(const char *name, double value)
{
	printf("\"%s\": %.3f, ", name, value);
}

static void result_json(int w, int size)
{
	const struct result *r = &results.of[w][size];
	double n = r->run.smp.csds;

	printf("{\"workload\": \"%s\", \"cpus\": %u, ", workload_names[w], results.sizes[size]);
	number("csds", n);
	number("batches", r->run.smp.batches);
	number("wakeups", r->run.smp.by_kind[CSD_TTWU]);
	number("again", r->run.smp.again);
	number("moves", result_moves(r) / n);
	number("locked", r->counts.locked / n);
	number("hottest_a_call", r->hot.top[0].moves / (double)r->run.calls);
	number("behind_clock", r->behind_clock);
	printf("\"whole\": %s, \"not_run\": \"%s\"}\n", result_is_whole(r) ? "true" : "false",
	       cap.not_run);
}

void results_json(void)
{
	for (int w = 0; w < NR_WORKLOADS; w++)
		for (int i = 0; i < results.nr_sizes; i++)
			result_json(w, i);
}
