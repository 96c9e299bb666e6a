/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Detects storms: groups of IPIs whose rate or cost is unusually high. The detector gets snapshots,
 * remembers a bounded number of groups, does no I/O and prints nothing.
 *
 * A group is all functions of one signature, or one function that has no signature. The detector
 * compares intervals of at least STORM_INTERVAL_NS: one window each, or several short windows. A
 * group becomes a storm when it has csds in both of the last two intervals and, in the last
 * interval and in the two together,
 *
 * - its cost exceeds storm_limits.share (STORM_BY_SHARE): the time in handlers and
 *   senders' waits, of the time of all CPUs; or the time in interrupts and handlers on
 *   the CPU hit most, of that CPU's time; or a quarter of the waits of the CPU that
 *   waits most, of that CPU's time, or
 * - its csds a second on the CPU that receives most of them exceed the limit for
 *   its signature's usual frequency (STORM_BY_RATE), or
 * - they exceed three quarters of that limit, and a multiple of the group's
 *   baseline (STORM_BY_RISE).
 */
#ifndef IPITRACE_STORM_DETECTOR_H
#define IPITRACE_STORM_DETECTOR_H

#include "model/snapshot.h"
#include "model/storm.h"

#define STORM_RATE_DEFAULT  2000.0
#define STORM_SHARE_DEFAULT 0.05
#define STORM_RISE_DEFAULT  8.0

/*
 * The limit of the rate, as a multiple of storm_limits.rate, by how often a healthy machine sends
 * such IPIs. For frequent IPIs the limit only catches what the cost does not show.
 * dashboards/ipitrace.rules.yml has the same limits.
 */
extern const double usual_rates[NR_USUAL];

struct storm_limits {
	double rate; /* csds a second on one CPU, for causes that are USUAL_COMMON */
	double share; /* share of CPU time, 0 to 1 */
	double rise; /* multiple of the baseline */
	/*
	 * A storm by its rate or rise that is known to cost less than this share of CPU time is a
	 * note; 0: no storm is a note. The cost is unknown if neither the time of interrupts nor
	 * that of functions is known.
	 */
	double note;
};

/* Counts of the same window as a snapshot, which the snapshot lacks. */
struct task_moves {
	bool stops_known;
	uint64_t stops; /* runs of the stopper threads (migration/N) */
	bool moves_known;
	uint64_t moves; /* tasks that changed their CPU, for any reason */
	bool polls_known;
	uint64_t polls; /* wake-ups of CPUs that polled in idle, which send no interrupt */
};

struct storm_detector;

/* Returns 0 and *@detector, or -ENOMEM. @limits is copied. */
int storm_detector__new(struct storm_detector **detector, const struct storm_limits *limits);

/* Free @detector, which may be NULL. */
void storm_detector__free(struct storm_detector *detector);

/*
 * Add a window whose functions have names (host/symbols.h). @moved may be NULL. Returns 0 or
 * -ENOMEM.
 */
int storm_detector__window(struct storm_detector *detector, const struct snapshot *snap,
			   const struct task_moves *moved);

/*
 * Call this after the last window. If there was only one interval, this interval decides which
 * groups are storms; storms found earlier become STORM_LASTS. A last window that is too short for
 * an interval gets no verdict (judged). Returns 0 or -ENOMEM.
 */
int storm_detector__end(struct storm_detector *detector);

/*
 * Returns the @i-th of the storms that go on, or that ended with the last window; NULL if there are
 * fewer. Valid until the next window.
 */
const struct storm *storm_detector__get(const struct storm_detector *detector, size_t i);

/*
 * Whether functions without names (NAMES_SHOWN says why) were below the limit that such functions
 * have, but above the least limit of any class: with names they may have been a storm.
 */
bool storm_detector__hides(const struct storm_detector *detector);

/* Returns the group that came nearest to a storm; valid until the next window. */
const struct storm_nearest *storm_detector__nearest(const struct storm_detector *detector);

/*
 * Receives a storm that began or ended, or at the end of the run a storm that goes on. @time is the
 * end of the storm's last window, CLOCK_MONOTONIC ns. A return value that is not 0 ends the call,
 * which returns this value.
 */
typedef int storm_report_fn(void *ctx, const struct storm *storm,
			    const struct storm_evidence *evidence, uint64_t time);

/*
 * Evidence about a storm, other than its IPIs: the TSC, cpufreq, KVM guests, stopper threads, and
 * changes of the machine near the onset. evidence.c is the only file of this folder that does I/O.
 */
struct evidence_reader;

/*
 * Call this as root, before collection begins. @root is a prefix of the kernel's files: "" except
 * in a test; the caller owns it, and it must live as long as the reader. A source that the machine
 * lacks stays unknown. Returns 0 and *@reader, or -ENOMEM.
 */
int evidence_reader__open(struct evidence_reader **reader, const char *root);

/* Close @reader, which may be NULL. */
void evidence_reader__close(struct evidence_reader *reader);

/* Read the counters. Call this at the end of each window. */
void evidence_reader__cut(struct evidence_reader *reader);

/* Find changes of the machine, and set @moved for the detector; @snap is the window just cut. */
void evidence_reader__window(struct evidence_reader *reader, const struct snapshot *snap,
			     struct task_moves *moved);

/*
 * Read the evidence that @storm's signature asks for, and set the rest of @evidence to 0. Counts
 * are of the last interval with the storm: if the storm is over, of the interval before the last.
 */
void evidence_reader__of(struct evidence_reader *reader, const struct storm *storm,
			 struct storm_evidence *evidence);

/* The detector and its evidence, over the windows of a run. All zero: not open. */
struct storm_run {
	storm_report_fn *report;
	void *ctx;
	struct storm_detector *detector;
	struct evidence_reader *evidence; /* NULL if no evidence is read */
	bool found; /* a storm was reported, and not only a note */
	bool hides; /* storm_detector__hides() at the end */
	uint64_t end; /* end of the last window, CLOCK_MONOTONIC ns */
	struct calm calm; /* figures for a run without a storm */
};

/*
 * Call this as root. @root as in evidence_reader__open(); NULL: the windows are of another machine
 * or time, so there is no evidence. Returns 0 or -ENOMEM.
 */
int storm_run__open(struct storm_run *run, const struct storm_limits *limits, const char *root,
		    storm_report_fn *report, void *ctx);

void storm_run__close(struct storm_run *run);

/* Read counts that must be of the window's end. Call this when a window has just ended. */
void storm_run__cut(struct storm_run *run);

/*
 * storm_run__judge() finds the storms of @snap, and returns 0 or -ENOMEM. storm_run__report() then
 * reports them, and returns 0 or the result of the report function.
 */
int storm_run__judge(struct storm_run *run, const struct snapshot *snap);
int storm_run__report(struct storm_run *run);

/*
 * Call this after the last window: reports storms that go on. Returns 0, -ENOMEM, or the result of
 * the report function.
 */
int storm_run__end(struct storm_run *run);

#endif /* IPITRACE_STORM_DETECTOR_H */
