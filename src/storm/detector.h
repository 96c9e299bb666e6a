/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Detects storms: groups of IPIs whose rate or cost stands out. Pure: it is
 * fed with snapshots, remembers a bounded number of groups, and prints
 * nothing.
 *
 * A group is all functions of one signature, or one function that has no
 * signature. The detector compares intervals of at least STORM_INTERVAL_NS:
 * one window each, or several short windows. A group becomes a storm when it
 * has csds in both of the last two intervals and, in the last interval and in
 * the two together,
 *
 *  - its cost passes a share of CPU time (by_share): handlers and senders' waits
 *    of the time of all CPUs, handlers and interrupts' own entry and exit of one
 *    CPU, or the waits of one CPU four times that share, or
 *  - its csds a second at the CPU that gets most of them pass the limit for
 *    its signature's usual frequency (by_rate), or
 *  - they pass three quarters of that limit, and a multiple of the group's
 *    baseline (by_rise).
 */
#ifndef IPITRACE_STORM_DETECTOR_H
#define IPITRACE_STORM_DETECTOR_H

#include "base/helper_process.h"
#include "model/snapshot.h"
#include "model/storm.h"

#define STORM_RATE_DEFAULT  2000.0
#define STORM_SHARE_DEFAULT 0.05
#define STORM_RISE_DEFAULT  8.0

/*
 * The limit of the rate, as a multiple of storm_limits.rate. Where a healthy machine may
 * do it as often as it likes, the limit only catches what no cost shows.
 * dashboards/ipitrace.rules.yml has the same limits.
 */
extern const double usual_rates[NR_USUAL];

struct storm_limits {
	double rate; /* csds a second on one CPU, for USUAL_COMMON */
	double share; /* of CPU time, 0 to 1 */
	double rise; /* multiple of the baseline */
	/*
	 * A share of CPU time: a storm by its rate or rise that is known to cost less is a note; 0: none is.
	 * Where no interrupt's time is known, nor a function's, the cost is not.
	 */
	double note;
	/*
	 * ipitrace's own tgid, and those of its helpers: what these send is no storm and nobody's
	 * headline, nor what another ipitrace of root's sends. 0 and NULL: all processes count, where
	 * the windows are of another time. Helpers may come and go.
	 */
	uint32_t self;
	const struct helpers *helpers;
};

/* Counts of the same window as a snapshot, which no IPI shows. */
struct task_moves {
	bool stops_known;
	uint64_t stops; /* runs of the stopper threads (migration/N) */
	bool moves_known;
	uint64_t moves; /* tasks that changed their CPU, for any reason */
	bool polls_known;
	uint64_t polls; /* wake-ups of CPUs that polled in idle, which need no interrupt */
};

struct storm_detector;

/* 0 and *@detector, or -ENOMEM. @limits is copied. */
int storm_detector__new(struct storm_detector **detector, const struct storm_limits *limits);

/* @detector may be NULL. */
void storm_detector__free(struct storm_detector *detector);

/*
 * Add a window whose functions have names (host/symbols.h). @moved may be
 * NULL. 0 or -ENOMEM.
 */
int storm_detector__window(struct storm_detector *detector, const struct snapshot *snap,
			   const struct task_moves *moved);

/*
 * No window follows. If there was only one interval, that interval decides which
 * groups are storms; storms found earlier become STORM_LASTS. 0 or -ENOMEM.
 * A last window that is too short for an interval stays without a verdict (judged).
 */
int storm_detector__end(struct storm_detector *detector);

/*
 * The @i-th storm that lasts, or that ended with the last window; NULL: there
 * are no more. Valid until the next window.
 */
const struct storm *storm_detector__get(const struct storm_detector *detector, size_t i);

/* Valid until the next window. */
const struct storm_nearest *storm_detector__nearest(const struct storm_detector *detector);

/* The detector and its evidence over the windows of a run. */

/*
 * Receives a storm that began or ended, or at the end of the run one that goes
 * on. @time: the end of its last window, CLOCK_MONOTONIC ns. Not 0 ends the call
 * with that value.
 */
typedef int storm_report_fn(void *ctx, const struct storm *storm,
			    const struct storm_evidence *evidence, uint64_t time);

/*
 * Evidence about a storm that its IPIs do not show: the TSC, cpufreq, KVM guests, stopper
 * threads, and changes of the machine about the onset. evidence.c is the only file of this
 * room that does I/O.
 */
struct evidence_reader;

/*
 * As root, before collection begins. @root, in front of the kernel's files: "",
 * unless in a test; stays the caller's. A source that the machine lacks stays
 * unknown. 0 and *@reader, or -ENOMEM.
 */
int evidence_reader__open(struct evidence_reader **reader, const char *root);

/* @reader may be NULL. */
void evidence_reader__close(struct evidence_reader *reader);

/* Read the counters, at the end of a window. */
void evidence_reader__cut(struct evidence_reader *reader);

/* Look for changes, and set @moved for the detector; @snap is the window just cut. */
void evidence_reader__window(struct evidence_reader *reader, const struct snapshot *snap,
			     struct task_moves *moved);

/*
 * Read the evidence that @storm's signature asks for; the rest of @evidence is 0.
 * Counts are of the last interval that had the storm: of a storm that is over, of
 * the interval before the last.
 */
void evidence_reader__of(struct evidence_reader *reader, const struct storm *storm,
			 struct storm_evidence *evidence);

/* All zero: not open. */
struct storm_run {
	storm_report_fn *report;
	void *ctx;
	struct storm_detector *detector;
	struct evidence_reader *evidence; /* NULL: none is read */
	bool found; /* a storm was reported that is no note */
	uint64_t end; /* of the last window */
	struct calm calm; /* for a run that found nothing */
};

/*
 * As root. @root as in evidence_reader__open(); NULL: the windows are of another machine or time,
 * of which there is no evidence. 0 or -ENOMEM.
 */
int storm_run__open(struct storm_run *run, const struct storm_limits *limits, const char *root,
		    storm_report_fn *report, void *ctx);

void storm_run__close(struct storm_run *run);

/* A window has just ended: read what must be of the same time. */
void storm_run__cut(struct storm_run *run);

/*
 * Find the storms of @snap, without a report: 0 or -ENOMEM. Then report them: 0, or what
 * the report returned.
 */
int storm_run__judge(struct storm_run *run, const struct snapshot *snap);
int storm_run__report(struct storm_run *run);

/* Both. */
int storm_run__window(struct storm_run *run, const struct snapshot *snap);

/* The last window is over: report storms that go on. As storm_run__window(). */
int storm_run__end(struct storm_run *run);

#endif /* IPITRACE_STORM_DETECTOR_H */
