/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The second source: what it cannot know, what it needs, and how its maps are read.
 * collect/collector.h declares call_source itself.
 */
#ifndef IPITRACE_COLLECT_HOOKS_HOOKS_H
#define IPITRACE_COLLECT_HOOKS_HOOKS_H

#include "abi/hook.h"
#include "collect/maps.h"

struct collect_config;
struct cpuset;
struct moment;
struct snapshot;

/*
 * Returns, in words, a figure that @config asks for and that this source cannot know, because the
 * source sees only calls; NULL if it can know all.
 */
const char *hooks__lacks(const struct collect_config *config);

/* Returns, in words, a feature that this source needs and the kernel lacks; NULL: it lacks none. */
const char *hooks__needs(void);

/* The maps of the second source as plain memory, without libbpf: unit tests can make them. */
struct hook_maps {
	struct maps *maps; /* only the tables, samples and edges, which both sources have */
	struct hook_cpu *cpus; /* nr_cpus items */
	struct hook_call *calls; /* slots items */
	uint64_t *at_most; /* indexed by row of TABLE_FN: 1 if its count is an upper bound */
	uint32_t slots;
};

/*
 * Read @epoch's bank into @snap, which is zeroed except its window, and clear the bank. The
 * programs count in the next epoch already. The snapshot lists the CPUs of @cpus, and other CPUs
 * that have counted something. Returns 0, or -ENOMEM: then @snap owns nothing.
 */
int read_hooks(struct hook_maps *maps, uint32_t epoch, const struct cpuset *cpus,
	       struct snapshot *snap);

/*
 * The maps of the second source in which read_under_way() finds stalls that go on: waiting senders,
 * CPUs that are in an interrupt. As in collect/read_moment.h, the function allocates nothing and
 * waits for no CPU. The maps must live as long as this struct.
 */
struct under_way {
	const struct hook_maps *maps;
	bool interrupts; /* the programs see interrupts */
	const char *root; /* the parent directory of proc/; "" except in tests */
};

/*
 * Fill @moment with the senders that have waited, and the CPUs that have been in an interrupt, for
 * longer than @threshold ns. @ctx points to a struct under_way.
 */
void read_under_way(const void *ctx, uint64_t threshold, struct moment *moment);

#endif /* IPITRACE_COLLECT_HOOKS_HOOKS_H */
