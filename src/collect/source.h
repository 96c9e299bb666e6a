/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A collection by the source that this kernel has: the csd tracepoints (collector.h), or
 * where there are none the calls of kernel/smp.c (hooks/). Errors are negative errnos.
 */
#ifndef IPITRACE_COLLECT_SOURCE_H
#define IPITRACE_COLLECT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "collect/live_stacks.h"
#include "model/snapshot.h"

struct btf;
struct collect_config;
struct collector;
struct cpuset;
struct hooks;
struct moment_reader;
struct user_stack;

/*
 * For tests and comparisons: "calls" takes the second source where both are to be had, and
 * "probes" takes that by kprobes.
 */
#define SOURCE_ENV "IPITRACE_SOURCE"

/* Either is NULL. */
struct collect_source {
	struct collector *collector;
	struct hooks *hooks;
};

/* The source that a kernel with @btf has, by what that names, and not by a version. */
enum snapshot_source source__of_kernel(const struct btf *btf);

/* The source that source__open() takes here, where either will do. */
enum snapshot_source source__here(void);

/*
 * Load and attach; nothing is counted yet. @any: the caller can do with either source, else
 * it needs the csd tracepoints. Returns 0, or a negative errno: -EOPNOTSUPP: @config asks
 * for what this kernel's source cannot know.
 */
int source__open(struct collect_source *source, const struct collect_config *config, bool any);

/* Why source__open() returned @err, in one line. */
void source__explain(const struct collect_config *config, bool any, int err, char *why,
		     size_t size);

/* The functions of collector.h with these names, or those of hooks/hooks.h. */
bool source__sees_interrupts(const struct collect_source *source);
const struct cpuset *source__possible(const struct collect_source *source);
enum wait_source source__wait_source(const struct collect_source *source);
uint64_t source__map_bytes(const struct collect_source *source);
void source__begin(struct collect_source *source);
int source__cut(struct collect_source *source, struct snapshot *snap, bool last);
struct moment_reader *source__moment_reader(struct collect_source *source);
void source__find_offline(struct collect_source *source);

/* While a window lasts, now and then: hooks__tend(), where calls are followed. */
void source__tend(struct collect_source *source);

/* live_stacks__each() of the window that has begun. */
size_t source__live_stacks(const struct collect_source *source, struct live_stacks *live,
			   live_stack_fn *see, void *ctx);
void source__close(struct collect_source *source);

#endif /* IPITRACE_COLLECT_SOURCE_H */
