/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots added up for Prometheus: counters that only grow, under a bounded number of labels.
 * Plain data; view/openmetrics.c writes it.
 *
 * CPUs and functions without series of their own count in one sum, the others. A CPU or a function
 * that has got series keeps them: a function also after its module was unloaded, a CPU also if it
 * no longer stands out. What the sum has counted before stays there. Therefore no counter
 * decreases, and all series of a metric add up to the host's total.
 */
#ifndef IPITRACE_MODEL_METRICS_H
#define IPITRACE_MODEL_METRICS_H

#include "model/storm.h"

/*
 * How many series each part of the metrics may have, so that all parts stay within a budget on a
 * host of any size, and which CPUs get series.
 *
 * Latency histograms are by CPU on a small host, else by NUMA node, else by groups of nodes. The
 * rest of the budget is for series of single CPUs and functions.
 */

/* The default budget. A line takes at most 100 bytes, so a scrape is at most 60 KB. */
#define SERIES_DEFAULT 600
/* The smallest budget: the histograms of one node, four CPUs and eight functions. */
#define SERIES_LEAST   300
#define SERIES_MOST    1000000

/* Histograms are by CPU on hosts of up to this many CPUs, if the budget allows. */
#define SERIES_CPUS_SMALL 8

/* Number of series of one CPU, and of one function. */
#define SERIES_CPU 7
#define SERIES_FN  4

struct series_needs {
	size_t series; /* the budget; 0: no limit, and all series are by CPU */
	size_t nr_cpus; /* CPUs that may come online */
	size_t nr_isolated; /* isolated CPUs among them */
	size_t nr_nodes; /* NUMA nodes; 0 counts as 1 */
	size_t max_fns;
};

struct series_plan {
	bool by_cpu; /* histograms are by CPU */
	size_t nodes_each; /* if not by_cpu: nodes that share a histogram */
	size_t nr_hists; /* label values of each histogram */
	size_t cpus; /* maximum number of CPUs with series of their own */
	size_t isolated; /* of these CPUs, the number reserved for isolated CPUs */
	size_t fns; /* maximum number of functions with series of their own */
	size_t name_bytes; /* bytes for the names and modules of all functions */
};

void series_plan__make(struct series_plan *plan, const struct series_needs *needs);

/*
 * A CPU stands out if it receives the most csds, or is the slowest, over the last windows. Such a
 * CPU stays selected until another CPU has twice its figure, so that CPUs with about equal figures
 * do not take turns.
 */

/* Number of CPUs selected for the most csds; as many are selected for slowness. */
#define STANDOUTS	  8
/* No CPU is selected before this many windows: attaching and chance decide the first windows. */
#define STANDOUTS_WINDOWS 4

enum standout_by {
	STANDOUT_HIT, /* csds that ran there */
	STANDOUT_SLOW, /* time from the queue event of a csd to its function's exit */
	NR_STANDOUTS,
};

/* Figures of one CPU, averaged over about 16 windows; the newest window weighs most. */
struct standout {
	double csds; /* csds a window */
	double time; /* time of all these csds, ns a window */
	bool candidate; /* the CPU may be selected; the caller sets this */
	bool selected[NR_STANDOUTS];
};

/* Add a window with @csds csds, which took @ns together. */
void standout__add(struct standout *cpu, uint64_t csds, uint64_t ns);

/* Select among @nr CPUs again. Selects no CPU before STANDOUTS_WINDOWS windows were added. */
void standouts__select(struct standout *cpus, size_t nr);

struct metrics_config {
	uint64_t threshold; /* longer durations are stalls, ns; rounded up to a slot's beginning */
	size_t max_fns; /* maximum of functions with own series; the budget may allow fewer */
	size_t series; /* the budget; 0: no limit, and all series are by CPU */
	size_t nr_cpus; /* CPUs that may come online */
	struct cpuset isolated; /* isolated or nohz_full CPUs */
};

