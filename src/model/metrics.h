/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots added up for Prometheus: counters that only grow, under a bounded
 * number of labels. Plain data; view/openmetrics.h writes it.
 *
 * CPUs and functions that get no series of their own are counted in a sum of the
 * others. Whatever gets series keeps them: a function also when its module has been
 * unloaded, a CPU also when it no longer stands out. Counts from before stay in the
 * sum. So no counter goes back, and all series of a metric add up to the host's total.
 */
#ifndef IPITRACE_MODEL_METRICS_H
#define IPITRACE_MODEL_METRICS_H

#include "model/storm.h"

/*
 * How many series each part of the metrics may have, so that all of them stay within a budget on a
 * host of any size, and which CPUs get them.
 *
 * Latency histograms are by CPU where the host is small, else by NUMA node, else by several nodes
 * together. CPUs and functions with series of their own share what the histograms leave.
 */

/* A scrape of the default budget is at most 60 KB, because a line takes 100 bytes at most. */
#define SERIES_DEFAULT 600
/* One node's histograms, four CPUs and eight functions. */
#define SERIES_LEAST   300
#define SERIES_MOST    1000000

/* Histograms are by CPU on hosts of up to this many CPUs, as far as the budget allows. */
#define SERIES_CPUS_SMALL 8

/* Series of one CPU, and of one function. */
#define SERIES_CPU 7
#define SERIES_FN  4

struct series_needs {
	size_t series; /* the budget; 0: no limit, and all by CPU */
	size_t nr_cpus; /* that may come online */
	size_t nr_isolated; /* isolated ones of these CPUs */
	size_t nr_nodes; /* 0 counts as 1 */
	size_t max_fns;
};

struct series_plan {
	bool by_cpu; /* histograms by CPU */
	size_t nodes_each; /* else: nodes that share a histogram */
	size_t nr_hists; /* label values of each histogram */
	size_t cpus; /* CPUs with series of their own, at most */
	size_t isolated; /* of these CPUs, those kept for isolated CPUs */
	size_t fns; /* functions with series of their own */
	size_t name_bytes; /* of the names and modules of all functions */
};

void series_plan__make(struct series_plan *plan, const struct series_needs *needs);

/*
 * CPUs stand out that are the most hit or the slowest over the last windows. Such a CPU is selected
 * until another one has twice its figure: CPUs that are about equal do not take turns.
 */

/* So many of the most hit, and as many of the slowest. */
#define STANDOUTS	  8
/* Windows until the first CPUs are selected: the first windows are attaching and chance. */
#define STANDOUTS_WINDOWS 4

enum standout_by {
	STANDOUT_HIT, /* csds that ran there */
	STANDOUT_SLOW, /* time from a csd's queue event to its function's exit */
	NR_STANDOUTS,
};

/* One CPU's figures, averaged over some 16 windows, of which the newest weighs most. */
struct standout {
	double csds; /* a window */
	double time; /* ns a window, of these csds together */
	bool candidate; /* may be selected; the caller sets this */
	bool selected[NR_STANDOUTS];
};

/* Add a window with @csds, which took @ns together. */
void standout__add(struct standout *cpu, uint64_t csds, uint64_t ns);

/* Select anew among @nr CPUs; not before STANDOUTS_WINDOWS windows were added. */
void standouts__select(struct standout *cpus, size_t nr);

struct metrics_config {
	uint64_t threshold; /* durations above count as stalls, ns; rounded up to a slot's beginning */
	size_t max_fns; /* functions with series of their own, at most; the budget may allow fewer */
	size_t series; /* the budget; 0: no limit, and everything by CPU */
	size_t nr_cpus; /* that may come online */
	struct cpuset isolated; /* isolated or nohz_full CPUs */
};

/* Histograms of the CPUs that have one label value in common. */
struct metrics_group {
	bool shown;
	struct metrics_hist delay;
	struct metrics_hist handler;
	struct metrics_hist wait; /* in synchronous calls, as the sender */
};

/* Counters of one CPU, or of several together. Times are ns. */
struct metrics_sums {
	uint64_t sent;
	uint64_t received;
	uint64_t reschedules; /* received */
	uint64_t delay;
	uint64_t handler;
	uint64_t wait;
	uint64_t interrupts; /* received, of all kinds; irqs_known */
	uint64_t interrupt_ns; /* time of these interrupts */
};

struct metrics_cpu {
	bool shown; /* was online or had figures once, and is shown ever since */
	bool own; /* has series of its own, for good */
	struct metrics_sums sums; /* since it has its own series */
};

/* CPUs without series of their own, by whether they are isolated. */
struct metrics_rest {
	bool shown;
	struct metrics_sums sums;
};

struct metrics_fn {
	char *func; /* NULL: the sum of the others */
	char *module; /* "": the kernel proper */
	uint64_t calls;
	uint64_t local;
	uint64_t handler; /* ns */
	uint64_t wait; /* of its senders, ns */
};

/* Reasons with rows of their own. */
#define METRICS_REASONS 28

/* csds by reason (model/callers.h), estimated: sampled stacks share out each function's count. */
struct metrics_reason {
	char name[REASON_LEN];
	uint64_t csds;
};

/* Places and causes of interrupts without a csd that have rows of their own; and the length of a name. */
#define METRICS_SENDS	 10
#define METRICS_CALLBACK 48

/* Causes that are no signature's name: no sample of the sender was taken; none fits what it shows. */
#define CAUSE_UNSAMPLED "not_sampled"
#define CAUSE_UNKNOWN	"unknown"

