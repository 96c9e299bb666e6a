/* SPDX-License-Identifier: GPL-2.0 */
/* A storm as a block of text. */
#ifndef IPITRACE_VIEW_TEXT_STORM_H
#define IPITRACE_VIEW_TEXT_STORM_H

#include <stddef.h>
#include "model/storm.h"
#include "model/storm_evidence.h"

#define STORM_TEXT 16384 /* bytes that hold any storm */

/*
 * @realtime: CLOCK_REALTIME less CLOCK_MONOTONIC, ns, for the time of day. Returns the length;
 * text beyond @size is cut off.
 */
size_t view__storm_text(char *buf, size_t size, const struct storm *storm,
			const struct storm_evidence *evidence, int64_t realtime);

/* The same to stdout, behind a blank line. */
void view__storm(const struct storm *storm, const struct storm_evidence *evidence,
		 int64_t realtime);

/* One line: the storm is over, or goes on when ipitrace ends. */
void view__storm_over(const struct storm *storm, int64_t realtime);

/* A run without a storm: how near it came to one, and what IPIs cost. */
void view__no_storm(const struct calm *calm);

#endif /* IPITRACE_VIEW_TEXT_STORM_H */
