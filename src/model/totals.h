/* SPDX-License-Identifier: GPL-2.0 */
/* The sums over a whole run of `trace` or `stalls`. */
#ifndef IPITRACE_MODEL_TOTALS_H
#define IPITRACE_MODEL_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/limits.h"
#include "abi/stall_event.h"
#include "model/stall_family.h"
#include "model/stall_scope.h"

/* The account of everything queued in a run of `trace`; docs/reference.md has the equation. */
struct trace_totals {
	uint64_t ended; /* when the run was over, CLOCK_MONOTONIC ns; 0: unknown */
	uint64_t records;
	uint64_t csds; /* records of csds */
	uint64_t queued;
	uint64_t in_flight;
	uint64_t brief; /* csds below --min-delay, --min-handler or --min-wait, and so left out */
	uint64_t late; /* records that came behind a later one */
	uint64_t lost_by[NR_LOST];
	uint64_t dropped; /* records for which the buffer had no room */
	bool csds_wanted;
	bool filtered;
};

/* lost_by and dropped together. */
uint64_t trace_totals__lost(const struct trace_totals *totals);

/* The stalls that a run of `stalls` found. */
struct stall_totals {
	uint64_t ended; /* as above */
	uint64_t threshold;
	struct stall_scope scope;
	uint64_t found[NR_PHASES];
	uint64_t folded; /* of found: the report of its cause includes the stall */
	bool csds_known;
	uint64_t csds; /* that were delivered, and so judged */
	uint64_t run_unseen; /* csds whose run was hidden, likewise, and so not judged */
	uint64_t lost; /* events that found no room */
	uint64_t dropped; /* stalls that found no room */
	uint64_t doubted; /* events that claim a sleep, but are not believed */
	const struct stall_family *families; /* of text, longest stall first; borrowed */
	size_t nr_families;
};

struct form;
extern const struct form stall_totals_form;

#endif /* IPITRACE_MODEL_TOTALS_H */
