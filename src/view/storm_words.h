/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sentences about a storm that text and JSON share: its cause, and the
 * advice, safe for a terminal. Pure functions; each string goes into @buf, cut to @size.
 */
#ifndef IPITRACE_VIEW_STORM_WORDS_H
#define IPITRACE_VIEW_STORM_WORDS_H

#include <stddef.h>
#include "model/storm.h"
#include "model/storm_evidence.h"

/* The signature's name, such as "tsc_khz_changed"; "unknown" without a signature. */
const char *storm_words__name(const struct storm *storm);

/* The rate, the function and the cause, in one sentence without a full stop. */
void storm_words__why(const struct storm *storm, const struct storm_evidence *evidence, char *buf,
		      size_t size);

/* Commands and boot parameters, separated by "; ". */
void storm_words__advice(const struct storm *storm, const struct storm_evidence *evidence,
			 char *buf, size_t size);

/* Why the limit of the rate is what it is, by how usual the cause is. */
const char *storm_words__usual(const struct storm *storm);

/* Frequency transitions a second, of all policies; negative: not known. */
double storm_words__transitions(const struct cpufreq_evidence *cpufreq);

#endif /* IPITRACE_VIEW_STORM_WORDS_H */
