/* SPDX-License-Identifier: GPL-2.0 */
/* A window in which CPU 0 sends csds of membarrier to CPU 1, on a machine of these two. */
#ifndef IPITRACE_TESTS_MEMBARRIER_WINDOW_H
#define IPITRACE_TESTS_MEMBARRIER_WINDOW_H

#include <sys/utsname.h>
#include "model/host.h"
#include "model/snapshot.h"
#include "view/json/json.h"
#include "unit.h"

#define SECOND 1000000000ULL

static struct host host = { .name = { .nodename = "node", .release = "6.12" } };

/* The window from @start, ns, for @seconds, with @csds; its rows are valid until the next call. */
static inline struct snapshot membarrier_window(uint64_t start, double seconds, uint64_t csds)
{
	static struct fn_stats fn;
	static struct cpu_stats cpus[2];
	static struct edge edge;

	fn = (struct fn_stats){ .func = { .addr = 1, .name = "ipi_mb" },
				.callsite = { .addr = 2, .name = "on_each_cpu_cond_mask" },
				.count = csds,
				.handler = { .count = csds, .sum = 500 * csds },
				.wait = { .count = csds, .sum = 300 * csds } };
	cpus[1] = (struct cpu_stats){ .cpu = 1, .received = csds, .handler.sum = 500 * csds };
	edge = (struct edge){ 0, 1, csds };
	return (struct snapshot){
		.host = &host,
		.window = { .mono_start = start, .mono_end = start + seconds * SECOND },
		.ledger.queued = csds,
		.cpus = cpus,
		.nr_cpus = ARRAY_SIZE(cpus),
		.edges = &edge,
		.nr_edges = 1,
		.fns = &fn,
		.nr_fns = 1,
	};
}

/* A group's set-up: the machine, also in lines of JSON. */
static int host_setup(void **state)
{
	cpuset__add(&host.online, 0);
	cpuset__add(&host.online, 1);
	return stamp__set(&host.name);
}

#endif /* IPITRACE_TESTS_MEMBARRIER_WINDOW_H */
