/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fills in and compares incidents: one stall each (model/incident.h). Pure:
 * no I/O, no allocation, no state.
 */
#ifndef IPITRACE_STALL_INCIDENT_H
#define IPITRACE_STALL_INCIDENT_H

#include "abi/stall_event.h"
#include "model/incident.h"
#include "model/moment.h"

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
 * ran there, or stolen time; from BLAME_MIN_NS on, too, the times of the interrupt, the
 * stack that it interrupted, or idleness. Its stack must be trimmed.
 */
void incident__set_lateness(struct incident *incident);

/* Add a look at the CPUs of a delivery that lasts, at @now. */
void incident__look(struct incident *incident, const struct pending *pending, uint64_t now);

/* Add what others saw who looked at the same CPUs, before, meanwhile or after. */
void incident__add_looks(struct incident *incident, const struct looks *others);

/*
 * Set the cause of a delivery, which may last: only a cause that no other evidence
 * contradicts. After incident__set_lateness() of one that is over; from BLAME_MIN_NS on,
 * unless a function ran there, or most of the time was stolen.
 */
void incident__set_why(struct incident *incident);

/* Add the stack of dst that was taken while the stall lasted; the incident borrows it. */
void incident__add_backtrace(struct incident *incident, const struct backtrace *backtrace);

/* Add @waiter, or update the same waiter. False: no room. */
bool incident__add_waiter(struct incident *incident, const struct waiter *waiter);

/* How long both stalls lasted at the same time, ns. */
uint64_t incident__overlap(const struct incident *a, const struct incident *b);

/*
 * Stalls that are over, from their events. A function ends before its
 * sender's wait ends, and before the csds queued behind it run. So each stall
 * is held for ENDED_HOLD_NS, and then released with its cause and with the
 * senders that waited for it. Fixed memory; one thread at a time.
 */
struct ended;

#define ENDED_HOLD_NS 20000000ULL

/* Receives a released stall, which it may change; valid during the call. */
typedef void ended_fn(void *ctx, struct incident *incident);

/* NULL: no memory. */
struct ended *ended__new(void);
void ended__free(struct ended *ended);

/* Hold a copy of @incident from @now on. A full store releases its oldest stall first. */
void ended__add(struct ended *ended, const struct incident *incident, uint64_t now, ended_fn *fn,
		void *ctx);

/* Release all stalls whose hold is over at @now, oldest first; UINT64_MAX: all. */
void ended__release(struct ended *ended, uint64_t now, ended_fn *fn, void *ctx);

/*
 * Stalls that last, from one moment to the next. Each is reported when it
 * passes the threshold, and again if it disappears without an event of its
 * end. Fixed memory; one for each watcher.
 */
struct ongoing;

/*
 * Moments hold everything older than threshold / ONGOING_CONTEXT: a sender
 * may pass the threshold before the function that it waits for does.
 */
#define ONGOING_CONTEXT 4

/* A stall missing from the moments for so long, without an event, ended unseen. */
#define ONGOING_GRACE_NS 1000000000ULL

/*
 * Receives a stall whose addresses have no names yet. Returns false to
 * receive it again with the next moment.
 */
typedef bool ongoing_fn(void *ctx, const struct incident *incident);

/* @threshold in ns. NULL: no memory. */
struct ongoing *ongoing__new(uint64_t threshold);
void ongoing__free(struct ongoing *ongoing);

/*
 * Take in @moment and report to @fn: handlers and interrupts, then deliveries, then waits, so
 * that causes come first. @events_read: when the last complete read of
 * events began; no end is called unseen before events past it were read.
 */
void ongoing__moment(struct ongoing *ongoing, const struct moment *moment, uint64_t events_read,
		     ongoing_fn *fn, void *ctx);

/* Pass each stall of the last moment that was reported already to @fn, whose result does not count. */
void ongoing__each(const struct ongoing *ongoing, ongoing_fn *fn, void *ctx);

/* Add the waiters seen while it lasted to @incident, which is over. */
void ongoing__merge(const struct ongoing *ongoing, struct incident *incident);

/*
 * Add what the looks at its CPUs saw to @incident, which is over. @ongoing may be another watcher's,
 * at work.
 */
void ongoing__merge_looks(const struct ongoing *ongoing, struct incident *incident);

/* The most stalls of one moment that found no room, here or in the moment. */
size_t ongoing__dropped(const struct ongoing *ongoing);

#endif /* IPITRACE_STALL_INCIDENT_H */
