/* SPDX-License-Identifier: GPL-2.0 */
/* What a whole run of `trace` or `stalls` came to. */
#ifndef IPITRACE_MODEL_TOTALS_H
#define IPITRACE_MODEL_TOTALS_H

#include <stdbool.h>
#include <stdint.h>
#include "abi/limits.h"
#include "abi/stall_event.h"

/* What became of all that was queued; docs/reference.md tells how it adds up. */
struct trace_totals {
	uint64_t records;
	uint64_t csds; /* of these */
	uint64_t queued;
	uint64_t in_flight;
	uint64_t brief; /* did not last as long as was asked for */
	uint64_t late; /* records that came behind a later one */
	uint64_t lost_by[NR_LOST];
	uint64_t dropped; /* records that found no place in the buffer */
	bool csds_wanted;
	bool filtered;
};

uint64_t trace_totals__lost(const struct trace_totals *end);

/* What a run found. */
struct stall_totals {
	uint64_t threshold;
	uint64_t found[NR_PHASES];
	uint64_t lost; /* events that found no room */
	uint64_t dropped; /* stalls that found none */
	uint64_t doubted; /* said to have slept, but not believed */
};

#endif /* IPITRACE_MODEL_TOTALS_H */
