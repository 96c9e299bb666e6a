/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots added up for Prometheus: what only grows, under labels that are
 * bounded. Plain data; view/metrics.h writes it.
 *
 * A function that has a row keeps it, whether its module is still there or
 * not, and one that found none stays in the sum of the others: so no counter
 * ever goes back.
 */
#ifndef IPITRACE_MODEL_METRICS_H
#define IPITRACE_MODEL_METRICS_H

#include "abi/limits.h"
#include "base/cpuset.h"
#include "model/snapshot.h"

/*
 * Buckets an octave apart, of which the bound is the last ns of the octave,
 * 2^k - 1, because that is where slots of struct hist end: nothing is guessed.
 */
#define METRICS_OCTAVE_FIRST 7 /* 127 ns */
#define METRICS_OCTAVE_LAST  33 /* 8.6 s */
#define METRICS_BUCKETS	     (METRICS_OCTAVE_LAST - METRICS_OCTAVE_FIRST + 1)

struct metrics_hist {
	uint64_t count; /* those beyond the last bucket included */
	uint64_t sum; /* ns */
	uint64_t buckets[METRICS_BUCKETS]; /* not cumulative */
};

struct metrics_cpu {
	bool shown; /* was online, or has figures: from then on it is told */
	uint64_t sent;
	uint64_t received;
	struct metrics_hist delay;
	struct metrics_hist handler;
	struct metrics_hist wait; /* in synchronous calls, as the sender */
};

struct metrics_fn {
	char *func; /* NULL: the others */
	char *module; /* "": the kernel proper */
	uint64_t calls;
	uint64_t local;
	uint64_t handler; /* ns */
	uint64_t wait; /* ns, of its senders */
};

/* What took longer than the threshold, by what it was. */
struct metrics_stalls {
	uint64_t delivery;
	uint64_t handler;
	uint64_t wait;
};

struct metrics {
	size_t max_fns;
	uint32_t stall_slot; /* the first slot of histograms that is past the threshold */
	struct metrics_stalls stalls;
	struct metrics_fn *fns; /* by name and module */
	size_t nr_fns;
	struct metrics_fn other;
	struct metrics_cpu *cpus; /* index is the CPU's number */
	size_t nr_cpus;
	struct cpuset isolated; /* CPUs that want to be left alone; the caller's to fill */
	bool kinds_known;
	uint64_t kinds[NR_KINDS]; /* interrupts sent */
	bool filtered; /* see struct snapshot */
	struct ledger ledger; /* summed, but for in_flight (now); carried_in is 0 */
	uint64_t windows;
	uint64_t mono_end; /* of the last window, CLOCK_MONOTONIC ns; 0: none yet */
};

/*
 * What lasts longer than @threshold ns, rounded up to where a slot begins (at
 * most 25 %), is a stall. 0 or -ENOMEM.
 */
int metrics__init(struct metrics *m, size_t max_fns, uint64_t threshold);

/* What lasts as long as this is a stall, ns. */
uint64_t metrics__threshold(const struct metrics *m);

/* Add a window: named, not necessarily ranked. 0 or -ENOMEM. */
int metrics__add(struct metrics *m, const struct snapshot *snap);

/* Windows that may be missing, and ns at the least, before something is wrong. */
#define METRICS_LATE_WINDOWS 3
#define METRICS_LATE_NS	     10000000000ULL

/*
 * For how long there has been no window, ns, where that is too long for one
 * every @window seconds; else 0. Collection began at @begun, it is @now.
 */
uint64_t metrics__late(const struct metrics *m, double window, uint64_t begun, uint64_t now);

void metrics__free(struct metrics *m);

/* The largest value that @bucket counts, ns. */
uint64_t metrics__bound(size_t bucket);

#endif /* IPITRACE_MODEL_METRICS_H */
