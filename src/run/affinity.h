/* SPDX-License-Identifier: GPL-2.0 */
/* The CPUs on which ipitrace itself runs: it must not disturb the CPUs that it watches. */
#ifndef IPITRACE_RUN_AFFINITY_H
#define IPITRACE_RUN_AFFINITY_H

#include <stdbool.h>
#include "base/cpuset.h"

/*
 * Bind the calling thread to @wanted; NULL: keep it off the CPUs that are
 * isolated (isolcpus=, cpuset partitions) or nohz_full, where that leaves
 * any. Returns 0 or a negative errno; -EINVAL: no CPU of @wanted is online.
 * @bound: the CPUs that the thread is bound to; none: it stays free.
 */
int affinity__bind(const struct cpuset *wanted, struct cpuset *bound);

/*
 * The CPUs that the calling thread may use, less @avoid, the isolated and the
 * nohz_full ones. False: that leaves none.
 */
bool affinity__others(const struct cpuset *avoid, struct cpuset *others);

/*
 * Bind the calling thread to @bound again if it has come off: the kernel unbinds
 * a thread whose last CPU goes offline, and leaves it so when that CPU is back.
 */
void affinity__keep(const struct cpuset *bound);

#endif /* IPITRACE_RUN_AFFINITY_H */
