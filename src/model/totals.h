/* SPDX-License-Identifier: GPL-2.0 */
/* Sums over a whole run of `trace` or `stalls`, and over stalls that have much in common. */
#ifndef IPITRACE_MODEL_TOTALS_H
#define IPITRACE_MODEL_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi/stall_event.h"

/*
 * Which stalls a run can find: the phases that the user asked for, if the kernel shows them. All
 * zero: all phases of csds.
 */
struct stall_scope {
	uint32_t asked; /* phases that the user asked for, a bit for each; 0: all */
	/*
	 * The run follows calls only, because the kernel has no csd tracepoints (before Linux 6.5):
	 * stalls of deliveries and handlers are unknown, and stalls of interrupts may be known. If
	 * false, stalls of interrupts are unknown.
	 */
	bool calls;
	bool interrupts_known; /* only with @calls */
};

static inline bool stall_scope__asks(const struct stall_scope *scope, enum stall_phase phase)
{
	return !scope->asked || scope->asked >> phase & 1;
}

/* Whether stalls of @phase exist for the source of the run, even if their number is unknown. */
static inline bool stall_scope__has(const struct stall_scope *scope, enum stall_phase phase)
{
	return phase != PHASE_INTERRUPT || scope->calls;
}

/* Whether the stalls of @phase were counted. If not, their number is unknown. */
static inline bool stall_scope__knows(const struct stall_scope *scope, enum stall_phase phase)
{
	if (!stall_scope__asks(scope, phase))
		return false;
	if (phase == PHASE_INTERRUPT)
		return scope->calls && scope->interrupts_known;
	return phase == PHASE_WAIT || !scope->calls;
}

#define FAMILY_FUNC 96 /* bytes with the NUL; a longer name is cut */

/* The stalls that have the same phase, function and sender. */
struct stall_family {
	enum stall_phase phase;
	bool other; /* the row is the sum of the families that got no row; without names */
	bool several; /* the sum of the senders that got no row: @sender and @interrupt are unset */
	char func[FAMILY_FUNC]; /* "name [module]", or the address */
	bool interrupt; /* the csds were sent by an interrupt */
	char sender[COMM_LEN]; /* name of the sending task; "" if unknown */
	uint64_t stalls;
	uint64_t reported; /* stalls of the family reported by themselves, or with their cause */
	uint64_t longest; /* the longest stall, ns */
};

/* The stalls that were counted and not reported since the last summary of such stalls. */
struct stalls_unreported {
	uint64_t stalls[NR_PHASES];
	struct stall_scope scope;
	uint64_t longest; /* the longest of these stalls, ns */
};

/* The ledger of a run of `trace`: all queued csds. docs/reference.md has the equation. */
struct trace_totals {
	uint64_t ended; /* end of the run, CLOCK_MONOTONIC ns; 0 if unknown */
	uint64_t records;
	uint64_t csds; /* csds that were recorded */
	uint64_t queued;
	uint64_t in_flight;
	/* csds that ran without a seen queue event, so have no record; NOT_KNOWN: not counted */
	uint64_t orphans;
	uint64_t brief; /* csds below --min-delay, --min-handler or --min-wait, left out */
	uint64_t late; /* records that arrived after a record with a later time */
	uint64_t lost_by[NR_LOST];
	uint64_t dropped; /* records that the buffer had no room for */
	bool csds_wanted; /* the run records csds; if false, their counts are unknown */
	bool filtered; /* a filter chose among the csds */
};

struct snapshot;

/* Add the ledger of the window @snap: all members that are not counted by record. */
void trace_totals__add(struct trace_totals *totals, const struct snapshot *snap);

/* Returns the sum of lost_by and dropped. */
static inline uint64_t trace_totals__lost(const struct trace_totals *totals)
{
	uint64_t sum = totals->dropped;

	for (int i = 0; i < NR_LOST; i++)
		sum += totals->lost_by[i];
	return sum;
}

/* The stalls that a run of `stalls` found. */
struct stall_totals {
	uint64_t ended; /* end of the run, CLOCK_MONOTONIC ns; 0 if unknown */
	uint64_t threshold; /* ns */
	struct stall_scope scope;
	uint64_t found[NR_PHASES]; /* stalls by phase */
	uint64_t folded; /* stalls that were reported with their cause, and not by themselves */
	bool lasting_known;
	uint64_t lasting; /* of found: stalls that lasted when the run ended */
	bool csds_known;
	uint64_t csds; /* delivered csds, all of which were judged */
	uint64_t run_unseen; /* csds whose run was hidden, so that they were not judged */
	uint64_t lost; /* lost events, for which there was no room */
	uint64_t dropped; /* stalls that there was no room for */
	uint64_t doubted; /* events left out: no stack confirms the sleep that they report */
	/* for text, longest stall first; owned by the reporter */
	const struct stall_family *families;
	size_t nr_families;
	/* In totals that were read from a capture: the line has the number of this phase. */
	bool found_known[NR_PHASES];
};

/* Set the scope of @totals, which were read from a capture. */
void stall_totals__restore(struct stall_totals *totals);

struct form;
extern const struct form stall_totals_form, trace_totals_form;

#endif /* IPITRACE_MODEL_TOTALS_H */
