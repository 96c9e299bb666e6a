/* SPDX-License-Identifier: GPL-2.0 */
/* The machine: its name, kernel and online CPUs, and which of these share memory or a cache. */
#ifndef IPITRACE_HOST_MACHINE_H
#define IPITRACE_HOST_MACHINE_H

#include "base/cpuset.h"
#include "model/host.h"

/* A part that cannot be read becomes empty. */
void machine__read(struct host *host);

/* The place of the node with number @id, made if there is room; else the last place. */
uint32_t numa__place(struct numa *numa, int id);

/*
 * Read which node each online CPU belongs to, from @dir, normally NULL for
 * /sys/devices/system/node. A kernel without NUMA has no such directory: @numa stays
 * as it is. The kernel lists online CPUs only (drivers/base/node.c,
 * node_read_cpumap()), so read again once a CPU has come: nodes keep their places in
 * @numa, new ones are added.
 */
void numa__read(struct numa *numa, const char *dir);

/*
 * Read which of @cpus share a last-level cache, from @dir, normally NULL for
 * /sys/devices/system/cpu. A group has the number of its first CPU. @groups, all zero
 * before, stays so where the files are missing.
 */
void llc__read(struct numa *groups, const struct cpuset *cpus, const char *dir);

#endif /* IPITRACE_HOST_MACHINE_H */
