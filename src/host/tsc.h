/* SPDX-License-Identifier: GPL-2.0 */
/* Whether the time stamp counter keeps its rate when the CPU's frequency changes. */
#ifndef IPITRACE_HOST_TSC_H
#define IPITRACE_HOST_TSC_H

#include "model/feature.h"
#include "model/storm_evidence.h"

void tsc__read(struct tsc_evidence *tsc);

/* Parse the files @cpuinfo and @clocksource, without CPUID: for tests. */
void tsc__parse(struct tsc_evidence *tsc, const char *cpuinfo, const char *clocksource);

/* For `check`: whether KVM's tsc_khz_changed is impossible here. */
void tsc__feature(struct feature *f);

#endif /* IPITRACE_HOST_TSC_H */
