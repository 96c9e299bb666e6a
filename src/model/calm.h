/* SPDX-License-Identifier: GPL-2.0 */
/* A run without a storm: what was sent, what it cost, and what came nearest to a storm. */
#ifndef IPITRACE_MODEL_CALM_H
#define IPITRACE_MODEL_CALM_H

#include <stdbool.h>
#include <stdint.h>
#include "model/snapshot.h"
#include "model/storm.h"

struct calm {
	double seconds;
	uint64_t csds; /* queued */
	uint64_t handler_ns; /* or of interrupts (runs_unseen), as stolen.h has it */
	bool runs_unseen; /* SOURCE_CALLS: when functions run is not known, ... */
	bool irqs_unseen; /* ... nor the time of interrupts */
	uint64_t wait_ns; /* of senders in synchronous calls */
	uint64_t reschedules; /* interrupts sent, whose time is in none of these */
	uint64_t cpu_ns; /* seconds times the online CPUs; 0: unknown */
	struct storm_nearest nearest; /* in the interval where it came nearest; its storm is NULL */
};

extern const struct form calm_form;

void calm__add(struct calm *calm, const struct snapshot *snap);

/* The share of all CPU time that handlers and waits took, 0 to 1. */
double calm__cost(const struct calm *calm);

#endif /* IPITRACE_MODEL_CALM_H */
