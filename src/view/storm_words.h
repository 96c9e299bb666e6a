/* SPDX-License-Identifier: GPL-2.0 */
/* A storm in plain words: what it is, and what to do. Pure. */
#ifndef IPITRACE_VIEW_STORM_WORDS_H
#define IPITRACE_VIEW_STORM_WORDS_H

#include <stddef.h>
#include "model/storm.h"
#include "model/storm_evidence.h"

/* "tsc_khz_changed", "unknown". */
const char *storm_words__name(const struct storm *storm);

/* One sentence. */
void storm_words__why(const struct storm *storm, const struct storm_evidence *evidence, char *buf,
		      size_t size);

/* Commands and boot parameters, "; " in between. */
void storm_words__advice(const struct storm *storm, const struct storm_evidence *evidence,
			 char *buf, size_t size);

/* Transitions a second, each once; negative: they cannot be told. */
double storm_words__transitions(const struct cpufreq_evidence *cpufreq);

#endif /* IPITRACE_VIEW_STORM_WORDS_H */
