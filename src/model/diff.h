/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compare two runs: rates, times and percentiles of both, and which of them changed. The spread of
 * a figure from window to window shows how accurate the figure is.
 */
#ifndef IPITRACE_MODEL_DIFF_H
#define IPITRACE_MODEL_DIFF_H

#include "model/snapshot.h"

/* Weighted values, one for each window. */
struct series {
	uint64_t nr;
	double weight;
	double mean;
	double squares; /* weighted sum of the squared distances from the mean */
};

/* Add @value to the mean and to the squares. Does nothing if @weight is not positive. */
void series__add(struct series *series, double value, double weight);

enum diff_group {
	DIFF_TOTALS,
	DIFF_FUNCTIONS, /* csds a second */
	DIFF_DELAYS, /* functions: p99 of the delays of their csds */
	DIFF_HANDLERS, /* functions: p99 of their runs */
	DIFF_SENDERS, /* CPUs: csds a second that they send */
	DIFF_RECEIVERS, /* CPUs: csds a second that they receive */
	DIFF_CALLERS, /* of functions: csds a second, an estimate from samples */
	DIFF_STORMS, /* csds a second, while they lasted */
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
	DIFF_UNSURE, /* the figure may have risen too much, but the noise is too large to say */
};

/* The word that a reader sees in a row. A row that only one run has is NEW or GONE. */
enum diff_verdict {
	DIFF_VERDICT_NONE, /* there is nothing to compare */
	DIFF_VERDICT_SAME,
	DIFF_VERDICT_ROSE,
	DIFF_VERDICT_FELL,
	DIFF_VERDICT_NEW, /* only in the second run */
	DIFF_VERDICT_GONE, /* only in the first run */
	DIFF_VERDICT_BOTH, /* a storm that both runs have */
	DIFF_VERDICT_FEW, /* a duration, of too few csds to compare */
	DIFF_VERDICT_UNSURE,
	NR_DIFF_VERDICTS,
};

#define DIFF_NAME 96

struct diff_row {
	enum diff_group group;
	enum diff_unit unit;
	char name[DIFF_NAME];
	/*
	 * If the row is a percentile: for each run the sum of its windows' histograms, whose slots
	 * are 25 % wide. NULL if the row is no percentile.
	 */
	struct hist *hists;
	struct series series[2];
	bool of_waits; /* the figure is unknown in a run with waits_unknown */
	double sum; /* DIFF_CALLERS: csds in the window that is being added */
	size_t next; /* in the list of rows with a sum: 1 + the index of the next row; 0: none */
	/* diff__judge() sets the members from here on. */
	double value[2];
	double factor; /* the second value divided by the first; 0 if unknown */
	double limits[2]; /* a factor between these limits is no change; INFINITY: no upper limit */
	/* The noise of the difference, as a share of the larger value; negative if unknown. */
	double noise;
	enum diff_change change;
	bool few; /* the figure is a duration, of too few csds to compare */
	bool unknown; /* the second run does not know the figure, which the first run knows */
	bool vague; /* the noise is too large to say whether the figure changed */
};

struct diff_side {
	struct host host; /* all zero if unknown */
	struct timespec start; /* start of the first window, CLOCK_REALTIME */
	uint64_t windows;
	double seconds;
	uint64_t csds; /* csds of all functions, also of those that nobody asked for */
	uint64_t samples; /* sampled stacks of senders */
	bool nameless; /* all functions of the run lack names: rows by function are not compared */
	bool watched; /* storms were searched for in the run */
	bool waits_unknown; /* a window has WAITS_UNKNOWN, so the time of senders is unknown */
};

/*
 * Whether the user asked for a row of @group. @func is the row's function, and @cpu the row's CPU,
 * if rows of the group have one. @func is NULL if the function has no name.
 */
typedef bool diff_wanted_fn(const void *ctx, enum diff_group group, const char *func, uint32_t cpu);

/* All zero at first, except the members wanted and ctx. */
struct diff {
	diff_wanted_fn *wanted; /* NULL: all rows */
	const void *ctx;
	struct diff_side side[2];
	struct diff_row *rows;
	size_t nr;
	size_t *places; /* a hash of the rows until diff__judge(): 1 + the row's index, 0 if free */
	size_t nr_places; /* always a power of two */
	size_t rose, fell, unsure;
};

/* Add a window of the first run (@which is 0) or the second (1). Returns 0 or -ENOMEM. */
int diff__window(struct diff *diff, int which, const struct snapshot *snap);

/*
 * Add a storm of @func: its @name, and its csds a second. A storm may be added several times; its
 * largest rate counts. Returns 0 or -ENOMEM.
 */
int diff__storm(struct diff *diff, int which, const char *name, const char *func, double rate);

/*
 * Call this after the last window. A figure has changed if the change exceeds both @tolerance (0.1
 * is a tenth) and three times the noise. Sorts the rows by group, largest value first.
 */
void diff__judge(struct diff *diff, double tolerance);

/* Whether @row can have a verdict: it has limits, or is a changed storm (storms have no limits). */
bool diff_row__is_judged(const struct diff_row *row);

/* Whether both runs have enough of the figure of @row. */
bool diff_row__is_compared(const struct diff_row *row);

enum diff_verdict diff_row__verdict(const struct diff_row *row);

/* Returns why nobody can say whether @row, of DIFF_UNSURE, rose. */
const char *diff_row__doubt(const struct diff_row *row, const struct diff *diff);

extern const char *const diff_verdict_names[NR_DIFF_VERDICTS]; /* NULL: none */

void diff__free(struct diff *diff);

#endif /* IPITRACE_MODEL_DIFF_H */
