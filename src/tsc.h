/* SPDX-License-Identifier: GPL-2.0 */
/* Whether the time stamp counter keeps its rate, whatever the CPU's frequency. */
#ifndef IPITRACE_TSC_H
#define IPITRACE_TSC_H

#include "facts.h"

void tsc__read(struct tsc_facts *tsc);

/* @cpuinfo, @clocksource: the files, for tests. CPUID is not asked. */
void tsc__parse(struct tsc_facts *tsc, const char *cpuinfo, const char *clocksource);

#endif /* IPITRACE_TSC_H */
