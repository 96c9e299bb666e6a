/* SPDX-License-Identifier: GPL-2.0 */
/* Which frequency policies there are, from /sys. */
#ifndef IPITRACE_CPUFREQ_H
#define IPITRACE_CPUFREQ_H

#include "facts.h"

/* The policies as they are now; the counters' fields stay. */
void cpufreq__policies(struct cpufreq_facts *facts);

#endif /* IPITRACE_CPUFREQ_H */
