/* SPDX-License-Identifier: GPL-2.0 */
/* One bank of the second source's maps into a snapshot. */
#ifndef IPITRACE_COLLECT_HOOKS_READ_HOOKS_H
#define IPITRACE_COLLECT_HOOKS_READ_HOOKS_H

#include <stdint.h>

struct cpuset;
struct hook_maps;
struct snapshot;

/*
 * Fill @snap, zeroed but for its window, from @epoch's bank, and clear that. The programs
 * count in the next epoch already. @cpus: those that are listed, with those that have
 * counted. Returns 0 or -ENOMEM; then @snap owns nothing.
 */
int read_hooks(struct hook_maps *maps, uint32_t epoch, const struct cpuset *cpus,
	       struct snapshot *snap);

#endif /* IPITRACE_COLLECT_HOOKS_READ_HOOKS_H */
