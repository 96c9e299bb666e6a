/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_HOST_LLC_H
#define IPITRACE_HOST_LLC_H

#include "base/cpuset.h"
#include "model/numa.h"

/*
 * Read which of @cpus share a last-level cache, from @dir, normally NULL for
 * /sys/devices/system/cpu. A group has the number of its first CPU. @groups, all zero
 * before, stays so where the files are missing.
 */
void llc__read(struct numa *groups, const struct cpuset *cpus, const char *dir);

#endif /* IPITRACE_HOST_LLC_H */
