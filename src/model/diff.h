/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two runs side by side: rates, times and percentiles of each, and which of them changed.
 * The spread of a figure from window to window says how well the run knows it.
 */
#ifndef IPITRACE_MODEL_DIFF_H
#define IPITRACE_MODEL_DIFF_H

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
	DIFF_DELAYS, /* of a function: p99 of its csds' delays */
	DIFF_HANDLERS, /* of a function: p99 of its runs */
	DIFF_SENDERS, /* of a CPU: csds a second that it sends */
	DIFF_RECEIVERS, /* of a CPU: csds a second that it receives */
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
	/* Of a percentile, which is known to a slot of 25 %: of all windows of each run; NULL: it is none. */
	struct hist *hists;
	struct series series[2];
	/* By diff__judge(). */
	double value[2];
	double factor; /* the second by the first; 0: there is none */
	double limits[2]; /* of the factor, within which there is no change; INFINITY: no upper one */
	double noise; /* of the difference, as a share of the larger value; negative: not known */
	enum diff_change change;
};

struct diff_side {
	struct utsname name; /* of the host; "": not known */
	struct timespec start; /* of the first window, CLOCK_REALTIME */
	uint64_t windows;
	double seconds;
};

/*
 * Whether the rows of @group, and of @func or @cpu where the group has these, are asked for;
 * @func NULL: functions that have no name.
 */
typedef bool diff_wanted_fn(const void *ctx, enum diff_group group, const char *func, uint32_t cpu);

/* All zero at first, except the members that say what is asked for. */
struct diff {
	diff_wanted_fn *wanted; /* NULL: all */
	const void *ctx;
	struct diff_side side[2];
	struct diff_row *rows;
	size_t nr;
	size_t *places; /* until diff__judge(): a hash of the rows, 1 + the index of each; 0: free */
	size_t nr_places; /* a power of two */
	size_t rose, fell;
};

/* Add a window of the first run (@which 0) or the second. 0 or -ENOMEM. */
int diff__window(struct diff *diff, int which, const struct snapshot *snap);

/*
 * All windows are there: a figure has changed if it did so by more than @tolerance (0.1: a
 * tenth) and by more than three times the noise. Sorts by group, largest value first.
 */
void diff__judge(struct diff *diff, double tolerance);

void diff__free(struct diff *diff);

#endif /* IPITRACE_MODEL_DIFF_H */
