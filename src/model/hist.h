/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms and sums of durations, of a window or of a whole run; sums of synchronous calls. Plain
 * data; durations are ns.
 */
#ifndef IPITRACE_MODEL_HIST_H
#define IPITRACE_MODEL_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/call.h"

struct hist {
	uint64_t count;
	uint64_t sum;
	uint64_t max; /* of this window only */
	uint64_t slots[HIST_SLOTS];
};

/* The time that senders spent in synchronous calls, ns. */
struct wait_sum {
	uint64_t count; /* calls */
	uint64_t sum;
	uint64_t max; /* of this window only */
	uint64_t away; /* the part of sum in which the senders' CPUs ran other tasks (from 7.3) */
};

/* Returns the part of @wait, ns, in which the senders' CPUs did nothing else. */
uint64_t wait_sum__spun(const struct wait_sum *wait);

/*
 * The time for which the host did not run the virtual CPU that had to act, in delays and in
 * handlers; ns. The true time may be shorter.
 */
struct steal_sum {
	bool known; /* this machine is a guest, and its host reports the steal time */
	uint64_t delay;
	uint64_t handler;
	uint64_t csds; /* csds of which a part of the delay or of the handler was stolen */
	bool csds_known; /* false in captures of 0.1.0 */
};

struct form;
struct snapshot;
extern const struct form hist_form, wait_sum_form, steal_sum_form, call_sum_form;
/* A storm has how much is stolen in a second, without the number of csds. */
extern const struct form steal_rate_form;

/* Add @src to @dst. */
void wait_sum__add(struct wait_sum *dst, const struct wait_sum *src);
void hist__add(struct hist *dst, const struct hist *src);

/* Returns the mean, ns; 0 if @hist is empty. */
uint64_t hist__mean(const struct hist *hist);

/*
 * Returns the value at @percentile (0 < percentile <= 100), by nearest rank: the upper bound of the
 * value's slot, at most max; ns. Returns 0 if @hist is empty.
 */
uint64_t hist__percentile(const struct hist *hist, double percentile);

/*
 * A histogram that only grows, for Prometheus. It has the slots of struct hist. The text formats
 * show a bucket for each octave. The bound of a bucket is the last ns of its octave, 2^k - 1: a
 * slot ends there, so each slot falls wholly into one bucket.
 */
#define METRICS_OCTAVE_FIRST 7 /* 127 ns */
#define METRICS_OCTAVE_LAST  33 /* 8.6 s */
#define METRICS_BUCKETS	     (METRICS_OCTAVE_LAST - METRICS_OCTAVE_FIRST + 1)

/* The series of one histogram as text: its buckets, the bucket +Inf, sum and count. */
#define METRICS_HIST_SERIES (METRICS_BUCKETS + 3)

/* The longest duration of the last METRICS_WORST_AGE seconds, and its function. */
#define METRICS_WORST_AGE 30

struct metrics_worst {
	uint64_t ns; /* 0 if there was no duration */
	double time; /* when its window ended, seconds since 1970 */
	uint32_t dst;
	char func[104]; /* "" if unknown; cut: OpenMetrics allows 128 characters of labels */
};

struct metrics_hist {
	struct metrics_worst worst;
	uint64_t count;
	uint64_t sum; /* ns */
	uint64_t slots[HIST_SLOTS];
};

void metrics_hist__add(struct metrics_hist *to, const struct hist *from);

/* Returns the largest value that belongs to @bucket, ns. */
uint64_t metrics_hist__bound(size_t bucket);

/* Set @counts[i] to the number of values up to metrics_hist__bound(i). */
void metrics_hist__cumulate(const struct metrics_hist *hist, uint64_t counts[METRICS_BUCKETS]);

/*
 * Returns the bucket of @hist->worst; METRICS_BUCKETS if it is beyond the last bucket; SIZE_MAX if
 * there is no worst duration.
 */
size_t metrics_hist__worst_bucket(const struct metrics_hist *hist);

/*
 * A native histogram of Prometheus has 2^schema buckets in an octave, with bounds at powers of
 * 2^(1/2^schema) seconds. At schema 2 each bucket is one slot of struct hist: the middle of each
 * slot lies in the slot's bucket. The bounds of a bucket differ from the slot's by at most 11 %,
 * because 1 ns is no power of 2 of a second, and slots divide an octave evenly.
 */
#define METRICS_NATIVE_SCHEMA 2

/* Returns the native bucket of @slot, which must not be 0: the value 0 has a bucket of its own. */
int32_t metrics_hist__native(uint32_t slot);

/* Synchronous calls: the csds that one sender queues and waits for together. */
struct call_sum {
	uint64_t count; /* calls that have ended */
	uint64_t csds; /* csds of these calls: a call has one csd for each target */
	uint64_t csds_max; /* the most csds of one call */
	uint64_t worst_ns; /* the longest wait, ns; 0 if unknown */
	struct worst_call worst; /* the call of worst_ns; its csds are 0 if the call is unknown */
};

/* Add @src to @dst. */
void call_sum__add(struct call_sum *dst, const struct call_sum *src);

/* Whether @sum has its worst call, and not only the duration of that call. */
bool call_sum__knows_worst(const struct call_sum *sum);

/* Returns the number of targets of a call, on average. sum->count must not be 0. */
double call_sum__targets(const struct call_sum *sum);

/* Returns the name of the task that made @sum's worst call, from a sample; NULL if unknown. */
const char *calls__worst_comm(const struct snapshot *snap, const struct call_sum *sum);

/* Sum up the calls of all functions of @snap in @sum, and the waits of their senders in @wait. */
void calls__total(const struct snapshot *snap, struct call_sum *sum, struct wait_sum *wait);

/*
 * How many senders' waits of a run of `waits` were longer than the threshold. The counts come from
 * a histogram, whose slots are up to 25 % wide: if the threshold is inside a slot, the waits of
 * this slot may be shorter or longer. The longest wait is exact.
 */
struct wait_counts {
	uint64_t threshold;
	uint64_t looks; /* how often the watchers looked for a wait that goes on */
	uint64_t look_period; /* time between two looks, ns */
	uint64_t waits; /* waits that have ended */
	/* The number of these waits that reached the threshold is between these two. */
	uint64_t at_least;
	uint64_t at_most;
	uint64_t longest;
	uint64_t lost; /* csds that could not be followed, and whose waits may be missing */
};

/* Count the waits of @hist against counts->threshold. @hist must have all waits of the run. */
void wait_counts__set(struct wait_counts *counts, const struct hist *hist);

/* How a sender's wait is measured; wait_source_names[] in names.c. */
enum wait_source {
	WAITS_FEXIT, /* from the call to its return, by fentry and fexit (bpf/calls_fentry.bpf.h) */
	WAITS_CSD, /* from the first csd's queue event to the end of the last target */
	WAITS_KPROBE, /* from the call to its return, by kprobes (bpf/hooks.bpf.c) */
	WAITS_UNKNOWN, /* waits are unknown: the events of other tracers do not show them */
	NR_WAIT_SOURCES,
};

#endif /* IPITRACE_MODEL_HIST_H */
