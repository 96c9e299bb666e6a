/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A histogram that only grows, for Prometheus. It keeps each slot of struct hist;
 * the text formats show buckets an octave apart. A bucket's bound is the last ns
 * of the octave, 2^k - 1, because a slot ends there: each slot falls wholly into
 * one bucket.
 */
#ifndef IPITRACE_MODEL_METRICS_HIST_H
#define IPITRACE_MODEL_METRICS_HIST_H

#include <stddef.h>
#include <stdint.h>
#include "abi/hist_slots.h"
#include "model/hist.h"

#define METRICS_OCTAVE_FIRST 7 /* 127 ns */
#define METRICS_OCTAVE_LAST  33 /* 8.6 s */
#define METRICS_BUCKETS	     (METRICS_OCTAVE_LAST - METRICS_OCTAVE_FIRST + 1)

/* The series of one histogram as text: its buckets, the bucket +Inf, sum and count. */
#define METRICS_HIST_SERIES (METRICS_BUCKETS + 3)

struct metrics_hist {
	uint64_t count;
	uint64_t sum; /* ns */
	uint64_t slots[HIST_SLOTS];
};

void metrics_hist__add(struct metrics_hist *to, const struct hist *from);

/* The largest value that @bucket counts, ns. */
uint64_t metrics_hist__bound(size_t bucket);

/* Set @counts[i] to the number of values up to metrics_hist__bound(i). */
void metrics_hist__cumulate(const struct metrics_hist *hist, uint64_t counts[METRICS_BUCKETS]);

#endif /* IPITRACE_MODEL_METRICS_HIST_H */
