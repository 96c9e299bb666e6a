/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One stall, while it lasts or when it is over, with all that is known of
 * it: plain data. Times are CLOCK_MONOTONIC ns; 0, and an address of 0: not
 * known.
 */
#ifndef IPITRACE_STALL_INCIDENT_H
#define IPITRACE_STALL_INCIDENT_H

#include "abi/stall_event.h"
#include "model/incident.h"

/* The keys by which the same stall is found again. */
uint64_t incident__key(enum stall_phase phase, uint32_t cpu, uint64_t csd, uint64_t time);

/* From what the programs told; @in points into @event. */
void incident__of_event(struct incident *in, const struct stall_event *event);

/*
 * Whether a function that is said to have slept was seen to: its stack, which
 * must have names, goes through the flush of the queue. Else its exit was
 * hidden from us, and what slept was something else.
 */
bool incident__believed(const struct incident *in);

/*
 * Leave of a stack, which must have names, what is worth reading: not the
 * tracing's own frames, nor the interrupt that brought the function.
 */
void incident__trim(struct incident *in);

/* Of a delivery that is over: why it was late. Its stack must be trimmed. */
void incident__judge(struct incident *in);

/* Add a waiter, or what is new of one that is there. False: no room. */
bool incident__add_waiter(struct incident *in, const struct waiter *waiter);

/* For how much of @of's time @by lasted too, ns. */
uint64_t incident__overlap(const struct incident *of, const struct incident *by);

#endif /* IPITRACE_STALL_INCIDENT_H */
