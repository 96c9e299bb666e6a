/* SPDX-License-Identifier: GPL-2.0 */
/* Which frequency policies there are, from /sys. */
#ifndef IPITRACE_HOST_CPUFREQ_H
#define IPITRACE_HOST_CPUFREQ_H

#include "model/storm_evidence.h"

/* The policies as they are now; the counters' fields stay. */
void cpufreq__policies(struct cpufreq_evidence *evidence);

#endif /* IPITRACE_HOST_CPUFREQ_H */
