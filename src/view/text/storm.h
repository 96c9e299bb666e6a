/* SPDX-License-Identifier: GPL-2.0 */
/* A storm as a block of text. */
#ifndef IPITRACE_VIEW_TEXT_STORM_H
#define IPITRACE_VIEW_TEXT_STORM_H

#include "model/storm.h"
#include "model/storm_evidence.h"

/* CLOCK_REALTIME less CLOCK_MONOTONIC, ns, tells the time of day. */
void view__storm(const struct storm *storm, const struct storm_evidence *evidence,
		 int64_t realtime);

/* One line: it is over, or it goes on while we end. */
void view__storm_over(const struct storm *storm, int64_t realtime);

/* What there is to say when nothing was found. */
void view__no_storm(double seconds);

/* NDJSON: 0, -ENOMEM, or the errno of stdout. @time: CLOCK_MONOTONIC ns. */
int json__storm(const struct storm *storm, const struct storm_evidence *evidence, uint64_t time);

#endif /* IPITRACE_VIEW_TEXT_STORM_H */
