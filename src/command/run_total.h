/* SPDX-License-Identifier: GPL-2.0 */
/* The windows of a live run as one: what a page that was drawn over and over leaves at its end. */
#ifndef IPITRACE_COMMAND_RUN_TOTAL_H
#define IPITRACE_COMMAND_RUN_TOTAL_H

#include "model/snapshot.h"
#include "model/storm.h"

/* All zero at first. */
struct run_total {
	struct kept
		*sum; /* of all windows, ranked, with the first one's start; NULL: there is none */
	size_t every, seen; /* of snapshot_sum's samples */
	/* Of the window that came nearest to a storm, or in which a storm cost most. */
	struct storm_nearest nearest;
	struct storm storm; /* nearest.storm, without its CPUs */
	size_t windows;
};

/* Add a window. @nearest: of that window; NULL: storms are not looked for. 0 or -ENOMEM. */
int run_total__add(struct run_total *total, const struct snapshot *snap,
		   const struct storm_nearest *nearest);

void run_total__free(struct run_total *total);

#endif /* IPITRACE_COMMAND_RUN_TOTAL_H */
