/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synchronous calls: the csds that one sender queues and waits for together. Counts
 * and the worst call; how long the senders waited is in struct wait_sum.
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

#endif /* IPITRACE_MODEL_CALLS_H */
