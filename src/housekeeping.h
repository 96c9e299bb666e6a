/* SPDX-License-Identifier: GPL-2.0 */
/* Where ipitrace itself may run, so that it does not disturb what it watches. */
#ifndef IPITRACE_HOUSEKEEPING_H
#define IPITRACE_HOUSEKEEPING_H

#include "cpulist.h"

/*
 * Bind the calling thread to @wanted; NULL: keep it off the CPUs that are
 * isolated (isolcpus=, cpuset partitions) or nohz_full, where that leaves
 * any. Returns 0 or a negative errno: -EINVAL, none of @wanted is online.
 */
int housekeeping__bind(const struct cpuset *wanted);

#endif /* IPITRACE_HOUSEKEEPING_H */
