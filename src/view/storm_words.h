/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sentences about a storm that text and JSON share: its cause, and the
 * advice, safe for a terminal. Pure functions; each string goes into @buf, cut to @size.
 */
#ifndef IPITRACE_VIEW_STORM_WORDS_H
#define IPITRACE_VIEW_STORM_WORDS_H

#include "model/storm.h"

/* The signature's name, such as "tsc_khz_changed"; "unknown" without a signature. */
const char *storm_words__name(const struct storm *storm);

/* The rate, the function and the cause, in one sentence without a full stop. */
void storm_words__why(const struct storm *storm, const struct storm_evidence *evidence, char *buf,
		      size_t size);

/* Commands and boot parameters, separated by "; ". */
void storm_words__advice(const struct storm *storm, const struct storm_evidence *evidence,
			 char *buf, size_t size);

/* Why the limit of @nearest's rate is what it is, in a word or two: "routine"; NULL: not known. */
const char *storm_words__limit(const struct storm_nearest *nearest);

/* "reschedule and sched_ttwu_pending (wakeups)"; the cause where @cause is set. */
void storm_words__nearest(const struct storm_nearest *nearest, bool cause, char *buf, size_t size);

/* "1.55 % of all CPU time": the cost beside whose limit it is. */
void storm_words__cost(const struct storm_cost *cost, char *buf, size_t size);

/* The same as a sentence, by how usual the cause is. */
const char *storm_words__usual(const struct storm *storm);

/* Updates of guests' clocks (kvmclock) for each frequency transition; negative: not known. */
double storm_words__updates_each(const struct storm_evidence *evidence);

/* IPIs of guests that are in none of vms: later guests, and vCPUs by another name. */
uint64_t storm_words__other_ipis(const struct guest_ipi_evidence *ipis);

/*
 * "the host was asked 23.1k/s to flush other CPUs' TLBs, which sends no IPI"; "" where there is nothing to
 * say. @buf is cut to @size.
 */
void storm_words__flushes(const struct flushes *flushes, double seconds, char *buf, size_t size);

/*
 * A run without a storm: "IPIs take 0.1 % of CPU time here: seek another cause". @buf is cut to @size.
 */
void storm_words__calm(const struct calm *calm, char *buf, size_t size);

#endif /* IPITRACE_VIEW_STORM_WORDS_H */
