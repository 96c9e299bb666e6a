/* SPDX-License-Identifier: GPL-2.0 */
/* A storm in plain words: what it is, and what to do. Pure. */
#ifndef IPITRACE_EXPLAIN_H
#define IPITRACE_EXPLAIN_H

#include "../facts.h"
#include "storm.h"

/* "tsc_khz_changed", "unknown". */
const char *explain__name(const struct storm *storm);

/* One sentence. */
void explain__why(const struct storm *storm, const struct storm_facts *facts, char *buf,
		  size_t size);

/* Commands and boot parameters, "; " in between. */
void explain__advice(const struct storm *storm, const struct storm_facts *facts, char *buf,
		     size_t size);

/* Transitions a second, each once; negative: they cannot be told. */
double explain__transitions(const struct cpufreq_facts *cpufreq);

#endif /* IPITRACE_EXPLAIN_H */
