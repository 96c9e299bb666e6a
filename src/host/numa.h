/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_HOST_NUMA_H
#define IPITRACE_HOST_NUMA_H

#include "model/numa.h"

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

#endif /* IPITRACE_HOST_NUMA_H */
