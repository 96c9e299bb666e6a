/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots added up for Prometheus: counters that only grow, under a bounded
 * number of labels. Plain data; view/openmetrics.h writes it.
 *
 * A function keeps its row even when its module has been unloaded. A function
 * that got no row stays in the sum of the others. So no counter goes back.
 */
#ifndef IPITRACE_MODEL_METRICS_H
#define IPITRACE_MODEL_METRICS_H

#include "abi/limits.h"
#include "base/cpuset.h"
#include "model/ledger.h"
#include "model/snapshot.h"

/*
 * Buckets an octave apart. A bucket's bound is the last ns of the octave,
 * 2^k - 1, because a slot of struct hist ends there: each slot falls wholly
 * into one bucket.
 */
#define METRICS_OCTAVE_FIRST 7 /* 127 ns */
#define METRICS_OCTAVE_LAST  33 /* 8.6 s */
#define METRICS_BUCKETS	     (METRICS_OCTAVE_LAST - METRICS_OCTAVE_FIRST + 1)

struct metrics_hist {
	uint64_t count; /* with the values beyond the last bucket */
	uint64_t sum; /* ns */
	uint64_t buckets[METRICS_BUCKETS]; /* not cumulative */
};

struct metrics_cpu {
	bool shown; /* was online or had figures once, and is shown ever since */
	uint64_t sent;
	uint64_t received;
	struct metrics_hist delay;
	struct metrics_hist handler;
	struct metrics_hist wait; /* in synchronous calls, as the sender */
};

struct metrics_fn {
	char *func; /* NULL: the sum of the others */
	char *module; /* "": the kernel proper */
	uint64_t calls;
	uint64_t local;
	uint64_t handler; /* ns */
	uint64_t wait; /* of its senders, ns */
};

/* How many durations were above the threshold, by phase. */
struct metrics_stalls {
	uint64_t delivery;
	uint64_t handler;
	uint64_t wait;
};

struct metrics {
	size_t max_fns;
	uint32_t stall_slot; /* the first slot of struct hist above the threshold */
	struct metrics_stalls stalls;
	struct metrics_fn *fns; /* by name and module */
	size_t nr_fns;
	struct metrics_fn other;
	struct metrics_cpu *cpus; /* index is the CPU's number */
	size_t nr_cpus;
	struct cpuset isolated; /* isolated or nohz_full CPUs; the caller fills this in */
	bool kinds_known;
	uint64_t kinds[NR_KINDS]; /* interrupts sent */
	uint64_t sends_unseen; /* interrupts sent that are in no kind; see struct snapshot */
	bool filtered; /* see struct how */
	struct ledger ledger; /* sums; in_flight is the last window's, carried_in 0 */
	uint64_t windows;
	uint64_t mono_end; /* of the last window, CLOCK_MONOTONIC ns; 0: no window yet */
};

/*
 * Durations above @threshold ns count as stalls. The threshold is rounded up to
 * the beginning of a slot, by at most 25 %. @max_fns functions get rows. 0 or
 * -ENOMEM.
 */
int metrics__init(struct metrics *m, size_t max_fns, uint64_t threshold);

/* The rounded threshold: the shortest stall, ns. */
uint64_t metrics__threshold(const struct metrics *m);

/* Add a window whose functions have names, ranked or not. 0 or -ENOMEM. */
int metrics__add(struct metrics *m, const struct snapshot *snap);

/* Collection is late when both this many windows and this many ns have passed. */
#define METRICS_LATE_WINDOWS 3
#define METRICS_LATE_NS	     10000000000ULL

/*
 * How long there has been no window, ns, if that is too long for a window every
 * @window seconds; else 0. @begun is when collection began, @now the time now.
 */
uint64_t metrics__late(const struct metrics *m, double window, uint64_t begun, uint64_t now);

void metrics__free(struct metrics *m);

/* The largest value that @bucket counts, ns. */
uint64_t metrics__bound(size_t bucket);

#endif /* IPITRACE_MODEL_METRICS_H */
