/* SPDX-License-Identifier: GPL-2.0 */
/* The policies that set a CPU's frequency, and whether the time stamp counter keeps its rate when that changes. */
#ifndef IPITRACE_HOST_CPU_CLOCK_H
#define IPITRACE_HOST_CPU_CLOCK_H

#include "model/host.h"
#include "model/storm_evidence.h"

void tsc__read(struct tsc_evidence *tsc);

/* Parse the files @cpuinfo and @clocksource, without CPUID: for tests. */
void tsc__parse(struct tsc_evidence *tsc, const char *cpuinfo, const char *clocksource);

/* For `check`: whether KVM's tsc_khz_changed is impossible here. */
void tsc__feature(struct feature *f);

/* Read the cpufreq policies under @root, "" for the machine's own; the members about transitions stay as they are. */
void cpufreq__policies(struct cpufreq_evidence *evidence, const char *root);

#endif /* IPITRACE_HOST_CPU_CLOCK_H */
