/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms and sums of durations, of a window and those that only grow, and of calls: plain data, ns. */
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
	uint64_t away; /* the part of sum in which the senders' CPUs ran other tasks (7.3 on) */
};

/* The part of waits of @sum ns that senders spent on their CPUs, which did nothing else. */
static inline uint64_t wait_spun(uint64_t sum, uint64_t away)
{
	return sum > away ? sum - away : 0;
}

static inline uint64_t wait_sum__spun(const struct wait_sum *wait)
{
	return wait_spun(wait->sum, wait->away);
}

/*
 * The part of delays and of handlers in which the host ran something else than the CPU that was
 * waited for; at most, ns.
 */
struct steal_sum {
	bool known; /* this machine is a guest, and its host reports the time that it takes */
	uint64_t delay;
	uint64_t handler;
};

struct form;
struct snapshot;
extern const struct form hist_form, wait_sum_form, steal_sum_form, call_sum_form;

/* Add @src to @dst. */
void wait_sum__add(struct wait_sum *dst, const struct wait_sum *src);
void hist__add(struct hist *dst, const struct hist *src);

/* ns; 0 when empty. */
uint64_t hist__mean(const struct hist *hist);

/*
 * The value at @percentile (0 < percentile <= 100), by nearest rank: the
 * upper bound of the slot that holds it, never above max. 0 when empty.
 */
uint64_t hist__percentile(const struct hist *hist, double percentile);

/*
 * A histogram that only grows, for Prometheus. It keeps each slot of struct hist; the text formats
 * show buckets an octave apart. A bucket's bound is the last ns of the octave, 2^k - 1, because a
 * slot ends there: each slot falls wholly into one bucket.
 */
#define METRICS_OCTAVE_FIRST 7 /* 127 ns */
#define METRICS_OCTAVE_LAST  33 /* 8.6 s */
#define METRICS_BUCKETS	     (METRICS_OCTAVE_LAST - METRICS_OCTAVE_FIRST + 1)

/* The series of one histogram as text: its buckets, the bucket +Inf, sum and count. */
#define METRICS_HIST_SERIES (METRICS_BUCKETS + 3)

/* The longest duration of the last METRICS_WORST_AGE seconds. */
#define METRICS_WORST_AGE 30

struct metrics_worst {
	uint64_t ns; /* 0: none */
	double time; /* when its window ended, seconds since 1970 */
	uint32_t dst;
	char func[104]; /* "": not known; cut, because OpenMetrics allows 128 characters of labels */
};

struct metrics_hist {
	struct metrics_worst worst;
	uint64_t count;
	uint64_t sum; /* ns */
	uint64_t slots[HIST_SLOTS];
};

void metrics_hist__add(struct metrics_hist *to, const struct hist *from);

/* The largest value that @bucket counts, ns. */
uint64_t metrics_hist__bound(size_t bucket);

/* Set @counts[i] to the number of values up to metrics_hist__bound(i). */
void metrics_hist__cumulate(const struct metrics_hist *hist, uint64_t counts[METRICS_BUCKETS]);

/* The bucket of @hist->worst, METRICS_BUCKETS beyond the last one; SIZE_MAX: there is none. */
size_t metrics_hist__worst_bucket(const struct metrics_hist *hist);

/*
 * Prometheus' native histograms have 2^schema buckets an octave, with bounds at powers of
 * 2^(1/2^schema) seconds. Ours, at schema 2, are one for one the slots of struct hist: each slot's
 * middle lies in the bucket that it belongs to. A bucket's bounds are within 11 % of the slot's,
 * because 1 ns is no power of 2 of a second, and slots divide an octave evenly.
 */
#define METRICS_NATIVE_SCHEMA 2

/* The bucket that @slot belongs to. @slot is not 0, because zero has a bucket of its own. */
int32_t metrics_hist__native(uint32_t slot);

/* Synchronous calls: the csds that one sender queues and waits for together. */
struct call_sum {
	uint64_t count; /* calls that have ended */
	uint64_t csds; /* csds of these calls: one for each target */
	uint64_t csds_max; /* of one call */
	uint64_t worst_ns; /* the longest wait; 0: none is known */
	struct worst_call worst; /* the call of worst_ns; csds 0: not known which */
};

/* Add @src to @dst. */
void call_sum__add(struct call_sum *dst, const struct call_sum *src);

/* Whether @sum knows its worst call, not only how long that took. */
bool call_sum__knows_worst(const struct call_sum *sum);

/* Targets of a call, on average; only where sum->count is not 0. */
double call_sum__targets(const struct call_sum *sum);

/* The name of the task that made @sum's worst call, as sampled; NULL: not known. */
const char *calls__worst_comm(const struct snapshot *snap, const struct call_sum *sum);

/* Sum up the calls of all functions of @snap, and their senders' waits. */
void calls__total(const struct snapshot *snap, struct call_sum *sum, struct wait_sum *wait);

/*
 * How many senders' waits of a run of `waits` were longer than the threshold, ns. The
 * counts come from histograms, whose slots are up to 25 % wide: a threshold
 * within a slot leaves the waits of that slot open. The longest is exact.
 */
struct wait_counts {
	uint64_t threshold;
	uint64_t looks; /* how often the watchers looked for a wait that lasts */
	uint64_t look_period; /* from one look to the next */
	uint64_t waits; /* waits that are over */
	uint64_t at_least; /* of these waits, those as long as the threshold or longer */
	uint64_t at_most;
	uint64_t longest;
	uint64_t lost; /* csds that could not be followed, and whose waits may be missing */
};

/* Count the waits of @hist against counts->threshold. @hist has all waits of the run. */
void wait_counts__set(struct wait_counts *counts, const struct hist *hist);

/* How a sender's wait is measured; wait_source_names[] in names.c. */
enum wait_source {
	WAITS_FEXIT, /* from the call to its return (bpf/calls_fentry.bpf.h) */
	WAITS_CSD, /* from its first csd's queue event to its last target's end */
	WAITS_KPROBE, /* from the call to its return, too (bpf/hooks.bpf.c) */
	WAITS_UNKNOWN, /* not at all: the events of other tracers do not show waits */
	NR_WAIT_SOURCES,
};

#endif /* IPITRACE_MODEL_HIST_H */
