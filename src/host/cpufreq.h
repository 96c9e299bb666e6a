/* SPDX-License-Identifier: GPL-2.0 */
/* The cpufreq policies, from /sys. */
#ifndef IPITRACE_HOST_CPUFREQ_H
#define IPITRACE_HOST_CPUFREQ_H

#include "model/storm_evidence.h"

/* Read the policies under @root, "" for the machine's own; the members about transitions stay as they are. */
void cpufreq__policies(struct cpufreq_evidence *evidence, const char *root);

#endif /* IPITRACE_HOST_CPUFREQ_H */