/* Histograms of the CPUs that share a label value. */
struct metrics_group {
	bool shown;
	struct metrics_hist delay;
	struct metrics_hist handler;
	struct metrics_hist wait; /* waits of these CPUs as senders in synchronous calls */
};

/* Counters of one CPU, or of several CPUs together. Times are ns. */
struct metrics_sums {
	uint64_t sent;
	uint64_t received;
	uint64_t reschedules; /* reschedules received */
	uint64_t delay;
	uint64_t handler;
	uint64_t wait;
	uint64_t interrupts; /* interrupts of all kinds received; known if known.irqs is */
	uint64_t interrupt_ns; /* time of these interrupts */
};

struct metrics_cpu {
	bool shown; /* the CPU was online or had figures once; it is shown from then on */
	bool own; /* the CPU has series of its own, and keeps them */
	struct metrics_sums sums; /* counted since the CPU has its own series */
};

/* Sums of the CPUs without series of their own; isolated CPUs have a separate sum. */
struct metrics_rest {
	bool shown;
	struct metrics_sums sums;
};

struct metrics_fn {
	char *func; /* NULL: the row is the sum of the others */
	char *module; /* "": the kernel proper */
	uint64_t calls;
	uint64_t local;
	uint64_t handler; /* ns */
	uint64_t wait; /* waits of the function's senders, ns */
};

/* Number of reasons with rows of their own. */
#define METRICS_REASONS 28

/*
 * csds by reason (model/callers.h), estimated: the count of a function is divided among the reasons
 * that its sampled stacks show.
 */
struct metrics_reason {
	char name[REASON_LEN];
	uint64_t csds;
};

/* Number of places and causes of interrupts without a csd that have rows of their own. */
#define METRICS_SENDS	 10
#define METRICS_CALLBACK 48 /* bytes of a function's name, with the NUL */

/* Causes that are no signature's name. */
#define CAUSE_UNSAMPLED "not_sampled" /* no sample of the sender was taken */
#define CAUSE_UNKNOWN	"unknown" /* no signature matches the sample */

/*
 * Interrupts without a csd, by function and cause, estimated: the count of a place is divided among
 * the causes that its sampled stacks show.
 */
struct metrics_send {
	enum ipi_kind kind;
	char callback[METRICS_CALLBACK]; /* the irq_work's function; "" for a reschedule */
	const char *cause; /* a constant of the signatures' table, or one of the two above */
	uint64_t count;
};

/* Number of isolated CPUs and causes with rows of their own. */
#define METRICS_INTERRUPTIONS 22
#define METRICS_CAUSE	      32

struct metrics_interruption {
	uint32_t cpu;
	char cause[METRICS_CAUSE];
	uint64_t count;
};

/* Number of storms' names with rows of their own: names of signatures, and "unknown". */
#define METRICS_STORMS 6

struct metrics_storm {
	const char *name; /* a constant of the signatures' table */
	uint64_t lasts; /* 1 if the storm was there in the last window, else 0 */
	uint64_t begun;
};

/* Number of durations above the threshold, by phase. */
struct metrics_stalls {
	uint64_t delivery, handler, wait;
};

