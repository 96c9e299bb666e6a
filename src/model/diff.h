/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two runs side by side: rates, times and percentiles of each, and which of them changed.
 * The spread of a figure from window to window says how well the run knows it.
 */
#ifndef IPITRACE_MODEL_DIFF_H
#define IPITRACE_MODEL_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/utsname.h>
#include <time.h>
#include "model/snapshot.h"

/* Weighted values, a window each. */
struct series {
	uint64_t nr;
	double weight;
	double mean;
	double squares; /* weighted, of the distances from the mean */
};

enum diff_group {
	DIFF_TOTALS,
	DIFF_FUNCTIONS, /* csds a second */
	DIFF_SENDERS, /* csds a second that a CPU sends */
	DIFF_RECEIVERS, /* likewise, receives */
	NR_DIFF_GROUPS,
};

enum diff_unit {
	DIFF_PER_S,
	DIFF_NS,
	DIFF_NS_PER_S,
};

enum diff_change {
	DIFF_SAME,
	DIFF_ROSE,
	DIFF_FELL,
};

#define DIFF_NAME 96

struct diff_row {
	enum diff_group group;
	enum diff_unit unit;
	char name[DIFF_NAME];
	bool percentile; /* known to a slot of the histograms: 25 % */
	struct series series[2];
	/* By diff__judge(). */
	double value[2];
	double factor; /* the second by the first; 0: there is none */
	double noise; /* of the difference, as a share of the larger value; negative: not known */
	enum diff_change change;
};

struct diff_side {
	struct utsname name; /* of the host; "": not known */
	struct timespec start; /* of the first window, CLOCK_REALTIME */
	uint64_t windows;
	double seconds;
	struct hist hists[3]; /* delay, handler, wait, of all windows */
};

/* All zero at first; free() rows. */
struct diff {
	struct diff_side side[2];
	struct diff_row *rows;
	size_t nr;
	size_t rose, fell;
};

/* Add a window of the first run (@which 0) or the second. 0 or -ENOMEM. */
int diff__window(struct diff *diff, int which, const struct snapshot *snap);

/*
 * All windows are there: a figure has changed if it did so by more than @tolerance (0.1: a
 * tenth) and by more than three times the noise. Sorts by group, largest value first.
 */
void diff__judge(struct diff *diff, double tolerance);

#endif /* IPITRACE_MODEL_DIFF_H */
