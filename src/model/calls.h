/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synchronous calls: the csds that one sender queues and waits for together. Counts
 * and the worst call, and how the waits are measured and counted; how long the senders
 * waited is in struct wait_sum.
 */
#ifndef IPITRACE_MODEL_CALLS_H
#define IPITRACE_MODEL_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/call.h"
#include "model/hist.h"

struct call_sum {
	uint64_t count; /* calls that are over */
	uint64_t csds; /* theirs: a csd for each target */
	uint64_t csds_max; /* of one call */
	uint64_t worst_ns; /* the longest wait; 0: none is known */
	struct worst_call worst; /* the call of worst_ns; csds 0: not known which */
};

struct snapshot;

extern const struct form call_sum_form;

/* Add @src to @dst. */
void call_sum__add(struct call_sum *dst, const struct call_sum *src);

/* Whether @sum knows its worst call, not only how long that took. */
bool call_sum__knows_worst(const struct call_sum *sum);

/* Targets of a call, on average; only where sum->count is not 0. */
double call_sum__targets(const struct call_sum *sum);

/* The name of the task behind @sum's worst call, as sampled; NULL: not known. */
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
	uint64_t waits; /* that are over */
	uint64_t at_least; /* of these, as long as the threshold or longer */
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
	WAITS_KPROBE, /* from the call to its return, too (bpf/hook_probes.bpf.h) */
	NR_WAIT_SOURCES,
};

#endif /* IPITRACE_MODEL_CALLS_H */