/* Interrupts without a csd by what they run and why: sampled stacks share out each place's count. */
struct metrics_send {
	enum ipi_kind kind;
	char callback[METRICS_CALLBACK]; /* the irq_work's function; "": a reschedule */
	const char *cause; /* a constant of the signatures' table, or one of the two above */
	uint64_t count;
};

/* Isolated CPUs and causes with rows of their own. */
#define METRICS_INTERRUPTIONS 22
#define METRICS_CAUSE	      32

struct metrics_interruption {
	uint32_t cpu;
	char cause[METRICS_CAUSE];
	uint64_t count;
};

/* Names of storms with rows of their own; the signatures' names, and "unknown". */
#define METRICS_STORMS 6

struct metrics_storm {
	const char *name; /* a constant of the signatures' table */
	uint64_t lasts; /* 1: in the last window */
	uint64_t begun;
};

/* How many durations were above the threshold, by phase. */
struct metrics_stalls {
	uint64_t delivery, handler, wait;
};

struct metrics {
	struct series_plan plan;
	uint32_t stall_slot; /* the first slot of struct hist above the threshold */
	struct metrics_stalls stalls;
	struct metrics_fn *fns; /* by name and module */
	size_t nr_fns;
	size_t name_bytes; /* of their names and modules */
	struct metrics_fn other;
	struct metrics_reason reasons[METRICS_REASONS];
	size_t nr_reasons;
	uint64_t reasons_other; /* csds of reasons that found no row */
	uint64_t reasons_unknown; /* csds of functions without a sample that has a reason */
	struct metrics_send sends[METRICS_SENDS];
	size_t nr_sends;
	uint64_t sends_other
		[NR_KINDS]; /* sends that found no row, or have no name; with sends[] they sum up to kinds[] */
	bool interruptions_known;
	struct metrics_interruption interruptions[METRICS_INTERRUPTIONS];
	size_t nr_interruptions;
	uint64_t interruptions_other; /* interruptions that found no row */
	uint64_t interruptions_lost; /* events of which each may hide an interruption */
	bool storms_known;
	struct metrics_storm storms[METRICS_STORMS];
	size_t nr_storms;
	struct metrics_storm storms_other; /* storms that found no row; without a name */
	struct metrics_cpu *cpus; /* index is the CPU's number */
	struct standout *recent; /* index is the CPU's number */
	size_t nr_cpus;
	size_t nr_online; /* in the last window; 0: unknown */
	struct metrics_rest rest[2]; /* [1]: isolated */
	struct metrics_group *groups; /* by CPU, or by node; see the plan */
	size_t nr_groups;
	struct numa numa; /* the caller may refresh it as CPUs come */
	size_t nr_nodes; /* when the metrics began, as in the plan; 0: unknown */
	struct cpuset isolated;
	size_t nr_isolated;
	struct how how; /* of the last window */
	struct known known; /* of the last window */
	bool reschedules_known; /* known of some CPU in some window */
	uint64_t kinds[NR_KINDS]; /* interrupts sent */
	uint64_t sends_unseen; /* interrupts sent that are in no kind; see struct snapshot */
	uint64_t begin_unseen; /* calls timed from their first csd; see struct snapshot */
	uint64_t waits_unseen; /* see struct snapshot */
	struct steal_sum stolen; /* on all CPUs */
	struct ledger ledger; /* SOURCE_CSD: sums; in_flight is the last window's, carried_in 0 */
	struct call_ledger call_ledger; /* SOURCE_CALLS: sums; under_way is the last window's */
	struct irq_sum irqs[NR_KINDS]; /* received, on all CPUs; without max */
	uint64_t windows;
	uint64_t mono_end; /* of the last window, CLOCK_MONOTONIC ns; 0: no window yet */
};

/* @numa is copied; NULL: one node. 0 or -ENOMEM. */
int metrics__init(struct metrics *m, const struct metrics_config *config, const struct numa *numa);

/* The rounded threshold: the shortest stall, ns. */
uint64_t metrics__threshold(const struct metrics *m);

/* Add a window whose functions have names, ranked or not. 0 or -ENOMEM. */
int metrics__add(struct metrics *m, const struct snapshot *snap);

/* Add @count interruptions of the isolated CPU @cpu by @cause; 0: these are known from now on. */
void metrics__interrupted(struct metrics *m, uint32_t cpu, const char *cause, uint64_t count);

/*
 * The storms of a window: first none lasts, then each storm that the detector has is added. Notes
 * are no storms. From the first call on storms are known.
 */
void metrics__storms_begin(struct metrics *m);
void metrics__storm(struct metrics *m, const struct storm *storm);

/* Collection is late when both this many windows and this many ns have passed. */
#define METRICS_LATE_WINDOWS 3
#define METRICS_LATE_NS	     10000000000ULL

/*
 * How long there has been no window, ns, if that is too long for a window every
 * @window seconds; else 0. @begun is when collection began, @now the time now.
 */
uint64_t metrics__late(const struct metrics *m, double window, uint64_t begun, uint64_t now);

void metrics__free(struct metrics *m);

/* Room for a group's label value. */
#define METRICS_LABEL 32

/* Write the label value of @m's group @i: a CPU's number, or a list of nodes such as "0-1". */
void metrics__group_label(const struct metrics *m, size_t i, char label[METRICS_LABEL]);

#endif /* IPITRACE_MODEL_METRICS_H */
