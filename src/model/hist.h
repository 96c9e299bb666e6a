/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms and sums of durations, of a window and those that only grow: plain data, ns. */
#ifndef IPITRACE_MODEL_HIST_H
#define IPITRACE_MODEL_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/hist_slots.h"

struct hist {
	uint64_t count;
	uint64_t sum;
	uint64_t max; /* of this window alone */
	uint64_t slots[HIST_SLOTS];
};

/* The time that senders spent in synchronous calls, ns. */
struct wait_sum {
	uint64_t count; /* calls */
	uint64_t sum;
	uint64_t max; /* of this window alone */
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
 * The part of times in which the host ran something else than the CPU that was waited for, at most:
 * ns.
 */
struct steal_sum {
	bool known; /* this machine is a guest whose host says what it takes */
	uint64_t delay;
	uint64_t handler;
};

struct form;
extern const struct form hist_form, wait_sum_form, steal_sum_form;

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
 * A histogram that only grows, for Prometheus. It keeps each slot of struct hist;
 * the text formats show buckets an octave apart. A bucket's bound is the last ns
 * of the octave, 2^k - 1, because a slot ends there: each slot falls wholly into
 * one bucket.
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
	char func[104]; /* "": not known; cut, for OpenMetrics allows 128 characters of labels */
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
 * 2^(1/2^schema) seconds. Ours, at schema 2, are one for one the slots of struct hist:
 * each slot's middle lies in the bucket that stands for it. A bucket's bounds are the
 * slot's but for 11 %, because 1 ns is no power of 2 of a second, and slots divide an
 * octave evenly.
 */
#define METRICS_NATIVE_SCHEMA 2

/* The bucket that stands for @slot, which is not 0: zero is a bucket of its own. */
int32_t metrics_hist__native(uint32_t slot);

#endif /* IPITRACE_MODEL_HIST_H */
