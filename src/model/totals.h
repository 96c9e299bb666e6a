/* SPDX-License-Identifier: GPL-2.0 */
/* The sums over a whole run of `trace` or `stalls`, and over its stalls that have much in common. */
#ifndef IPITRACE_MODEL_TOTALS_H
#define IPITRACE_MODEL_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/stall_event.h"

/*
 * Which stalls a run can tell: those that were asked for, as far as the kernel shows them.
 * All zero: each phase that csds have.
 */
struct stall_scope {
	uint32_t asked; /* phases, a bit for each; 0: all */
	/*
	 * Only calls are followed, because there are no csd tracepoints (before Linux 6.5): deliveries
	 * and handlers are not known, but interrupts may be. Else there are no interrupts.
	 */
	bool calls;
	bool interrupts_known;
};

static inline bool stall_scope__asks(const struct stall_scope *scope, enum stall_phase phase)
{
	return !scope->asked || scope->asked >> phase & 1;
}

/* Whether the source has @phase, known or not. */
static inline bool stall_scope__has(const struct stall_scope *scope, enum stall_phase phase)
{
	return phase != PHASE_INTERRUPT || scope->calls;
}

/* Whether the stalls of @phase were counted: without, their number is unknown. */
static inline bool stall_scope__knows(const struct stall_scope *scope, enum stall_phase phase)
{
	if (!stall_scope__asks(scope, phase))
		return false;
	if (phase == PHASE_INTERRUPT)
		return scope->calls && scope->interrupts_known;
	return phase == PHASE_WAIT || !scope->calls;
}

#define FAMILY_FUNC 96 /* a longer name is cut */

/* The stalls that have phase, function and sender in common. */
struct stall_family {
	enum stall_phase phase;
	bool other; /* the sum of the families that found no room, without names */
	char func[FAMILY_FUNC]; /* "name [module]", or the address */
	bool interrupt; /* sent by an interrupt */
	char sender[COMM_LEN]; /* the task's name; "": unknown */
	uint64_t stalls;
	uint64_t told; /* of these stalls, those in a report of their own, or in the report of their cause */
	uint64_t longest; /* ns */
};

/* The stalls that were counted and not reported, since the last time that this was asked. */
struct stalls_untold {
	uint64_t stalls[NR_PHASES];
	struct stall_scope scope;
	uint64_t longest; /* ns */
};

/* The account of everything queued in a run of `trace`; docs/reference.md has the equation. */
struct trace_totals {
	uint64_t ended; /* when the run was over, CLOCK_MONOTONIC ns; 0: unknown */
	uint64_t records;
	uint64_t csds; /* records of csds */
	uint64_t queued;
	uint64_t in_flight;
	uint64_t brief; /* csds below --min-delay, --min-handler or --min-wait, and so left out */
	uint64_t late; /* records that came after a later one */
	uint64_t lost_by[NR_LOST];
	uint64_t dropped; /* records for which the buffer had no room */
	bool csds_wanted;
	bool filtered;
};

/* lost_by and dropped together. */
static inline uint64_t trace_totals__lost(const struct trace_totals *totals)
{
	uint64_t sum = totals->dropped;

	for (int i = 0; i < NR_LOST; i++)
		sum += totals->lost_by[i];
	return sum;
}

/* The stalls that a run of `stalls` found. */
struct stall_totals {
	uint64_t ended; /* when the run was over, CLOCK_MONOTONIC ns; 0: unknown */
	uint64_t threshold;
	struct stall_scope scope;
	uint64_t found[NR_PHASES];
	uint64_t folded; /* of the stalls found, those that the report of their cause includes */
	bool csds_known;
	uint64_t csds; /* csds that were delivered, and so judged */
	uint64_t run_unseen; /* csds whose run was hidden, and so not judged */
	uint64_t lost; /* events that found no room */
	uint64_t dropped; /* stalls that found no room */
	uint64_t doubted; /* events that claim a sleep, but are not believed */
	const struct stall_family *families; /* of text, longest stall first; borrowed */
	size_t nr_families;
};

struct form;
extern const struct form stall_totals_form;

#endif /* IPITRACE_MODEL_TOTALS_H */
