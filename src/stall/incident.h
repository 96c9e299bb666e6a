/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fills in and compares incidents: one stall each (model/incident.h). Pure:
 * no I/O, no allocation, no state.
 */
#ifndef IPITRACE_STALL_INCIDENT_H
#define IPITRACE_STALL_INCIDENT_H

#include "abi/stall_event.h"
#include "model/incident.h"

/*
 * The key of a stall, never 0: the same from moments and from its event.
 * @time: when the function was queued (delivery) or began (handler), or when
 * the call began (wait; @cpu is the sender then, and @csd 0).
 */
uint64_t incident__key(enum stall_phase phase, uint32_t cpu, uint64_t csd, uint64_t time);

/* From the event of a stall that is over; incident->targets points into @event. */
void incident__from_event(struct incident *incident, const struct stall_event *event);

/*
 * Whether a reported sleep of the function is credible: its stack, whose
 * frames must have names, passes through the flush of the queue. Otherwise
 * BPF did not see the function's exit, and some other code slept. True for a
 * function that did not sleep.
 */
bool incident__sleep_confirmed(const struct incident *incident);

/*
 * Remove the innermost frames of tracing, and of the interrupt that brought
 * the function, from a stack whose frames have names.
 */
void incident__trim(struct incident *incident);

/*
 * Set why a delivery that is over was late, where there is evidence: a function that
 * ran there; from BLAME_MIN_NS on, too, the times of the interrupt, the stack that it
 * interrupted, idleness or stolen time. Its stack must be trimmed.
 */
void incident__set_lateness(struct incident *incident);

/* Add the stack of dst that was taken while the stall lasted; the incident borrows it. */
void incident__add_backtrace(struct incident *incident, const struct backtrace *backtrace);

/* Add @waiter, or update the same waiter. False: no room. */
bool incident__add_waiter(struct incident *incident, const struct waiter *waiter);

/* How long both stalls lasted at the same time, ns. */
uint64_t incident__overlap(const struct incident *a, const struct incident *b);

#endif /* IPITRACE_STALL_INCIDENT_H */