struct metrics {
	struct series_plan plan;
	uint32_t stall_slot; /* the first slot of struct hist that is above the threshold */
	struct metrics_stalls stalls;
	struct metrics_fn *fns; /* sorted by name and module */
	size_t nr_fns;
	size_t name_bytes; /* bytes of their names and modules */
	struct metrics_fn other;
	struct metrics_reason reasons[METRICS_REASONS];
	size_t nr_reasons;
	uint64_t reasons_other; /* csds of reasons that got no row */
	uint64_t reasons_unknown; /* csds of functions without a sample that has a reason */
	struct metrics_send sends[METRICS_SENDS];
	size_t nr_sends;
	/* sends without a row or a name; with sends[] they sum up to kinds[] */
	uint64_t sends_other[NR_KINDS];
	bool interruptions_known;
	struct metrics_interruption interruptions[METRICS_INTERRUPTIONS];
	size_t nr_interruptions;
	uint64_t interruptions_other; /* interruptions that got no row */
	uint64_t interruptions_lost; /* lost events, each of which may have been an interruption */
	bool storms_known;
	struct metrics_storm storms[METRICS_STORMS];
	size_t nr_storms;
	struct metrics_storm storms_other; /* the sum of the storms that got no row; has no name */
	struct metrics_cpu *cpus; /* index is the CPU's number */
	struct standout *recent; /* index is the CPU's number */
	size_t nr_cpus;
	size_t nr_online; /* CPUs online in the last window; 0 if unknown */
	struct metrics_rest rest[2]; /* rest[1]: isolated CPUs */
	struct metrics_group *groups; /* groups by CPU or by node, as the plan says */
	size_t nr_groups;
	struct numa numa; /* the caller may set this again when CPUs come online */
	size_t nr_nodes; /* nodes when the metrics began, as in the plan; 0 if unknown */
	struct cpuset isolated;
	size_t nr_isolated;
	struct how how; /* configuration in the last window */
	struct known known; /* what was known in the last window */
	bool reschedules_known; /* known for some CPU in some window */
	uint64_t kinds[NR_KINDS]; /* interrupts sent */
	uint64_t sends_unseen; /* interrupts sent that kinds[] lacks; see struct snapshot */
	uint64_t begin_unseen; /* calls timed from their first csd; see struct snapshot */
	uint64_t waits_unseen; /* see struct snapshot */
	struct steal_sum stolen; /* sum of all CPUs */
	struct ledger ledger; /* SOURCE_CSD: sums; in_flight is the last window's, carried_in 0 */
	struct call_ledger call_ledger; /* SOURCE_CALLS: sums; under_way is of the last window */
	struct irq_sum irqs[NR_KINDS]; /* interrupts received on all CPUs; max is not set */
	uint64_t windows;
	uint64_t mono_end; /* end of the last window, CLOCK_MONOTONIC ns; 0 before the first */
};

/* Copies @numa; NULL: the host has one node. 0 or -ENOMEM. metrics__free() frees what @m owns. */
int metrics__init(struct metrics *m, const struct metrics_config *config, const struct numa *numa);

/* Returns the rounded threshold: the duration of the shortest stall, ns. */
uint64_t metrics__threshold(const struct metrics *m);

/* Add a window, ranked or not, whose functions have names. Returns 0 or -ENOMEM. */
int metrics__add(struct metrics *m, const struct snapshot *snap);

/*
 * Add @count interruptions of the isolated CPU @cpu by @cause. From the first call on, also with
 * @count 0, interruptions are known.
 */
void metrics__interrupted(struct metrics *m, uint32_t cpu, const char *cause, uint64_t count);

/*
 * Call these for each window: the first function marks all storms as over, the second adds a storm
 * that the detector has. Do not add notes. From the first call on storms are known.
 */
void metrics__storms_begin(struct metrics *m);
void metrics__storm(struct metrics *m, const struct storm *storm);

/* Collection is late if both this many windows and this many ns have passed without a window. */
#define METRICS_LATE_WINDOWS 3
#define METRICS_LATE_NS	     10000000000ULL

/*
 * Returns how long there has been no window, ns, if that is too long for a window every @window
 * seconds; else 0. @begun is when collection began, @now the time now, both CLOCK_MONOTONIC ns.
 */
uint64_t metrics__late(const struct metrics *m, double window, uint64_t begun, uint64_t now);

void metrics__free(struct metrics *m);

/* Bytes of a group's label value, with its NUL. */
#define METRICS_LABEL 32

/* Write the label value of group @i: a CPU's number, or a list of nodes such as "0-1". */
void metrics__group_label(const struct metrics *m, size_t i, char label[METRICS_LABEL]);

#endif /* IPITRACE_MODEL_METRICS_H */
